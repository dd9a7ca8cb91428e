//! What was done on a case by the features that stand before this one, and
//! the checks before closing.

use super::actions::Powers;
use super::order_lines;
use crate::assessments::{self, AssessmentRow};
use crate::casework::order::Known;
use crate::casework::steps;
use crate::ctx::Ctx;
use crate::entity::protection_case;
use crate::error::Result;
use crate::measures::{self, MeasureRow};
use crate::plans::{self, GoalRow};
use crate::referrals;
use crate::rules::closing::Check;
use crate::rules::level::RiskLevel;
use crate::rules::measures::State;
use crate::rules::policy::{Action, Role};
use crate::rules::taskflow::TaskState;
use crate::rules::workflow::Stage;
use crate::state::App;
use crate::tasks::{self, ConferenceView, TaskRow};
use crate::transfers::{self, TransferRow};
use crate::visits::{self, VisitRow};
use sea_orm::ConnectionTrait;
use std::collections::HashMap;
use uuid::Uuid;

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
    /// The text is long and stands behind a fold.
    pub(crate) fold: bool,
    /// What this person may do with the record: address and words.
    pub(crate) act: Option<(String, &'static str)>,
}

/// A record that waits for somebody's word.
pub(crate) struct Waiting {
    pub(crate) who: &'static str,
    pub(crate) what: String,
    pub(crate) href: String,
    /// Whether it is the plan.
    pub(crate) plan: bool,
}

/// The sections of the work.
pub(crate) struct Work {
    /// How the order stands, what waits first.
    pub(crate) order: Vec<Line>,
    pub(crate) goals: Vec<Line>,
    pub(crate) tasks: Vec<Line>,
    /// Nothing for whoever goes to the child alone.
    pub(crate) conferences: Option<Vec<Line>>,
    pub(crate) measures: Vec<Line>,
    pub(crate) visits: Vec<Line>,
    pub(crate) transfers: Vec<Line>,
    /// What was handed to other lines from its reports.
    pub(crate) referrals: Vec<Line>,
    /// Nothing where what an assessment found is not this person's to read.
    pub(crate) assessments: Option<Vec<Line>>,
    pub(crate) checks: Vec<Check>,
    pub(crate) waiting: Vec<Waiting>,
    /// Types of the tasks in words, by their ids.
    pub(crate) task_names: TaskNames,
    /// An assessment holds the child's opinion, or why it was not asked.
    pub(crate) heard: bool,
}

/// Types of tasks in words, by the tasks' ids.
pub(crate) type TaskNames = HashMap<Uuid, String>;

