//! The digest: who asked for it is told once at the beginning of a shift how
//! much came since the last one. What was held back rings with it.

use super::Kind;
use super::choices::this_shift;
use super::settling::unread;
use crate::ctx::Ctx;
use crate::db::insert_models;
use crate::entity::{notice, notice_choice};
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::state::App;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// Writes the digests that are due; answers how many.
///
/// # Errors
/// When the database refuses.
pub async fn digest(app: &App, ctx: &Ctx) -> Result<u64> {
    let shift = this_shift(ctx.now);
    let due = notice_choice::Entity::find()
        .filter(notice_choice::Column::Digest.eq(true))
        .filter(notice_choice::Column::DigestedAt.lt(shift))
        .all(app.db.read())
        .await?;
    let mut written = 0;
    for choice in due {
        written += u64::from(one(app, ctx, &choice, shift).await?);
    }
    Ok(written)
}

/// One person's digest; also by several workers it is written once, because
/// only one of them moves the mark.
async fn one(app: &App, ctx: &Ctx, choice: &notice_choice::Model, shift: DateTime<Utc>) -> Result<bool> {
    let tx = app.db.begin().await?;
    let moved = notice_choice::Entity::update_many()
        .col_expr(notice_choice::Column::DigestedAt, Expr::value(shift))
        .filter(notice_choice::Column::AccountId.eq(choice.account_id))
        .filter(notice_choice::Column::DigestedAt.eq(choice.digested_at))
        .exec(&tx)
        .await?;
    if moved.rows_affected == 0 {
        return Ok(false);
    }
    let news = notice::Entity::find()
        .filter(notice::Column::AccountId.eq(choice.account_id))
        .filter(notice::Column::CreatedAt.gte(choice.digested_at))
        .filter(unread())
        .count(&tx)
        .await?;
    if news > 0 {
        insert_models(&tx, vec![row(ctx, choice.account_id)]).await?;
    }
    let entry = Entry::new(Act::NoticesDigested)
        .subject(choice.account_id)
        .detail(json!({ "news": news }));
    journal::commit(tx, ctx, entry).await?;
    Ok(news > 0)
}

fn row(ctx: &Ctx, account: Uuid) -> notice::Model {
    notice::Model {
        id: ctx.new_id(),
        account_id: account,
        kind: Kind::Digest.code().to_owned(),
        case_id: None,
        report_id: None,
        task_id: None,
        measure_id: None,
        deadline_id: None,
        red: false,
        sms: false,
        created_at: ctx.now,
        held_until: None,
        seq: None,
        seen_at: None,
        settled_at: None,
    }
}
