//! How the line to 12345 stands: what came today, what nobody has opened, what
//! waits to go out and for how long, per partner.

use super::flags::waiting;
use crate::ctx::Ctx;
use crate::entity::{hotline_client, hotline_order, journal_entry, outbox};
use crate::error::Result;
use crate::intake;
use crate::state::App;
use crate::vault::Slot;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Messages that wait are looked at one by one up to so many.
const LOOK: u64 = 5000;

/// A partner's side of the line.
#[derive(Debug, Clone, Default)]
pub struct Partner {
    /// Its name.
    pub name: String,
    /// Whether its calls are taken.
    pub enabled: bool,
    /// When its last order arrived.
    pub last_in: Option<DateTime<Utc>>,
    /// Answers that wait.
    pub waiting: u64,
    /// Answers laid aside after the last try.
    pub dead: u64,
    /// Since when the oldest of both is there.
    pub oldest: Option<DateTime<Utc>>,
}

/// The line as a whole.
#[derive(Debug, Clone, Default)]
pub struct Health {
    /// Orders that arrived since.
    pub arrived: u64,
    /// Orders with something that a person has to look at, whenever they came.
    pub flagged: u64,
    /// Of those that arrived since, the ones that nobody has looked at yet:
    /// neither the order nor its report nor its case.
    pub unopened: u64,
    /// When the last answer was delivered.
    pub last_out: Option<DateTime<Utc>>,
    /// Each partner.
    pub partners: Vec<Partner>,
    /// Whether more wait than were looked at one by one.
    pub more: bool,
}

/// How the line stands, counting orders from a time on. Orders of cases from
/// which the person is kept out do not count.
///
/// # Errors
/// When the database refuses.
pub async fn health(app: &App, ctx: &Ctx, since: DateTime<Utc>) -> Result<Health> {
    use hotline_order::Column;
    let db = app.db.read();
    let seen = || hotline_order::Entity::find().filter(Column::ReportId.not_in_subquery(intake::blind_reports(ctx)));
    let today = || seen().filter(Column::ArrivedAt.gte(since));
    let unopened = today().filter(unopened()).count(db).await?;
    let (partners, more) = partners(app).await?;
    Ok(Health {
        arrived: today().count(db).await?,
        flagged: seen().filter(Column::Id.in_subquery(waiting())).count(db).await?,
        unopened,
        last_out: delivered(db, super::out::TOPIC).await?,
        partners,
        more,
    })
}

/// Nobody has looked at the order's report, nor at its case.
fn unopened() -> Condition {
    use crate::entity::report;
    let looked = Query::select()
        .expr(Expr::val(1))
        .from(journal_entry::Entity)
        .and_where(
            Expr::col((journal_entry::Entity, journal_entry::Column::ReportId))
                .equals((hotline_order::Entity, hotline_order::Column::ReportId)),
        )
        .and_where(journal_entry::Column::Outcome.eq("viewed"))
        .to_owned();
    let looked_at_case = Query::select()
        .expr(Expr::val(1))
        .from(report::Entity)
        .inner_join(
            journal_entry::Entity,
            Expr::col((journal_entry::Entity, journal_entry::Column::CaseId))
                .equals((report::Entity, report::Column::CaseId)),
        )
        .and_where(
            Expr::col((report::Entity, report::Column::Id))
                .equals((hotline_order::Entity, hotline_order::Column::ReportId)),
        )
        .and_where(journal_entry::Column::Outcome.eq("viewed"))
        // A case that an earlier report opened was looked at before.
        .and_where(
            Expr::col((journal_entry::Entity, journal_entry::Column::At))
                .gte(Expr::col((hotline_order::Entity, hotline_order::Column::ArrivedAt))),
        )
        .to_owned();
    Condition::all()
        .add(Expr::exists(looked).not())
        .add(Expr::exists(looked_at_case).not())
}

