//! The life of a joint task: signed, reported with its paper, accepted or sent
//! back, now and then withdrawn.

use super::life::{Next, level_of};
use super::queue::Event;
use super::world::World;
use crate::entity::{protection_case, task};
use crate::error::{Error, Result};
use crate::rules::codes;
use crate::rules::division::Division;
use crate::rules::level::RiskLevel;
use crate::rules::policy::{Action, Role};
use crate::rules::taskflow::TaskState;
use crate::tasks::{self, Move, Refusal};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

/// The department says that it is not its own.
fn refused() -> Move {
    Move::Refuse(Refusal {
        reason: "R02".to_owned(),
        basis: "职责清单未列".to_owned(),
        done_first: "已电话告知家属".to_owned(),
    })
}

impl World<'_> {
    /// Somebody turns to a task.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn turn_to_task(&mut self, at: usize) -> Result<()> {
        let id = self.tasks[at].id;
        let found = task::Entity::find_by_id(id).one(self.app.db.read()).await?;
        let task = found.ok_or(Error::NotFound)?;
        let next = match TaskState::parse(&task.state) {
            Some(TaskState::Pending | TaskState::Working) => self.worked_on(&task).await?,
            Some(TaskState::Reported) => self.judged(&task).await?,
            Some(TaskState::Disputed) => self.ruled(&task).await?,
            _ => None,
        };
        if let Some(wait) = next {
            self.later(wait, Event::Task(at));
        }
        Ok(())
    }

    async fn worked_on(&mut self, task: &task::Model) -> Result<Next> {
        if self.chance(25) {
            return self.withdrawn(task).await;
        }
        let mut able = self.people.at_work(task.unit_id, self.now());
        able.retain(|who| {
            let role = self.people.all[*who].role();
            !matches!(role, Role::Reporter | Role::Operator | Role::Lead)
        });
        if able.is_empty() {
            return Ok(Some(self.nobody()));
        }
        let who = *self.dice.pick(&able);
        let level = RiskLevel::from_number(task.level).unwrap_or(RiskLevel::Red);
        if let Some(wait) = self.forgets(who, level) {
            return Ok(Some(wait));
        }
        let signing = task.state == TaskState::Pending.code();
        let next = if self.chance(60) {
            refused()
        } else if signing {
            Move::Sign
        } else {
            self.reported(task)
        };
        let done = self.moved(who, task, &next).await;
        let minutes = match (done, signing) {
            (false, _) => 12 * 60,
            (true, true) if level <= RiskLevel::Yellow => 6 * 60,
            (true, true) => 20 * 60,
            (true, false) => 24 * 60,
        };
        Ok(Some(self.office(Role::Handler, minutes, level.max(RiskLevel::Yellow))))
    }

    fn reported(&mut self, task: &task::Model) -> Move {
        let kinds = codes::task_type(&task.type_code).map_or(&[][..], |kind| &kind.artifacts);
        let kind = if kinds.is_empty() {
            "service_record".to_owned()
        } else {
            self.dice.pick(kinds).clone()
        };
        Move::Report {
            result: "已依职责办理，情况见文书".to_owned(),
            papers: vec![self.paper(&kind)],
        }
    }

    /// The county rules on a dispute, or the city where the county may not.
    async fn ruled(&mut self, task: &task::Model) -> Result<Next> {
        let found = protection_case::Entity::find_by_id(task.case_id)
            .one(self.app.db.read())
            .await?;
        let case = found.ok_or(Error::NotFound)?;
        let reason = "属于该单位的法定职责".to_owned();
        if self.chance(200) {
            // Nobody rules in time: the dispute goes up by itself.
            return Ok(Some(TimeDelta::days(3)));
        }
        let ruling = if self.chance(750) {
            let unit = self.another_unit(task);
            Move::Rule { unit, reason }
        } else {
            Move::Drop { reason }
        };
        let city = self.people.present_as(Role::City, self.now());
        let county = self.someone(&case, Action::Confirm, false).await?;
        for who in county.into_iter().chain(city.first().copied()) {
            if self.moved(who, task, &ruling).await {
                break;
            }
        }
        Ok(Some(self.office(Role::County, 24 * 60, RiskLevel::Yellow)))
    }

    /// Now and then it is given to the city's own unit of the kind.
    fn another_unit(&mut self, task: &task::Model) -> Option<Uuid> {
        let kind = codes::task_type(&task.type_code)?.kind.as_str();
        let city = Division::parse("140600").ok();
        let unit = self.people.unit_at(kind, city.as_ref());
        unit.filter(|unit| *unit != task.unit_id && self.chance(350))
    }

    async fn judged(&mut self, task: &task::Model) -> Result<Next> {
        let found = protection_case::Entity::find_by_id(task.case_id)
            .one(self.app.db.read())
            .await?;
        let case = found.ok_or(Error::NotFound)?;
        // A lead does not judge what it did itself: the county does.
        let own = task.unit_id == case.lead_unit;
        let action = if own { Action::Confirm } else { Action::OpenTask };
        let Some(who) = self.someone(&case, action, false).await? else {
            return Ok(Some(self.nobody()));
        };
        if let Some(wait) = self.forgets(who, level_of(&case)) {
            return Ok(Some(wait));
        }
        let next = if self.chance(120) {
            let reason = "缺办理经过，补充后再报".to_owned();
            Move::Reject { reason }
        } else {
            Move::Accept { note: String::new() }
        };
        self.moved(who, task, &next).await;
        Ok(Some(TimeDelta::days(2)))
    }

    async fn withdrawn(&mut self, task: &task::Model) -> Result<Next> {
        let found = protection_case::Entity::find_by_id(task.case_id)
            .one(self.app.db.read())
            .await?;
        let case = found.ok_or(Error::NotFound)?;
        if let Some(who) = self.someone(&case, Action::OpenTask, false).await? {
            let reason = "已由其他单位办理".to_owned();
            self.moved(who, task, &Move::Cancel { reason }).await;
        }
        Ok(Some(TimeDelta::days(1)))
    }

    /// Moves the task; answers whether it moved.
    async fn moved(&mut self, who: usize, task: &task::Model, step: &Move) -> bool {
        let name = match step {
            Move::Sign => "task_sign",
            Move::Refuse(_) => "task_refuse",
            Move::Report { .. } => "task_report",
            Move::Accept { .. } => "task_accept",
            Move::Reject { .. } => "task_reject",
            Move::Rule { .. } => "task_rule",
            Move::Drop { .. } => "task_drop",
            Move::Waive { .. } => "task_waive",
            Move::Cancel { .. } => "task_cancel",
        };
        let (app, id) = (self.app, task.id);
        let moved = self
            .step(who, name, (&task.number, task.version), |ctx, seen| async move {
                tasks::step(app, &ctx, id, seen, step).await
            })
            .await;
        moved.is_ok()
    }

    /// The lead does without a task that is still open.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn waived(&mut self, case: &protection_case::Model) -> Result<()> {
        let open = task::Entity::find()
            .filter(task::Column::CaseId.eq(case.id))
            .filter(task::Column::State.is_in(TaskState::open_codes()))
            .order_by_asc(task::Column::Number)
            .one(self.app.db.read())
            .await?;
        let who = self.someone(case, Action::AskClose, false).await?;
        if let (Some(task), Some(who)) = (open, who) {
            let reason = "目标已由其他服务达成".to_owned();
            self.moved(who, &task, &Move::Waive { reason }).await;
        }
        Ok(())
    }
}
