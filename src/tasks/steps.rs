//! Moving a task: one transaction, the permission on the row just read, the
//! clocks, the timeline, one entry in the journal.

use super::moves::{Move, action, faults};
use super::{dispute, dues, fetch};
use crate::casework::{check_version, tell};
use crate::clocks::{self, Subject};
use crate::ctx::Ctx;
use crate::db;
use crate::entity::{case_unit, protection_case, task};
use crate::error::{Error, Result};
use crate::journal::{self, Entry};
use crate::measures;
use crate::network;
use crate::notices::{self, Kind, Notice, To};
use crate::rules::codes;
use crate::rules::level::RiskLevel;
use crate::rules::policy::{Action, Part, TaskAction};
use crate::rules::taskflow::TaskState;
use crate::state::App;
use crate::vault::Slot;
use anyhow::Context;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// 出警.
const DISPATCH: &str = "T30";

/// Holds the task for a step. Whoever comes second to a ruling is told that the
/// dispute has changed, and not that they may not rule: a moment ago they might.
async fn held(
    tx: &DatabaseTransaction,
    ctx: &Ctx,
    id: Uuid,
    (seen, step): (i32, &Move),
) -> Result<(task::Model, protection_case::Model)> {
    let held = fetch(tx, ctx, id, action(step.step())).await;
    if let Err(Error::Forbidden(_)) = &held {
        let (task, _) = fetch(tx, ctx, id, TaskAction::View).await?;
        if matches!(step, Move::Rule { .. } | Move::Drop { .. }) {
            check_version(seen, task.version)?;
        }
    }
    let (task, case) = held?;
    check_version(seen, task.version)?;
    Ok((task, case))
}

/// Moves a task.
///
/// # Errors
/// [`Error::Stale`], [`Error::IllegalTaskStep`], [`Error::Invalid`] with the
/// faults of the report, the reason or the ruling, what the policy refuses.
pub async fn step(app: &App, ctx: &Ctx, id: Uuid, seen: i32, step: &Move) -> Result<task::Model> {
    let tx = app.db.begin().await?;
    let (task, case) = held(&tx, ctx, id, (seen, step)).await?;
    let state = TaskState::parse(&task.state).context("task state in the database")?;
    let next = state.after(step.step())?;
    let faults = faults(ctx, &task, step);
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let moved = moved_to(&tx, &case, &task, step).await?;
    match step {
        Move::Report { papers, .. } => {
            for paper in papers {
                measures::add(&tx, app, ctx, (case.id, Some(id)), paper).await?;
            }
        }
        Move::Refuse(refusal) => dispute::open(&tx, app, ctx, (&case, &task), refusal).await?,
        _ if state == TaskState::Disputed => dispute::end(&tx, app, ctx, &task, (step, moved)).await?,
        _ => {}
    }
    let after = write(&tx, app, ctx, (&task, next, moved), step).await?;
    run_clocks(&tx, ctx, (&task, &after), step).await?;
    told(tx, app, ctx, (&case, &after), step).await?;
    Ok(after)
}

/// The unit that the arbiter names instead of the one that has the task.
async fn moved_to(
    tx: &impl ConnectionTrait,
    case: &protection_case::Model,
    task: &task::Model,
    step: &Move,
) -> Result<Option<Uuid>> {
    match step {
        Move::Rule { unit: Some(unit), .. } if *unit != task.unit_id => {
            dispute::named(tx, case, task, *unit).await.map(Some)
        }
        _ => Ok(None),
    }
}

async fn write(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (task, next, moved): (&task::Model, TaskState, Option<Uuid>),
    step: &Move,
) -> Result<task::Model> {
    let slot = |column| Slot::new("task", column, task.id);
    let mut row = task::ActiveModel {
        state: Set(next.code().to_owned()),
        ..Default::default()
    };
    match step {
        Move::Sign => {
            row.signed_at = Set(Some(ctx.now));
            row.signed_by = Set(ctx.account());
        }
        Move::Report { result, .. } => {
            row.result = Set(Some(app.vault.seal(slot("result"), result.trim())?));
            row.done_by = Set(ctx.account());
        }
        Move::Accept { .. } => row.done_at = Set(Some(ctx.now)),
        Move::Reject { .. } => row.sent_back = Set(task.sent_back + 1),
        Move::Rule { .. } => {
            row.unit_id = Set(moved.unwrap_or(task.unit_id));
            row.designated = Set(true);
            row.signed_at = Set(None);
            row.signed_by = Set(None);
        }
        Move::Refuse(_) | Move::Drop { .. } | Move::Waive { .. } | Move::Cancel { .. } => {}
    }
    if !matches!(step, Move::Sign | Move::Refuse(_) | Move::Report { .. }) {
        row.review_note = Set(app.vault.seal_some(slot("review_note"), step.words().as_deref())?);
    }
    db::update(tx, (task.id, task.version), row).await
}

