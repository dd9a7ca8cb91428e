//! How many children one person answers for: one may serve several villages,
//! but not without bound.

use crate::entity::{case_child, case_unit, protection_case};
use crate::error::Result;
use crate::rules::workflow::Stage;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use std::collections::BTreeSet;
use uuid::Uuid;

/// So many children of open cases are enough for one person; beyond that the
/// screen warns (任务上限预警，本系统默认，可配置).
pub const MOST: usize = 40;

/// The children of the open cases in which a part bears the person's name.
///
/// # Errors
/// When the database refuses.
pub async fn children_of(db: &impl ConnectionTrait, person: Uuid) -> Result<usize> {
    let open = Stage::ALL.into_iter().filter(|stage| stage.is_open());
    let mut stands = Query::select();
    stands
        .column(protection_case::Column::Id)
        .from(protection_case::Entity)
        .and_where(protection_case::Column::Stage.is_in(open.map(Stage::code)));
    let mut cases = Query::select();
    cases
        .column(case_unit::Column::CaseId)
        .from(case_unit::Entity)
        .and_where(case_unit::Column::AccountId.eq(person))
        .and_where(Expr::col(case_unit::Column::Until).is_null())
        .and_where(case_unit::Column::CaseId.in_subquery(stands));
    let links = case_child::Entity::find()
        .filter(case_child::Column::CaseId.in_subquery(cases))
        .all(db)
        .await?;
    let children: BTreeSet<Uuid> = links.iter().map(|link| link.child_id).collect();
    Ok(children.len())
}
