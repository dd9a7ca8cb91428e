//! What was done on a case by the features that stand before this one, and
//! the checks before closing.
use super::actions::Powers;
use crate::casework::steps;
use crate::ctx::Ctx;
use crate::entity::protection_case;
use crate::error::Result;
use crate::measures::{self, MeasureRow};
use crate::rules::closing::Check;
use crate::rules::policy::Action;
use crate::rules::workflow::Stage;
use crate::state::App;
use crate::tasks::{self, TaskRow};
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
    pub(crate) assessments: Vec<Line>,
    pub(crate) checks: Vec<Check>,
}

/// Everything done on a case.
pub(crate) async fn of_case(
    db: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (case, powers): (&protection_case::Model, &Powers),
) -> Result<Work> {
    let tasks = tasks::of_case(app, db, case.id).await?;
    let measures = measures::of_case(app, db, case.id).await?;
    let open = Stage::parse(&case.stage).is_some_and(Stage::is_open);
    let checks = if open && (powers.may(Action::AskClose) || powers.may(Action::DecideClose)) {
        let wanted = case.closure_type.as_deref().unwrap_or(GOALS_MET);
        steps::closing_checks(db, app, case, wanted, ctx.now).await?
    } else {
        Vec::new()
    };
    Ok(Work {
        goals: Vec::new(),
        tasks: tasks.into_iter().map(task).collect(),
        measures: measures.into_iter().map(measure).collect(),
        visits: Vec::new(),
        assessments: Vec::new(),
        checks,
    })
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

/// The parts that say something, with their words before them.
fn joined(parts: &[(&str, &str)]) -> String {
    let said: Vec<String> = parts
        .iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(word, text)| format!("{word}{text}"))
        .collect();
    said.join(" · ")
}
