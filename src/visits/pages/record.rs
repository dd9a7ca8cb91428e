//! The visit form: blank, as a correction, and what it sends.

use crate::casework::fetch_for;
use crate::clock;
use crate::clocks;
use crate::ctx::Ctx;
use crate::entity::{deadline, protection_case, visit};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::codes;
use crate::rules::deadlines;
use crate::rules::level::RiskLevel;
use crate::rules::policy::Action;
use crate::state::App;
use crate::vault::Slot;
use crate::visits::choices;
use crate::visits::form::VisitForm;
use crate::visits::photo;
use crate::visits::record::record_with;
use crate::visits::review;
use crate::visits::upload::Upload;
use crate::visits::view::{self, Choice, offered};
use crate::web::routes::see_other;
use crate::web::{Shell, render_with};
use askama::Template;
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use sea_orm::EntityTrait;
use serde::Deserialize;
use uuid::Uuid;

/// The answers offered by the form.
struct Offered {
    children: Vec<Choice>,
    kinds: Vec<Choice>,
    methods: Vec<Choice>,
    seen: Vec<Choice>,
    reasons: Vec<Choice>,
    danger: Vec<Choice>,
    injury: Vec<Choice>,
    moods: Vec<Choice>,
    school: Vec<Choice>,
    care: Vec<Choice>,
    hazards: Vec<Choice>,
    contact: Vec<Choice>,
    carer: Vec<Choice>,
    talked_with: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "visits/form.html")]
struct FormPage {
    shell: Shell,
    case: Uuid,
    number: String,
    level: i16,
    level_label: &'static str,
    pair: bool,
    place: String,
    address: Option<String>,
    correcting: Option<String>,
    next_hint: String,
    form: VisitForm,
    offered: Offered,
}

