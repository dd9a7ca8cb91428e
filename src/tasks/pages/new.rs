//! The form for new joint tasks: all are opened together or none.

use super::orders::{Orders, OrdersView, Pairs, beside};
use crate::casework::fetch_for;
use crate::ctx::Ctx;
use crate::error::{Error, FieldError, Result};
use crate::journal::Act;
use crate::measures;
use crate::rules::policy::Action;
use crate::state::App;
use crate::tasks::{TaskRow, of_case, open_all};
use crate::web::routes::see_other;
use crate::web::{Form, Shell, render_with};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "tasks/new.html")]
struct NewPage {
    shell: Shell,
    case: Uuid,
    number: String,
    orders: OrdersView,
    /// Tasks of the case that are open already.
    open: Vec<TaskRow>,
}

pub(super) async fn new(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Query(pairs): Query<Pairs>,
) -> Result<Response> {
    page(&app, &ctx, id, Orders::of(&pairs), Vec::new()).await
}

pub(super) async fn save(
    State(app): State<App>,
    ctx: Ctx,
    Path(id): Path<Uuid>,
    Form(pairs): Form<Pairs>,
) -> Result<Response> {
    let orders = Orders::of(&pairs);
    let (news, controls, wrong) = orders.read();
    let opened = if wrong.is_empty() {
        open_all(&app, &ctx, id, &news).await
    } else {
        Err(Error::Invalid(wrong))
    };
    match opened {
        Ok(_) => Ok(see_other(&format!("/cases/{id}?done={}", Act::TaskOpened.code()))),
        Err(Error::Invalid(errors)) => {
            let errors = errors.into_iter().map(|fault| beside(fault, &controls)).collect();
            page(&app, &ctx, id, orders, errors).await
        }
        Err(error) => Err(error),
    }
}

async fn page(app: &App, ctx: &Ctx, id: Uuid, orders: Orders, errors: Vec<FieldError>) -> Result<Response> {
    let db = app.db.read();
    let case = fetch_for(db, ctx, id, Action::OpenTask).await?;
    measures::open_stage(&case)?;
    let mut open = of_case(app, db, id).await?;
    open.retain(TaskRow::is_open);
    let page = NewPage {
        orders: orders.view(db, ctx, &case).await?,
        open,
        shell: Shell::new(app, ctx, "发起协办任务", "/cases").errors(errors),
        case: id,
        number: case.number,
    };
    render_with(page.shell.status(), &page)
}
