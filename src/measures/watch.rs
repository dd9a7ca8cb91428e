//! The clocks of measures: started by an act, met by what was owed, stopped
//! when the measure is over.

use super::owing;
use crate::clock;
use crate::clocks::{self, Begin, Subject};
use crate::ctx::Ctx;
use crate::entity::{deadline, measure, protection_case};
use crate::error::Result;
use crate::notices::{self, Kind, Notice, To};
use crate::rules::codes;
use crate::rules::measures::{From, Start, Values};
use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Select};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Starts the clocks of an act and tells whoever owes what they wait for.
pub(super) async fn start(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    (case, row): (&protection_case::Model, &measure::Model),
    (starts, values): (&[Start], &Values),
) -> Result<()> {
    let subject = Subject {
        case: Some(case.id),
        measure: Some(row.id),
        ..Subject::default()
    };
    let mut owing_units = BTreeSet::new();
    for start in starts {
        let Some(from) = from(ctx, start, values) else { continue };
        let begin = Begin {
            subject,
            code: start.rule,
            milestone: start.milestone,
            from,
            owner: owing::unit(tx, ctx, (case, row), start.owner).await?,
        };
        clocks::begin(tx, ctx, begin).await?;
        owing_units.insert(begin.owner);
    }
    // Whoever owes several things on it is told once.
    let told: Vec<Notice> = owing_units
        .into_iter()
        .map(|unit| Notice::new(Kind::MeasureDue, To::Unit(unit)).measure(case.id, row.id))
        .collect();
    notices::tell_all(tx, ctx, &told).await
}

/// From when a clock runs; none where it does not run at all: its condition is
/// not met, its field is empty, or its day has gone by before anything began.
fn from(ctx: &Ctx, start: &Start, values: &Values) -> Option<DateTime<Utc>> {
    if start.only.is_some_and(|(field, value)| values.code(field) != value) {
        return None;
    }
    match start.from {
        From::Fields(names) => names.iter().find_map(|name| {
            values
                .moment(name)
                .or_else(|| values.day(name).map(|day| of_day(ctx, day)))
        }),
        From::Before(name) => {
            let last = values.day(name)?;
            let back = codes::deadline_rule(start.rule)?.amount;
            let due = last.checked_add_signed(TimeDelta::days(i64::from(back)))?;
            (due > clock::day(ctx.now)).then(|| of_day(ctx, last))
        }
    }
}

/// The moment that a day stands for: now, where it is today; else its first
/// minute, so that nobody is given more time than the law gives.
pub(super) fn of_day(ctx: &Ctx, day: NaiveDate) -> DateTime<Utc> {
    if day == clock::day(ctx.now) {
        return ctx.now;
    }
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    let local = clock::shanghai().from_local_datetime(&midnight).single();
    local.map_or(ctx.now, |at| at.to_utc())
}

fn running(measure: Uuid) -> Select<deadline::Entity> {
    deadline::Entity::find()
        .filter(deadline::Column::MeasureId.eq(measure))
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
        .order_by_asc(deadline::Column::DueAt)
        .order_by_asc(deadline::Column::Id)
}

/// Marks what was owed as done: of each milestone everything that was due by
/// the end of that day, or, where nothing was, what comes next. A day that a
/// paper names counts from its first minute, in favour of whoever acted.
pub(super) async fn meet(
    tx: &impl ConnectionTrait,
    row: &measure::Model,
    milestones: &[&str],
    at: DateTime<Utc>,
) -> Result<()> {
    for milestone in milestones {
        let owed = running(row.id).filter(deadline::Column::Milestone.eq(*milestone));
        let owed = owed.all(tx).await?;
        let due = owed.iter().filter(|clock| clock::day(clock.due_at) <= clock::day(at));
        let count = due.count().max(1);
        for clock in owed.iter().take(count) {
            clocks::meet_one(tx, (row.case_id, clock.id), at.max(clock.started_at)).await?;
        }
    }
    Ok(())
}

/// Stops the running clocks of some milestones.
pub(super) async fn stop(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    row: &measure::Model,
    milestones: &[&str],
) -> Result<()> {
    if milestones.is_empty() {
        return Ok(());
    }
    let named = running(row.id).filter(deadline::Column::Milestone.is_in(milestones.iter().copied()));
    cancel(tx, ctx, row, named.all(tx).await?).await
}

/// Stops every running clock of a measure.
pub(super) async fn stop_all(tx: &impl ConnectionTrait, ctx: &Ctx, row: &measure::Model) -> Result<()> {
    cancel(tx, ctx, row, running(row.id).all(tx).await?).await
}

async fn cancel(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    row: &measure::Model,
    clocks: Vec<deadline::Model>,
) -> Result<()> {
    let ids: Vec<Uuid> = clocks.into_iter().map(|clock| clock.id).collect();
    clocks::cancel_some(tx, (row.case_id, &ids), ctx.now).await
}

/// A visit of a kind that measures order, which saw the child: meets what is
/// owed of that kind on the case.
///
/// # Errors
/// When the database refuses.
pub async fn visited(tx: &impl ConnectionTrait, case: Uuid, kind: &str, at: DateTime<Utc>) -> Result<()> {
    let owed = deadline::Entity::find()
        .filter(deadline::Column::CaseId.eq(case))
        .filter(deadline::Column::Milestone.eq(kind))
        .filter(deadline::Column::MeasureId.is_not_null())
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
        .all(tx)
        .await?;
    let ids: BTreeSet<Uuid> = owed.iter().filter_map(|clock| clock.measure_id).collect();
    for id in ids {
        // A visit from before the measure took effect is none of its checks.
        let begun = owed
            .iter()
            .any(|clock| clock.measure_id == Some(id) && clock::day(clock.started_at) <= clock::day(at));
        if begun {
            let row = super::one(tx, case, id).await?;
            meet(tx, &row, &[kind], at).await?;
        }
    }
    Ok(())
}
