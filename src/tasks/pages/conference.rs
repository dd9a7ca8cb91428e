//! A conference on screen: the form, and the minutes to read and print.

use super::orders::{Orders, OrdersView, Pairs, beside};
use super::suffix;
use crate::casework::fetch_for;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{protection_case, unit};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::measures::open_stage;
use crate::rules::division::{Division, Tier};
use crate::rules::policy::{Action, Role};
use crate::state::App;
use crate::tasks::conference::MOST_MEMBERS;
use crate::tasks::{ConferenceView, Member, NewConference, TaskRow, conferences, hold_conference, of_case};
use crate::web::routes::see_other;
use crate::web::{Choice, Form, Shell, render, render_with};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use uuid::Uuid;

/// What was typed, kept as it is.
#[derive(Debug, Clone, Default)]
struct HeldForm {
    version: i32,
    id: String,
    on: String,
    minutes_no: String,
    place: String,
    agenda: String,
    decisions: String,
    members: Vec<(String, String)>,
    orders: Orders,
}

/// One unit at the table, as the page asks for it.
struct MemberRow {
    suffix: String,
    which: String,
    units: Vec<Choice>,
    function: String,
    filled: bool,
}

#[derive(Template)]
#[template(path = "tasks/conference_new.html")]
struct NewPage {
    shell: Shell,
    case: Uuid,
    number: String,
    form: HeldForm,
    members: Vec<MemberRow>,
    orders: OrdersView,
}

#[derive(Template)]
#[template(path = "tasks/conference.html")]
struct MinutesPage {
    shell: Shell,
    case: Uuid,
    number: String,
    held: ConferenceView,
    tasks: Vec<TaskRow>,
    watermark: String,
}

