//! The desk page and its panels, made from operations' answers.

use super::convert;
use super::fields::Fields;
use super::options;
use super::plan;
use super::templates::{Advice, CallerPanel, CallerRow, DeskPage, Duplicate, Emergency, EmergencyEntry, Place, Reason};
use crate::clock;
use crate::ctx::Ctx;
use crate::directory;
use crate::entity::report;
use crate::error::{FieldError, Result};
use crate::intake::{self, Candidate, ReportInput};
use crate::referrals;
use crate::rules::codes;
use crate::state::App;
use crate::vault::normalise;
use crate::web::{Shell, render_with};
use axum::http::StatusCode;
use axum::response::Response;
use uuid::Uuid;

/// What is said to a child who calls, before and after the questions.
const TO_A_CHILD: [&str; 2] = [
    "先说：打来电话是对的，慢慢说，我在听。",
    "不追问经过，不问“为什么”；已答过的不再问；告诉孩子接下来谁会来。",
];

/// How many questions the panel reminds of at a time.
const REMIND: usize = 4;

/// A desk to be shown.
pub(super) struct Desk {
    pub report: report::Model,
    pub fields: Fields,
    pub input: ReportInput,
    pub errors: Vec<FieldError>,
}

/// Shows the desk with everything that was typed.
///
/// # Errors
/// When the database refuses.
pub(super) async fn show(app: &App, ctx: &Ctx, status: StatusCode, desk: Desk) -> Result<Response> {
    let id = desk.report.id;
    let advice = advice(app, ctx, &desk.input, id).await?;
    let caller = caller(app, ctx, &desk.fields.caller_phone).await?;
    let mut emergency = emergency(app, ctx, id).await?;
    let fields = &desk.fields;
    if desk.errors.iter().any(|error| error.field.starts_with("emergency_")) {
        emergency.keep(fields);
    }
    let shell = Shell::new(app, ctx, "来电登记", "/intake").errors(desk.errors);
    let page = DeskPage {
        shell,
        id: id.to_string(),
        version: desk.report.version,
        number: desk.report.number.clone(),
        call_state: call_state(&desk.report).to_owned(),
        live: desk.report.channel == "phone",
        started_at: desk.report.started_at.to_rfc3339(),
        now_iso: ctx.now.to_rfc3339(),
        saved_at: fields.kept_at.map(clock::second),
        form: fields.to_form(),
        questions: options::questions(fields),
        children: fields.rows_to_show(),
        case_types: options::case_types(),
        mandatory: options::mandatory(&fields.mandatory_situations),
        flags: options::flags(&fields.danger_flags),
        reporters: options::reporters(&fields.reporter_type),
        relations: options::relations(&fields.relation_to_child),
        suspects: options::suspects(&fields.suspect_relation),
        officials: options::officials(&fields.involved_official),
        cohabiting: options::cohabiting(&fields.cohabiting_suspect),
        safe_phone: options::safe_phone(&fields.safe_phone),
        reported: options::reported(&fields.reported_to_police),
        demand_types: options::demand_types(&fields.demand_type),
        channels: options::channels(&fields.channel),
        levels: options::levels(&fields.urgency),
        lines: options::lines(&referrals::lines(app.db.read()).await?, &fields.referred_to),
        referral: Box::pin(referrals::panel(app, ctx, &desk.report)).await?,
        advice,
        caller,
        emergency,
    };
    render_with(status, &page)
}

fn call_state(report: &report::Model) -> &'static str {
    match report.channel.as_str() {
        "phone" => "通话中",
        "hotline_12345" => "12345 转来",
        _ => "登记中",
    }
}

/// The panel beside the form.
///
/// # Errors
/// When the database refuses.
pub(super) async fn advice(app: &App, ctx: &Ctx, input: &ReportInput, id: Uuid) -> Result<Advice> {
    let found = intake::advice(app, ctx, input, Some(id)).await?;
    let (script_title, script) = script(input);
    let mut panel = Advice {
        level_label: "待判断".to_owned(),
        duplicates: found.duplicates.into_iter().map(duplicate).collect(),
        script_title,
        script,
        asking: if is_child(input) {
            Box::pin(intake::asking(app, ctx, input, id)).await?
        } else {
            Vec::new()
        },
        services: match input.location() {
            Some(place) => directory::nearest(app.db.read(), &place).await?,
            None => Vec::new(),
        },
        ..Advice::default()
    };
    if found.blank {
        return Ok(panel);
    }
    let level = found.suggestion.level;
    panel.level = level.number();
    level.label().clone_into(&mut panel.level_label);
    panel.response = codes::risk_level(level.code()).map_or_else(String::new, |row| row.response.clone());
    panel.reasons = found
        .suggestion
        .reasons
        .into_iter()
        .map(|reason| Reason {
            rule: rule_words(&reason.rule, &reason.text),
            text: reason.text,
        })
        .collect();
    panel.plan = found
        .plan
        .as_ref()
        .map_or_else(Vec::new, |made| plan::of_plan(made, ctx.now));
    panel.gaps = found.gaps;
    Ok(panel)
}

