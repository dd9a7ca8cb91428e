//! Search over sealed narratives by keyed character pairs.

use crate::entity::{protection_case, search_token};
use crate::error::Result;
use crate::vault::Vault;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait};
use uuid::Uuid;

/// Longest search term; SQLite refuses very long ones, and nobody types them.
pub const TERM: usize = 100;
const CHUNK: usize = 300;

/// Adds the pairs of a text to a case's index; pairs already there stay.
///
/// # Errors
/// When the database refuses.
pub async fn index(tx: &impl ConnectionTrait, vault: &Vault, case: Uuid, text: &str) -> Result<()> {
    for chunk in vault.tokens(text).chunks(CHUNK) {
        let rows = chunk.iter().map(|token| search_token::ActiveModel {
            case_id: Set(case),
            token: Set(*token),
        });
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

/// The cases that hold every pair of the term, or whose number begins with it.
#[must_use]
pub fn matching(vault: &Vault, term: &str) -> Condition {
    let term: String = term.trim().chars().take(TERM).collect();
    let number = term.to_uppercase().replace(['%', '_'], "");
    let mut any = Condition::any();
    if !number.is_empty() && number.is_ascii() {
        any = any.add(protection_case::Column::Number.contains(number));
    }
    let tokens = vault.tokens(&term);
    if tokens.is_empty() {
        return any.add(Expr::value(false));
    }
    let wanted = i64::try_from(tokens.len()).unwrap_or(i64::MAX);
    let mut found = Query::select();
    found
        .column(search_token::Column::CaseId)
        .from(search_token::Entity)
        .cond_where(search_token::Column::Token.is_in(tokens))
        .group_by_col(search_token::Column::CaseId)
        .and_having(Expr::col(search_token::Column::Token).count().eq(wanted));
    any.add(protection_case::Column::Id.in_subquery(found))
}
