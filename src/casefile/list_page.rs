//! `GET /cases`: the work list.

use super::due::{self, Group};
use super::list::{self, Cursor, Filter};
use super::names::{self, Names};
use super::people;
use crate::ctx::Ctx;
use crate::entity::{child, protection_case};
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::rules::codes;
use crate::rules::division::Division;
use crate::rules::level::{RiskLevel, Sensitivity};
use crate::rules::policy::Role;
use crate::rules::workflow::Stage;
use crate::state::App;
use crate::web::{Shell, render};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// One row.
pub(crate) struct Row {
    href: String,
    number: String,
    level: i16,
    level_label: &'static str,
    kind: String,
    place: String,
    child: String,
    stage: &'static str,
    stage_kind: &'static str,
    unit: String,
    due: String,
    due_state: &'static str,
}

/// One group with its rows on this page.
struct Section {
    label: &'static str,
    over: bool,
    count: String,
    rows: Vec<Row>,
}

/// A link that narrows the list, or takes a narrowing away.
struct Chip {
    href: String,
    label: String,
    on: bool,
}

/// One entry of a select.
struct Choice {
    code: String,
    label: String,
    on: bool,
}

#[derive(Template)]
#[template(path = "casefile/list.html")]
struct ListPage {
    shell: Shell,
    total: String,
    returning: Vec<Row>,
    sections: Vec<Section>,
    quick: Vec<Chip>,
    active: Vec<Chip>,
    clear: String,
    filter: Filter,
    stages: Vec<Choice>,
    levels: Vec<Choice>,
    dues: Vec<Choice>,
    places: Vec<Choice>,
    first: Option<String>,
    next: Option<String>,
}

/// The work list of whoever asks.
pub(crate) async fn show(State(app): State<App>, ctx: Ctx, Query(mut filter): Query<Filter>) -> Result<Response> {
    filter.q = filter.q.trim().chars().take(crate::casework::search::TERM).collect();
    let db = app.db.read();
    let wanted = list::wanted(db, &app, &filter).await?;
    let only = Group::parse(&filter.due);
    let page = list::page(db, &ctx, (&wanted, only, Cursor::parse(&filter.cursor))).await?;
    let counts = list::counts(db, &ctx, (&wanted, only)).await?;
    let returning = match ctx.actor.role {
        Role::Lead => list::returning(db, &ctx, Stage::Returning).await?,
        Role::City => list::returning(db, &ctx, Stage::Arbitrating).await?,
        _ => Vec::new(),
    };
    let seen = json!({ "rows": page.rows.len() + returning.len(), "searched": !filter.q.is_empty() });
    journal::viewed(&app.db, &ctx, Entry::new(Act::CasesListed).detail(seen)).await?;
    let waiting = list::waiting(db, &ctx).await?;
    let next = page.next.map(|cursor| address(&filter, "cursor", &cursor.text()));
    let sections = sections(counts, rows(&app, &ctx, page.rows).await?);
    render(&ListPage {
        shell: Shell::new(&app, &ctx, "个案", "/cases").count("/cases", waiting),
        total: total(counts),
        returning: rows(&app, &ctx, returning)
            .await?
            .into_iter()
            .map(|(_, row)| row)
            .collect(),
        sections,
        quick: quick(&filter),
        active: active(&filter, lead(db, &app, &filter).await?),
        clear: "/cases".to_owned(),
        stages: stages(&filter),
        levels: levels(&filter),
        dues: dues(&filter),
        places: places(&ctx, &filter),
        first: (!filter.cursor.is_empty()).then(|| address(&filter, "cursor", "")),
        next,
        filter,
    })
}

async fn rows(app: &App, ctx: &Ctx, cases: Vec<protection_case::Model>) -> Result<Vec<(Group, Row)>> {
    let db = app.db.read();
    let ids: Vec<Uuid> = cases.iter().map(|case| case.id).collect();
    let children = people::children(db, &ids).await?;
    let units = cases.iter().map(|case| case.lead_unit).collect();
    let names = Names::load(db, &app.vault, units, BTreeSet::new()).await?;
    cases
        .iter()
        .map(|case| {
            Ok((
                Group::of(case.next_due_at, ctx.now),
                row(app, ctx, case, (&names, &children))?,
            ))
        })
        .collect()
}

fn row(
    app: &App,
    ctx: &Ctx,
    case: &protection_case::Model,
    (names, children): (&Names, &HashMap<Uuid, Vec<child::Model>>),
) -> Result<Row> {
    let children = children.get(&case.id).map(Vec::as_slice).unwrap_or_default();
    let mut child = match children.first() {
        Some(first) => people::short(&app.vault, first, ctx.now)?,
        None => "未知".to_owned(),
    };
    if children.len() > 1 {
        child = format!("{child} 等{}人", children.len());
    }
    let stage = Stage::parse(&case.stage);
    Ok(Row {
        href: format!("/cases/{}", case.id),
        number: case.number.clone(),
        level: case.level,
        level_label: RiskLevel::from_number(case.level).map_or("未定", RiskLevel::label),
        kind: cause(case),
        place: names::place(&case.division),
        child,
        stage: stage.map_or("未知", Stage::label),
        stage_kind: stage_kind(stage),
        unit: names.unit(case.lead_unit),
        due: due::text(case.next_due_at, ctx.now),
        due_state: Group::of(case.next_due_at, ctx.now).state(),
    })
}

/// A list never tells the cause of what is kept at the highest label.
fn cause(case: &protection_case::Model) -> String {
    if Sensitivity::from_number(case.sensitivity).is_none_or(|label| label == Sensitivity::L4) {
        return "特别关爱".to_owned();
    }
    names::case_type(&case.primary_type)
}

