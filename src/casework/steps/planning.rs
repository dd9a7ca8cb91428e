//! Planning anew for a case that is already open: its facts for routing, its
//! parts, its clocks.

use crate::casework::{facts, order};
use crate::clocks::{self, book};
use crate::ctx::Ctx;
use crate::entity::{case_unit, protection_case, report, unit};
use crate::error::{Error, Result};
use crate::network;
use crate::notices::{self, Kind, Notice, To};
use crate::rules::deadlines;
use crate::rules::division::Division;
use crate::rules::level::RiskLevel;
use crate::rules::policy::Part;
use crate::rules::routing::{self, Assignment, Due, Plan, Recused, RoutingFacts};
use crate::state::App;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The milestones that a level brings.
pub(super) const MILESTONES: [&str; 4] = ["sign", "contact", "assess", "resolve"];

/// The demand type of the report that opened the case; a tip-off where no
/// report is linked.
///
/// # Errors
/// When the database refuses.
pub async fn demand_of(db: &impl ConnectionTrait, case: Uuid) -> Result<String> {
    let report = first_report(db, case).await?;
    Ok(report.map_or_else(|| "tipoff".to_owned(), |report| report.demand_type))
}

async fn first_report(db: &impl ConnectionTrait, case: Uuid) -> Result<Option<report::Model>> {
    Ok(report::Entity::find()
        .filter(report::Column::CaseId.eq(case))
        .order_by_asc(report::Column::Id)
        .one(db)
        .await?)
}

/// The unit that reported, where it is a school.
async fn school(db: &impl ConnectionTrait, reported: Option<Uuid>) -> Result<Option<Uuid>> {
    let Some(reported) = reported else { return Ok(None) };
    let unit = unit::Entity::find_by_id(reported).one(db).await?;
    Ok(unit.filter(|unit| unit.kind == "SCH").map(|unit| unit.id))
}

/// The level of a case; an unreadable one counts as red.
pub(super) fn level_of(case: &protection_case::Model) -> RiskLevel {
    RiskLevel::from_number(case.level).unwrap_or(RiskLevel::Red)
}

/// The clocks owed at a level from a moment on by the rules of now, owed by the
/// lead unit.
pub(super) async fn dues(
    db: &impl ConnectionTrait,
    (case, now): (&protection_case::Model, DateTime<Utc>),
    level: RiskLevel,
    from: DateTime<Utc>,
) -> Result<Vec<Due>> {
    let demand = demand_of(db, case.id).await?;
    let owed = deadlines::dues(&book(db, now).await?, &demand, level, from);
    Ok(owed.into_iter().map(|due| Due::owed(due, case.lead_unit)).collect())
}

/// Cancels the running milestones and starts those of a level from `from`. A
/// milestone that was met stays met, unless it is named in `again`.
pub(super) async fn reclock(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    case: &protection_case::Model,
    (level, from): (RiskLevel, DateTime<Utc>),
    again: &[&str],
) -> Result<()> {
    let known = clocks::of_case(tx, case.id).await?;
    let met = |milestone: &str| {
        known
            .iter()
            .any(|clock| clock.task_id.is_none() && clock.milestone == milestone && clock.met_at.is_some())
    };
    let wanted: Vec<Due> = dues(tx, (case, ctx.now), level, from)
        .await?
        .into_iter()
        .filter(|due| again.contains(&due.milestone.as_str()) || !met(&due.milestone))
        .collect();
    // New clocks stand not still: what was paused ends with the old ones.
    order::drop_pause(tx, ctx, case.id).await?;
    clocks::cancel(tx, case.id, &MILESTONES, ctx.now).await?;
    let subject = clocks::Subject {
        case: Some(case.id),
        ..Default::default()
    };
    clocks::start(tx, subject, from, &wanted).await
}

/// Plans the case's route anew: for the place given, or for where the child
/// is held to be, around everybody recused by now.
pub(super) async fn replan(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    case: &protection_case::Model,
    place: Option<&Division>,
) -> Result<Plan> {
    let report = first_report(tx, case.id).await?;
    let parse = |code: Option<&str>| code.and_then(|code| Division::parse(code).ok());
    let kept_out = facts(tx, case).await?;
    let demand = report.as_ref().map_or("tipoff", |report| report.demand_type.as_str());
    let mut route = RoutingFacts::new(demand, level_of(case), ctx.now);
    route.types.clone_from(&case.case_types.0);
    route.child_location = place.cloned().or_else(|| parse(Some(&case.division)));
    route.residence = parse(case.residence.as_deref());
    route.domicile = parse(case.domicile.as_deref());
    route.recused = Recused {
        accounts: kept_out.recused_accounts.into_iter().collect(),
        units: kept_out.recused_units.into_iter().collect(),
        ..Default::default()
    };
    if let Some(report) = report {
        route.mandatory_report = report.mandated;
        route.reporter_type = report.reporter_type;
        route.at_school = report.at_school;
        route.incident_place = parse(report.incident_place.as_deref());
        route.recused.teaching_staff = report.teaching_staff;
        route.school = school(tx, report.unit_id).await?;
    }
    let roster = network::above(tx, &app.vault, (&route.places(), route.school), ctx.now).await?;
    routing::plan(&route, &roster, &book(tx, ctx.now).await?).map_err(|none| Error::Conflict(none.to_string()))
}

