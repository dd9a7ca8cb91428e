//! Moving the demonstration's clock ahead, to show what runs out.

use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::state::App;
use crate::web::routes::see_other;
use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::response::Response;
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::json;

const FARTHEST: i64 = 400;

#[derive(Debug, Deserialize)]
pub(super) struct Ahead {
    days: i64,
}

/// POST /demo/clock: everybody has to sign in again afterwards, as after any
/// pause of that length.
pub(super) async fn advance(
    State(app): State<App>,
    ahead: std::result::Result<Form<Ahead>, FormRejection>,
) -> Result<Response> {
    let Form(ahead) = ahead.map_err(|_| Error::field("days", "填写 1 到 400 之间的天数"))?;
    if !(1..=FARTHEST).contains(&ahead.days) {
        return Err(Error::field("days", "填写 1 到 400 之间的天数"));
    }
    app.clock.advance(TimeDelta::days(ahead.days));
    let ctx = Ctx::system(app.clock.now());
    let entry = Entry::new(Act::DemoClockMoved).detail(json!({ "days": ahead.days }));
    journal::viewed(&app.db, &ctx, entry).await?;
    Ok(see_other("/login"))
}
