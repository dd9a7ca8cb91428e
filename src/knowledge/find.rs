//! Searching the published articles that hold today, best first: how many of
//! the words it has, then whether it has them as a whole, then where they stand.

use super::State;
use super::grams::Wanted;
use super::text::{Piece, exact, marked, snippet};
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{article, article_gram};
use crate::error::{Error, Result};
use crate::state::App;
use chrono::NaiveDate;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;
use uuid::Uuid;

/// Longer queries are cut: nobody types them.
const LONGEST: usize = 100;
/// So many are ranked.
const RANKED: u64 = 200;
/// So many are shown.
const SHOWN: usize = 20;

/// What is searched for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// As typed.
    pub q: String,
    /// Articles for this case type stand before others.
    pub case_type: String,
    /// Likewise for this demand type.
    pub demand_type: String,
}

/// An article that was found.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The article.
    pub row: article::Model,
    /// Its title with marks.
    pub title: Vec<Piece>,
    /// The place in the text with marks.
    pub snippet: Vec<Piece>,
}

impl Hit {
    /// `ZS-20261123-0001:2`, as an answer cites it.
    #[must_use]
    pub fn cite(&self) -> String {
        format!("{}:{}", self.row.number, self.row.version)
    }
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Best first.
    pub hits: Vec<Hit>,
    /// Whether the query had anything to search for.
    pub asked: bool,
}

/// The published articles that hold on a day.
fn holding(day: NaiveDate) -> SelectStatement {
    let open = Condition::any()
        .add(article::Column::ValidUntil.is_null())
        .add(article::Column::ValidUntil.gte(day));
    Query::select()
        .column(article::Column::Id)
        .from(article::Entity)
        .and_where(article::Column::State.eq(State::Published.code()))
        .and_where(article::Column::ValidFrom.lte(day))
        .cond_where(open)
        .to_owned()
}

/// Searches. A query without a letter, a digit or a character finds nothing.
///
/// # Errors
/// When the database refuses.
pub async fn find(app: &App, ctx: &Ctx, asked: &Asked) -> Result<Found> {
    let cut: String = asked.q.chars().take(LONGEST).collect();
    let wanted = Wanted::of(&cut);
    if wanted.len() == 0 {
        return Ok(Found::default());
    }
    let db = app.db.read();
    let ranked = ranked(db, clock::day(ctx.now), &wanted).await?;
    let rows = article::Entity::find()
        .filter(article::Column::Id.is_in(ranked.iter().map(|(id, ..)| *id)))
        .all(db)
        .await?;
    let mut rows: HashMap<Uuid, article::Model> = rows.into_iter().map(|row| (row.id, row)).collect();
    let mut scored = Vec::new();
    for (id, matched, score) in ranked {
        let row = rows.remove(&id).ok_or(Error::NotFound)?;
        // One word must be there as it is; of more, half is the least.
        let least = if wanted.len() <= 2 {
            wanted.len()
        } else {
            wanted.len().div_ceil(2)
        };
        if usize::try_from(matched).unwrap_or(0) < least {
            continue;
        }
        scored.push((rank(&row, asked, &wanted, (matched, score)), row));
    }
    scored.sort_by(|(one, a), (two, b)| two.cmp(one).then_with(|| a.number.cmp(&b.number)));
    scored.truncate(SHOWN);
    let hit = |(_, row): (Rank, article::Model)| Hit {
        title: marked(&row.title, &wanted),
        snippet: snippet(&format!("{}\n{}", row.reply, row.body), &wanted),
        row,
    };
    Ok(Found {
        hits: scored.into_iter().map(hit).collect(),
        asked: true,
    })
}

/// The articles that have some of what is asked for: how many of it, and the
/// weight of the places.
async fn ranked(db: &impl ConnectionTrait, day: NaiveDate, wanted: &Wanted) -> Result<Vec<(Uuid, i64, i64)>> {
    let mut any = Condition::any().add(article_gram::Column::Gram.is_in(wanted.grams.clone()));
    for word in &wanted.words {
        // Letters and digits alone: there is nothing in it that LIKE reads otherwise.
        any = any.add(article_gram::Column::Gram.starts_with(word.as_str()));
    }
    let (matched, score) = (article_gram::Column::Gram.count(), article_gram::Column::Weight.sum());
    Ok(article_gram::Entity::find()
        .select_only()
        .column(article_gram::Column::ArticleId)
        .column_as(matched.clone(), "matched")
        .column_as(score.clone(), "score")
        .filter(any)
        .filter(article_gram::Column::ArticleId.in_subquery(holding(day)))
        .group_by(article_gram::Column::ArticleId)
        .order_by(matched, Order::Desc)
        .order_by(score, Order::Desc)
        .order_by(article_gram::Column::ArticleId, Order::Asc)
        .limit(RANKED)
        .into_tuple()
        .all(db)
        .await?)
}

/// Whole words, those of the matter at hand, how many, where they stand.
type Rank = (i64, i64, i64, i64);

fn rank(row: &article::Model, asked: &Asked, wanted: &Wanted, (matched, score): (i64, i64)) -> Rank {
    let keywords = row.keywords.0.join("，");
    let text = format!("{}，{keywords}，{}\n{}", row.title, row.reply, row.body);
    let whole = exact(&text, wanted);
    let fits = |list: &[String], code: &str| i64::from(!code.is_empty() && list.iter().any(|known| known == code));
    let fit = fits(&row.case_types.0, &asked.case_type) + fits(&row.demand_types.0, &asked.demand_type);
    (whole, fit, matched, score)
}