async fn run_clocks(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    (task, after): (&task::Model, &task::Model),
    step: &Move,
) -> Result<()> {
    let key = (task.case_id, task.id);
    match step {
        Move::Sign => {
            clocks::meet_task(tx, key, &["task_sign"], ctx.now).await?;
            sign_part(tx, ctx, task).await?;
            // The police who take the matter over need no three-way call any more.
            if task.type_code == DISPATCH {
                clocks::meet(tx, task.case_id, &["transfer"], ctx.now).await?;
            }
            Ok(())
        }
        Move::Report { .. } => clocks::meet_task(tx, key, &["task_sign", "task_done"], ctx.now).await,
        // A department that answers in time has done what signing is for.
        Move::Refuse(_) => clocks::meet_task(tx, key, &["task_sign"], ctx.now).await,
        Move::Accept { .. } => Ok(()),
        Move::Drop { .. } => {
            clocks::meet_task(tx, key, &["task_ruling"], ctx.now).await?;
            clocks::cancel_task(tx, key, ctx.now).await
        }
        Move::Waive { .. } | Move::Cancel { .. } => clocks::cancel_task(tx, key, ctx.now).await,
        // What was owed is owed again: by the old time if it is still ahead.
        Move::Reject { .. } => owe(tx, ctx, after, task.due_at.filter(|at| *at > ctx.now)).await,
        Move::Rule { .. } => {
            clocks::meet_task(tx, key, &["task_ruling"], ctx.now).await?;
            if after.unit_id != task.unit_id {
                clocks::cancel_task(tx, key, ctx.now).await?;
                owe(tx, ctx, after, None).await?;
            }
            let book = clocks::book(tx, ctx.now).await?;
            let sign = dues::sign(&book, (level(after), after.unit_id), ctx.now);
            clocks::start(tx, subject(after), ctx.now, sign.as_slice()).await
        }
    }
}

pub(super) fn level(task: &task::Model) -> RiskLevel {
    RiskLevel::from_number(task.level).unwrap_or(RiskLevel::Red)
}

pub(super) fn subject(task: &task::Model) -> Subject {
    Subject {
        case: Some(task.case_id),
        task: Some(task.id),
        ..Subject::default()
    }
}

/// Starts the clock of the result anew, by a time that was set before or by the
/// rule of the type.
async fn owe(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    task: &task::Model,
    ahead: Option<chrono::DateTime<chrono::Utc>>,
) -> Result<()> {
    let book = clocks::book(tx, ctx.now).await?;
    let kind = codes::task_type(&task.type_code);
    let due = dues::done(&book, kind, (level(task), task.unit_id), ctx.now, ahead);
    task::Entity::update_many()
        .set(task::ActiveModel {
            due_at: Set(Some(due.at)),
            ..Default::default()
        })
        .filter(task::Column::Id.eq(task.id))
        .exec(tx)
        .await?;
    clocks::start(tx, subject(task), ctx.now, &[due]).await
}

/// A department that assists never sees the case: signing its task is its
/// signature under the case as well.
async fn sign_part(tx: &impl ConnectionTrait, ctx: &Ctx, task: &task::Model) -> Result<()> {
    case_unit::Entity::update_many()
        .col_expr(case_unit::Column::SignedAt, Expr::value(ctx.now))
        .col_expr(case_unit::Column::SignedBy, Expr::value(ctx.account()))
        .filter(case_unit::Column::CaseId.eq(task.case_id))
        .filter(case_unit::Column::UnitId.eq(task.unit_id))
        .filter(case_unit::Column::Part.eq(Part::Assist.code()))
        .filter(case_unit::Column::Until.is_null())
        .filter(case_unit::Column::SignedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

async fn told(
    tx: DatabaseTransaction,
    app: &App,
    ctx: &Ctx,
    (case, task): (&protection_case::Model, &task::Model),
    step: &Move,
) -> Result<()> {
    let kind = codes::task_type(&task.type_code).map_or("", |kind| kind.name.as_str());
    let unit = match step {
        Move::Rule { .. } => network::unit_name(&tx, task.unit_id).await?,
        _ => ctx.unit_name.clone(),
    };
    let refs = json!({ "task": task.id, "number": task.number, "type": kind, "unit": unit });
    let words = step.words();
    let happened = (step.act(), ctx.now, words.as_deref(), refs);
    tell(&tx, &app.vault, ctx, case.id, happened).await?;
    notices::tell_all(&tx, ctx, &notices_of(task, case, step)).await?;
    let entry = Entry::new(step.act())
        .case(case.id)
        .subject(task.id)
        .detail(json!({ "type": task.type_code, "step": step.step().code() }));
    journal::commit(tx, ctx, entry).await
}

/// Whose turn it is now, or who waited for this. Whoever is to rule is told
/// with the dispute.
fn notices_of(task: &task::Model, case: &protection_case::Model, step: &Move) -> Vec<Notice> {
    let to = |kind, to| Notice::new(kind, to).task(case.id, task.id);
    let (department, lead) = (To::Unit(task.unit_id), To::Unit(case.lead_unit));
    match step {
        Move::Sign => Vec::new(),
        Move::Report { .. } => {
            let asked = task.created_by.map(To::Account);
            // A department does not judge what it did itself: the county does.
            let above = (task.unit_id == case.lead_unit).then_some(To::Able(Action::Confirm));
            let whom = [Some(lead), asked, above].into_iter().flatten();
            whom.map(|whom| to(Kind::TaskReported, whom)).collect()
        }
        Move::Refuse(_) => vec![to(Kind::DisputeOpened, lead)],
        Move::Accept { .. } => vec![to(Kind::TaskAccepted, department)],
        Move::Reject { .. } => vec![to(Kind::TaskSentBack, department)],
        Move::Rule { .. } | Move::Drop { .. } => {
            vec![to(Kind::DisputeRuled, department), to(Kind::DisputeRuled, lead)]
        }
        Move::Waive { .. } => vec![to(Kind::TaskWaived, department)],
        Move::Cancel { .. } => vec![to(Kind::TaskCancelled, department)],
    }
}
