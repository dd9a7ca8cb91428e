//! The policy: who may do what to which case. Everything not written here is
//! refused. [`reach`] answers with data that has two readings: [`Reach::covers`]
//! for one case, and a WHERE clause for lists (built in `casework`).
//!
//! Source: 四级网络 roles and 保密与边界规则 (未成年人网络保护条例第三十六条:
//! least authority, recorded); visibility per role is this system's own.

mod actor;
mod case;
mod report;
mod task;

pub use actor::{Actor, Role};
pub use case::{Action, CaseFacts, Grant, Part, Reach, Scope};
pub use report::{ReportAction, ReportFacts, may_report};
pub use task::{TaskAction, TaskFacts, task_may};

use super::level::Sensitivity;

const ANY_PART: &[Part] = &Part::ALL;
const WORKING: &[Part] = &[Part::Lead, Part::Assist];
const LEADING: &[Part] = &[Part::Lead];

/// The policy. Everything not written here is refused.
#[must_use]
pub fn reach(actor: &Actor, action: Action) -> Reach {
    use Sensitivity::{L3, L4};
    let everywhere = || vec![(Scope::Everywhere, L4)];
    let subtree = |ceiling| vec![(Scope::Subtree(actor.division.clone()), ceiling)];
    let taking = |parts, ceiling| {
        actor
            .unit
            .map(|unit| (Scope::Taking(unit, parts), ceiling))
            .into_iter()
            .collect::<Vec<_>>()
    };
    let grants = match (actor.role, action) {
        (Role::Operator, Action::View) => vec![(Scope::Opened(actor.account), L4)],
        (Role::Lead | Role::City, _) if leads(actor.role, action) => everywhere(),
        (Role::County, _) if leads(actor.role, action) => subtree(L4),
        (Role::Township, Action::View) => [subtree(L3), taking(ANY_PART, L4)].concat(),
        (Role::Township, Action::ReviewVisit) => [subtree(L3), taking(WORKING, L4)].concat(),
        (Role::Township, _) if township(action) => taking(WORKING, L4),
        (Role::Township, Action::Assign | Action::OpenTask | Action::AskClose | Action::Return) => taking(LEADING, L4),
        (Role::Village, Action::View) => taking(ANY_PART, L3),
        (Role::Village, Action::Sign | Action::RecordVisit | Action::RaiseRisk | Action::Recuse) => taking(WORKING, L3),
        (Role::Village, Action::Return) => taking(LEADING, L3),
        (Role::Handler, Action::OpenReporter) if actor.unit_kind == "PSB" => taking(WORKING, L4),
        (Role::Handler, _) if handler(action) => taking(LEADING, L4),
        _ => Vec::new(),
    };
    Reach {
        grants: grants
            .into_iter()
            .map(|(scope, ceiling)| Grant { scope, ceiling })
            .collect(),
        account: actor.account,
        unit: actor.unit,
    }
}

/// The wide tiers: shift lead and city over the whole city, county managers
/// over their county.
fn leads(role: Role, action: Action) -> bool {
    use Action::{
        AskClose, Assess, Assign, Confirm, DecideClose, Dispatch, OpenReporter, OpenTask, Plan, RaiseRisk, Record,
        RecordVisit, Recuse, Reshape, Return, ReviewVisit, Sign, SpotCheck, View,
    };
    match role {
        Role::Lead => matches!(
            action,
            View | Dispatch | OpenTask | RaiseRisk | Reshape | OpenReporter | Recuse
        ),
        Role::City => matches!(
            action,
            View | Sign | Dispatch | OpenTask | RaiseRisk | Reshape | SpotCheck | Recuse | Record
        ),
        Role::County => {
            !matches!(action, SpotCheck | OpenReporter)
                && matches!(
                    action,
                    View | Sign
                        | Return
                        | Dispatch
                        | Assign
                        | RecordVisit
                        | ReviewVisit
                        | Assess
                        | Plan
                        | Confirm
                        | OpenTask
                        | Record
                        | RaiseRisk
                        | AskClose
                        | DecideClose
                        | Reshape
                        | Recuse
                )
        }
        _ => false,
    }
}

fn township(action: Action) -> bool {
    matches!(
        action,
        Action::Sign
            | Action::RecordVisit
            | Action::Assess
            | Action::Plan
            | Action::Record
            | Action::RaiseRisk
            | Action::Recuse
    )
}

/// A department that leads a case works on it; one that assists sees its task.
fn handler(action: Action) -> bool {
    matches!(
        action,
        Action::View
            | Action::Sign
            | Action::Return
            | Action::RecordVisit
            | Action::Assess
            | Action::Plan
            | Action::OpenTask
            | Action::Record
            | Action::RaiseRisk
            | Action::AskClose
            | Action::Recuse
    )
}

/// Whether the role brings in the list of the children of its area (一人一档):
/// the county's case managers, the townships' child supervisors, and the shell.
/// The three administrators and the city's coordinators do not see the files.
#[must_use]
pub fn imports_children(role: Role) -> bool {
    matches!(role, Role::County | Role::Township | Role::System)
}

/// Whether the role reads the counts of the service (运行指标).
#[must_use]
pub fn reads_metrics(role: Role) -> bool {
    role == Role::Service
}

/// Whether the role takes reports at the desk (受理席).
#[must_use]
pub fn takes_reports(role: Role) -> bool {
    matches!(role, Role::Operator | Role::Lead)
}
