//! `GET /hotline/answers`: what 12345 has not got yet, what is laid aside, and
//! the daily comparisons.

use super::order::{AnswerRow, answer_row};
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{hotline_event, hotline_order, outbox};
use crate::error::Result;
use crate::hotline::clients;
use crate::hotline::out::reconcile::{self, Line};
use crate::hotline::out::{self, TOPIC};
use crate::intake;
use crate::state::App;
use crate::web::{Choice, Shell, render};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;
use uuid::Uuid;

/// Rows of a list: what is older waits behind them.
const ROWS: u64 = 100;
/// Days of comparisons.
const DAYS: u64 = 30;

struct Waiting {
    /// None for a daily list.
    order: Option<(Uuid, String)>,
    answer: AnswerRow,
}

struct Day {
    line: Line,
    answered: String,
}

#[derive(Template)]
#[template(path = "hotline/answers.html")]
struct AnswersPage {
    shell: Shell,
    clients: Vec<Choice>,
    /// Answers are being made out that a file would still lack.
    behind: bool,
    dead: Vec<Waiting>,
    waiting: Vec<Waiting>,
    orphans: Vec<String>,
    days: Vec<Day>,
}

pub(super) async fn list(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    let db = app.db.read();
    let open = undelivered(&app, &ctx).await?;
    let (dead, waiting) = open.into_iter().partition(|one: &Waiting| one.answer.dead);
    let orphans = hotline_event::Entity::find()
        .filter(hotline_event::Column::AppliedAt.is_null())
        .order_by_asc(hotline_event::Column::ArrivedAt)
        .limit(ROWS)
        .all(db)
        .await?;
    let day = |line: Line| Day {
        answered: line.answered_at.map_or_else(|| "未答复".to_owned(), clock::minute),
        line,
    };
    let mut partners = Vec::new();
    for client in clients::all(db).await? {
        partners.push(Choice::new(&client.code, &clients::name(&app.vault, &client)?, ""));
    }
    render(&AnswersPage {
        clients: partners,
        behind: out::behind(db).await?,
        shell: Shell::new(&app, &ctx, "12345 回告与对账", "/hotline/orders"),
        dead,
        waiting,
        orphans: orphans.into_iter().map(|event| event.ext_order_no).collect(),
        days: reconcile::latest(db, DAYS).await?.into_iter().map(day).collect(),
    })
}

/// The order whose answer a message is.
pub(super) fn order_of(message: &outbox::Model) -> Option<Uuid> {
    Uuid::parse_str(message.lane.as_deref()?.strip_prefix("hotline:")?).ok()
}

/// What has not arrived, but for the orders of cases from which the person is
/// kept out.
async fn undelivered(app: &App, ctx: &Ctx) -> Result<Vec<Waiting>> {
    let db = app.db.read();
    let open = outbox::Entity::find()
        .filter(outbox::Column::Topic.eq(TOPIC))
        .filter(outbox::Column::DeliveredAt.is_null())
        .order_by_asc(outbox::Column::CreatedAt)
        .limit(ROWS)
        .all(db)
        .await?;
    let orders = hotline_order::Entity::find()
        .filter(hotline_order::Column::Id.is_in(open.iter().filter_map(order_of)))
        .filter(hotline_order::Column::ReportId.not_in_subquery(intake::blind_reports(ctx)))
        .all(db)
        .await?;
    let numbers: HashMap<Uuid, String> = orders.into_iter().map(|order| (order.id, order.ext_order_no)).collect();
    let shown = |message: outbox::Model| {
        let order = match order_of(&message) {
            Some(order) => Some((order, numbers.get(&order)?.clone())),
            None => None,
        };
        Some(Waiting {
            order,
            answer: answer_row(message),
        })
    };
    Ok(open.into_iter().filter_map(shown).collect())
}
