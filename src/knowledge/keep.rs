//! Writing articles: every save is a version more, kept whole; publishing and
//! taking down are versions, too. Shift lead and city do it (see the policy).

use super::{State, grams};
use crate::casework::steps::words;
use crate::casework::{check_version, next_number};
use crate::ctx::Ctx;
use crate::db::{self, insert_models};
use crate::entity::{CodeList, article, article_gram, article_version, unit};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::codes;
use crate::rules::policy;
use crate::state::App;
use anyhow::Context;
use chrono::NaiveDate;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Prefix of the numbers of articles.
const PREFIX: &str = "ZS";
const WORDS: usize = 20;

/// What an article says, as typed.
#[derive(Debug, Clone, Default)]
pub struct Content {
    /// 标题
    pub title: String,
    /// 答复用语: what is read out to the caller.
    pub reply: String,
    /// 正文
    pub body: String,
    /// 关键词
    pub keywords: Vec<String>,
    /// 适用案件类型
    pub case_types: Vec<String>,
    /// 适用诉求类型
    pub demand_types: Vec<String>,
    /// 依据与来源
    pub source: String,
    /// 责任单位; none: that of whoever writes.
    pub owner: Option<Uuid>,
    /// 生效日; none: today.
    pub valid_from: Option<NaiveDate>,
    /// 失效日
    pub valid_until: Option<NaiveDate>,
    /// 复核日期
    pub review_on: Option<NaiveDate>,
    /// 变更说明
    pub note: String,
}

/// What is checked.
struct Checked {
    title: String,
    reply: String,
    body: String,
    keywords: CodeList,
    case_types: CodeList,
    demand_types: CodeList,
    source: String,
    owner: Uuid,
    valid_from: NaiveDate,
}

fn may(ctx: &Ctx, act: &str) -> Result<()> {
    if policy::keeps_knowledge(ctx.actor.role) {
        return Ok(());
    }
    Err(Error::Forbidden(Error::denied(act, None)))
}

async fn checked(db: &impl ConnectionTrait, ctx: &Ctx, content: &Content) -> Result<Checked> {
    let mut faults = Vec::new();
    let mut kept = |found: Result<String>| match found {
        Ok(text) => Ok(text),
        Err(Error::Invalid(more)) => {
            faults.extend(more);
            Ok(String::new())
        }
        Err(other) => Err(other),
    };
    let title = kept(words("title", "标题", &content.title, 80))?;
    let reply = kept(words("reply", "答复用语", &content.reply, 500))?;
    let body = kept(words("body", "正文", &content.body, 8000))?;
    let source = kept(words("source", "依据与来源", &content.source, 300))?;
    let keywords = listed(&content.keywords);
    let case_types = listed(&content.case_types);
    let demand_types = listed(&content.demand_types);
    faults.extend(lists(&keywords, &case_types, &demand_types));
    let valid_from = content.valid_from.unwrap_or_else(|| crate::clock::day(ctx.now));
    faults.extend(days(content, valid_from));
    let owner = content.owner.or(ctx.actor.unit);
    let known = match owner {
        Some(id) => unit::Entity::find_by_id(id).one(db).await?.filter(|unit| unit.active),
        None => None,
    };
    if known.is_none() {
        faults.push(FieldError::new("owner", "选择在用的责任单位"));
    }
    match (known, faults.is_empty()) {
        (Some(unit), true) => Ok(Checked {
            title,
            reply,
            body,
            keywords: CodeList(keywords),
            case_types: CodeList(case_types),
            demand_types: CodeList(demand_types),
            source,
            owner: unit.id,
            valid_from,
        }),
        _ => Err(Error::Invalid(faults)),
    }
}