/// The colour of a stage.
pub(crate) fn stage_kind(stage: Option<Stage>) -> &'static str {
    match stage {
        Some(Stage::Assigned | Stage::Closing) => "wait",
        Some(Stage::Returning | Stage::Arbitrating) => "bad",
        Some(Stage::Closed) => "ok",
        Some(Stage::Merged) | None => "",
        Some(_) => "on",
    }
}

/// The sum, as far as it was counted.
fn total(counts: [u64; 5]) -> String {
    let most = counts.into_iter().max().unwrap_or_default();
    list::counted(most.max(counts.iter().sum()))
}

/// On a later page only the groups that it shows.
fn sections(counts: [u64; 5], rows: Vec<(Group, Row)>) -> Vec<Section> {
    let mut sections: Vec<Section> = Group::ALL
        .into_iter()
        .zip(counts)
        .map(|(group, count)| Section {
            label: group.label(),
            over: group == Group::Over,
            count: list::counted(count),
            rows: Vec::new(),
        })
        .collect();
    for (group, row) in rows {
        if let Some(at) = Group::ALL.iter().position(|other| *other == group) {
            sections[at].rows.push(row);
        }
    }
    sections.retain(|section| !section.rows.is_empty());
    sections
}

/// The list's address with one part changed, from the first page on.
fn address(filter: &Filter, key: &str, value: &str) -> String {
    let parts = [
        ("stage", filter.stage.as_str()),
        ("risk", &filter.risk),
        ("due", &filter.due),
        ("division", &filter.division),
        ("lead", &filter.lead),
        ("mine", &filter.mine),
        ("q", &filter.q),
        ("cursor", ""),
    ];
    let kept: Vec<(&str, &str)> = parts
        .into_iter()
        .map(|(name, old)| (name, if name == key { value } else { old }))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    match serde_html_form::to_string(&kept) {
        Ok(query) if !query.is_empty() => format!("/cases?{query}"),
        _ => "/cases".to_owned(),
    }
}

/// The narrowings that are wanted most.
fn quick(filter: &Filter) -> Vec<Chip> {
    let chip = |label: &str, key, value: &str, now: &str| Chip {
        href: address(filter, key, if now == value { "" } else { value }),
        label: label.to_owned(),
        on: now == value,
    };
    vec![
        chip("我办理的", "mine", "true", &filter.mine),
        chip(Group::Over.label(), "due", Group::Over.state(), &filter.due),
        chip("红色", "risk", RiskLevel::Red.code(), &filter.risk),
        chip("待签收", "stage", Stage::Assigned.code(), &filter.stage),
        chip("拟结案", "stage", Stage::Closing.code(), &filter.stage),
        chip("已结案", "stage", Stage::Closed.code(), &filter.stage),
    ]
}

/// The name of the unit whose cases alone are asked for.
async fn lead(db: &impl ConnectionTrait, app: &App, filter: &Filter) -> Result<Option<String>> {
    let Ok(unit) = Uuid::parse_str(&filter.lead) else {
        return Ok(None);
    };
    let names = Names::load(db, &app.vault, BTreeSet::from([unit]), BTreeSet::new()).await?;
    Ok(Some(names.unit(unit)))
}

/// The narrowings in force, each with the way out of it.
fn active(filter: &Filter, lead: Option<String>) -> Vec<Chip> {
    let chip = |label: String, key| Chip {
        href: address(filter, key, ""),
        label,
        on: true,
    };
    let stage = Stage::parse(&filter.stage).map(|stage| chip(format!("阶段：{}", stage.label()), "stage"));
    let risk = RiskLevel::parse(&filter.risk).map(|level| chip(format!("等级：{}", level.label()), "risk"));
    let due = Group::parse(&filter.due).map(|group| chip(format!("到期：{}", group.label()), "due"));
    let division = Division::parse(&filter.division)
        .ok()
        .map(|_| chip(format!("地区：{}", names::place(&filter.division)), "division"));
    let lead = lead.map(|unit| chip(format!("主办：{unit}"), "lead"));
    let mine = (!filter.mine.is_empty()).then(|| chip("我办理的".to_owned(), "mine"));
    let q = (!filter.q.is_empty()).then(|| chip(format!("查找：{}", filter.q), "q"));
    [stage, risk, due, division, lead, mine, q]
        .into_iter()
        .flatten()
        .collect()
}

fn stages(filter: &Filter) -> Vec<Choice> {
    Stage::ALL
        .into_iter()
        .map(|stage| Choice {
            code: stage.code().to_owned(),
            label: stage.label().to_owned(),
            on: stage.code() == filter.stage,
        })
        .collect()
}

fn levels(filter: &Filter) -> Vec<Choice> {
    RiskLevel::ALL
        .into_iter()
        .map(|level| Choice {
            code: level.code().to_owned(),
            label: level.label().to_owned(),
            on: level.code() == filter.risk,
        })
        .collect()
}

/// The groups of due times that can be asked for alone.
fn dues(filter: &Filter) -> Vec<Choice> {
    Group::ALL
        .into_iter()
        .filter(|group| Group::parse(group.state()) == Some(*group))
        .map(|group| Choice {
            code: group.state().to_owned(),
            label: group.label().to_owned(),
            on: group.state() == filter.due,
        })
        .collect()
}

/// The divisions right below the actor's own.
fn places(ctx: &Ctx, filter: &Filter) -> Vec<Choice> {
    let top = ctx.actor.division.code();
    codes::divisions()
        .iter()
        .filter(|row| row.parent_code == top && row.code != top)
        .map(|row| Choice {
            code: row.code.clone(),
            label: row.name.clone(),
            on: row.code == filter.division,
        })
        .collect()
}
