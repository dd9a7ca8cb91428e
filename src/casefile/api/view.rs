//! `GET /api/v1/cases/{id}`: what the case page shows, as data.

use super::super::actions::Powers;
use super::super::names::Names;
use super::super::{facts, page, parts, story};
use super::state::CaseState;
use super::work::{CheckView, GoalView, PaperView, Work};
use crate::casework::{self, order};
use crate::clocks;
use crate::ctx::Ctx;
use crate::entity::{case_event, deadline, protection_case};
use crate::error::Result;
use crate::rules::level::Sensitivity;
use crate::state::App;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A case as the caller may read it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CaseView {
    #[serde(flatten)]
    state: CaseState,
    title: String,
    /// Absent for a village that does not lead the case.
    summary: Option<String>,
    /// `L1`–`L4`, with its words.
    sensitivity: &'static str,
    case_types: Vec<String>,
    division: String,
    place: String,
    address: Option<String>,
    /// 是, 否, 未知
    cohabiting_suspect: &'static str,
    village_allowed: bool,
    dangers: Vec<String>,
    opened_at: DateTime<Utc>,
    closed_at: Option<DateTime<Utc>>,
    close_note: Option<String>,
    children: Vec<ChildView>,
    parties: Vec<PartyView>,
    units: Vec<UnitView>,
    clocks: Vec<ClockView>,
    /// How far the order is, and which sheets of supervision stand.
    order: OrderView,
    /// The plan; absent, as what follows, for those who may not read how the
    /// case is handled.
    goals: Option<Vec<GoalView>>,
    /// The papers.
    papers: Option<Vec<PaperView>>,
    /// The eight checks, for those who ask for the closing or decide on it.
    checks: Option<Vec<CheckView>>,
    /// Latest first.
    history: Vec<EventView>,
}

/// A child, masked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChildView {
    id: Uuid,
    /// `李* 7岁 女`
    short: String,
    /// 已登记 or 未知; the number itself is never told here.
    id_number: &'static str,
    feature: String,
    categories: String,
    school: String,
    opinion: Option<String>,
}

/// An adult, masked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PartyView {
    kind: &'static str,
    relation: String,
    name: String,
    phone: String,
    suspect: bool,
}

/// A unit's part.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnitView {
    unit: Uuid,
    name: String,
    /// `lead`, `assist`, `oversee`, `informed`.
    part: String,
    account: Option<Uuid>,
    /// The rule that sent it there, `RT06` …
    rule: String,
    why: String,
    since: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
    signed_at: Option<DateTime<Utc>>,
}

/// A clock.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClockView {
    /// `sign`, `contact`, `assess`, `resolve`, `follow_up` …
    milestone: String,
    /// `DL08` …
    rule: String,
    owner: Uuid,
    task: Option<Uuid>,
    started_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    met_at: Option<DateTime<Utc>>,
    cancelled_at: Option<DateTime<Utc>>,
    overdue: bool,
}

/// The order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrderView {
    /// `handling`, `feedback`, `resolved`, `called_back`, `archived`.
    state: &'static str,
    state_label: &'static str,
    /// How often it was done again.
    redone: i32,
    /// Whether the city designated who handles it.
    arbitrated: bool,
    supervisions: Vec<SheetView>,
}

/// A sheet of supervision that has not ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SheetView {
    /// To be sent with the answer.
    id: Uuid,
    number: String,
    level: i16,
    /// `unsigned`, `overdue` …
    cause: String,
    due_at: DateTime<Utc>,
    answered: bool,
}

/// A line of the history.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventView {
    /// `case_signed` …
    kind: String,
    what: &'static str,
    happened_at: DateTime<Utc>,
    entered_at: DateTime<Utc>,
    who: String,
    text: Option<String>,
    notes: Vec<String>,
}

