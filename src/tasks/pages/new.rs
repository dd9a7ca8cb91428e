//! The form for new joint tasks: those suggested, ticked, and a few written
//! out; all are opened together or none.

use crate::casework::fetch_for;
use crate::clock;
use crate::clocks;
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::journal::Act;
use crate::measures;
use crate::rules::codes;
use crate::rules::level::RiskLevel;
use crate::rules::policy::Action;
use crate::rules::taskdue;
use crate::state::App;
use crate::tasks::{NewTask, TaskRow, checks, of_case, open_all, suggest};
use crate::web::routes::see_other;
use crate::web::{Choice, Form, Shell, render_with};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Tasks that may be written out on one page.
const ROWS: usize = 3;

/// What was typed, kept as it is.
#[derive(Debug, Clone, Default)]
pub(super) struct NewForm {
    picks: Vec<String>,
    common: String,
    rows: Vec<Row>,
}

#[derive(Debug, Clone, Default)]
struct Row {
    id: String,
    type_code: String,
    unit_id: String,
    request: String,
    due_at: String,
}

impl Row {
    fn is_blank(&self) -> bool {
        [&self.type_code, &self.unit_id, &self.request, &self.due_at]
            .iter()
            .all(|text| text.trim().is_empty())
    }
}

/// One task as the page asks for it.
struct RowView {
    suffix: String,
    which: String,
    types: Vec<Choice>,
    units: Vec<Choice>,
    typed: Row,
    filled: bool,
}

#[derive(Template)]
#[template(path = "tasks/new.html")]
struct NewPage {
    shell: Shell,
    case: Uuid,
    number: String,
    picks: Vec<Choice>,
    /// Ids under which the ticked tasks are opened, so that a second click
    /// opens nothing twice.
    ids: Vec<(String, String)>,
    common: String,
    rows: Vec<RowView>,
    /// Tasks of the case that are open already.
    open: Vec<TaskRow>,
}

type Pairs = Vec<(String, String)>;

fn read(pairs: &Pairs) -> NewForm {
    let all = |name: &str| {
        let found = pairs.iter().filter(|(key, _)| key == name);
        found.map(|(_, value)| value.clone()).collect::<Vec<_>>()
    };
    let one = |name: &str| all(name).pop().unwrap_or_default();
    let rows = (0..ROWS).map(|at| {
        let of = |name: &str| one(&format!("{name}{}", super::suffix(at)));
        let short = of("type");
        Row {
            id: of("id"),
            type_code: Some(of("type_code")).filter(|code| !code.is_empty()).unwrap_or(short),
            unit_id: of("unit_id"),
            request: of("request"),
            due_at: of("due_at"),
        }
    });
    NewForm {
        picks: all("pick"),
        common: one("common"),
        rows: rows.collect(),
    }
}

pub(super) async fn new(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Query(pairs): Query<Pairs>,
) -> Result<Response> {
    page(&app, &ctx, id, (read(&pairs), &Pairs::new()), Vec::new()).await
}

pub(super) async fn save(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Form(pairs): Form<Pairs>,
) -> Result<Response> {
    let form = read(&pairs);
    let (news, controls, wrong) = orders(&form, &pairs);
    let opened = if wrong.is_empty() {
        open_all(&app, &ctx, id, &news).await
    } else {
        Err(Error::Invalid(wrong))
    };
    match opened {
        Ok(_) => Ok(see_other(&format!("/cases/{id}?done={}", Act::TaskOpened.code()))),
        Err(Error::Invalid(errors)) => {
            let errors = errors.into_iter().map(|fault| beside(fault, &controls)).collect();
            page(&app, &ctx, id, (form, &pairs), errors).await
        }
        Err(error) => Err(error),
    }
}

/// Where a task was ordered on the page: ticked, or in a row of this ending.
enum Control {
    Pick,
    Row(String),
}

