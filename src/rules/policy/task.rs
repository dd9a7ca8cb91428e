//! Who may do what to a joint task.

use super::{Action, Actor, CaseFacts, Part, Role, reach};
use crate::rules::arbiter::Arbiter;
use uuid::Uuid;

/// A thing that may be done to a joint task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskAction {
    /// 查看任务
    View,
    /// 签收、提出异议、反馈：承办单位
    Work,
    /// 确认、退回、撤销：主办单位或县级
    Judge,
    /// 裁定争议：争议所归的县级或市级
    Rule,
    /// 免办：可申请结案的主办单位或县级
    Waive,
}

impl TaskAction {
    /// Every action.
    pub const ALL: [Self; 5] = [Self::View, Self::Work, Self::Judge, Self::Rule, Self::Waive];
}

/// What the policy must know of a joint task.
#[derive(Debug, Clone)]
pub struct TaskFacts {
    /// The unit that does it.
    pub unit: Uuid,
    /// Who rules on the dispute, where there is an open one.
    pub arbiter: Option<Arbiter>,
    /// The case it belongs to.
    pub case: CaseFacts,
}

/// Whether the actor may do this to a task. The department that does it sees
/// the task and what it shares, never the case; whoever may open tasks on the
/// case judges the result, but a department not its own; a dispute is ruled on
/// by the tier it went to, and by nobody who is a party to it.
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
        TaskAction::Rule => !own && rules(actor, task) && reach(actor, Action::Dispatch).covers(case),
        TaskAction::Waive => reach(actor, Action::AskClose).covers(case) && !(own && actor.role == Role::Handler),
    }
}

/// Whether the actor sits in the tier that the dispute went to. The county does
/// not rule on what it leads itself.
fn rules(actor: &Actor, task: &TaskFacts) -> bool {
    let leads = task
        .case
        .parts
        .iter()
        .any(|(unit, part)| *part == Part::Lead && actor.serves(*unit));
    match task.arbiter {
        Some(Arbiter::County) => actor.role == Role::County && !leads,
        Some(Arbiter::City) => actor.role == Role::City,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::division::Division;
    use crate::rules::level::Sensitivity;

    const LEAD: Uuid = Uuid::from_u128(1);
    const DEPARTMENT: Uuid = Uuid::from_u128(2);
    const OFFICE: Uuid = Uuid::from_u128(3);

    fn actor(role: Role, unit: Uuid) -> Actor {
        let division = match role {
            Role::County => "140622",
            Role::City => "140600",
            _ => "140622100",
        };
        Actor {
            account: Uuid::from_u128(9),
            role,
            unit: Some(unit),
            unit_kind: String::new(),
            division: Division::parse(division).unwrap(),
            also: Vec::new(),
        }
    }

    fn task(arbiter: Option<Arbiter>) -> TaskFacts {
        TaskFacts {
            unit: DEPARTMENT,
            arbiter,
            case: CaseFacts {
                division: Division::parse("140622100001").unwrap(),
                parts: vec![(LEAD, Part::Lead)],
                sensitivity: Sensitivity::L3,
                opened_by: None,
                recused_accounts: Vec::new(),
                recused_units: Vec::new(),
            },
        }
    }

    #[test]
    fn a_dispute_is_ruled_on_by_its_tier_and_by_no_party_to_it() {
        let may = |role, unit, arbiter| task_may(&actor(role, unit), TaskAction::Rule, &task(arbiter));
        assert!(may(Role::County, OFFICE, Some(Arbiter::County)));
        assert!(!may(Role::County, OFFICE, Some(Arbiter::City)));
        assert!(!may(Role::County, OFFICE, None));
        assert!(!may(Role::County, LEAD, Some(Arbiter::County)));
        assert!(!may(Role::County, DEPARTMENT, Some(Arbiter::County)));
        assert!(may(Role::City, OFFICE, Some(Arbiter::City)));
        assert!(!may(Role::City, OFFICE, Some(Arbiter::County)));
        for role in [Role::Handler, Role::Township, Role::Village, Role::Lead] {
            assert!(!may(role, LEAD, Some(Arbiter::County)), "{role:?}");
        }
    }

    #[test]
    fn the_lead_waives_and_the_department_never_its_own() {
        let may = |role, unit| task_may(&actor(role, unit), TaskAction::Waive, &task(None));
        assert!(may(Role::Township, LEAD) && may(Role::County, OFFICE));
        assert!(!may(Role::Handler, DEPARTMENT) && !may(Role::Village, LEAD));
    }
}
