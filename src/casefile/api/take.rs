//! Hands a step of the API to its operation.

use super::steps::{CaseStep, StepBody};
use super::{handling, order, wrong};
use crate::casework::steps::{
    self, ChildChange, CloseAsk, Merge, PartyInput, Recuse, Redispatch, ReturnAsk, RiskChange, To, Whom,
};
use crate::ctx::Ctx;
use crate::entity::protection_case;
use crate::error::{Error, Result};
use crate::state::App;
use uuid::Uuid;

/// Hands the step to its operation.
pub(crate) async fn take(app: &App, ctx: &Ctx, id: Uuid, body: StepBody) -> Result<protection_case::Model> {
    let seen = body.version;
    match body.step {
        CaseStep::Sign => steps::sign(app, ctx, id, seen).await,
        CaseStep::BeginSupport => steps::begin_support(app, ctx, id, seen).await,
        CaseStep::Note { text } => steps::add_note(app, ctx, id, seen, &text).await,
        CaseStep::SpotCheck { note } => steps::spot_check(app, ctx, id, seen, &note).await,
        CaseStep::FollowUp { note } => steps::plan_follow_up(app, ctx, id, seen, &note).await,
        step @ (CaseStep::Party { .. } | CaseStep::Child { .. }) => people(app, ctx, id, seen, step).await,
        step @ (CaseStep::RaiseRisk { .. }
        | CaseStep::ProposeLowering { .. }
        | CaseStep::ConfirmLowering
        | CaseStep::RefuseLowering { .. }) => risk(app, ctx, id, seen, step).await,
        step @ (CaseStep::AskClose { .. }
        | CaseStep::ApproveClose
        | CaseStep::RefuseClose { .. }
        | CaseStep::Reopen { .. }
        | CaseStep::Merge { .. }
        | CaseStep::UndoMerge { .. }) => ending(app, ctx, id, seen, step).await,
        step @ (CaseStep::Assess(_)
        | CaseStep::Review(_)
        | CaseStep::Plan { .. }
        | CaseStep::ConfirmPlan
        | CaseStep::GoalDone { .. }
        | CaseStep::GoalDrop { .. }
        | CaseStep::RoutineCare { .. }
        | CaseStep::EndRoutineCare { .. }
        | CaseStep::OpenTask { .. }
        | CaseStep::OpenTasks { .. }
        | CaseStep::Conference(_)
        | CaseStep::Measure(_)
        | CaseStep::BeginMeasure { .. }
        | CaseStep::MeasureStep { .. }
        | CaseStep::EndMeasure { .. }
        | CaseStep::Transfer { .. }) => handling::take(app, ctx, id, seen, step).await,
        step => sending(app, ctx, id, seen, step).await,
    }
}

async fn sending(app: &App, ctx: &Ctx, id: Uuid, seen: i32, step: CaseStep) -> Result<protection_case::Model> {
    match step {
        CaseStep::Return {
            reason,
            explanation,
            done_first,
        } => {
            let ask = ReturnAsk {
                reason,
                explanation,
                done_first,
            };
            steps::ask_return(app, ctx, id, seen, &ask).await
        }
        CaseStep::RefuseReturn { reason } => steps::refuse_return(app, ctx, id, seen, &reason).await,
        CaseStep::Redispatch { unit, place, reason } => {
            let to = match (unit, place) {
                (Some(unit), None) => To::Unit(unit),
                (None, Some(place)) => To::Place(place),
                _ => return Err(wrong("unit", "填写 unit 或 place 之一")),
            };
            steps::redispatch(app, ctx, id, seen, &Redispatch { to, reason }).await
        }
        CaseStep::Assign { account } => steps::assign(app, ctx, id, seen, account).await,
        CaseStep::Recuse { unit, account, reason } => {
            let whom = match (unit, account) {
                (None, None) => Whom::Myself,
                (Some(unit), None) => Whom::Unit(unit),
                (None, Some(account)) => Whom::Account(account),
                _ => return Err(wrong("unit", "unit 与 account 只填一项")),
            };
            steps::declare_recusal(app, ctx, id, seen, &Recuse { whom, reason }).await
        }
        step => order::take(app, ctx, id, seen, step).await,
    }
}

async fn people(app: &App, ctx: &Ctx, id: Uuid, seen: i32, step: CaseStep) -> Result<protection_case::Model> {
    match step {
        CaseStep::Party {
            kind,
            relation,
            name,
            phone,
            lives_with_child,
            suspect,
        } => {
            let input = PartyInput {
                kind,
                relation,
                name,
                phone,
                lives_with_child,
                suspect,
            };
            steps::record_party(app, ctx, id, seen, &input).await
        }
        CaseStep::Child {
            child,
            name,
            sex,
            birth_date,
            id_number,
            feature,
            categories,
            division,
            school,
            opinion,
        } => {
            let change = ChildChange {
                child,
                name,
                sex,
                birth_date,
                id_number,
                feature,
                categories,
                division,
                school,
                opinion,
            };
            steps::record_child(app, ctx, id, seen, &change).await
        }
        _ => Err(not_here()),
    }
}

async fn risk(app: &App, ctx: &Ctx, id: Uuid, seen: i32, step: CaseStep) -> Result<protection_case::Model> {
    match step {
        CaseStep::RaiseRisk { level, reason } => {
            steps::raise_risk(app, ctx, id, seen, &RiskChange { level, reason }).await
        }
        CaseStep::ProposeLowering { level, reason } => {
            steps::propose_lowering(app, ctx, id, seen, &RiskChange { level, reason }).await
        }
        CaseStep::ConfirmLowering => steps::confirm_lowering(app, ctx, id, seen).await,
        CaseStep::RefuseLowering { reason } => steps::refuse_lowering(app, ctx, id, seen, &reason).await,
        _ => Err(not_here()),
    }
}

async fn ending(app: &App, ctx: &Ctx, id: Uuid, seen: i32, step: CaseStep) -> Result<protection_case::Model> {
    match step {
        CaseStep::AskClose { closure_type, note } => {
            steps::ask_close(app, ctx, id, seen, &CloseAsk { closure_type, note }).await
        }
        CaseStep::ApproveClose => steps::approve_close(app, ctx, id, seen).await,
        CaseStep::RefuseClose { reason } => steps::refuse_close(app, ctx, id, seen, &reason).await,
        CaseStep::Reopen { reason } => steps::reopen(app, ctx, id, seen, &reason).await,
        CaseStep::Merge { into, reason } => steps::merge(app, ctx, id, seen, &Merge { into, reason }).await,
        CaseStep::UndoMerge { reason } => steps::undo_merge(app, ctx, id, seen, &reason).await,
        _ => Err(not_here()),
    }
}

/// Every step has its arm above; this one keeps the compiler content.
pub(super) fn not_here() -> Error {
    wrong("step", "不支持的操作，核对接口说明")
}
