//! The box 「下一步」: who must do what by when, each line with the way to do it
//! for whoever may.

use super::actions::Offer;
use super::clockwork;
use super::due::{self, Group};
use super::names::Names;
use super::rulings::Ruling;
use super::work::{TaskNames, Waiting};
use crate::ctx::Ctx;
use crate::entity::{deadline, protection_case};
use crate::rules::level::RiskLevel;
use crate::rules::policy::Role;
use crate::rules::workflow::Stage;

/// Clocks that the box shows; the section 「时限」 has them all.
const CLOCKS: usize = 5;

/// One thing that somebody owes.
pub(crate) struct Next {
    pub(crate) who: String,
    pub(crate) what: String,
    /// In words; empty where no clock runs for it.
    pub(crate) due: String,
    pub(crate) state: &'static str,
    /// Where this person does it; none for those who may not.
    pub(crate) href: Option<String>,
    /// Owed by the person's own unit.
    pub(crate) own: bool,
    /// Waits for the ruling of the person who looks.
    pub(crate) yours: bool,
}

/// What is known of a case on its page.
pub(crate) struct Known<'a> {
    pub(crate) case: &'a protection_case::Model,
    pub(crate) rulings: &'a [Ruling],
    pub(crate) clocks: &'a [deadline::Model],
    pub(crate) names: &'a Names,
    pub(crate) offers: &'a [Offer],
    pub(crate) waiting: &'a [Waiting],
    pub(crate) tasks: &'a TaskNames,
}

impl Known<'_> {
    /// The address of an action, where it is offered now.
    fn offered(&self, path: &str) -> Option<String> {
        let wanted = format!("/cases/{}/{path}", self.case.id);
        let found = self.offers.iter().find(|offer| offer.href == wanted && !offer.at_once);
        found.map(|offer| offer.href.clone())
    }

    fn asked(&self, who: &str, what: &str, path: &str) -> Next {
        Next {
            who: who.to_owned(),
            what: what.to_owned(),
            due: String::new(),
            state: "today",
            href: self.offered(path),
            own: false,
            yours: false,
        }
    }

    /// The same, for what whoever is offered the way to it rules on.
    fn ruled(&self, who: &str, what: &str, path: &str) -> Next {
        let asked = self.asked(who, what, path);
        Next {
            yours: asked.href.is_some(),
            ..asked
        }
    }

    /// What the stage itself asks for.
    fn by_stage(&self, ctx: &Ctx) -> Option<Next> {
        // Nobody rules on what their own unit hands back, but the city.
        let own = ctx.actor.unit == Some(self.case.lead_unit) && ctx.actor.role != Role::City;
        let lead = || self.names.unit(self.case.lead_unit);
        Some(match Stage::parse(&self.case.stage)? {
            Stage::Returning if own => self.asked("班长（派单）", "裁定退回申请", ""),
            Stage::Returning => self.ruled("班长（派单）", "裁定退回申请", "do/dispatch"),
            Stage::Arbitrating => self.ruled("市级统筹", "仲裁职责争议", "do/arbitrate"),
            Stage::Closing => self.ruled("县级个案经理", "审批结案", "do/decide-close"),
            Stage::Assessed => self.asked(&lead(), "制定计划", "plan"),
            // A plan that waits for the county says so itself.
            Stage::Planned if self.waiting.iter().all(|one| !one.plan) => self.asked(&lead(), "开始帮扶", "do/support"),
            _ => return None,
        })
    }

    fn by_clock(&self, ctx: &Ctx, clock: &deadline::Model) -> Next {
        let path = match clock.milestone.as_str() {
            "contact" | "visit" | "not_seen" | "follow_up" | "admonition_check" => "visits/new",
            "assess" => "assess/new",
            "review" => "review/new",
            "supervision" => "do/answer-supervision",
            "callback_unit" | "callback_hotline" => "do/call-back",
            _ => "",
        };
        Next {
            who: self.names.unit(clock.owner_unit),
            what: clockwork::purpose(clock, self.tasks),
            due: due::text(Some(clock.due_at), ctx.now),
            state: Group::of(Some(clock.due_at), ctx.now).state(),
            href: match clock.task_id {
                Some(task) => Some(format!("/tasks/{task}")).filter(|_| !super::page::reduced(ctx.actor.role)),
                None => self.offered(path),
            },
            own: ctx.actor.serves(clock.owner_unit),
            yours: false,
        }
    }
}

fn by_ruling(ctx: &Ctx, ruling: &Ruling) -> Next {
    Next {
        who: ruling.who.clone(),
        what: ruling.what.clone(),
        due: ruling.due.map(|due| due::text(Some(due), ctx.now)).unwrap_or_default(),
        state: ruling.due.map_or("today", |due| Group::of(Some(due), ctx.now).state()),
        href: ruling.href.clone(),
        own: false,
        yours: ruling.yours,
    }
}

/// Who must do what by when: first what waits for a ruling by the person who
/// looks, then what the stage and the records ask for, then the clocks.
pub(crate) fn steps(ctx: &Ctx, known: &Known<'_>) -> Vec<Next> {
    let mut all: Vec<Next> = known.by_stage(ctx).into_iter().collect();
    if let Some(level) = known.case.proposed_level.and_then(RiskLevel::from_number) {
        let what = format!("确认降为{}", level.label());
        all.push(known.ruled("县级个案经理", &what, "do/lowering"));
    }
    all.extend(known.rulings.iter().map(|ruling| by_ruling(ctx, ruling)));
    all.extend(known.waiting.iter().map(|one| Next {
        who: one.who.to_owned(),
        what: one.what.clone(),
        due: String::new(),
        state: "today",
        href: Some(one.href.clone()),
        own: false,
        yours: false,
    }));
    let running = known
        .clocks
        .iter()
        .filter(|clock| clock.met_at.is_none() && clock.cancelled_at.is_none());
    all.extend(running.take(CLOCKS).map(|clock| known.by_clock(ctx, clock)));
    all.sort_by_key(|next| !next.yours);
    all
}