impl HeldForm {
    fn of(pairs: &Pairs) -> Self {
        let one = |name: &str| {
            let found = pairs.iter().rfind(|(key, _)| key == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let members = (0..MOST_MEMBERS).map(|at| {
            let of = |name: &str| one(&format!("{name}{}", suffix(at)));
            (of("member"), of("function"))
        });
        Self {
            // Zero never holds: a page without a version is told to be stale.
            version: one("version").parse().unwrap_or(0),
            id: one("conference"),
            on: one("on"),
            minutes_no: one("minutes_no"),
            place: one("place"),
            agenda: one("agenda"),
            decisions: one("decisions"),
            members: members.collect(),
            orders: Orders::of(pairs),
        }
    }

    /// The conference, where each of its members stands on the page, and what
    /// cannot be read.
    fn read(&self) -> (NewConference, Vec<usize>, Vec<FieldError>) {
        let mut wrong = Vec::new();
        let on = clock::read_day(&self.on);
        if on.is_none() {
            wrong.push(FieldError::new("on", "填写会商日期，如 2026-11-23"));
        }
        if self.agenda.trim().is_empty() {
            wrong.push(FieldError::new("agenda", "填写议题"));
        }
        let filled = |(_, (unit, function)): &(usize, &(String, String))| {
            !(unit.trim().is_empty() && function.trim().is_empty())
        };
        let (mut members, mut rows) = (Vec::new(), Vec::new());
        for (at, (unit, function)) in self.members.iter().enumerate().filter(filled) {
            // An unreadable choice is none of the units that there are.
            members.push(Member {
                unit: Uuid::parse_str(unit).unwrap_or_default(),
                function: function.clone(),
            });
            rows.push(at);
        }
        if members.is_empty() {
            wrong.push(FieldError::new("member", "登记参加单位和职务"));
        }
        let new = NewConference {
            id: Uuid::parse_str(&self.id).ok(),
            on: on.unwrap_or_default(),
            minutes_no: self.minutes_no.clone(),
            place: self.place.clone(),
            agenda: self.agenda.clone(),
            decisions: self.decisions.clone(),
            members,
            tasks: Vec::new(),
        };
        (new, rows, wrong)
    }
}

pub(super) async fn new(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Response> {
    let form = HeldForm {
        id: ctx.new_id().to_string(),
        on: clock::day(ctx.now).to_string(),
        members: vec![(String::new(), String::new()); MOST_MEMBERS],
        orders: Orders::of(&Pairs::new()),
        ..HeldForm::default()
    };
    page(&app, &ctx, id, form, (Vec::new(), None)).await
}

pub(super) async fn save(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Form(pairs): Form<Pairs>,
) -> Result<Response> {
    let form = HeldForm::of(&pairs);
    let (mut new, rows, mut wrong) = form.read();
    let (tasks, controls, unread) = if form.orders.is_empty() {
        (Vec::new(), Vec::new(), Vec::new())
    } else {
        form.orders.read()
    };
    new.tasks = tasks;
    wrong.extend(unread);
    let held = if wrong.is_empty() {
        hold_conference(&app, &ctx, id, form.version, new).await
    } else {
        Err(Error::Invalid(wrong))
    };
    match held {
        Ok(_) => Ok(see_other(&format!("/cases/{id}?done={}", Act::ConferenceHeld.code()))),
        Err(Error::Invalid(errors)) => {
            let placed = |fault| at_member(beside(fault, &controls), &rows);
            let errors = errors.into_iter().map(placed).collect();
            page(&app, &ctx, id, form, (errors, None)).await
        }
        Err(Error::Stale { seen, now }) => page(&app, &ctx, id, form, (Vec::new(), Some((seen, now)))).await,
        Err(error) => Err(error),
    }
}

/// A fault of the n-th member at the row where it was typed.
fn at_member(fault: FieldError, rows: &[usize]) -> FieldError {
    let mut parts = fault.field.splitn(3, '/');
    if parts.next() != Some("members") {
        return fault;
    }
    let row = parts.next().and_then(|at| at.parse::<usize>().ok());
    let row = row.and_then(|at| rows.get(at)).copied().unwrap_or_default();
    let control = match parts.next() {
        Some("function") => "function",
        _ => "member",
    };
    FieldError {
        field: format!("{control}{}", suffix(row)),
        message: fault.message,
    }
}

type Said = (Vec<FieldError>, Option<(i32, i32)>);

async fn page(app: &App, ctx: &Ctx, id: Uuid, mut form: HeldForm, (errors, stale): Said) -> Result<Response> {
    let db = app.db.read();
    let case = fetch_for(db, ctx, id, Action::Confirm).await?;
    open_stage(&case)?;
    if errors.is_empty() {
        form.version = case.version;
    }
    let units = around(db, &case).await?;
    let page = NewPage {
        members: members(&form, &units),
        orders: form.orders.clone().view(db, ctx, &case).await?,
        shell: Shell::new(app, ctx, "登记会商", "/cases").errors(errors).stale(stale),
        case: id,
        number: case.number,
        form,
    };
    render_with(page.shell.status(), &page)
}

fn members(form: &HeldForm, units: &[unit::Model]) -> Vec<MemberRow> {
    let rows = form.members.iter().enumerate();
    rows.map(|(at, (unit, function))| MemberRow {
        suffix: suffix(at),
        which: format!("第{}个", at + 1),
        units: units
            .iter()
            .map(|row| Choice::new(&row.id.to_string(), &row.name, unit))
            .collect(),
        function: function.clone(),
        filled: !(unit.is_empty() && function.is_empty()),
    })
    .collect()
}

/// The units that may sit at the table: those of the case's county above the
/// villages, and the city's own.
async fn around(db: &impl ConnectionTrait, case: &protection_case::Model) -> Result<Vec<unit::Model>> {
    let place = Division::parse(&case.division)?;
    let mut within = Condition::any();
    if let Some(county) = place.at(Tier::County) {
        let (first, last) = county.range();
        within = within.add(unit::Column::Division.between(first, last));
    }
    if let Some(city) = place.at(Tier::City) {
        within = within.add(unit::Column::Division.eq(city.code()));
    }
    Ok(unit::Entity::find()
        .filter(unit::Column::Active.eq(true))
        .filter(unit::Column::Kind.ne("VIL"))
        .filter(within)
        .order_by_asc(unit::Column::Division)
        .order_by_asc(unit::Column::Kind)
        .all(db)
        .await?)
}

/// The minutes, to read and to print.
pub(super) async fn show(
    State(app): State<App>,
    ctx: Ctx,
    Path((id, conference)): Path<(Uuid, Uuid)>,
) -> Result<Response> {
    let db = app.db.read();
    let case = fetch_for(db, &ctx, id, Action::ReadWork).await?;
    // What was decided around the table is not the village's to read.
    if ctx.actor.role == Role::Village {
        return Err(Error::Forbidden(Error::denied("Conference", Some(id))));
    }
    let held = conferences(&app, db, id).await?;
    let held = held
        .into_iter()
        .find(|row| row.id == conference)
        .ok_or(Error::NotFound)?;
    let entry = Entry::new(Act::CaseViewed)
        .case(id)
        .subject(conference)
        .detail(json!({ "form": "会商纪要" }));
    journal::viewed(&app.db, &ctx, entry).await?;
    let mut tasks = of_case(&app, db, id).await?;
    tasks.retain(|row| row.conference == Some(conference));
    render(&MinutesPage {
        watermark: format!("{} {} {}", ctx.unit_name, ctx.name, clock::minute(ctx.now)),
        shell: Shell::new(&app, &ctx, "会商纪要", "/cases"),
        case: id,
        number: case.number,
        held,
        tasks,
    })
}
