//! Search over sealed narratives by keyed character pairs.

use crate::entity::{protection_case, search_token};
use crate::error::Result;
use crate::vault::Vault;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query, SelectStatement};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Longest search term; SQLite refuses very long ones, and nobody types them.
pub const TERM: usize = 100;
const CHUNK: usize = 300;
/// Up to so many cases are few.
const FEW: u64 = 500;
/// So many pairs of a term are tried before all of them count as common.
const LOOKED_AT: usize = 8;

/// Adds the pairs of a text to a case's index; pairs already there stay.
///
/// # Errors
/// When the database refuses.
pub async fn index(tx: &impl ConnectionTrait, vault: &Vault, case: Uuid, text: &str) -> Result<()> {
    for chunk in vault.tokens(text).chunks(CHUNK) {
        let rows = chunk.iter().map(|token| row(case, *token));
        search_token::Entity::insert_many(rows)
            .on_conflict(
                OnConflict::columns([search_token::Column::CaseId, search_token::Column::Token])
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// One pair of a case's index, not written yet.
pub(super) fn row(case: Uuid, token: i64) -> search_token::ActiveModel {
    search_token::ActiveModel {
        case_id: Set(case),
        token: Set(token),
    }
}

/// What a term finds.
#[derive(Debug, Clone)]
pub enum Search {
    /// Few cases: these.
    These(Vec<Uuid>),
    /// Many: whoever walks the list asks of each case.
    Among(Condition),
}

/// The cases that hold every pair of the term, or whose number contains it.
/// What few cases have decides; only a term of which every part is common is
/// looked for along the list.
///
/// # Errors
/// When the database refuses.
pub async fn find(db: &impl ConnectionTrait, vault: &Vault, term: &str) -> Result<Search> {
    let term: String = term.trim().chars().take(TERM).collect();
    let searches = [by_number(db, &term).await?, by_words(db, vault.tokens(&term)).await?];
    let mut few = BTreeSet::new();
    let mut many = Condition::any();
    for search in searches {
        match search {
            Search::These(ids) => few.extend(ids),
            Search::Among(condition) => many = many.add(condition),
        }
    }
    if many.is_empty() {
        return Ok(Search::These(few.into_iter().collect()));
    }
    Ok(Search::Among(many.add(protection_case::Column::Id.is_in(few))))
}

async fn by_number(db: &impl ConnectionTrait, term: &str) -> Result<Search> {
    let part = term.to_uppercase().replace(['%', '_'], "");
    if part.is_empty() || !part.is_ascii() {
        return Ok(Search::These(Vec::new()));
    }
    // The numbers alone are read from their own index.
    let mut numbers = Query::select();
    numbers
        .column(protection_case::Column::Number)
        .from(protection_case::Entity)
        .and_where(protection_case::Column::Number.contains(&part))
        .limit(FEW + 1);
    let numbers: Vec<String> = db
        .query_all(&numbers)
        .await?
        .iter()
        .map(|row| row.try_get("", "number"))
        .collect::<std::result::Result<_, _>>()?;
    if numbers.len() > usize::try_from(FEW).unwrap_or_default() {
        let of_number = protection_case::Column::Number.contains(&part);
        return Ok(Search::Among(Condition::all().add(of_number)));
    }
    let mut ids = Query::select();
    ids.column(protection_case::Column::Id)
        .from(protection_case::Entity)
        .and_where(protection_case::Column::Number.is_in(numbers));
    Ok(Search::These(uuids(db, &ids, "id").await?))
}

async fn by_words(db: &impl ConnectionTrait, tokens: Vec<i64>) -> Result<Search> {
    let every = |case: Expr, but: Option<i64>| {
        let others = tokens.iter().filter(|token| Some(**token) != but);
        others.fold(Condition::all(), |all, token| all.add(holds(case.clone(), *token)))
    };
    for token in tokens.iter().take(LOOKED_AT) {
        let mut with = Query::select();
        with.column(search_token::Column::CaseId)
            .from(search_token::Entity)
            .and_where(search_token::Column::Token.eq(*token))
            .limit(FEW + 1);
        let ids = uuids(db, &with, "case_id").await?;
        if ids.len() > usize::try_from(FEW).unwrap_or_default() {
            continue;
        }
        let mut all = Query::select();
        all.column(protection_case::Column::Id)
            .from(protection_case::Entity)
            .and_where(protection_case::Column::Id.is_in(ids))
            .cond_where(every(case_id(), Some(*token)));
        return Ok(Search::These(uuids(db, &all, "id").await?));
    }
    if tokens.is_empty() {
        return Ok(Search::These(Vec::new()));
    }
    Ok(Search::Among(every(case_id(), None)))
}

fn case_id() -> Expr {
    Expr::col((protection_case::Entity, protection_case::Column::Id))
}

fn holds(case: Expr, token: i64) -> Expr {
    let mut held = Query::select();
    held.expr(Expr::value(1))
        .from(search_token::Entity)
        .and_where(Expr::col((search_token::Entity, search_token::Column::CaseId)).eq(case))
        .and_where(search_token::Column::Token.eq(token));
    Expr::exists(held)
}

async fn uuids(db: &impl ConnectionTrait, select: &SelectStatement, column: &str) -> Result<Vec<Uuid>> {
    let rows = db.query_all(select).await?;
    Ok(rows
        .iter()
        .map(|row| row.try_get("", column))
        .collect::<std::result::Result<_, _>>()?)
}
