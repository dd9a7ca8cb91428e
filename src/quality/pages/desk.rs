//! `/quality`: drawing a sample, what waits, the counts, the samples; a sample
//! with its seed; one's own reviews.

use super::{HOME, MINE};
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::quality_sample;
use crate::error::{Error, FieldError, Result};
use crate::notices;
use crate::quality::shown::names;
use crate::quality::{self, Counts, Listed, Span};
use crate::rules::policy;
use crate::rules::quality::Quota;
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Form, Shell, render, render_with};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use chrono::{DateTime, Days, TimeDelta, Utc};
use sea_orm::{EntityTrait, QueryOrder, QuerySelect};
use serde::Deserialize;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Samples shown.
const SHOWN: u64 = 30;

pub(super) struct Row {
    pub(super) href: Option<String>,
    pub(super) number: String,
    pub(super) at: String,
    pub(super) outcome: &'static str,
    pub(super) agent: String,
    pub(super) state: &'static str,
    pub(super) mark: &'static str,
    pub(super) score: String,
    pub(super) fatal: bool,
}

fn row(listed: Listed) -> Row {
    Row {
        href: listed.opens.then(|| format!("/quality/reviews/{}", listed.row.id)),
        at: clock::minute(listed.at),
        outcome: listed.outcome,
        state: listed.state.label(),
        mark: listed.state.mark(),
        score: listed.score(),
        fatal: listed.row.fatal && listed.state.is_told(),
        number: listed.number,
        agent: listed.agent,
    }
}

struct SampleRow {
    id: Uuid,
    number: String,
    span: String,
    size: i32,
    drawn: i32,
    by: String,
    at: String,
}

#[derive(Template)]
#[template(path = "quality/desk.html")]
struct DeskPage {
    shell: Shell,
    keeps: bool,
    /// Whether the person takes calls as well.
    takes: bool,
    sample_id: Uuid,
    from: String,
    until: String,
    quota: Quota,
    sheet: i32,
    waiting: Vec<Row>,
    counts: Vec<Counts>,
    samples: Vec<SampleRow>,
}

/// Which span the form proposes.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Proposed {
    span: String,
}

/// Yesterday, or the shift before this one.
fn proposed(now: DateTime<Utc>, span: &str) -> Span {
    if span == "shift" {
        let until = notices::this_shift(now);
        let from = notices::this_shift(until - TimeDelta::seconds(1));
        return Span { from, until };
    }
    let today = clock::day(now);
    let midnight = |day| clock::midnight(day).unwrap_or(now);
    Span {
        from: midnight(today.checked_sub_days(Days::new(1)).unwrap_or(today)),
        until: midnight(today),
    }
}

/// `GET /quality`
pub(super) async fn show(State(app): State<App>, ctx: Ctx, Query(asked): Query<Proposed>) -> Result<Response> {
    let span = proposed(ctx.now, &asked.span);
    let typed = Drawing {
        sample_id: String::new(),
        from: clock::minute(span.from),
        until: clock::minute(span.until),
    };
    page(&app, &ctx, typed, Vec::new()).await
}

async fn page(app: &App, ctx: &Ctx, typed: Drawing, errors: Vec<FieldError>) -> Result<Response> {
    let keeps = policy::keeps_quality(ctx.actor.role);
    let sheet = quality::sheet(app.db.read()).await?;
    let (waiting, counts) = if keeps {
        (quality::open(app, ctx).await?, quality::counts(app, ctx).await?)
    } else {
        (Vec::new(), Vec::new())
    };
    let page = DeskPage {
        shell: Shell::new(app, ctx, "质检", HOME).errors(errors),
        keeps,
        takes: policy::takes_reports(ctx.actor.role),
        sample_id: Uuid::parse_str(&typed.sample_id).unwrap_or_else(|_| ctx.new_id()),
        from: typed.from,
        until: typed.until,
        quota: sheet.quota,
        sheet: sheet.version,
        waiting: waiting.into_iter().map(row).collect(),
        counts,
        samples: samples(app).await?,
    };
    render_with(page.shell.status(), &page)
}

