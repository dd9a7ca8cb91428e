//! Who may do what to a report before (and apart from) its case. Everything
//! not written here is refused.

use super::{Actor, Role};
use uuid::Uuid;

/// A thing that may be done to a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReportAction {
    /// 查看线索
    View,
    /// 登记、处理
    Work,
    /// 复核不予受理
    Confirm,
    /// 查看来电人
    Caller,
    /// 查看办理状态（报告人）
    State,
}

impl ReportAction {
    /// Every action.
    pub const ALL: [Self; 5] = [Self::View, Self::Work, Self::Confirm, Self::Caller, Self::State];
}

/// What the policy must know of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportFacts {
    /// The account that took it, where a person did.
    pub opened_by: Option<Uuid>,
    /// The account of the obliged reporter who sent it.
    pub reporter_account: Option<Uuid>,
    /// Whether the asker is kept out of its case.
    pub recused: bool,
}

/// Whether the actor may do this to the report: operators to their own, the
/// shift lead to all, the city looks, an obliged reporter sees the neutral
/// state of their own. Everybody else reaches it through its case.
#[must_use]
pub fn may_report(actor: &Actor, action: ReportAction, report: &ReportFacts) -> bool {
    use ReportAction::{Caller, Confirm, State, View, Work};
    let own = report.opened_by == Some(actor.account);
    let sent = report.reporter_account == Some(actor.account);
    let allowed = match (actor.role, action) {
        (Role::Operator, View | Work | Caller) => own,
        (Role::Lead, View | Work | Confirm | Caller) | (Role::City, View) => true,
        (Role::System, View | Work) => true,
        (Role::Reporter, State) => sent,
        _ => false,
    };
    allowed && !report.recused
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::division::Division;

    fn actor(role: Role) -> Actor {
        Actor {
            account: Uuid::from_u128(1),
            role,
            unit: None,
            unit_kind: String::new(),
            division: Division::parse("140600").unwrap(),
            also: Vec::new(),
        }
    }

    fn facts(opened_by: u128, reporter: Option<u128>) -> ReportFacts {
        ReportFacts {
            opened_by: Some(Uuid::from_u128(opened_by)),
            reporter_account: reporter.map(Uuid::from_u128),
            recused: false,
        }
    }

    #[test]
    fn an_operator_reaches_only_their_own_reports() {
        for action in [ReportAction::View, ReportAction::Work] {
            assert!(may_report(&actor(Role::Operator), action, &facts(1, None)));
            assert!(!may_report(&actor(Role::Operator), action, &facts(2, None)));
        }
        assert!(!may_report(
            &actor(Role::Operator),
            ReportAction::Confirm,
            &facts(1, None)
        ));
    }

    #[test]
    fn an_obliged_reporter_sees_nothing_but_the_state_of_their_own() {
        for action in ReportAction::ALL {
            let seen = may_report(&actor(Role::Reporter), action, &facts(2, Some(1)));
            assert_eq!(seen, action == ReportAction::State, "{action:?}");
            assert!(!may_report(&actor(Role::Reporter), action, &facts(2, Some(3))));
        }
    }

    #[test]
    fn whoever_is_kept_out_of_the_case_does_not_see_the_report() {
        let report = ReportFacts {
            recused: true,
            ..facts(1, Some(1))
        };
        for role in Role::ALL {
            for action in ReportAction::ALL {
                assert!(!may_report(&actor(role), action, &report), "{role:?} {action:?}");
            }
        }
    }

    #[test]
    fn those_who_work_on_cases_have_no_way_to_reports() {
        for role in [
            Role::County,
            Role::Township,
            Role::Village,
            Role::Handler,
            Role::SysAdmin,
            Role::Auditor,
        ] {
            for action in ReportAction::ALL {
                assert!(
                    !may_report(&actor(role), action, &facts(1, Some(1))),
                    "{role:?} {action:?}"
                );
            }
        }
    }
}