/// The rule beside a reason: a code that staff know, never an inner word, and
/// nothing that the words say themselves.
fn rule_words(rule: &str, text: &str) -> String {
    let known = rule.starts_with(|c: char| c.is_ascii_digit() || c.is_ascii_uppercase());
    if known && !text.contains(rule) {
        rule.to_owned()
    } else {
        String::new()
    }
}

fn duplicate(found: Candidate) -> Duplicate {
    Duplicate {
        case_id: found.case.to_string(),
        number: found.number,
        href: found.visible.then(|| format!("/cases/{}", found.case)),
        what: found.summary.unwrap_or_else(|| "无权查看".to_owned()),
        why: found.fields.join("、"),
        open: found.open,
        decided: found.decided.map_or("", intake::Decision::label).to_owned(),
    }
}

/// Whether the child calls.
fn is_child(input: &ReportInput) -> bool {
    input.reporter_type.as_deref() == Some("V01")
}

/// What to ask next: the questions still open, or the words for a child.
fn script(input: &ReportInput) -> (String, Vec<String>) {
    if is_child(input) {
        let lines = TO_A_CHILD.iter().map(|line| (*line).to_owned()).collect();
        return ("孩子自己打来".to_owned(), lines);
    }
    let mut lines: Vec<String> = Vec::new();
    if input.location().is_none() {
        lines.push("孩子现在在哪个乡镇、哪个村（社区）？".to_owned());
    }
    let open = codes::safety_questions()
        .iter()
        .filter(|row| !input.answers.contains_key(&row.code))
        .map(|row| row.text.clone());
    lines.extend(open);
    lines.truncate(REMIND);
    ("接下来问".to_owned(), lines)
}

/// What is known of a number; nothing while it is too short to be one.
///
/// # Errors
/// When the database refuses.
pub(super) async fn caller(app: &App, ctx: &Ctx, phone: &str) -> Result<CallerPanel> {
    let digits = normalise(phone).chars().filter(char::is_ascii_digit).count();
    if digits < 7 {
        return Ok(CallerPanel::default());
    }
    let history = intake::caller_history(app, ctx, phone).await?;
    let summary = match history.in_90_days {
        0 if history.calls.is_empty() => "该号码首次来电".to_owned(),
        count => format!("该号码 90 天内来电 {count} 次"),
    };
    let rows = history.calls.into_iter().map(|call| CallerRow {
        time: clock::minute(call.at).get(5..).unwrap_or_default().to_owned(),
        matter: call.matter,
        result: call.result,
        href: match call.case {
            Some(case) => Some(format!("/cases/{case}")),
            None => call.visible.then(|| format!("/reports/{}", call.report)),
        },
    });
    let warning = if history.unsafe_phone {
        "上次注明：不可回拨"
    } else {
        ""
    };
    Ok(CallerPanel {
        summary,
        rows: rows.collect(),
        warning: warning.to_owned(),
    })
}

/// The panel of the 110/120 link-up; empty while it was not started.
///
/// # Errors
/// When the database refuses.
pub(super) async fn emergency(app: &App, ctx: &Ctx, id: Uuid) -> Result<Emergency> {
    let calls = intake::emergency_calls(app, id).await?;
    let names = plan::account_names(app, calls.iter().map(|call| call.by_account)).await?;
    let time = |at| clock::minute(at).get(11..).unwrap_or_default().to_owned();
    let entries = calls
        .iter()
        .filter(|call| call.line != intake::STARTED)
        .map(|call| {
            Ok(EmergencyEntry {
                time: time(call.at),
                line: call.line.clone(),
                receipt: intake::receipt(&app.vault, call)?.unwrap_or_default(),
                by: names.get(&call.by_account).cloned().unwrap_or_default(),
            })
        })
        .collect::<Result<_>>()?;
    Ok(Emergency {
        started_at: calls.first().map(|call| clock::second(call.at)),
        lines: options::emergency_lines(),
        time: time(ctx.now),
        receipt: String::new(),
        entries,
    })
}

impl Emergency {
    /// What was typed in the panel, right or wrong.
    pub(super) fn keep(&mut self, fields: &Fields) {
        for line in &mut self.lines {
            line.on = line.code == fields.emergency_line;
        }
        self.time.clone_from(&fields.emergency_time);
        self.receipt.clone_from(&fields.emergency_receipt);
    }
}

/// The desk as it was left: the stored report with every control as typed.
///
/// # Errors
/// When the database refuses.
pub(super) async fn stored(app: &App, reading: intake::Reading) -> Result<Desk> {
    let fields = convert::restore(app.db.read(), &reading.input).await?;
    Ok(Desk {
        report: reading.report,
        fields,
        input: reading.input,
        errors: Vec::new(),
    })
}

/// The words of a place, for lists.
#[must_use]
pub(super) fn place_words(place: &Place) -> String {
    if place.text.is_empty() {
        "未填".to_owned()
    } else {
        place.text.clone()
    }
}
