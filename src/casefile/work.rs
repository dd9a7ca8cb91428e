//! What was done on a case by the features that stand before this one, and
//! the checks before closing.
use super::actions::Powers;
use crate::ctx::Ctx;
use crate::entity::protection_case;
use crate::error::Result;
use crate::rules::closing::Check;
use crate::state::App;
use sea_orm::ConnectionTrait;

/// One record in a section.
pub(crate) struct Line {
    pub(crate) href: Option<String>,
    pub(crate) title: String,
    pub(crate) kind: &'static str,
    pub(crate) state: String,
    pub(crate) meta: String,
    pub(crate) text: String,
}

/// The sections of the work.
pub(crate) struct Work {
    pub(crate) goals: Vec<Line>,
    pub(crate) tasks: Vec<Line>,
    pub(crate) measures: Vec<Line>,
    pub(crate) visits: Vec<Line>,
    pub(crate) assessments: Vec<Line>,
    pub(crate) checks: Vec<Check>,
}

/// Everything done on a case.
pub(crate) async fn of_case(
    _db: &impl ConnectionTrait,
    _app: &App,
    _ctx: &Ctx,
    (_case, _powers): (&protection_case::Model, &Powers),
) -> Result<Work> {
    Ok(Work {
        goals: Vec::new(),
        tasks: Vec::new(),
        measures: Vec::new(),
        visits: Vec::new(),
        assessments: Vec::new(),
        checks: Vec::new(),
    })
}
