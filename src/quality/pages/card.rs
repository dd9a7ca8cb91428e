//! One review: scored, read by whoever took the call, objected to, ruled on.

use super::{Fields, HOME, MINE, seen, value};
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::intake::Reading;
use crate::quality::{self, Card, Ruling, Scored};
use crate::rules::codes;
use crate::rules::level::RiskLevel;
use crate::rules::policy::QualityAction;
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Choice, Form, Shell, render_with};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

/// An item with what was found or is typed.
struct Line {
    label: String,
    note_label: String,
    /// Ids of its two controls.
    mark_id: String,
    note_id: String,
    hint: String,
    fatal: bool,
    choices: Vec<Choice>,
    /// What is in the field, or what was found.
    mark: String,
    note: String,
}

struct Fact {
    label: &'static str,
    value: String,
}

#[derive(Template)]
#[template(path = "quality/card.html")]
struct CardPage {
    shell: Shell,
    card: Card,
    home: &'static str,
    lines: Vec<Line>,
    facts: Vec<Fact>,
    answers: Vec<(String, &'static str)>,
    content: String,
    score: String,
    before: String,
    finished: String,
    ruled: String,
    scores: bool,
    objects: bool,
    rules: bool,
    comment: String,
    objection: String,
    rulings: Vec<Choice>,
    ruling_note: String,
}

/// What was typed last, and what was wrong with it.
#[derive(Default)]
struct Typed {
    fields: Option<Fields>,
    errors: Vec<FieldError>,
    stale: Option<(i32, i32)>,
    flash: Option<String>,
}

const RULINGS: [(&str, &str); 2] = [("kept", "维持原评分"), ("changed", "更改评分（在下面逐项重评）")];

fn lines(card: &Card, fields: Option<&Fields>) -> Vec<Line> {
    let line = |item: &crate::rules::quality::Item| {
        let (mark_id, note_id) = (format!("m_{}", item.code), format!("n_{}", item.code));
        let found = card.marks.get(&item.code).map(|mark| match (item.fatal, mark) {
            (true, 0) => "no".to_owned(),
            (true, _) => "yes".to_owned(),
            (false, points) => points.to_string(),
        });
        let known = card.notes.get(&item.code).cloned();
        let mark = fields.map_or_else(
            || found.unwrap_or_default(),
            |fields| value(fields, &mark_id).to_owned(),
        );
        let note = fields.map_or_else(
            || known.unwrap_or_default(),
            |fields| value(fields, &note_id).to_owned(),
        );
        Line {
            label: format!("{} {}", item.code, item.text),
            note_label: format!("{} 意见", item.code),
            hint: if item.fatal {
                "一票否决".to_owned()
            } else {
                format!("0 至 {} 分", item.max)
            },
            fatal: item.fatal,
            choices: Choice::list(&[("no", "没有"), ("yes", "有")], &mark),
            mark_id,
            note_id,
            mark,
            note,
        }
    };
    card.sheet.items.iter().map(line).collect()
}

fn facts(reading: &Reading) -> Vec<Fact> {
    let report = &reading.report;
    let level = |level: Option<i16>| {
        level
            .and_then(RiskLevel::from_number)
            .map_or("未定级", RiskLevel::label)
    };
    let types: Vec<&str> = report
        .case_types
        .0
        .iter()
        .filter_map(|code| codes::case_type(code))
        .map(|kind| kind.name.as_str())
        .collect();
    let names = types.join("、");
    let fact = |label, value: &str| Fact {
        label,
        value: value.to_owned(),
    };
    let channel = codes::channel(&report.channel).map_or("", |row| row.name.as_str());
    let demand = codes::demand_type(&report.demand_type).map_or("", |row| row.name.as_str());
    let mut rows = vec![
        fact("收到", &clock::minute(report.started_at)),
        fact("渠道、诉求", &format!("{channel}，{demand}")),
        fact("案件类型", if types.is_empty() { "未登记" } else { names.as_str() }),
        fact(
            "建议等级 → 确认等级",
            &format!("{} → {}", level(report.suggested_level), level(report.level)),
        ),
        fact("去向", reading.state.label()),
    ];
    rows.extend(reading.case_number.as_deref().map(|number| fact("个案", number)));
    rows.extend(reading.note.as_deref().map(|note| fact("答复或说明", note)));
    rows
}

fn answers(reading: &Reading) -> Vec<(String, &'static str)> {
    let choices = reading.input.choices();
    let rows = codes::safety_questions().iter();
    rows.filter_map(|row| Some((row.text.clone(), choices.get(&row.code)?.label())))
        .collect()
}

async fn page(app: &App, ctx: &Ctx, id: Uuid, typed: Typed) -> Result<Response> {
    let card = quality::view(app, ctx, id).await?;
    let fields = typed.fields.as_ref();
    let of =
        |name: &str, stored: &str| fields.map_or_else(|| stored.to_owned(), |fields| value(fields, name).to_owned());
    let shell = Shell::new(
        app,
        ctx,
        &format!("质检 {}", card.number),
        if card.own { MINE } else { HOME },
    );
    let told = |points: Option<i32>| match (points, card.row.full) {
        (Some(points), Some(full)) if card.state.is_told() => format!("{points} / {full}"),
        _ => String::new(),
    };
    let reading = card.reading.as_ref();
    let page = CardPage {
        shell: shell.errors(typed.errors).stale(typed.stale).flash(typed.flash),
        home: if card.own { MINE } else { HOME },
        lines: lines(&card, fields),
        facts: reading.map(facts).unwrap_or_default(),
        answers: reading.map(answers).unwrap_or_default(),
        content: reading
            .and_then(|reading| reading.input.content.clone())
            .unwrap_or_default(),
        score: told(card.row.points),
        before: told(card.row.points_before),
        finished: card.row.finished_at.map(clock::minute).unwrap_or_default(),
        ruled: card.row.ruled_at.map(clock::minute).unwrap_or_default(),
        scores: card.may(QualityAction::Score),
        objects: card.may(QualityAction::Object),
        rules: card.may(QualityAction::Rule),
        comment: of("comment", &card.comment),
        objection: of("objection", ""),
        rulings: Choice::list(&RULINGS, &of("ruling", "")),
        ruling_note: of("ruling_note", ""),
        card,
    };
    render_with(page.shell.status(), &page)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct After {
    saved: String,
}

/// `GET /quality/reviews/{id}`
pub(super) async fn show(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Query(after): Query<After>,
) -> Result<Response> {
    let flash = match after.saved.as_str() {
        "draft" => Some("评分草稿已保存，评定前只有班长和市级可见"),
        "finished" => Some("已评定，受理人可以看到评分和意见"),
        "objected" => Some("申诉已提交，由评分人以外的班长或市级裁定"),
        "ruled" => Some("申诉已裁定"),
        _ => None,
    };
    let typed = Typed {
        flash: flash.map(str::to_owned),
        ..Typed::default()
    };
    page(&app, &ctx, id, typed).await
}

/// Leads on, or shows the form with what was typed in it.
async fn answered(
    app: &App,
    ctx: &Ctx,
    (id, what): (Uuid, &str),
    fields: Fields,
    done: Result<()>,
) -> Result<Response> {
    let typed = match done {
        Ok(()) => return Ok(see_other(&format!("/quality/reviews/{id}?saved={what}"))),
        Err(Error::Invalid(errors)) => Typed {
            fields: Some(fields),
            errors,
            ..Typed::default()
        },
        Err(Error::Stale { seen, now }) => Typed {
            fields: Some(fields),
            stale: Some((seen, now)),
            ..Typed::default()
        },
        Err(error) => return Err(error),
    };
    page(app, ctx, id, typed).await
}

fn scored(fields: &Fields) -> Scored {
    let part = |prefix: &str| {
        let found = fields.iter().filter_map(|(name, value)| {
            let code = name.strip_prefix(prefix)?;
            Some((code.to_owned(), value.clone()))
        });
        found.collect()
    };
    Scored {
        marks: part("m_"),
        notes: part("n_"),
        comment: value(fields, "comment").to_owned(),
    }
}

/// `POST /quality/reviews/{id}`: `step` is `save` or `finish`.
pub(super) async fn save(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Form(fields): Form<Fields>,
) -> Result<Response> {
    let finish = match value(&fields, "step") {
        "finish" => Some(true),
        "save" => Some(false),
        _ => None,
    };
    let done = match finish {
        Some(finish) => quality::save(&app, &ctx, (id, seen(&fields)), &scored(&fields), finish).await,
        None => Err(Error::field("", "选择保存草稿或评定")),
    };
    let what = if finish == Some(true) { "finished" } else { "draft" };
    answered(&app, &ctx, (id, what), fields, done).await
}

/// `POST /quality/reviews/{id}/objection`
pub(super) async fn object(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Form(fields): Form<Fields>,
) -> Result<Response> {
    let done = quality::object(&app, &ctx, (id, seen(&fields)), value(&fields, "objection")).await;
    answered(&app, &ctx, (id, "objected"), fields, done).await
}

/// `POST /quality/reviews/{id}/ruling`
pub(super) async fn rule(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Form(fields): Form<Fields>,
) -> Result<Response> {
    let ruling = Ruling {
        ruling: value(&fields, "ruling").to_owned(),
        note: value(&fields, "ruling_note").to_owned(),
        scored: scored(&fields),
    };
    let done = quality::rule(&app, &ctx, (id, seen(&fields)), &ruling).await;
    answered(&app, &ctx, (id, "ruled"), fields, done).await
}

impl CardPage {
    fn is_judge(&self) -> bool {
        !self.card.own
    }
}
