//! Who may do what to a measure.

use super::{Action, Actor, CaseFacts, Role, reach};
use uuid::Uuid;

/// A thing that may be done to a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeasureAction {
    /// 查看措施
    View,
    /// 办理措施；部门只办理属于本单位的事项
    Act,
}

impl MeasureAction {
    /// Every action.
    pub const ALL: [Self; 2] = [Self::View, Self::Act];
}

/// What the policy must know of a measure.
#[derive(Debug, Clone)]
pub struct MeasureFacts {
    /// The units that owe something on it, or to which it is addressed.
    pub units: Vec<Uuid>,
    /// The case it belongs to.
    pub case: CaseFacts,
}

/// Whether the actor may do this to a measure. A department that owes
/// something on it sees the measure, never the case, and so does whoever sits
/// there for somebody today; whoever records on the case acts upon its measures.
#[must_use]
pub fn measure_may(actor: &Actor, action: MeasureAction, measure: &MeasureFacts) -> bool {
    let case = &measure.case;
    let recused = case.recused_accounts.contains(&actor.account)
        || actor.unit.is_some_and(|unit| case.recused_units.contains(&unit));
    let own = !recused && actor.role == Role::Handler && actor.units().any(|unit| measure.units.contains(&unit));
    let by_case = match action {
        MeasureAction::View => Action::ReadWork,
        MeasureAction::Act => Action::Record,
    };
    own || reach(actor, by_case).covers(case)
}
