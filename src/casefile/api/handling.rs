//! The steps that other features take: assessment, plan, joint task, paper.

use super::steps::CaseStep;
use super::take::not_here;
use crate::assessments::{self, Kind};
use crate::casework;
use crate::ctx::Ctx;
use crate::entity::protection_case;
use crate::error::Result;
use crate::rules::policy::Action;
use crate::state::App;
use crate::tasks::{self, NewTask};
use crate::{measures, plans};
use uuid::Uuid;

/// Hands the step to its feature.
pub(super) async fn take(app: &App, ctx: &Ctx, id: Uuid, seen: i32, step: CaseStep) -> Result<protection_case::Model> {
    match step {
        CaseStep::Assess(mut new) => {
            new.kind = Kind::First;
            assessments::assess(app, ctx, id, seen, &new).await?;
        }
        CaseStep::Review(mut new) => {
            new.kind = Kind::Review;
            assessments::assess(app, ctx, id, seen, &new).await?;
        }
        CaseStep::Plan { goals } => return plans::make(app, ctx, id, seen, &goals).await,
        CaseStep::ConfirmPlan => return plans::confirm(app, ctx, id, seen).await,
        CaseStep::OpenTask {
            type_code,
            unit,
            request,
            due_at,
        } => {
            let new = NewTask {
                type_code,
                unit_id: unit,
                request,
                due_at,
            };
            tasks::open(app, ctx, id, new).await?;
        }
        CaseStep::Measure(new) => drop(measures::record(app, ctx, id, &new).await?),
        _ => return Err(not_here()),
    }
    casework::fetch_for(app.db.read(), ctx, id, Action::View).await
}
