//! From what was said to a level and a plan.

use super::candidates::prior_reports;
use super::facts::{self, ReportInput, said};
use super::store::Graded;
use crate::ctx::Ctx;
use crate::entity::account;
use crate::error::{Error, FieldError, Result};
use crate::network;
use crate::rules::codes;
use crate::rules::division::{Division, Tier};
use crate::rules::level::Sensitivity;
use crate::rules::policy::Role;
use crate::rules::routing::{self, Plan, Recused, Roster, RoutingFacts};
use crate::rules::rulebook::Rulebook;
use crate::rules::triage;
use crate::state::App;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use uuid::Uuid;

/// The suggested level and the one that holds.
///
/// # Errors
/// When the database refuses.
pub(super) async fn grade(app: &App, ctx: &Ctx, input: &ReportInput, report: Option<Uuid>) -> Result<Graded> {
    let prior = prior_reports(app, ctx, input, report).await?;
    Ok(graded(input, prior))
}

/// The same for a known number of earlier reports.
pub(super) fn graded(input: &ReportInput, prior: u32) -> Graded {
    let suggestion = triage::suggest(&input.triage(prior));
    let level = input.chosen().unwrap_or(suggestion.level);
    Graded { suggestion, level }
}

/// Raising is free, lowering needs a reason.
pub(super) fn lowering_fault(input: &ReportInput, graded: &Graded) -> Option<FieldError> {
    let lowered = triage::lowering_needs_reason(graded.suggestion.level, graded.level);
    let silent = said(input.urgency_reason.as_ref()).is_none();
    (lowered && silent).then(|| {
        let text = format!("建议等级为{}，调低须写明理由", graded.suggestion.level.label());
        FieldError::new("urgency_reason", &text)
    })
}

/// Where the child is, or the best guess at it within the city.
pub(super) fn here(input: &ReportInput) -> Option<Division> {
    let places = [
        input.location(),
        input.incident(),
        facts::division(input.residence.as_ref()),
        facts::division(input.domicile.as_ref()),
    ];
    let inside = |place: &Division| place.code().starts_with("1406") && place.tier() != Tier::City;
    places.into_iter().flatten().find(inside)
}

/// What routing needs to know.
///
/// # Errors
/// When the database refuses.
pub(super) async fn routing_facts(
    app: &App,
    ctx: &Ctx,
    input: &ReportInput,
    (graded, received_at): (&Graded, DateTime<Utc>),
) -> Result<RoutingFacts> {
    let by_school = ctx.actor.role == Role::Reporter && ctx.actor.unit_kind == "SCH";
    Ok(RoutingFacts {
        types: routing_types(input),
        life_danger: graded.suggestion.life_danger,
        mandatory_report: graded.suggestion.mandated || ctx.actor.role == Role::Reporter,
        reporter_type: said(input.reporter_type.as_ref()).map(str::to_owned),
        at_school: input.at_school,
        school: ctx.actor.unit.filter(|_| by_school),
        child_location: input.location(),
        residence: facts::division(input.residence.as_ref()),
        domicile: facts::division(input.domicile.as_ref()),
        incident_place: input.incident(),
        recused: recused(app, input).await?,
        ..RoutingFacts::new(input.demand_type(), graded.level, received_at)
    })
}

/// The types that decide the route: those said, and for a situation of the
/// highest label the type it points to, so that no village is told (RT02).
fn routing_types(input: &ReportInput) -> Vec<String> {
    let mut types = input.case_types.clone();
    let situations = input.mandatory_situations.iter();
    let secret = situations
        .filter_map(|code| codes::mandatory_situation(code))
        .filter(|row| row.sensitivity == Sensitivity::L4);
    for code in secret.filter_map(|row| row.case_types.first()) {
        if !types.contains(code) {
            types.push(code.clone());
        }
    }
    types
}

/// RT04: whoever of the network has the suspect's phone or identity number, the
/// tier of an involved official, and the school of involved staff.
async fn recused(app: &App, input: &ReportInput) -> Result<Recused> {
    let phone = app.vault.index_some("phone", said(input.suspect_phone.as_ref()));
    let id_number = app
        .vault
        .index_some("id_number", said(input.suspect_id_number.as_ref()));
    let mut recused = Recused {
        official_tier: said(input.involved_official.as_ref()).and_then(Tier::parse),
        teaching_staff: input.teaching_staff || input.suspect_relation.as_deref() == Some("teaching_staff"),
        ..Recused::default()
    };
    if phone.is_some() || id_number.is_some() {
        let same = Condition::any()
            .add_option(phone.map(|index| account::Column::PhoneIndex.eq(index)))
            .add_option(id_number.map(|index| account::Column::IdIndex.eq(index)));
        let people = account::Entity::find().filter(same).all(app.db.read()).await?;
        recused.accounts = people.into_iter().map(|person| person.id).collect();
    }
    Ok(recused)
}

