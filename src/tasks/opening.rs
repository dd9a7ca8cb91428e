//! Opening a task by a person on a case.

use super::checks::{self, Checked};
use super::dues;
use super::shared::Shared;
use crate::casework::{fetch_for, next_number, tell};
use crate::clocks::{self, Subject};
use crate::ctx::Ctx;
use crate::db::insert_models;
use crate::entity::{deadline, protection_case, task};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::measures::open_stage;
use crate::network;
use crate::notices::{self, Kind, Notice, To};
use crate::rules::codes::TaskType;
use crate::rules::deadlines::Milestone;
use crate::rules::level::RiskLevel;
use crate::rules::policy::Action;
use crate::rules::rulebook::Rulebook;
use crate::rules::taskflow::TaskState;
use crate::state::App;
use crate::vault::{Slot, Vault};
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

/// The rule of `data/deadlines.csv` for complaints about a unit.
const COMPLAINT_RULE: &str = "DLC";

/// A task to be opened.
#[derive(Debug, Clone, Default)]
pub struct NewTask {
    /// Made by the client, so that a second click is the same task.
    pub id: Option<Uuid>,
    /// A code of `data/task_types.csv`.
    pub type_code: String,
    /// The unit that does it; the county's own of the type's kind when empty.
    pub unit_id: Option<Uuid>,
    /// What is asked for, 500 characters at most.
    pub request: String,
    /// Until when; by the type's rule when empty.
    pub due_at: Option<DateTime<Utc>>,
    /// The conference that decided on it.
    pub conference: Option<Uuid>,
}

/// Tasks that are opened at once.
pub(super) const MOST: usize = 20;

/// Opens a task on a case.
///
/// # Errors
/// [`Error::Invalid`] with the faults; what the policy and the stage refuse.
pub async fn open(app: &App, ctx: &Ctx, case_id: Uuid, new: NewTask) -> Result<task::Model> {
    let alone = |mut fault: FieldError| {
        fault.field = fault.field.trim_start_matches("tasks/0/").to_owned();
        fault
    };
    let opened = open_all(app, ctx, case_id, &[new]).await.map_err(|error| match error {
        Error::Invalid(faults) => Error::Invalid(faults.into_iter().map(alone).collect()),
        other => other,
    });
    opened?.pop().ok_or(Error::NotFound)
}

/// Opens several tasks on a case, all or none.
///
/// # Errors
/// [`Error::Invalid`] with the faults of each, `tasks/0/type_code` …; what the
/// policy and the stage refuse.
pub async fn open_all(app: &App, ctx: &Ctx, case_id: Uuid, news: &[NewTask]) -> Result<Vec<task::Model>> {
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, case_id, Action::OpenTask).await?;
    open_stage(&case)?;
    let made = add_all(&tx, app, ctx, &case, news).await?;
    if made.fresh.is_empty() {
        return Ok(made.all);
    }
    passed_on(&tx, ctx, case.id).await?;
    let entries = made.fresh.iter().map(|row| (ctx, entry(row)));
    journal::commit_all(tx, entries.collect()).await?;
    Ok(made.all)
}

/// What came of an order for tasks.
pub(super) struct Made {
    /// Every task, in the order asked for.
    pub(super) all: Vec<task::Model>,
    /// Those that were not there before.
    pub(super) fresh: Vec<task::Model>,
}

/// Checks all the tasks and writes those that the same person has not sent
/// before. The caller commits.
pub(super) async fn add_all(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    case: &protection_case::Model,
    news: &[NewTask],
) -> Result<Made> {
    if news.is_empty() || news.len() > MOST {
        let text = format!("勾选或填写至少一项任务，一次最多{MOST}项");
        return Err(Error::field("tasks", &text));
    }
    let checked = checks::all(tx, ctx, case, news).await?;
    let mut made = Made {
        all: Vec::new(),
        fresh: Vec::new(),
    };
    for (new, checked) in news.iter().zip(checked) {
        let row = match checked {
            Checked::Known(row) => *row,
            Checked::New(kind, unit) => {
                let row = add(tx, app, ctx, case, (kind, unit, new)).await?;
                notices::tell(tx, ctx, &given(&row)).await?;
                made.fresh.push(row.clone());
                row
            }
        };
        made.all.push(row);
    }
    Ok(made)
}

