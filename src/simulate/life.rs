//! The life of a case up to its plan: signed or sent back, looked into,
//! assessed. Each time somebody turns to a case, they do what its stage asks
//! for, as far as they are there and mindful of it.

use super::habits;
use super::queue::Event;
use super::world::World;
use crate::assessments::{self, Kind, NewAssessment};
use crate::casework;
use crate::casework::steps::{self, Arbitration, Recuse, Redispatch, ReturnAsk, To, Whom};
use crate::clock;
use crate::entity::{case_child, protection_case};
use crate::error::Result;
use crate::rules::codes;
use crate::rules::division::{Division, Tier};
use crate::rules::level::RiskLevel;
use crate::rules::policy::{self, Action, CaseFacts, Role};
use crate::rules::workflow::Stage;
use crate::visits::{self, VisitInput};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

/// How long until somebody turns to it again; nothing when it is over.
pub(super) type Next = Option<TimeDelta>;

/// The level of a case; an unreadable one counts as red.
pub(super) fn level_of(case: &protection_case::Model) -> RiskLevel {
    RiskLevel::from_number(case.level).unwrap_or(RiskLevel::Red)
}

impl World<'_> {
    /// Somebody turns to a case.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn turn_to(&mut self, at: usize) -> Result<()> {
        let case = self.case(at).await?;
        if self.chance(400) && self.answered(&case).await? {
            self.later(TimeDelta::hours(1), Event::Case(at));
            return Ok(());
        }
        let next = match Stage::parse(&case.stage) {
            Some(Stage::Assigned) => self.assigned(&case).await?,
            Some(Stage::Returning) => self.returning(&case).await?,
            Some(Stage::Arbitrating) => self.arbitrated(&case).await?,
            Some(Stage::Accepted | Stage::Investigating) => self.investigated(&case).await?,
            Some(Stage::Assessed | Stage::Planned | Stage::Intervening | Stage::Reviewing) => {
                self.supported(at, &case).await?
            }
            Some(Stage::Closing) => self.closing(&case).await?,
            Some(Stage::Closed) => self.closed(at, &case).await?,
            Some(Stage::Merged) => self.merged(&case).await?,
            None => None,
        };
        if let Some(wait) = next {
            self.later(wait, Event::Case(at));
        }
        Ok(())
    }

    /// Somebody who is there and may do it: of the lead unit first, then up the
    /// places. `near` asks the village and the township first.
    pub(super) async fn someone(
        &mut self,
        case: &protection_case::Model,
        action: Action,
        near: bool,
    ) -> Result<Option<usize>> {
        let facts = casework::facts(self.app.db.read(), case).await?;
        let place = Self::place(case);
        let above = |tier: Tier| place.as_ref().and_then(|place| place.at(tier));
        let city = Division::parse("140600").ok();
        let people = &self.people;
        let own = [
            people.unit_at("VIL", place.as_ref()),
            people.unit_at("TMP", above(Tier::Township).as_ref()),
        ];
        let lead = [Some(case.lead_unit), None];
        let (first, second) = if near { (own, lead) } else { (lead, own) };
        let wide = [
            people.unit_at("MPC", above(Tier::County).as_ref()),
            people.unit_at("MPO", city.as_ref()),
            people.unit_at("HOT", city.as_ref()),
        ];
        let units = first.into_iter().chain(second).chain(wide).flatten();
        for unit in units.collect::<Vec<Uuid>>() {
            if let Some(who) = self.able(unit, action, &facts) {
                return Ok(Some(who));
            }
        }
        Ok(None)
    }

    /// Somebody of a unit who is there and may do it.
    fn able(&mut self, unit: Uuid, action: Action, facts: &CaseFacts) -> Option<usize> {
        let there = self.people.at_work(unit, self.now());
        let may = |who: &usize| policy::reach(self.people.all[*who].actor(), action).covers(facts);
        let able: Vec<usize> = there.into_iter().filter(may).collect();
        (!able.is_empty()).then(|| *self.dice.pick(&able))
    }

    /// Whether the person does nothing this time; what is urgent comes back to
    /// their mind sooner.
    pub(super) fn forgets(&mut self, who: usize, level: RiskLevel) -> Next {
        let role = self.people.all[who].role();
        let forgets = self.chance(habits::of(role).forgets);
        let hours = match level {
            RiskLevel::Red => 3,
            RiskLevel::Yellow => 14,
            RiskLevel::Blue | RiskLevel::Green => 3 * 24,
        };
        forgets.then(|| self.wait(role, hours * 60))
    }

    /// Nobody is there: it waits for the next half day.
    pub(super) fn nobody(&mut self) -> TimeDelta {
        self.wait(Role::Operator, 8 * 60)
    }

    async fn assigned(&mut self, case: &protection_case::Model) -> Result<Next> {
        let facts = casework::facts(self.app.db.read(), case).await?;
        let Some(who) = self.able(case.lead_unit, Action::Sign, &facts) else {
            return self.rescued(case).await;
        };
        if let Some(wait) = self.forgets(who, level_of(case)) {
            return Ok(Some(wait));
        }
        let habit = habits::of(self.people.all[who].role());
        if self.chance(habit.recused) {
            return self.recused(who, case).await;
        }
        if self.chance(habit.returns) {
            return self.sent_back(who, case).await;
        }
        let (app, id) = (self.app, case.id);
        let signed = self
            .step(who, "sign", (&case.number, case.version), |ctx, seen| async move {
                steps::sign(app, &ctx, id, seen).await
            })
            .await;
        let minutes = match (signed.is_ok(), level_of(case)) {
            (false, _) => 20,
            (true, RiskLevel::Red) => 60,
            (true, RiskLevel::Yellow) => 5 * 60,
            (true, _) => 24 * 60,
        };
        Ok(Some(self.office(Role::Township, minutes, level_of(case))))
    }

    /// Nobody of the lead is there: now and then the hotline sends the case to
    /// the township instead.
    async fn rescued(&mut self, case: &protection_case::Model) -> Result<Next> {
        let there = self.people.present_as(Role::Lead, self.now());
        let town = Self::place(case).and_then(|place| place.at(Tier::Township));
        let unit = self.people.unit_at("TMP", town.as_ref());
        let (Some(unit), false, true) = (unit, there.is_empty(), self.chance(250)) else {
            return Ok(Some(self.nobody()));
        };
        let who = *self.dice.pick(&there);
        self.redispatched(who, case, To::Unit(unit)).await
    }

    async fn redispatched(&mut self, who: usize, case: &protection_case::Model, to: To) -> Result<Next> {
        let (app, id) = (self.app, case.id);
        let to = &Redispatch {
            to,
            reason: "按现所在地和职责改派".to_owned(),
        };
        let sent = self
            .step(
                who,
                "redispatch",
                (&case.number, case.version),
                |ctx, seen| async move { steps::redispatch(app, &ctx, id, seen, to).await },
            )
            .await;
        drop(sent);
        Ok(Some(self.sign_wait(level_of(case))))
    }

    async fn recused(&mut self, who: usize, case: &protection_case::Model) -> Result<Next> {
        let (app, id) = (self.app, case.id);
        let unit = self.people.all[who].actor().unit;
        let whole = unit.filter(|_| self.dice.below(2) == 0);
        let recuse = &Recuse {
            whom: whole.map_or(Whom::Myself, Whom::Unit),
            reason: "与当事家庭是近亲属".to_owned(),
        };
        let declared = self
            .step(who, "recuse", (&case.number, case.version), |ctx, seen| async move {
                steps::declare_recusal(app, &ctx, id, seen, recuse).await
            })
            .await;
        drop(declared);
        Ok(Some(self.sign_wait(level_of(case))))
    }

    async fn sent_back(&mut self, who: usize, case: &protection_case::Model) -> Result<Next> {
        let (app, id) = (self.app, case.id);
        let reasons: Vec<&str> = codes::return_reasons().iter().map(|row| row.code.as_str()).collect();
        let ask = &ReturnAsk {
            reason: (*self.dice.pick(&reasons)).to_owned(),
            explanation: "电话核实，孩子上月已随奶奶搬走".to_owned(),
            done_first: "已电话确认孩子安全".to_owned(),
        };
        let asked = self
            .step(
                who,
                "ask_return",
                (&case.number, case.version),
                |ctx, seen| async move { steps::ask_return(app, &ctx, id, seen, ask).await },
            )
            .await;
        drop(asked);
        Ok(Some(self.office(Role::Lead, 120, level_of(case))))
    }

    async fn returning(&mut self, case: &protection_case::Model) -> Result<Next> {
        let there = self.people.present_as(Role::Lead, self.now());
        if there.is_empty() {
            return Ok(Some(self.nobody()));
        }
        let who = *self.dice.pick(&there);
        if let Some(wait) = self.forgets(who, level_of(case)) {
            return Ok(Some(wait));
        }
        let (app, id) = (self.app, case.id);
        if self.chance(600) {
            let place = self.dice.pick(&self.people.places).clone();
            return self.redispatched(who, case, To::Place(place)).await;
        }
        let refused = self
            .step(
                who,
                "refuse_return",
                (&case.number, case.version),
                |ctx, seen| async move { steps::refuse_return(app, &ctx, id, seen, "现所在地仍属本辖区").await },
            )
            .await;
        drop(refused);
        Ok(Some(self.sign_wait(level_of(case))))
    }

    /// The city rules who handles what was sent back for the second time: most
    /// often whoever has it.
    async fn arbitrated(&mut self, case: &protection_case::Model) -> Result<Next> {
        let there = self.people.present_as(Role::City, self.now());
        if there.is_empty() {
            return Ok(Some(self.nobody()));
        }
        let who = *self.dice.pick(&there);
        if let Some(wait) = self.forgets(who, level_of(case)) {
            return Ok(Some(wait));
        }
        let (app, id) = (self.app, case.id);
        let ruling = &Arbitration {
            unit: None,
            reason: "孩子现住该辖区，由现承办单位办理".to_owned(),
        };
        let ruled = self
            .step(who, "arbitrate", (&case.number, case.version), |ctx, seen| async move {
                steps::arbitrate(app, &ctx, id, seen, ruling).await
            })
            .await;
        drop(ruled);
        Ok(Some(self.sign_wait(level_of(case))))
    }

    async fn investigated(&mut self, case: &protection_case::Model) -> Result<Next> {
        let visited = case.stage == Stage::Investigating.code();
        if !visited || self.chance(300) {
            self.visit(case, "routine").await?;
            let hours = if level_of(case) == RiskLevel::Red { 1 } else { 6 };
            return Ok(Some(self.office(Role::Township, hours * 60, level_of(case))));
        }
        self.assessed(case, Kind::First).await
    }

    /// The children of a case, in the order of their recording.
    async fn children(&self, case: Uuid) -> Result<Vec<Uuid>> {
        let links = case_child::Entity::find()
            .filter(case_child::Column::CaseId.eq(case))
            .order_by_asc(case_child::Column::Id)
            .all(self.app.db.read())
            .await?;
        Ok(links.into_iter().map(|link| link.child_id).collect())
    }

    /// Somebody goes to see the child; answers whether it was recorded.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn visit(&mut self, case: &protection_case::Model, kind: &str) -> Result<bool> {
        let Some(who) = self.someone(case, Action::RecordVisit, true).await? else {
            return Ok(false);
        };
        if self.forgets(who, level_of(case)).is_some() {
            return Ok(false);
        }
        let children = self.children(case.id).await?;
        let seen = self.chance(850);
        let input = &VisitInput {
            id: Uuid::now_v7(),
            case_id: case.id,
            child_id: (!children.is_empty()).then(|| *self.dice.pick(&children)),
            kind: kind.to_owned(),
            method: if self.chance(850) { "home" } else { "phone" }.to_owned(),
            started_at: self.now() - TimeDelta::minutes(40),
            ended_at: Some(self.now() - TimeDelta::minutes(5)),
            seen,
            not_seen_reason: (!seen).then(|| "not_home".to_owned()),
            danger: seen && self.chance(20),
            injury: seen.then(|| "no".to_owned()),
            mood: seen.then(|| "calm".to_owned()),
            ..VisitInput::default()
        };
        let app = self.app;
        let recorded = self
            .act(who, ("visit", &case.number), |ctx| async move {
                Ok(visits::record(app, &ctx, input.clone()).await?.visit)
            })
            .await;
        Ok(recorded.is_ok())
    }

    /// Somebody assesses the case, or reviews it.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn assessed(&mut self, case: &protection_case::Model, kind: Kind) -> Result<Next> {
        let Some(who) = self.someone(case, Action::Assess, false).await? else {
            return Ok(Some(self.nobody()));
        };
        if let Some(wait) = self.forgets(who, level_of(case)) {
            return Ok(Some(wait));
        }
        let new = &self.sheet(case, kind);
        let (app, id) = (self.app, case.id);
        let name = if kind == Kind::First { "assess" } else { "review" };
        let done = self
            .step(who, name, (&case.number, case.version), |ctx, seen| async move {
                assessments::assess(app, &ctx, id, seen, new).await
            })
            .await;
        let minutes = if done.is_ok() { 24 * 60 } else { 60 };
        Ok(Some(self.office(Role::Township, minutes, level_of(case))))
    }

    /// A filled-in scale: things get better more often than worse.
    fn sheet(&mut self, case: &protection_case::Model, kind: Kind) -> NewAssessment {
        let better = match (kind, self.dice.below(10)) {
            (Kind::First, 0..7) => 0,
            (Kind::Review, 0..2) => 0,
            (Kind::Review, 9) => -1,
            _ => 1,
        };
        let percent = match case.level + better {
            ..=1 => 30,
            2 => 50,
            3 => 70,
            _ => 95,
        };
        let items = codes::assessment_items().iter().filter(|item| !item.veto);
        let marks = items.map(|item| {
            let points = u32::from(item.max) * percent / 100;
            (item.code.clone(), u8::try_from(points).ok())
        });
        NewAssessment {
            kind,
            ways: vec!["home".to_owned()],
            on: Some(clock::day(self.now())),
            who: "督导员、儿童主任".to_owned(),
            place: "家中".to_owned(),
            interviewed: "yes".to_owned(),
            scene: "暂无现实危险".to_owned(),
            conclusion: "confirmed".to_owned(),
            marks: marks.collect(),
            child_opinion: "想和奶奶住".to_owned(),
            ..NewAssessment::default()
        }
    }
}
