//! Drafts that the telephone opens: with the number on them as if somebody had
//! typed it, and taken off the list again when nobody picked up and nothing was
//! typed. A draft that was taken off stays a while: whoever goes on typing in
//! an open page finds it saved and back on the list.

use super::facts::{Caller, ReportInput};
use super::{Seen, State, draft, store};
use crate::ctx::Ctx;
use crate::entity::{emergency_call, referral, report, reporter_identity};
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::rules::policy;
use crate::state::App;
use chrono::TimeDelta;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;
use uuid::Uuid;

/// A draft that was taken off the list is kept so long for a page that is open.
const KEPT: TimeDelta = TimeDelta::days(1);
/// So many are taken away at once.
const BATCH: u64 = 500;

/// Opens a draft for the person at whose telephone it rings; `ctx` is theirs.
/// None for a person who takes no reports.
///
/// # Errors
/// When the database refuses.
pub async fn open_ringing(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    number: Option<&str>,
) -> Result<Option<Uuid>> {
    if !policy::takes_reports(ctx.actor.role) {
        return Ok(None);
    }
    let opened = draft::insert(tx, ctx, "phone", ctx.now).await?;
    let mut version = opened.version;
    if let Some(number) = number {
        let input = ReportInput {
            caller: Caller {
                phone: Some(number.to_owned()),
                ..Caller::default()
            },
            ..ReportInput::default()
        };
        let seen = Seen { id: opened.id, version };
        version = store::write_form(tx, app, seen, &input).await?.version;
    }
    let rung = report::ActiveModel {
        rung_version: Set(Some(version)),
        ..Default::default()
    };
    report::Entity::update_many()
        .set(rung)
        .filter(report::Column::Id.eq(opened.id))
        .exec(tx)
        .await?;
    Ok(Some(opened.id))
}

/// Takes a draft off the list as long as nothing was typed into it; puts it
/// back. Its version stays, so that a page that is open can go on saving.
///
/// # Errors
/// When the database refuses.
pub async fn withdraw_ringing(tx: &impl ConnectionTrait, ctx: &Ctx, report: Uuid, off: bool) -> Result<()> {
    let row = report::ActiveModel {
        withdrawn_at: Set(Some(ctx.now).filter(|_| off)),
        ..Default::default()
    };
    report::Entity::update_many()
        .set(row)
        .filter(report::Column::Id.eq(report))
        .filter(report::Column::State.eq(State::Draft.code()))
        .exec(tx)
        .await?;
    Ok(())
}

/// Drafts that nobody needs to see: taken off, nothing typed, no emergency
/// started from them and nobody referred.
pub(super) fn withdrawn() -> Condition {
    Condition::all()
        .add(report::Column::WithdrawnAt.is_not_null())
        .add(report::Column::State.eq(State::Draft.code()))
        .add(Expr::col(report::Column::RungVersion).eq(Expr::col(report::Column::Version)))
        .add(report::Column::Id.not_in_subquery(with_emergency()))
        .add(report::Column::Id.not_in_subquery(with_referral()))
}

fn with_emergency() -> SelectStatement {
    Query::select()
        .column(emergency_call::Column::ReportId)
        .from(emergency_call::Entity)
        .to_owned()
}

fn with_referral() -> SelectStatement {
    Query::select()
        .column(referral::Column::ReportId)
        .from(referral::Entity)
        .to_owned()
}

/// Takes away what was taken off the list a day ago; answers how many.
///
/// # Errors
/// When the database refuses.
pub async fn drop_withdrawn(app: &App, ctx: &Ctx) -> Result<usize> {
    let old: Vec<Uuid> = report::Entity::find()
        .select_only()
        .column(report::Column::Id)
        .filter(withdrawn())
        .filter(report::Column::WithdrawnAt.lt(ctx.now - KEPT))
        .limit(BATCH)
        .into_tuple()
        .all(app.db.read())
        .await?;
    if old.is_empty() {
        return Ok(0);
    }
    let tx = app.db.begin().await?;
    // Whoever typed since then keeps the draft.
    let gone: Vec<Uuid> = report::Entity::find()
        .select_only()
        .column(report::Column::Id)
        .filter(withdrawn())
        .filter(report::Column::Id.is_in(old))
        .lock_exclusive()
        .into_tuple()
        .all(&tx)
        .await?;
    reporter_identity::Entity::delete_many()
        .filter(reporter_identity::Column::ReportId.is_in(gone.iter().copied()))
        .exec(&tx)
        .await?;
    report::Entity::delete_many()
        .filter(report::Column::Id.is_in(gone.iter().copied()))
        .exec(&tx)
        .await?;
    let entry = Entry::new(Act::DraftsDropped).detail(json!({ "count": gone.len() }));
    journal::commit(tx, ctx, entry).await?;
    Ok(gone.len())
}
