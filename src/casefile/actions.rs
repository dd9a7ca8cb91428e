//! What this person may do to this case now: the policy and the workflow asked
//! together, so that a page offers nothing that would be refused.

use super::order::OrderDeed;
use crate::casework::order::Known;
use crate::ctx::Ctx;
use crate::entity::protection_case;
use crate::journal::Act;
use crate::rules::level::RiskLevel;
use crate::rules::policy::{self, Action, Actor, CaseFacts, Role};
use crate::rules::workflow::{Stage, Step};
use uuid::Uuid;

/// The actor in front of one case.
pub(crate) struct Powers {
    actor: Actor,
    facts: CaseFacts,
}

impl Powers {
    pub(crate) fn new(ctx: &Ctx, facts: CaseFacts) -> Self {
        Self {
            actor: ctx.actor.clone(),
            facts,
        }
    }

    /// Whether the policy allows it.
    pub(crate) fn may(&self, action: Action) -> bool {
        policy::reach(&self.actor, action).covers(&self.facts)
    }

    pub(crate) fn facts(&self) -> &CaseFacts {
        &self.facts
    }

    pub(crate) fn role(&self) -> Role {
        self.actor.role
    }

    pub(crate) fn unit(&self) -> Option<Uuid> {
        self.actor.unit
    }

    /// The unit for which the person acts on the case.
    pub(crate) fn seat(&self, case: &protection_case::Model) -> Option<Uuid> {
        self.actor.seat(case.lead_unit)
    }

    pub(crate) fn account(&self) -> Uuid {
        self.actor.account
    }

    /// Whoever goes to the child or decides on the case may learn who it is.
    pub(crate) fn may_show_identity(&self) -> bool {
        [Action::RecordVisit, Action::Record, Action::Dispatch]
            .into_iter()
            .any(|action| self.may(action))
    }
}

/// A step with a form of its own on the case page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    Sign,
    Return,
    Dispatch,
    Assign,
    Raise,
    Lowering,
    Note,
    Party,
    Child,
    Recuse,
    Support,
    SpotCheck,
    FollowUp,
    Close,
    DecideClose,
    Reopen,
    Merge,
    Unmerge,
    /// A step of the order: who holds it, until when, with what result.
    Order(OrderDeed),
}

impl Deed {
    const ALL: [Self; 18] = [
        Self::Sign,
        Self::Dispatch,
        Self::DecideClose,
        Self::Lowering,
        Self::Support,
        Self::Assign,
        Self::Note,
        Self::Party,
        Self::Child,
        Self::SpotCheck,
        Self::FollowUp,
        Self::Close,
        Self::Reopen,
        Self::Raise,
        Self::Recuse,
        Self::Merge,
        Self::Unmerge,
        Self::Return,
    ];

