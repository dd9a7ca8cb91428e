//! A post without anybody: the county learns of it once, however it fell
//! vacant, and of its next vacancy again (岗位空缺预警).

use crate::ctx::Ctx;
use crate::entity::{post, unit};
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::network;
use crate::notices::{self, Kind, Notice, To};
use crate::rules::division::{Division, Tier};
use crate::state::App;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The posts that every village and township must have filled.
const WATCHED: [&str; 2] = ["village_child_director", "township_child_supervisor"];
/// So many posts in one round: a network is founded with all of them vacant.
const ROUND: u64 = 500;

/// Tells each county once of the posts that fell vacant there since; answers
/// how many posts that were.
///
/// # Errors
/// When the database refuses.
pub async fn alert(app: &App, ctx: &Ctx) -> Result<usize> {
    let vacant = post::Entity::find()
        .filter(post::Column::Role.is_in(WATCHED))
        .filter(post::Column::Active.eq(true))
        .filter(post::Column::HolderId.is_null())
        .filter(post::Column::AlertedAt.is_null())
        .order_by_asc(post::Column::Id)
        .limit(ROUND)
        .all(app.db.read())
        .await?;
    if vacant.is_empty() {
        return Ok(0);
    }
    let tx = app.db.begin().await?;
    let units = unit::Entity::find()
        .filter(unit::Column::Id.is_in(vacant.iter().map(|post| post.unit_id)))
        .all(&tx)
        .await?;
    let counties: BTreeSet<Division> = units
        .iter()
        .filter_map(|unit| Division::parse(&unit.division).ok()?.at(Tier::County))
        .collect();
    for county in &counties {
        match network::unit_at(&tx, "MPC", county).await {
            Ok(centre) => notices::tell(&tx, ctx, &Notice::new(Kind::PostVacant, To::Unit(centre.id))).await?,
            // A zone without units of its own: its county sees the coverage.
            Err(Error::NotFound) => {}
            Err(other) => return Err(other),
        }
    }
    let ids: Vec<Uuid> = vacant.iter().map(|post| post.id).collect();
    post::Entity::update_many()
        .col_expr(post::Column::AlertedAt, Expr::value(ctx.now))
        .filter(post::Column::Id.is_in(ids.iter().copied()))
        .filter(post::Column::HolderId.is_null())
        .exec(&tx)
        .await?;
    let entry = Entry::new(Act::PostChanged).detail(json!({ "count": ids.len() }));
    journal::commit(tx, ctx, entry).await?;
    Ok(ids.len())
}
