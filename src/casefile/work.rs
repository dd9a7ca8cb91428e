//! What was done on a case by the features that stand before this one, and
//! the checks before closing.
use super::actions::Powers;
use crate::assessments::{self, AssessmentRow};
use crate::casework::steps;
use crate::ctx::Ctx;
use crate::entity::protection_case;
use crate::error::Result;
use crate::measures::{self, MeasureRow};
use crate::plans::{self, GoalRow};
use crate::rules::closing::Check;
use crate::rules::level::RiskLevel;
use crate::rules::policy::{Action, Role};
use crate::rules::workflow::Stage;
use crate::state::App;
use crate::tasks::{self, TaskRow};
use crate::visits::{self, VisitRow};
use sea_orm::ConnectionTrait;

/// The way of closing that asks for all eight checks.
const GOALS_MET: &str = "goals_met";

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
    /// Nothing where what an assessment found is not this person's to read.
    pub(crate) assessments: Option<Vec<Line>>,
    pub(crate) checks: Vec<Check>,
}

/// Everything done on a case; nothing for whoever may see the case but not how
/// it is handled.
pub(crate) async fn of_case(
    db: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (case, powers): (&protection_case::Model, &Powers),
) -> Result<Option<Work>> {
    if !powers.may(Action::ReadWork) {
        return Ok(None);
    }
    let tasks = tasks::of_case(app, db, case.id).await?;
    let measures = measures::of_case(app, db, case.id).await?;
    let goals = plans::of_case(app, db, case.id).await?;
    let visits = visits::of_case(app, db, case.id).await?;
    // What an assessment found is not the village's to read.
    let assessments = if powers.role() == Role::Village {
        None
    } else {
        let rows = assessments::of_case(app, db, case.id).await?;
        Some(rows.into_iter().map(assessment).collect())
    };
    Ok(Some(Work {
        goals: goals.into_iter().map(goal).collect(),
        tasks: tasks.into_iter().map(task).collect(),
        measures: measures.into_iter().map(measure).collect(),
        visits: visits.into_iter().map(visit).collect(),
        assessments,
        checks: checks(db, app, ctx, (case, powers)).await?,
    }))
}

/// The checks before closing, for those who ask for it or decide.
pub(crate) async fn checks(
    db: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (case, powers): (&protection_case::Model, &Powers),
) -> Result<Vec<Check>> {
    let open = Stage::parse(&case.stage).is_some_and(Stage::is_open);
    if !open || !(powers.may(Action::AskClose) || powers.may(Action::DecideClose)) {
        return Ok(Vec::new());
    }
    let wanted = case.closure_type.as_deref().unwrap_or(GOALS_MET);
    steps::closing_checks(db, app, case, wanted, ctx.now).await
}

fn task(row: TaskRow) -> Line {
    Line {
        href: Some(format!("/tasks/{}", row.id)),
        title: format!("{} {}", row.number, row.type_name),
        kind: row.state_kind,
        state: row.state_label.to_owned(),
        meta: joined(&[("", &row.unit), ("期限 ", &row.due), ("发起 ", &row.created)]),
        text: row.result,
    }
}

fn measure(row: MeasureRow) -> Line {
    Line {
        href: None,
        title: format!("{} {}", row.kind_name, row.paper_no),
        kind: if row.in_force { "on" } else { "" },
        state: if row.in_force { "有效" } else { "已登记" }.to_owned(),
        meta: joined(&[
            ("", &row.issued_by),
            ("", &row.issued_on),
            ("", &row.validity),
            ("送达 ", &row.served_on),
        ]),
        text: row.note,
    }
}

fn goal(row: GoalRow) -> Line {
    let core = if row.core { "核心目标" } else { "" };
    Line {
        href: None,
        title: format!("{}：{}", row.dimension, row.goal),
        kind: row.state_kind,
        state: row.state_label,
        meta: joined(&[("", core), ("责任 ", &row.responsible), ("期限 ", &row.due)]),
        text: row.means,
    }
}

fn visit(row: VisitRow) -> Line {
    let danger = if row.danger { "发现现实危险" } else { "" };
    let photos = if row.photos == 0 {
        String::new()
    } else {
        format!("照片 {} 张", row.photos)
    };
    Line {
        href: Some(format!("/visits/{}", row.id)),
        title: format!("{} {}", row.when, row.kind),
        kind: row.review_kind,
        state: row.review,
        meta: joined(&[
            ("", &row.method),
            ("", &row.author),
            ("", &row.seen),
            ("", danger),
            ("", &photos),
        ]),
        text: String::new(),
    }
}

fn assessment(row: AssessmentRow) -> Line {
    let scores = row.scores.join("，");
    Line {
        href: None,
        title: format!("{} {}", row.at, row.kind_label),
        kind: if row.level == RiskLevel::Red.number() {
            "bad"
        } else {
            "on"
        },
        state: row.level_label.to_owned(),
        meta: joined(&[("", &row.by), ("", &row.conclusion), ("", &scores)]),
        text: row.investigation,
    }
}

/// The parts that say something, with their words before them.
fn joined(parts: &[(&str, &str)]) -> String {
    let said: Vec<String> = parts
        .iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(word, text)| format!("{word}{text}"))
        .collect();
    said.join(" · ")
}
