//! 督办: a sheet with number, level, cause and due time, answered by the unit
//! and ended by whoever supervises. Levels: 热线, 主管, 政府或纪检.

use super::holding::{finish, hold};
use crate::casework::next_number;
use crate::casework::steps::{words, words_if_any};
use crate::clock;
use crate::clocks;
use crate::ctx::Ctx;
use crate::entity::{deadline, protection_case, supervision};
use crate::error::{Error, Result};
use crate::journal::Act;
use crate::notices::{self, Kind, Notice, To};
use crate::rules::codes::{self, SupervisionCause};
use crate::rules::level::RiskLevel;
use crate::rules::orderflow::OrderStep;
use crate::rules::policy::{Action, Role};
use crate::state::App;
use crate::vault::{Slot, Vault};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use uuid::Uuid;

/// A level in words.
#[must_use]
pub fn level_label(level: i16) -> &'static str {
    match level {
        1 => "一级督办（热线）",
        2 => "二级督办（主管）",
        _ => "三级督办（政府或纪检）",
    }
}

/// The levels at which a role supervises.
#[must_use]
pub fn levels(role: Role) -> &'static [i16] {
    match role {
        Role::Lead => &[1],
        Role::County => &[2],
        Role::City => &[2, 3],
        _ => &[],
    }
}

/// A sheet that a person writes.
#[derive(Debug, Clone, Default)]
pub struct Supervise {
    /// 1, 2 or 3.
    pub level: i16,
    /// A cause of `data/supervision.csv` that is given by hand.
    pub cause: String,
    /// What is asked of the unit; sealed.
    pub reason: String,
    /// The last day for the answer; absent is what the cause allows.
    pub due_on: Option<NaiveDate>,
}

/// Writes a sheet by hand.
///
/// # Errors
/// Those of [`crate::casework::fetch_for`]; [`Error::Stale`]; [`Error::Invalid`]
/// for a level that is not the role's, a cause that fires by itself, a day that
/// has passed, or missing words.
pub async fn supervise(app: &App, ctx: &Ctx, id: Uuid, seen: i32, sheet: &Supervise) -> Result<protection_case::Model> {
    let reason = words("reason", "督办要求", &sheet.reason, 500)?;
    let held = hold(app, ctx, (id, seen), (Action::Supervise, OrderStep::Supervise)).await?;
    let tx = &held.tx;
    if !levels(ctx.actor.role).contains(&sheet.level) {
        return Err(Error::field(
            "level",
            "选择本级可用的督办级别：热线一级，县级二级，市级二级、三级",
        ));
    }
    let cause = codes::supervision_cause(&sheet.cause).filter(|row| !row.auto);
    let cause = cause.ok_or_else(|| Error::field("cause", "选择督办事由"))?;
    let due = match sheet.due_on {
        Some(day) => {
            let due = end_of(day).filter(|due| *due > ctx.now);
            Some(due.ok_or_else(|| Error::field("due_on", "答复期限不得早于今天，重新填写"))?)
        }
        None => None,
    };
    let new = New {
        level: sheet.level,
        cause,
        key: format!("{}:{}", cause.code, ctx.new_id()),
        due,
    };
    let row = file(tx, (&app.vault, ctx), &held.case, new, Some(&reason)).await?;
    let refs = json!({ "sheet_no": row.number, "sheet_level": level_label(row.level), "cause": cause.name });
    finish(held, app, ctx, (Act::SupervisionOpened, Some(&reason), refs)).await
}

/// The end of a day in Shanghai.
fn end_of(day: NaiveDate) -> Option<DateTime<Utc>> {
    let last = NaiveTime::from_hms_opt(23, 59, 59)?;
    let at = day.and_time(last).and_local_timezone(clock::shanghai()).single()?;
    Some(at.to_utc())
}

/// What the unit owes on a sheet.
const ANSWER: &str = "supervision";

/// Starts the clock of an answer: by the rule of its cause, or until the day
/// that the supervisor has named.
async fn clock_of(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    case: &protection_case::Model,
    new: &New<'_>,
) -> Result<deadline::Model> {
    let begin = clocks::Begin {
        subject: clocks::Subject {
            case: Some(case.id),
            ..Default::default()
        },
        code: &new.cause.due,
        milestone: ANSWER,
        from: ctx.now,
        owner: case.lead_unit,
    };
    match new.due {
        None => clocks::begin(tx, ctx, begin).await,
        Some(due) => clocks::begin_agreed(tx, begin, due).await,
    }
}

/// A sheet that is not written yet.
pub(super) struct New<'a> {
    pub(super) level: i16,
    pub(super) cause: &'a SupervisionCause,
    /// A case is supervised once for it.
    pub(super) key: String,
    /// Until when the answer is asked for; absent is what the rule allows.
    pub(super) due: Option<DateTime<Utc>>,
}

