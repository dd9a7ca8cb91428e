//! The list of accounts and what it shows of each: no case, no case content.

use super::name;
use crate::clock;
use crate::entity::{account, unit};
use crate::error::Result;
use crate::rules::policy::Role;
use crate::state::App;
use sea_orm::sea_query::{Condition, LikeExpr};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;
use uuid::Uuid;

/// Accounts to a page.
pub(super) const PAGE: u64 = 50;
/// Units offered for one search.
const UNITS: u64 = 20;
/// Characters of a search term that count.
const TERM: usize = 100;

/// One account as the screens show it.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) username: String,
    pub(super) name: String,
    pub(super) role: String,
    pub(super) role_code: String,
    pub(super) unit: String,
    pub(super) unit_id: Option<Uuid>,
    pub(super) disabled: Option<String>,
    pub(super) must_change: bool,
    /// A program's account whose token was taken away.
    pub(super) tokenless: bool,
    pub(super) created: String,
    pub(super) version: i32,
}

impl Row {
    /// Whether the account is a program's.
    pub(super) fn is_service(&self) -> bool {
        self.role_code == Role::Service.code()
    }
}

/// One page of accounts in order of their names, and how many there are.
pub(super) async fn page(app: &App, q: &str, number: u64) -> Result<(Vec<Row>, u64)> {
    let mut found = account::Entity::find();
    let term = term(q).to_lowercase();
    if !term.is_empty() {
        found = found.filter(account::Column::Username.like(part(&term)));
    }
    let count = found.clone().count(app.db.read()).await?;
    let accounts = found
        .order_by_asc(account::Column::Username)
        .offset(number.saturating_sub(1).saturating_mul(PAGE).min(count))
        .limit(PAGE)
        .all(app.db.read())
        .await?;
    Ok((rows(app, &accounts).await?, count))
}

/// One account.
pub(super) async fn one(app: &App, account: account::Model) -> Result<Option<Row>> {
    Ok(rows(app, &[account]).await?.pop())
}

async fn rows(app: &App, accounts: &[account::Model]) -> Result<Vec<Row>> {
    let ids = accounts.iter().filter_map(|account| account.unit_id);
    let units: HashMap<Uuid, String> = unit::Entity::find()
        .filter(unit::Column::Id.is_in(ids))
        .all(app.db.read())
        .await?
        .into_iter()
        .map(|unit| (unit.id, unit.name))
        .collect();
    accounts.iter().map(|account| row(app, account, &units)).collect()
}

fn row(app: &App, account: &account::Model, units: &HashMap<Uuid, String>) -> Result<Row> {
    let unit = account.unit_id.and_then(|id| units.get(&id)).cloned();
    Ok(Row {
        id: account.id,
        username: account.username.clone(),
        name: name(app, account)?,
        role: Role::parse(&account.role).map_or_else(String::new, |role| role.label().to_owned()),
        role_code: account.role.clone(),
        unit: unit.unwrap_or_default(),
        unit_id: account.unit_id,
        disabled: account.disabled_at.map(clock::minute),
        must_change: account.must_change,
        tokenless: account.role == Role::Service.code() && account.token_hash.is_none(),
        created: clock::minute(account.created_at),
        version: account.version,
    })
}

/// Active units whose name has every word of the term.
pub(super) async fn units(app: &App, q: &str) -> Result<Vec<unit::Model>> {
    let term = term(q);
    if term.is_empty() {
        return Ok(Vec::new());
    }
    let named = term.split_whitespace().fold(Condition::all(), |all, word| {
        all.add(unit::Column::Name.like(part(word)))
    });
    Ok(unit::Entity::find()
        .filter(named)
        .filter(unit::Column::Active.eq(true))
        .order_by_asc(unit::Column::Division)
        .order_by_asc(unit::Column::Name)
        .limit(UNITS)
        .all(app.db.read())
        .await?)
}

/// A unit by its id.
pub(super) async fn unit(app: &App, id: Uuid) -> Result<Option<unit::Model>> {
    Ok(unit::Entity::find_by_id(id).one(app.db.read()).await?)
}

fn term(q: &str) -> String {
    let cut: String = q.trim().chars().filter(|letter| *letter != '\0').take(TERM).collect();
    cut
}

fn part(word: &str) -> LikeExpr {
    let escaped = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    LikeExpr::new(format!("%{escaped}%")).escape('\\')
}