/// What is wrong with the lists.
fn lists(keywords: &[String], case_types: &[String], demand_types: &[String]) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if keywords.len() > WORDS || keywords.iter().any(|word| word.chars().count() > 20) {
        let text = format!("关键词最多 {WORDS} 个，每个不超过 20 字");
        faults.push(FieldError::new("keywords", &text));
    }
    if case_types.iter().any(|code| codes::case_type(code).is_none()) {
        let text = "适用案件类型填四位代码，如 0601，多个用逗号分开";
        faults.push(FieldError::new("case_types", text));
    }
    if demand_types.iter().any(|code| codes::demand_type(code).is_none()) {
        faults.push(FieldError::new("demand_types", "从列表中选择适用诉求类型"));
    }
    faults
}

/// What is wrong with the days.
fn days(content: &Content, valid_from: NaiveDate) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if content.valid_until.is_some_and(|until| until < valid_from) {
        faults.push(FieldError::new("valid_until", "失效日不能早于生效日，核对后重填"));
    }
    if content.review_on.is_some_and(|day| day < valid_from) {
        faults.push(FieldError::new("review_on", "复核日期不能早于生效日，核对后重填"));
    }
    faults
}

/// Words without blanks around them, each once.
fn listed(words: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in words.iter().map(|word| word.trim()).filter(|word| !word.is_empty()) {
        if !found.iter().any(|known| known == word) {
            found.push(word.to_owned());
        }
    }
    found
}

/// Writes a new article, not published yet.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Invalid`] with every fault.
pub async fn create(app: &App, ctx: &Ctx, content: &Content) -> Result<article::Model> {
    may(ctx, "article.create")?;
    let tx = app.db.begin().await?;
    let checked = checked(&tx, ctx, content).await?;
    let row = article::Model {
        id: ctx.new_id(),
        number: next_number(&tx, PREFIX, ctx.now).await?,
        state: State::Draft.code().to_owned(),
        title: checked.title,
        reply: checked.reply,
        body: checked.body,
        keywords: checked.keywords,
        case_types: checked.case_types,
        demand_types: checked.demand_types,
        source: checked.source,
        owner_unit: checked.owner,
        valid_from: checked.valid_from,
        valid_until: content.valid_until,
        review_on: content.review_on,
        changed_by: ctx.account(),
        changed_at: ctx.now,
        reminded_at: None,
        version: 1,
    };
    insert_models(&tx, vec![row.clone()]).await?;
    remember(&tx, ctx, &row, content.note.trim()).await?;
    let entry = Entry::new(Act::ArticleSaved).subject(row.id);
    journal::commit(tx, ctx, entry.detail(json!({ "version": row.version }))).await?;
    Ok(row)
}

/// Saves an article as a version more; it stays published where it was.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Stale`];
/// [`Error::Invalid`] with every fault.
pub async fn save(app: &App, ctx: &Ctx, id: Uuid, seen: i32, content: &Content) -> Result<article::Model> {
    may(ctx, "article.save")?;
    let tx = app.db.begin().await?;
    let before = article::Entity::find_by_id(id).one(&tx).await?.ok_or(Error::NotFound)?;
    check_version(seen, before.version)?;
    let checked = checked(&tx, ctx, content).await?;
    let note = words("note", "变更说明", &content.note, 200)?;
    let moved = content.review_on != before.review_on;
    let change = article::ActiveModel {
        title: Set(checked.title),
        reply: Set(checked.reply),
        body: Set(checked.body),
        keywords: Set(checked.keywords),
        case_types: Set(checked.case_types),
        demand_types: Set(checked.demand_types),
        source: Set(checked.source),
        owner_unit: Set(checked.owner),
        valid_from: Set(checked.valid_from),
        valid_until: Set(content.valid_until),
        review_on: Set(content.review_on),
        changed_by: Set(ctx.account()),
        changed_at: Set(ctx.now),
        // Another day is reminded of anew.
        reminded_at: Set(before.reminded_at.filter(|_| !moved)),
        ..Default::default()
    };
    let after = db::update(&tx, (id, seen), change).await?;
    remember(&tx, ctx, &after, &note).await?;
    let entry = Entry::new(Act::ArticleSaved).subject(id);
    journal::commit(tx, ctx, entry.detail(json!({ "version": after.version }))).await?;
    Ok(after)
}

