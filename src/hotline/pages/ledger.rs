//! `GET /hotline/orders`: every order, what needs a look marked.

use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{hotline_flag, hotline_order, report};
use crate::error::{Error, Result};
use crate::hotline::attachments::{self, Tally};
use crate::hotline::events::is_cancelled;
use crate::hotline::flags::waiting;
use crate::hotline::standing::Standing;
use crate::intake;
use crate::journal::{self, Act, Entry};
use crate::state::App;
use crate::web::{Choice, Shell, render};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use chrono::DateTime;
use sea_orm::sea_query::LikeExpr;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

const PAGE: u64 = 25;

/// What the list is narrowed to, and where its next page begins.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    state: String,
    look: String,
    cursor: Option<String>,
}

struct Row {
    id: Uuid,
    ext_order_no: String,
    number: String,
    received: String,
    arrived: String,
    told: &'static str,
    seq: i32,
    flags: usize,
    files: Tally,
    cancelled: bool,
}

#[derive(Template)]
#[template(path = "hotline/ledger.html")]
struct LedgerPage {
    shell: Shell,
    q: String,
    states: Vec<Choice>,
    looks: Vec<Choice>,
    rows: Vec<Row>,
    prev: Option<String>,
    next: Option<String>,
}

impl Asked {
    fn condition(&self) -> Condition {
        use hotline_order::Column;
        let number: String = self.q.trim().chars().take(50).collect();
        let state = Standing::parse(&self.state);
        let told = state.map(|state| match state {
            Standing::Received => Condition::any()
                .add(Column::ToldState.is_null())
                .add(Column::ToldState.eq(state.code())),
            state => Condition::all().add(Column::ToldState.eq(state.code())),
        });
        let look = match self.look.as_str() {
            "open" => Some(Column::Id.in_subquery(waiting())),
            "cancelled" => Some(Column::CancelledAt.is_not_null()),
            _ => None,
        };
        let mut all = Condition::all().add_option(told).add_option(look);
        if !number.is_empty() {
            let literal: String = number
                .chars()
                .flat_map(|c| [Some('\\').filter(|_| "\\%_".contains(c)), Some(c)])
                .flatten()
                .collect();
            let like = LikeExpr::new(format!("{literal}%")).escape('\\');
            all = all.add(Column::ExtOrderNo.like(like));
        }
        all
    }

    fn page(&self, cursor: Option<&str>) -> Option<String> {
        let pairs = [
            ("q", Some(self.q.trim())),
            ("state", Some(self.state.as_str())),
            ("look", Some(self.look.as_str())),
            ("cursor", cursor),
        ];
        let pairs: Vec<(&str, &str)> = pairs
            .into_iter()
            .filter_map(|(name, value)| value.filter(|value| !value.is_empty()).map(|value| (name, value)))
            .collect();
        let query = serde_html_form::to_string(pairs).ok()?;
        Some(format!("/hotline/orders?{query}"))
    }
}

/// The orders after a cursor.
fn after(cursor: &str) -> Result<Condition> {
    use hotline_order::Column;
    let read = || {
        let (at, id) = cursor.split_once('.')?;
        let at = DateTime::from_timestamp_micros(at.parse().ok()?)?;
        Some((at, Uuid::parse_str(id).ok()?))
    };
    let wrong = || Error::BadRequest("翻页参数无效，从第一页重新打开".to_owned());
    let (at, id) = read().ok_or_else(wrong)?;
    let same = Condition::all().add(Column::ArrivedAt.eq(at)).add(Column::Id.lt(id));
    Ok(Condition::any().add(Column::ArrivedAt.lt(at)).add(same))
}

pub(super) async fn list(State(app): State<App>, ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response> {
    let mut query = hotline_order::Entity::find()
        .filter(asked.condition())
        .filter(hotline_order::Column::ReportId.not_in_subquery(intake::blind_reports(&ctx)))
        .order_by_desc(hotline_order::Column::ArrivedAt)
        .order_by_desc(hotline_order::Column::Id)
        .limit(PAGE + 1);
    if let Some(cursor) = &asked.cursor {
        query = query.filter(after(cursor)?);
    }
    let mut orders = query.all(app.db.read()).await?;
    let full = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = orders.len() > full;
    orders.truncate(full);
    let next = orders.last().filter(|_| more);
    let next = next.map(|last| format!("{}.{}", last.arrived_at.timestamp_micros(), last.id));
    let entry = Entry::new(Act::HotlineOrdersListed).detail(json!({ "count": orders.len() }));
    journal::viewed(&app.db, &ctx, entry).await?;
    let states = Standing::ALL.iter().map(|state| (state.code(), state.text()));
    render(&LedgerPage {
        shell: Shell::new(&app, &ctx, "12345 工单", "/hotline/orders"),
        states: Choice::list(&states.collect::<Vec<_>>(), &asked.state),
        looks: Choice::list(&[("open", "待人工核对"), ("cancelled", "有撤单")], &asked.look),
        rows: rows(app.db.read(), orders).await?,
        prev: asked.cursor.as_ref().and_then(|_| asked.page(None)),
        next: next.and_then(|next| asked.page(Some(&next))),
        q: asked.q,
    })
}

async fn rows(db: &impl ConnectionTrait, orders: Vec<hotline_order::Model>) -> Result<Vec<Row>> {
    let reports = report::Entity::find()
        .filter(report::Column::Id.is_in(orders.iter().map(|order| order.report_id)))
        .all(db)
        .await?;
    let numbers: HashMap<Uuid, String> = reports.into_iter().map(|report| (report.id, report.number)).collect();
    let open = hotline_flag::Entity::find()
        .filter(hotline_flag::Column::OrderId.is_in(orders.iter().map(|order| order.id)))
        .filter(hotline_flag::Column::SettledAt.is_null())
        .all(db)
        .await?;
    let tallies = attachments::tallies(db, orders.iter().map(|order| order.id).collect()).await?;
    let row = |order: hotline_order::Model| {
        let told = order.told_state.as_deref().and_then(Standing::parse);
        Row {
            id: order.id,
            number: numbers.get(&order.report_id).cloned().unwrap_or_default(),
            received: clock::minute(order.received_at),
            arrived: clock::minute(order.arrived_at),
            told: told.unwrap_or(Standing::Received).text(),
            seq: order.told_seq,
            files: tallies.get(&order.id).copied().unwrap_or_default(),
            flags: open.iter().filter(|flag| flag.order_id == order.id).count(),
            cancelled: is_cancelled(&order),
            ext_order_no: order.ext_order_no,
        }
    };
    Ok(orders.into_iter().map(row).collect())
}
