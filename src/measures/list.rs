//! 措施台账: the measures that are not over, of the cases that the person may
//! read, and those on which a unit that they serve owes something.

use super::rows::{self, MeasureRow};
use crate::casework::{blind_to, scope};
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{deadline, measure, protection_case};
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::rules::measures::{PROCEDURES, State, milestone};
use crate::rules::policy::{Action, Role, reach};
use crate::state::App;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

/// The longest list; a narrower choice shows what is beyond it.
pub(super) const MOST: u64 = 200;

/// One measure.
pub(super) struct Line {
    pub(super) case: Uuid,
    /// The case's number.
    pub(super) number: String,
    pub(super) row: MeasureRow,
    /// The last day of its validity.
    pub(super) expires_on: Option<NaiveDate>,
    /// What is owed next, and by when.
    pub(super) next: Option<(&'static str, DateTime<Utc>)>,
}

/// The measures that are not over, of one kind or of all, those with the next
/// due time first. The list stands in the journal.
///
/// # Errors
/// When the database refuses or a field cannot be opened.
pub(super) async fn list(app: &App, ctx: &Ctx, kind: &str) -> Result<Vec<Line>> {
    let mut found = measure::Entity::find()
        .filter(measure::Column::State.is_in(open_states()))
        .filter(measure::Column::Kind.is_in(PROCEDURES.iter().map(|procedure| procedure.kind)))
        .filter(within(ctx));
    if !kind.is_empty() {
        found = found.filter(measure::Column::Kind.eq(kind));
    }
    let rows = found
        .order_by_asc(measure::Column::ExpiresOn)
        .order_by_asc(measure::Column::Id)
        .limit(MOST)
        .all(app.db.read())
        .await?;
    let entry = Entry::new(Act::MeasuresListed).detail(json!({ "count": rows.len() }));
    journal::viewed(&app.db, ctx, entry).await?;
    let mut lines = lines(app, ctx, rows).await?;
    lines.sort_by_key(|line| (line.next.is_none(), line.next.map(|(_, due)| due)));
    Ok(lines)
}

fn open_states() -> impl Iterator<Item = &'static str> {
    let open = State::ALL
        .into_iter()
        .filter(|state| !state.is_over() && *state != State::Recorded);
    open.map(State::code)
}

/// The measures of the cases whose handling the person reads; a department
/// also those that concern a unit that the person serves today.
fn within(ctx: &Ctx) -> Condition {
    let reads = reach(&ctx.actor, Action::ReadWork);
    let mut cases = Query::select();
    cases
        .column(protection_case::Column::Id)
        .from(protection_case::Entity)
        .cond_where(scope(&reads));
    let blind = measure::Column::CaseId.not_in_subquery(blind_to(&reads));
    let mut any = Condition::any().add(measure::Column::CaseId.in_subquery(cases));
    if ctx.actor.role == Role::Handler {
        any = any
            .add(measure::Column::Id.in_subquery(owed(ctx)))
            .add(measure::Column::TaskId.in_subquery(given(ctx)))
            .add(measure::Column::Addressee.is_in(ctx.actor.units()));
    }
    Condition::all().add(blind).add(any)
}

fn owed(ctx: &Ctx) -> SelectStatement {
    let mut query = Query::select();
    query
        .column(deadline::Column::MeasureId)
        .from(deadline::Entity)
        .cond_where(
            Condition::all()
                .add(deadline::Column::OwnerUnit.is_in(ctx.actor.units()))
                .add(deadline::Column::MeasureId.is_not_null()),
        );
    query
}

/// The tasks of the units: what they brought is theirs to see.
fn given(ctx: &Ctx) -> SelectStatement {
    use crate::entity::task;
    let mut query = Query::select();
    query
        .column(task::Column::Id)
        .from(task::Entity)
        .cond_where(Condition::all().add(task::Column::UnitId.is_in(ctx.actor.units())));
    query
}

async fn lines(app: &App, ctx: &Ctx, found: Vec<measure::Model>) -> Result<Vec<Line>> {
    let db = app.db.read();
    let numbers: HashMap<Uuid, String> = protection_case::Entity::find()
        .filter(protection_case::Column::Id.is_in(found.iter().map(|row| row.case_id)))
        .all(db)
        .await?
        .into_iter()
        .map(|case| (case.id, case.number))
        .collect();
    let reads = ctx.actor.role != Role::Handler;
    let mut next: HashMap<Uuid, deadline::Model> = HashMap::new();
    let running = deadline::Entity::find()
        .filter(deadline::Column::MeasureId.is_in(found.iter().map(|row| row.id)))
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
        .order_by_desc(deadline::Column::DueAt)
        .all(db)
        .await?;
    for clock in running {
        let own = ctx.actor.serves(clock.owner_unit);
        if let Some(id) = clock.measure_id.filter(|_| reads || own) {
            next.insert(id, clock);
        }
    }
    found
        .into_iter()
        .map(|row| {
            let clock = next.get(&row.id);
            Ok(Line {
                case: row.case_id,
                number: numbers.get(&row.case_id).cloned().unwrap_or_default(),
                expires_on: row.expires_on,
                next: clock.map(|clock| (milestone(&clock.milestone).unwrap_or("其他时限"), clock.due_at)),
                row: rows::shown(app, row, clock::day(ctx.now))?,
            })
        })
        .collect()
}
