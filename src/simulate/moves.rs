//! A case goes to another place (移交): asked for, confirmed, refused, taken
//! back, disputed and ruled on; outside the city by letter.

use super::life::Next;
use super::queue::Event;
use super::world::{Course, World};
use crate::clock;
use crate::entity::{protection_case, transfer};
use crate::error::{Error, Result};
use crate::rules::division::{Division, Tier};
use crate::rules::level::RiskLevel;
use crate::rules::policy::{Action, Role};
use crate::rules::transferflow::{TransferReason, TransferState, TransferStep};
use crate::transfers::{self, Ask, Move, Reply, To};
use chrono::TimeDelta;
use sea_orm::EntityTrait;
use uuid::Uuid;

/// Those who answer for a transfer on either side.
const SENDERS: [Role; 4] = [Role::City, Role::County, Role::Township, Role::Handler];

impl World<'_> {
    /// Somebody asks another place to take the case over.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn moved_away(&mut self, at: usize, case: &protection_case::Model) -> Result<()> {
        let Some(who) = self.someone(case, Action::Transfer, false).await? else {
            return Ok(());
        };
        let to = if self.chance(150) {
            To::Outside("外省某县未成年人救助保护中心".to_owned())
        } else {
            To::Place(self.dice.pick(&self.people.places).clone())
        };
        let told = (*self.dice.pick(&["yes", "none"])).to_owned();
        let asked = &Ask {
            id: Some(Uuid::now_v7()),
            to,
            reason: self.dice.pick(&TransferReason::ALL).code().to_owned(),
            met_on: Some(clock::day(self.now())),
            meeting: "与移入方通话，交接家庭情况和在办事项".to_owned(),
            child_informed: "yes".to_owned(),
            guardian_informed: told,
            informed_note: String::new(),
        };
        let (app, id) = (self.app, case.id);
        let sent = self
            .step(
                who,
                "ask_transfer",
                (&case.number, case.version),
                |ctx, seen| async move { transfers::ask(app, &ctx, id, seen, asked).await.map(drop) },
            )
            .await;
        if let (Ok(()), Some(id)) = (sent, asked.id) {
            let wait = self.office(Role::County, 14 * 60, RiskLevel::Yellow);
            self.later(wait, Event::Transfer(self.moves.len()));
            self.moves.push(Course { id, case: at });
        }
        Ok(())
    }

    /// Somebody turns to a transfer.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn turn_to_transfer(&mut self, at: usize) -> Result<()> {
        let Course { id, case } = self.moves[at];
        let found = transfer::Entity::find_by_id(id).one(self.app.db.read()).await?;
        let row = found.ok_or(Error::NotFound)?;
        let next = match TransferState::parse(&row.state) {
            Some(TransferState::Asked) if row.to_unit.is_none() => self.by_letter(case, &row).await,
            Some(TransferState::Asked) => self.replied(&row).await,
            Some(TransferState::Refused) => self.disputed(&row).await,
            Some(TransferState::Disputed) => self.arbitrated_move(&row).await,
            _ => None,
        };
        if let Some(wait) = next {
            self.later(wait, Event::Transfer(at));
        }
        Ok(())
    }

    /// The receiver answers; late, the tier above rules without it.
    async fn replied(&mut self, row: &transfer::Model) -> Next {
        let late = self.now() > row.due_at;
        let (step, who) = match self.dice.below(20) {
            0..=9 => (TransferStep::Confirm, self.receiver(row)),
            10..=13 => (TransferStep::Refuse, self.receiver(row)),
            14 => (TransferStep::Withdraw, self.sender(row)),
            15 => (TransferStep::Confirm, self.sender(row)),
            _ if late => (self.ruling(), self.arbiter(row)),
            // Nobody looks at it for days.
            _ => return Some(TimeDelta::hours(40)),
        };
        self.carried(who, row, step).await;
        Some(self.office(Role::County, 24 * 60, RiskLevel::Yellow))
    }

    /// A place outside the city: a call, then the letter that comes back.
    async fn by_letter(&mut self, case: usize, row: &transfer::Model) -> Next {
        let step = match (row.called_on, self.dice.below(10)) {
            (None, _) => TransferStep::Note,
            (Some(_), 0..7) => TransferStep::Confirm,
            (Some(_), 7..9) => TransferStep::Refuse,
            _ => TransferStep::Withdraw,
        };
        let who = self.sender(row);
        let done = self.carried(who, row, step).await;
        self.cases[case].outside |= done && step == TransferStep::Confirm;
        Some(self.office(Role::County, 3 * 24 * 60, RiskLevel::Blue))
    }

    /// The sender lets a refusal stand, or goes to the tier above.
    async fn disputed(&mut self, row: &transfer::Model) -> Next {
        if self.chance(350) {
            return None;
        }
        let who = self.sender(row);
        let done = self.carried(who, row, TransferStep::Dispute).await;
        done.then(|| self.office(Role::City, 20 * 60, RiskLevel::Yellow))
    }

    async fn arbitrated_move(&mut self, row: &transfer::Model) -> Next {
        let (step, who) = match self.dice.below(10) {
            0 => (TransferStep::Withdraw, self.sender(row)),
            1 => (self.ruling(), self.receiver(row)),
            _ => (self.ruling(), self.arbiter(row)),
        };
        self.carried(who, row, step).await;
        Some(self.office(Role::City, 24 * 60, RiskLevel::Yellow))
    }

    fn ruling(&mut self) -> TransferStep {
        if self.chance(550) {
            TransferStep::RuleMove
        } else {
            TransferStep::RuleKeep
        }
    }

    /// Takes a step on a transfer; answers whether it was taken.
    async fn carried(&mut self, who: Option<usize>, row: &transfer::Model, step: TransferStep) -> bool {
        let Some(who) = who else { return false };
        if self.forgets(who, RiskLevel::Blue).is_some() {
            return false;
        }
        let today = clock::day(self.now());
        let made = &Move {
            step,
            words: "已核实现居住地和就学情况".to_owned(),
            reply: Some(Reply {
                number: "复函〔2026〕8号".to_owned(),
                on: Some(today),
            }),
            called_on: Some(today),
        };
        let name = match step {
            TransferStep::Confirm => "transfer_confirm",
            TransferStep::Refuse => "transfer_refuse",
            TransferStep::Withdraw => "transfer_withdraw",
            TransferStep::Dispute => "transfer_dispute",
            TransferStep::RuleMove => "transfer_rule_move",
            TransferStep::RuleKeep => "transfer_rule_keep",
            TransferStep::Note => "transfer_note",
        };
        let (app, id) = (self.app, row.id);
        let taken = self
            .step(who, name, (&row.number, row.version), |ctx, seen| async move {
                transfers::step(app, &ctx, id, seen, made).await
            })
            .await;
        taken.is_ok()
    }

    /// One of a unit who is there.
    fn one_of(&mut self, unit: Option<Uuid>) -> Option<usize> {
        let mut there = unit.map_or_else(Vec::new, |unit| self.people.at_work(unit, self.now()));
        there.retain(|who| SENDERS.contains(&self.people.all[*who].role()));
        (!there.is_empty()).then(|| *self.dice.pick(&there))
    }

    fn receiver(&mut self, row: &transfer::Model) -> Option<usize> {
        self.one_of(row.to_unit)
    }

    /// Whoever led the case, or the county where nobody of them is there.
    fn sender(&mut self, row: &transfer::Model) -> Option<usize> {
        let county = Division::parse(&row.from_place)
            .ok()
            .and_then(|from| from.at(Tier::County));
        let centre = self.people.unit_at("MPC", county.as_ref());
        self.one_of(Some(row.from_unit)).or_else(|| self.one_of(centre))
    }

    /// The county between its townships, the city between counties.
    fn arbiter(&mut self, row: &transfer::Model) -> Option<usize> {
        let area = row.to_area.as_deref().and_then(|area| Division::parse(area).ok());
        let within = area.filter(|area| area.tier() == Tier::Township);
        let county = within.and_then(|area| area.at(Tier::County));
        let city = Division::parse("140600").ok();
        let office = self.people.unit_at("MPO", city.as_ref());
        let centre = self.people.unit_at("MPC", county.as_ref());
        self.one_of(centre.or(office)).or_else(|| self.one_of(office))
    }
}
