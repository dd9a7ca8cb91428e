//! The plan as a case page shows it.

use super::input::dimension;
use crate::clock;
use crate::entity::{case_event, plan_goal, protection_case};
use crate::error::Result;
use crate::journal::Act;
use crate::rules::level::RiskLevel;
use crate::state::App;
use crate::vault::Slot;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

/// A goal as a case page shows it.
#[derive(Debug, Clone)]
pub struct GoalRow {
    /// Its id.
    pub id: Uuid,
    /// The dimension in words.
    pub dimension: String,
    /// What is to be reached.
    pub goal: String,
    /// By which means.
    pub means: String,
    /// Who answers for it, or empty.
    pub responsible: String,
    /// `2026-12-31`, or empty.
    pub due: String,
    /// Whether closing waits for it.
    pub core: bool,
    /// `进行中`, `已完成 2026-12-20`, `已取消 2026-12-20`.
    pub state_label: String,
    /// Mark of the state: `on`, `ok` or empty.
    pub state_kind: &'static str,
    /// Whether it is still worked on.
    pub open: bool,
    /// Its version.
    pub version: i32,
}

/// The goals of a case in the order in which they were set.
///
/// # Errors
/// When the database refuses or a field cannot be opened.
pub async fn of_case(app: &App, db: &impl ConnectionTrait, case: Uuid) -> Result<Vec<GoalRow>> {
    let goals = plan_goal::Entity::find()
        .filter(plan_goal::Column::CaseId.eq(case))
        .order_by_asc(plan_goal::Column::Id)
        .all(db)
        .await?;
    goals.into_iter().map(|goal| shown(app, &goal)).collect()
}

fn shown(app: &App, goal: &plan_goal::Model) -> Result<GoalRow> {
    let slot = |column| Slot::new("plan_goal", column, goal.id);
    let (state_label, state_kind) = match (goal.done_at, goal.dropped_at) {
        (Some(at), _) => (format!("已完成 {}", clock::day(at)), "ok"),
        (None, Some(at)) => (format!("已取消 {}", clock::day(at)), ""),
        (None, None) => ("进行中".to_owned(), "on"),
    };
    let responsible = app.vault.open_some(slot("responsible"), goal.responsible.as_ref())?;
    Ok(GoalRow {
        id: goal.id,
        dimension: dimension(&goal.dimension),
        goal: app.vault.open(slot("goal"), &goal.goal)?,
        means: app.vault.open(slot("means"), &goal.means)?,
        responsible: responsible.unwrap_or_default(),
        due: goal.due_on.map(|on| on.to_string()).unwrap_or_default(),
        core: goal.core,
        state_label,
        state_kind,
        open: goal.done_at.is_none() && goal.dropped_at.is_none(),
        version: goal.version,
    })
}

/// Since when the open goals are carried on by routine care, and how; nothing
/// where they are not.
pub(super) fn routine(app: &App, case: &protection_case::Model) -> Result<Option<(String, String)>> {
    let Some(at) = case.routine_care_at else {
        return Ok(None);
    };
    let slot = Slot::new("protection_case", "routine_care_note", case.id);
    let note = app.vault.open_some(slot, case.routine_care_note.as_ref())?;
    Ok(Some((clock::minute(at), note.unwrap_or_default())))
}

/// Whether the county has confirmed the plan of a red case since it was last
/// made; nothing where there is no plan or the case is not red.
///
/// # Errors
/// When the database refuses.
pub async fn confirmed(db: &impl ConnectionTrait, case: &protection_case::Model) -> Result<Option<bool>> {
    let last = |act: Act| {
        case_event::Entity::find()
            .filter(case_event::Column::CaseId.eq(case.id))
            .filter(case_event::Column::Kind.eq(act.code()))
            .order_by_desc(case_event::Column::Id)
            .one(db)
    };
    let Some(made) = last(Act::PlanMade).await? else {
        return Ok(None);
    };
    if case.level != RiskLevel::Red.number() {
        return Ok(None);
    }
    let said = last(Act::PlanConfirmed).await?;
    Ok(Some(said.is_some_and(|said| said.id > made.id)))
}
