//! `GET /cases/{id}/clocks`: what runs on a case, since when, by which rule and
//! version, and what happens next; what is paused, met or stopped below.

use super::clockwork;
use super::due;
use super::names::Names;
use super::page::{Strip, reduced, strip};
use super::work::TaskNames;
use crate::casework;
use crate::clock;
use crate::clocks::{self, PauseReason, Rules};
use crate::ctx::Ctx;
use crate::entity::{deadline, task};
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::rules::codes;
use crate::rules::deadlines::named;
use crate::rules::policy::Action;
use crate::state::App;
use crate::web::{Shell, render};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// One clock with everything that is known of it.
pub(crate) struct FullClock {
    pub(crate) what: String,
    pub(crate) unit: String,
    pub(crate) since: String,
    pub(crate) due: String,
    pub(crate) kind: &'static str,
    pub(crate) state: String,
    pub(crate) rule: String,
    /// The row of the rule; empty for a time that was agreed on.
    pub(crate) code: String,
    pub(crate) version: i32,
    pub(crate) on_expiry: String,
    pub(crate) next: String,
    pub(crate) guessed: bool,
}

#[derive(Template)]
#[template(path = "casefile/clocks.html")]
struct ClocksPage {
    shell: Shell,
    strip: Strip,
    /// Whether rules are named; a village is told what and until when.
    plain: bool,
    /// Whether the rules may be looked up.
    rules_link: bool,
    running: Vec<FullClock>,
    paused: Vec<FullClock>,
    met: Vec<FullClock>,
    stopped: Vec<FullClock>,
}

pub(crate) async fn show(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Response> {
    let db = app.db.read();
    let case = casework::fetch_for(db, &ctx, id, Action::View).await?;
    let entry = Entry::new(Act::CaseViewed).case(id).detail(json!({ "list": "clocks" }));
    journal::viewed(&app.db, &ctx, entry).await?;
    let all = clocks::of_case(db, id).await?;
    let units = all.iter().map(|clock| clock.owner_unit).collect();
    let names = Names::load(db, &app.vault, units, BTreeSet::new()).await?;
    let (tasks, rules) = (task_names(db, &all).await?, Rules::of(db, &all).await?);
    let chosen = |keep: fn(&deadline::Model) -> bool| -> Vec<FullClock> {
        let kept = all.iter().filter(|clock| keep(clock));
        kept.map(|clock| full(&ctx, clock, (&names, &tasks, &rules))).collect()
    };
    let strip = strip(db, &app, &ctx, &case).await?;
    render(&ClocksPage {
        shell: Shell::new(&app, &ctx, &format!("{} 时限", strip.number), "/cases"),
        plain: reduced(ctx.actor.role),
        rules_link: crate::rules::policy::reads_deadline_rules(ctx.actor.role),
        running: chosen(|clock| runs(clock) && clock.paused_at.is_none()),
        paused: chosen(|clock| runs(clock) && clock.paused_at.is_some()),
        met: chosen(|clock| clock.met_at.is_some()),
        stopped: chosen(|clock| clock.met_at.is_none() && clock.cancelled_at.is_some()),
        strip,
    })
}

pub(super) fn runs(clock: &deadline::Model) -> bool {
    clock.met_at.is_none() && clock.cancelled_at.is_none()
}

/// The names of the tasks that clocks run for.
pub(super) async fn task_names(db: &impl ConnectionTrait, clocks: &[deadline::Model]) -> Result<TaskNames> {
    let ids: BTreeSet<Uuid> = clocks.iter().filter_map(|clock| clock.task_id).collect();
    if ids.is_empty() {
        return Ok(TaskNames::new());
    }
    let rows = task::Entity::find().filter(task::Column::Id.is_in(ids)).all(db).await?;
    let name = |row: &task::Model| {
        codes::task_type(&row.type_code).map_or_else(|| row.number.clone(), |kind| kind.name.clone())
    };
    Ok(rows.iter().map(|row| (row.id, name(row))).collect())
}

/// A clock in words.
pub(super) fn full(
    ctx: &Ctx,
    clock: &deadline::Model,
    (names, tasks, rules): (&Names, &TaskNames, &Rules),
) -> FullClock {
    let counted = rules.by(clock);
    let (kind, state) = clockwork::state(ctx, clock);
    let time = if counted.time.is_empty() {
        String::new()
    } else {
        format!("（{}）", counted.time)
    };
    FullClock {
        what: clockwork::purpose(clock, tasks),
        unit: names.unit(clock.owner_unit),
        since: clock::minute(clock.started_at),
        due: clock::minute(clock.due_at),
        kind,
        state,
        rule: format!("{}{time}", named(&clock.rule, &counted.name)),
        code: clock.rule_code.clone(),
        version: clock.rule_version,
        on_expiry: counted.on_expiry,
        next: next(ctx, clock),
        guessed: clock.calendar_guessed,
    }
}

pub(super) fn next(ctx: &Ctx, clock: &deadline::Model) -> String {
    match (clock.met_at, clock.cancelled_at, clock.paused_at) {
        (Some(at), ..) => format!("{} 完成", clock::minute(at)),
        (None, Some(at), _) => format!("{} 停止", clock::minute(at)),
        (None, None, Some(at)) => {
            let reason = clock.pause_reason.as_deref().and_then(PauseReason::parse);
            let left = due::span((clock.due_at - at).max(chrono::TimeDelta::zero()));
            let reason = reason.map_or("停表", PauseReason::label);
            format!("{reason}，{} 起停表；恢复后还剩 {left}", clock::minute(at))
        }
        (None, None, None) => {
            let told = clocks::next_in_words(clock);
            // The worker comes by every few seconds.
            match clock.next_at {
                Some(at) if at <= ctx.now => format!("{told}（即将处理）"),
                _ => told,
            }
        }
    }
}
