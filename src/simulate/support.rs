//! The life of a case from its plan on: support, reviews, and the checks
//! before its end, each answered by the act that it asks for.

use super::life::{Next, level_of};
use super::world::World;
use crate::assessments::Kind;
use crate::casework::steps::{self, CloseAsk};
use crate::clock;
use crate::entity::{assessment, measure, plan_goal, protection_case};
use crate::error::{Error, Result};
use crate::measures;
use crate::plans::{self, NewGoal};
use crate::rules::codes;
use crate::rules::level::RiskLevel;
use crate::rules::policy::{Action, Role};
use crate::rules::workflow::Stage;
use crate::tasks::{NewConference, hold_conference};
use chrono::{TimeDelta, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

impl World<'_> {
    /// Support goes on: whatever is owed next.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn supported(&mut self, at: usize, case: &protection_case::Model) -> Result<Next> {
        self.cases[at].rounds += 1;
        if case.stage == Stage::Assessed.code() {
            return self.planned(case).await;
        }
        if case.stage == Stage::Planned.code() {
            return self.begun(case).await;
        }
        if case.proposed_level.is_some() && self.chance(700) {
            self.lowered(case).await?;
        } else if self.chance(60) {
            self.aside(at, case).await?;
        } else if self.visit_next(case) {
            self.visit(case, "routine").await?;
        } else if self.review_due(case).await? {
            self.assessed(case, Kind::Review).await?;
        } else if level_of(case) >= RiskLevel::Blue {
            return self.near_the_end(at, case).await;
        } else {
            self.assessed(case, Kind::Review).await?;
        }
        let pace = match level_of(case) {
            RiskLevel::Red => 5,
            RiskLevel::Blue | RiskLevel::Green if self.cases[at].ending => 3,
            RiskLevel::Yellow => 11,
            RiskLevel::Blue => 20,
            RiskLevel::Green => 35,
        };
        Ok(Some(self.office(Role::Village, pace * 24 * 60, RiskLevel::Blue)))
    }

    /// Whether this time the child is visited: two times out of three.
    fn visit_next(&mut self, case: &protection_case::Model) -> bool {
        let often = if level_of(case) <= RiskLevel::Yellow { 700 } else { 400 };
        self.chance(often)
    }

    /// Whether the last assessment is older than the level's interval allows.
    async fn review_due(&self, case: &protection_case::Model) -> Result<bool> {
        let last = assessment::Entity::find()
            .filter(assessment::Column::CaseId.eq(case.id))
            .order_by_desc(assessment::Column::AssessedAt)
            .one(self.app.db.read())
            .await?;
        let days = match level_of(case) {
            RiskLevel::Red => 28,
            RiskLevel::Yellow => 60,
            RiskLevel::Blue | RiskLevel::Green => 80,
        };
        let long_ago = |at: chrono::DateTime<Utc>| self.now() - at > TimeDelta::days(days);
        Ok(last.is_none_or(|last| long_ago(last.assessed_at)))
    }

    async fn planned(&mut self, case: &protection_case::Model) -> Result<Next> {
        let Some(who) = self.someone(case, Action::Plan, false).await? else {
            return Ok(Some(self.nobody()));
        };
        if let Some(wait) = self.forgets(who, level_of(case)) {
            return Ok(Some(wait));
        }
        let count = 1 + self.dice.below(3);
        let goals = &(0..count)
            .map(|at| NewGoal {
                dimension: "guardianship".to_owned(),
                goal: "落实看护人，每天有人照料".to_owned(),
                means: "签订委托照护协议，村里每周看望".to_owned(),
                responsible: "儿童主任".to_owned(),
                due_on: Some(clock::day(self.now()) + TimeDelta::days(60)),
                core: at == 0,
            })
            .collect::<Vec<_>>();
        let (app, id) = (self.app, case.id);
        let made = self
            .step(who, "plan", (&case.number, case.version), |ctx, seen| async move {
                plans::make(app, &ctx, id, seen, goals).await
            })
            .await;
        let minutes = if made.is_ok() { 24 * 60 } else { 60 };
        Ok(Some(self.office(Role::Township, minutes, level_of(case))))
    }

    async fn begun(&mut self, case: &protection_case::Model) -> Result<Next> {
        let (app, id) = (self.app, case.id);
        if level_of(case) == RiskLevel::Red
            && plans::confirmed(app.db.read(), case).await? == Some(false)
            && let Some(who) = self.someone(case, Action::Confirm, false).await?
        {
            let confirmed = self
                .step(
                    who,
                    "confirm_plan",
                    (&case.number, case.version),
                    |ctx, seen| async move { plans::confirm(app, &ctx, id, seen).await },
                )
                .await;
            drop(confirmed);
            return Ok(Some(self.office(Role::Township, 60, level_of(case))));
        }
        if let Some(who) = self.someone(case, Action::Plan, false).await? {
            let begun = self
                .step(
                    who,
                    "begin_support",
                    (&case.number, case.version),
                    |ctx, seen| async move { steps::begin_support(app, &ctx, id, seen).await },
                )
                .await;
            drop(begun);
        }
        Ok(Some(self.office(Role::Township, 3 * 24 * 60, level_of(case))))
    }

    async fn lowered(&mut self, case: &protection_case::Model) -> Result<()> {
        let Some(who) = self.someone(case, Action::Confirm, false).await? else {
            return Ok(());
        };
        let (app, id) = (self.app, case.id);
        let refuse = self.chance(150);
        let done = self
            .step(
                who,
                "rule_lowering",
                (&case.number, case.version),
                |ctx, seen| async move {
                    if refuse {
                        return steps::refuse_lowering(app, &ctx, id, seen, "情况尚不稳定").await;
                    }
                    steps::confirm_lowering(app, &ctx, id, seen).await
                },
            )
            .await;
        drop(done);
        Ok(())
    }

    /// Everything seems well: somebody asks for the end, and whatever is still
    /// missing is done, one thing each time.
    async fn near_the_end(&mut self, at: usize, case: &protection_case::Model) -> Result<Next> {
        let Some(who) = self.someone(case, Action::AskClose, false).await? else {
            return Ok(Some(self.nobody()));
        };
        if let Some(wait) = self.forgets(who, level_of(case)) {
            return Ok(Some(wait));
        }
        self.cases[at].ending = true;
        let way = if self.cases[at].outside {
            "transferred"
        } else {
            "goals_met"
        };
        let ask = &CloseAsk {
            closure_type: way.to_owned(),
            note: "目标已达成，状况稳定".to_owned(),
        };
        let (app, id) = (self.app, case.id);
        let asked = self
            .step(who, "ask_close", (&case.number, case.version), |ctx, seen| async move {
                steps::ask_close(app, &ctx, id, seen, ask).await
            })
            .await;
        let Err(Error::Invalid(faults)) = asked else {
            return Ok(Some(self.office(Role::County, 24 * 60, RiskLevel::Blue)));
        };
        let unmet: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        self.made_good(case, &unmet).await
    }

    /// Does the first thing that an unmet check asks for.
    async fn made_good(&mut self, case: &protection_case::Model, unmet: &[&str]) -> Result<Next> {
        let has = |check: &str| unmet.contains(&check);
        let day = TimeDelta::days(1);
        if has("check_2") {
            self.goal_done(case).await?;
            return Ok(Some(day));
        }
        if has("check_3") {
            self.measure_ended(case).await?;
            return Ok(Some(TimeDelta::days(10)));
        }
        if has("check_6") {
            self.follow_up_planned(case).await?;
            return Ok(Some(day));
        }
        if has("check_7") {
            self.looked_at_from_above(case).await?;
            return Ok(Some(day));
        }
        if has("check_8") {
            if self.chance(200) {
                self.waived(case).await?;
            }
            return Ok(Some(TimeDelta::days(7)));
        }
        if has("check_1") {
            // A quiet month, then another review.
            self.assessed(case, Kind::Review).await?;
            return Ok(Some(TimeDelta::days(30)));
        }
        Ok(Some(TimeDelta::days(20)))
    }

    async fn goal_done(&mut self, case: &protection_case::Model) -> Result<()> {
        let open = plan_goal::Entity::find()
            .filter(plan_goal::Column::CaseId.eq(case.id))
            .filter(plan_goal::Column::DoneAt.is_null())
            .filter(plan_goal::Column::DroppedAt.is_null())
            .order_by_asc(plan_goal::Column::Id)
            .one(self.app.db.read())
            .await?;
        let (Some(goal), Some(who)) = (open, self.someone(case, Action::Plan, false).await?) else {
            return Ok(());
        };
        let (app, key) = (self.app, (case.id, goal.id));
        let done = self
            .step(who, "goal_done", (&case.number, goal.version), |ctx, seen| async move {
                plans::goal_done(app, &ctx, key, seen).await
            })
            .await;
        drop(done);
        Ok(())
    }

    async fn measure_ended(&mut self, case: &protection_case::Model) -> Result<()> {
        let running = measure::Entity::find()
            .filter(measure::Column::CaseId.eq(case.id))
            .filter(measure::Column::EndedOn.is_null())
            .order_by_asc(measure::Column::Id)
            .all(self.app.db.read())
            .await?;
        let holds = |row: &&measure::Model| codes::artifact_kind(&row.kind).is_some_and(|kind| kind.blocks_closing);
        let Some(paper) = running.iter().find(holds) else {
            return Ok(());
        };
        let Some(who) = self.someone(case, Action::Record, false).await? else {
            return Ok(());
        };
        let (app, key, on) = (self.app, (case.id, paper.id), clock::day(self.now()));
        let ended = self
            .step(
                who,
                "end_measure",
                (&case.number, paper.version),
                |ctx, seen| async move { measures::end(app, &ctx, key, seen, (on, "程序已终结")).await },
            )
            .await;
        drop(ended);
        Ok(())
    }

    async fn follow_up_planned(&mut self, case: &protection_case::Model) -> Result<()> {
        let Some(who) = self.someone(case, Action::Record, false).await? else {
            return Ok(());
        };
        let (app, id) = (self.app, case.id);
        let planned = self
            .step(who, "follow_up", (&case.number, case.version), |ctx, seen| async move {
                steps::plan_follow_up(app, &ctx, id, seen, "由村儿童主任跟踪").await
            })
            .await;
        drop(planned);
        Ok(())
    }

    /// The county's conference, then the city's check.
    async fn looked_at_from_above(&mut self, case: &protection_case::Model) -> Result<()> {
        let (app, id) = (self.app, case.id);
        if case.conference_on.is_none() {
            if let Some(who) = self.someone(case, Action::Confirm, false).await? {
                let held = &NewConference {
                    on: clock::day(self.now()),
                    minutes_no: "会商纪要1号".to_owned(),
                    ..NewConference::default()
                };
                let done = self
                    .step(
                        who,
                        "conference",
                        (&case.number, case.version),
                        |ctx, seen| async move { hold_conference(app, &ctx, id, seen, held.clone()).await },
                    )
                    .await;
                drop(done);
            }
        } else if let Some(who) = self.someone(case, Action::SpotCheck, false).await? {
            let done = self
                .step(
                    who,
                    "spot_check",
                    (&case.number, case.version),
                    |ctx, seen| async move { steps::spot_check(app, &ctx, id, seen, "案卷与现场一致").await },
                )
                .await;
            drop(done);
        }
        Ok(())
    }
}
