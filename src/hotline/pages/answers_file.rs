//! `GET /hotline/answers/file`: the answers of one partner as a file, with the
//! ids and numbers by which the line sends them, so that whatever arrives both
//! ways is known to be the same. Nothing counts as delivered by it.

use super::answers::order_of;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{hotline_order, outbox};
use crate::error::{Error, Result};
use crate::hotline::clients;
use crate::hotline::files::{csv, workbook};
use crate::hotline::out::TOPIC;
use crate::intake;
use crate::journal::{self, Act, Entry};
use crate::state::App;
use anyhow::Context;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashSet;
use uuid::Uuid;

/// The most messages that are looked at for one file.
const MOST: u64 = 20_000;
const HEADS: [&str; 6] = ["id", "ext_order_no", "seq", "state", "text", "at"];

/// Whose answers, of which day (of those not delivered where none is said), and
/// as what.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    client: String,
    day: String,
    form: String,
}

pub(super) async fn show(State(app): State<App>, ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response> {
    let db = app.db.read();
    let client = clients::by_code(db, asked.client.trim())
        .await?
        .ok_or(Error::NotFound)?;
    let messages = outbox::Entity::find()
        .filter(outbox::Column::Topic.eq(TOPIC))
        .filter(span(asked.day.trim())?)
        .order_by_asc(outbox::Column::CreatedAt)
        .order_by_asc(outbox::Column::LaneSeq)
        .limit(MOST)
        .all(db)
        .await?;
    // Who is kept out of a case gets nothing of it, as on the page.
    let kept_out: HashSet<Uuid> = hotline_order::Entity::find()
        .filter(hotline_order::Column::ClientId.eq(client.id))
        .filter(hotline_order::Column::ReportId.in_subquery(intake::blind_reports(&ctx)))
        .all(db)
        .await?
        .into_iter()
        .map(|order| order.id)
        .collect();
    let mut rows = vec![HEADS.map(str::to_owned).to_vec()];
    for message in messages {
        if order_of(&message).is_some_and(|order| !kept_out.contains(&order)) {
            rows.extend(row(&message, client.id)?);
        }
    }
    let entry = Entry::new(Act::HotlineAnswersExported)
        .subject(client.id)
        .detail(json!({ "count": rows.len() - 1 }));
    journal::viewed(&app.db, &ctx, entry).await?;
    let (bytes, kind, name) = if asked.form == "xlsx" {
        let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        (workbook(&rows)?, kind, "attachment; filename=\"answers.xlsx\"")
    } else {
        (
            csv(&rows)?,
            "text/csv; charset=utf-8",
            "attachment; filename=\"answers.csv\"",
        )
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, bytes).into_response())
}

fn span(day: &str) -> Result<Condition> {
    if day.is_empty() {
        return Ok(Condition::all().add(outbox::Column::DeliveredAt.is_null()));
    }
    let ends = |day: chrono::NaiveDate| Some((clock::midnight(day)?, clock::midnight(day.succ_opt()?)?));
    let wrong = || Error::BadRequest("日期形如 2026-11-23".to_owned());
    let (from, to) = clock::read_day(day).and_then(ends).ok_or_else(wrong)?;
    let from = outbox::Column::CreatedAt.gte(from);
    Ok(Condition::all().add(from).add(outbox::Column::CreatedAt.lt(to)))
}

/// An answer to this partner, field by field as the line sends it.
fn row(message: &outbox::Model, client: Uuid) -> Result<Option<Vec<String>>> {
    let payload: Value = serde_json::from_str(&message.payload).context("12345 回告")?;
    if payload["client"].as_str() != Some(client.to_string().as_str()) {
        return Ok(None);
    }
    let text = |name: &&str| match &payload[*name] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let fields = HEADS.iter().skip(1).map(text);
    Ok(Some([message.id.to_string()].into_iter().chain(fields).collect()))
}
