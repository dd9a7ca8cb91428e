//! Beginning a measure of a kind with a life of its own, and the acts that
//! follow. Each one is one transaction: what was answered is checked against
//! the rules, the row moves under the version seen, the history is told, the
//! clocks start and stop.

use super::papers::sent_before;
use super::rows::state_on;
use super::{Given, access, events, fetch, open_stage, owing, watch};
use crate::casework::{self, fetch_for, tell};
use crate::clock;
use crate::ctx::Ctx;
use crate::db;
use crate::entity::{measure, protection_case, unit};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::measures::{self, Deed, Known, Procedure, State, Value, Values};
use crate::rules::policy::{Action, MeasureAction, reach};
use crate::state::App;
use crate::vault::{Slot, Vault};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait,
    QueryFilter,
};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// A measure to be begun.
#[derive(Debug, Clone, Default)]
pub struct NewLife {
    /// Made by the client, so that a second click is the same measure.
    pub id: Option<Uuid>,
    /// One of [`measures::PROCEDURES`].
    pub kind: String,
    /// The answers to the act that begins it.
    pub given: Given,
    /// Whether names that it does not ask are faults.
    pub strict: bool,
}

/// An act upon a measure.
#[derive(Debug, Clone, Default)]
pub struct Taken {
    /// The act's code.
    pub deed: String,
    /// The answers.
    pub given: Given,
    /// Whether names that it does not ask are faults.
    pub strict: bool,
}

/// Begins a measure on a case.
///
/// # Errors
/// [`Error::Invalid`] with every fault of the answers, each with what to do
/// and, where a text sets the limit, its source; what the policy and the stage
/// of the case refuse.
pub async fn begin(app: &App, ctx: &Ctx, case: Uuid, new: &NewLife) -> Result<measure::Model> {
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, case, Action::Record).await?;
    open_stage(&case)?;
    if let Some(known) = sent_before(&tx, ctx, case.id, new.id).await? {
        return Ok(known);
    }
    let procedure = measures::procedure(&new.kind).ok_or_else(|| Error::field("kind", "选择措施种类"))?;
    let deed = &procedure.begin;
    let known = Known {
        now: ctx.now,
        begun_on: None,
        in_force_from: None,
        expires_on: None,
        again: again(&tx, case.id, procedure.kind).await?,
    };
    let values = checked(&tx, &case, (procedure, deed), (&new.given, new.strict), &known).await?;
    let id = new.id.unwrap_or_else(|| ctx.new_id());
    let row = first(&app.vault, ctx, (case.id, id), (procedure, &values))?;
    let row = row.insert(&tx).await?;
    events::write(&tx, app, ctx, &row, (deed.code, &values)).await?;
    watch::start(&tx, ctx, (&case, &row), (deed.starts, &values)).await?;
    told(tx, app, ctx, (&row, procedure), (Act::MeasureBegun, deed)).await?;
    Ok(row)
}

/// Takes an act upon a measure.
///
/// # Errors
/// [`Error::Stale`] when somebody was faster; [`Error::Invalid`] with the
/// faults of the answers, and on `deed` when the measure's state does not allow
/// it; what the policy and the stage of the case refuse.
pub async fn step(app: &App, ctx: &Ctx, (case, id): (Uuid, Uuid), seen: i32, taken: &Taken) -> Result<measure::Model> {
    let tx = app.db.begin().await?;
    let (row, case) = fetch(&tx, ctx, (case, id), MeasureAction::Act).await?;
    open_stage(&case)?;
    casework::check_version(seen, row.version)?;
    let (procedure, deed, seat) = allowed(&tx, ctx, (&row, &case), &taken.deed).await?;
    let known = Known {
        now: ctx.now,
        begun_on: row.begun_on,
        in_force_from: row.in_force_from.or(Some(row.issued_on)),
        expires_on: row.expires_on,
        again: false,
    };
    let values = checked(&tx, &case, (procedure, deed), (&taken.given, taken.strict), &known).await?;
    let change = change(&app.vault, &row, (deed, &values))?;
    let after = db::update(&tx, (id, seen), change).await?;
    events::write_for(&tx, app, ctx, &after, (deed.code, &values, seat)).await?;
    watch::meet(&tx, &after, deed.meets, happened_at(ctx, deed, &values)).await?;
    watch::stop(&tx, ctx, &after, deed.stops).await?;
    if deed.to.is_some_and(State::is_over) {
        watch::stop_all(&tx, ctx, &after).await?;
    }
    watch::start(&tx, ctx, (&case, &after), (deed.starts, &values)).await?;
    told(tx, app, ctx, (&after, procedure), (Act::MeasureStepped, deed)).await?;
    Ok(after)
}

