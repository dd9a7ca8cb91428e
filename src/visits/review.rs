//! Loading a visit for one purpose; the supervisor accepts or asks back, the
//! author answers.

use crate::casework::{Source, fetch_for, scope, tell};
use crate::ctx::Ctx;
use crate::db;
use crate::entity::{account, protection_case, visit};
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::policy::{self, Action, Role};
use crate::state::App;
use crate::vault::Slot;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use uuid::Uuid;

const LONGEST: usize = 1000;
const PAGE: u64 = 100;

/// Loads a visit for one purpose; the policy is that of its case.
///
/// # Errors
/// [`Error::NotFound`] and those of [`fetch_for`].
pub async fn fetch<S: Source>(db: &S, ctx: &Ctx, id: Uuid, action: Action) -> Result<visit::Model> {
    let visit = row(db, id).await?;
    fetch_for(db, ctx, visit.case_id, action).await?;
    if S::HOLDS {
        // Somebody may have changed it while this one waited for the case.
        return row(db, id).await;
    }
    Ok(visit)
}

async fn row(db: &impl ConnectionTrait, id: Uuid) -> Result<visit::Model> {
    visit::Entity::find_by_id(id).one(db).await?.ok_or(Error::NotFound)
}

/// What a reviewer decides.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// 审核通过，意见可空
    Accept(String),
    /// 退问
    Query(String),
}

/// Accepts a visit or asks back. Nobody reviews their own.
///
/// # Errors
/// [`Error::Stale`], [`Error::Invalid`] for an empty question, and those of
/// the policy.
pub async fn decide(app: &App, ctx: &Ctx, id: Uuid, seen: i32, verdict: &Verdict) -> Result<visit::Model> {
    let (act, state, field, note) = match verdict {
        Verdict::Accept(note) => (Act::VisitAccepted, "accepted", "note", note),
        Verdict::Query(note) => (Act::VisitQueried, "queried", "question", note),
    };
    let note = checked(field, note, state == "queried")?;
    let tx = app.db.begin().await?;
    let visit = fetch(&tx, ctx, id, Action::ReviewVisit).await?;
    if visit.author == ctx.actor.account {
        return Err(Error::Forbidden(Error::denied("ReviewOwnVisit", Some(visit.case_id))));
    }
    if visit.review_state == "accepted" {
        return Err(Error::Conflict("该走访已审核通过；如有疑问，另行联系走访人".to_owned()));
    }
    let slot = Slot::new("visit", "review_note", id);
    let change = visit::ActiveModel {
        review_state: Set(state.to_owned()),
        review_note: Set(app.vault.seal_some(slot, note.as_deref())?),
        reviewed_by: Set(ctx.account()),
        reviewed_at: Set(Some(ctx.now)),
        ..Default::default()
    };
    let after = db::update(&tx, (id, seen), change).await?;
    let refs = json!({ "visit": id, "number": visit.number });
    let told = (act, ctx.now, note.as_deref(), refs);
    tell(&tx, &app.vault, ctx, visit.case_id, told).await?;
    let entry = Entry::new(act).case(visit.case_id).subject(id);
    journal::commit(tx, ctx, entry).await?;
    Ok(after)
}

/// The author answers a question.
///
/// # Errors
/// [`Error::Stale`], [`Error::Invalid`] for an empty answer, [`Error::Forbidden`]
/// for anybody else.
pub async fn reply(app: &App, ctx: &Ctx, id: Uuid, seen: i32, text: &str) -> Result<visit::Model> {
    let text = checked("reply", text, true)?;
    let tx = app.db.begin().await?;
    let visit = fetch(&tx, ctx, id, Action::View).await?;
    if visit.author != ctx.actor.account && !left_to(&tx, ctx, &visit).await? {
        return Err(Error::Forbidden(Error::denied("ReplyToQuery", Some(visit.case_id))));
    }
    if visit.review_state != "queried" {
        return Err(Error::Conflict("该走访没有待答复的退问".to_owned()));
    }
    let change = visit::ActiveModel {
        review_state: Set("replied".to_owned()),
        reply: Set(app.vault.seal_some(Slot::new("visit", "reply", id), text.as_deref())?),
        ..Default::default()
    };
    let after = db::update(&tx, (id, seen), change).await?;
    let refs = json!({ "visit": id, "number": visit.number });
    let told = (Act::VisitReplied, ctx.now, text.as_deref(), refs);
    tell(&tx, &app.vault, ctx, visit.case_id, told).await?;
    let entry = Entry::new(Act::VisitReplied).case(visit.case_id).subject(id);
    journal::commit(tx, ctx, entry).await?;
    Ok(after)
}

/// Whether the author has left and the actor is of the unit that answers now.
pub(super) async fn left_to(tx: &impl ConnectionTrait, ctx: &Ctx, visit: &visit::Model) -> Result<bool> {
    if visit.unit_id.is_none_or(|unit| !ctx.actor.serves(unit)) {
        return Ok(false);
    }
    let author = account::Entity::find_by_id(visit.author).one(tx).await?;
    Ok(author.is_none_or(|author| author.disabled_at.is_some() || author.unit_id != visit.unit_id))
}

fn checked(field: &str, text: &str, required: bool) -> Result<Option<String>> {
    let text = text.trim();
    if text.is_empty() && required {
        let what = if field == "reply" {
            "填写答复"
        } else {
            "写明要走访人补充什么"
        };
        return Err(Error::field(field, what));
    }
    if text.chars().count() > LONGEST {
        return Err(Error::field(field, &format!("内容不超过 {LONGEST} 字")));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Error::field(field, "删除内容中不可见的控制字符"));
    }
    Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
}

/// Which visits a queue shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// 待审核（含已答复）
    Waiting,
    /// 已退问
    Queried,
    /// 已通过
    Accepted,
}

impl Shown {
    /// Reads the address's word; anything else is what waits.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        match word {
            "queried" => Self::Queried,
            "accepted" => Self::Accepted,
            _ => Self::Waiting,
        }
    }

    fn states(self) -> &'static [&'static str] {
        match self {
            Self::Waiting => &["pending", "replied"],
            Self::Queried => &["queried"],
            Self::Accepted => &["accepted"],
        }
    }
}

/// The visits within the actor's reach, danger first, then unseen children,
/// then the longest waiting; at most 100.
///
/// # Errors
/// When the database refuses.
pub async fn queue(db: &impl ConnectionTrait, ctx: &Ctx, shown: Shown) -> Result<Vec<visit::Model>> {
    // The city watches; counties and townships review.
    let action = match ctx.actor.role {
        Role::City => Action::ReadWork,
        _ => Action::ReviewVisit,
    };
    let mut cases = Query::select();
    cases
        .column(protection_case::Column::Id)
        .from(protection_case::Entity)
        .cond_where(scope(&policy::reach(&ctx.actor, action)));
    let mut corrected = Query::select();
    corrected
        .column(visit::Column::Supersedes)
        .from(visit::Entity)
        .and_where(Expr::col(visit::Column::Supersedes).is_not_null());
    Ok(visit::Entity::find()
        .filter(visit::Column::CaseId.in_subquery(cases))
        .filter(visit::Column::Id.not_in_subquery(corrected))
        .filter(visit::Column::ReviewState.is_in(shown.states().iter().copied()))
        .filter(visit::Column::Author.ne(ctx.actor.account))
        .order_by_desc(visit::Column::Danger)
        .order_by_asc(visit::Column::Seen)
        .order_by_asc(visit::Column::ReceivedAt)
        .order_by_asc(visit::Column::Id)
        .limit(PAGE)
        .all(db)
        .await?)
}
