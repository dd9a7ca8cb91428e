//! The steps of the order: who holds it, until when, with what result.

use super::steps::CaseStep;
use super::take::not_here;
use crate::casework::order::{self, CallBack, Evaluate, ExtensionAsk, HandIn, PauseAsk, Supervise, Urge};
use crate::casework::steps::{self, Arbitration};
use crate::ctx::Ctx;
use crate::entity::protection_case;
use crate::error::Result;
use crate::state::App;
use uuid::Uuid;

/// Hands the step to its operation.
pub(super) async fn take(app: &App, ctx: &Ctx, id: Uuid, seen: i32, step: CaseStep) -> Result<protection_case::Model> {
    match step {
        CaseStep::Dispute { reason } => steps::open_dispute(app, ctx, id, seen, &reason).await,
        CaseStep::Arbitrate { unit, reason } => {
            steps::arbitrate(app, ctx, id, seen, &Arbitration { unit, reason }).await
        }
        CaseStep::AskExtension { days, reason } => {
            order::ask_extension(app, ctx, id, seen, &ExtensionAsk { days, reason }).await
        }
        CaseStep::RuleExtension { grant, reason } => order::rule_extension(app, ctx, id, seen, (grant, &reason)).await,
        CaseStep::AskPause { ground, reason } => {
            order::ask_pause(app, ctx, id, seen, &PauseAsk { ground, reason }).await
        }
        CaseStep::RulePause { grant, reason } => order::rule_pause(app, ctx, id, seen, (grant, &reason)).await,
        CaseStep::EndPause { reason } => order::end_pause(app, ctx, id, seen, &reason).await,
        step => further(app, ctx, id, seen, step).await,
    }
}

/// Those that keep an order moving and bring it to its end.
async fn further(app: &App, ctx: &Ctx, id: Uuid, seen: i32, step: CaseStep) -> Result<protection_case::Model> {
    match step {
        CaseStep::Urge { from_caller, note } => order::urge(app, ctx, id, seen, &Urge { from_caller, note }).await,
        CaseStep::Supervise {
            level,
            cause,
            reason,
            due_on,
        } => {
            let sheet = Supervise {
                level,
                cause,
                reason,
                due_on,
            };
            order::supervise(app, ctx, id, seen, &sheet).await
        }
        CaseStep::AnswerSupervision { supervision, answer } => {
            order::answer_supervision(app, ctx, id, seen, (supervision, &answer)).await
        }
        CaseStep::EndSupervision { supervision, reason } => {
            order::end_supervision(app, ctx, id, seen, (supervision, &reason)).await
        }
        CaseStep::HandIn { summary, papers } => order::hand_in(app, ctx, id, seen, &HandIn { summary, papers }).await,
        CaseStep::AcceptResult { reason } => order::accept_result(app, ctx, id, seen, &reason).await,
        CaseStep::SendBackResult { reason } => order::send_back_result(app, ctx, id, seen, &reason).await,
        CaseStep::CallBack {
            way,
            reached,
            solved,
            told,
            note,
        } => {
            let call = CallBack {
                way,
                reached,
                solved,
                told,
                note,
            };
            order::call_back(app, ctx, id, seen, &call).await
        }
        CaseStep::Evaluate { rater, value, note } => {
            order::evaluate(app, ctx, id, seen, &Evaluate { rater, value, note }).await
        }
        CaseStep::Archive => order::archive(app, ctx, id, seen).await,
        _ => Err(not_here()),
    }
}
