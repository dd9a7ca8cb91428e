//! The end of a case and what comes after it: decided on, followed up, now and
//! then opened again; merges that are undone.

use super::life::{Next, level_of};
use super::world::World;
use crate::casework::steps;
use crate::entity::protection_case;
use crate::error::Result;
use crate::rules::policy::{Action, Role};
use chrono::TimeDelta;

impl World<'_> {
    /// The end is asked for: somebody else decides.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn closing(&mut self, case: &protection_case::Model) -> Result<Next> {
        let Some(who) = self.someone(case, Action::DecideClose, false).await? else {
            return Ok(Some(self.nobody()));
        };
        if let Some(wait) = self.forgets(who, level_of(case)) {
            return Ok(Some(wait));
        }
        let (app, id) = (self.app, case.id);
        let refuse = self.chance(120);
        let decided = self
            .step(
                who,
                "rule_close",
                (&case.number, case.version),
                |ctx, seen| async move {
                    if refuse {
                        return steps::refuse_close(app, &ctx, id, seen, "再观察一个月").await;
                    }
                    steps::approve_close(app, &ctx, id, seen).await
                },
            )
            .await;
        let days = if decided.is_ok() { 28 } else { 1 };
        Ok(Some(TimeDelta::days(days)))
    }

    /// The case is closed: it is followed up, and now and then opened again.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn closed(&mut self, at: usize, case: &protection_case::Model) -> Result<Next> {
        if self.chance(30)
            && let Some(who) = self.someone(case, Action::Reshape, false).await?
        {
            let (app, id) = (self.app, case.id);
            let reopened = self
                .step(who, "reopen", (&case.number, case.version), |ctx, seen| async move {
                    steps::reopen(app, &ctx, id, seen, "学校再次反映").await
                })
                .await;
            if reopened.is_ok() {
                self.cases[at].outside = false;
                self.ordered_again(at);
            }
            return Ok(Some(TimeDelta::days(1)));
        }
        self.visit(case, "follow_up").await?;
        self.cases[at].followed += 1;
        let days = match self.cases[at].followed {
            1 => 60,
            2 => 90,
            _ => return Ok(None),
        };
        Ok(Some(self.wait(Role::Village, days * 24 * 60)))
    }

    /// The case was merged into another; some merges are undone.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn merged(&mut self, case: &protection_case::Model) -> Result<Next> {
        if !self.chance(250) {
            return Ok(None);
        }
        let Some(who) = self.someone(case, Action::Reshape, false).await? else {
            return Ok(Some(self.nobody()));
        };
        let (app, id) = (self.app, case.id);
        let undone = self
            .step(
                who,
                "undo_merge",
                (&case.number, case.version),
                |ctx, seen| async move { steps::undo_merge(app, &ctx, id, seen, "经核实为两件事").await },
            )
            .await;
        drop(undone);
        Ok(Some(TimeDelta::days(1)))
    }
}
