//! Joint tasks (一门受理、协同办理): one thing that another department does for a
//! case. It sees the task and the few facts it needs, never the case.

mod api;
mod checks;
mod conference;
mod dispute;
mod dues;
mod first;
mod list;
mod moves;
mod opening;
mod pages;
mod shared;
mod steps;
mod suggest;
mod view;

pub use api::openapi;
pub use conference::{ConferenceView, Member, NewConference, conferences, hold_conference};
pub use dispute::{DisputeView, Disputed, climb, disputed};
pub use first::FirstTasks;
pub use list::{Asked, Page, list};
pub use moves::{Move, Refusal};
pub use opening::{NewTask, open, open_all};
pub use shared::Detail;
pub use steps::step;
pub use view::{DueRule, TaskRow, TaskView, of_case, view};

use crate::casework::{self, Source};
use crate::ctx::Ctx;
use crate::entity::{protection_case, task};
use crate::error::{Error, Result};
use crate::rules::arbiter::Arbiter;
use crate::rules::policy::{TaskAction, TaskFacts, task_may};
use crate::rules::taskflow::TaskState;
use crate::web::Routes;
use sea_orm::{ConnectionTrait, EntityTrait};
use uuid::Uuid;

/// The pages of the feature.
#[must_use]
pub fn routes() -> Routes {
    pages::routes()
}

/// Its JSON endpoints.
#[must_use]
pub fn api_routes() -> Routes {
    api::routes()
}

/// Loads a task for one purpose, together with its case. A task that the actor
/// may not see does not exist for them.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Hidden`], [`Error::Forbidden`].
pub async fn fetch<S: Source>(
    db: &S,
    ctx: &Ctx,
    id: Uuid,
    action: TaskAction,
) -> Result<(task::Model, protection_case::Model)> {
    let mut task = row(db, id).await?;
    let case = casework::load(db, task.case_id).await?;
    if S::HOLDS {
        // Somebody may have moved it while this one waited for the case.
        task = row(db, id).await?;
    }
    let facts = facts(db, &task, &case).await?;
    let may = |action| task_may(&ctx.actor, action, &facts);
    let denial = || Error::denied(&format!("Task{action:?}"), Some(case.id));
    match (may(TaskAction::View), may(action)) {
        (false, _) => Err(Error::Hidden(denial())),
        (true, false) => Err(Error::Forbidden(denial())),
        (true, true) => Ok((task, case)),
    }
}

/// What the policy must know of a task.
async fn facts(db: &impl ConnectionTrait, task: &task::Model, case: &protection_case::Model) -> Result<TaskFacts> {
    let open = if task.state == TaskState::Disputed.code() {
        dispute::open_of(db, task.id).await?
    } else {
        None
    };
    Ok(TaskFacts {
        unit: task.unit_id,
        arbiter: open.and_then(|open| Arbiter::parse(&open.arbiter)),
        case: casework::facts(db, case).await?,
    })
}

async fn row(db: &impl ConnectionTrait, id: Uuid) -> Result<task::Model> {
    task::Entity::find_by_id(id).one(db).await?.ok_or(Error::NotFound)
}
