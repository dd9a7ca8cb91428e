//! The history of a measure: each act with its answers, sealed, append-only.

use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{measure, measure_event};
use crate::error::Result;
use crate::rules::measures::{self, Field, Value, Values};
use crate::state::App;
use crate::vault::Slot;
use anyhow::Context;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A paper recorded with the short form or by a joint task.
pub(super) const PAPER: &str = "paper";
/// Ended before its time.
pub(super) const END: &str = "end";
/// The validity ran out.
pub(super) const LAPSE: &str = "lapse";

/// An act in the history.
#[derive(Debug, Clone)]
pub(super) struct Happened {
    pub(super) deed: String,
    pub(super) at: chrono::DateTime<chrono::Utc>,
    pub(super) actor: Option<Uuid>,
    pub(super) unit: Option<Uuid>,
    /// The answers as text by the names of their fields.
    pub(super) fields: BTreeMap<String, String>,
}

/// Writes an act with its answers.
pub(super) async fn write(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    row: &measure::Model,
    (deed, values): (&str, &Values),
) -> Result<()> {
    write_for(tx, app, ctx, row, (deed, values, ctx.actor.unit)).await
}

/// The same, done for a unit: whoever sits there again reads what was done in
/// their absence.
pub(super) async fn write_for(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    row: &measure::Model,
    (deed, values, unit): (&str, &Values, Option<Uuid>),
) -> Result<()> {
    let id = ctx.new_id();
    let told: BTreeMap<&str, String> = values.0.iter().map(|(name, value)| (*name, text(value))).collect();
    let json = serde_json::to_string(&told).context("answers as JSON")?;
    let event = measure_event::ActiveModel {
        id: Set(id),
        measure_id: Set(row.id),
        case_id: Set(row.case_id),
        deed: Set(deed.to_owned()),
        state: Set(row.state.clone()),
        fields: Set(app.vault.seal(Slot::new("measure_event", "fields", id), &json)?),
        actor_id: Set(ctx.account()),
        actor_unit: Set(unit),
        at: Set(ctx.now),
    };
    event.insert(tx).await?;
    Ok(())
}

/// The history of a measure, earliest first.
pub(super) async fn of(app: &App, db: &impl ConnectionTrait, measure: Uuid) -> Result<Vec<Happened>> {
    let rows = measure_event::Entity::find()
        .filter(measure_event::Column::MeasureId.eq(measure))
        .order_by_asc(measure_event::Column::At)
        .order_by_asc(measure_event::Column::Id)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            let json = app
                .vault
                .open(Slot::new("measure_event", "fields", row.id), &row.fields)?;
            Ok(Happened {
                deed: row.deed,
                at: row.at,
                actor: row.actor_id,
                unit: row.actor_unit,
                fields: serde_json::from_str(&json).context("answers in the database")?,
            })
        })
        .collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Day(day) => day.to_string(),
        Value::At(at) => clock::minute(*at),
        Value::Codes(codes) => codes.join(" "),
    }
}

/// The words of an act.
pub(super) fn label(kind: &str, deed: &str) -> &'static str {
    match deed {
        PAPER => return "登记文书",
        END => return "登记终止",
        LAPSE => return "到期失效",
        _ => {}
    }
    let procedure = measures::procedure(kind);
    let begun = procedure
        .filter(|_| deed == "begin")
        .map(|procedure| procedure.begin.label);
    begun
        .or_else(|| procedure?.deed(deed).map(|deed| deed.label))
        .unwrap_or("办理")
}

/// The field of an act by its name, wherever in the kind it is asked.
pub(super) fn field(kind: &str, deed: &str, name: &str) -> Option<&'static Field> {
    let procedure = measures::procedure(kind)?;
    let own = procedure.deed(deed).and_then(|deed| deed.field(name));
    own.or_else(|| procedure.begin.field(name))
        .or_else(|| procedure.deeds.iter().find_map(|deed| deed.field(name)))
}
