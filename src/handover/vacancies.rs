//! A post without anybody: the county learns of it once, however it fell
//! vacant, and of its next vacancy again; where nobody has filled it within
//! seven days, the city is told once more (岗位空缺预警，空缺>7日计考核).

use crate::ctx::Ctx;
use crate::entity::{post, unit};
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::network::{self, VACANT_DAYS};
use crate::notices::{self, Kind, Notice, To};
use crate::rules::division::{Division, Tier};
use crate::state::App;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The posts that every village and township must have filled.
const WATCHED: [&str; 2] = ["village_child_director", "township_child_supervisor"];
/// So many posts in one round: a network is founded with all of them vacant.
const ROUND: u64 = 500;

/// One of the two alerts.
struct Alert {
    /// Where it is written down that it was given.
    mark: post::Column,
    kind: Kind,
    /// The tier that is told, and the kinds of unit that stand for it, the first
    /// that is there.
    tier: Tier,
    offices: &'static [&'static str],
}

const FIRST: Alert = Alert {
    mark: post::Column::AlertedAt,
    kind: Kind::PostVacant,
    tier: Tier::County,
    offices: &["MPC"],
};

const ABOVE: Alert = Alert {
    mark: post::Column::AlertedAboveAt,
    kind: Kind::PostStillVacant,
    tier: Tier::City,
    offices: &["MPO", "MPC"],
};

/// Tells each county once of the posts that fell vacant there since, and the
/// city once of those that still are after seven days; answers how many posts
/// that were.
///
/// # Errors
/// When the database refuses.
pub async fn alert(app: &App, ctx: &Ctx) -> Result<usize> {
    let first = give(app, ctx, &FIRST, Condition::all()).await?;
    let above = give(app, ctx, &ABOVE, lasting(ctx.now)).await?;
    Ok(first + above)
}

/// Vacant for more than seven days, and the county was told of it.
fn lasting(now: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(post::Column::AlertedAt.is_not_null())
        .add(post::Column::VacantSince.lt(now - TimeDelta::days(VACANT_DAYS)))
}

async fn give(app: &App, ctx: &Ctx, alert: &Alert, further: Condition) -> Result<usize> {
    let vacant = post::Entity::find()
        .filter(post::Column::Role.is_in(WATCHED))
        .filter(post::Column::Active.eq(true))
        .filter(post::Column::HolderId.is_null())
        .filter(alert.mark.is_null())
        .filter(further)
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
    let places: BTreeSet<Division> = units
        .iter()
        .filter_map(|unit| Division::parse(&unit.division).ok()?.at(alert.tier))
        .collect();
    for place in &places {
        // A zone without units of its own: its county sees the coverage.
        if let Some(office) = office(&tx, alert, place).await? {
            notices::tell(&tx, ctx, &Notice::new(alert.kind, To::Unit(office))).await?;
        }
    }
    let ids: Vec<Uuid> = vacant.iter().map(|post| post.id).collect();
    post::Entity::update_many()
        .col_expr(alert.mark, Expr::value(ctx.now))
        .filter(post::Column::Id.is_in(ids.iter().copied()))
        .filter(post::Column::HolderId.is_null())
        .exec(&tx)
        .await?;
    let entry = Entry::new(Act::PostChanged).detail(json!({ "count": ids.len() }));
    journal::commit(tx, ctx, entry).await?;
    Ok(ids.len())
}

/// The unit that stands for a place.
async fn office(tx: &DatabaseTransaction, alert: &Alert, place: &Division) -> Result<Option<Uuid>> {
    for kind in alert.offices {
        match network::unit_at(tx, kind, place).await {
            Ok(unit) => return Ok(Some(unit.id)),
            Err(Error::NotFound) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(None)
}
