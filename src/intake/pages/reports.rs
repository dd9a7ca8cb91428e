//! Reports for reading: the list, and one report by its facts. Names are
//! masked and the reporter stays sealed.

use super::templates::{Choice, Fact, ReportPage, ReportRow, ReportsPage};
use super::{id_of, list, options, plan, receipt};
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::intake::{self, ChildInput, Narrowing, Reading, Reporter};
use crate::knowledge;
use crate::referrals;
use crate::rules::codes;
use crate::rules::level::{RiskLevel, Sensitivity};
use crate::rules::policy::Role;
use crate::state::App;
use crate::web::{Form, Shell, render, render_with};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

/// What the list is narrowed to, and where its next page begins.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    state: String,
    level: String,
    channel: String,
    cursor: Option<String>,
}

impl Asked {
    /// Words that mean nothing narrow nothing.
    fn narrowing(&self) -> Narrowing {
        let level = self.level.parse().ok().and_then(RiskLevel::from_number);
        Narrowing {
            state: intake::State::parse(&self.state),
            level,
            channel: codes::channel(&self.channel).map(|row| row.code.clone()),
            since: None,
        }
    }

    /// The address of a page of the same list.
    fn page(&self, cursor: Option<&str>) -> String {
        let narrowing = self.narrowing();
        let level = narrowing.level.map(|level| level.number().to_string());
        let pairs = [
            ("state", narrowing.state.map(|state| state.code().to_owned())),
            ("level", level),
            ("channel", narrowing.channel),
            ("cursor", cursor.map(str::to_owned)),
        ];
        let query: Vec<String> = pairs
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", value?)))
            .collect();
        format!("/reports?{}", query.join("&"))
    }
}

/// `GET /reports`
pub(super) async fn list(State(app): State<App>, ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response> {
    let found = intake::reports(&app, &ctx, &asked.narrowing(), asked.cursor.as_deref()).await?;
    let mut rows: Vec<ReportRow> = Vec::new();
    for row in found.rows {
        rows.push(list::report_row(&app, row).await?);
    }
    render(&ReportsPage {
        shell: Shell::new(&app, &ctx, "线索", "/reports"),
        states: states(&asked.state),
        levels: options::levels(&asked.level).split_off(1),
        channels: options::channels(&asked.channel),
        rows,
        prev: asked.cursor.as_ref().map(|_| asked.page(None)),
        next: found.next.map(|next| asked.page(Some(&next))),
    })
}

/// What may have become of a report; drafts are on the desk's own page.
fn states(chosen: &str) -> Vec<Choice> {
    let finished = intake::State::ALL
        .into_iter()
        .filter(|state| *state != intake::State::Draft);
    finished
        .map(|state| Choice {
            code: state.code().to_owned(),
            label: state.label().to_owned(),
            hint: String::new(),
            on: state.code() == chosen,
        })
        .collect()
}

/// `GET /reports/{id}`
pub(super) async fn one(State(app): State<App>, ctx: Ctx, Path(id): Path<String>) -> Result<Response> {
    let reading = intake::read(&app, &ctx, id_of(&id)?).await?;
    page(&app, &ctx, reading, (None, Vec::new())).await
}

/// Why the seal is broken.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Opening {
    reason: String,
}

/// `POST /reports/{id}/reporter`: the shift lead opens the reporter's vault.
pub(super) async fn open_reporter(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(form): Form<Opening>,
) -> Result<Response> {
    let id = id_of(&id)?;
    let (reporter, errors) = match intake::open_reporter(&app, &ctx, id, &form.reason).await {
        Ok(reporter) => (Some(reporter), Vec::new()),
        Err(Error::Invalid(errors)) => (None, errors),
        Err(error) => return Err(error),
    };
    let reading = intake::read(&app, &ctx, id).await?;
    page(&app, &ctx, reading, (reporter, errors)).await
}

