//! Papers: recorded with number, authority and dates, ended before their time.

use super::{NewMeasure, events, faults, kind_name, open_stage, watch};
use crate::casework::steps::has_control;
use crate::casework::{self, fetch_for, tell};
use crate::clock;
use crate::ctx::Ctx;
use crate::db;
use crate::entity::{measure, protection_case};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::measures::{self, State, Value, Values};
use crate::rules::policy::Action;
use crate::state::App;
use crate::vault::{Slot, Vault};
use chrono::NaiveDate;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// Records a paper on a case.
///
/// # Errors
/// [`Error::Invalid`] with the faults; what [`fetch_for`] and the stage refuse.
pub async fn record(app: &App, ctx: &Ctx, case: Uuid, new: &NewMeasure) -> Result<measure::Model> {
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, case, Action::Record).await?;
    open_stage(&case)?;
    if let Some(known) = sent_before(&tx, ctx, case.id, new.id).await? {
        return Ok(known);
    }
    if let Some(procedure) = measures::procedure(&new.kind).filter(|procedure| procedure.needs_ground()) {
        let (name, basis) = (procedure.name, procedure.basis);
        let text = format!("{name}须写明法定情形，改从“发起措施”登记（{basis}）");
        return Err(Error::field("kind", &text));
    }
    let row = add(&tx, app, ctx, (case.id, None), new).await?;
    let entry = Entry::new(Act::MeasureRecorded)
        .case(case.id)
        .subject(row.id)
        .detail(json!({ "kind": row.kind }));
    journal::commit(tx, ctx, entry).await?;
    Ok(row)
}

/// The paper of this id, when the same person has recorded it on this case.
pub(super) async fn sent_before(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    case: Uuid,
    id: Option<Uuid>,
) -> Result<Option<measure::Model>> {
    let Some(id) = id else { return Ok(None) };
    match measure::Entity::find_by_id(id).one(tx).await? {
        Some(known) if known.case_id == case && known.created_by == ctx.actor.account => Ok(Some(known)),
        Some(_) => Err(Error::field("id", "该编号已用于其他文书，重新打开页面后提交")),
        None => Ok(None),
    }
}

/// Writes a paper, its line of the timeline and the clocks that it starts. The
/// caller commits. A paper that the same task reported before is not written
/// twice.
///
/// # Errors
/// [`Error::Invalid`] with the faults.
pub async fn add(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (case, task): (Uuid, Option<Uuid>),
    new: &NewMeasure,
) -> Result<measure::Model> {
    let faults = faults(new, clock::day(ctx.now));
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    if let Some(known) = known(tx, &app.vault, task, new).await? {
        return Ok(known);
    }
    let row = row(app, ctx, (case, task), new)?.insert(tx).await?;
    let paper_no = new.paper_no.trim();
    let text = format!("{} {paper_no}", kind_name(&row.kind));
    let refs = json!({ "measure": row.id, "kind": kind_name(&row.kind) });
    let happened = (Act::MeasureRecorded, ctx.now, Some(text.as_str()), refs);
    tell(tx, &app.vault, ctx, case, happened).await?;
    lives_on(tx, app, ctx, &row, new).await?;
    Ok(row)
}

fn row(app: &App, ctx: &Ctx, (case, task): (Uuid, Option<Uuid>), new: &NewMeasure) -> Result<measure::ActiveModel> {
    let id = new.id.unwrap_or_else(|| ctx.new_id());
    let slot = |column| Slot::new("measure", column, id);
    let note = Some(new.note.trim()).filter(|note| !note.is_empty());
    let state = measures::procedure(&new.kind).map_or(State::Recorded, |procedure| procedure.paper.0);
    Ok(measure::ActiveModel {
        id: Set(id),
        case_id: Set(case),
        task_id: Set(task),
        kind: Set(new.kind.clone()),
        state: Set(state.code().to_owned()),
        begun_on: Set(Some(new.issued_on)),
        addressee: Set(None),
        paper_no: Set(app.vault.seal(slot("paper_no"), new.paper_no.trim())?),
        issued_by: Set(app.vault.seal(slot("issued_by"), new.issued_by.trim())?),
        issued_on: Set(new.issued_on),
        in_force_from: Set(new.in_force_from),
        expires_on: Set(new.expires_on),
        ended_on: Set(None),
        served_on: Set(new.served_on),
        note: Set(app.vault.seal_some(slot("note"), note)?),
        created_by: Set(ctx.actor.account),
        created_at: Set(ctx.now),
        version: Set(1),
    })
}

/// A paper of a kind with a life of its own starts what that kind starts.
async fn lives_on(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    row: &measure::Model,
    new: &NewMeasure,
) -> Result<()> {
    let Some(procedure) = measures::procedure(&row.kind) else {
        return Ok(());
    };
    let values = values(new);
    events::write(tx, app, ctx, row, (events::PAPER, &values)).await?;
    let case = protection_case::Entity::find_by_id(row.case_id).one(tx).await?;
    let case = case.ok_or(Error::NotFound)?;
    watch::start(tx, ctx, (&case, row), (procedure.paper.1, &values)).await
}

