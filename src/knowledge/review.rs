//! The day on which an article is to be looked over again: its owner is told
//! once.

use super::State;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::article;
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::notices::{self, Kind, Notice, To};
use crate::state::App;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// So many in one round.
const ROUND: u64 = 200;

/// Tells the owners of published articles whose day has come; answers how many
/// articles that were.
///
/// # Errors
/// When the database refuses.
pub async fn remind(app: &App, ctx: &Ctx) -> Result<usize> {
    let due = article::Entity::find()
        .filter(article::Column::State.eq(State::Published.code()))
        .filter(article::Column::ReviewOn.lte(clock::day(ctx.now)))
        .filter(article::Column::RemindedAt.is_null())
        .order_by_asc(article::Column::Id)
        .limit(ROUND)
        .all(app.db.read())
        .await?;
    if due.is_empty() {
        return Ok(0);
    }
    let tx = app.db.begin().await?;
    let owners: BTreeSet<Uuid> = due.iter().map(|row| row.owner_unit).collect();
    for owner in owners {
        notices::tell(&tx, ctx, &Notice::new(Kind::ArticleReview, To::Unit(owner))).await?;
    }
    article::Entity::update_many()
        .col_expr(article::Column::RemindedAt, Expr::value(ctx.now))
        .filter(article::Column::Id.is_in(due.iter().map(|row| row.id)))
        .filter(article::Column::RemindedAt.is_null())
        .exec(&tx)
        .await?;
    let entry = Entry::new(Act::ArticleReviewDue).detail(json!({ "count": due.len() }));
    journal::commit(tx, ctx, entry).await?;
    Ok(due.len())
}
