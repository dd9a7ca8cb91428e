//! Two at once: exactly one is heard, the other is told so, and nobody meets a
//! fault of the machine.

mod cases;
mod double_clicks;
mod orders;
mod reports;
mod tasks;
mod transfers;

use crate::given::{self, Spec};
use crate::support::{App, Client, Reply};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::Value;
use std::future::Future;
use tonghu::entity::{journal_entry, protection_case};
use tonghu::journal::Act;
use tonghu::rules::level::RiskLevel;
use uuid::Uuid;

/// Runs both on threads of their own, as two browsers do.
async fn at_once<A, B>(one: A, two: B) -> (Reply, Reply)
where
    A: Future<Output = Reply> + Send + 'static,
    B: Future<Output = Reply> + Send + 'static,
{
    let (one, two) = (tokio::spawn(one), tokio::spawn(two));
    (one.await.unwrap(), two.await.unwrap())
}

/// A JSON request that can be sent from a thread of its own.
fn sent(who: &Client, path: String, body: Value) -> impl Future<Output = Reply> + Send + 'static {
    let who = who.clone();
    async move { who.json("POST", &path, body).await }
}

/// A form that can be sent from a thread of its own.
fn posted(
    who: &Client,
    path: String,
    fields: Vec<(&'static str, String)>,
) -> impl Future<Output = Reply> + Send + 'static {
    let who = who.clone();
    async move {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        who.post(&path, &fields).await
    }
}

/// Exactly one of the two did it; the other was told in the way of the house.
fn one_of(round: usize, (one, two): &(Reply, Reply)) {
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    let loser = if one.status.as_u16() == statuses[1] { one } else { two };
    assert_eq!(statuses[0], 200, "round {round}: {}", one.text());
    assert!(
        matches!(statuses[1], 409 | 422),
        "round {round}: {statuses:?} {}",
        loser.text()
    );
}

/// How often an act stands in the journal of a case.
async fn told(app: &App, case: Uuid, act: Act) -> u64 {
    journal_entry::Entity::find()
        .filter(journal_entry::Column::CaseId.eq(case))
        .filter(journal_entry::Column::Act.eq(act.code()))
        .count(app.state.db.read())
        .await
        .unwrap()
}

async fn case(app: &App, level: RiskLevel) -> protection_case::Model {
    given::case(app, Spec::at(app, level).await).await
}

fn steps(case: Uuid) -> String {
    format!("/api/v1/cases/{case}/steps")
}
