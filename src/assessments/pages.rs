//! The form of an assessment: what was found, the scale, the child's opinion.
//! A preview shows the score and keeps nothing.

use super::input::{CONCLUSIONS, INTERVIEWED, Kind, NewAssessment, WAYS, bad_mark};
use crate::casework::fetch_for;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::protection_case;
use crate::error::{Error, FieldError, Result};
use crate::measures::date;
use crate::rules::assessment::{Dimension, Outcome, score};
use crate::rules::level::RiskLevel;
use crate::rules::policy::Action;
use crate::rules::workflow::Stage;
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Access, Choice, Form, Routes, Shell, render_with};
use anyhow::Context;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use std::collections::BTreeMap;
use uuid::Uuid;

pub(super) fn routes() -> Routes {
    let access = Access::CASEWORK;
    Routes::new()
        .get("/cases/{id}/assess/new", access, first)
        .post("/cases/{id}/assess/new", access, save_first)
        .get("/cases/{id}/review/new", access, review)
        .post("/cases/{id}/review/new", access, save_review)
}

/// Everything that was typed, field by field.
#[derive(Debug, Default)]
struct Typed(BTreeMap<String, Vec<String>>);

impl Typed {
    fn of(pairs: Vec<(String, String)>) -> Self {
        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in pairs {
            fields.entry(name).or_default().push(value);
        }
        Self(fields)
    }

    fn one(&self, name: &str) -> String {
        self.all(name).first().cloned().unwrap_or_default()
    }

    fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    fn has(&self, name: &str) -> bool {
        !self.one(name).is_empty()
    }

    /// The assessment, and what cannot be read of it.
    fn read(&self, kind: Kind) -> (NewAssessment, Vec<FieldError>) {
        let mut wrong = Vec::new();
        let on = date("on", &self.one("on")).unwrap_or_else(|fault| {
            wrong.push(fault);
            None
        });
        let mut marks = BTreeMap::new();
        for (name, values) in &self.0 {
            let (Some(code), Some(value)) = (name.strip_prefix("marks/"), values.first()) else {
                continue;
            };
            match value.as_str() {
                "" => {}
                "na" => {
                    marks.insert(code.to_owned(), None);
                }
                points => match points.parse() {
                    Ok(points) => {
                        marks.insert(code.to_owned(), Some(points));
                    }
                    Err(_) => wrong.push(FieldError::new(name, "从列表中选择分值")),
                },
            }
        }
        let new = NewAssessment {
            kind,
            ways: self.all("ways").to_vec(),
            on,
            who: self.one("who"),
            place: self.one("place"),
            interviewed: self.one("interviewed"),
            child_words: self.one("child_words"),
            scene: self.one("scene"),
            conclusion: self.one("conclusion"),
            temp_custody: self.has("temp_custody"),
            marks,
            vetoes: self.all("vetoes").to_vec(),
            child_opinion: self.one("child_opinion"),
            opinion_unsuitable: self.one("opinion_unsuitable"),
        };
        (new, wrong)
    }
}

struct Item {
    id: String,
    label: String,
    points: Vec<Choice>,
}

struct Veto {
    code: &'static str,
    text: &'static str,
    on: bool,
}

struct Part {
    label: &'static str,
    vetoes: Vec<Veto>,
    items: Vec<Item>,
}

struct PartScore {
    label: &'static str,
    points: u32,
    max: u32,
    level: i16,
    level_label: &'static str,
    veto: bool,
}

struct Score {
    level: i16,
    level_label: &'static str,
    effect: String,
    parts: Vec<PartScore>,
}

#[derive(Template)]
#[template(path = "assessments/new.html")]
struct NewPage {
    shell: Shell,
    case: Uuid,
    number: String,
    level: i16,
    level_label: &'static str,
    action: String,
    heading: &'static str,
    version: String,
    form: Fields,
    ways: Vec<Choice>,
    interviewed: Vec<Choice>,
    conclusions: Vec<Choice>,
    parts: Vec<Part>,
    score: Option<Score>,
}

struct Fields {
    on: String,
    who: String,
    place: String,
    child_words: String,
    scene: String,
    temp_custody: bool,
    child_opinion: String,
    opinion_unsuitable: String,
}

