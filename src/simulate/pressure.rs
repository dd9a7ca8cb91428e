//! Time and pressure on an order: more time asked for, clocks that stand still,
//! words to hurry, supervision that is answered and ended.

use super::life::level_of;
use super::world::World;
use crate::casework::order::{self, ExtensionAsk, PauseAsk, Supervise, Urge};
use crate::entity::{order_extension, order_pause, protection_case, supervision};
use crate::error::Result;
use crate::rules::deadlines::{may_extend, may_pause};
use crate::rules::policy::{Action, Role};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

/// Those who keep orders moving.
const MOVERS: [Role; 3] = [Role::County, Role::Lead, Role::City];

impl World<'_> {
    /// What waits for an answer is answered: a sheet of supervision, a wish for
    /// more time, a pause. Answers whether something did.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn answered(&mut self, case: &protection_case::Model) -> Result<bool> {
        let db = self.app.db.read();
        let sheet = supervision::Entity::find()
            .filter(supervision::Column::CaseId.eq(case.id))
            .filter(supervision::Column::EndedAt.is_null())
            .order_by_asc(supervision::Column::Id)
            .one(db)
            .await?;
        let wish = order_extension::Entity::find()
            .filter(order_extension::Column::CaseId.eq(case.id))
            .filter(order_extension::Column::State.eq("open"))
            .one(db)
            .await?;
        let pause = order_pause::Entity::find()
            .filter(order_pause::Column::CaseId.eq(case.id))
            .filter(order_pause::Column::State.is_in(["open", "running"]))
            .one(db)
            .await?;
        match (sheet, wish, pause) {
            // Some wishes nobody rules on: they lapse.
            (_, Some(_), _) if self.chance(600) => self.extended(case).await?,
            (_, _, Some(pause)) if self.chance(700) => self.paused(case, &pause).await?,
            (Some(sheet), ..) if self.chance(700) => self.supervised(case, &sheet).await?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Somebody presses, or asks for time.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn pressed(&mut self, case: &protection_case::Model, worked_on: bool) -> Result<()> {
        match self.dice.below(if worked_on { 9 } else { 3 }) {
            0 => self.urged(case).await,
            1 => self.supervise(case).await,
            2 => Ok(()),
            3..=5 => self.ask_extension(case).await,
            _ => self.ask_pause(case).await,
        }
    }

    /// The city, the county or the hotline urges the lead.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn urged(&mut self, case: &protection_case::Model) -> Result<()> {
        let Some(who) = self.above(case, &MOVERS) else {
            return Ok(());
        };
        let urge = &Urge {
            from_caller: self.chance(300),
            note: "来电人询问进展".to_owned(),
        };
        let (app, id) = (self.app, case.id);
        let done = self
            .step(who, "urge", (&case.number, case.version), |ctx, seen| async move {
                order::urge(app, &ctx, id, seen, urge).await
            })
            .await;
        drop(done);
        Ok(())
    }

    async fn supervise(&mut self, case: &protection_case::Model) -> Result<()> {
        let Some(who) = self.above(case, &MOVERS) else {
            return Ok(());
        };
        let levels = order::levels(self.people.all[who].role());
        let sheet = &Supervise {
            level: levels.first().copied().unwrap_or(1),
            cause: (*self.dice.pick(&["unsolved", "ill_handled", "instruction", "other"])).to_owned(),
            reason: "三日内核实孩子现状并答复".to_owned(),
            ..Supervise::default()
        };
        let (app, id) = (self.app, case.id);
        let done = self
            .step(who, "supervise", (&case.number, case.version), |ctx, seen| async move {
                order::supervise(app, &ctx, id, seen, sheet).await
            })
            .await;
        drop(done);
        Ok(())
    }

    /// The lead answers a sheet; whoever supervises ends one that is answered.
    async fn supervised(&mut self, case: &protection_case::Model, sheet: &supervision::Model) -> Result<()> {
        let answered = sheet.answered_at.is_some();
        let who = if answered {
            self.above(case, &[Role::City])
        } else {
            self.someone(case, Action::Apply, false).await?
        };
        let Some(who) = who else { return Ok(()) };
        if self.forgets(who, level_of(case)).is_some() {
            return Ok(());
        }
        let (app, id, sheet) = (self.app, case.id, sheet.id);
        let name = if answered {
            "end_supervision"
        } else {
            "answer_supervision"
        };
        let done = self
            .step(who, name, (&case.number, case.version), |ctx, seen| async move {
                if answered {
                    return order::end_supervision(app, &ctx, id, seen, (sheet, "已落实")).await;
                }
                order::answer_supervision(app, &ctx, id, seen, (sheet, "已入户，孩子由奶奶照看")).await
            })
            .await;
        drop(done);
        Ok(())
    }

    async fn ask_extension(&mut self, case: &protection_case::Model) -> Result<()> {
        // At red nobody asks, but for one who has not looked.
        let asks = may_extend(level_of(case)) || self.chance(60);
        let Some(who) = self.someone(case, Action::Apply, false).await?.filter(|_| asks) else {
            return Ok(());
        };
        let ask = &ExtensionAsk {
            days: 1 + u32::try_from(self.dice.below(11)).unwrap_or(0),
            reason: "外调材料未到".to_owned(),
        };
        let (app, id) = (self.app, case.id);
        let done = self
            .step(
                who,
                "ask_extension",
                (&case.number, case.version),
                |ctx, seen| async move { order::ask_extension(app, &ctx, id, seen, ask).await },
            )
            .await;
        drop(done);
        Ok(())
    }

    async fn extended(&mut self, case: &protection_case::Model) -> Result<()> {
        let Some(who) = self.above(case, &MOVERS) else {
            return Ok(());
        };
        let (app, id) = (self.app, case.id);
        let grant = self.chance(650);
        let done = self
            .step(
                who,
                "rule_extension",
                (&case.number, case.version),
                |ctx, seen| async move {
                    order::rule_extension(app, &ctx, id, seen, (grant, "依现有材料办理")).await
                },
            )
            .await;
        drop(done);
        Ok(())
    }

    async fn ask_pause(&mut self, case: &protection_case::Model) -> Result<()> {
        let asks = may_pause(level_of(case)) || self.chance(60);
        let Some(who) = self.someone(case, Action::Apply, false).await?.filter(|_| asks) else {
            return Ok(());
        };
        let ask = &PauseAsk {
            ground: (*self.dice.pick(&["ruling", "hospital", "transfer"])).to_owned(),
            reason: "孩子住院治疗".to_owned(),
        };
        let (app, id) = (self.app, case.id);
        let done = self
            .step(who, "ask_pause", (&case.number, case.version), |ctx, seen| async move {
                order::ask_pause(app, &ctx, id, seen, ask).await
            })
            .await;
        drop(done);
        Ok(())
    }

    /// A pause is granted or refused; one that lasts is ended.
    async fn paused(&mut self, case: &protection_case::Model, pause: &order_pause::Model) -> Result<()> {
        let runs = pause.state == "running";
        let who = if runs && self.chance(500) {
            self.someone(case, Action::Apply, false).await?
        } else {
            self.above(case, &[Role::County, Role::City])
        };
        let Some(who) = who else { return Ok(()) };
        let (app, id) = (self.app, case.id);
        let grant = self.chance(700);
        let name = if runs { "end_pause" } else { "rule_pause" };
        let done = self
            .step(who, name, (&case.number, case.version), |ctx, seen| async move {
                if runs {
                    return order::end_pause(app, &ctx, id, seen, "孩子已出院").await;
                }
                order::rule_pause(app, &ctx, id, seen, (grant, "理由不充分")).await
            })
            .await;
        drop(done);
        Ok(())
    }
}
