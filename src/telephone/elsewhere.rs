//! Where several nodes serve one database, a call may be told to another node
//! than the one that holds a person's open page: each node looks a second
//! later what the others were told. On one node nobody has to look.

use crate::entity::{call_leg, phone_call};
use crate::error::Result;
use crate::state::App;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use std::collections::{BTreeSet, HashSet};
use std::time::Duration;
use uuid::Uuid;

/// How often a node looks.
const PAUSE: Duration = Duration::from_secs(1);
/// So far back it looks: clocks differ, and transactions end later than they began.
const BACK: TimeDelta = TimeDelta::seconds(10);

/// A change of a call.
type Change = (Uuid, DateTime<Utc>);

/// Looks until told to stop.
pub async fn run(app: App, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    if app.db.is_sqlite() {
        return stop.await;
    }
    let mut known = HashSet::new();
    loop {
        match look(&app, &known).await {
            Ok(now) => known = now,
            Err(error) => tracing::error!(error = %error, "telephone"),
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = &mut stop => return,
        }
    }
}

/// Rings for everybody at whose telephone something has changed that is not
/// known yet; answers what is known now.
async fn look(app: &App, known: &HashSet<Change>) -> Result<HashSet<Change>> {
    let changes: Vec<Change> = phone_call::Entity::find()
        .select_only()
        .column(phone_call::Column::Id)
        .column(phone_call::Column::ChangedAt)
        .filter(phone_call::Column::ChangedAt.gt(app.clock.now() - BACK))
        .into_tuple()
        .all(app.db.read())
        .await?;
    let fresh: Vec<Uuid> = changes
        .iter()
        .filter(|change| !known.contains(change))
        .map(|(call, _)| *call)
        .collect();
    if !fresh.is_empty() {
        let people: Vec<Option<Uuid>> = call_leg::Entity::find()
            .select_only()
            .column(call_leg::Column::AccountId)
            .filter(call_leg::Column::CallId.is_in(fresh))
            .into_tuple()
            .all(app.db.read())
            .await?;
        app.bell.call(people.into_iter().flatten().collect::<BTreeSet<_>>());
    }
    Ok(changes.into_iter().collect())
}
