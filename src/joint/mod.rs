//! The picture of joint handling (协同办理): who holds what of a case, since
//! when and until when, drawn on this side, told in a sentence and listed in a
//! table. A department sees its own part of it.

mod drawing;
mod lines;
mod pages;

pub use drawing::{Bar, Drawing, Tick};
pub use lines::{Line, Mark};

use crate::casework;
use crate::ctx::Ctx;
use crate::entity::{case_unit, measure, task, unit};
use crate::error::{Error, Result};
use crate::rules::policy::{Action, Part, TaskAction, TaskFacts, reach, task_may};
use crate::state::App;
use crate::web::Routes;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// The routes of the feature.
#[must_use]
pub fn routes() -> Routes {
    pages::routes()
}

/// The picture of one case.
#[derive(Debug, Clone)]
pub struct Picture {
    /// The case's number.
    pub number: String,
    /// The finding in a sentence.
    pub finding: String,
    /// The drawing.
    pub drawing: Drawing,
    /// The same as rows.
    pub lines: Vec<Line>,
    /// Whether this is the whole of it, or one department's part.
    pub whole: bool,
}

/// The picture of a case: the whole for whoever reads how it is handled; for a
/// department its own tasks under the unit that leads; nothing for whoever only
/// sees that there is a case.
///
/// # Errors
/// [`Error::Hidden`] where the person has no part in it.
pub async fn picture(app: &App, ctx: &Ctx, id: Uuid) -> Result<Picture> {
    let db = app.db.read();
    let case = casework::load(db, id).await?;
    let facts = casework::facts(db, &case).await?;
    let whole = reach(&ctx.actor, Action::ReadWork).covers(&facts);
    let may = |task: &task::Model| {
        let of = TaskFacts {
            unit: task.unit_id,
            arbiter: None,
            case: facts.clone(),
        };
        whole || task_may(&ctx.actor, TaskAction::Work, &of)
    };
    let tasks: Vec<task::Model> = tasks(db, id).await?.into_iter().filter(may).collect();
    if !whole && tasks.is_empty() {
        return Err(Error::Hidden(Error::denied("Joint", Some(id))));
    }
    let (parts, papers) = if whole {
        (parts(db, id).await?, papers(db, id).await?)
    } else {
        (Vec::new(), Vec::new())
    };
    let units = tasks.iter().map(|task| task.unit_id);
    let units = units
        .chain(parts.iter().map(|part| part.unit_id))
        .chain([case.lead_unit]);
    let names = names(db, units.collect()).await?;
    let records = lines::Records {
        case: &case,
        parts: &parts,
        tasks: &tasks,
        papers: &papers,
        names: &names,
        whole,
    };
    let lines = lines::of(&records, ctx.now);
    Ok(Picture {
        finding: lines::finding(&lines, &records),
        drawing: drawing::draw(&lines, case.opened_at, ctx.now),
        number: case.number.clone(),
        lines,
        whole,
    })
}

/// The units that take part now, those that lead first.
async fn parts(db: &impl ConnectionTrait, case: Uuid) -> Result<Vec<case_unit::Model>> {
    let mut rows = case_unit::Entity::find()
        .filter(case_unit::Column::CaseId.eq(case))
        .filter(case_unit::Column::Until.is_null())
        .order_by_asc(case_unit::Column::Since)
        .order_by_asc(case_unit::Column::Id)
        .all(db)
        .await?;
    rows.retain(|row| row.part != Part::Informed.code());
    rows.sort_by_key(|row| Part::ALL.iter().position(|part| part.code() == row.part));
    Ok(rows)
}

async fn tasks(db: &impl ConnectionTrait, case: Uuid) -> Result<Vec<task::Model>> {
    Ok(task::Entity::find()
        .filter(task::Column::CaseId.eq(case))
        .order_by_asc(task::Column::CreatedAt)
        .order_by_asc(task::Column::Id)
        .all(db)
        .await?)
}

/// The papers that hold for a time or have not ended.
async fn papers(db: &impl ConnectionTrait, case: Uuid) -> Result<Vec<measure::Model>> {
    Ok(measure::Entity::find()
        .filter(measure::Column::CaseId.eq(case))
        .filter(measure::Column::ExpiresOn.is_not_null())
        .order_by_asc(measure::Column::IssuedOn)
        .order_by_asc(measure::Column::Id)
        .all(db)
        .await?)
}

async fn names(db: &impl ConnectionTrait, units: BTreeSet<Uuid>) -> Result<HashMap<Uuid, String>> {
    let rows = unit::Entity::find()
        .filter(unit::Column::Id.is_in(units))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|unit| (unit.id, unit.name)).collect())
}
