//! What is done on a case, as data: the plan, the papers, the checks.

use super::super::actions::Powers;
use super::super::work;
use crate::ctx::Ctx;
use crate::entity::protection_case;
use crate::error::Result;
use crate::measures::{self, MeasureRow};
use crate::plans::{self, GoalRow};
use crate::rules::closing::Check;
use crate::rules::policy::Action;
use crate::state::App;
use sea_orm::ConnectionTrait;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A goal of the plan.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GoalView {
    id: Uuid,
    /// The dimension in words.
    dimension: String,
    goal: String,
    means: String,
    responsible: String,
    /// `2026-12-31`, or empty.
    due_on: String,
    /// Whether closing waits for it.
    core: bool,
    /// Whether it is still worked on.
    open: bool,
    state_label: String,
    /// To be sent with the step that ends it.
    version: i32,
}

impl From<GoalRow> for GoalView {
    fn from(row: GoalRow) -> Self {
        Self {
            id: row.id,
            dimension: row.dimension,
            goal: row.goal,
            means: row.means,
            responsible: row.responsible,
            due_on: row.due,
            core: row.core,
            open: row.open,
            state_label: row.state_label,
            version: row.version,
        }
    }
}

/// A paper.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PaperView {
    id: Uuid,
    /// Code of `data/artifact_kinds.csv`.
    #[schema(example = "protection_order")]
    kind: String,
    kind_name: String,
    /// `recorded`, `requested`, `in_force`, `done` …
    #[schema(example = "in_force")]
    state: String,
    state_label: String,
    paper_no: String,
    issued_by: String,
    issued_on: String,
    /// 有效期至 …, 已终止 …, or empty.
    validity: String,
    in_force: bool,
    /// Whether it keeps the case open today.
    blocks_closing: bool,
    task: Option<Uuid>,
    /// To be sent with the step that acts upon it.
    version: i32,
}

impl From<MeasureRow> for PaperView {
    fn from(row: MeasureRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            kind_name: row.kind_name,
            state: row.state.code().to_owned(),
            state_label: row.state.label().to_owned(),
            paper_no: row.paper_no,
            issued_by: row.issued_by,
            issued_on: row.issued_on,
            validity: row.validity,
            in_force: row.in_force,
            blocks_closing: row.blocks_closing,
            task: row.task,
            version: row.version,
        }
    }
}

/// One of the eight checks before closing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckView {
    number: u8,
    title: &'static str,
    met: bool,
    /// What is missing, or what met it.
    detail: String,
}

impl From<Check> for CheckView {
    fn from(check: Check) -> Self {
        Self {
            number: check.number,
            title: check.title,
            met: check.met,
            detail: check.detail,
        }
    }
}

/// The three together; nothing for whoever may not read how a case is handled.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub(super) goals: Option<Vec<GoalView>>,
    pub(super) papers: Option<Vec<PaperView>>,
    pub(super) checks: Option<Vec<CheckView>>,
}

impl Work {
    pub(super) async fn of(
        db: &impl ConnectionTrait,
        app: &App,
        ctx: &Ctx,
        (case, powers): (&protection_case::Model, &Powers),
    ) -> Result<Self> {
        if !powers.may(Action::ReadWork) {
            return Ok(Self::default());
        }
        let goals = plans::of_case(app, db, case.id).await?;
        let papers = measures::of_case(app, db, case.id).await?;
        let checks = work::checks(db, app, ctx, (case, powers)).await?;
        let checks = (!checks.is_empty()).then(|| checks.into_iter().map(CheckView::from).collect());
        Ok(Self {
            goals: Some(goals.into_iter().map(GoalView::from).collect()),
            papers: Some(papers.into_iter().map(PaperView::from).collect()),
            checks,
        })
    }
}
