//! Loading a case for one purpose, and the policy's reach as a WHERE clause.

pub use crate::sight::facts;

use crate::ctx::Ctx;
use crate::db::any_or_none;
use crate::entity::{case_unit, protection_case, recusal};
use crate::error::{Error, Result};
use crate::rules::policy::{self, Action, Grant, Part, Reach, Scope};
use sea_orm::sea_query::{Expr, ExprTrait, LockType, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, DatabaseTransaction, EntityTrait, QueryFilter,
    QuerySelect, Select,
};
use uuid::Uuid;

/// Where a case is loaded from. Loaded within a transaction it is held until
/// that ends: whoever comes second waits and then reads what the first one
/// left. So every change of one case follows the one before it, and two that
/// take its rows in another order cannot lock each other out. SQLite has one
/// writer and needs no lock.
pub trait Source: ConnectionTrait {
    /// Whether what is loaded is held.
    const HOLDS: bool;
}

impl Source for DatabaseConnection {
    const HOLDS: bool = false;
}

impl Source for DatabaseTransaction {
    const HOLDS: bool = true;
}

/// A case by its id, held when it is loaded within a transaction. Asks nobody
/// whether the actor may see it.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn load<S: Source>(db: &S, id: Uuid) -> Result<protection_case::Model> {
    let mut query = protection_case::Entity::find_by_id(id);
    if S::HOLDS {
        query = query.lock(LockType::NoKeyUpdate);
    }
    query.one(db).await?.ok_or(Error::NotFound)
}

/// Holds several cases, always in the same order.
///
/// # Errors
/// [`Error::NotFound`] for the first that does not exist.
pub async fn hold(tx: &DatabaseTransaction, cases: &[Uuid]) -> Result<()> {
    let mut ordered = cases.to_vec();
    ordered.sort_unstable();
    ordered.dedup();
    for id in ordered {
        load(tx, id).await?;
    }
    Ok(())
}

/// Loads a case for one purpose. A case that the actor may not even see does
/// not exist for them; one that they see but may not act upon is forbidden.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Hidden`], [`Error::Forbidden`].
pub async fn fetch_for(db: &impl Source, ctx: &Ctx, id: Uuid, action: Action) -> Result<protection_case::Model> {
    let case = load(db, id).await?;
    let facts = facts(db, &case).await?;
    let may = |action| policy::reach(&ctx.actor, action).covers(&facts);
    let denial = || Error::denied(&format!("{action:?}"), Some(id));
    match (may(action), may(Action::View)) {
        (true, _) => Ok(case),
        (false, true) => Err(Error::Forbidden(denial())),
        (false, false) => Err(Error::Hidden(denial())),
    }
}

/// The cases that the actor may see: with [`super::walk`], the only source of
/// lists.
#[must_use]
pub fn visible(ctx: &Ctx) -> Select<protection_case::Entity> {
    protection_case::Entity::find().filter(scope(&policy::reach(&ctx.actor, Action::View)))
}

/// The reach as a WHERE clause; equal to [`Reach::covers`] row by row.
#[must_use]
pub fn scope(reach: &Reach) -> Condition {
    reached(reach, |unit, parts| {
        Condition::all().add(protection_case::Column::Id.in_subquery(taking(unit, parts)))
    })
}

/// The same reach, asked of each row by itself, for statements that find their
/// rows by another way. [`scope()`] would first gather all the cases in which
/// the actor's units take part: of a county, tens of thousands.
#[must_use]
pub(super) fn scope_of_row(reach: &Reach) -> Condition {
    reached(reach, takes_part)
}

fn reached(reach: &Reach, takes: impl Fn(Uuid, &[Part]) -> Condition) -> Condition {
    let granted = any_or_none(reach.grants.iter().map(|grant| granted(grant, &takes)));
    Condition::all()
        .add(granted)
        .add(protection_case::Column::Id.not_in_subquery(blind_to(reach)))
}

/// The cases from which the asker is kept out.
#[must_use]
pub fn blind_to(reach: &Reach) -> SelectStatement {
    let blind = Condition::any()
        .add(recusal::Column::AccountId.eq(reach.account))
        .add_option(reach.unit.map(|unit| recusal::Column::UnitId.eq(unit)));
    Query::select()
        .column(recusal::Column::CaseId)
        .from(recusal::Entity)
        .cond_where(blind)
        .to_owned()
}

fn granted(grant: &Grant, takes: impl Fn(Uuid, &[Part]) -> Condition) -> Condition {
    let within = match &grant.scope {
        Scope::Everywhere => Condition::all(),
        Scope::Subtree(top) => {
            let (first, last) = top.range();
            Condition::all().add(protection_case::Column::Division.between(first, last))
        }
        Scope::Taking(unit, parts) => takes(*unit, parts),
        Scope::Opened(account) => Condition::all().add(protection_case::Column::OpenedBy.eq(*account)),
    };
    within.add(protection_case::Column::Sensitivity.lte(grant.ceiling.number()))
}

/// Whether a unit takes part in the case of the row at hand.
pub(super) fn takes_part(unit: Uuid, parts: &[Part]) -> Condition {
    let of_row = Expr::col((case_unit::Entity, case_unit::Column::CaseId))
        .equals((protection_case::Entity, protection_case::Column::Id));
    let mut row = taking(unit, parts);
    Condition::all().add(Expr::exists(row.and_where(of_row).to_owned()))
}

/// The cases in which a unit takes part.
fn taking(unit: Uuid, parts: &[Part]) -> SelectStatement {
    let mut query = Query::select();
    query
        .column(case_unit::Column::CaseId)
        .from(case_unit::Entity)
        .cond_where(
            Condition::all()
                .add(case_unit::Column::UnitId.eq(unit))
                .add(case_unit::Column::Until.is_null())
                .add(case_unit::Column::Part.is_in(parts.iter().map(|part| part.code()))),
        );
    query
}