/// Gives the case the units of a plan: who stays keeps row and signature, who
/// is not in it any more ends, who is new begins.
pub(super) async fn take_plan(tx: &impl ConnectionTrait, ctx: &Ctx, case: Uuid, plan: &Plan) -> Result<()> {
    let mut wanted: BTreeMap<Uuid, (Part, &Assignment)> = BTreeMap::new();
    let lists = [
        (Part::Lead, std::slice::from_ref(&plan.lead)),
        (Part::Assist, &plan.assists[..]),
        (Part::Oversee, &plan.overseers[..]),
        (Part::Informed, &plan.informed[..]),
    ];
    for (part, list) in lists {
        for assignment in list {
            wanted.entry(assignment.unit).or_insert((part, assignment));
        }
    }
    let standing = standing(tx, case).await?;
    for row in &standing {
        let stays = wanted
            .get(&row.unit_id)
            .is_some_and(|(part, _)| part.code() == row.part);
        if stays && row.part != Part::Lead.code() {
            wanted.remove(&row.unit_id);
        } else {
            end(tx, ctx, row.id).await?;
        }
    }
    for (part, assignment) in wanted.into_values() {
        let new = NewPart {
            unit: assignment.unit,
            part,
            account: assignment.person.as_ref().map(|person| person.account),
            rule: &assignment.rule,
            why: &assignment.why,
        };
        begin(tx, ctx, case, &new).await?;
    }
    Ok(())
}

/// A unit that begins to take part.
pub(super) struct NewPart<'a> {
    pub(super) unit: Uuid,
    pub(super) part: Part,
    pub(super) account: Option<Uuid>,
    pub(super) rule: &'a str,
    pub(super) why: &'a str,
}

/// The rows of the units that take part now.
pub(super) async fn standing(tx: &impl ConnectionTrait, case: Uuid) -> Result<Vec<case_unit::Model>> {
    Ok(case_unit::Entity::find()
        .filter(case_unit::Column::CaseId.eq(case))
        .filter(case_unit::Column::Until.is_null())
        .all(tx)
        .await?)
}

/// Ends a unit's part.
pub(super) async fn end(tx: &impl ConnectionTrait, ctx: &Ctx, row: Uuid) -> Result<()> {
    case_unit::Entity::update_many()
        .col_expr(case_unit::Column::Until, Expr::value(Some(ctx.now)))
        .filter(case_unit::Column::Id.eq(row))
        .exec(tx)
        .await?;
    Ok(())
}

/// Lets a unit assist in a case in which it has no part yet.
///
/// # Errors
/// When the database refuses.
pub async fn take_part(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    (case, unit): (Uuid, Uuid),
    (rule, why): (&str, &str),
) -> Result<()> {
    if standing(tx, case).await?.iter().any(|row| row.unit_id == unit) {
        return Ok(());
    }
    let new = NewPart {
        unit,
        part: Part::Assist,
        account: None,
        rule,
        why,
    };
    begin(tx, ctx, case, &new).await
}

/// Begins a unit's part.
pub(super) async fn begin(tx: &impl ConnectionTrait, ctx: &Ctx, case: Uuid, new: &NewPart<'_>) -> Result<()> {
    let row = case_unit::ActiveModel {
        id: Set(Uuid::now_v7()),
        case_id: Set(case),
        unit_id: Set(new.unit),
        part: Set(new.part.code().to_owned()),
        account_id: Set(new.account),
        rule: Set(new.rule.to_owned()),
        why: Set(new.why.to_owned()),
        since: Set(ctx.now),
        until: Set(None),
        signed_at: Set(None),
        signed_by: Set(None),
        // The database copies the order of the case.
        ..Default::default()
    };
    row.insert(tx).await?;
    let kind = match new.part {
        Part::Lead | Part::Assist => Kind::Redispatched,
        Part::Oversee | Part::Informed => Kind::Informed,
    };
    notices::tell(tx, ctx, &Notice::new(kind, To::Unit(new.unit)).case(case)).await
}