/// A complaint (投诉) is owed to be passed on to whoever supervises the unit
/// complained about; giving somebody a task does that.
async fn passed_on(tx: &impl ConnectionTrait, ctx: &Ctx, case: Uuid) -> Result<()> {
    let known = clocks::of_case(tx, case).await?;
    let owed = known.iter().find(|clock| {
        let running = clock.met_at.is_none() && clock.cancelled_at.is_none();
        running && clock.rule == COMPLAINT_RULE && clock.milestone == Milestone::Contact.code()
    });
    match owed {
        Some(clock) => clocks::meet_one(tx, (case, clock.id), ctx.now).await,
        None => Ok(()),
    }
}

pub(super) fn entry(row: &task::Model) -> Entry {
    Entry::new(Act::TaskOpened)
        .case(row.case_id)
        .subject(row.id)
        .detail(json!({ "type": row.type_code, "unit": row.unit_id }))
}

/// What the department is told of its new task.
pub(super) fn given(row: &task::Model) -> Notice {
    Notice::new(Kind::TaskGiven, To::Unit(row.unit_id)).task(row.case_id, row.id)
}

pub(super) fn refs(row: &task::Model, kind: &TaskType, unit: &str) -> serde_json::Value {
    json!({ "task": row.id, "number": row.number, "type": kind.name, "unit": unit })
}

async fn add(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    case: &protection_case::Model,
    (kind, unit, new): (&TaskType, Uuid, &NewTask),
) -> Result<task::Model> {
    let order = Order {
        id: new.id,
        number: next_number(tx, "RW", ctx.now).await?,
        kind,
        unit,
        request: new.request.trim(),
        agreed: new.due_at,
        conference: new.conference,
    };
    let shared = Shared::of_case(tx, &app.vault, case).await?.only(kind);
    let book = clocks::book(tx, ctx.now).await?;
    let (row, clocks) = compose((&app.vault, &book), ctx, case, (&order, &shared))?;
    insert_models(tx, vec![row.clone()]).await?;
    insert_models(tx, clocks).await?;
    clocks::refresh(tx, Some(case.id)).await?;
    let refs = refs(&row, kind, &network::unit_name(tx, unit).await?);
    tell(tx, &app.vault, ctx, case.id, (Act::TaskOpened, ctx.now, None, refs)).await?;
    Ok(row)
}

/// What is asked of whom.
pub(super) struct Order<'a> {
    pub(super) id: Option<Uuid>,
    pub(super) number: String,
    pub(super) kind: &'a TaskType,
    pub(super) unit: Uuid,
    pub(super) request: &'a str,
    pub(super) agreed: Option<DateTime<Utc>>,
    /// The conference that decided on it.
    pub(super) conference: Option<Uuid>,
}

/// A task with its clocks, not written yet.
pub(super) fn compose(
    (vault, book): (&Vault, &Rulebook),
    ctx: &Ctx,
    case: &protection_case::Model,
    (order, shared): (&Order<'_>, &Shared),
) -> Result<(task::Model, Vec<deadline::Model>)> {
    let id = order.id.unwrap_or_else(|| ctx.new_id());
    let slot = |column| Slot::new("task", column, id);
    let level = RiskLevel::from_number(case.level).unwrap_or(RiskLevel::Red);
    let sign = dues::sign(book, (level, order.unit), ctx.now);
    let done = dues::done(book, Some(order.kind), (level, order.unit), ctx.now, order.agreed);
    let shared = serde_json::to_string(shared).map_err(anyhow::Error::new)?;
    let row = task::Model {
        id,
        number: order.number.clone(),
        case_id: case.id,
        type_code: order.kind.code.clone(),
        unit_id: order.unit,
        state: TaskState::Pending.code().to_owned(),
        request: vault.seal(slot("request"), order.request)?,
        shared: vault.seal(slot("shared"), &shared)?,
        level: case.level,
        created_by: ctx.account(),
        created_at: ctx.now,
        due_at: Some(done.at),
        signed_at: None,
        signed_by: None,
        result: None,
        done_at: None,
        done_by: None,
        review_note: None,
        sent_back: 0,
        designated: false,
        conference_id: order.conference,
        version: 1,
    };
    let subject = Subject {
        case: Some(case.id),
        task: Some(id),
        ..Subject::default()
    };
    let dues = sign.into_iter().chain([done]);
    let clocks = dues.map(|due| clocks::new(subject, ctx.now, &due)).collect();
    Ok((row, clocks))
}
