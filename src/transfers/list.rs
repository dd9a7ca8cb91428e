//! The lists of transfers: the policy of `rules::policy::transfer_may` as a
//! WHERE clause, in boxes by whose turn it is.

use super::view::{TransferRow, line};
use crate::ctx::Ctx;
use crate::entity::{protection_case, recusal, transfer};
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::policy::Role;
use crate::rules::transferflow::TransferState;
use crate::state::App;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

/// Which transfers are asked for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// `in`, `out`, `rule`, `home`, `over`; every one that may be seen when empty.
    pub list: Option<String>,
    /// Where the last page ended.
    pub cursor: Option<String>,
    /// 1–100.
    pub limit: u64,
}

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Page {
    /// The rows, latest first.
    pub rows: Vec<TransferRow>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// The transfers that the person may see.
///
/// # Errors
/// [`Error::Invalid`] for an unknown list or a cursor that is none.
pub async fn list(app: &App, ctx: &Ctx, asked: &Asked) -> Result<Page> {
    let limit = asked.limit.clamp(1, 100);
    let mut query = transfer::Entity::find()
        .filter(seen(ctx))
        .filter(transfer::Column::CaseId.not_in_subquery(recused(ctx)));
    if let Some(name) = asked.list.as_deref().filter(|name| !name.is_empty()) {
        let of = boxed(ctx, name).ok_or_else(|| Error::field("list", "没有这一列表"))?;
        query = query.filter(of);
    }
    if let Some(cursor) = &asked.cursor {
        let last = Uuid::parse_str(cursor).map_err(|_| Error::field("cursor", "翻页参数无效，从第一页重新查询"))?;
        query = query.filter(transfer::Column::Id.lt(last));
    }
    let db = app.db.read();
    let mut found = query
        .order_by_desc(transfer::Column::Id)
        .limit(limit + 1)
        .all(db)
        .await?;
    let more = u64::try_from(found.len()).unwrap_or(u64::MAX) > limit;
    if more {
        found.pop();
    }
    let next = found.last().filter(|_| more).map(|row| row.id.to_string());
    let cases = protection_case::Entity::find()
        .filter(protection_case::Column::Id.is_in(found.iter().map(|row| row.case_id)))
        .all(db)
        .await?;
    let cases: HashMap<Uuid, protection_case::Model> = cases.into_iter().map(|case| (case.id, case)).collect();
    let mut rows = Vec::with_capacity(found.len());
    for row in found {
        let case = cases.get(&row.case_id).ok_or(Error::NotFound)?;
        rows.push(line(db, app, ctx.now, (row, case)).await?);
    }
    let entry = Entry::new(Act::TransfersListed).detail(json!({ "rows": rows.len() }));
    journal::viewed(&app.db, ctx, entry).await?;
    Ok(Page { rows, next })
}

/// The cases from which the person is kept out.
fn recused(ctx: &Ctx) -> sea_orm::sea_query::SelectStatement {
    let blind = Condition::any()
        .add(recusal::Column::AccountId.eq(ctx.actor.account))
        .add_option(ctx.actor.unit.map(|unit| recusal::Column::UnitId.eq(unit)));
    Query::select()
        .column(recusal::Column::CaseId)
        .from(recusal::Entity)
        .cond_where(blind)
        .to_owned()
}

fn nothing() -> Condition {
    Condition::any().add(Expr::value(false))
}

fn within(ctx: &Ctx, column: transfer::Column) -> Condition {
    let (first, last) = ctx.actor.division.range();
    Condition::all().add(column.between(first, last))
}

fn in_states(states: &[TransferState]) -> Condition {
    Condition::all().add(transfer::Column::State.is_in(states.iter().map(|state| state.code())))
}

/// Every transfer within the policy's `Summary`.
fn seen(ctx: &Ctx) -> Condition {
    if matches!(ctx.actor.role, Role::City | Role::Lead) {
        return Condition::all();
    }
    nothing()
        .add(sent(ctx))
        .add(received(ctx))
        .add(ruled(ctx))
        .add(home(ctx))
}

fn sent(ctx: &Ctx) -> Condition {
    let mut any = nothing();
    let works = matches!(
        ctx.actor.role,
        Role::City | Role::County | Role::Township | Role::Handler
    );
    if works {
        any = any.add(transfer::Column::FromUnit.is_in(ctx.actor.units()));
    }
    if ctx.actor.role == Role::County {
        any = any.add(within(ctx, transfer::Column::FromPlace));
    }
    any
}

/// A county answers for itself and not for its townships, whose codes end
/// otherwise.
fn received(ctx: &Ctx) -> Condition {
    match ctx.actor.role {
        Role::County | Role::Township => nothing().add(transfer::Column::ToArea.eq(ctx.actor.division.code())),
        _ => nothing(),
    }
}

fn ruled(ctx: &Ctx) -> Condition {
    let inside = Condition::all().add(transfer::Column::ToUnit.is_not_null());
    match ctx.actor.role {
        Role::City => inside,
        Role::County => inside
            .add(within(ctx, transfer::Column::FromPlace))
            .add(within(ctx, transfer::Column::ToArea)),
        _ => nothing(),
    }
}

/// Where the household is registered, of cases that have moved.
fn home(ctx: &Ctx) -> Condition {
    match ctx.actor.role {
        Role::County | Role::Township => within(ctx, transfer::Column::Domicile)
            .add(transfer::Column::ToUnit.is_not_null())
            .add(in_states(&[TransferState::Confirmed])),
        _ => nothing(),
    }
}

/// A box by its name.
fn boxed(ctx: &Ctx, name: &str) -> Option<Condition> {
    use TransferState::{Asked, Confirmed, Disputed, Kept, Refused, Withdrawn};
    let late = Condition::all()
        .add(in_states(&[Asked]))
        .add(transfer::Column::DueAt.lte(ctx.now));
    Some(match name {
        "in" => both(received(ctx), in_states(&[Asked])),
        "out" => both(sent(ctx), in_states(&[Asked, Refused, Disputed])),
        "rule" => both(ruled(ctx), nothing().add(in_states(&[Disputed])).add(late)),
        "home" => home(ctx),
        "over" => in_states(&[Confirmed, Kept, Withdrawn, Refused]),
        _ => return None,
    })
}

/// Both conditions.
fn both(one: Condition, other: Condition) -> Condition {
    Condition::all().add(one).add(other)
}