/// What is done to a whole article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// 发布
    Publish,
    /// 撤下
    Withdraw,
}

impl Deed {
    /// Reads the word of an address.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "publish" => Some(Self::Publish),
            "withdraw" => Some(Self::Withdraw),
            _ => None,
        }
    }
}

/// Publishes an article or takes it down.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Stale`];
/// [`Error::Conflict`] when it stands so already; [`Error::Invalid`] without a
/// reason for taking it down.
pub async fn deed(app: &App, ctx: &Ctx, id: Uuid, seen: i32, (deed, note): (Deed, &str)) -> Result<article::Model> {
    may(ctx, "article.deed")?;
    let tx = app.db.begin().await?;
    let before = article::Entity::find_by_id(id).one(&tx).await?.ok_or(Error::NotFound)?;
    check_version(seen, before.version)?;
    let state = State::parse(&before.state).context("state of an article in the database")?;
    let (to, act, note) = match deed {
        Deed::Publish => (State::Published, Act::ArticlePublished, note.trim().to_owned()),
        Deed::Withdraw => (
            State::Withdrawn,
            Act::ArticleWithdrawn,
            words("note", "撤下理由", note, 200)?,
        ),
    };
    if state == to || (deed == Deed::Withdraw && state == State::Draft) {
        return Err(Error::Conflict(format!("该条目{}，刷新查看最新状态", state.label())));
    }
    let change = article::ActiveModel {
        state: Set(to.code().to_owned()),
        changed_by: Set(ctx.account()),
        changed_at: Set(ctx.now),
        ..Default::default()
    };
    let after = db::update(&tx, (id, seen), change).await?;
    remember(&tx, ctx, &after, &note).await?;
    let entry = Entry::new(act).subject(id);
    journal::commit(tx, ctx, entry.detail(json!({ "version": after.version }))).await?;
    Ok(after)
}

/// Keeps the version, and puts into the index what it is found by.
async fn remember(tx: &impl ConnectionTrait, ctx: &Ctx, row: &article::Model, note: &str) -> Result<()> {
    let version = article_version::Model {
        id: ctx.new_id(),
        article_id: row.id,
        version: row.version,
        state: row.state.clone(),
        title: row.title.clone(),
        reply: row.reply.clone(),
        body: row.body.clone(),
        keywords: row.keywords.clone(),
        case_types: row.case_types.clone(),
        demand_types: row.demand_types.clone(),
        source: row.source.clone(),
        owner_unit: row.owner_unit,
        valid_from: row.valid_from,
        valid_until: row.valid_until,
        review_on: row.review_on,
        note: note.to_owned(),
        changed_by: row.changed_by,
        changed_at: row.changed_at,
    };
    insert_models(tx, vec![version]).await?;
    article_gram::Entity::delete_many()
        .filter(article_gram::Column::ArticleId.eq(row.id))
        .exec(tx)
        .await?;
    let rows = weights(row).into_iter().map(|(gram, weight)| article_gram::Model {
        gram,
        article_id: row.id,
        weight,
    });
    insert_models(tx, rows.collect()).await?;
    Ok(())
}

/// A word in the title weighs more than in the text; often is no more than
/// thrice.
fn weights(row: &article::Model) -> BTreeMap<String, i32> {
    let keywords = row.keywords.0.join("，");
    let parts = [
        (row.title.as_str(), 12),
        (keywords.as_str(), 8),
        (row.reply.as_str(), 3),
        (row.body.as_str(), 1),
    ];
    let mut weights = BTreeMap::new();
    for (text, weight) in parts {
        for (gram, times) in grams::of_text(text) {
            *weights.entry(gram).or_insert(0) += weight * times.min(3);
        }
    }
    weights
}
