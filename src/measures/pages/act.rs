//! The forms of measures, made from the fields that the rules name: choosing a
//! kind, beginning it, and each act that follows.

use crate::casework::fetch_for;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{measure, protection_case};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::measures::{self, Given, NewLife, Taken, open_stage, owing};
use crate::rules::measures::{Deed, Field, FieldKind, Need, PROCEDURES, Procedure, procedure};
use crate::rules::policy::{Action, MeasureAction};
use crate::state::App;
use crate::web::routes::see_other;
use crate::web::{Choice, Form, Shell, render, render_with};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use uuid::Uuid;

/// What was typed, field by field.
type Typed = Vec<(String, String)>;

#[derive(Template)]
#[template(path = "measures/choose.html")]
struct ChoosePage {
    shell: Shell,
    case: Uuid,
    number: String,
    kinds: Vec<&'static Procedure>,
}

/// Every kind, with when it is used and by which rule.
pub(super) async fn choose(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Response> {
    let case = fetch_for(app.db.read(), &ctx, id, Action::Record).await?;
    open_stage(&case)?;
    render(&ChoosePage {
        shell: Shell::new(&app, &ctx, "发起措施", "/cases"),
        case: id,
        number: case.number,
        kinds: PROCEDURES.to_vec(),
    })
}

/// One control of a form.
struct Control {
    name: &'static str,
    label: String,
    hint: String,
    /// `text`, `area`, `date`, `datetime-local`, `select`, `list` or `chips`.
    kind: &'static str,
    value: String,
    options: Vec<Choice>,
    cls: &'static str,
}

#[derive(Template)]
#[template(path = "measures/act.html")]
struct ActPage {
    shell: Shell,
    /// Where the form is sent, and where leaving it leads.
    action: String,
    back: String,
    crumb: String,
    name: &'static str,
    about: &'static str,
    basis: &'static str,
    label: &'static str,
    hint: &'static str,
    /// Of the form itself: name and value.
    hidden: Vec<(&'static str, String)>,
    controls: Vec<Control>,
}

/// The form that begins a measure of a kind.
pub(super) async fn begin(
    State(app): State<App>,
    ctx: Ctx,
    Path((id, kind)): Path<(Uuid, String)>,
) -> Result<Response> {
    let case = fetch_for(app.db.read(), &ctx, id, Action::Record).await?;
    open_stage(&case)?;
    let procedure = procedure(&kind).ok_or(Error::NotFound)?;
    let typed = vec![("id".to_owned(), ctx.new_id().to_string())];
    begin_page(&app, &ctx, (&case, procedure), &Given(typed), Vec::new()).await
}

pub(super) async fn begin_save(
    State(app): State<App>,
    ctx: Ctx,
    Path((id, kind)): Path<(Uuid, String)>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let given = Given(typed);
    let new = NewLife {
        id: Uuid::parse_str(given.text("id")).ok(),
        kind: kind.clone(),
        given: given.clone(),
        strict: false,
    };
    match measures::begin(&app, &ctx, id, &new).await {
        Ok(row) => Ok(see_other(&format!("/cases/{id}/measures/{}?done=begin", row.id))),
        Err(Error::Invalid(errors)) => {
            let case = fetch_for(app.db.read(), &ctx, id, Action::Record).await?;
            let procedure = procedure(&kind).ok_or(Error::NotFound)?;
            begin_page(&app, &ctx, (&case, procedure), &given, errors).await
        }
        Err(error) => Err(error),
    }
}

async fn begin_page(
    app: &App,
    ctx: &Ctx,
    (case, procedure): (&protection_case::Model, &'static Procedure),
    given: &Given,
    errors: Vec<FieldError>,
) -> Result<Response> {
    let again = measures::life::again(app.db.read(), case.id, procedure.kind).await?;
    let deed = &procedure.begin;
    let shell = Shell::new(app, ctx, deed.label, "/cases").errors(errors);
    let page = ActPage {
        action: format!("/cases/{}/measures/begin/{}", case.id, procedure.kind),
        back: format!("/cases/{}", case.id),
        crumb: case.number.clone(),
        name: procedure.name,
        about: procedure.about,
        basis: procedure.basis,
        label: deed.label,
        hint: deed.hint,
        hidden: vec![("id", given.text("id").to_owned())],
        controls: controls(app, case, (deed, again), given).await?,
        shell,
    };
    render_with(page.shell.status(), &page)
}

/// The form of an act.
pub(super) async fn ask(
    State(app): State<App>,
    ctx: Ctx,
    Path((id, measure, deed)): Path<(Uuid, Uuid, String)>,
) -> Result<Response> {
    let (row, case) = measures::fetch(app.db.read(), &ctx, (id, measure), MeasureAction::Act).await?;
    let entry = Entry::new(Act::MeasureViewed).case(case.id).subject(row.id);
    journal::viewed(&app.db, &ctx, entry).await?;
    act_page(&app, &ctx, (&row, &case, &deed), &Given::default(), (Vec::new(), None)).await
}

pub(super) async fn save(
    State(app): State<App>,
    ctx: Ctx,
    Path((id, measure, deed)): Path<(Uuid, Uuid, String)>,
    Form(typed): Form<Typed>,
) -> Result<Response> {
    let given = Given(typed);
    let seen = given.text("version").parse().unwrap_or(0);
    let taken = Taken {
        deed: deed.clone(),
        given: given.clone(),
        strict: false,
    };
    let told = match measures::step(&app, &ctx, (id, measure), seen, &taken).await {
        Ok(_) => return Ok(see_other(&format!("/cases/{id}/measures/{measure}?done={deed}"))),
        Err(Error::Invalid(errors)) => (errors, None),
        Err(Error::Stale { seen, now }) => (Vec::new(), Some((seen, now))),
        Err(error) => return Err(error),
    };
    let (row, case) = measures::fetch(app.db.read(), &ctx, (id, measure), MeasureAction::Act).await?;
    act_page(&app, &ctx, (&row, &case, &deed), &given, told).await
}

async fn act_page(
    app: &App,
    ctx: &Ctx,
    (row, case, code): (&measure::Model, &protection_case::Model, &str),
    given: &Given,
    (mut errors, stale): (Vec<FieldError>, Option<(i32, i32)>),
) -> Result<Response> {
    let procedure = procedure(&row.kind).ok_or(Error::NotFound)?;
    let deed = procedure.deed(code).ok_or(Error::NotFound)?;
    // What is wrong with the act itself belongs to no control.
    for fault in errors.iter_mut().filter(|fault| fault.field == "deed") {
        fault.field.clear();
    }
    let shell = Shell::new(app, ctx, deed.label, "/cases").errors(errors).stale(stale);
    let page = ActPage {
        action: format!("/cases/{}/measures/{}/do/{}", case.id, row.id, deed.code),
        back: format!("/cases/{}/measures/{}", case.id, row.id),
        crumb: procedure.name.to_owned(),
        name: procedure.name,
        about: "",
        basis: procedure.basis,
        label: deed.label,
        hint: deed.hint,
        hidden: vec![("version", row.version.to_string())],
        controls: controls(app, case, (deed, false), given).await?,
        shell,
    };
    render_with(page.shell.status(), &page)
}

/// The controls of an act, with what was typed in them.
async fn controls(
    app: &App,
    case: &protection_case::Model,
    (deed, again): (&'static Deed, bool),
    given: &Given,
) -> Result<Vec<Control>> {
    let mut all = Vec::new();
    for field in deed.fields.iter().filter(|field| field.need != Need::Again || again) {
        let options = if field.kind == FieldKind::Unit {
            let units = owing::addressable(app.db.read(), case).await?;
            let chosen = given.text(field.name);
            units
                .iter()
                .map(|unit| Choice::new(&unit.id.to_string(), &unit.name, chosen))
                .collect()
        } else {
            let on = |code: &str| given.all(field.name).any(|typed| typed == code);
            field
                .options()
                .iter()
                .map(|(code, label)| Choice::new(code, label, if on(code) { code } else { "" }))
                .collect()
        };
        all.push(control(field, given, options));
    }
    Ok(all)
}

fn control(field: &'static Field, given: &Given, options: Vec<Choice>) -> Control {
    let (kind, cls) = match field.kind {
        FieldKind::Word(_) => ("text", "c6"),
        FieldKind::Text(_) => ("area", ""),
        FieldKind::Past | FieldKind::Day => ("date", "c6"),
        FieldKind::PastMoment | FieldKind::Moment => ("datetime-local", "c6"),
        FieldKind::Choice(of) if is_short(of) => ("radios", "c6"),
        FieldKind::Choice(_) => ("list", ""),
        FieldKind::Many(_) => ("chips", ""),
        FieldKind::Unit => ("select", "c6"),
    };
    let hint = match (field.need, field.hint) {
        (Need::Optional, "") => "可不填",
        (_, hint) => hint,
    };
    let value = match field.kind {
        // What was typed comes back as typed; a date is shown as dates are.
        FieldKind::Past | FieldKind::Day => {
            let typed = given.text(field.name);
            clock::read_day(typed).map_or_else(|| typed.to_owned(), |day| day.to_string())
        }
        _ => given.text(field.name).to_owned(),
    };
    Control {
        name: field.name,
        label: field.label.to_owned(),
        hint: hint.to_owned(),
        kind,
        value,
        options,
        cls,
    }
}

/// Whether the options stand beside each other.
fn is_short(options: &[(&str, &str)]) -> bool {
    options.len() <= 3 && options.iter().all(|(_, label)| label.chars().count() <= 4)
}
