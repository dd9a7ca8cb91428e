//! Who may do what to a transfer between places. The receiver sees what is
//! handed over, never the case before it has taken it.

use super::{Actor, CaseFacts, Role};
use crate::rules::division::{Division, Tier};
use uuid::Uuid;

/// A thing that may be done to a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransferAction {
    /// 必要摘要：户籍地只看到这些
    Summary,
    /// 查看移交内容
    View,
    /// 撤回、提请裁定、登记联系和回函：移出方
    Send,
    /// 确认、不同意：移入方
    Answer,
    /// 裁定：双方共同的上级
    Rule,
}

impl TransferAction {
    /// Every action.
    pub const ALL: [Self; 5] = [Self::Summary, Self::View, Self::Send, Self::Answer, Self::Rule];
}

/// What the policy must know of a transfer.
#[derive(Debug, Clone)]
pub struct TransferFacts {
    /// Where the case was when the transfer was asked for.
    pub from: Division,
    /// The unit that led it then.
    pub from_unit: Uuid,
    /// Where the unit stands that answers; nothing outside the city.
    pub receiver: Option<Division>,
    /// Where the household is registered.
    pub domicile: Option<Division>,
    /// Whether the case has moved.
    pub moved: bool,
    /// The case.
    pub case: CaseFacts,
}

/// Whether the actor may do this to a transfer. The city rules between
/// counties, the county between its townships, and the city where that took
/// too long; whoever leads the case or manages its county sends it.
#[must_use]
pub fn transfer_may(actor: &Actor, action: TransferAction, transfer: &TransferFacts) -> bool {
    let case = &transfer.case;
    let recused = case.recused_accounts.contains(&actor.account)
        || actor.unit.is_some_and(|unit| case.recused_units.contains(&unit));
    if recused {
        return false;
    }
    let below = |place: &Division| actor.division.contains(place);
    let works = matches!(actor.role, Role::City | Role::County | Role::Township | Role::Handler);
    let sends = (works && actor.serves(transfer.from_unit)) || (actor.role == Role::County && below(&transfer.from));
    let receives = transfer.receiver.as_ref().is_some_and(|place| match place.tier() {
        Tier::County => actor.role == Role::County && below(place),
        Tier::Township => actor.role == Role::Township && below(place),
        Tier::City | Tier::Village => false,
    });
    let rules = transfer.receiver.is_some()
        && match actor.role {
            Role::City => true,
            Role::County => below(&transfer.from) && transfer.receiver.as_ref().is_some_and(below),
            _ => false,
        };
    let watches = matches!(actor.role, Role::City | Role::Lead);
    let home = transfer.moved
        && matches!(actor.role, Role::County | Role::Township)
        && transfer.domicile.as_ref().is_some_and(below);
    match action {
        TransferAction::Summary => sends || receives || rules || watches || home,
        TransferAction::View => sends || receives || rules || watches,
        TransferAction::Send => sends,
        TransferAction::Answer => receives,
        TransferAction::Rule => rules,
    }
}
