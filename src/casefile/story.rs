//! The timeline: when it happened, when it was entered, who, what.

use super::actions::Powers;
use super::names::Names;
use crate::clock;
use crate::entity::case_event;
use crate::error::Result;
use crate::journal::Act;
use crate::rules::level::RiskLevel;
use crate::rules::policy::{Action, Role};
use crate::state::App;
use crate::vault::Slot;
use chrono::TimeDelta;
use serde_json::Value;

/// One event.
pub(crate) struct Happening {
    pub(crate) at: String,
    /// When it was entered, where that was later.
    pub(crate) entered: Option<String>,
    pub(crate) who: String,
    pub(crate) what: &'static str,
    pub(crate) tone: &'static str,
    pub(crate) text: Option<String>,
    pub(crate) refs: Vec<String>,
}

/// The events that this person may read, in words.
pub(crate) fn rows(
    app: &App,
    powers: &Powers,
    events: Vec<case_event::Model>,
    names: &Names,
) -> Result<Vec<Happening>> {
    events
        .into_iter()
        .filter(|event| shown(powers, event))
        .map(|event| row(app, powers, &event, names))
        .collect()
}

/// Who opened the reporter's name and who is recused is not everybody's.
fn shown(powers: &Powers, event: &case_event::Model) -> bool {
    match Act::parse(&event.kind) {
        Some(Act::ReporterOpened) => powers.may(Action::OpenReporter),
        Some(Act::RecusalDeclared) => powers.may(Action::Dispatch),
        Some(Act::IdentityShown) => powers.role() != Role::Village,
        _ => true,
    }
}

/// A village reads the words of its own entries only; so does whoever took the
/// call, who is told what was done but not what was found.
fn readable(powers: &Powers, event: &case_event::Model) -> bool {
    match powers.role() {
        Role::Village => event.actor_unit == powers.unit(),
        _ => powers.may(Action::ReadWork) || event.actor_id == Some(powers.account()),
    }
}

fn row(app: &App, powers: &Powers, event: &case_event::Model, names: &Names) -> Result<Happening> {
    let act = Act::parse(&event.kind);
    let sealed = event.text.as_ref().filter(|_| readable(powers, event));
    let late = event.entered_at - event.happened_at > TimeDelta::minutes(1);
    let unit = event
        .actor_unit
        .map(|id| format!(" · {}", names.unit(id)))
        .unwrap_or_default();
    Ok(Happening {
        at: clock::minute(event.happened_at),
        entered: late.then(|| clock::minute(event.entered_at)),
        who: format!("{}{unit}", names.person(event.actor_id)),
        what: act.map_or("记录", Act::label),
        tone: act.map_or("", tone),
        text: app.vault.open_some(Slot::new("case_event", "text", event.id), sealed)?,
        refs: if powers.role() == Role::Village {
            Vec::new()
        } else {
            words(act, &event.refs, powers.may(Action::ReadWork))
        },
    })
}

fn tone(act: Act) -> &'static str {
    match act {
        Act::ReturnAsked
        | Act::DisputeOpened
        | Act::OrderUrged
        | Act::UrgingPaper
        | Act::UrgingBulletin
        | Act::SupervisionOpened
        | Act::ResultSentBack
        | Act::RiskRaised
        | Act::DeadlineMissed
        | Act::DeadlineEscalated
        | Act::CloseRefused => "bad",
        Act::CaseSigned | Act::ResultAccepted | Act::CloseApproved | Act::TaskAccepted | Act::VisitAccepted => "good",
        _ => "",
    }
}

/// The codes of an event that say something to a reader; whoever may not read
/// how the case is handled is told of levels and units only.
fn words(act: Option<Act>, refs: &Value, reads: bool) -> Vec<String> {
    let mut said = Vec::new();
    let text = |key: &str| refs.get(key).and_then(Value::as_str);
    let level = |key: &str| text(key).and_then(RiskLevel::parse).map(RiskLevel::label);
    match (level("from"), level("to")) {
        (Some(from), Some(to)) => said.push(format!("{from} 改为 {to}")),
        (None, Some(to)) => said.push(format!("改为 {to}")),
        _ => {}
    }
    if reads {
        said.extend(work_words(act, refs));
    }
    if let Some(level) = level("level") {
        said.push(format!("等级 {level}"));
    }
    if let Some(unit) = text("lead") {
        said.push(format!("主办 {unit}"));
    }
    for key in ["steps", "skipped"] {
        for step in refs.get(key).and_then(Value::as_array).into_iter().flatten() {
            if let (Some(rule), Some(why)) = (step.get(0).and_then(Value::as_str), step.get(1).and_then(Value::as_str))
            {
                said.push(format!("{rule} {why}"));
            }
        }
    }
    said
}

/// Tasks, visits and goals by their numbers.
fn work_words(act: Option<Act>, refs: &Value) -> Vec<String> {
    let mut said = Vec::new();
    let text = |key: &str| refs.get(key).and_then(Value::as_str);
    if let (Some(number), Some(kind)) = (text("number"), text("type")) {
        // Only the line of the opening names the unit that does it.
        let unit = text("unit").filter(|_| act == Some(Act::TaskOpened));
        said.push(unit.map_or_else(
            || format!("{number} {kind}"),
            |unit| format!("{number} {kind} · {unit}"),
        ));
    } else if let Some(number) = text("number") {
        said.push(format!("走访 {number}"));
    }
    for key in ["sheet_no", "sheet_level", "cause", "side"] {
        said.extend(text(key).map(str::to_owned));
    }
    if let Some(dimension) = text("dimension") {
        said.push(format!("维度 {dimension}"));
    }
    said
}
