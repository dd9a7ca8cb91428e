//! What a person was told: the list, what is unread, and reading it.

use super::matters::{About, Matters};
use super::{Kind, numbering, settling};
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::notice;
use crate::error::{Error, Result};
use crate::rules::policy::Actor;
use crate::state::App;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

/// Nobody counts further than this; the badge then says 99+.
pub(super) const MOST: u64 = 100;

/// One notice as its recipient sees it.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its id.
    pub id: Uuid,
    /// What it is about.
    pub kind: Kind,
    /// The number of the case, the task or the report; empty for none.
    pub number: String,
    /// Where the matter is.
    pub href: String,
    /// Whether it is red.
    pub red: bool,
    /// When it came.
    pub at: DateTime<Utc>,
    /// The same on screen.
    pub when: String,
    /// Whether it was read.
    pub seen: bool,
    /// Whether what it is about has been done: it need not be read any more.
    pub settled: bool,
    /// Its number in the person's stream; none while it is held back.
    pub seq: Option<i64>,
    /// The case, where the person may see it.
    pub case: Option<Uuid>,
    /// The joint task.
    pub task: Option<Uuid>,
    /// The measure.
    pub measure: Option<Uuid>,
}

/// Which notices are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked {
    /// Only those unread, or only those read or settled.
    pub seen: Option<bool>,
    /// Only red ones.
    pub red: bool,
    /// Older than this one.
    pub before: Option<Uuid>,
    /// 1–100.
    pub limit: u64,
}

/// One page of a list, latest first.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The notices.
    pub items: Vec<Item>,
    /// Give it as `before` for the next page.
    pub next: Option<Uuid>,
}

/// Everything told to an account.
fn of(account: Uuid) -> Select<notice::Entity> {
    notice::Entity::find().filter(notice::Column::AccountId.eq(account))
}

/// A person's notices, latest first, as far as they may still see what these
/// are about.
///
/// # Errors
/// When the database refuses.
pub async fn list(db: &impl ConnectionTrait, ctx: &Ctx, asked: Asked) -> Result<Page> {
    let limit = asked.limit.clamp(1, MOST);
    let mut query = of(ctx.actor.account);
    query = match asked.seen {
        Some(true) => query.filter(settling::unread().not()),
        Some(false) => query.filter(settling::unread()),
        None => query,
    };
    if asked.red {
        query = query.filter(notice::Column::Red.eq(true));
    }
    if let Some(before) = asked.before {
        query = query.filter(notice::Column::Id.lt(before));
    }
    let mut rows = query.order_by_desc(notice::Column::Id).limit(limit + 1).all(db).await?;
    let more = u64::try_from(rows.len()).unwrap_or(u64::MAX) > limit;
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = rows.last().map(|row| row.id).filter(|_| more);
    let items = items(db, &ctx.actor, rows).await?;
    Ok(Page { items, next })
}

/// Of these rows those that the person may see, in the same order.
pub(super) async fn items(db: &impl ConnectionTrait, actor: &Actor, rows: Vec<notice::Model>) -> Result<Vec<Item>> {
    let matters = Matters::load(db, rows.iter().map(About::of)).await?;
    let item = |row: notice::Model| {
        let about = About::of(&row);
        let kind = Kind::parse(&row.kind).filter(|_| matters.shows(actor, &about))?;
        Some(Item {
            id: row.id,
            kind,
            number: matters.number(&about),
            href: href(kind, &about),
            red: row.red,
            at: row.created_at,
            when: clock::minute(row.created_at),
            seen: row.seen_at.is_some(),
            settled: row.settled_at.is_some(),
            seq: row.seq,
            case: row
                .case_id
                .filter(|_| row.task_id.is_none() && row.measure_id.is_none()),
            task: row.task_id,
            measure: row.measure_id,
        })
    };
    Ok(rows.into_iter().filter_map(item).collect())
}

/// Where a notice leads; what is about no case of the reader's has a list.
fn href(kind: Kind, about: &About) -> String {
    if let (None, Some(case), Some(measure)) = (about.task, about.case, about.measure) {
        return format!("/cases/{case}/measures/{measure}");
    }
    match (about.task, about.case, about.report) {
        (Some(task), _, _) => format!("/tasks/{task}"),
        (None, Some(case), _) => format!("/cases/{case}"),
        (None, None, Some(report)) => format!("/reports/{report}"),
        (None, None, None) => match kind {
            Kind::TransferAsked | Kind::TransferAnswered | Kind::DisputeOpened => "/transfers",
            Kind::PostVacant | Kind::PostStillVacant => "/network",
            Kind::PartnerFlagged => "/hotline/answers",
            Kind::QualityScored | Kind::QualityRuled => "/quality/mine",
            Kind::QualityObjected => "/quality",
            Kind::ArticleReview => "/knowledge?list=review",
            _ => "/notices",
        }
        .to_owned(),
    }
}

/// How many notices a person has not read, of those that have rung and are not
/// settled; no more than [`MOST`].
///
/// # Errors
/// When the database refuses.
pub async fn unread(db: &impl ConnectionTrait, actor: &Actor, now: DateTime<Utc>) -> Result<u64> {
    let rows = of(actor.account)
        .filter(settling::unread())
        .filter(numbering::due(now))
        .order_by_desc(notice::Column::CreatedAt)
        .limit(MOST)
        .all(db)
        .await?;
    if rows.is_empty() {
        return Ok(0);
    }
    let items = items(db, actor, rows).await?;
    Ok(u64::try_from(items.len()).unwrap_or(MOST))
}

/// Marks one notice as read; answers where its matter is.
///
/// # Errors
/// [`Error::NotFound`] for another person's notice, or one about what the
/// person may no longer see.
pub async fn read(app: &App, ctx: &Ctx, id: Uuid) -> Result<String> {
    let db = app.db.read();
    let row = of(ctx.actor.account).filter(notice::Column::Id.eq(id)).one(db).await?;
    let row = row.ok_or(Error::NotFound)?;
    let item = items(db, &ctx.actor, vec![row]).await?.pop().ok_or(Error::NotFound)?;
    if !item.seen {
        mark(app, ctx, Some(&[id])).await?;
    }
    Ok(item.href)
}

/// Marks notices as read: these, or all that stand. Others' are left alone;
/// doing it twice is the same as once.
///
/// # Errors
/// When the database refuses.
pub async fn mark(app: &App, ctx: &Ctx, ids: Option<&[Uuid]>) -> Result<u64> {
    let mut query = notice::Entity::update_many()
        .col_expr(notice::Column::SeenAt, Expr::value(Some(ctx.now)))
        .filter(notice::Column::AccountId.eq(ctx.actor.account))
        .filter(notice::Column::SeenAt.is_null());
    query = match ids {
        Some(ids) => query.filter(notice::Column::Id.is_in(ids.iter().copied())),
        // What came after the page was made has not been seen by anybody.
        None => query.filter(notice::Column::CreatedAt.lte(ctx.now)),
    };
    let done = query.exec(app.db.upkeep()).await?;
    // The person's other pages learn of it, too.
    app.bell.ring([ctx.actor.account].into());
    Ok(done.rows_affected)
}