/// The case in the words and fields that this person may read.
pub(crate) async fn of(app: &App, ctx: &Ctx, case: protection_case::Model) -> Result<CaseView> {
    let db = app.db.read();
    let powers = Powers::new(ctx, casework::facts(db, &case).await?);
    let running = clocks::of_case(db, case.id).await?;
    let events = casework::happenings(db, case.id).await?;
    let rows = parts::of_case(db, case.id).await?;
    let (units, people) = page::mentioned(&running, &events, &rows);
    let names = Names::load(db, &app.vault, units, people).await?;
    let sheet = facts::sheet(db, app, ctx, (&case, &powers)).await?;
    let work = Work::of(db, app, ctx, (&case, &powers)).await?;
    let label = Sensitivity::from_number(case.sensitivity).unwrap_or(Sensitivity::L4);
    Ok(CaseView {
        state: CaseState::of(&case),
        title: facts::title(app, &case)?,
        summary: sheet.summary,
        sensitivity: label.label(),
        case_types: sheet.kinds,
        place: sheet.place,
        address: sheet.address,
        cohabiting_suspect: sheet.cohabiting,
        village_allowed: case.village_allowed,
        dangers: sheet.dangers,
        opened_at: case.opened_at,
        closed_at: case.closed_at,
        close_note: sheet.close_note,
        children: sheet.children.into_iter().map(child).collect(),
        parties: sheet.parties.into_iter().map(party).collect(),
        units: rows.into_iter().map(|row| unit(row, &names)).collect(),
        clocks: running.into_iter().map(|row| clock(ctx, row)).collect(),
        order: order(order::known(db, case.id).await?),
        goals: work.goals,
        papers: work.papers,
        checks: work.checks,
        history: history(app, &powers, events, &names)?,
        division: case.division,
    })
}

fn child(row: facts::ChildRow) -> ChildView {
    ChildView {
        id: row.id,
        short: row.short,
        id_number: row.id_number,
        feature: row.feature,
        categories: row.categories,
        school: row.school,
        opinion: row.opinion,
    }
}

fn party(row: facts::PartyRow) -> PartyView {
    PartyView {
        kind: row.kind,
        relation: row.relation,
        name: row.name,
        phone: row.phone,
        suspect: row.suspect,
    }
}

fn unit(row: crate::entity::case_unit::Model, names: &Names) -> UnitView {
    UnitView {
        unit: row.unit_id,
        name: names.unit(row.unit_id),
        part: row.part,
        account: row.account_id,
        rule: row.rule,
        why: row.why,
        since: row.since,
        until: row.until,
        signed_at: row.signed_at,
    }
}

fn clock(ctx: &Ctx, row: deadline::Model) -> ClockView {
    ClockView {
        overdue: row.met_at.is_none() && row.cancelled_at.is_none() && row.due_at <= ctx.now,
        milestone: row.milestone,
        rule: row.rule,
        owner: row.owner_unit,
        task: row.task_id,
        started_at: row.started_at,
        due_at: row.due_at,
        met_at: row.met_at,
        cancelled_at: row.cancelled_at,
    }
}

fn order(known: order::Known) -> OrderView {
    let sheet = |row: crate::entity::supervision::Model| SheetView {
        id: row.id,
        answered: row.answered_at.is_some(),
        number: row.number,
        level: row.level,
        cause: row.cause,
        due_at: row.due_at,
    };
    OrderView {
        state: known.order.state.code(),
        state_label: known.order.state.label(),
        redone: known.order.row.redone,
        arbitrated: known.order.row.arbitrated_at.is_some(),
        supervisions: known.sheets.into_iter().map(sheet).collect(),
    }
}

fn history(app: &App, powers: &Powers, events: Vec<case_event::Model>, names: &Names) -> Result<Vec<EventView>> {
    let mut told = Vec::with_capacity(events.len());
    for event in events {
        let (kind, happened_at, entered_at) = (event.kind.clone(), event.happened_at, event.entered_at);
        // One at a time, because the story leaves out what this person may not read.
        for line in story::rows(app, powers, vec![event], names)? {
            told.push(EventView {
                kind: kind.clone(),
                what: line.what,
                happened_at,
                entered_at,
                who: line.who,
                text: line.text,
                notes: line.refs,
            });
        }
    }
    Ok(told)
}
