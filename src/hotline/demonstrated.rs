//! An order of the demonstration with its picture: taken as any other, the
//! picture drawn and kept as though it had been fetched. Nothing is called.

use super::body::WorkOrder;
use super::door::Signed;
use super::{attachments, clients, orders};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::state::App;
use anyhow::Context;
use axum::body::Bytes;
use serde_json::Value;

/// Takes an order in the name of a partner and keeps a picture as the first of
/// its attachments.
///
/// # Errors
/// When there is no such partner, or the order is not taken.
pub async fn demonstrate(app: &App, ctx: &Ctx, code: &str, order: &Value, picture: Vec<u8>) -> Result<()> {
    let client = clients::by_code(app.db.read(), code).await?.ok_or(Error::NotFound)?;
    let signed = Signed {
        client,
        ctx: ctx.clone(),
        body: Bytes::new(),
        is_json: true,
        by_file: false,
    };
    let read: WorkOrder = serde_json::from_value(order.clone()).context("order of the demonstration")?;
    Box::pin(orders::take(app, &signed, order, &read)).await?;
    let number = read.ext_order_no.unwrap_or_default();
    let taken = orders::by_number(app.db.read(), &number)
        .await?
        .ok_or(Error::NotFound)?;
    attachments::keep_first(app, taken.id, picture).await
}
