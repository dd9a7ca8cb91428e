//! 结案: what is known of a case that is to be closed, and asking for it.

use super::moving::{confirmed_outside, pending_transfer};
use super::planning::level_of;
use super::{finish, words};
use crate::casework::order;
use crate::casework::{advance, check_version, fetch_for};
use crate::clock;
use crate::clocks;
use crate::ctx::Ctx;
use crate::entity::{assessment, case_child, child, measure, plan_goal, protection_case, report, task};
use crate::error::{Error, FieldError, Result};
use crate::journal::Act;
use crate::notices::{self, Kind, Notice, To};
use crate::rules::closing::{self, Check, ClosingFacts, Review};
use crate::rules::codes;
use crate::rules::level::RiskLevel;
use crate::rules::measures::{blocks_closing, standing};
use crate::rules::orderflow::OrderState;
use crate::rules::policy::Action;
use crate::rules::taskflow::TaskState;
use crate::rules::workflow::Step;
use crate::state::App;
use crate::vault::{Slot, Vault};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use uuid::Uuid;

/// Gathers what the eight checks ask for.
///
/// # Errors
/// When the database or the vault refuses.
pub async fn closing_facts(
    db: &impl ConnectionTrait,
    app: &App,
    case: &protection_case::Model,
    closure_type: &str,
    now: DateTime<Utc>,
) -> Result<ClosingFacts> {
    let assessments = assessment::Entity::find()
        .filter(assessment::Column::CaseId.eq(case.id))
        .order_by_asc(assessment::Column::AssessedAt)
        .all(db)
        .await?;
    let goals = plan_goal::Entity::find()
        .filter(plan_goal::Column::CaseId.eq(case.id))
        .filter(plan_goal::Column::DroppedAt.is_null())
        .all(db)
        .await?;
    let measures = measure::Entity::find()
        .filter(measure::Column::CaseId.eq(case.id))
        .all(db)
        .await?;
    let tasks = task::Entity::find()
        .filter(task::Column::CaseId.eq(case.id))
        .all(db)
        .await?;
    let asks_plan = closure_type == "goals_met";
    Ok(ClosingFacts {
        now,
        closure_type: closure_type.to_owned(),
        current_level: level_of(case),
        highest_level: RiskLevel::from_number(case.peak_level).unwrap_or(RiskLevel::Red),
        reviews: reviews(&assessments),
        open_goals: open_goals(&app.vault, &goals)?,
        routine_care: case.routine_care_at.is_some(),
        open_legal: open_legal(&app.vault, &measures, clock::day(now))?,
        missing_papers: missing_papers(
            &tasks,
            &measures,
            (assessments.is_empty(), asks_plan && goals.is_empty()),
        ),
        child_heard: child_heard(db, app, case.id, &assessments, now).await?,
        follow_up_planned: case.follow_up_planned,
        county_conference: case.conference_on.is_some(),
        city_check: case.spot_checked_at.is_some(),
        open_orders: open_orders(db, case.id, &tasks).await?,
        waived_tasks: waived(&tasks),
    })
}

/// The eight checks, each met or not, for a way of closing.
///
/// # Errors
/// When the database or the vault refuses.
pub async fn closing_checks(
    db: &impl ConnectionTrait,
    app: &App,
    case: &protection_case::Model,
    closure_type: &str,
    now: DateTime<Utc>,
) -> Result<Vec<Check>> {
    let facts = closing_facts(db, app, case, closure_type, now).await?;
    Ok(closing::checks(&facts))
}

fn reviews(assessments: &[assessment::Model]) -> Vec<Review> {
    assessments
        .iter()
        .filter(|row| row.kind == "review")
        .filter_map(|row| {
            RiskLevel::from_number(row.level).map(|level| Review {
                at: row.assessed_at,
                level,
            })
        })
        .collect()
}

fn open_goals(vault: &Vault, goals: &[plan_goal::Model]) -> Result<Vec<String>> {
    goals
        .iter()
        .filter(|goal| goal.core && goal.done_at.is_none())
        .map(|goal| Ok(vault.open(Slot::new("plan_goal", "goal", goal.id), &goal.goal)?))
        .collect()
}

/// Measures that are not over and hold the case open (保护令有效期内、临时监护未终止 …).
fn open_legal(vault: &Vault, measures: &[measure::Model], today: NaiveDate) -> Result<Vec<String>> {
    measures
        .iter()
        .filter(|row| blocks_closing(&row.kind, standing(&row.kind, &row.state, row.expires_on, today)))
        .filter_map(|row| codes::artifact_kind(&row.kind).map(|kind| (row, kind)))
        .map(|(row, kind)| {
            let number = vault.open_or_empty(Slot::new("measure", "paper_no", row.id), &row.paper_no)?;
            Ok(format!("{} {number}", kind.name).trim_end().to_owned())
        })
        .collect()
}

/// The assessment and, where goals were to be met, the plan; and a paper for
/// every task of a type that ends in one.
fn missing_papers(
    tasks: &[task::Model],
    measures: &[measure::Model],
    (no_assessment, no_plan): (bool, bool),
) -> Vec<String> {
    let mut missing = Vec::new();
    if no_assessment {
        missing.push("调查评估表".to_owned());
    }
    if no_plan {
        missing.push("个案计划".to_owned());
    }
    for task in tasks.iter().filter(|task| task.state == TaskState::Done.code()) {
        let wanted = codes::task_type(&task.type_code).map_or(&[][..], |row| row.artifacts.as_slice());
        let there = measures
            .iter()
            .any(|row| row.task_id == Some(task.id) && wanted.contains(&row.kind));
        if !wanted.is_empty() && !there {
            missing.push(format!("协办任务 {} 的文书", task.number));
        }
    }
    missing
}