async fn page(
    app: &App,
    ctx: &Ctx,
    reading: Reading,
    (opened, errors): (Option<Reporter>, Vec<FieldError>),
) -> Result<Response> {
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let report = &reading.report;
    let level = report.level.and_then(RiskLevel::from_number);
    let line = receipt::line(app, report).await?;
    let page = ReportPage {
        shell: Shell::new(app, ctx, "线索", "/reports").errors(errors),
        id: report.id.to_string(),
        number: report.number.clone(),
        level: level.map_or(0, RiskLevel::number),
        level_label: level.map_or("未定级", RiskLevel::label).to_owned(),
        outcome: receipt::outcome(&reading, &line),
        case_number: reading.case_number.clone().unwrap_or_default(),
        case_href: report.case_id.map(|case| format!("/cases/{case}")),
        desk_href: (reading.state == intake::State::Draft).then(|| format!("/intake/{}", report.id)),
        facts: facts(app, &reading).await?,
        content: reading.input.content.clone().unwrap_or_default(),
        by_phone: report.channel == "phone",
        registration: registration(&reading),
        children: reading.input.known_children().map(child_words).collect(),
        answers: answers(&reading),
        reasons: reasons(&reading),
        handed: referrals::of_report(app, ctx, report).await?,
        cited: knowledge::citations(app, report.id).await?,
        reporter: reporter_facts(app, &reading, opened.as_ref()).await?,
        sealed: opened.is_none(),
        reasons_to_open: if ctx.actor.role == Role::Lead && opened.is_none() {
            choices()
        } else {
            Vec::new()
        },
    };
    render_with(status, &page)
}

fn choices() -> Vec<Choice> {
    intake::REASONS
        .iter()
        .map(|(code, label)| Choice {
            code: (*code).to_owned(),
            label: (*label).to_owned(),
            ..Choice::default()
        })
        .collect()
}

fn fact(label: &str, value: impl Into<String>) -> Fact {
    Fact {
        label: label.to_owned(),
        value: value.into(),
    }
}

async fn facts(app: &App, reading: &Reading) -> Result<Vec<Fact>> {
    let report = &reading.report;
    let input = &reading.input;
    let term = |row: Option<&codes::Term>, code: &str| row.map_or(code.to_owned(), |row| row.name.clone());
    let people = plan::account_names(app, report.opened_by).await?;
    let by = report.opened_by.and_then(|id| people.get(&id).cloned());
    let place = async |at: Option<&intake::PlaceInput>| -> Result<String> {
        let code = at.and_then(|place| place.division.clone()).unwrap_or_default();
        let address = at.and_then(|place| place.address.clone()).unwrap_or_default();
        let words = format!("{} {address}", list::place_name(app, &code).await?);
        Ok(words.trim().to_owned())
    };
    let mut rows = vec![
        fact("收到", clock::minute(report.started_at)),
        fact("渠道", term(codes::channel(&report.channel), &report.channel)),
        fact(
            "诉求",
            term(codes::demand_type(&report.demand_type), &report.demand_type),
        ),
        fact("类型", types(&input.case_types)),
        fact("九类情形", joined(&input.mandatory_situations, situation)),
        fact("危险要素", joined(&input.danger_flags, flag)),
        fact("儿童现在地", place(input.child_location.as_ref()).await?),
        fact("事发地", place(input.incident_place.as_ref()).await?),
        fact("与嫌疑人同住", input.cohabiting().label()),
        fact(
            "密级",
            Sensitivity::from_number(report.sensitivity).map_or("", Sensitivity::label),
        ),
        fact("受理人", by.unwrap_or_else(|| "自动受理".to_owned())),
    ];
    if let Some(at) = report.decided_at.or(report.submitted_at) {
        rows.push(fact("处理", clock::minute(at)));
    }
    if let Some(note) = reading.note.clone().filter(|note| !note.is_empty()) {
        rows.push(fact("说明", note));
    }
    Ok(rows)
}

fn types(kinds: &[String]) -> String {
    joined(kinds, options::case_type_label)
}

fn situation(code: &str) -> String {
    codes::mandatory_situation(code).map_or_else(|| code.to_owned(), |row| format!("{code} {}", row.name))
}