async fn first(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Response> {
    fresh(&app, &ctx, id, Kind::First).await
}

async fn review(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Response> {
    fresh(&app, &ctx, id, Kind::Review).await
}

async fn fresh(app: &App, ctx: &Ctx, id: Uuid, kind: Kind) -> Result<Response> {
    let typed = Typed::of(vec![
        ("on".to_owned(), clock::day(ctx.now).to_string()),
        ("who".to_owned(), ctx.name.clone()),
    ]);
    page(app, ctx, (id, kind), &typed, Answer::default()).await
}

type Pairs = Vec<(String, String)>;

async fn save_first(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Form(pairs): Form<Pairs>,
) -> Result<Response> {
    save(&app, &ctx, (id, Kind::First), pairs).await
}

async fn save_review(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Form(pairs): Form<Pairs>,
) -> Result<Response> {
    save(&app, &ctx, (id, Kind::Review), pairs).await
}

async fn save(app: &App, ctx: &Ctx, (id, kind): (Uuid, Kind), pairs: Pairs) -> Result<Response> {
    let typed = Typed::of(pairs);
    let (new, mut wrong) = typed.read(kind);
    if typed.has("preview") {
        return match score(&new.sheet()) {
            Ok(outcome) => page(app, ctx, (id, kind), &typed, Answer::scored(outcome)).await,
            Err(bad) => {
                wrong.extend(bad.iter().map(bad_mark));
                page(app, ctx, (id, kind), &typed, Answer::faulty(wrong)).await
            }
        };
    }
    let seen = typed
        .one("version")
        .parse()
        .map_err(|_| Error::BadRequest("页面已过期，刷新后重新提交".to_owned()))?;
    let saved = if wrong.is_empty() {
        super::assess(app, ctx, id, seen, &new).await.map(drop)
    } else {
        Err(Error::Invalid(wrong))
    };
    match saved {
        Ok(()) => Ok(see_other(&format!("/cases/{id}?done={}", kind.act().code()))),
        Err(Error::Invalid(errors)) => page(app, ctx, (id, kind), &typed, Answer::faulty(errors)).await,
        Err(Error::Stale { seen, now }) => page(app, ctx, (id, kind), &typed, Answer::stale(seen, now)).await,
        Err(error) => Err(error),
    }
}

/// What the page says about the last submission.
#[derive(Default)]
struct Answer {
    outcome: Option<Outcome>,
    errors: Vec<FieldError>,
    stale: Option<(i32, i32)>,
}

impl Answer {
    fn scored(outcome: Outcome) -> Self {
        Self {
            outcome: Some(outcome),
            ..Self::default()
        }
    }

    fn faulty(errors: Vec<FieldError>) -> Self {
        Self {
            errors,
            ..Self::default()
        }
    }

    fn stale(seen: i32, now: i32) -> Self {
        Self {
            stale: Some((seen, now)),
            ..Self::default()
        }
    }
}

async fn page(app: &App, ctx: &Ctx, (id, kind): (Uuid, Kind), typed: &Typed, answer: Answer) -> Result<Response> {
    let case = fetch_for(app.db.read(), ctx, id, Action::Assess).await?;
    let stage = Stage::parse(&case.stage).context("stage in the database")?;
    stage.after(&kind.step())?;
    let current = RiskLevel::from_number(case.level).unwrap_or(RiskLevel::Red);
    let (path, heading) = match kind {
        Kind::First => ("assess", "调查评估"),
        Kind::Review => ("review", "复评"),
    };
    let page = NewPage {
        shell: Shell::new(app, ctx, heading, "/cases")
            .errors(answer.errors)
            .stale(answer.stale),
        case: id,
        level: case.level,
        level_label: current.label(),
        action: format!("/cases/{id}/{path}/new"),
        heading,
        version: version(typed, &case, answer.stale),
        form: fields(typed),
        ways: chosen(&WAYS, typed.all("ways")),
        interviewed: Choice::list(&INTERVIEWED, &typed.one("interviewed")),
        conclusions: Choice::list(&CONCLUSIONS, &typed.one("conclusion")),
        parts: parts(typed),
        score: answer.outcome.map(|outcome| shown(&outcome, current)),
        number: case.number,
    };
    render_with(page.shell.status(), &page)
}

/// The version that the person saw first, however often the page came back;
/// after a conflict the one they were told of.
fn version(typed: &Typed, case: &protection_case::Model, stale: Option<(i32, i32)>) -> String {
    if stale.is_none() && typed.has("version") {
        typed.one("version")
    } else {
        case.version.to_string()
    }
}

fn fields(typed: &Typed) -> Fields {
    Fields {
        on: typed.one("on"),
        who: typed.one("who"),
        place: typed.one("place"),
        child_words: typed.one("child_words"),
        scene: typed.one("scene"),
        temp_custody: typed.has("temp_custody"),
        child_opinion: typed.one("child_opinion"),
        opinion_unsuitable: typed.one("opinion_unsuitable"),
    }
}

fn chosen(options: &[(&str, &str)], on: &[String]) -> Vec<Choice> {
    let mut choices = Choice::list(options, "");
    for choice in &mut choices {
        choice.on = on.contains(&choice.code);
    }
    choices
}

fn parts(typed: &Typed) -> Vec<Part> {
    let part = |dimension: Dimension| Part {
        label: dimension.label(),
        vetoes: dimension
            .items()
            .filter(|item| item.veto)
            .map(|item| Veto {
                code: &item.code,
                text: &item.text,
                on: typed.all("vetoes").contains(&item.code),
            })
            .collect(),
        items: dimension
            .items()
            .filter(|item| !item.veto)
            .map(|item| {
                let id = format!("marks/{}", item.code);
                let given = typed.one(&id);
                let mut points = vec![Choice::new("na", "不适用", &given)];
                points.extend((0..=item.max).rev().map(|n| {
                    let n = n.to_string();
                    Choice::new(&n, &format!("{n} / {} 分", item.max), &given)
                }));
                Item {
                    label: if item.group == item.text {
                        item.text.clone()
                    } else {
                        format!("{}·{}", item.group, item.text)
                    },
                    id,
                    points,
                }
            })
            .collect(),
    };
    Dimension::ALL.map(part).into()
}

fn shown(outcome: &Outcome, current: RiskLevel) -> Score {
    let effect = if outcome.level.above(current) {
        "高于当前等级，保存后立即上调"
    } else if current.above(outcome.level) {
        "低于当前等级，保存后报县级确认，确认前等级不变"
    } else {
        "与当前等级相同"
    };
    let parts = outcome.dimensions.iter().map(|result| PartScore {
        label: result.dimension.label(),
        points: result.points,
        max: result.max,
        level: result.level.map_or(0, RiskLevel::number),
        level_label: result.level.map_or("不适用", RiskLevel::label),
        veto: !result.vetoes.is_empty(),
    });
    Score {
        level: outcome.level.number(),
        level_label: outcome.level.label(),
        effect: effect.to_owned(),
        parts: parts.collect(),
    }
}
