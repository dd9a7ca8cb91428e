//! How far an order is, and what it refuses from there on.

use crate::entity::{protection_case, work_order};
use crate::error::{Error, Result};
use crate::rules::orderflow::{OrderState, OrderStep};
use crate::rules::workflow::Stage;
use anyhow::Context;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait, IntoActiveModel};
use uuid::Uuid;

/// An order as it is.
#[derive(Debug, Clone)]
pub struct Order {
    /// How far it is.
    pub state: OrderState,
    /// Its row; one that is not yet written stands for an order in hand.
    pub row: work_order::Model,
}

impl Order {
    /// The state after a step.
    ///
    /// # Errors
    /// [`Error::IllegalOrderStep`] where the order or the stage of its case does
    /// not allow it.
    pub fn after(&self, case: &protection_case::Model, step: OrderStep) -> Result<OrderState> {
        let stage = Stage::parse(&case.stage).context("stage in the database")?;
        Ok(self.state.after(stage, step)?)
    }

    /// Whether a step is possible now.
    #[must_use]
    pub fn allows(&self, case: &protection_case::Model, step: OrderStep) -> bool {
        self.after(case, step).is_ok()
    }
}

/// The order of a case.
///
/// # Errors
/// When the database refuses or a stored word cannot be read.
pub async fn of(db: &impl ConnectionTrait, case: Uuid) -> Result<Order> {
    let row = work_order::Entity::find_by_id(case).one(db).await?;
    let row = row.unwrap_or_else(|| work_order::Model {
        case_id: case,
        state: OrderState::Handling.code().to_owned(),
        arbitrated_at: None,
        designated_unit: None,
        redone: 0,
        resolved_at: None,
        archived_at: None,
    });
    let state = OrderState::parse(&row.state).context("state of an order in the database")?;
    Ok(Order { state, row })
}

/// Writes an order as it is from now on. The case, held by the step that calls
/// this, keeps two from writing at once.
///
/// # Errors
/// When the database refuses.
pub async fn change(
    tx: &impl ConnectionTrait,
    order: &Order,
    change: impl FnOnce(&mut work_order::ActiveModel) + Send,
) -> Result<()> {
    use work_order::Column;
    let mut row = order.row.clone().into_active_model().reset_all();
    change(&mut row);
    let all = [
        Column::State,
        Column::ArbitratedAt,
        Column::DesignatedUnit,
        Column::Redone,
        Column::ResolvedAt,
        Column::ArchivedAt,
    ];
    row.case_id = Set(order.row.case_id);
    work_order::Entity::insert(row)
        .on_conflict(OnConflict::column(Column::CaseId).update_columns(all).to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Refuses to change what is archived.
///
/// # Errors
/// [`Error::Invalid`] that says so.
pub async fn refuse_archived(db: &impl ConnectionTrait, case: Uuid) -> Result<()> {
    match of(db, case).await?.state {
        OrderState::Archived => Err(Error::field("", "工单已归档，只供查阅；有新情况时重开个案")),
        _ => Ok(()),
    }
}