/// The act, where the measure's state and the person's part in it allow it, and
/// the unit for which they do it.
async fn allowed(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    (row, case): (&measure::Model, &protection_case::Model),
    code: &str,
) -> Result<(&'static Procedure, &'static Deed, Option<Uuid>)> {
    let procedure = measures::procedure(&row.kind);
    let procedure = procedure.ok_or_else(|| Error::field("deed", "该文书只作登记，没有后续办理事项"))?;
    let deed = procedure.deed(code);
    let deed = deed.ok_or_else(|| Error::field("deed", "没有这个办理事项，从措施页面选择"))?;
    let state = state_on(row, clock::day(ctx.now));
    if !deed.from.contains(&state) {
        let text = format!("{}目前{}，不能办理“{}”", procedure.name, state.label(), deed.label);
        return Err(Error::field("deed", &text));
    }
    let facts = access::facts(tx, case, row).await?;
    let seats = seats(ctx, &facts.units);
    if reach(&ctx.actor, Action::Record).covers(&facts.case) {
        return Ok((procedure, deed, ctx.actor.unit));
    }
    if own(&kinds_of(tx, &seats).await?, deed) {
        return Ok((procedure, deed, seats.first().copied().or(ctx.actor.unit)));
    }
    Err(Error::Forbidden(Error::denied("MeasureAct", Some(case.id))))
}

/// Whether a department of one of these kinds does this for itself.
pub(super) fn own(kinds: &BTreeSet<String>, deed: &Deed) -> bool {
    deed.by.contains(&"*") || deed.by.iter().any(|kind| kinds.contains(*kind))
}

/// The units that the measure concerns and the person serves today, their own
/// first.
pub(super) fn seats(ctx: &Ctx, concerned: &[Uuid]) -> Vec<Uuid> {
    ctx.actor.units().filter(|unit| concerned.contains(unit)).collect()
}

/// The kinds of those units: what a department does for itself, whoever sits
/// there for it does too, and nothing that is another department's.
pub(super) async fn kinds_of(db: &impl ConnectionTrait, seats: &[Uuid]) -> Result<BTreeSet<String>> {
    if seats.is_empty() {
        return Ok(BTreeSet::new());
    }
    let units = unit::Entity::find().filter(unit::Column::Id.is_in(seats.iter().copied()));
    Ok(units.all(db).await?.into_iter().map(|unit| unit.kind).collect())
}

/// The answers, where nothing is wrong with them.
async fn checked(
    tx: &impl ConnectionTrait,
    case: &protection_case::Model,
    (procedure, deed): (&Procedure, &Deed),
    (given, strict): (&Given, bool),
    known: &Known,
) -> Result<Values> {
    let (values, mut wrong) = given.read(deed);
    if strict {
        wrong.extend(given.strangers(deed));
    }
    let unread = |name: &str, wrong: &[FieldError]| wrong.iter().any(|fault| fault.field == name);
    for fault in measures::faults(procedure, deed, &values, known) {
        if !unread(fault.field, &wrong) {
            wrong.push(FieldError::new(fault.field, &fault.words));
        }
    }
    if let Ok(id) = Uuid::parse_str(values.code("addressee"))
        && !owing::addressable(tx, case).await?.iter().any(|unit| unit.id == id)
    {
        wrong.push(FieldError::new("addressee", "从本县、本市在用的单位中选择"));
    }
    if wrong.is_empty() {
        Ok(values)
    } else {
        Err(Error::Invalid(wrong))
    }
}

/// Whether the case has had one of this kind before that was not called off.
pub(super) async fn again(db: &impl ConnectionTrait, case: Uuid, kind: &str) -> Result<bool> {
    let before = measure::Entity::find()
        .filter(measure::Column::CaseId.eq(case))
        .filter(measure::Column::Kind.eq(kind))
        .filter(measure::Column::State.ne(State::Withdrawn.code()));
    Ok(before.count(db).await? > 0)
}

