//! What the policy must know of a case, its measures and its reports, read
//! from the tables: for one, or for many at once.

use crate::accounts;
use crate::ctx::Ctx;
use crate::entity::{account, case_unit, deadline, measure, protection_case, recusal, report, task, unit};
use crate::error::{Denial, Error, Result};
use crate::rules::division::Division;
use crate::rules::level::Sensitivity;
use crate::rules::policy::{self, Actor, CaseFacts, Part, ReportAction, ReportFacts, Role};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Whether somebody who may view a case also reads its narrative and what came
/// with it: a village only that of a case that it leads.
#[must_use]
pub fn reads_narrative(ctx: &Ctx, case: &protection_case::Model) -> bool {
    ctx.actor.role != Role::Village || ctx.actor.serves(case.lead_unit)
}

/// What the policy must know of a case.
///
/// # Errors
/// When the database refuses or a stored code cannot be read.
pub async fn facts(db: &impl ConnectionTrait, case: &protection_case::Model) -> Result<CaseFacts> {
    let parts = case_unit::Entity::find()
        .filter(case_unit::Column::CaseId.eq(case.id))
        .filter(case_unit::Column::Until.is_null())
        .all(db)
        .await?;
    let recusals = recusal::Entity::find()
        .filter(recusal::Column::CaseId.eq(case.id))
        .all(db)
        .await?;
    compose(case, &parts, &recusals)
}

/// The same for many cases at once, in three statements.
///
/// # Errors
/// When the database refuses or a stored code cannot be read.
pub async fn facts_of(
    db: &impl ConnectionTrait,
    cases: &BTreeSet<Uuid>,
) -> Result<HashMap<Uuid, (protection_case::Model, CaseFacts)>> {
    if cases.is_empty() {
        return Ok(HashMap::new());
    }
    let ids = || cases.iter().copied();
    let rows = protection_case::Entity::find()
        .filter(protection_case::Column::Id.is_in(ids()))
        .all(db)
        .await?;
    let mut parts: HashMap<Uuid, Vec<case_unit::Model>> = HashMap::new();
    let standing = case_unit::Entity::find()
        .filter(case_unit::Column::CaseId.is_in(ids()))
        .filter(case_unit::Column::Until.is_null());
    for row in standing.all(db).await? {
        parts.entry(row.case_id).or_default().push(row);
    }
    let mut recusals: HashMap<Uuid, Vec<recusal::Model>> = HashMap::new();
    let blind = recusal::Entity::find().filter(recusal::Column::CaseId.is_in(ids()));
    for row in blind.all(db).await? {
        recusals.entry(row.case_id).or_default().push(row);
    }
    rows.into_iter()
        .map(|case| {
            let parts = parts.remove(&case.id).unwrap_or_default();
            let recusals = recusals.remove(&case.id).unwrap_or_default();
            let facts = compose(&case, &parts, &recusals)?;
            Ok((case.id, (case, facts)))
        })
        .collect()
}

/// A report for one purpose. One that the person may not even see does not
/// exist for them.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Hidden`], [`Error::Forbidden`].
pub async fn report(db: &impl ConnectionTrait, ctx: &Ctx, id: Uuid, action: ReportAction) -> Result<report::Model> {
    let report = report::Entity::find_by_id(id).one(db).await?.ok_or(Error::NotFound)?;
    let facts = ReportFacts {
        opened_by: report.opened_by,
        reporter_account: report.reporter_account,
        recused: recused(db, ctx, report.case_id).await?,
    };
    let may = |action| policy::may_report(&ctx.actor, action, &facts);
    if may(action) {
        return Ok(report);
    }
    let denial = Denial {
        act: format!("report {action:?}"),
        case: None,
        report: Some(id),
    };
    Err(if may(ReportAction::View) {
        Error::Forbidden(denial)
    } else {
        Error::Hidden(denial)
    })
}

/// Which reports the person may see, as a WHERE clause: what
/// [`policy::may_report`] says of [`ReportAction::View`] for those who work at
/// the hotline and the city.
#[must_use]
pub fn reports(ctx: &Ctx) -> Condition {
    let reach = match ctx.actor.role {
        Role::Lead | Role::City => Condition::all(),
        _ => Condition::all().add(report::Column::OpenedBy.eq(ctx.actor.account)),
    };
    let open = Condition::any()
        .add(report::Column::CaseId.is_null())
        .add(report::Column::CaseId.not_in_subquery(kept_out(ctx)));
    reach.add(open)
}

