//! Forced hand-over (离任交接): whoever leaves a post leaves nothing behind. The
//! account is out at once, everything open goes to a successor in the same
//! transaction, and what was done keeps the name of who did it.
//!
//! Source: 岗位空缺与失联 (未结任务强制转派，账号即时停用，历史访问留痕); this
//! system's own.

mod giving;
mod items;
mod pages;
pub mod vacancies;

pub use items::{Item, Kind, items};

use crate::accounts;
use crate::ctx::Ctx;
use crate::entity::account;
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::network;
use crate::rules::workflow::Stage;
use crate::state::App;
use crate::web::Routes;
use giving::Given;
use sea_orm::sea_query::{DynIden, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// The pages of the feature.
#[must_use]
pub fn routes() -> Routes {
    pages::routes()
}

/// What a person leaves: one unit, or everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    All,
    /// What they did for this unit.
    Unit(Uuid),
}

/// Who shall take over.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Everything that is not named by itself.
    pub all: Option<Uuid>,
    /// Single items by their ids.
    pub each: HashMap<Uuid, Uuid>,
}

/// What became of the items.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Handed {
    /// How many each person was given.
    pub given: BTreeMap<Uuid, usize>,
    /// How many stay with their unit because nobody else is there.
    pub left: usize,
    /// How many posts fell vacant.
    pub vacant: usize,
}

impl Handed {
    fn count(&mut self, to: Option<Uuid>) {
        match to {
            Some(person) => *self.given.entry(person).or_default() += 1,
            None => self.left += 1,
        }
    }

    /// How many items were given to somebody.
    #[must_use]
    pub fn total(&self) -> usize {
        Given::values(&self.given).sum()
    }
}

/// Disables an account and hands everything open over.
///
/// # Errors
/// Those of [`accounts::disable_in`]; [`Error::Invalid`] on `to_<item>` for a
/// successor who does not fit; then nothing has changed.
pub async fn disable(app: &App, ctx: &Ctx, (id, seen): (Uuid, i32), wanted: &Wanted) -> Result<Handed> {
    let tx = app.db.begin().await?;
    accounts::disable_in(&tx, ctx, id, seen).await?;
    let mut handed = giving::give(&tx, app, ctx, (id, Scope::All), wanted).await?;
    handed.vacant = giving::vacate(&tx, ctx, id, Scope::All).await?;
    let entry = Entry::new(Act::AccountDisabled).subject(id).detail(told(&handed));
    journal::commit(tx, ctx, entry).await?;
    Ok(handed)
}

/// Moves an account to another unit, role or division; what was open where it
/// was goes to those who stay.
///
/// # Errors
/// Those of [`accounts::change_in`] and of [`disable`].
pub async fn change(
    app: &App,
    ctx: &Ctx,
    (id, seen): (Uuid, i32),
    to: &accounts::Change,
    wanted: &Wanted,
) -> Result<Handed> {
    let tx = app.db.begin().await?;
    let (was, entry) = accounts::change_in(&tx, ctx, (id, seen), to).await?;
    let mut handed = Handed::default();
    if was.unit_id != to.unit_id || was.role != to.role.code() {
        handed = giving::give(&tx, app, ctx, (id, Scope::All), wanted).await?;
        handed.vacant = giving::vacate(&tx, ctx, id, Scope::All).await?;
    }
    journal::commit(tx, ctx, entry).await?;
    Ok(handed)
}

/// Takes a person out of the posts of one unit, with the items they had there;
/// the account stays. Without a name it is the holder of the post; whoever held
/// it before may be named.
///
/// # Errors
/// [`Error::Forbidden`] outside one's own part of the network, [`Error::Stale`]
/// when the post changed meanwhile, [`Error::Conflict`] when nobody holds it;
/// [`Error::Invalid`] as [`disable`].
pub async fn leave_post(
    app: &App,
    ctx: &Ctx,
    ((post, seen), person): ((Uuid, i32), Option<Uuid>),
    wanted: &Wanted,
) -> Result<Handed> {
    let tx = app.db.begin().await?;
    let holder = network::leaving(&tx, ctx, (post, seen), person).await?;
    let scope = Scope::Unit(holder.unit);
    let mut handed = giving::give(&tx, app, ctx, (holder.account, scope), wanted).await?;
    handed.vacant = giving::vacate(&tx, ctx, holder.account, scope).await?;
    let entry = Entry::new(Act::PostChanged).subject(post).detail(told(&handed));
    journal::commit(tx, ctx, entry).await?;
    Ok(handed)
}

