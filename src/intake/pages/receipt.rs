//! After saving: what happens next, what to tell the caller, the way back.

use super::options;
use super::plan;
use super::templates::ReceiptPage;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::report;
use crate::error::{FieldError, Result};
use crate::intake::planning;
use crate::intake::{self, Reading, State, UNDO_MINUTES};
use crate::knowledge;
use crate::referrals;
use crate::rules::level::RiskLevel;
use crate::state::App;
use crate::web::{Shell, render_with};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};

/// Shows the receipt of a report that left the draft.
///
/// # Errors
/// When the database refuses.
pub(super) async fn show(app: &App, ctx: &Ctx, reading: Reading) -> Result<Response> {
    show_with(app, ctx, reading, Vec::new()).await
}

/// The same, with faults of what was tried on it.
///
/// # Errors
/// When the database refuses.
pub(super) async fn show_with(app: &App, ctx: &Ctx, reading: Reading, errors: Vec<FieldError>) -> Result<Response> {
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let report = &reading.report;
    let plan = match (reading.state, report.case_id) {
        (State::Routed, Some(case)) => plan::of_case(app, case, ctx.now).await?,
        _ => Vec::new(),
    };
    let level = shown_level(&reading);
    let line = line(app, report).await?;
    let page = ReceiptPage {
        shell: Shell::new(app, ctx, "受理回执", "/intake").errors(errors),
        id: report.id.to_string(),
        version: report.version,
        number: report.number.clone(),
        outcome: outcome(&reading, &line),
        saved_at: clock::minute(report.decided_at.or(report.submitted_at).unwrap_or(report.started_at)),
        level: level.map_or(0, RiskLevel::number),
        level_label: level.map_or("", RiskLevel::label).to_owned(),
        case_number: reading.case_number.clone().unwrap_or_default(),
        case_href: report.case_id.map(|case| format!("/cases/{case}")),
        skipped: plan.iter().filter(|line| line.skipped).count(),
        plan,
        call_owed: call_owed(app, &reading).await?,
        lines: options::emergency_lines(),
        gaps: gaps(app, &reading).await?,
        tell: tell(&reading, &line),
        handed: referrals::of_report(app, ctx, report).await?,
        cited: knowledge::citations(app, report.id).await?,
        undo_until: undo_until(report, reading.state, ctx.now)
            .map(|at| clock::minute(at).get(11..).unwrap_or_default().to_owned()),
    };
    render_with(status, &page)
}

fn shown_level(reading: &Reading) -> Option<RiskLevel> {
    matches!(reading.state, State::Routed | State::Joined)
        .then_some(reading.report.level)
        .flatten()
        .and_then(RiskLevel::from_number)
}

/// What became of it, in words.
pub(super) fn outcome(reading: &Reading, line: &str) -> String {
    let case = reading.case_number.as_deref().unwrap_or_default();
    match reading.state {
        State::Routed => "已转办立案".to_owned(),
        State::Joined => format!("已并入 {case}"),
        State::Answered => "已答复办结".to_owned(),
        State::Referred => format!("已转介 {line}"),
        State::Screening => "不予受理，待班长复核".to_owned(),
        State::ScreenedOut => "已复核不予受理".to_owned(),
        State::Dismissed | State::Draft => reading.state.label().to_owned(),
    }
}

/// `12355 青少年服务台`.
///
/// # Errors
/// When the database refuses.
pub(super) async fn line(app: &App, report: &report::Model) -> Result<String> {
    match &report.referred_to {
        Some(code) => Ok(referrals::lines(app.db.read()).await?.label(code)),
        None => Ok(String::new()),
    }
}

/// What is still missing: noted on the case when it was opened.
async fn gaps(app: &App, reading: &Reading) -> Result<Vec<String>> {
    if reading.state != State::Routed {
        return Ok(Vec::new());
    }
    let called = !intake::emergency_calls(app, reading.report.id).await?.is_empty();
    let graded = planning::graded(&reading.input, 0);
    Ok(planning::gaps(&reading.input, &graded, called))
}

/// Whether the call was one of life and death and nobody was joined to it yet.
async fn call_owed(app: &App, reading: &Reading) -> Result<bool> {
    if reading.state != State::Routed || !planning::graded(&reading.input, 0).suggestion.life_danger {
        return Ok(false);
    }
    let calls = intake::emergency_calls(app, reading.report.id).await?;
    Ok(calls.iter().all(|call| call.line == intake::STARTED))
}

/// Sentences for the caller: the result in a suitable way, never the measures.
fn tell(reading: &Reading, line: &str) -> Vec<String> {
    let number = &reading.report.number;
    let mut lines = Vec::new();
    match reading.state {
        State::Routed | State::Joined => {
            lines.push(format!("已经受理，受理编号是 {number}。"));
            if reading.report.level == Some(RiskLevel::Red.number()) {
                lines.push("有关部门会马上处理；请不要自己上门，有危险先打 110。".to_owned());
            } else {
                lines.push("有关部门会按规定时限处理，情况有变化请随时再打来。".to_owned());
            }
            if reading.input.caller.safe_phone == Some(false) {
                lines.push("我们不会回拨这个号码。".to_owned());
            }
        }
        State::Answered => lines.push(format!("受理编号是 {number}，还有疑问可以再打来。")),
        State::Referred => lines.push(format!("请拨打 {line}。")),
        _ => {}
    }
    lines
}

/// Until when it may be taken back.
fn undo_until(report: &report::Model, state: State, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let until = report.decided_at? + TimeDelta::minutes(UNDO_MINUTES);
    let open = matches!(state, State::Answered | State::Referred | State::Joined) && until > now;
    open.then_some(until)
}
