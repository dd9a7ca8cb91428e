//! Who may do what to a joint task.

use super::{Action, Actor, CaseFacts, Role, reach};
use uuid::Uuid;

/// A thing that may be done to a joint task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskAction {
    /// 查看任务
    View,
    /// 签收、反馈：承办单位
    Work,
    /// 确认、退回、撤销：主办单位或县级
    Judge,
}

impl TaskAction {
    /// Every action.
    pub const ALL: [Self; 3] = [Self::View, Self::Work, Self::Judge];
}

/// What the policy must know of a joint task.
#[derive(Debug, Clone)]
pub struct TaskFacts {
    /// The unit that does it.
    pub unit: Uuid,
    /// The case it belongs to.
    pub case: CaseFacts,
}

/// Whether the actor may do this to a task. The department that does it sees
/// the task and what it shares, never the case; whoever may open tasks on the
/// case judges the result, but a department not its own.
#[must_use]
pub fn task_may(actor: &Actor, action: TaskAction, task: &TaskFacts) -> bool {
    let case = &task.case;
    let recused = case.recused_accounts.contains(&actor.account)
        || actor.unit.is_some_and(|unit| case.recused_units.contains(&unit));
    let own = !recused
        && actor.serves(task.unit)
        && matches!(
            actor.role,
            Role::Handler | Role::City | Role::County | Role::Township | Role::Village
        );
    match action {
        TaskAction::View => own || reach(actor, Action::ReadWork).covers(case),
        TaskAction::Work => own,
        TaskAction::Judge => reach(actor, Action::OpenTask).covers(case) && !(own && actor.role == Role::Handler),
    }
}