/// Everything done on a case; nothing for whoever may see the case but not how
/// it is handled.
pub(crate) async fn of_case(
    db: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (case, powers, known): (&protection_case::Model, &Powers, &Known),
) -> Result<Option<Work>> {
    if !powers.may(Action::ReadWork) {
        return Ok(None);
    }
    let tasks = tasks::of_case(app, db, case.id).await?;
    let measures = measures::of_case(app, db, case.id).await?;
    let goals = plans::of_case(app, db, case.id).await?;
    let visits = visits::of_case(app, db, case.id).await?;
    let transfers = transfers::of_case(app, db, case.id).await?;
    let follows = powers.role() != Role::Village;
    // What an assessment found is not the village's to read.
    let reads = powers.role() != Role::Village;
    let found = if reads {
        assessments::of_case(app, db, case.id).await?
    } else {
        Vec::new()
    };
    let conferences = if reads {
        let held = tasks::conferences(app, db, case.id).await?;
        Some(held.into_iter().map(|row| conference(row, case.id)).collect())
    } else {
        None
    };
    let assessments = reads.then(|| found.iter().map(assessment).collect());
    let waiting = if super::page::reduced(powers.role()) {
        Vec::new()
    } else {
        waiting(
            case,
            (&tasks, &visits),
            plans::confirmed(db, case).await? == Some(false),
        )
    };
    let ends = Stage::parse(&case.stage).is_some_and(Stage::is_open) && powers.may(Action::Record);
    Ok(Some(Work {
        order: order_lines::of_case(db, app, ctx, (case, known)).await?,
        waiting,
        task_names: tasks.iter().map(|row| (row.id, row.type_name.clone())).collect(),
        heard: found.iter().any(|row| !row.child_opinion.is_empty()),
        goals: goals.into_iter().map(goal).collect(),
        tasks: tasks.into_iter().map(task).collect(),
        conferences,
        measures: measures.into_iter().map(|row| measure(row, case.id, ends)).collect(),
        visits: visits.into_iter().map(visit).collect(),
        transfers: transfers.iter().map(|row| transfer(row, follows)).collect(),
        referrals: handed_on(db, app, ctx, case.id).await?,
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

/// The plan, the results and the visits that wait for somebody's word.
fn waiting(case: &protection_case::Model, records: (&[TaskRow], &[VisitRow]), plan: bool) -> Vec<Waiting> {
    let (tasks, visits) = records;
    let plan = plan.then(|| Waiting {
        who: "县级个案经理",
        what: "审定红案计划".to_owned(),
        href: format!("/cases/{}/plan", case.id),
        plan: true,
    });
    let tasks = tasks.iter().filter_map(|row| {
        // A dispute stands among the rulings.
        let reported = TaskState::parse(row.state)? == TaskState::Reported;
        // What the lead did itself is not the lead's to judge.
        let own = row.unit_id == case.lead_unit;
        reported.then(|| Waiting {
            who: if own { "县级个案经理" } else { "主办单位" },
            what: format!("确认协办结果：{}", row.type_name),
            href: format!("/tasks/{}", row.id),
            plan: false,
        })
    });
    let visits = visits.iter().filter(|row| row.waits && !row.corrected);
    let visits = visits.map(|row| Waiting {
        who: "儿童督导员",
        what: format!("审核走访 {}", row.number),
        href: format!("/visits/{}", row.id),
        plan: false,
    });
    plan.into_iter().chain(tasks).chain(visits).collect()
}

fn task(row: TaskRow) -> Line {
    let back = match row.sent_back {
        0 => String::new(),
        times => format!("退回补办 {times} 次"),
    };
    Line {
        href: Some(format!("/tasks/{}", row.id)),
        title: format!("{} {}", row.number, row.type_name),
        kind: row.state_kind,
        state: row.state_label.to_owned(),
        meta: joined(&[
            ("", &row.unit),
            ("期限 ", &row.due),
            ("发起 ", &row.created),
            ("", &back),
        ]),
        text: row.result,
        fold: false,
        act: None,
    }
}

fn conference(row: ConferenceView, case: Uuid) -> Line {
    let units: Vec<&str> = row.members.iter().map(|(unit, _)| unit.as_str()).collect();
    Line {
        href: Some(format!("/cases/{case}/conferences/{}", row.id)),
        title: format!("{} {}", row.on, row.minutes_no),
        kind: "ok",
        state: "已会商".to_owned(),
        meta: joined(&[("", &row.agenda), ("参加 ", &units.join("、"))]),
        text: row.decisions,
        fold: true,
        act: None,
    }
}

/// A village reads that the case moves; the page of it is for those who answer.
fn transfer(row: &TransferRow, follows: bool) -> Line {
    Line {
        href: follows.then(|| format!("/transfers/{}", row.id)),
        title: format!("{} {} → {}", row.number, row.from, row.to),
        kind: row.state_kind,
        state: row.state_label.to_owned(),
        meta: joined(&[("理由 ", row.reason_label), ("提出 ", &row.asked), ("答复 ", &row.due)]),
        text: String::new(),
        fold: false,
        act: None,
    }
}

/// What the reports of a case handed to other lines: that and how it stands.
/// The page of a referral is for those who see the report.
async fn handed_on(db: &impl ConnectionTrait, app: &App, ctx: &Ctx, case: Uuid) -> Result<Vec<Line>> {
    let rows = referrals::of_case(db, app, ctx, case).await?;
    let follows = matches!(ctx.actor.role, Role::Lead | Role::City);
    let line = |row: referrals::Shown| Line {
        href: row.id.filter(|_| follows).map(|id| format!("/referrals/{id}")),
        title: format!("{} {}", row.line, row.kind_label),
        kind: row.mark,
        state: row.state_label.to_owned(),
        meta: joined(&[
            ("", &row.number),
            ("", &row.when),
            ("回执号 ", &row.receipt),
            ("答复 ", &row.due),
            ("已于 ", &row.answered),
        ]),
        text: String::new(),
        fold: false,
        act: None,
    };
    Ok(rows.into_iter().map(line).collect())
}

fn measure(row: MeasureRow, case: Uuid, may_end: bool) -> Line {
    let ends = may_end && row.in_force;
    let state = match row.state {
        State::Recorded if row.in_force => "有效",
        state => state.label(),
    };
    Line {
        act: ends.then(|| (format!("/cases/{case}/measures/{}/end", row.id), "登记终止")),
        href: row.lives.then(|| format!("/cases/{case}/measures/{}", row.id)),
        title: format!("{} {}", row.kind_name, row.paper_no).trim_end().to_owned(),
        kind: match row.state {
            _ if row.in_force => "on",
            state if state.is_over() => "",
            _ => "wait",
        },
        state: state.to_owned(),
        meta: joined(&[
            ("", &row.issued_by),
            ("", &row.issued_on),
            ("", &row.validity),
            ("送达 ", &row.served_on),
        ]),
        text: row.note,
        fold: false,
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
        fold: false,
        act: None,
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
        fold: false,
        act: None,
    }
}

fn assessment(row: &AssessmentRow) -> Line {
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
        text: found(row),
        fold: true,
        act: None,
    }
}

/// What an assessment found, one line for each thing that was said.
fn found(row: &AssessmentRow) -> String {
    let custody = if row.temp_custody { "需要" } else { "" };
    let lines = [
        ("调查：", row.investigation.as_str()),
        ("单独面谈：", &row.interviewed),
        ("儿童原话：", &row.child_words),
        ("现场安全：", &row.scene),
        ("儿童意见：", &row.child_opinion),
        ("临时监护：", custody),
    ];
    let said = lines.iter().filter(|(_, text)| !text.is_empty());
    said.map(|(word, text)| format!("{word}{text}"))
        .collect::<Vec<_>>()
        .join("\n")
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
