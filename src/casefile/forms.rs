//! `GET` and `POST /cases/{id}/do/{step}`: one form for every step, and the
//! page that a person gets who acted on what is no longer so.

use super::actions::{Deed, Powers};
use super::fields::{self, Field};
use super::page::{Strip, strip};
use super::perform::perform;
use super::typed::Typed;
use super::{names, story};
use crate::casework;
use crate::casework::steps;
use crate::ctx::Ctx;
use crate::entity::protection_case;
use crate::error::{Error, FieldError, Result};
use crate::rules::closing::Check;
use crate::rules::level::RiskLevel;
use crate::rules::policy::Action;
use crate::rules::workflow::Stage;
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Form, Shell, render, render_with};
use anyhow::Context;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::collections::BTreeSet;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "casefile/form.html")]
struct FormPage {
    shell: Shell,
    strip: Strip,
    heading: &'static str,
    button: &'static str,
    action: String,
    note: Option<String>,
    checks: Vec<Check>,
    fields: Vec<Field>,
    has_place: bool,
}

/// One line of what was typed.
struct Kept {
    label: String,
    value: String,
}

#[derive(Template)]
#[template(path = "casefile/stale.html")]
struct StalePage {
    shell: Shell,
    strip: Strip,
    heading: &'static str,
    seen: i32,
    seen_stage: String,
    seen_level: String,
    kept: Vec<Kept>,
    /// The fields as they were sent, to be sent again.
    raw: Vec<(String, String)>,
    last: Option<String>,
    again: Option<String>,
}

/// Fields of the page itself, not of the person.
const OURS: [&str; 4] = ["csrf", "version", "seen_stage", "seen_level"];

fn deed(slug: &str) -> Result<Deed> {
    Deed::parse(slug).ok_or(Error::NotFound)
}

/// The form of a step.
pub(crate) async fn ask(
    State(app): State<App>,
    ctx: Ctx,
    Path((id, slug)): Path<(Uuid, String)>,
    Query(mut typed): Query<Typed>,
) -> Result<Response> {
    let deed = deed(&slug)?;
    let db = app.db.read();
    let case = casework::fetch_for(db, &ctx, id, deed.action()).await?;
    Stage::parse(&case.stage)
        .context("stage in the database")?
        .after(&deed.step_for(&case, ctx.actor.seat(case.lead_unit)))?;
    fields::prefill(db, &app, (deed, &case), &mut typed).await?;
    render(&form(&app, &ctx, (deed, &case), &typed, Vec::new()).await?)
}

/// Does the step; what cannot be done keeps what was typed.
pub(crate) async fn act(
    State(app): State<App>,
    ctx: Ctx,
    Path((id, slug)): Path<(Uuid, String)>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let deed = deed(&slug)?;
    let (status, errors) = match perform(&app, &ctx, (deed, id), &typed).await {
        Ok(done) => return Ok(see_other(&after(deed, id, done.code()))),
        Err(Error::Stale { seen, .. }) => return stale(&app, &ctx, (deed, id), seen, &typed).await,
        Err(Error::Invalid(errors)) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        Err(Error::IllegalStep(illegal)) => {
            let error = FieldError::new("", &illegal.to_string());
            (StatusCode::UNPROCESSABLE_ENTITY, vec![error])
        }
        Err(Error::IllegalOrderStep(illegal)) => {
            let error = FieldError::new("", &illegal.to_string());
            (StatusCode::UNPROCESSABLE_ENTITY, vec![error])
        }
        Err(Error::Conflict(text)) => (StatusCode::CONFLICT, vec![FieldError::new("", &text)]),
        Err(other) => return Err(other),
    };
    let case = casework::fetch_for(app.db.read(), &ctx, id, Action::View).await?;
    render_with(status, &form(&app, &ctx, (deed, &case), &typed, errors).await?)
}

/// Whoever recused themselves no longer finds the case.
fn after(deed: Deed, id: Uuid, done: &str) -> String {
    match deed {
        Deed::Recuse => format!("/cases?done={done}"),
        _ => format!("/cases/{id}?done={done}"),
    }
}

