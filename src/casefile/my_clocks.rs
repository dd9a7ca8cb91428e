//! `GET /clocks`: what one's unit owes, ordered by when it is due.

use super::clock_page::{FullClock, full, runs, task_names};
use super::due::Group;
use super::names::Names;
use crate::casework;
use crate::clocks::{self, Rules};
use crate::ctx::Ctx;
use crate::entity::{deadline, protection_case, report, task};
use crate::error::Result;
use crate::intake;
use crate::journal::{self, Act, Entry};
use crate::rules::level::RiskLevel;
use crate::state::App;
use crate::web::{Shell, render};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::Deserialize;
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// No more are shown at once.
const MOST: usize = 300;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    mine: bool,
}

/// A clock with what it belongs to.
struct Owed {
    href: String,
    number: String,
    level: i16,
    level_label: &'static str,
    clock: FullClock,
}

struct Section {
    title: &'static str,
    state: &'static str,
    rows: Vec<Owed>,
}

#[derive(Template)]
#[template(path = "casefile/my_clocks.html")]
struct MyClocksPage {
    shell: Shell,
    unit: String,
    mine: bool,
    sections: Vec<Section>,
    more: bool,
    printed: String,
}

/// The cases and tasks that clocks belong to, as far as one may see them.
struct Seen {
    cases: HashMap<Uuid, protection_case::Model>,
    tasks: HashMap<Uuid, task::Model>,
    /// Reports whose referrals wait for an answer.
    reports: HashMap<Uuid, report::Model>,
}

impl Seen {
    async fn of(db: &impl ConnectionTrait, ctx: &Ctx, clocks: &[deadline::Model]) -> Result<Self> {
        let cases: BTreeSet<Uuid> = clocks.iter().filter_map(|clock| clock.case_id).collect();
        let found = casework::visible(ctx).filter(protection_case::Column::Id.is_in(cases));
        let cases = found.all(db).await?.into_iter().map(|case| (case.id, case)).collect();
        let tasks: BTreeSet<Uuid> = clocks.iter().filter_map(|clock| clock.task_id).collect();
        let found = task::Entity::find()
            .filter(task::Column::Id.is_in(tasks))
            .filter(task::Column::UnitId.is_in(ctx.actor.units()));
        let tasks = found.all(db).await?.into_iter().map(|task| (task.id, task)).collect();
        let reports: BTreeSet<Uuid> = clocks.iter().filter_map(|clock| clock.report_id).collect();
        let reports = intake::within_reach(db, ctx, reports).await?;
        let reports = reports.into_iter().map(|report| (report.id, report)).collect();
        Ok(Self { cases, tasks, reports })
    }

    /// Where a clock leads, the number it goes by, its level; nothing for what
    /// one may not see.
    fn matter(&self, clock: &deadline::Model) -> Option<(String, String, i16)> {
        if let Some(task) = clock.task_id.and_then(|id| self.tasks.get(&id)) {
            return Some((format!("/tasks/{}", task.id), task.number.clone(), task.level));
        }
        if let Some(report) = clock.report_id.and_then(|id| self.reports.get(&id)) {
            let level = report.level.unwrap_or_default();
            return Some((format!("/reports/{}", report.id), report.number.clone(), level));
        }
        let case = self.cases.get(&clock.case_id?)?;
        Some((format!("/cases/{}/clocks", case.id), case.number.clone(), case.level))
    }

    fn is_mine(&self, ctx: &Ctx, clock: &deadline::Model) -> bool {
        let case = clock.case_id.and_then(|id| self.cases.get(&id));
        let signed = clock.task_id.and_then(|id| self.tasks.get(&id)?.signed_by);
        ctx.account()
            .is_some_and(|me| case.and_then(|case| case.assignee) == Some(me) || signed == Some(me))
    }
}

pub(crate) async fn show(State(app): State<App>, ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response> {
    let db = app.db.read();
    let mut owed = Vec::new();
    for unit in ctx.actor.units() {
        owed.extend(clocks::owed_by(db, unit).await?);
    }
    owed.sort_by_key(|clock| clock.due_at);
    let clocks = owed;
    let seen = Seen::of(db, &ctx, &clocks).await?;
    let names = Names::load(db, &app.vault, ctx.actor.units().collect(), BTreeSet::new()).await?;
    let (tasks, rules) = (task_names(db, &clocks).await?, Rules::of(db, &clocks).await?);
    let mut rows: Vec<(Group, Owed)> = Vec::new();
    let wanted = |clock: &&deadline::Model| runs(clock) && (!asked.mine || seen.is_mine(&ctx, clock));
    for clock in clocks.iter().filter(wanted) {
        let Some((href, number, level)) = seen.matter(clock) else {
            continue;
        };
        let owed = Owed {
            href,
            number,
            level,
            level_label: RiskLevel::from_number(level).map_or("未定", RiskLevel::label),
            clock: full(&ctx, clock, (&names, &tasks, &rules)),
        };
        rows.push((Group::of(Some(clock.due_at), ctx.now), owed));
    }
    let detail = json!({ "list": "clocks", "rows": rows.len() });
    journal::viewed(&app.db, &ctx, Entry::new(Act::CasesListed).detail(detail)).await?;
    rows.sort_by_key(|(group, owed)| (*group, passed_over(*group, owed.level)));
    let more = rows.len() > MOST;
    rows.truncate(MOST);
    render(&MyClocksPage {
        shell: Shell::new(&app, &ctx, "我的时限", "/clocks"),
        unit: ctx.unit_name.clone(),
        mine: asked.mine,
        sections: sections(rows),
        more,
        printed: crate::clock::minute(ctx.now),
    })
}

/// What has run out is no longer told apart by its time: there a red matter
/// comes before all others, however old those are.
fn passed_over(group: Group, level: i16) -> bool {
    group == Group::Over && RiskLevel::from_number(level) != Some(RiskLevel::Red)
}

/// The rows under the headings of their groups, in their order.
fn sections(rows: Vec<(Group, Owed)>) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for (group, owed) in rows {
        if sections.last().is_none_or(|last| last.title != group.label()) {
            sections.push(Section {
                title: group.label(),
                state: group.state(),
                rows: Vec::new(),
            });
        }
        if let Some(last) = sections.last_mut() {
            last.rows.push(owed);
        }
    }
    sections
}
