//! The life of an order (工单) beside that of its case: the result is handed
//! in, reviewed, sent back and done again, called back, rated, put away.

use super::life::{Next, level_of};
use super::queue::Event;
use super::world::World;
use crate::casework::order::{self, CallBack, Evaluate, HandIn, Order, Side};
use crate::entity::protection_case;
use crate::error::Result;
use crate::network;
use crate::rules::division::{Division, Tier};
use crate::rules::level::RiskLevel;
use crate::rules::orderflow::OrderState;
use crate::rules::policy::{Action, Role};
use crate::rules::workflow::Stage;
use chrono::TimeDelta;
use uuid::Uuid;

/// Nobody tries more often to put an order away.
const PATIENCE: u32 = 14;

impl World<'_> {
    /// Somebody turns to the order of a case.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn turn_to_order(&mut self, at: usize) -> Result<()> {
        let case = self.case(at).await?;
        let order = order::of(self.app.db.read(), case.id).await?;
        let merged = case.stage == Stage::Merged.code();
        let next = match order.state {
            OrderState::Archived => None,
            _ if merged => None,
            _ if self.answered(&case).await? => Some(self.office(Role::Township, 5 * 60, level_of(&case))),
            OrderState::Handling => self.in_hand(&case).await?,
            OrderState::Feedback => self.reviewed(&case).await?,
            OrderState::Resolved => self.called_back(&case, &order).await?,
            OrderState::CalledBack => self.put_away(at, &case).await?,
        };
        self.cases[at].ordered = next.is_some();
        if let Some(wait) = next {
            self.later(wait, Event::Order(at));
        }
        Ok(())
    }

    /// The case was opened again: its order is in hand again.
    pub(super) fn ordered_again(&mut self, at: usize) {
        if !self.cases[at].ordered {
            self.cases[at].ordered = true;
            self.later(TimeDelta::days(2), Event::Order(at));
        }
    }

    /// Somebody above the lead and apart from it who is there and may do it.
    /// What is led at the city's own level only the city may judge.
    pub(super) fn above(&mut self, case: &protection_case::Model, roles: &[Role]) -> Option<usize> {
        let (now, city) = (self.now(), Division::parse("140600").ok());
        let county = Self::place(case).and_then(|place| place.at(Tier::County));
        let hotline = self.people.unit_at("HOT", city.as_ref());
        let office = self.people.unit_at("MPO", city.as_ref());
        let units = [self.people.unit_at("MPC", county.as_ref()), hotline, office];
        let apart = |unit: &Uuid| *unit != case.lead_unit || Some(*unit) == office;
        let mut able: Vec<usize> = units
            .into_iter()
            .flatten()
            .filter(apart)
            .flat_map(|unit| self.people.at_work(unit, now))
            .filter(|who| roles.contains(&self.people.all[*who].role()))
            .collect();
        if able.is_empty() || self.chance(25) {
            // Now and then somebody of the lead itself tries.
            able.extend(self.people.at_work(case.lead_unit, now));
        }
        (!able.is_empty()).then(|| *self.dice.pick(&able))
    }

    /// The order is in hand: pressed, extended, or its result is handed in.
    async fn in_hand(&mut self, case: &protection_case::Model) -> Result<Next> {
        let stage = Stage::parse(&case.stage);
        let worked_on = !matches!(
            stage,
            None | Some(Stage::Assigned | Stage::Returning | Stage::Arbitrating)
        );
        let early = matches!(stage, Some(Stage::Accepted | Stage::Investigating));
        if !worked_on || self.chance(if early { 850 } else { 450 }) {
            self.pressed(case, worked_on).await?;
            return Ok(Some(self.office(Role::Township, 2 * 24 * 60, level_of(case))));
        }
        let Some(who) = self.someone(case, Action::Apply, false).await? else {
            return Ok(Some(self.nobody()));
        };
        if let Some(wait) = self.forgets(who, level_of(case)) {
            return Ok(Some(wait));
        }
        let result = &HandIn {
            summary: "已走访、评估，落实了照料人".to_owned(),
            papers: String::new(),
        };
        let (app, id) = (self.app, case.id);
        let handed = self
            .step(who, "hand_in", (&case.number, case.version), |ctx, seen| async move {
                order::hand_in(app, &ctx, id, seen, result).await
            })
            .await;
        drop(handed);
        Ok(Some(self.office(Role::County, 20 * 60, level_of(case))))
    }

    /// The result is accepted, or sent back to be done again.
    async fn reviewed(&mut self, case: &protection_case::Model) -> Result<Next> {
        let lead = network::unit(self.app.db.read(), case.lead_unit).await?;
        let of_city = Division::parse(&lead.division).is_ok_and(|place| place.tier() == Tier::City);
        let roles: &[Role] = if of_city {
            &[Role::City]
        } else {
            &[Role::County, Role::Lead, Role::City]
        };
        let Some(who) = self.above(case, roles) else {
            return Ok(Some(self.nobody()));
        };
        if let Some(wait) = self.forgets(who, level_of(case)) {
            return Ok(Some(wait));
        }
        let (app, id) = (self.app, case.id);
        let accept = self.chance(700);
        let name = if accept { "accept_result" } else { "send_back_result" };
        let done = self
            .step(who, name, (&case.number, case.version), |ctx, seen| async move {
                if accept {
                    return order::accept_result(app, &ctx, id, seen, "").await;
                }
                order::send_back_result(app, &ctx, id, seen, "补充学校的情况").await
            })
            .await;
        let minutes = if done.is_ok() { 8 * 60 } else { 60 };
        Ok(Some(self.office(Role::Operator, minutes, RiskLevel::Blue)))
    }

    /// The unit and the hotline call back, each once; now and then nobody is
    /// reached, or the matter is not solved.
    async fn called_back(&mut self, case: &protection_case::Model, order: &Order) -> Result<Next> {
        let made = order::callbacks(self.app.db.read(), case.id).await?;
        let by_unit = made
            .iter()
            .any(|row| row.side == Side::Unit.code() && row.reached && row.round == order.row.redone);
        let unit = !by_unit && self.chance(700);
        let who = if unit {
            self.someone(case, Action::CallBack, false).await?
        } else {
            let there = self.people.present_as(Role::Lead, self.now());
            (!there.is_empty()).then(|| *self.dice.pick(&there))
        };
        let Some(who) = who else {
            return Ok(Some(self.nobody()));
        };
        if let Some(wait) = self.forgets(who, level_of(case)) {
            return Ok(Some(wait));
        }
        let call = &CallBack {
            way: (*self.dice.pick(&["phone", "visit", "director"])).to_owned(),
            reached: self.chance(850),
            solved: self.chance(880),
            told: "handled".to_owned(),
            note: "家里没有人接电话，改日再联系".to_owned(),
        };
        let (app, id) = (self.app, case.id);
        let called = self
            .step(who, "call_back", (&case.number, case.version), |ctx, seen| async move {
                order::call_back(app, &ctx, id, seen, call).await
            })
            .await;
        let minutes = if called.is_ok() { 5 * 60 } else { 3 * 60 };
        Ok(Some(self.office(Role::Operator, minutes, RiskLevel::Blue)))
    }

    /// Everything was called back: somebody asks for a rating, and puts the
    /// order away once the case is closed.
    async fn put_away(&mut self, at: usize, case: &protection_case::Model) -> Result<Next> {
        if self.chance(300) {
            self.rated(case).await?;
            return Ok(Some(TimeDelta::days(3)));
        }
        if Stage::parse(&case.stage).is_some_and(Stage::is_open) {
            return Ok(Some(TimeDelta::days(21)));
        }
        self.cases[at].filed += 1;
        let Some(who) = self.above(case, &[Role::Lead, Role::City]) else {
            return Ok(Some(self.nobody()));
        };
        let (app, id) = (self.app, case.id);
        let archived = self
            .step(who, "archive", (&case.number, case.version), |ctx, seen| async move {
                order::archive(app, &ctx, id, seen).await
            })
            .await;
        let more = archived.is_err() && self.cases[at].filed < PATIENCE;
        Ok(more.then(|| TimeDelta::days(25)))
    }

    async fn rated(&mut self, case: &protection_case::Model) -> Result<()> {
        let there = self.people.present_as(Role::Lead, self.now());
        if there.is_empty() {
            return Ok(());
        }
        let who = *self.dice.pick(&there);
        let said = &Evaluate {
            rater: (*self.dice.pick(&["nobody", "nobody", "reporter", "guardian"])).to_owned(),
            value: "satisfied".to_owned(),
            note: String::new(),
        };
        let (app, id) = (self.app, case.id);
        let rated = self
            .step(who, "evaluate", (&case.number, case.version), |ctx, seen| async move {
                order::evaluate(app, &ctx, id, seen, said).await
            })
            .await;
        drop(rated);
        Ok(())
    }
}
