//! What happens beside the usual way of a case: notes, papers, further tasks,
//! a raised level, another assignee, a merge, and strangers who try.

use super::life::level_of;
use super::world::World;
use crate::casework::steps::{self, Merge, PartyInput, RiskChange};
use crate::clock;
use crate::entity::protection_case;
use crate::error::Result;
use crate::measures::{self, NewMeasure};
use crate::rules::codes;
use crate::rules::level::RiskLevel;
use crate::rules::policy::Action;
use crate::tasks::{self, NewTask};
use uuid::Uuid;

/// So many of the latest cases are looked at.
const LATE: usize = 6000;

impl World<'_> {
    /// Something happens to one of the cases that are open.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn beside(&mut self) -> Result<()> {
        for _ in 0..4 {
            let back = self.dice.below(self.cases.len().clamp(1, LATE) as u64);
            let back = usize::try_from(back).unwrap_or(0) + 1;
            let Some(at) = self.cases.len().checked_sub(back) else {
                return Ok(());
            };
            let case = self.case(at).await?;
            if Self::is_open(&case) {
                return self.aside(at, &case).await;
            }
        }
        Ok(())
    }

    /// Something happens beside the usual way.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn aside(&mut self, at: usize, case: &protection_case::Model) -> Result<()> {
        match self.dice.below(16) {
            0 => self.raised(case).await,
            1 => self.papers(case).await,
            2 | 3 => self.another_task(case).await,
            4 => self.reassigned(case).await,
            5 => self.merged_into(case).await,
            6 => self.stranger(case).await,
            7 => self.urged(case).await,
            8..=10 => self.moved_away(at, case).await,
            11..=14 => self.measured(at, case).await,
            _ => self.noted(case).await,
        }
    }

    async fn noted(&mut self, case: &protection_case::Model) -> Result<()> {
        let Some(who) = self.someone(case, Action::Record, false).await? else {
            return Ok(());
        };
        let (app, id) = (self.app, case.id);
        if self.chance(500) {
            let done = self
                .step(who, "note", (&case.number, case.version), |ctx, seen| async move {
                    steps::add_note(app, &ctx, id, seen, "孩子的姑姑愿意帮忙照看").await
                })
                .await;
            drop(done);
            return Ok(());
        }
        let party = &PartyInput {
            kind: "carer".to_owned(),
            name: Some(self.dice.name()),
            phone: Some(self.dice.phone()),
            ..PartyInput::default()
        };
        let done = self
            .step(who, "party", (&case.number, case.version), |ctx, seen| async move {
                steps::record_party(app, &ctx, id, seen, party).await
            })
            .await;
        drop(done);
        Ok(())
    }

    async fn raised(&mut self, case: &protection_case::Model) -> Result<()> {
        let Some(who) = self.someone(case, Action::RaiseRisk, true).await? else {
            return Ok(());
        };
        let to = match level_of(case) {
            RiskLevel::Green => RiskLevel::Blue,
            RiskLevel::Blue => RiskLevel::Yellow,
            RiskLevel::Yellow | RiskLevel::Red => RiskLevel::Red,
        };
        let change = &RiskChange {
            level: to.code().to_owned(),
            reason: "走访发现照料又中断".to_owned(),
        };
        let (app, id) = (self.app, case.id);
        let done = self
            .step(
                who,
                "raise_risk",
                (&case.number, case.version),
                |ctx, seen| async move { steps::raise_risk(app, &ctx, id, seen, change).await },
            )
            .await;
        drop(done);
        Ok(())
    }

    async fn papers(&mut self, case: &protection_case::Model) -> Result<()> {
        let Some(who) = self.someone(case, Action::Record, false).await? else {
            return Ok(());
        };
        let kind = *self
            .dice
            .pick(&["service_record", "guidance_record", "case_filing", "diagnosis"]);
        let paper = &self.paper(kind);
        let (app, id) = (self.app, case.id);
        let done = self
            .act(who, ("measure", &case.number), |ctx| async move {
                measures::record(app, &ctx, id, paper).await
            })
            .await;
        drop(done);
        Ok(())
    }

    /// A paper of a kind, of today.
    pub(super) fn paper(&mut self, kind: &str) -> NewMeasure {
        let grounds = crate::rules::measures::procedure(kind).and_then(crate::rules::measures::Procedure::grounds);
        let ground = grounds.map_or("", |of| self.dice.pick(of).0);
        NewMeasure {
            ground: ground.to_owned(),
            id: Some(Uuid::now_v7()),
            kind: kind.to_owned(),
            paper_no: format!("模拟〔{}〕{}号", self.now().format("%Y"), self.dice.below(9000) + 1),
            issued_by: "模拟机关".to_owned(),
            issued_on: clock::day(self.now()),
            ..NewMeasure::default()
        }
    }

    async fn another_task(&mut self, case: &protection_case::Model) -> Result<()> {
        let Some(who) = self.someone(case, Action::OpenTask, false).await? else {
            return Ok(());
        };
        let new = &NewTask {
            id: Some(Uuid::now_v7()),
            type_code: self.dice.pick(codes::task_types()).code.clone(),
            request: "请依职责办理并反馈文书".to_owned(),
            ..NewTask::default()
        };
        let (app, id) = (self.app, case.id);
        let opened = self
            .act(who, ("open_task", &case.number), |ctx| async move {
                Ok(tasks::open(app, &ctx, id, new.clone()).await?.id)
            })
            .await;
        match opened {
            Ok(_) => self.errands(id).await,
            Err(_) => Ok(()),
        }
    }

    async fn reassigned(&mut self, case: &protection_case::Model) -> Result<()> {
        let Some(who) = self.someone(case, Action::Assign, false).await? else {
            return Ok(());
        };
        let colleagues = self.people.of(case.lead_unit).to_vec();
        if colleagues.is_empty() {
            return Ok(());
        }
        let to = *self.dice.pick(&colleagues);
        let account = self.people.all[to].actor().account;
        let (app, id) = (self.app, case.id);
        let done = self
            .step(who, "assign", (&case.number, case.version), |ctx, seen| async move {
                steps::assign(app, &ctx, id, seen, account).await
            })
            .await;
        drop(done);
        Ok(())
    }

    async fn merged_into(&mut self, case: &protection_case::Model) -> Result<()> {
        let other = usize::try_from(self.dice.below(self.cases.len() as u64)).unwrap_or(0);
        let other = self.case(other).await?;
        if !Self::is_open(&other) {
            return Ok(());
        }
        let Some(who) = self.someone(case, Action::Reshape, false).await? else {
            return Ok(());
        };
        let merge = &Merge {
            into: other.id,
            reason: "同一户的同一件事".to_owned(),
        };
        let (app, id) = (self.app, case.id);
        let done = self
            .step(who, "merge", (&case.number, case.version), |ctx, seen| async move {
                steps::merge(app, &ctx, id, seen, merge).await
            })
            .await;
        drop(done);
        Ok(())
    }

    /// Somebody from anywhere tries: whoever has no part in it is refused.
    async fn stranger(&mut self, case: &protection_case::Model) -> Result<()> {
        let who = usize::try_from(self.dice.below(self.people.all.len() as u64)).unwrap_or(0);
        if self.people.all[who].gone {
            return Ok(());
        }
        let (app, id) = (self.app, case.id);
        let tried = self
            .step(who, "stranger", (&case.number, case.version), |ctx, seen| async move {
                steps::add_note(app, &ctx, id, seen, "补充").await
            })
            .await;
        drop(tried);
        Ok(())
    }
}
