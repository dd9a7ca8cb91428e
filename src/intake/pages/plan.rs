//! A routing plan as lines on screen: fresh from the rules, or as it was
//! stored with the case.

use super::templates::PlanLine;
use crate::accounts;
use crate::clock;
use crate::clocks;
use crate::entity::{account, case_event, case_unit, deadline, unit};
use crate::error::Result;
use crate::journal::Act;
use crate::rules::deadlines::Milestone;
use crate::rules::policy::Part;
use crate::rules::routing::{Assignment, Due, Plan};
use crate::state::App;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use std::collections::HashMap;
use uuid::Uuid;

/// `09:42` today, `11-25 18:00` on another day.
pub(super) fn moment(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let text = clock::minute(at);
    let cut = if clock::day(at) == clock::day(now) { 11 } else { 5 };
    text.get(cut..).unwrap_or(&text).to_owned()
}

fn due_words(milestone: &str, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let what = Milestone::parse(milestone).map_or_else(
        || match milestone {
            "locate" => "查清所在",
            "push_police" => "推送公安",
            "transfer" => "三方转接",
            "task_sign" => "签收任务",
            "task_done" => "反馈任务",
            _ => "办理",
        },
        Milestone::label,
    );
    format!("{} 前{what}", moment(at, now))
}

/// The due times of one unit: the first alone, or all of them.
fn due_of(dues: &[Due], unit: Uuid, now: DateTime<Utc>, all: bool) -> String {
    let mut own: Vec<&Due> = dues.iter().filter(|due| due.owner == unit).collect();
    own.sort_by_key(|due| due.at);
    let count = if all { own.len() } else { 1 };
    let words: Vec<String> = own
        .into_iter()
        .take(count)
        .map(|due| due_words(&due.milestone, due.at, now))
        .collect();
    words.join("；")
}

/// A plan that was just made: who takes part, then who was passed over.
pub(super) fn of_plan(plan: &Plan, now: DateTime<Utc>) -> Vec<PlanLine> {
    let parts = [
        (Part::Lead, std::slice::from_ref(&plan.lead)),
        (Part::Assist, &plan.assists[..]),
        (Part::Oversee, &plan.overseers[..]),
        (Part::Informed, &plan.informed[..]),
    ];
    let mut lines: Vec<PlanLine> = parts
        .into_iter()
        .flat_map(|(part, list)| list.iter().map(move |one| (part, one)))
        .map(|(part, one)| taking(part, one, due_of(&plan.dues, one.unit, now, false)))
        .collect();
    lines.extend(plan.skipped.iter().map(|skip| PlanLine {
        role: passed_over(&skip.rule).to_owned(),
        unit: skip.name.clone(),
        person: String::new(),
        why: basis(&skip.rule, &skip.why),
        due: String::new(),
        skipped: true,
    }));
    lines
}

/// `RT06 监护侵害或缺失…`; a rule that is a word is said once.
fn basis(rule: &str, why: &str) -> String {
    if why.contains(rule) {
        why.to_owned()
    } else {
        format!("{rule} {why}")
    }
}

fn passed_over(rule: &str) -> &'static str {
    if rule == "RT04" { "回避" } else { "不派" }
}

fn taking(part: Part, one: &Assignment, due: String) -> PlanLine {
    let person = one
        .person
        .as_ref()
        .map_or_else(|| "电话通知".to_owned(), |person| person.name.clone());
    PlanLine {
        role: part.label().to_owned(),
        unit: one.unit_name.clone(),
        person,
        why: basis(&one.rule, &one.why),
        due,
        skipped: false,
    }
}

/// The plan of a case as it was opened: its units, their clocks, and who was
/// passed over.
///
/// # Errors
/// When the database refuses.
pub(super) async fn of_case(app: &App, case: Uuid, now: DateTime<Utc>) -> Result<Vec<PlanLine>> {
    let db = app.db.read();
    let parts = case_unit::Entity::find()
        .filter(case_unit::Column::CaseId.eq(case))
        .order_by_asc(case_unit::Column::Id)
        .all(db)
        .await?;
    let units = unit_names(db, parts.iter().map(|row| row.unit_id)).await?;
    let people = account_names(app, parts.iter().filter_map(|row| row.account_id)).await?;
    let owed = clocks::of_case(db, case).await?.into_iter();
    let owed = owed.filter(|clock| clock.met_at.is_none() && clock.cancelled_at.is_none());
    let dues: Vec<Due> = owed.map(stored_due).collect();
    let mut lines: Vec<PlanLine> = parts
        .iter()
        .map(|row| PlanLine {
            role: Part::parse(&row.part).map_or("", Part::label).to_owned(),
            unit: units.get(&row.unit_id).cloned().unwrap_or_default(),
            person: match row.account_id {
                Some(id) => people.get(&id).cloned().unwrap_or_default(),
                None => "电话通知".to_owned(),
            },
            why: basis(&row.rule, &row.why),
            due: due_of(&dues, row.unit_id, now, true),
            skipped: false,
        })
        .collect();
    for line in skipped_at_opening(db, case).await? {
        // Several posts of one unit may have been empty for the same reason.
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    Ok(lines)
}

fn stored_due(row: deadline::Model) -> Due {
    Due {
        rule: row.rule,
        code: row.rule_code,
        version: row.rule_version,
        milestone: row.milestone,
        owner: row.owner_unit,
        at: row.due_at,
        guessed: row.calendar_guessed,
        text: String::new(),
    }
}

/// Who was passed over, as the first line of the case's timeline tells it.
async fn skipped_at_opening(db: &impl ConnectionTrait, case: Uuid) -> Result<Vec<PlanLine>> {
    let opened = case_event::Entity::find()
        .filter(case_event::Column::CaseId.eq(case))
        .filter(case_event::Column::Kind.eq(Act::CaseOpened.code()))
        .one(db)
        .await?;
    let rows = opened
        .and_then(|event| event.refs.get("skipped").and_then(|list| list.as_array().cloned()))
        .unwrap_or_default();
    let line = |row: &serde_json::Value| {
        let text = |at: usize| row.get(at).and_then(serde_json::Value::as_str).unwrap_or_default();
        PlanLine {
            role: passed_over(text(0)).to_owned(),
            unit: text(2).to_owned(),
            person: String::new(),
            why: basis(text(0), text(1)),
            due: String::new(),
            skipped: true,
        }
    };
    Ok(rows.iter().map(line).collect())
}

/// Names of units by their ids.
///
/// # Errors
/// When the database refuses.
pub(super) async fn unit_names(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, String>> {
    let rows = unit::Entity::find().filter(unit::Column::Id.is_in(ids)).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// Names of people by their accounts' ids.
///
/// # Errors
/// When the database refuses or a name cannot be opened.
pub(super) async fn account_names(app: &App, ids: impl IntoIterator<Item = Uuid>) -> Result<HashMap<Uuid, String>> {
    let rows = account::Entity::find()
        .filter(account::Column::Id.is_in(ids))
        .all(app.db.read())
        .await?;
    let mut names = HashMap::new();
    for row in rows {
        names.insert(row.id, accounts::name(app, &row)?);
    }
    Ok(names)
}
