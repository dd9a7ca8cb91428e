//! The network as a list: the units of a division with their posts and people.

use super::coverage::{disabled, overdue, vacant_since};
use super::roster::{on_leave, post_unit, within};
use super::{change, rights};
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{account, post, unit};
use crate::error::Result;
use crate::rules::codes;
use crate::rules::division::{Division, Tier};
use crate::state::App;
use crate::vault::Slot;
use sea_orm::{ColumnTrait, Condition, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;
use uuid::Uuid;

/// Accounts offered for one post.
const OFFERED: usize = 50;

/// A unit as listed.
#[derive(Debug, Clone)]
pub(super) struct UnitLine {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) active: bool,
    pub(super) phone: String,
    pub(super) may_edit: bool,
    pub(super) posts: Vec<PostLine>,
}

/// A post as listed; texts are ready for the screen.
#[derive(Debug, Clone)]
pub(super) struct PostLine {
    pub(super) id: Uuid,
    pub(super) role: String,
    pub(super) holder: String,
    pub(super) stand_in: String,
    pub(super) leave: String,
    pub(super) on_leave: bool,
    pub(super) vacant: String,
    pub(super) overdue: bool,
    pub(super) may_edit: bool,
}

/// The units of exactly this division.
pub(super) async fn units_at(app: &App, ctx: &Ctx, place: &Division) -> Result<Vec<UnitLine>> {
    let here = Condition::all().add(unit::Column::Division.eq(place.code()));
    lines(app, ctx, here).await
}

/// The units of the villages of a township.
pub(super) async fn villages_of(app: &App, ctx: &Ctx, township: &Division) -> Result<Vec<UnitLine>> {
    if township.tier() != Tier::Township {
        return Ok(Vec::new());
    }
    let below = within(township).add(unit::Column::Division.ne(township.code()));
    lines(app, ctx, below).await
}

async fn lines(app: &App, ctx: &Ctx, condition: Condition) -> Result<Vec<UnitLine>> {
    let db = app.db.read();
    let units = unit::Entity::find()
        .filter(condition.clone())
        .order_by_asc(unit::Column::Division)
        .order_by_asc(unit::Column::Id)
        .all(db)
        .await?;
    let posts = post::Entity::find()
        .join(JoinType::InnerJoin, post_unit())
        .filter(condition)
        .filter(post::Column::Active.eq(true))
        .order_by_asc(post::Column::Id)
        .all(db)
        .await?;
    let ended = disabled(db).await?;
    let names = names(app, &posts).await?;
    let mut by_unit: HashMap<Uuid, Vec<post::Model>> = HashMap::new();
    for post in posts {
        by_unit.entry(post.unit_id).or_default().push(post);
    }
    let line = |unit: unit::Model| {
        let may_edit = rights::manages_posts(&ctx.actor, &unit);
        let posts = by_unit.remove(&unit.id).unwrap_or_default();
        let post_line = |post: &post::Model| post_line(post, &names, vacant_since(post, &ended), (ctx, may_edit));
        Ok(UnitLine {
            id: unit.id,
            phone: change::phone(&app.vault, &unit)?,
            may_edit: rights::manages_unit(&ctx.actor, &unit),
            active: unit.active,
            posts: posts.iter().map(post_line).collect(),
            name: unit.name,
        })
    };
    units.into_iter().map(line).collect()
}

fn post_line(
    post: &post::Model,
    names: &HashMap<Uuid, String>,
    vacant: Option<chrono::DateTime<chrono::Utc>>,
    (ctx, may_edit): (&Ctx, bool),
) -> PostLine {
    let name = |id: Option<Uuid>| id.and_then(|id| names.get(&id)).cloned().unwrap_or_default();
    let leave = match (post.leave_from, post.leave_until) {
        (Some(from), Some(until)) => format!("{from} 至 {until}"),
        (Some(from), None) => format!("{from} 起"),
        (None, _) => String::new(),
    };
    PostLine {
        id: post.id,
        role: role_name(&post.role),
        holder: if vacant.is_some() {
            String::new()
        } else {
            name(post.holder_id)
        },
        stand_in: name(post.stand_in_id),
        leave,
        on_leave: on_leave(post, clock::day(ctx.now)),
        vacant: vacant.map(|since| clock::day(since).to_string()).unwrap_or_default(),
        overdue: overdue(vacant, ctx.now),
        may_edit,
    }
}

/// Accounts that may sit in a post of a unit: login name and staff name.
pub(super) async fn fit(app: &App, role: &str, unit: &unit::Model) -> Result<Vec<(String, String)>> {
    let roles = rights::holders(role).iter().map(|role| role.code());
    let accounts = account::Entity::find()
        .filter(account::Column::Role.is_in(roles))
        .filter(account::Column::DisabledAt.is_null())
        .order_by_asc(account::Column::Username)
        .all(app.db.read())
        .await?;
    let fit = accounts
        .into_iter()
        .filter(|account| rights::unfit(account, role, unit).is_none());
    fit.take(OFFERED)
        .map(|row| {
            let name = app.vault.open(Slot::new("account", "name", row.id), &row.name)?;
            Ok((row.username, name))
        })
        .collect()
}

/// The name of a post's role.
pub(super) fn role_name(code: &str) -> String {
    codes::post_role(code).map_or_else(|| code.to_owned(), |role| role.name.clone())
}

/// Staff names of everybody who holds one of the posts or stands in.
async fn names(app: &App, posts: &[post::Model]) -> Result<HashMap<Uuid, String>> {
    let mut ids: Vec<Uuid> = posts
        .iter()
        .flat_map(|post| [post.holder_id, post.stand_in_id])
        .flatten()
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let mut names = HashMap::with_capacity(ids.len());
    for some in ids.chunks(500) {
        let accounts = account::Entity::find()
            .filter(account::Column::Id.is_in(some.iter().copied()))
            .all(app.db.read())
            .await?;
        for row in accounts {
            names.insert(row.id, app.vault.open(Slot::new("account", "name", row.id), &row.name)?);
        }
    }
    Ok(names)
}