fn flag(code: &str) -> String {
    codes::danger_flag(code).map_or_else(|| code.to_owned(), |row| row.name.clone())
}

fn joined(list: &[String], words: impl Fn(&str) -> String) -> String {
    if list.is_empty() {
        return "无".to_owned();
    }
    list.iter().map(|code| words(code)).collect::<Vec<_>>().join("；")
}

/// `李** · 女 · 约7岁 · 穿红校服`: never the whole name, never the number.
fn child_words(child: &ChildInput) -> String {
    let mut parts = vec![masked(child.name.as_deref().unwrap_or_default())];
    match child.sex() {
        "1" => parts.push("男".to_owned()),
        "2" => parts.push("女".to_owned()),
        _ => {}
    }
    if let Some(age) = child.age {
        parts.push(format!("约 {age} 岁"));
    }
    if let Some(feature) = child.feature.clone().filter(|text| !text.is_empty()) {
        parts.push(feature);
    }
    if child.id_number.as_deref().is_some_and(|number| !number.is_empty()) {
        parts.push("证件号已登记".to_owned());
    }
    parts.join(" · ")
}

/// The first character and as many stars as the name goes on.
fn masked(name: &str) -> String {
    let mut letters = name.trim().chars();
    match letters.next() {
        None => "姓名不详".to_owned(),
        Some(first) => format!("{first}{}", "*".repeat(letters.count().clamp(1, 3))),
    }
}

/// The answers to the ten questions, as far as they were asked.
fn answers(reading: &Reading) -> Vec<Fact> {
    let choices = reading.input.choices();
    codes::safety_questions()
        .iter()
        .filter_map(|row| Some(fact(&row.text, choices.get(&row.code)?.label())))
        .collect()
}

/// Why the level was suggested, as stored with the report.
fn reasons(reading: &Reading) -> Vec<String> {
    let rows = reading.report.suggestion.as_array().cloned().unwrap_or_default();
    rows.iter()
        .filter_map(|row| row.get(1).and_then(serde_json::Value::as_str))
        .map(str::to_owned)
        .collect()
}

/// What an obliged reporter wrote beyond every other report.
fn registration(reading: &Reading) -> Vec<Fact> {
    let form = intake::Registration::of(&reading.input).unwrap_or_default();
    form.said()
        .into_iter()
        .map(|(label, value)| fact(label, value))
        .collect()
}

/// The reporter: the kind for everybody, the rest only when it was opened.
async fn reporter_facts(app: &App, reading: &Reading, opened: Option<&Reporter>) -> Result<Vec<Fact>> {
    let report = &reading.report;
    let kind = report.reporter_type.as_deref();
    let kind = kind.and_then(codes::reporter_type).map_or("未问", |row| &row.name);
    let mut rows = vec![fact("身份", kind)];
    if let (Some(unit), Some(_)) = (report.unit_id, report.reporter_account) {
        let names = plan::unit_names(app.db.read(), [unit]).await?;
        rows.push(fact("上报单位", names.get(&unit).cloned().unwrap_or_default()));
    }
    let Some(reporter) = opened else {
        return Ok(rows);
    };
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "未留".to_owned());
    rows.push(fact("称呼", text(&reporter.name)));
    if let Some(position) = &reporter.position {
        rows.push(fact("岗位", position));
    }
    rows.push(fact("号码", text(&reporter.phone)));
    let safe = match reporter.safe_phone {
        Some(true) => "可以",
        Some(false) => "不可回拨",
        None => "未问",
    };
    rows.push(fact("回拨", safe));
    rows.push(fact("安全时段", text(&reporter.safe_time)));
    rows.push(fact("要求匿名", if reporter.anonymous { "是" } else { "否" }));
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_never_named_in_full() {
        let child = ChildInput {
            name: Some("欧阳小明".to_owned()),
            id_number: Some("140699201901010012".to_owned()),
            age: Some(7),
            ..ChildInput::default()
        };
        assert_eq!(child_words(&child), "欧*** · 约 7 岁 · 证件号已登记");
        assert_eq!(child_words(&ChildInput::default()), "姓名不详");
    }
}