    /// Every step, those of the order last.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let orders = OrderDeed::ALL.into_iter().map(Self::Order);
        Self::ALL.into_iter().chain(orders)
    }

    /// The word of its address.
    pub(crate) fn slug(self) -> &'static str {
        match self {
            Self::Sign => "sign",
            Self::Return => "return",
            Self::Dispatch => "dispatch",
            Self::Assign => "assign",
            Self::Raise => "raise",
            Self::Lowering => "lowering",
            Self::Note => "note",
            Self::Party => "party",
            Self::Child => "child",
            Self::Recuse => "recuse",
            Self::Support => "support",
            Self::SpotCheck => "spot-check",
            Self::FollowUp => "follow-up",
            Self::Close => "close",
            Self::DecideClose => "decide-close",
            Self::Reopen => "reopen",
            Self::Merge => "merge",
            Self::Unmerge => "unmerge",
            Self::Order(deed) => deed.slug(),
        }
    }

    pub(crate) fn parse(slug: &str) -> Option<Self> {
        Self::all().find(|deed| deed.slug() == slug)
    }

    /// The words on its button.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Sign => "签收",
            Self::Return => "申请退回",
            Self::Dispatch => "裁定退回",
            Self::Assign => "指定承办人",
            Self::Raise => "上调等级",
            Self::Lowering => "确认降级",
            Self::Note => "补充情况",
            Self::Party => "登记人员",
            Self::Child => "更新儿童档案",
            Self::Recuse => "登记回避",
            Self::Support => "开始帮扶",
            Self::SpotCheck => "登记抽查",
            Self::FollowUp => "建跟踪计划",
            Self::Close => "申请结案",
            Self::DecideClose => "审批结案",
            Self::Reopen => "重开个案",
            Self::Merge => "并入他案",
            Self::Unmerge => "撤销并案",
            Self::Order(deed) => deed.label(),
        }
    }

    /// What the policy is asked.
    pub(crate) fn action(self) -> Action {
        match self {
            Self::Sign => Action::Sign,
            Self::Return => Action::Return,
            Self::Dispatch => Action::Dispatch,
            Self::Assign => Action::Assign,
            Self::Raise => Action::RaiseRisk,
            Self::Lowering => Action::Confirm,
            Self::Note | Self::Party | Self::Child | Self::FollowUp => Action::Record,
            Self::Recuse => Action::Recuse,
            Self::Support => Action::Plan,
            Self::SpotCheck => Action::SpotCheck,
            Self::Close => Action::AskClose,
            Self::DecideClose => Action::DecideClose,
            Self::Reopen | Self::Merge | Self::Unmerge => Action::Reshape,
            Self::Order(deed) => deed.action(),
        }
    }

    /// What the workflow is asked.
    pub(crate) fn step(self) -> Step {
        match self {
            Self::Sign => Step::Sign,
            Self::Return => Step::Return,
            Self::Dispatch => Step::RefuseReturn,
            Self::Assign => Step::Assign,
            Self::Raise | Self::Lowering => Step::ChangeRisk { to: RiskLevel::Red },
            Self::Support => Step::Intervene,
            Self::Close => Step::AskClose,
            Self::DecideClose => Step::RefuseClose,
            Self::Reopen => Step::Reopen,
            Self::Merge => Step::Merge,
            Self::Unmerge => Step::UndoMerge {
                back_to: Stage::Investigating,
            },
            Self::Note | Self::Party | Self::Child | Self::Recuse | Self::SpotCheck | Self::FollowUp => Step::Record,
            Self::Order(deed) => deed.step(),
        }
    }

    /// What the workflow is asked for a person of this unit: only the lead
    /// unit's signature moves the case, another's is a record.
    pub(crate) fn step_for(self, case: &protection_case::Model, unit: Option<Uuid>) -> Step {
        match self {
            Self::Sign if unit != Some(case.lead_unit) => Step::Record,
            _ => self.step(),
        }
    }

    /// Whether the case's state gives the step a meaning.
    pub(crate) fn fits(self, case: &protection_case::Model, unit: Option<Uuid>, known: &Known) -> bool {
        let step = self.step_for(case, unit);
        let stage = Stage::parse(&case.stage).is_some_and(|stage| stage.after(&step).is_ok());
        let red = case.peak_level == RiskLevel::Red.number();
        stage
            && match self {
                Self::Raise => case.level > RiskLevel::Red.number(),
                Self::Lowering => case.proposed_level.is_some(),
                Self::SpotCheck => red && case.spot_checked_at.is_none(),
                Self::FollowUp => !case.follow_up_planned,
                Self::Return => known.order.row.arbitrated_at.is_none(),
                Self::Order(deed) => deed.fits(case, unit, known),
                _ => true,
            }
    }

    /// Steps that need no words are done by their button.
    pub(crate) fn at_once(self) -> bool {
        matches!(self, Self::Sign | Self::Support)
    }

    /// Steps that are seldom wanted stand behind 「更多」.
    fn rare(self) -> bool {
        match self {
            Self::Assign | Self::Party | Self::Recuse | Self::Merge | Self::Unmerge | Self::Return => true,
            Self::Order(deed) => deed.rare(),
            _ => false,
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Sign | Self::Dispatch | Self::DecideClose | Self::Lowering | Self::Support => "go",
            Self::Return | Self::Merge | Self::Unmerge | Self::Raise => "stop",
            Self::Order(deed) => deed.kind(),
            _ => "",
        }
    }
}

/// One action on the page.
pub(crate) struct Offer {
    pub(crate) href: String,
    pub(crate) label: &'static str,
    pub(crate) kind: &'static str,
    /// Done by a button of the page itself.
    pub(crate) at_once: bool,
    /// Stands behind 「更多」.
    pub(crate) rare: bool,
}

/// The actions of now. `unsigned`: whether the actor's own unit takes part and
/// has not signed yet.
pub(crate) fn offers(powers: &Powers, (case, known): (&protection_case::Model, &Known), unsigned: bool) -> Vec<Offer> {
    let base = format!("/cases/{}", case.id);
    let mut all: Vec<Offer> = Deed::all()
        .filter(|deed| powers.may(deed.action()) && deed.fits(case, powers.seat(case), known))
        // The page offers a child's form beside the child.
        .filter(|deed| (*deed != Deed::Sign || unsigned) && *deed != Deed::Child)
        .map(|deed| Offer {
            href: format!("{base}/do/{}", deed.slug()),
            label: deed.label(),
            kind: deed.kind(),
            at_once: deed.at_once(),
            rare: deed.rare(),
        })
        .collect();
    let stage = Stage::parse(&case.stage);
    let fields = [
        ("visits/new", "记录走访", Action::RecordVisit, Step::Visit),
        ("assess/new", "评估", Action::Assess, Step::Assess),
        ("review/new", "复评", Action::Assess, Step::Review),
        ("plan", "制定计划", Action::Plan, Step::Plan),
        ("tasks/new", "发起协办", Action::OpenTask, Step::Record),
        ("conferences/new", "登记会商", Action::Confirm, Step::Record),
        ("measures/begin", "发起措施", Action::Record, Step::Record),
        ("measures/new", "登记文书", Action::Record, Step::Record),
        ("transfers/new", "移交", Action::Transfer, Step::Transfer),
    ];
    // What decides stands first, whichever list it comes from.
    all.sort_by_key(|offer| offer.kind != "go");
    let at = all.iter().take_while(|offer| offer.kind == "go").count();
    let others = fields
        .into_iter()
        .filter(|(.., action, step)| powers.may(*action) && stage.is_some_and(|stage| stage.after(step).is_ok()))
        .map(|(path, label, ..)| Offer {
            href: format!("{base}/{path}"),
            label,
            kind: "",
            at_once: false,
            rare: path == "transfers/new",
        });
    all.splice(at..at, others.collect::<Vec<_>>());
    all
}

/// The message after a step, from its act.
pub(crate) fn done(code: &str) -> Option<String> {
    Act::parse(code).map(|act| format!("已完成：{}", act.label()))
}
