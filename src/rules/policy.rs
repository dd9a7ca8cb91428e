//! The policy: who may do what to which case. Everything not written here is
//! refused. [`reach`] answers with data that has two readings: [`Reach::covers`]
//! for one case, and a WHERE clause for lists (built in `casework`).
//!
//! Source: 四级网络 roles and 保密与边界规则 (未成年人网络保护条例第三十六条:
//! least authority, recorded); visibility per role is this system's own.

mod actor;
mod case;
mod measure;
mod quality;
mod report;
mod task;
mod transfer;

pub use actor::{Actor, Role};
pub use case::{Action, CaseFacts, Grant, Part, Reach, Scope};
pub use measure::{MeasureAction, MeasureFacts, measure_may};
pub use quality::{QualityAction, QualityFacts, quality_may};
pub use report::{ReportAction, ReportFacts, may_report};
pub use task::{TaskAction, TaskFacts, task_may};
pub use transfer::{TransferAction, TransferFacts, transfer_may};

use super::level::Sensitivity;

const ANY_PART: &[Part] = &Part::ALL;
const WORKING: &[Part] = &[Part::Lead, Part::Assist];
const LEADING: &[Part] = &[Part::Lead];

/// The policy. Everything not written here is refused. Every action but
/// [`Action::OpenReporter`] is granted only where [`Action::View`] is.
#[must_use]
pub fn reach(actor: &Actor, action: Action) -> Reach {
    use Sensitivity::L4;
    let grants = match actor.role {
        // Whoever took the call sees what became of it, not how.
        // Whether the caller was told is asked by whoever took the call.
        Role::Operator if matches!(action, Action::View | Action::CallBack) => {
            vec![(Scope::Opened(actor.account), L4)]
        }
        Role::Lead => dispatcher(actor, action),
        Role::City => city(actor, action),
        Role::County => county(actor, action),
        Role::Township => township(actor, action),
        Role::Village => village(actor, action),
        Role::Handler => handler(actor, action),
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

type Grants = Vec<(Scope, Sensitivity)>;

fn everywhere() -> Grants {
    vec![(Scope::Everywhere, Sensitivity::L4)]
}

fn subtree(actor: &Actor, ceiling: Sensitivity) -> Grants {
    vec![(Scope::Subtree(actor.division.clone()), ceiling)]
}

/// The cases in which a unit that the actor serves has one of these parts.
fn taking(actor: &Actor, parts: &'static [Part], ceiling: Sensitivity) -> Grants {
    let units = actor.units();
    units.map(|unit| (Scope::Taking(unit, parts), ceiling)).collect()
}

/// The shift lead sends cases over the whole city; what the hotline itself
/// leads (inquiries, suggestions, praise) it also brings to an end. It keeps
/// the orders moving: urges, supervises, reviews what is handed in, calls back.
fn dispatcher(actor: &Actor, action: Action) -> Grants {
    use Action::{
        Apply, Archive, AskClose, Assess, Assign, CallBack, DecideClose, Dispatch, OpenReporter, OpenTask, RaiseRisk,
        ReadWork, Record, Recuse, Reshape, ReviewResult, RuleExtension, Sign, Supervise, View,
    };
    match action {
        View | ReadWork | Dispatch | OpenTask | RaiseRisk | Reshape | OpenReporter | Recuse => everywhere(),
        RuleExtension | ReviewResult | Supervise | CallBack | Archive => everywhere(),
        Sign | Assign | Assess | Record | AskClose | DecideClose | Apply => taking(actor, LEADING, Sensitivity::L4),
        _ => Vec::new(),
    }
}

/// The city watches over all; what it leads itself, because the county is
/// recused or the place unknown, it works on as a county does.
fn city(actor: &Actor, action: Action) -> Grants {
    use Action::{
        Apply, Arbitrate, Archive, AskClose, Assess, Assign, CallBack, Confirm, DecideClose, Dispatch, OpenTask, Plan,
        RaiseRisk, ReadWork, Record, RecordVisit, Recuse, Reshape, ReviewResult, ReviewVisit, RuleExtension, RulePause,
        Sign, SpotCheck, Supervise, Transfer, View,
    };
    match action {
        View | ReadWork | Sign | Dispatch | OpenTask | RaiseRisk | Reshape | SpotCheck | Recuse | Record => {
            everywhere()
        }
        Arbitrate | RuleExtension | RulePause | ReviewResult | Supervise | Archive => everywhere(),
        Assign | RecordVisit | ReviewVisit | Assess | Plan | Confirm | AskClose | DecideClose | Apply | CallBack
        | Transfer => taking(actor, LEADING, Sensitivity::L4),
        _ => Vec::new(),
    }
}

/// The county manages every case of its place, and what is sent to its unit
/// from elsewhere; of the latter it decides only what it leads.
fn county(actor: &Actor, action: Action) -> Grants {
    use Action::{
        Apply, Arbitrate, Archive, CallBack, Confirm, DecideClose, Dispatch, OpenReporter, Reshape, Return,
        ReviewResult, RuleExtension, RulePause, SpotCheck, Supervise, Transfer,
    };
    let parts = match action {
        SpotCheck | OpenReporter | Arbitrate | Archive => return Vec::new(),
        // Only a lead sends its case back and speaks for its order; the county
        // sends on what others lead.
        Return | Apply | CallBack => return taking(actor, LEADING, Sensitivity::L4),
        Confirm | DecideClose | Dispatch | Reshape | Transfer => LEADING,
        RuleExtension | RulePause | ReviewResult | Supervise => LEADING,
        _ => WORKING,
    };
    [subtree(actor, Sensitivity::L4), taking(actor, parts, Sensitivity::L4)].concat()
}

fn township(actor: &Actor, action: Action) -> Grants {
    use Action::{
        Apply, AskClose, Assess, Assign, CallBack, OpenTask, Plan, RaiseRisk, ReadWork, Record, RecordVisit, Recuse,
        Return, ReviewVisit, Sign, Transfer, View,
    };
    use Sensitivity::{L3, L4};
    match action {
        View | ReadWork => [subtree(actor, L3), taking(actor, ANY_PART, L4)].concat(),
        ReviewVisit => [subtree(actor, L3), taking(actor, WORKING, L4)].concat(),
        // It also asks for the end of what a village of its own leads.
        Sign | RecordVisit | Assess | Plan | Record | RaiseRisk | Recuse | AskClose => taking(actor, WORKING, L4),
        Assign | OpenTask | Return | Apply | CallBack | Transfer => taking(actor, LEADING, L4),
        _ => Vec::new(),
    }
}

/// A village never learns the reason of a case of the highest label.
fn village(actor: &Actor, action: Action) -> Grants {
    use Action::{Apply, CallBack, RaiseRisk, ReadWork, RecordVisit, Recuse, Return, Sign, View};
    use Sensitivity::L3;
    match action {
        View | ReadWork => taking(actor, ANY_PART, L3),
        Sign | RecordVisit | RaiseRisk | Recuse => taking(actor, WORKING, L3),
        Return | Apply | CallBack => taking(actor, LEADING, L3),
        _ => Vec::new(),
    }
}

/// A department that leads a case works on it; one that assists sees its task.
/// Who reported is opened to the police in both.
fn handler(actor: &Actor, action: Action) -> Grants {
    use Action::{
        Apply, AskClose, Assess, Assign, CallBack, OpenReporter, OpenTask, Plan, RaiseRisk, ReadWork, Record,
        RecordVisit, Recuse, Return, Sign, Transfer, View,
    };
    let parts = match action {
        OpenReporter if actor.unit_kind == "PSB" => WORKING,
        View | ReadWork | Sign | Return | Assign | RecordVisit | Assess | Plan | OpenTask | Record | RaiseRisk
        | AskClose | Recuse | Apply | CallBack | Transfer => LEADING,
        _ => return Vec::new(),
    };
    taking(actor, parts, Sensitivity::L4)
}

/// Whether the role brings in the list of the children of its area (一人一档):
/// the county's case managers, the townships' child supervisors, and the shell.
/// The three administrators and the city's coordinators do not see the files.
#[must_use]
pub fn imports_children(role: Role) -> bool {
    matches!(role, Role::County | Role::Township | Role::System)
}

/// Whether the role changes the deadline rules and the working hours: the
/// security administrator, who sees no case. Others may read them.
#[must_use]
pub fn keeps_deadline_rules(role: Role) -> bool {
    role == Role::SecAdmin
}

/// Whether the role keeps the list of the linked lines (联动热线): the system
/// administrator, who keeps the network, too. The time for an answer is a
/// deadline rule, kept by [`keeps_deadline_rules`].
#[must_use]
pub fn keeps_lines(role: Role) -> bool {
    role == Role::SysAdmin
}

/// Whether the role writes, publishes and takes down knowledge articles: the
/// shift lead, who hears what callers ask, and the city, which answers for what
/// is told them.
#[must_use]
pub fn keeps_knowledge(role: Role) -> bool {
    matches!(role, Role::Lead | Role::City | Role::System)
}

/// Whether the role keeps the directory of services: the shift lead and the
/// city for everywhere, a county for its own place.
#[must_use]
pub fn keeps_services(role: Role) -> bool {
    matches!(role, Role::Lead | Role::City | Role::County | Role::System)
}

/// Whether the role draws samples of reports, reviews them by the score sheet
/// and changes that sheet (质检): the shift lead and the city.
#[must_use]
pub fn keeps_quality(role: Role) -> bool {
    matches!(role, Role::Lead | Role::City | Role::System)
}

/// Whether the role may draw a sample again to check it: whoever draws, and the
/// auditor, who sees numbers of reports and nothing of what is in them.
#[must_use]
pub fn checks_samples(role: Role) -> bool {
    matches!(role, Role::Lead | Role::City | Role::Auditor)
}

/// Whether the role sees on the hotline's board how the lines to 12345, the
/// telephone and the text messages stand, and everybody's drafts: the shift
/// lead and the city.
#[must_use]
pub fn watches_hotline(role: Role) -> bool {
    matches!(role, Role::Lead | Role::City)
}

/// Whether the role may look the deadline rules up: whoever answers for time in
/// a county, the city or at the hotline, and the three administrators.
#[must_use]
pub fn reads_deadline_rules(role: Role) -> bool {
    use Role::{Auditor, City, County, Lead, SecAdmin, SysAdmin};
    matches!(role, SecAdmin | SysAdmin | Auditor | Lead | City | County)
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

/// Whether the role settles what a work order of 12345 left unclear and watches
/// over its answers: the shift lead and the city.
#[must_use]
pub fn keeps_hotline_orders(role: Role) -> bool {
    matches!(role, Role::Lead | Role::City)
}

/// Whether the role admits partners that sign their calls (12345): the security
/// administrator, who sees no order.
#[must_use]
pub fn keeps_partners(role: Role) -> bool {
    role == Role::SecAdmin
}

/// Whether the role reads the neutral state of any work order of 12345.
#[must_use]
pub fn reads_order_states(role: Role) -> bool {
    role == Role::Service
}

/// Whether the role answers the telephone: it sees its own calls and the list
/// of missed callers.
#[must_use]
pub fn answers_calls(role: Role) -> bool {
    matches!(role, Role::Operator | Role::Lead)
}

/// Whether the role sees every call of the shift, says whose telephone is
/// whose, and lets a number be rung up that nobody has marked: the shift lead.
#[must_use]
pub fn leads_calls(role: Role) -> bool {
    role == Role::Lead
}
