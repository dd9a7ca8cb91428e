//! The start page of the desk: drafts, reviews, today's reports.

use super::fields::Fields;
use super::id_of;
use super::templates::{DraftRow, IntakeListPage, Place, ReportRow, ReviewRow};
use super::{convert, options, view};
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::intake::{self, Draft, Listed, Narrowing, Proposal, Seen};
use crate::network;
use crate::rules::division::Division;
use crate::rules::level::RiskLevel;
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Form, Shell, render_with};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, NaiveTime, Utc};
use serde::Deserialize;

/// Where the next page begins.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct At {
    cursor: Option<String>,
}

/// `GET /intake`
pub(super) async fn list(State(app): State<App>, ctx: Ctx, Query(at): Query<At>) -> Result<Response> {
    page(&app, &ctx, at.cursor.as_deref(), Vec::new()).await
}

async fn page(app: &App, ctx: &Ctx, cursor: Option<&str>, errors: Vec<FieldError>) -> Result<Response> {
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let drafts = intake::drafts(app, ctx).await?;
    let proposals = intake::proposals(app, ctx).await?;
    let reports = intake::reports(app, ctx, &today(ctx.now), cursor).await?;
    let shell = Shell::new(app, ctx, "来电登记", "/intake").errors(errors);
    let mut rows = Vec::new();
    for row in reports.rows {
        rows.push(report_row(app, row).await?);
    }
    let mut kept = Vec::new();
    for draft in drafts {
        kept.push(draft_row(app, draft).await?);
    }
    let page = IntakeListPage {
        shell,
        drafts: kept,
        review: proposals.into_iter().map(review_row).collect(),
        reports: rows,
        prev: cursor.map(|_| "/intake".to_owned()),
        next: reports.next.map(|next| format!("/intake?cursor={next}")),
    };
    render_with(status, &page)
}

/// Since midnight in Shanghai.
fn today(now: DateTime<Utc>) -> Narrowing {
    let midnight = clock::day(now).and_time(NaiveTime::MIN);
    let since = midnight.and_local_timezone(clock::shanghai()).single();
    Narrowing {
        since: since.map(|at| at.with_timezone(&Utc)),
        ..Narrowing::default()
    }
}

async fn draft_row(app: &App, draft: Draft) -> Result<DraftRow> {
    let fields: Fields = convert::restore(app.db.read(), &draft.input).await?;
    let form = fields.to_form();
    Ok(DraftRow {
        href: format!("/intake/{}", draft.report.id),
        number: draft.report.number,
        started: clock::minute(draft.report.started_at),
        what: what(&fields),
        place: view::place_words(&form.child_location),
        saved: fields.kept_at.map_or_else(|| "未保存".to_owned(), clock::minute),
    })
}

/// A draft in a few words: its title, its types, or the child's features.
fn what(fields: &Fields) -> String {
    let kinds: Vec<String> = fields
        .case_type_codes()
        .iter()
        .map(|code| options::case_type_label(code))
        .collect();
    let first = [
        fields.title.trim().to_owned(),
        kinds.join("、"),
        fields.child_feature.join(" ").trim().to_owned(),
    ];
    let blank = if fields.inquiry.trim().is_empty() {
        "未填"
    } else {
        "咨询"
    };
    first
        .into_iter()
        .find(|words| !words.is_empty())
        .unwrap_or_else(|| blank.to_owned())
}

fn review_row(proposal: Proposal) -> ReviewRow {
    let report = proposal.report;
    ReviewRow {
        id: report.id.to_string(),
        version: report.version,
        href: format!("/reports/{}", report.id),
        number: report.number,
        time: clock::minute(report.at),
        what: report.what,
        reason: proposal.reason,
        by: proposal.by,
    }
}

/// A finished report as a row.
///
/// # Errors
/// When the database refuses.
pub(super) async fn report_row(app: &App, row: Listed) -> Result<ReportRow> {
    let level = RiskLevel::from_number(row.level);
    Ok(ReportRow {
        href: format!("/reports/{}", row.id),
        number: row.number,
        time: clock::minute(row.at),
        level: row.level,
        level_label: level.map_or("未定级", RiskLevel::label).to_owned(),
        what: row.what,
        place: place_name(app, &row.division).await?,
        outcome: row.state.to_owned(),
        status_kind: status_kind(row.state).to_owned(),
        unit: row.channel,
    })
}

fn status_kind(state: &str) -> &'static str {
    match state {
        "已转办" | "已并入" => "on",
        "已答复" | "已转介" => "ok",
        "待复核" => "wait",
        _ => "",
    }
}

/// `应县 金城镇` for a code; 未填 without one.
///
/// # Errors
/// When the database refuses.
pub(super) async fn place_name(app: &App, code: &str) -> Result<String> {
    let text = match Division::parse(code) {
        Ok(place) => network::path_of(app.db.read(), &place).await?,
        Err(_) => String::new(),
    };
    Ok(view::place_words(&Place {
        code: code.to_owned(),
        text,
    }))
}

/// A new call brings nothing with it but the token.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct New {
    channel: String,
}

/// `POST /intake/new`: the call is picked up.
pub(super) async fn begin(State(app): State<App>, ctx: Ctx, Form(new): Form<New>) -> Result<Response> {
    let channel = if new.channel.is_empty() { "phone" } else { &new.channel };
    let report = intake::begin(&app, &ctx, channel).await?;
    Ok(see_other(&format!("/intake/{}", report.id)))
}

/// What the second person says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Review {
    version: i32,
    decision: String,
    why: String,
}

/// `POST /intake/{id}/review`: the second person confirms or refuses.
pub(super) async fn review(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<String>,
    Form(form): Form<Review>,
) -> Result<Response> {
    let seen = Seen {
        id: id_of(&id)?,
        version: form.version,
    };
    let why = match form.why.trim() {
        "" => "班长复核未同意",
        given => given,
    };
    let done = match form.decision.as_str() {
        "confirm" => intake::confirm_screen_out(&app, &ctx, seen).await,
        "refuse" => intake::refuse_screen_out(&app, &ctx, seen, why).await,
        _ => Err(Error::BadRequest("没有这个决定，刷新页面后重试".to_owned())),
    };
    match done {
        Ok(_) => Ok(see_other("/intake")),
        Err(Error::Invalid(errors)) => page(&app, &ctx, None, errors).await,
        Err(error) => Err(error),
    }
}
