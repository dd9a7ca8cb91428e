//! What stands about an order now, for those who look at its case.

use super::callback::safe_to_call;
use super::{Order, extension, of, pause};
use crate::entity::{order_extension, order_pause, supervision};
use crate::error::Result;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

/// An order with what waits on it.
#[derive(Debug)]
pub struct Known {
    /// The order.
    pub order: Order,
    /// The one extension, in whatever state.
    pub extension: Option<order_extension::Model>,
    /// The pause asked for or lasting.
    pub pause: Option<order_pause::Model>,
    /// Sheets of supervision that have not ended, latest first.
    pub sheets: Vec<supervision::Model>,
    /// Whether the caller may be called.
    pub safe_to_call: bool,
}

/// What stands about the order of a case.
///
/// # Errors
/// When the database refuses.
pub async fn known(db: &impl ConnectionTrait, case: Uuid) -> Result<Known> {
    let sheets = supervision::Entity::find()
        .filter(supervision::Column::CaseId.eq(case))
        .filter(supervision::Column::EndedAt.is_null())
        .order_by_desc(supervision::Column::Id)
        .all(db)
        .await?;
    Ok(Known {
        order: of(db, case).await?,
        extension: extension::of_case(db, case).await?,
        pause: pause::pause_of(db, case).await?,
        sheets,
        safe_to_call: safe_to_call(db, case).await?,
    })
}