/// The tasks asked for, where each stands on the page, and what cannot be read.
fn orders(form: &NewForm, pairs: &Pairs) -> (Vec<NewTask>, Vec<Control>, Vec<FieldError>) {
    let (mut news, mut controls, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    for code in &form.picks {
        let id = pairs.iter().find(|(name, _)| *name == format!("id-{code}"));
        news.push(NewTask {
            id: id.and_then(|(_, id)| Uuid::parse_str(id).ok()),
            type_code: code.clone(),
            request: request(&form.common, code),
            ..NewTask::default()
        });
        controls.push(Control::Pick);
    }
    for (at, row) in form.rows.iter().enumerate() {
        // An empty page is answered at its first row.
        if row.is_blank() && !(at == 0 && form.picks.is_empty()) {
            continue;
        }
        let suffix = super::suffix(at);
        let mut bad = |field: &str, text: &str| wrong.push(FieldError::new(&format!("{field}{suffix}"), text));
        let unit = Uuid::parse_str(&row.unit_id).ok();
        if unit.is_none() && !row.unit_id.is_empty() {
            bad("unit_id", "从列表中选择单位");
        }
        let due_at = moment(&row.due_at);
        if due_at.is_none() && !row.due_at.trim().is_empty() {
            bad("due_at", "时间写成 2026-11-24 09:00 的样子");
        }
        news.push(NewTask {
            id: Uuid::parse_str(&row.id).ok(),
            type_code: row.type_code.clone(),
            unit_id: unit,
            request: row.request.clone(),
            due_at,
        });
        controls.push(Control::Row(suffix));
    }
    (news, controls, wrong)
}

/// What a ticked task asks for: the words common to all, else its own.
fn request(common: &str, code: &str) -> String {
    let common = common.trim();
    if common.is_empty() {
        let name = codes::task_type(code).map_or(code, |kind| kind.name.as_str());
        format!("按职责办理“{name}”，在时限内反馈办理情况和文书号。")
    } else {
        common.to_owned()
    }
}

/// A local moment of a form.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    clock::read_minute(text)
}

/// A fault of the n-th task beside its control.
fn beside(fault: FieldError, controls: &[Control]) -> FieldError {
    let mut parts = fault.field.splitn(3, '/');
    let (_, at, field) = (parts.next(), parts.next(), parts.next());
    let control = at
        .and_then(|at| at.parse::<usize>().ok())
        .and_then(|at| controls.get(at));
    let name = match (control, field) {
        (Some(Control::Row(suffix)), Some(field)) => format!("{field}{suffix}"),
        (Some(Control::Pick), Some("request")) => "common".to_owned(),
        (Some(Control::Pick), Some(_)) => "pick".to_owned(),
        _ => "type_code".to_owned(),
    };
    FieldError {
        field: name,
        message: fault.message,
    }
}

async fn page(
    app: &App,
    ctx: &Ctx,
    id: Uuid,
    (form, pairs): (NewForm, &Pairs),
    errors: Vec<FieldError>,
) -> Result<Response> {
    let db = app.db.read();
    let case = fetch_for(db, ctx, id, Action::OpenTask).await?;
    measures::open_stage(&case)?;
    let units = checks::candidates(db, &case).await?;
    let book = clocks::book(db, ctx.now).await?;
    let level = RiskLevel::from_number(case.level).unwrap_or(RiskLevel::Red);
    let suggested = suggest::types(db, &case).await?;
    let picks = suggested.into_iter().map(|kind| {
        let unit = codes::unit_kind(&kind.kind).map_or("", |row| row.name.as_str());
        let rule = taskdue::rule(&book, kind, level)
            .map(taskdue::words)
            .unwrap_or_default();
        Choice {
            code: kind.code.clone(),
            label: format!("{}（{unit}）· {rule}", kind.name),
            hint: String::new(),
            on: form.picks.contains(&kind.code),
        }
    });
    let picks: Vec<Choice> = picks.collect();
    let sent = |name: &str| {
        pairs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
    };
    let ids = picks.iter().map(|pick| {
        let name = format!("id-{}", pick.code);
        let id = sent(&name).unwrap_or_else(|| ctx.new_id().to_string());
        (name, id)
    });
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let mut open = of_case(app, db, id).await?;
    open.retain(|row| row.is_open());
    let page = NewPage {
        ids: ids.collect(),
        rows: rows(ctx, form.rows, &units),
        picks,
        common: form.common,
        open,
        shell: Shell::new(app, ctx, "发起协办任务", "/cases").errors(errors),
        case: id,
        number: case.number,
    };
    render_with(status, &page)
}

fn rows(ctx: &Ctx, typed: Vec<Row>, units: &[crate::entity::unit::Model]) -> Vec<RowView> {
    let rows = typed.into_iter().enumerate().map(|(at, mut row)| {
        let filled = !row.is_blank();
        if row.id.is_empty() {
            row.id = ctx.new_id().to_string();
        }
        let types = codes::task_types().iter().map(|kind| {
            let unit = codes::unit_kind(&kind.kind).map_or("", |row| row.name.as_str());
            let label = format!("{} {}（{unit}）", kind.code, kind.name);
            Choice::new(&kind.code, &label, &row.type_code)
        });
        let units = units.iter();
        RowView {
            suffix: super::suffix(at),
            which: if at == 0 {
                String::new()
            } else {
                format!("第{}项", at + 1)
            },
            types: types.collect(),
            units: units
                .map(|unit| Choice::new(&unit.id.to_string(), &unit.name, &row.unit_id))
                .collect(),
            typed: row,
            filled,
        }
    });
    rows.collect()
}
