//! What comes in: calls at the desk and reports of obliged units.

use super::queue::Event;
use super::world::{Errand, Ringing, Story, World};
use crate::demo::Dice;
use crate::entity::{protection_case, report, task};
use crate::error::Result;
use crate::intake::{self, Caller, ChildInput, PlaceInput, ReportInput, Seen, Target};
use crate::rules::codes::{self, CaseType};
use crate::rules::division::Division;
use crate::rules::level::RiskLevel;
use crate::rules::policy::Role;
use crate::rules::workflow::Stage;
use chrono::{Datelike, TimeDelta};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

/// Nobody tries a call's outcome more often.
const PATIENCE: u32 = 12;

impl World<'_> {
    /// Somebody calls: an operator who is there picks up.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn call(&mut self) -> Result<()> {
        let repeated = !self.cases.is_empty() && self.chance(60);
        // A repeated call is joined by somebody who may see the case.
        let role = if repeated { Role::Lead } else { Role::Operator };
        let there = self.people.present_as(role, self.now());
        if there.is_empty() {
            self.later(TimeDelta::minutes(15), Event::Call);
            return Ok(());
        }
        let who = *self.dice.pick(&there);
        let app = self.app;
        let begun = self
            .act(who, ("begin", ""), |ctx| async move {
                intake::begin(app, &ctx, "phone").await
            })
            .await;
        let Ok(draft) = begun else {
            self.later(TimeDelta::minutes(5), Event::Call);
            return Ok(());
        };
        let input = self.told("phone");
        let wait = self.wait(role, 6);
        self.later(wait, Event::Desk(self.calls.len()));
        self.calls.push(Ringing {
            report: draft.id,
            version: draft.version,
            who,
            input,
            repeated,
            tries: 0,
        });
        Ok(())
    }

    /// The call has ended: the operator decides.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn desk(&mut self, at: usize) -> Result<()> {
        if self.people.all[self.calls[at].who].gone {
            let there = self.people.present_as(Role::Operator, self.now());
            if there.is_empty() {
                self.later(TimeDelta::minutes(30), Event::Desk(at));
                return Ok(());
            }
            self.calls[at].who = *self.dice.pick(&there);
        }
        let (who, input) = (self.calls[at].who, self.calls[at].input.clone());
        let seen = Seen {
            id: self.calls[at].report,
            version: self.calls[at].version,
        };
        let done = if self.calls[at].repeated {
            self.joined(who, seen, &input).await?
        } else {
            self.decided(who, seen, &input).await?
        };
        if !done {
            // Typed, kept, and tried once more a little later, as a new case.
            self.calls[at].repeated = false;
            self.calls[at].tries += 1;
            let draft = report::Entity::find_by_id(seen.id).one(self.app.db.read()).await?;
            self.calls[at].version = draft.map_or(seen.version, |draft| draft.version);
            if self.calls[at].tries < PATIENCE {
                self.later(TimeDelta::minutes(10), Event::Desk(at));
            }
        }
        Ok(())
    }

    async fn joined(&mut self, who: usize, seen: Seen, input: &ReportInput) -> Result<bool> {
        let app = self.app;
        let at = usize::try_from(self.dice.below(self.cases.len() as u64)).unwrap_or(0);
        let target = &Target::Number(self.cases[at].number.clone());
        let done = self
            .act(who, ("join", ""), |ctx| async move {
                Ok(intake::join(app, &ctx, seen, input, target).await?.report.id)
            })
            .await;
        Ok(done.is_ok())
    }

    async fn decided(&mut self, who: usize, seen: Seen, input: &ReportInput) -> Result<bool> {
        let app = self.app;
        let harmless = codes::case_type(&input.case_types[0]).is_some_and(|kind| kind.levels == [RiskLevel::Green]);
        if harmless && self.chance(300) {
            let answered = self
                .act(who, ("answer", ""), |ctx| async move {
                    Ok(intake::answer(app, &ctx, seen, input, "已告知办理的条件和窗口。")
                        .await?
                        .id)
                })
                .await;
            return Ok(answered.is_ok());
        }
        if self.chance(40) {
            let dismissed = self
                .act(who, ("dismiss", ""), |ctx| async move {
                    let empty = ReportInput::default();
                    Ok(intake::dismiss(app, &ctx, seen, &empty, "silent").await?.id)
                })
                .await;
            return Ok(dismissed.is_ok());
        }
        let routed = self
            .act(who, ("route", ""), |ctx| async move {
                Ok(intake::route(app, &ctx, seen, input).await?.case.id)
            })
            .await;
        match routed {
            Ok(case) => self.opened(case).await.map(|()| true),
            Err(_) => Ok(false),
        }
    }

    /// An obliged reporter sends a report; the same form perhaps twice.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn report(&mut self) -> Result<()> {
        let there = self.people.present_as(Role::Reporter, self.now());
        if there.is_empty() {
            self.later(TimeDelta::hours(12), Event::Report);
            return Ok(());
        }
        let who = *self.dice.pick(&there);
        let input = &self.told("mandated");
        let (app, form) = (self.app, Uuid::now_v7());
        let sent = self
            .act(who, ("submit", ""), |ctx| async move {
                Ok(intake::submit(app, &ctx, input, form).await?.id)
            })
            .await;
        let Ok(report) = sent else {
            self.later(TimeDelta::minutes(10), Event::Report);
            return Ok(());
        };
        let row = report::Entity::find_by_id(report).one(app.db.read()).await?;
        match row.and_then(|row| row.case_id) {
            Some(case) => self.opened(case).await,
            None => Ok(()),
        }
    }

    /// A case was opened: somebody will turn to it, and to each of its tasks.
    async fn opened(&mut self, id: Uuid) -> Result<()> {
        let Some(case) = protection_case::Entity::find_by_id(id).one(self.app.db.read()).await? else {
            return Ok(());
        };
        let level = RiskLevel::from_number(case.level).unwrap_or(RiskLevel::Red);
        let now = self.now();
        self.trace.line(now, &["opened", &case.number, level.code()]);
        let wait = self.sign_wait(level);
        self.later(wait, Event::Case(self.cases.len()));
        let wait = self.office(Role::Township, 36 * 60, level);
        self.later(wait, Event::Order(self.cases.len()));
        self.cases.push(Story::new(id, case.number));
        self.errands(id).await
    }

    /// Takes up the tasks of a case that nobody turns to yet.
    pub(super) async fn errands(&mut self, case: Uuid) -> Result<()> {
        let tasks = task::Entity::find()
            .filter(task::Column::CaseId.eq(case))
            .filter(task::Column::State.eq("pending"))
            .filter(task::Column::CreatedAt.eq(self.now()))
            .order_by_asc(task::Column::Number)
            .all(self.app.db.read())
            .await?;
        for task in tasks {
            let level = RiskLevel::from_number(task.level).unwrap_or(RiskLevel::Red);
            let wait = self.sign_wait(level);
            self.later(wait, Event::Task(self.tasks.len()));
            self.tasks.push(Errand { id: task.id });
        }
        Ok(())
    }

    /// How long a unit takes to look at what was sent to it.
    pub(super) fn sign_wait(&mut self, level: RiskLevel) -> TimeDelta {
        let minutes = match level {
            RiskLevel::Red => 18,
            RiskLevel::Yellow => 70,
            RiskLevel::Blue | RiskLevel::Green => 260,
        };
        self.office(Role::Handler, minutes, level)
    }

    /// What it is about: the more urgent a kind, the rarer.
    fn kind(&mut self) -> &'static CaseType {
        loop {
            let kind = self.dice.pick(codes::case_types());
            let kept = match kind.levels.iter().min() {
                Some(RiskLevel::Red) => 300,
                Some(RiskLevel::Yellow) | None => 600,
                Some(_) => 1000,
            };
            if self.chance(kept) {
                return kind;
            }
        }
    }

    /// What somebody tells.
    fn told(&mut self, channel: &str) -> ReportInput {
        let kind = self.kind();
        let place = Some(self.dice.pick(&self.people.places).clone());
        let year = crate::clock::day(self.now()).year();
        let children = 1 + self.dice.below(10) / 8;
        let here = PlaceInput {
            division: place.clone(),
            address: Some("村口第三排".to_owned()),
        };
        ReportInput {
            channel: channel.to_owned(),
            demand_type: demand(kind).to_owned(),
            case_types: vec![kind.code.clone()],
            content: Some(format!("反映：{}。", kind.name)),
            urgency: kind.levels.is_empty().then(|| "yellow".to_owned()),
            urgency_reason: kind.levels.is_empty().then(|| "由受理人判定".to_owned()),
            caller: Caller {
                name: Some(self.dice.name()),
                phone: Some(self.dice.phone()),
                safe_phone: Some(self.dice.below(3) > 0),
                ..Caller::default()
            },
            reporter_type: Some("V04".to_owned()),
            relation_to_child: Some("905".to_owned()),
            residence: place,
            incident_place: Some(here.clone()),
            child_location: Some(here),
            cohabiting_suspect: Some("unknown".to_owned()),
            involved_official: (self.dice.below(60) == 0).then(|| "village".to_owned()),
            children: (0..children).map(|_| child(&mut self.dice, year)).collect(),
            ..ReportInput::default()
        }
    }

    /// Whether a case is still worked on.
    pub(super) fn is_open(case: &protection_case::Model) -> bool {
        Stage::parse(&case.stage).is_some_and(Stage::is_open)
    }

    /// Where the child is.
    pub(super) fn place(case: &protection_case::Model) -> Option<Division> {
        Division::parse(&case.division).ok()
    }
}

fn demand(kind: &CaseType) -> &'static str {
    match kind.code.as_str() {
        "1901" => "inquiry",
        "1802" => "complaint",
        code if code.starts_with("16") => "help_request",
        _ => "tipoff",
    }
}

fn child(dice: &mut Dice, year: i32) -> ChildInput {
    let age = 3 + i16::try_from(dice.below(14)).unwrap_or(0);
    let sex = if dice.below(2) == 0 { "1" } else { "2" };
    let known = dice.below(4) > 0;
    ChildInput {
        name: known.then(|| dice.name()),
        sex: Some(sex.to_owned()),
        age: Some(age),
        id_number: (known && dice.below(2) == 0).then(|| dice.id_number(year - i32::from(age) - 1, sex)),
        feature: (!known).then(|| format!("约{age}岁{}", if sex == "1" { "男童" } else { "女童" })),
    }
}