/// The cases from which the person is kept out.
#[must_use]
pub fn kept_out(ctx: &Ctx) -> SelectStatement {
    let who = Condition::any()
        .add(recusal::Column::AccountId.eq(ctx.actor.account))
        .add_option(ctx.actor.unit.map(|unit| recusal::Column::UnitId.eq(unit)));
    Query::select()
        .column(recusal::Column::CaseId)
        .from(recusal::Entity)
        .cond_where(who)
        .to_owned()
}

/// Whether the asker is kept out of the case of a report.
async fn recused(db: &impl ConnectionTrait, ctx: &Ctx, case: Option<Uuid>) -> Result<bool> {
    let Some(case) = case else { return Ok(false) };
    let who = Condition::any()
        .add(recusal::Column::AccountId.eq(ctx.actor.account))
        .add_option(ctx.actor.unit.map(|unit| recusal::Column::UnitId.eq(unit)));
    let found = recusal::Entity::find()
        .filter(recusal::Column::CaseId.eq(case))
        .filter(who)
        .count(db)
        .await?;
    Ok(found > 0)
}

fn compose(
    case: &protection_case::Model,
    parts: &[case_unit::Model],
    recusals: &[recusal::Model],
) -> Result<CaseFacts> {
    Ok(CaseFacts {
        division: Division::parse(&case.division)?,
        parts: parts
            .iter()
            .filter_map(|row| Part::parse(&row.part).map(|part| (row.unit_id, part)))
            .collect(),
        // An unreadable label counts as the strictest.
        sensitivity: Sensitivity::from_number(case.sensitivity).unwrap_or(Sensitivity::L4),
        opened_by: case.opened_by,
        recused_accounts: recusals.iter().filter_map(|row| row.account_id).collect(),
        recused_units: recusals.iter().filter_map(|row| row.unit_id).collect(),
    })
}

/// The units that owe something on measures or did, to which these are
/// addressed, and whose tasks brought them, by measure.
///
/// # Errors
/// When the database refuses.
pub async fn measure_units(
    db: &impl ConnectionTrait,
    measures: &[measure::Model],
) -> Result<HashMap<Uuid, BTreeSet<Uuid>>> {
    let mut units: HashMap<Uuid, BTreeSet<Uuid>> = HashMap::new();
    if measures.is_empty() {
        return Ok(units);
    }
    let clocks = deadline::Entity::find()
        .filter(deadline::Column::MeasureId.is_in(measures.iter().map(|row| row.id)))
        .all(db)
        .await?;
    for clock in clocks {
        if let Some(id) = clock.measure_id {
            units.entry(id).or_default().insert(clock.owner_unit);
        }
    }
    let tasks: HashMap<Uuid, Uuid> = task::Entity::find()
        .filter(task::Column::Id.is_in(measures.iter().filter_map(|row| row.task_id)))
        .all(db)
        .await?
        .into_iter()
        .map(|task| (task.id, task.unit_id))
        .collect();
    for row in measures {
        let own = units.entry(row.id).or_default();
        own.extend(row.addressee);
        own.extend(row.task_id.and_then(|task| tasks.get(&task)));
    }
    Ok(units)
}

/// The people behind accounts, as the policy knows them; accounts whose role or
/// division cannot be read are nobody.
///
/// # Errors
/// When the database refuses.
pub async fn actors(db: &impl ConnectionTrait, people: &[account::Model], now: DateTime<Utc>) -> Result<Vec<Actor>> {
    let units: BTreeSet<Uuid> = people.iter().filter_map(|account| account.unit_id).collect();
    let kinds: HashMap<Uuid, String> = unit::Entity::find()
        .filter(unit::Column::Id.is_in(units))
        .all(db)
        .await?
        .into_iter()
        .map(|unit| (unit.id, unit.kind))
        .collect();
    let seats = accounts::also(db, people, now).await?;
    let actor = |account: &account::Model| {
        Some(Actor {
            account: account.id,
            role: Role::parse(&account.role)?,
            unit: account.unit_id,
            unit_kind: account
                .unit_id
                .and_then(|unit| kinds.get(&unit))
                .cloned()
                .unwrap_or_default(),
            division: Division::parse(&account.division).ok()?,
            also: seats.get(&account.id).cloned().unwrap_or_default(),
        })
    };
    Ok(people.iter().filter_map(actor).collect())
}