/// Disables the holder of a post, by whoever manages the post: a resignation
/// waits for no administrator.
///
/// # Errors
/// As [`leave_post`].
pub async fn resign(app: &App, ctx: &Ctx, (post, seen): (Uuid, i32), wanted: &Wanted) -> Result<Handed> {
    let tx = app.db.begin().await?;
    let holder = network::leaving(&tx, ctx, (post, seen), None).await?;
    let account = account::Entity::find_by_id(holder.account).one(&tx).await?;
    let account = account.ok_or(Error::NotFound)?;
    accounts::disable_in(&tx, ctx, account.id, account.version).await?;
    let mut handed = giving::give(&tx, app, ctx, (account.id, Scope::All), wanted).await?;
    handed.vacant = giving::vacate(&tx, ctx, account.id, Scope::All).await?;
    let entry = Entry::new(Act::AccountDisabled)
        .subject(account.id)
        .detail(told(&handed));
    journal::commit(tx, ctx, entry).await?;
    Ok(handed)
}

fn told(handed: &Handed) -> serde_json::Value {
    json!({ "count": handed.total() })
}

/// Hands over what disabled accounts still hold, whichever way they were
/// disabled and whatever came to them in the same moment or came back later: a
/// case that is reopened, a decision that is taken back. Answers how many.
///
/// # Errors
/// When the database refuses.
pub async fn sweep(app: &App, ctx: &Ctx) -> Result<usize> {
    let gone = account::Entity::find()
        .filter(account::Column::DisabledAt.is_not_null())
        .filter(still_named())
        .order_by_asc(account::Column::Username)
        .all(app.db.read())
        .await?;
    let mut count = 0;
    for account in gone {
        let tx = app.db.begin().await?;
        let handed = giving::give(&tx, app, ctx, (account.id, Scope::All), &Wanted::default()).await?;
        giving::vacate(&tx, ctx, account.id, Scope::All).await?;
        let entry = Entry::new(Act::AccountDisabled)
            .subject(account.id)
            .detail(told(&handed));
        journal::commit(tx, ctx, entry).await?;
        count += handed.total() + handed.left;
    }
    Ok(count)
}

/// Whether an open case, a part in one or an open report bears the name of an
/// account.
fn still_named() -> Condition {
    use crate::entity::{case_unit, protection_case, report};
    let open = || Stage::ALL.into_iter().filter(|stage| stage.is_open()).map(Stage::code);
    let named = |named: (DynIden, DynIden)| Expr::col(named).equals(account::Column::Id.as_column_ref());
    let one = || Query::select().expr(Expr::value(1)).to_owned();
    let cases = one()
        .from(protection_case::Entity)
        .and_where(named(protection_case::Column::Assignee.as_column_ref()))
        .and_where(protection_case::Column::Stage.is_in(open()))
        .to_owned();
    let parts = one()
        .from(case_unit::Entity)
        .and_where(named(case_unit::Column::AccountId.as_column_ref()))
        .and_where(case_unit::Column::Until.is_null())
        .and_where(case_unit::Column::Stage.is_in(open()))
        .to_owned();
    let reports = one()
        .from(report::Entity)
        .and_where(named(report::Column::OpenedBy.as_column_ref()))
        .and_where(report::Column::DecidedAt.is_null())
        .to_owned();
    [cases, parts, reports]
        .into_iter()
        .fold(Condition::any(), |any, held| any.add(Expr::exists(held)))
}

/// What a hand-over did, for the terminal.
///
/// # Errors
/// When the database refuses.
pub async fn report(app: &App, handed: &Handed) -> Result<Vec<String>> {
    let mut lines = vec!["已停用".to_owned()];
    for (id, count) in &handed.given {
        if let Some(row) = account::Entity::find_by_id(*id).one(app.db.read()).await? {
            lines.push(format!("{count} 项移交给 {}", row.username));
        }
    }
    if handed.left > 0 {
        lines.push(format!(
            "{} 项所在机构没有其他在用人员，留在机构名下，请尽快任命",
            handed.left
        ));
    }
    if handed.vacant > 0 {
        lines.push(format!("{} 个岗位转为空缺", handed.vacant));
    }
    Ok(lines)
}
