//! On which articles an answer rests: number and version stand with the report.

use crate::ctx::Ctx;
use crate::db::insert_models;
use crate::entity::{article, article_version, report_article};
use crate::error::{Error, Result};
use crate::state::App;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// No answer rests on more.
const MOST: usize = 10;

/// An article in the version that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cited {
    /// The article.
    pub article: Uuid,
    /// Its version.
    pub version: i32,
}

/// Reads what an answer cites: `ZS-20261123-0001:2`, each article once.
///
/// # Errors
/// [`Error::Invalid`] on `articles` for what is no such version.
pub async fn cited(db: &impl ConnectionTrait, texts: &[String]) -> Result<Vec<Cited>> {
    let wrong = || Error::field("articles", "没有这个知识条目或版本，从检索结果中重新插入");
    let mut asked: BTreeMap<&str, i32> = BTreeMap::new();
    for text in texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty()) {
        let (number, version) = text.rsplit_once(':').ok_or_else(wrong)?;
        asked.insert(number, version.parse().map_err(|_| wrong())?);
    }
    if asked.len() > MOST {
        return Err(Error::field("articles", "一次答复最多依据 10 个知识条目"));
    }
    let mut found = Vec::new();
    for (number, version) in asked {
        let row = article::Entity::find()
            .filter(article::Column::Number.eq(number))
            .one(db)
            .await?
            .ok_or_else(wrong)?;
        let kept = article_version::Entity::find()
            .filter(article_version::Column::ArticleId.eq(row.id))
            .filter(article_version::Column::Version.eq(version))
            .filter(article_version::Column::State.eq(super::State::Published.code()))
            .one(db)
            .await?;
        kept.ok_or_else(wrong)?;
        found.push(Cited {
            article: row.id,
            version,
        });
    }
    Ok(found)
}

/// Writes what an answer rests on, in the transaction of the answer.
///
/// # Errors
/// When the database refuses.
pub async fn cite(tx: &impl ConnectionTrait, ctx: &Ctx, report: Uuid, cited: &[Cited]) -> Result<()> {
    let rows = cited.iter().map(|one| report_article::Model {
        report_id: report,
        article_id: one.article,
        version: one.version,
        at: ctx.now,
        by_account: ctx.account(),
    });
    Ok(insert_models(tx, rows.collect()).await?)
}

/// The answer was undone.
///
/// # Errors
/// When the database refuses.
pub async fn uncite(tx: &impl ConnectionTrait, report: Uuid) -> Result<()> {
    report_article::Entity::delete_many()
        .filter(report_article::Column::ReportId.eq(report))
        .exec(tx)
        .await?;
    Ok(())
}

/// What an answer rests on, in words.
#[derive(Debug, Clone)]
pub struct Citation {
    /// The article.
    pub id: Uuid,
    /// Its number.
    pub number: String,
    /// The version that was read.
    pub version: i32,
    /// Its title in that version.
    pub title: String,
}

/// What the answer of a report rests on.
///
/// # Errors
/// When the database refuses.
pub async fn citations(app: &App, report: Uuid) -> Result<Vec<Citation>> {
    let db = app.db.read();
    let rows = report_article::Entity::find()
        .filter(report_article::Column::ReportId.eq(report))
        .order_by_asc(report_article::Column::ArticleId)
        .all(db)
        .await?;
    let ids = || rows.iter().map(|row| row.article_id);
    let articles = article::Entity::find()
        .filter(article::Column::Id.is_in(ids()))
        .all(db)
        .await?;
    let numbers: HashMap<Uuid, String> = articles.into_iter().map(|row| (row.id, row.number)).collect();
    let versions = article_version::Entity::find()
        .filter(article_version::Column::ArticleId.is_in(ids()))
        .all(db)
        .await?;
    let title = |row: &report_article::Model| {
        let kept = versions
            .iter()
            .find(|kept| kept.article_id == row.article_id && kept.version == row.version);
        kept.map(|kept| kept.title.clone()).unwrap_or_default()
    };
    Ok(rows
        .iter()
        .map(|row| Citation {
            id: row.article_id,
            number: numbers.get(&row.article_id).cloned().unwrap_or_default(),
            version: row.version,
            title: title(row),
        })
        .collect())
}
