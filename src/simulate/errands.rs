//! The life of a joint task: signed, reported with its paper, accepted or sent
//! back, now and then withdrawn.

use super::life::Next;
use super::queue::Event;
use super::world::World;
use crate::entity::{protection_case, task};
use crate::error::{Error, Result};
use crate::rules::codes;
use crate::rules::level::RiskLevel;
use crate::rules::policy::{Action, Role};
use crate::rules::taskflow::TaskState;
use crate::tasks::{self, Move};
use chrono::TimeDelta;
use sea_orm::EntityTrait;

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
        let now = self.now();
        let able = |who: &&usize| {
            let role = self.people.all[**who].role();
            self.people.present(**who, now) && !matches!(role, Role::Reporter | Role::Operator | Role::Lead)
        };
        let able: Vec<usize> = self.people.of(task.unit_id).iter().filter(able).copied().collect();
        if able.is_empty() {
            return Ok(Some(self.nobody()));
        }
        let who = *self.dice.pick(&able);
        if let Some(wait) = self.forgets(who) {
            return Ok(Some(wait));
        }
        let signing = task.state == TaskState::Pending.code();
        let next = if signing { Move::Sign } else { self.reported(task) };
        let done = self.moved(who, task, &next).await;
        let minutes = match (done, signing) {
            (false, _) => 12 * 60,
            (true, true) => 20 * 60,
            (true, false) => 24 * 60,
        };
        let level = RiskLevel::from_number(task.level).unwrap_or(RiskLevel::Red);
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

    async fn judged(&mut self, task: &task::Model) -> Result<Next> {
        let found = protection_case::Entity::find_by_id(task.case_id)
            .one(self.app.db.read())
            .await?;
        let case = found.ok_or(Error::NotFound)?;
        let Some(who) = self.someone(&case, Action::OpenTask, false).await? else {
            return Ok(Some(self.nobody()));
        };
        if let Some(wait) = self.forgets(who) {
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
}