/// When the last message of a topic was delivered.
///
/// # Errors
/// When the database refuses.
pub async fn delivered(db: &impl ConnectionTrait, topic: &str) -> Result<Option<DateTime<Utc>>> {
    let last = outbox::Entity::find()
        .select_only()
        .column(outbox::Column::DeliveredAt)
        .filter(outbox::Column::Topic.eq(topic))
        .filter(outbox::Column::DeliveredAt.is_not_null())
        .order_by_desc(outbox::Column::DeliveredAt)
        .limit(1);
    let last: Option<Option<DateTime<Utc>>> = last.into_tuple().one(db).await?;
    Ok(last.flatten())
}

type Held = (Option<String>, DateTime<Utc>, Option<DateTime<Utc>>);

/// Each partner with what waits for it.
async fn partners(app: &App) -> Result<(Vec<Partner>, bool)> {
    use outbox::Column;
    let db = app.db.read();
    let held: Vec<Held> = outbox::Entity::find()
        .select_only()
        .columns([Column::Lane, Column::CreatedAt, Column::DeadAt])
        .filter(Column::DeliveredAt.is_null())
        .filter(Column::Topic.eq(super::out::TOPIC))
        .order_by_asc(Column::AvailableAt)
        .limit(LOOK)
        .into_tuple()
        .all(db)
        .await?;
    let more = u64::try_from(held.len()).is_ok_and(|count| count == LOOK);
    let clients = owners(db, &held).await?;
    let mut partners = Vec::new();
    for row in hotline_client::Entity::find()
        .order_by_asc(hotline_client::Column::Id)
        .all(db)
        .await?
    {
        let mut partner = Partner {
            name: app.vault.open(Slot::new("hotline_client", "name", row.id), &row.name)?,
            enabled: row.disabled_at.is_none(),
            last_in: last_in(db, row.id).await?,
            ..Partner::default()
        };
        for (lane, created, dead) in &held {
            if lane.as_ref().and_then(|lane| clients.get(lane)) != Some(&row.id) {
                continue;
            }
            partner.waiting += u64::from(dead.is_none());
            partner.dead += u64::from(dead.is_some());
            partner.oldest = Some(partner.oldest.map_or(*created, |oldest| Ord::min(oldest, *created)));
        }
        partners.push(partner);
    }
    Ok((partners, more))
}

async fn last_in(db: &impl ConnectionTrait, client: Uuid) -> Result<Option<DateTime<Utc>>> {
    let last = hotline_order::Entity::find()
        .select_only()
        .column(hotline_order::Column::ArrivedAt)
        .filter(hotline_order::Column::ClientId.eq(client))
        .order_by_desc(hotline_order::Column::ArrivedAt)
        .limit(1);
    Ok(last.into_tuple().one(db).await?)
}

/// The partner of each lane in which something waits.
async fn owners(db: &impl ConnectionTrait, held: &[Held]) -> Result<HashMap<String, Uuid>> {
    let lanes: BTreeSet<&String> = held.iter().filter_map(|row| row.0.as_ref()).collect();
    let named = |lane: &str, prefix: &str| lane.strip_prefix(prefix).and_then(|id| Uuid::parse_str(id).ok());
    let mut owners = HashMap::new();
    let mut orders: HashMap<Uuid, String> = HashMap::new();
    for lane in lanes {
        if let Some(client) = named(lane, "hotline-daily:") {
            owners.insert(lane.clone(), client);
        } else if let Some(order) = named(lane, "hotline:") {
            orders.insert(order, lane.clone());
        }
    }
    let ids: Vec<Uuid> = orders.keys().copied().collect();
    for part in ids.chunks(500) {
        let rows: Vec<(Uuid, Uuid)> = hotline_order::Entity::find()
            .select_only()
            .columns([hotline_order::Column::Id, hotline_order::Column::ClientId])
            .filter(hotline_order::Column::Id.is_in(part.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        for (order, client) in rows {
            owners.extend(orders.get(&order).map(|lane| (lane.clone(), client)));
        }
    }
    Ok(owners)
}
