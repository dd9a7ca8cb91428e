//! What waits for a ruling on a case: returns, extensions, pauses, results,
//! sheets of supervision, disputes over tasks, transfers; each with the way to
//! it for the person who may rule.

use super::actions::{Offer, Powers};
use crate::casework::order;
use crate::clocks::PauseReason;
use crate::ctx::Ctx;
use crate::entity::protection_case;
use crate::error::Result;
use crate::rules::orderflow::OrderState;
use crate::rules::policy::{Action, Role};
use crate::tasks;
use crate::transfers;
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// One thing that waits for a ruling.
pub(crate) struct Ruling {
    pub(crate) who: String,
    pub(crate) what: String,
    /// When it lapses or is owed, where that is known.
    pub(crate) due: Option<DateTime<Utc>>,
    /// Where it is ruled on or read; none for those who may not.
    pub(crate) href: Option<String>,
    /// Whether the person who looks may rule.
    pub(crate) yours: bool,
}

/// What waits on a case, for whoever reads how it is handled. A village is told
/// of what its own unit has asked for only.
pub(crate) async fn of_case(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    (case, powers): (&protection_case::Model, &Powers),
    (order, offers): (&order::Known, &[Offer]),
) -> Result<Vec<Ruling>> {
    let village = ctx.actor.role == Role::Village;
    if !powers.may(Action::ReadWork) || (village && !ctx.actor.serves(case.lead_unit)) {
        return Ok(Vec::new());
    }
    let mut all = Asked { ctx, case, offers }.of_order(order);
    if village {
        return Ok(all);
    }
    let reduced = super::page::reduced(ctx.actor.role);
    for one in tasks::disputed(db, ctx, (case.id, powers.facts())).await? {
        all.push(Ruling {
            who: one.arbiter.to_owned(),
            what: format!("裁定协办争议：{}", one.kind),
            due: Some(one.due_at),
            href: (!reduced).then(|| format!("/tasks/{}", one.task)),
            yours: one.yours,
        });
    }
    for one in transfers::waiting(db, ctx, (case.id, powers.facts())).await? {
        all.push(Ruling {
            who: one.who.to_owned(),
            what: format!("{} {}", one.what, one.number),
            due: Some(one.due_at),
            href: Some(format!("/transfers/{}", one.id)),
            yours: one.yours,
        });
    }
    Ok(all)
}

/// What was asked about the order, in front of one person.
struct Asked<'a> {
    ctx: &'a Ctx,
    case: &'a protection_case::Model,
    offers: &'a [Offer],
}

impl Asked<'_> {
    fn of_order(&self, order: &order::Known) -> Vec<Ruling> {
        let lead = (None, Some(self.case.lead_unit));
        let mut all = Vec::new();
        if let Some(row) = order.extension.as_ref().filter(|row| row.state == "open") {
            let what = format!("裁定延期 {} 个工作日", row.days);
            let asked = (row.asked_by, row.asked_unit);
            all.push(Ruling {
                due: Some(row.due_before),
                ..self.ruling(("班长、县级、市级", &what), "rule-extension", asked)
            });
        }
        if let Some(row) = order.pause.as_ref().filter(|row| row.state == "open") {
            let ground = PauseReason::parse(&row.ground).map_or("", PauseReason::label);
            let what = format!("裁定停表：{ground}");
            all.push(self.ruling(("县级、市级", &what), "rule-pause", (row.asked_by, row.asked_unit)));
        }
        if order.order.state == OrderState::Feedback {
            all.push(self.ruling(("班长、县级、市级", "审核办理结果"), "review-result", lead));
        }
        for row in order.sheets.iter().filter(|row| row.answered_at.is_some()) {
            let what = format!("解除督办 {}", row.number);
            all.push(self.ruling(("督办人", &what), "end-supervision", (None, Some(row.unit_id))));
        }
        all
    }

    /// Nobody rules on what they or their unit asked for; the city may, as it
    /// rules on what it leads itself.
    fn ruling(&self, (who, what): (&str, &str), path: &str, asked: (Option<Uuid>, Option<Uuid>)) -> Ruling {
        let (person, unit) = asked;
        let own = unit.is_some() && unit == self.ctx.actor.unit && self.ctx.actor.role != Role::City;
        let own = own || (person.is_some() && person == self.ctx.account());
        let wanted = format!("/cases/{}/do/{path}", self.case.id);
        let href = self.offers.iter().find(|offer| offer.href == wanted && !own);
        Ruling {
            who: who.to_owned(),
            what: what.to_owned(),
            due: None,
            yours: href.is_some(),
            href: href.map(|offer| offer.href.clone()),
        }
    }
}