/// Every child old enough (满8周岁，未保法§4（五）、民法典§35) was heard, or why
/// not is written down. An age that nobody knows counts as old enough.
async fn child_heard(
    db: &impl ConnectionTrait,
    app: &App,
    case: Uuid,
    assessments: &[assessment::Model],
    now: DateTime<Utc>,
) -> Result<bool> {
    if assessments.iter().any(|row| row.child_opinion.is_some()) {
        return Ok(true);
    }
    let links = case_child::Entity::find()
        .filter(case_child::Column::CaseId.eq(case))
        .all(db)
        .await?;
    let children = child::Entity::find()
        .filter(child::Column::Id.is_in(links.iter().map(|link| link.child_id)))
        .all(db)
        .await?;
    for child in &children {
        if child.opinion.is_none() && old_enough(&app.vault, child, now)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn old_enough(vault: &Vault, child: &child::Model, now: DateTime<Utc>) -> Result<bool> {
    let from = codes::closing_rule("opinion_age").map_or(8, |row| row.value);
    let slot = Slot::new("child", "birth_date", child.id);
    let born = vault
        .open_some(slot, child.birth_date.as_ref())?
        .and_then(|text| text.parse::<NaiveDate>().ok());
    let today = clock::day(now);
    let age = match born {
        Some(born) => today.years_since(born),
        None => child.age_at_intake.and_then(|age| u32::try_from(age).ok()),
    };
    Ok(age.is_none_or(|age| age >= from))
}

/// Numbers of tasks whose result is not accepted and of reports that nobody
/// has decided.
async fn open_orders(db: &impl ConnectionTrait, case: Uuid, tasks: &[task::Model]) -> Result<Vec<String>> {
    let closed = |state: &str| TaskState::parse(state).is_some_and(|state| !state.is_open());
    let reports = report::Entity::find()
        .filter(report::Column::CaseId.eq(case))
        .filter(report::Column::DecidedAt.is_null())
        .all(db)
        .await?;
    let waits = order::of(db, case).await?.state == OrderState::Feedback;
    Ok(tasks
        .iter()
        .filter(|task| !closed(&task.state))
        .map(|task| task.number.clone())
        .chain(reports.into_iter().map(|report| report.number))
        .chain(waits.then(|| "办理结果待审核".to_owned()))
        .collect())
}

/// Numbers of the tasks that the lead unit waived.
fn waived(tasks: &[task::Model]) -> Vec<String> {
    let waived = tasks.iter().filter(|task| task.state == TaskState::Waived.code());
    waived.map(|task| task.number.clone()).collect()
}

/// A wish to close.
#[derive(Debug, Clone, Default)]
pub struct CloseAsk {
    /// Code of `data/closure_types.csv`.
    pub closure_type: String,
    /// Why the case may be closed; sealed.
    pub note: String,
}

/// Asks the county to close the case (申请结案). Meets the clock `resolve` if
/// neither plan nor support has: the matter is settled and answered by then.
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`]; [`Error::Invalid`] with one entry
/// `check_1` … `check_8` for each check that is not met, or on `closure_type`.
pub async fn ask_close(app: &App, ctx: &Ctx, id: Uuid, seen: i32, ask: &CloseAsk) -> Result<protection_case::Model> {
    let note = words("note", "结案说明", &ask.note, 1000)?;
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, id, Action::AskClose).await?;
    check_version(seen, case.version)?;
    may_close(&tx, app, &case, &ask.closure_type, ctx.now).await?;
    let sealed = app.vault.seal(Slot::new("protection_case", "close_note", id), &note)?;
    advance(&tx, &case, seen, &Step::AskClose, |row| {
        row.closure_type = Set(Some(ask.closure_type.clone()));
        row.close_note = Set(Some(sealed));
        row.close_asked_by = Set(ctx.account());
    })
    .await?;
    clocks::meet(&tx, id, &["resolve"], ctx.now).await?;
    let asked = Notice::new(Kind::CloseAsked, To::Able(Action::DecideClose)).case(id);
    notices::tell(&tx, ctx, &asked).await?;
    let refs = json!({ "closure_type": ask.closure_type });
    finish(tx, app, ctx, id, (Act::CloseAsked, Some(&note), refs)).await
}

/// Refuses a way of closing that does not exist or does not fit, and names
/// each check that is not met.
pub(super) async fn may_close(
    db: &impl ConnectionTrait,
    app: &App,
    case: &protection_case::Model,
    closure_type: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let wrong = |message: &str| Err(Error::field("closure_type", message));
    if let Err(refused) = closing::closure_type(closure_type) {
        return wrong(&refused.to_string());
    }
    if closure_type == "merged" {
        return wrong("并案请使用“并案”操作，写明并入的个案号");
    }
    if matches!(closure_type, "referred" | "transferred") && level_of(case) == RiskLevel::Red {
        return wrong("红色个案不得转出或移交，待稳定后办理");
    }
    if pending_transfer(db, case.id).await?.is_some() {
        return wrong("移交还在等对方答复或裁定，责任仍在本地；撤回移交或等有了结果再申请结案");
    }
    if closure_type == "transferred" && !confirmed_outside(db, case.id).await? {
        return wrong(
            "外地没有回函同意前责任仍在本地：先发移交函、登记同意接收的回函，再按移交异地结案（本地可配置；参照国务院令第381号§11、§12）",
        );
    }
    let unmet: Vec<FieldError> = closing_checks(db, app, case, closure_type, now)
        .await?
        .into_iter()
        .filter(|check| !check.met)
        .map(|check| {
            let message = format!("{}：{}", check.title, check.detail);
            FieldError::new(&format!("check_{}", check.number), &message)
        })
        .collect();
    if unmet.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(unmet))
    }
}