/// Writes a sheet with the clock of its answer, and tells the lead.
pub(super) async fn file(
    tx: &impl ConnectionTrait,
    (vault, ctx): (&Vault, &Ctx),
    case: &protection_case::Model,
    new: New<'_>,
    reason: Option<&str>,
) -> Result<supervision::Model> {
    let id = ctx.new_id();
    let clock = clock_of(tx, ctx, case, &new).await?;
    let row = supervision::ActiveModel {
        id: Set(id),
        case_id: Set(case.id),
        number: Set(next_number(tx, "DB", ctx.now).await?),
        level: Set(new.level),
        cause: Set(new.cause.code.clone()),
        cause_key: Set(new.key),
        unit_id: Set(case.lead_unit),
        reason: Set(vault.seal_some(Slot::new("supervision", "reason", id), reason)?),
        opened_by: Set(ctx.account()),
        opened_at: Set(ctx.now),
        due_at: Set(clock.due_at),
        clock_id: Set(Some(clock.id)),
        answer: Set(None),
        answered_by: Set(None),
        answered_at: Set(None),
        end_note: Set(None),
        ended_by: Set(None),
        ended_at: Set(None),
    };
    let row = row.insert(tx).await?;
    let mut notice = Notice::new(Kind::Supervised, To::Unit(case.lead_unit)).case(case.id);
    notice.red = case.level == RiskLevel::Red.number();
    notices::tell(tx, ctx, &notice).await?;
    Ok(row)
}

/// Every sheet of a case, latest first.
///
/// # Errors
/// When the database refuses.
pub async fn supervisions(db: &impl ConnectionTrait, case: Uuid) -> Result<Vec<supervision::Model>> {
    Ok(supervision::Entity::find()
        .filter(supervision::Column::CaseId.eq(case))
        .order_by_desc(supervision::Column::Id)
        .all(db)
        .await?)
}

async fn open_sheet(tx: &impl ConnectionTrait, case: Uuid, id: Uuid) -> Result<supervision::Model> {
    let found = supervision::Entity::find_by_id(id)
        .filter(supervision::Column::CaseId.eq(case))
        .filter(supervision::Column::EndedAt.is_null())
        .one(tx)
        .await?;
    found.ok_or_else(|| Error::field("supervision", "没有这份在督的督办单，刷新后选择"))
}

/// Answers a sheet; a further answer stands in place of the one before, which
/// the timeline keeps.
///
/// # Errors
/// Those of [`crate::casework::fetch_for`]; [`Error::Stale`]; [`Error::Invalid`]
/// for a sheet that has ended or no words.
pub async fn answer_supervision(
    app: &App,
    ctx: &Ctx,
    id: Uuid,
    seen: i32,
    (sheet, answer): (Uuid, &str),
) -> Result<protection_case::Model> {
    let answer = words("answer", "督办答复", answer, 1000)?;
    let held = hold(app, ctx, (id, seen), (Action::Apply, OrderStep::AnswerSupervision)).await?;
    let tx = &held.tx;
    let row = open_sheet(tx, id, sheet).await?;
    let sealed = app.vault.seal(Slot::new("supervision", "answer", row.id), &answer)?;
    supervision::Entity::update_many()
        .col_expr(supervision::Column::Answer, Expr::value(sealed))
        .col_expr(supervision::Column::AnsweredBy, Expr::value(ctx.account()))
        .col_expr(supervision::Column::AnsweredAt, Expr::value(ctx.now))
        .filter(supervision::Column::Id.eq(row.id))
        .exec(tx)
        .await?;
    if let Some(clock) = row.clock_id {
        clocks::meet_one(tx, (id, clock), ctx.now).await?;
    }
    let to = row.opened_by.map_or(To::Able(Action::Supervise), To::Account);
    notices::tell(tx, ctx, &Notice::new(Kind::SupervisionAnswered, to).case(id)).await?;
    let refs = json!({ "sheet_no": row.number });
    finish(held, app, ctx, (Act::SupervisionAnswered, Some(&answer), refs)).await
}

/// Ends a sheet: the supervisor has what was asked for. Not by the unit that is
/// supervised, nor below the level at which it was opened.
///
/// # Errors
/// Those of [`crate::casework::fetch_for`]; [`Error::Stale`]; [`Error::Forbidden`]
/// for the unit itself; [`Error::Invalid`] for a sheet that has ended, one of a
/// higher level, one not answered and no reason given.
pub async fn end_supervision(
    app: &App,
    ctx: &Ctx,
    id: Uuid,
    seen: i32,
    (sheet, note): (Uuid, &str),
) -> Result<protection_case::Model> {
    let note = words_if_any("reason", "解除意见", Some(note), 500)?;
    let held = hold(app, ctx, (id, seen), (Action::Supervise, OrderStep::EndSupervision)).await?;
    let tx = &held.tx;
    let row = open_sheet(tx, id, sheet).await?;
    if ctx.actor.unit == Some(row.unit_id) {
        return Err(Error::Forbidden(Error::denied("end_supervision", Some(id))));
    }
    let highest = levels(ctx.actor.role).last().copied().unwrap_or(0);
    if row.level > highest {
        let message = format!("{}由相应级别解除", level_label(row.level));
        return Err(Error::field("supervision", &message));
    }
    if row.answer.is_none() && note.is_none() {
        return Err(Error::field("reason", "单位尚未答复，解除须写明理由"));
    }
    let sealed = app
        .vault
        .seal_some(Slot::new("supervision", "end_note", row.id), note.as_deref())?;
    supervision::Entity::update_many()
        .col_expr(supervision::Column::EndNote, Expr::value(sealed))
        .col_expr(supervision::Column::EndedBy, Expr::value(ctx.account()))
        .col_expr(supervision::Column::EndedAt, Expr::value(ctx.now))
        .filter(supervision::Column::Id.eq(row.id))
        .exec(tx)
        .await?;
    // Answered, it stays met.
    clocks::cancel_some(tx, (id, row.clock_id.as_slice()), ctx.now).await?;
    let refs = json!({ "sheet_no": row.number });
    finish(held, app, ctx, (Act::SupervisionEnded, note.as_deref(), refs)).await
}