/// The fields of a paper as an act would have given them.
fn values(new: &NewMeasure) -> Values {
    let mut values = Values::default();
    for (name, text) in [
        ("paper_no", &new.paper_no),
        ("issued_by", &new.issued_by),
        ("note", &new.note),
    ] {
        if !text.trim().is_empty() {
            values.0.insert(name, Value::Text(text.trim().to_owned()));
        }
    }
    if !new.ground.trim().is_empty() {
        values
            .0
            .insert("ground", Value::Codes(vec![new.ground.trim().to_owned()]));
    }
    let days = [
        ("issued_on", Some(new.issued_on)),
        ("in_force_from", new.in_force_from),
        ("expires_on", new.expires_on),
        ("served_on", new.served_on),
    ];
    for (name, day) in days {
        if let Some(day) = day {
            values.0.insert(name, Value::Day(day));
        }
    }
    values
}

/// The same paper from the same task. Numbers are sealed: the few papers of
/// the task are opened and compared.
async fn known(
    tx: &impl ConnectionTrait,
    vault: &Vault,
    task: Option<Uuid>,
    new: &NewMeasure,
) -> Result<Option<measure::Model>> {
    let Some(task) = task else { return Ok(None) };
    let papers = measure::Entity::find()
        .filter(measure::Column::TaskId.eq(task))
        .filter(measure::Column::Kind.eq(&new.kind))
        .all(tx)
        .await?;
    for paper in papers {
        if self::paper_no(vault, &paper)? == new.paper_no.trim() {
            return Ok(Some(paper));
        }
    }
    Ok(None)
}

/// The number of a paper, opened; empty where there is no paper yet.
///
/// # Errors
/// When it does not open.
pub fn paper_no(vault: &Vault, row: &measure::Model) -> Result<String> {
    Ok(vault.open_or_empty(Slot::new("measure", "paper_no", row.id), &row.paper_no)?)
}

/// A paper of a case.
///
/// # Errors
/// [`Error::NotFound`] when the case has no such paper.
pub async fn one(db: &impl ConnectionTrait, case: Uuid, id: Uuid) -> Result<measure::Model> {
    measure::Entity::find_by_id(id)
        .filter(measure::Column::CaseId.eq(case))
        .one(db)
        .await?
        .ok_or(Error::NotFound)
}

/// Ends a paper before its time: lifted, revoked, the procedure closed. Its
/// clocks stop.
///
/// # Errors
/// [`Error::Stale`]; [`Error::Invalid`] for a date before the paper or after
/// today and for a missing reason; [`Error::Conflict`] when it has ended.
pub async fn end(
    app: &App,
    ctx: &Ctx,
    (case, id): (Uuid, Uuid),
    seen: i32,
    (on, reason): (NaiveDate, &str),
) -> Result<measure::Model> {
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, case, Action::Record).await?;
    open_stage(&case)?;
    let row = one(&tx, case.id, id).await?;
    casework::check_version(seen, row.version)?;
    if State::parse(&row.state).is_some_and(State::is_over) {
        return Err(Error::Conflict("该文书已登记终止，刷新后查看".to_owned()));
    }
    let faults = end_faults(&row, on, reason, clock::day(ctx.now));
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let (kind, paper_no) = (kind_name(&row.kind), paper_no(&app.vault, &row)?);
    let change = measure::ActiveModel {
        ended_on: Set(Some(on)),
        state: Set(State::Ended.code().to_owned()),
        ..Default::default()
    };
    let after = db::update(&tx, (id, seen), change).await?;
    watch::stop_all(&tx, ctx, &after).await?;
    let mut values = Values::default();
    values.0.insert("ended_on", Value::Day(on));
    values.0.insert("reason", Value::Text(reason.trim().to_owned()));
    events::write(&tx, app, ctx, &after, (events::END, &values)).await?;
    let text = format!("{kind} {paper_no}：{}", reason.trim());
    let refs = json!({ "measure": id, "kind": kind, "on": on });
    let happened = (Act::MeasureEnded, ctx.now, Some(text.as_str()), refs);
    tell(&tx, &app.vault, ctx, case.id, happened).await?;
    let entry = Entry::new(Act::MeasureEnded).case(case.id).subject(id);
    journal::commit(tx, ctx, entry).await?;
    Ok(after)
}

fn end_faults(row: &measure::Model, on: NaiveDate, reason: &str, today: NaiveDate) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if on < row.issued_on {
        faults.push(FieldError::new("ended_on", "终止日期不得早于作出日期"));
    }
    if on > today {
        faults.push(FieldError::new("ended_on", "终止日期不得晚于今天"));
    }
    if reason.trim().is_empty() || reason.chars().count() > 200 || has_control(reason) {
        faults.push(FieldError::new(
            "reason",
            "填写终止原因，200字以内，不含不可见的控制字符",
        ));
    }
    faults
}