/// Who is where, as far as the matters of a report can come.
///
/// # Errors
/// When the database refuses.
pub(super) async fn roster(app: &App, ctx: &Ctx, facts: &RoutingFacts) -> Result<Roster> {
    network::above(app.db.read(), &app.vault, (&facts.places(), facts.school), ctx.now).await
}

/// Everybody in the county of a report, or in the whole city where its places
/// lie in several.
async fn neighbourhood(app: &App, ctx: &Ctx, facts: &RoutingFacts) -> Result<Roster> {
    let counties = facts.places().into_iter().filter_map(|place| place.at(Tier::County));
    let mut counties: Vec<Division> = counties.collect();
    counties.dedup();
    let around = match counties.as_slice() {
        [one] => Some(one),
        _ => None,
    };
    network::roster(app.db.read(), &app.vault, around, ctx.now).await
}

/// The plan of a report.
///
/// # Errors
/// When no unit may own a case.
pub(super) fn plan(facts: &RoutingFacts, roster: &Roster, book: &Rulebook) -> Result<Plan> {
    routing::plan(facts, roster, book).map_err(|missing| Error::Conflict(missing.to_string()))
}

/// What is still missing, in words: it becomes a note on the case.
pub(super) fn gaps(input: &ReportInput, graded: &Graded, called: bool) -> Vec<String> {
    let mut gaps = Vec::new();
    let mut missing = |when: bool, what: &str| {
        if when {
            gaps.push(what.to_owned());
        }
    };
    let place = input.location();
    missing(graded.suggestion.life_danger && !called, "110／120 三方联动未登记");
    missing(place.is_none(), "儿童现在地");
    missing(
        place.is_some_and(|place| place.tier() < Tier::Township),
        "儿童现在地所在乡镇",
    );
    missing(input.case_types.is_empty(), "案件类型");
    let mut children = input.known_children().peekable();
    missing(children.peek().is_none(), "儿童姓名或特征");
    let children: Vec<_> = children.collect();
    missing(
        children.iter().any(|child| said(child.name.as_ref()).is_none()),
        "儿童姓名",
    );
    missing(
        children
            .iter()
            .any(|child| child.age.is_none() && said(child.id_number.as_ref()).is_none()),
        "儿童年龄",
    );
    missing(said(input.content.as_ref()).is_none(), "来电内容");
    let by_phone = input.channel() == "phone" && !input.caller.anonymous;
    missing(by_phone && said(input.caller.phone.as_ref()).is_none(), "来电号码");
    missing(input.caller.safe_phone.is_none(), "能否安全回拨");
    missing(said(input.reporter_type.as_ref()).is_none(), "来电人身份");
    let unit = input.channel() == "mandated";
    missing(
        !unit && said(input.relation_to_child.as_ref()).is_none(),
        "来电人与儿童关系",
    );
    missing(said(input.cohabiting_suspect.as_ref()).is_none(), "是否与嫌疑人同住");
    missing(input.reported_to_police.is_none(), "是否已报警");
    let receipt = said(input.police_receipt_no.as_ref()).is_none();
    missing(input.reported_to_police == Some(true) && receipt, "报警回执号");
    gaps
}

/// A post holder around who bears the suspect's name: somebody should look.
///
/// # Errors
/// When the database refuses.
pub(super) async fn namesakes(app: &App, ctx: &Ctx, input: &ReportInput, facts: &RoutingFacts) -> Result<Vec<String>> {
    let Some(name) = said(input.suspect_name.as_ref()) else {
        return Ok(Vec::new());
    };
    let roster = neighbourhood(app, ctx, facts).await?;
    let bears = |person: &Option<routing::Person>| person.as_ref().is_some_and(|person| person.name == name);
    let posts = roster
        .posts
        .iter()
        .filter(|post| bears(&post.holder) || bears(&post.stand_in));
    let units = posts.filter_map(|post| roster.units.iter().find(|unit| unit.id == post.unit));
    let said = units.map(|unit| format!("嫌疑人与{}在岗人员同名，核对是否须回避", unit.name));
    Ok(said.take(3).collect())
}