async fn form(
    app: &App,
    ctx: &Ctx,
    (deed, case): (Deed, &protection_case::Model),
    typed: &Typed,
    errors: Vec<FieldError>,
) -> Result<FormPage> {
    let db = app.db.read();
    let fields = fields::of(db, app, ctx, (deed, case), typed).await?;
    let mut strip = strip(db, app, ctx, case).await?;
    // After a fault the page still speaks for the version that the person saw.
    if !errors.is_empty() {
        strip.version = typed.version();
    }
    Ok(FormPage {
        shell: Shell::new(app, ctx, &format!("{} {}", deed.label(), case.number), "/cases").errors(errors),
        heading: deed.label(),
        // Of a decision the choice says which way it goes.
        button: match deed {
            Deed::Dispatch | Deed::Lowering | Deed::DecideClose => "提交决定",
            Deed::Order(deed) if deed.decides() => "提交决定",
            _ => deed.label(),
        },
        action: format!("/cases/{}/do/{}", case.id, deed.slug()),
        note: note(deed, case),
        checks: checks(app, ctx, (deed, case), typed).await?,
        has_place: fields.iter().any(|field| field.control == "place"),
        fields,
        strip,
    })
}

/// What one must know before deciding.
fn note(deed: Deed, case: &protection_case::Model) -> Option<String> {
    match deed {
        Deed::Lowering => {
            let to = case.proposed_level.and_then(RiskLevel::from_number)?;
            Some(format!(
                "评估建议降为{}。降级须由提出人以外的县级人员确认。",
                to.label()
            ))
        }
        Deed::Return if case.return_count > 0 => Some(format!(
            "本案已退回 {} 次，再次退回由市级仲裁，指定后不得再退。",
            case.return_count
        )),
        Deed::Order(deed) => deed.note().map(str::to_owned),
        Deed::DecideClose => Some("结案由申请人以外的县级人员审批。".to_owned()),
        _ => None,
    }
}

async fn checks(
    app: &App,
    ctx: &Ctx,
    (deed, case): (Deed, &protection_case::Model),
    typed: &Typed,
) -> Result<Vec<Check>> {
    if !matches!(deed, Deed::Close | Deed::DecideClose) {
        return Ok(Vec::new());
    }
    let wanted = case.closure_type.as_deref().unwrap_or(typed.text("closure_type"));
    steps::closing_checks(app.db.read(), app, case, wanted, ctx.now).await
}

/// Both versions side by side, with what was typed.
async fn stale(app: &App, ctx: &Ctx, (deed, id): (Deed, Uuid), seen: i32, typed: &Typed) -> Result<Response> {
    let db = app.db.read();
    let case = casework::fetch_for(db, ctx, id, Action::View).await?;
    let powers = Powers::new(ctx, casework::facts(db, &case).await?);
    let events = casework::happenings(db, id).await?;
    let people: BTreeSet<Uuid> = events.iter().filter_map(|event| event.actor_id).collect();
    let units: BTreeSet<Uuid> = events.iter().filter_map(|event| event.actor_unit).collect();
    let names = names::Names::load(db, &app.vault, units, people).await?;
    let last = story::rows(app, &powers, events, &names)?.into_iter().next();
    let fields = fields::of(db, app, ctx, (deed, &case), typed).await?;
    let known = casework::order::known(db, id).await?;
    let shell = Shell::new(app, ctx, "内容已更新", "/cases");
    let page = StalePage {
        heading: deed.label(),
        seen,
        seen_stage: typed.text("seen_stage").to_owned(),
        seen_level: typed.text("seen_level").to_owned(),
        kept: fields.iter().filter_map(kept).collect(),
        last: last.map(|event| format!("{} {}：{}", event.at, event.who, event.what)),
        raw: typed
            .0
            .iter()
            .filter(|(name, _)| !OURS.contains(&name.as_str()))
            .cloned()
            .collect(),
        again: (deed.fits(&case, ctx.actor.seat(case.lead_unit), &known) && powers.may(deed.action()))
            .then(|| format!("/cases/{id}/do/{}", deed.slug())),
        strip: strip(db, app, ctx, &case).await?,
        shell,
    };
    render_with(StatusCode::CONFLICT, &page)
}

fn kept(field: &Field) -> Option<Kept> {
    let chosen: Vec<&str> = field
        .choices
        .iter()
        .filter(|choice| choice.on)
        .map(|choice| choice.label.as_str())
        .collect();
    let value = if field.choices.is_empty() {
        field.value.clone()
    } else {
        chosen.join("、")
    };
    (field.control != "hidden" && !value.is_empty()).then(|| Kept {
        label: field.label.clone(),
        value,
    })
}
