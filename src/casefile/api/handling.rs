//! The steps that other features take: assessment, plan, joint task, paper.

use super::steps::{CaseStep, ConferenceBody, TaskOrder};
use super::take::not_here;
use crate::assessments::{self, Kind};
use crate::casework::{self, steps};
use crate::ctx::Ctx;
use crate::entity::protection_case;
use crate::error::Result;
use crate::measures::{NewLife, Taken};
use crate::rules::policy::Action;
use crate::state::App;
use crate::tasks::{self, Member, NewConference, NewTask};
use crate::transfers::{self, Ask, To};
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
        CaseStep::GoalDone { goal } => {
            let version = goal_version(app, ctx, (id, goal), seen).await?;
            plans::goal_done(app, ctx, (id, goal), version).await?;
        }
        CaseStep::GoalDrop { goal, reason } => {
            let version = goal_version(app, ctx, (id, goal), seen).await?;
            plans::goal_dropped(app, ctx, (id, goal), version, &reason).await?;
        }
        step @ CaseStep::Transfer { .. } => return transfer(app, ctx, id, seen, step).await,
        CaseStep::RoutineCare { note } => return steps::begin_routine_care(app, ctx, id, seen, &note).await,
        CaseStep::Conference(body) => return tasks::hold_conference(app, ctx, id, seen, held(body)).await,
        CaseStep::EndRoutineCare { reason } => return steps::end_routine_care(app, ctx, id, seen, &reason).await,
        step => papers(app, ctx, id, seen, step).await?,
    }
    casework::fetch_for(app.db.read(), ctx, id, Action::View).await
}

/// Asks for a transfer.
async fn transfer(app: &App, ctx: &Ctx, case: Uuid, seen: i32, step: CaseStep) -> Result<protection_case::Model> {
    let CaseStep::Transfer {
        id,
        to,
        outside,
        reason,
        met_on,
        meeting,
        child_informed,
        guardian_informed,
        informed_note,
    } = step
    else {
        return Err(not_here());
    };
    let ask = Ask {
        id,
        to: match outside {
            Some(place) => To::Outside(place),
            None => To::Place(to.unwrap_or_default()),
        },
        reason,
        met_on: Some(met_on),
        meeting,
        child_informed,
        guardian_informed,
        informed_note,
    };
    transfers::ask(app, ctx, case, seen, &ask).await
}

/// The version of a goal, for whoever saw the case as it is now.
async fn goal_version(app: &App, ctx: &Ctx, (case, goal): (Uuid, Uuid), seen: i32) -> Result<i32> {
    current(app, ctx, (case, Action::Plan), seen).await?;
    plans::goal_version(app.db.read(), case, goal).await
}

/// Refuses whoever acts on what is no longer so, where the step itself leaves
/// the case's version as it is.
async fn current(app: &App, ctx: &Ctx, (case, action): (Uuid, Action), seen: i32) -> Result<()> {
    let case = casework::fetch_for(app.db.read(), ctx, case, action).await?;
    casework::check_version(seen, case.version)
}

/// Tasks and papers.
async fn papers(app: &App, ctx: &Ctx, case: Uuid, seen: i32, step: CaseStep) -> Result<()> {
    match step {
        CaseStep::OpenTask {
            id,
            type_code,
            unit,
            request,
            due_at,
        } => {
            current(app, ctx, (case, Action::OpenTask), seen).await?;
            let new = NewTask {
                id,
                type_code,
                unit_id: unit,
                request,
                due_at,
                conference: None,
            };
            tasks::open(app, ctx, case, new).await.map(drop)
        }
        CaseStep::OpenTasks { tasks: orders } => {
            current(app, ctx, (case, Action::OpenTask), seen).await?;
            let news: Vec<NewTask> = orders.into_iter().map(ordered).collect();
            tasks::open_all(app, ctx, case, &news).await.map(drop)
        }
        step => measure(app, ctx, case, seen, step).await,
    }
}

/// Papers and what has a course of its own.
async fn measure(app: &App, ctx: &Ctx, case: Uuid, seen: i32, step: CaseStep) -> Result<()> {
    match step {
        CaseStep::Measure(new) => {
            current(app, ctx, (case, Action::Record), seen).await?;
            measures::record(app, ctx, case, &new).await.map(drop)
        }
        step @ (CaseStep::BeginMeasure { .. } | CaseStep::MeasureStep { .. }) => {
            lives(app, ctx, case, seen, step).await.map_err(measures::in_fields)
        }
        CaseStep::EndMeasure { measure, on, reason } => {
            current(app, ctx, (case, Action::Record), seen).await?;
            let version = measures::one(app.db.read(), case, measure).await?.version;
            measures::end(app, ctx, (case, measure), version, (on, &reason))
                .await
                .map(drop)
        }
        _ => Err(not_here()),
    }
}

/// Measures with a life of their own.
async fn lives(app: &App, ctx: &Ctx, case: Uuid, seen: i32, step: CaseStep) -> Result<()> {
    match step {
        CaseStep::BeginMeasure { id, kind, fields } => {
            current(app, ctx, (case, Action::Record), seen).await?;
            let new = NewLife {
                id,
                kind,
                given: fields.into(),
                strict: true,
            };
            measures::begin(app, ctx, case, &new).await.map(drop)
        }
        CaseStep::MeasureStep { measure, deed, fields } => {
            let taken = Taken {
                deed,
                given: fields.into(),
                strict: true,
            };
            let after = measures::step(app, ctx, (case, measure), seen, &taken).await;
            after.map(drop)
        }
        _ => Err(not_here()),
    }
}

fn ordered(order: TaskOrder) -> NewTask {
    NewTask {
        id: order.id,
        type_code: order.type_code,
        unit_id: order.unit,
        request: order.request,
        due_at: order.due_at,
        conference: None,
    }
}

fn held(body: ConferenceBody) -> NewConference {
    let members = body.members.into_iter().map(|member| Member {
        unit: member.unit,
        function: member.function,
    });
    NewConference {
        id: body.id,
        on: body.on,
        minutes_no: body.minutes_no,
        place: body.place.unwrap_or_default(),
        agenda: body.agenda.unwrap_or_default(),
        decisions: body.decisions.unwrap_or_default(),
        members: members.collect(),
        tasks: body.tasks.into_iter().map(ordered).collect(),
    }
}
