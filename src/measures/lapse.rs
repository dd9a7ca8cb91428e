//! What has run out is marked so, its clocks stopped, its history told.

use super::{events, name, watch};
use crate::casework::tell;
use crate::clock;
use crate::ctx::Ctx;
use crate::db;
use crate::entity::measure;
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::rules::measures::{PROCEDURES, State, Values};
use crate::state::App;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

/// How many in one round.
const BATCH: u64 = 100;

/// Marks the measures in force whose validity ended before today. One failure
/// never stops the rest; answers how many were marked.
///
/// # Errors
/// When they cannot be read.
pub async fn lapse(app: &App, ctx: &Ctx) -> Result<u64> {
    let lapsing = PROCEDURES.iter().filter(|procedure| procedure.lapses);
    let kinds = lapsing.map(|procedure| procedure.kind);
    let over = measure::Entity::find()
        .filter(measure::Column::State.eq(State::InForce.code()))
        .filter(measure::Column::ExpiresOn.lt(clock::day(ctx.now)))
        .filter(measure::Column::Kind.is_in(kinds))
        .order_by_asc(measure::Column::ExpiresOn)
        .order_by_asc(measure::Column::Id)
        .limit(BATCH)
        .all(app.db.read())
        .await?;
    let mut marked = 0;
    for row in over {
        let id = row.id;
        match mark(app, ctx, row).await {
            Ok(()) => marked += 1,
            Err(error) => tracing::error!(measure = %id, error = %error, "measure not marked as lapsed"),
        }
    }
    Ok(marked)
}

async fn mark(app: &App, ctx: &Ctx, row: measure::Model) -> Result<()> {
    let tx = app.db.begin().await?;
    let change = measure::ActiveModel {
        state: Set(State::Lapsed.code().to_owned()),
        ..Default::default()
    };
    let after = db::update(&tx, (row.id, row.version), change).await?;
    watch::stop_all(&tx, ctx, &after).await?;
    events::write(&tx, app, ctx, &after, (events::LAPSE, &Values::default())).await?;
    let refs = json!({ "measure": after.id, "kind": name(&after.kind), "on": after.expires_on });
    let text = name(&after.kind);
    let told = (Act::MeasureLapsed, ctx.now, Some(text.as_str()), refs);
    tell(&tx, &app.vault, ctx, after.case_id, told).await?;
    let entry = Entry::new(Act::MeasureLapsed).case(after.case_id).subject(after.id);
    journal::commit(tx, ctx, entry).await
}
