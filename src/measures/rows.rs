//! Papers and measures as lists show them.

use super::paper_no;
use crate::clock;
use crate::entity::measure;
use crate::error::Result;
use crate::rules::codes;
use crate::rules::measures::{self, State, blocks_closing};
use crate::state::App;
use crate::vault::Slot;
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

/// A paper as a case page shows it.
#[derive(Debug, Clone)]
pub struct MeasureRow {
    /// Its id.
    pub id: Uuid,
    /// Code of the kind.
    pub kind: String,
    /// The kind in words.
    pub kind_name: String,
    /// Where it stands today.
    pub state: State,
    /// Its number; empty where no paper was made out yet.
    pub paper_no: String,
    /// Who issued it.
    pub issued_by: String,
    /// `2026-11-23`, or empty.
    pub issued_on: String,
    /// `有效期至 2027-05-22`, `已终止 2027-01-10`, or empty.
    pub validity: String,
    /// `2026-11-24`, or empty.
    pub served_on: String,
    /// A remark, or empty.
    pub note: String,
    /// Whether it is in force today.
    pub in_force: bool,
    /// Whether it keeps the case open today.
    pub blocks_closing: bool,
    /// Whether it has a life of its own, and so a page.
    pub lives: bool,
    /// The joint task that brought it.
    pub task: Option<Uuid>,
    /// Its version.
    pub version: i32,
}

/// The papers of a case, latest first.
///
/// # Errors
/// When the database refuses or a field cannot be opened.
pub async fn of_case(app: &App, db: &impl ConnectionTrait, case: Uuid) -> Result<Vec<MeasureRow>> {
    let today = clock::day(app.clock.now());
    let rows = measure::Entity::find()
        .filter(measure::Column::CaseId.eq(case))
        .order_by_desc(measure::Column::IssuedOn)
        .order_by_desc(measure::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(|row| shown(app, row, today)).collect()
}

/// The papers that a task brought, in the order of their recording.
///
/// # Errors
/// When the database refuses or a field cannot be opened.
pub async fn of_task(app: &App, db: &impl ConnectionTrait, task: Uuid) -> Result<Vec<MeasureRow>> {
    let today = clock::day(app.clock.now());
    let rows = measure::Entity::find()
        .filter(measure::Column::TaskId.eq(task))
        .order_by_asc(measure::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(|row| shown(app, row, today)).collect()
}

/// Where a measure stands on a day.
pub(super) fn state_on(row: &measure::Model, today: NaiveDate) -> State {
    measures::standing(&row.kind, &row.state, row.expires_on, today)
}

pub(super) fn shown(app: &App, row: measure::Model, today: NaiveDate) -> Result<MeasureRow> {
    let state = state_on(&row, today);
    let begun = row.in_force_from.unwrap_or(row.issued_on) <= today;
    let slot = |column| Slot::new("measure", column, row.id);
    let note = app.vault.open_some(slot("note"), row.note.as_ref())?;
    let paper_no = paper_no(&app.vault, &row)?;
    let issued_by = app.vault.open_or_empty(slot("issued_by"), &row.issued_by)?;
    let issued = issued_by.is_empty().then(String::new);
    Ok(MeasureRow {
        kind_name: name(&row.kind),
        validity: validity(&row, state),
        issued_on: issued.unwrap_or_else(|| row.issued_on.to_string()),
        served_on: row.served_on.map(|date| date.to_string()).unwrap_or_default(),
        note: note.unwrap_or_default(),
        in_force: begun && matches!(state, State::InForce | State::Recorded),
        blocks_closing: blocks_closing(&row.kind, state),
        lives: measures::procedure(&row.kind).is_some(),
        id: row.id,
        kind: row.kind,
        state,
        paper_no,
        issued_by,
        task: row.task_id,
        version: row.version,
    })
}

fn validity(row: &measure::Model, state: State) -> String {
    match (row.ended_on, row.expires_on) {
        (Some(on), _) => format!("{} {on}", state.label()),
        (None, Some(last)) if state == State::Lapsed => format!("已到期 {last}"),
        (None, Some(last)) if !state.is_over() => format!("有效期至 {last}"),
        (None, _) => String::new(),
    }
}

/// The kind of paper in words; the code itself where the list does not know it.
#[must_use]
pub fn kind_name(code: &str) -> String {
    codes::artifact_kind(code).map_or_else(|| code.to_owned(), |kind| kind.name.clone())
}

/// The name of a measure: of its kind where that has a life of its own, else
/// of its paper.
#[must_use]
pub fn name(kind: &str) -> String {
    measures::procedure(kind).map_or_else(|| kind_name(kind), |procedure| procedure.name.to_owned())
}