fn offer(form: &VisitForm, children: &[(Uuid, String)]) -> Offered {
    let terms = |rows: &[codes::Term], chosen: &str| -> Vec<Choice> {
        let choice = |row: &codes::Term| Choice::new(&row.code, &row.name, row.code == chosen);
        rows.iter().map(choice).collect()
    };
    let many = |codes: &[String]| codes.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    let (hazards, talked) = (many(&form.hazards), many(&form.talked_with));
    let yes_no = |chosen: &str, yes: &str, no: &str| {
        vec![
            Choice::new("yes", yes, chosen == "yes"),
            Choice::new("no", no, chosen == "no"),
        ]
    };
    Offered {
        children: children
            .iter()
            .map(|(id, words)| Choice::new(&id.to_string(), words, form.child_id == id.to_string()))
            .collect(),
        kinds: terms(codes::visit_kinds(), &form.kind),
        methods: offered(choices::METHODS, &[&form.method]),
        seen: yes_no(&form.seen, "见到了", "没见到"),
        reasons: terms(codes::not_seen_reasons(), &form.not_seen_reason),
        danger: yes_no(&form.danger, "有", "没有"),
        injury: offered(choices::INJURY, &[&form.injury]),
        moods: offered(choices::MOODS, &[&form.mood]),
        school: offered(choices::SCHOOL, &[&form.school]),
        care: offered(choices::CARE, &[&form.care]),
        hazards: offered(choices::HAZARDS, &hazards.split(' ').collect::<Vec<_>>()),
        contact: offered(choices::GUARDIAN_CONTACT, &[&form.guardian_contact]),
        carer: offered(choices::CARER, &[&form.carer]),
        talked_with: offered(choices::TALKED_WITH, &talked.split(' ').collect::<Vec<_>>()),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Blank {
    supersedes: Option<Uuid>,
    /// The kind of visit that is owed.
    kind: Option<String>,
}

pub(super) async fn blank(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Query(asked): Query<Blank>,
) -> Result<Response> {
    let case = fetch_for(app.db.read(), &ctx, id, Action::RecordVisit).await?;
    journal::viewed(&app.db, &ctx, Entry::new(Act::CaseViewed).case(id)).await?;
    let form = match asked.supersedes {
        Some(visit) => corrected(&app, &ctx, visit).await?,
        None => fresh(&app, &ctx, &case, asked.kind.as_deref()).await?,
    };
    form_page(&app, &ctx, &case, form, Vec::new()).await
}

/// A new form: the commonest answers of circumstance, none about the child.
async fn fresh(app: &App, ctx: &Ctx, case: &protection_case::Model, kind: Option<&str>) -> Result<VisitForm> {
    let kind = kind.filter(|kind| codes::visit_kind(kind).is_some());
    let children = view::children(app, app.db.read(), case.id).await?;
    let clocks = clocks::of_case(app.db.read(), case.id).await?;
    let owed = |clock: &deadline::Model| match kind {
        Some(kind) => clock.milestone == kind && clock.cancelled_at.is_none(),
        None => matches!(clock.milestone.as_str(), "visit" | "contact"),
    };
    let planned = clocks
        .iter()
        .find(|clock| clock.met_at.is_none() && owed(clock))
        .map_or_else(String::new, |clock| clock::day(clock.due_at).to_string());
    Ok(VisitForm {
        id: ctx.new_id().to_string(),
        child_id: match children.as_slice() {
            [(only, _)] => only.to_string(),
            _ => String::new(),
        },
        kind: kind.unwrap_or("routine").to_owned(),
        method: "home".to_owned(),
        planned_on: planned,
        started_at: clock::minute(ctx.now),
        ..VisitForm::default()
    })
}

/// A form that corrects an earlier visit: its circumstances, a new id.
async fn corrected(app: &App, ctx: &Ctx, id: Uuid) -> Result<VisitForm> {
    let visit = review::fetch(app.db.read(), ctx, id, Action::RecordVisit).await?;
    let body = app.vault.open(Slot::new("visit", "body", id), &visit.body)?;
    let told: crate::visits::VisitInput = serde_json::from_str(&body).map_err(anyhow::Error::new)?;
    Ok(VisitForm::of(&told, ctx.new_id(), id))
}

async fn form_page(
    app: &App,
    ctx: &Ctx,
    case: &protection_case::Model,
    form: VisitForm,
    errors: Vec<FieldError>,
) -> Result<Response> {
    let children = view::children(app, app.db.read(), case.id).await?;
    let slot = Slot::new("protection_case", "address", case.id);
    let level = RiskLevel::from_number(case.level).unwrap_or(RiskLevel::Red);
    let interval = deadlines::visit_interval(&clocks::book(app.db.read(), ctx.now).await?, level);
    let correcting = Uuid::parse_str(&form.supersedes).ok();
    let correcting = match correcting {
        Some(id) => visit::Entity::find_by_id(id).one(app.db.read()).await?,
        None => None,
    };
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = FormPage {
        shell: Shell::new(app, ctx, "走访登记", "/today").errors(errors),
        case: case.id,
        number: case.number.clone(),
        level: level.number(),
        level_label: level.label(),
        pair: level <= RiskLevel::Yellow,
        place: view::place(&case.division),
        address: app.vault.open_some(slot, case.address.as_ref())?,
        correcting: correcting.map(|visit| visit.number),
        next_hint: format!("不填按等级间隔（{interval}）"),
        offered: offer(&form, &children),
        form,
    };
    render_with(status, &page)
}

pub(super) async fn submit(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    request: Request,
) -> Result<Response> {
    // Who may not record is told so before anything is read.
    let case = fetch_for(app.db.read(), &ctx, id, Action::RecordVisit).await?;
    let Upload { form, photos } = Upload::<VisitForm>::read(&app, &ctx, request).await?;
    match send(&app, &ctx, (id, &form), photos).await {
        Ok(visit) => Ok(see_other(&format!("/visits/{visit}?saved=1"))),
        Err(Error::Invalid(errors)) => form_page(&app, &ctx, &case, form, errors).await,
        Err(other) => Err(other),
    }
}

async fn send(app: &App, ctx: &Ctx, (case, form): (Uuid, &VisitForm), photos: Vec<Vec<u8>>) -> Result<Uuid> {
    let mut clean = Vec::new();
    let mut faults = Vec::new();
    for bytes in photos {
        match photo::clean(bytes).await {
            Ok(photo) => clean.push(photo),
            Err(Error::Invalid(errors)) => faults = errors,
            Err(other) => return Err(other),
        }
    }
    let input = form.read(case, ctx.now).map_err(|mut errors| {
        errors.append(&mut faults);
        Error::Invalid(errors)
    })?;
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    Ok(record_with(app, ctx, input, clean).await?.visit.id)
}
