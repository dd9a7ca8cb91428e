//! What is written down without moving the case: notes, the city's spot check,
//! the follow-up plan; and the beginning of support.

use super::{finish, words, words_if_any};
use crate::casework::{advance, fetch_for};
use crate::clocks;
use crate::ctx::Ctx;
use crate::entity::protection_case;
use crate::error::Result;
use crate::journal::Act;
use crate::rules::deadlines;
use crate::rules::policy::Action;
use crate::rules::workflow::Step;
use crate::state::App;
use sea_orm::ActiveValue::Set;
use serde_json::json;
use uuid::Uuid;

/// Adds what became known (补充情况); it never touches a clock.
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`]; [`Invalid`](crate::error::Error::Invalid) on `text`.
pub async fn add_note(app: &App, ctx: &Ctx, id: Uuid, seen: i32, text: &str) -> Result<protection_case::Model> {
    let text = words("text", "补充情况", text, 2000)?;
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, id, Action::Record).await?;
    advance(&tx, &case, seen, &Step::Record, |_| {}).await?;
    finish(tx, app, ctx, id, (Act::NoteAdded, Some(&text), json!({}))).await
}

/// Begins the support that the plan names (开始帮扶). Meets the clock
/// `resolve` where the plan has not: what is owed within 15 days is that the
/// matter is settled and answered (办结反馈), not that protection ends.
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`].
pub async fn begin_support(app: &App, ctx: &Ctx, id: Uuid, seen: i32) -> Result<protection_case::Model> {
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, id, Action::Plan).await?;
    advance(&tx, &case, seen, &Step::Intervene, |_| {}).await?;
    clocks::meet(&tx, id, &["resolve"], ctx.now).await?;
    finish(tx, app, ctx, id, (Act::SupportBegun, None, json!({}))).await
}

/// Records the city's spot check (市抽查), which a red case needs before it may
/// be closed.
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`]; [`Invalid`](crate::error::Error::Invalid) on `note`.
pub async fn spot_check(app: &App, ctx: &Ctx, id: Uuid, seen: i32, note: &str) -> Result<protection_case::Model> {
    let note = words("note", "抽查意见", note, 1000)?;
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, id, Action::SpotCheck).await?;
    advance(&tx, &case, seen, &Step::Record, |row| {
        row.spot_checked_at = Set(Some(ctx.now));
    })
    .await?;
    finish(tx, app, ctx, id, (Act::SpotChecked, Some(&note), json!({}))).await
}

/// Plans the follow-up after closing: on the days of rule DL31. Its clocks
/// start when the closing is approved.
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`].
pub async fn plan_follow_up(app: &App, ctx: &Ctx, id: Uuid, seen: i32, note: &str) -> Result<protection_case::Model> {
    let note = words_if_any("note", "跟踪安排", Some(note), 1000)?;
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, id, Action::Record).await?;
    advance(&tx, &case, seen, &Step::Record, |row| {
        row.follow_up_planned = Set(true);
    })
    .await?;
    let days = deadlines::follow_up_days(&clocks::book(&tx, ctx.now).await?);
    let text = format!("结案后第{}跟踪。{}", days.join("、"), note.unwrap_or_default());
    let refs = json!({ "days": days });
    finish(tx, app, ctx, id, (Act::FollowUpPlanned, Some(&text), refs)).await
}