async fn samples(app: &App) -> Result<Vec<SampleRow>> {
    let rows = quality_sample::Entity::find()
        .order_by_desc(quality_sample::Column::DrawnAt)
        .order_by_desc(quality_sample::Column::Id)
        .limit(SHOWN)
        .all(app.db.read())
        .await?;
    let names = names(app, rows.iter().map(|row| row.drawn_by).collect()).await?;
    let shown = |row: quality_sample::Model| SampleRow {
        id: row.id,
        span: span_words(&row),
        size: row.size,
        drawn: row.drawn,
        by: names.get(&row.drawn_by).cloned().unwrap_or_default(),
        at: clock::minute(row.drawn_at),
        number: row.number,
    };
    Ok(rows.into_iter().map(shown).collect())
}

fn span_words(row: &quality_sample::Model) -> String {
    format!("{} 至 {}", clock::minute(row.from_at), clock::minute(row.until_at))
}

/// What is typed to draw a sample.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Drawing {
    /// Made with the form: sent twice it is one sample.
    sample_id: String,
    from: String,
    until: String,
}

impl Drawing {
    fn span(&self) -> Result<Span> {
        let mut faults = Vec::new();
        let mut read = |field: &str, label: &str, text: &str| {
            let found = clock::read_minute(text);
            if found.is_none() {
                let text = format!("填写{label}，如 2026-11-23 08:00");
                faults.push(FieldError::new(field, &text));
            }
            found
        };
        let (from, until) = (read("from", "时段起", &self.from), read("until", "时段止", &self.until));
        match (from, until) {
            (Some(from), Some(until)) => Ok(Span { from, until }),
            _ => Err(Error::Invalid(faults)),
        }
    }
}

/// `POST /quality/draw`
pub(super) async fn draw(State(app): State<App>, ctx: Ctx, Form(typed): Form<Drawing>) -> Result<Response> {
    let id = Uuid::parse_str(&typed.sample_id).ok();
    let drawn = match typed.span() {
        Ok(span) => quality::draw(&app, &ctx, id, span).await,
        Err(error) => Err(error),
    };
    match drawn {
        Ok(sample) => Ok(see_other(&format!("/quality/samples/{}", sample.id))),
        Err(Error::Invalid(faults)) => page(&app, &ctx, typed, faults).await,
        Err(error) => Err(error),
    }
}

#[derive(Template)]
#[template(path = "quality/sample.html")]
struct SamplePage {
    shell: Shell,
    sample: quality_sample::Model,
    span: String,
    by: String,
    at: String,
    /// Whether the seed gives this sample again.
    holds: bool,
    rows: Vec<Row>,
}

/// `GET /quality/samples/{id}`
pub(super) async fn sample(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Response> {
    if !policy::checks_samples(ctx.actor.role) {
        return Err(Error::Forbidden(Error::denied("quality_sample.check", None)));
    }
    let (sample, rows) = quality::listed(&app, &ctx, id).await?;
    let names = names(&app, BTreeSet::from([sample.drawn_by])).await?;
    render(&SamplePage {
        shell: Shell::new(&app, &ctx, &format!("抽样 {}", sample.number), HOME),
        span: span_words(&sample),
        by: names.get(&sample.drawn_by).cloned().unwrap_or_default(),
        at: clock::minute(sample.drawn_at),
        holds: quality::holds(app.db.read(), &sample).await?,
        rows: rows.into_iter().map(row).collect(),
        sample,
    })
}

#[derive(Template)]
#[template(path = "quality/mine.html")]
struct MinePage {
    shell: Shell,
    rows: Vec<Row>,
}

/// `GET /quality/mine`
pub(super) async fn mine(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    let rows = quality::own(&app, &ctx).await?;
    render(&MinePage {
        shell: Shell::new(&app, &ctx, "本人的质检", MINE),
        rows: rows.into_iter().map(row).collect(),
    })
}