fn first(
    vault: &Vault,
    ctx: &Ctx,
    (case, id): (Uuid, Uuid),
    (procedure, values): (&Procedure, &Values),
) -> Result<measure::ActiveModel> {
    let begun = begun_on(ctx, &procedure.begin, values);
    let state = procedure.begin.to.unwrap_or(State::Recorded);
    let slot = |column| Slot::new("measure", column, id);
    let note = Some(values.text("note")).filter(|note| !note.is_empty());
    Ok(measure::ActiveModel {
        id: Set(id),
        case_id: Set(case),
        task_id: Set(None),
        kind: Set(procedure.kind.to_owned()),
        state: Set(state.code().to_owned()),
        begun_on: Set(Some(begun)),
        addressee: Set(Uuid::parse_str(values.code("addressee")).ok()),
        paper_no: Set(vault.seal(slot("paper_no"), values.text("paper_no"))?),
        issued_by: Set(vault.seal(slot("issued_by"), values.text("issued_by"))?),
        issued_on: Set(values.day("issued_on").unwrap_or(begun)),
        in_force_from: Set(values.day("in_force_from")),
        expires_on: Set(values.day("expires_on")),
        ended_on: Set(None),
        served_on: Set(values.day("served_on")),
        note: Set(vault.seal_some(slot("note"), note)?),
        created_by: Set(ctx.actor.account),
        created_at: Set(ctx.now),
        version: Set(1),
    })
}

/// The earliest day that the first act tells of; today where it tells none.
fn begun_on(ctx: &Ctx, deed: &Deed, values: &Values) -> NaiveDate {
    let today = clock::day(ctx.now);
    let told = deed.fields.iter().filter_map(|field| match values.0.get(field.name)? {
        Value::Day(day) => Some(*day),
        Value::At(at) => Some(clock::day(*at)),
        _ => None,
    });
    told.chain(std::iter::once(today)).min().unwrap_or(today)
}

/// What an act changes in the row: a new paper replaces the number of the one
/// before, which stays in the history.
fn change(vault: &Vault, row: &measure::Model, (deed, values): (&Deed, &Values)) -> Result<measure::ActiveModel> {
    let slot = |column| Slot::new("measure", column, row.id);
    let mut change = <measure::ActiveModel as ActiveModelTrait>::default();
    if let Some(state) = deed.to {
        change.state = Set(state.code().to_owned());
        if state.is_over() {
            change.ended_on = Set(ended_on(deed, values));
        }
    }
    // A paper that ends or prolongs the measure does not take its place.
    let replaces = !deed.prolongs && !deed.to.is_some_and(State::is_over);
    if replaces && let Some(issued) = values.day("issued_on") {
        change.paper_no = Set(vault.seal(slot("paper_no"), values.text("paper_no"))?);
        change.issued_by = Set(vault.seal(slot("issued_by"), values.text("issued_by"))?);
        change.issued_on = Set(issued);
        change.in_force_from = Set(values.day("in_force_from"));
        change.served_on = Set(values.day("served_on"));
    }
    if let Some(last) = values.day("expires_on") {
        change.expires_on = Set(Some(last));
    }
    Ok(change)
}

/// The day on which an act says that it happened.
fn ended_on(deed: &Deed, values: &Values) -> Option<NaiveDate> {
    deed.fields.iter().find_map(|field| {
        values
            .day(field.name)
            .or_else(|| values.moment(field.name).map(clock::day))
    })
}

/// When what was owed was done: as the act tells it, now where it tells none.
fn happened_at(ctx: &Ctx, deed: &Deed, values: &Values) -> DateTime<Utc> {
    let told = deed.fields.iter().find_map(|field| {
        let moment = values.moment(field.name);
        moment.or_else(|| values.day(field.name).map(|day| watch::of_day(ctx, day)))
    });
    told.map_or(ctx.now, |at| at.min(ctx.now))
}

async fn told(
    tx: DatabaseTransaction,
    app: &App,
    ctx: &Ctx,
    (row, procedure): (&measure::Model, &Procedure),
    (act, deed): (Act, &Deed),
) -> Result<()> {
    let text = format!("{}：{}", procedure.name, deed.label);
    let refs = json!({ "measure": row.id, "kind": procedure.name });
    tell(
        &tx,
        &app.vault,
        ctx,
        row.case_id,
        (act, ctx.now, Some(text.as_str()), refs),
    )
    .await?;
    let entry = Entry::new(act)
        .case(row.case_id)
        .subject(row.id)
        .detail(json!({ "kind": row.kind, "step": deed.code }));
    journal::commit(tx, ctx, entry).await
}
