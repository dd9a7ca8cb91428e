//! Moving a task: sign, report with a paper, accept, send back, cancel.

use super::{dues, fetch};
use crate::casework::steps::has_control;
use crate::casework::{check_version, tell};
use crate::clocks::{self, Subject};
use crate::ctx::Ctx;
use crate::db;
use crate::entity::{case_unit, protection_case, task};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::measures::{self, NewMeasure};
use crate::rules::codes;
use crate::rules::level::RiskLevel;
use crate::rules::policy::{Part, TaskAction};
use crate::rules::taskflow::{TaskState, TaskStep};
use crate::state::App;
use crate::vault::Slot;
use anyhow::Context;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// A step with what it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// 签收
    Sign,
    /// 反馈结果
    Report {
        /// What was done, 1000 characters at most.
        result: String,
        /// The papers, one of the type's kinds among them.
        papers: Vec<NewMeasure>,
    },
    /// 确认结果
    Accept {
        /// A remark, may be empty.
        note: String,
    },
    /// 退回补办
    Reject {
        /// What is missing.
        reason: String,
    },
    /// 撤销
    Cancel {
        /// Why.
        reason: String,
    },
}

impl Move {
    /// The word of the API.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.step().code()
    }

    fn step(&self) -> TaskStep {
        match self {
            Self::Sign => TaskStep::Sign,
            Self::Report { .. } => TaskStep::Report,
            Self::Accept { .. } => TaskStep::Accept,
            Self::Reject { .. } => TaskStep::Reject,
            Self::Cancel { .. } => TaskStep::Cancel,
        }
    }

    fn act(&self) -> Act {
        match self {
            Self::Sign => Act::TaskSigned,
            Self::Report { .. } => Act::TaskReported,
            Self::Accept { .. } => Act::TaskAccepted,
            Self::Reject { .. } => Act::TaskRejected,
            Self::Cancel { .. } => Act::TaskCancelled,
        }
    }

    fn action(&self) -> TaskAction {
        match self {
            Self::Sign | Self::Report { .. } => TaskAction::Work,
            Self::Accept { .. } | Self::Reject { .. } | Self::Cancel { .. } => TaskAction::Judge,
        }
    }

    /// The words that go into the timeline.
    fn words(&self) -> Option<&str> {
        let text = match self {
            Self::Sign => "",
            Self::Report { result, .. } => result,
            Self::Accept { note } => note,
            Self::Reject { reason } | Self::Cancel { reason } => reason,
        };
        Some(text.trim()).filter(|text| !text.is_empty())
    }
}

/// 出警.
const DISPATCH: &str = "T30";

/// Moves a task.
///
/// # Errors
/// [`Error::Stale`], [`Error::IllegalTaskStep`], [`Error::Invalid`] with the
/// faults of the report or the reason, what the policy refuses.
pub async fn step(app: &App, ctx: &Ctx, id: Uuid, seen: i32, step: &Move) -> Result<task::Model> {
    let tx = app.db.begin().await?;
    let (task, case) = fetch(&tx, ctx, id, step.action()).await?;
    check_version(seen, task.version)?;
    let state = TaskState::parse(&task.state).context("task state in the database")?;
    let next = state.after(step.step())?;
    let faults = faults(ctx, &task, step);
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    if let Move::Report { papers, .. } = step {
        for paper in papers {
            measures::add(&tx, app, ctx, (case.id, Some(id)), paper).await?;
        }
    }
    let after = write(&tx, app, ctx, (&task, next), step).await?;
    run_clocks(&tx, ctx, &task, step).await?;
    told(tx, app, ctx, (&case, &task), step).await?;
    Ok(after)
}

fn faults(ctx: &Ctx, task: &task::Model, step: &Move) -> Vec<FieldError> {
    match step {
        Move::Report { result, papers } => report_faults(ctx, task, result, papers),
        Move::Accept { note } if note.chars().count() > 500 || has_control(note) => {
            vec![FieldError::new("note", "意见在500字以内，不含不可见的控制字符")]
        }
        Move::Sign | Move::Accept { .. } => Vec::new(),
        Move::Reject { reason } | Move::Cancel { reason } => {
            let fits = !reason.trim().is_empty() && reason.chars().count() <= 500 && !has_control(reason);
            let fault = (!fits).then(|| FieldError::new("reason", "写明理由，500字以内，不含不可见的控制字符"));
            fault.into_iter().collect()
        }
    }
}

/// A result has a paper with its number: one of the kinds that the type asks
/// for. Faults of the second paper and on carry its number in the field.
fn report_faults(ctx: &Ctx, task: &task::Model, result: &str, papers: &[NewMeasure]) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if result.trim().is_empty() || result.chars().count() > 1000 || has_control(result) {
        faults.push(FieldError::new(
            "result",
            "写明办理情况，1000字以内，不含不可见的控制字符",
        ));
    }
    if papers.len() > 5 {
        faults.push(FieldError::new("kind", "一次最多登记5份文书"));
        return faults;
    }
    let today = crate::clock::day(ctx.now);
    for (at, paper) in papers.iter().enumerate() {
        let suffix = if at == 0 { String::new() } else { (at + 1).to_string() };
        faults.extend(measures::faults(paper, today).into_iter().map(|fault| FieldError {
            field: format!("{}{suffix}", fault.field),
            message: fault.message,
        }));
    }
    let wanted = codes::task_type(&task.type_code).map_or(&[][..], |kind| &kind.artifacts);
    let given = papers.iter().any(|paper| wanted.contains(&paper.kind));
    if papers.is_empty() {
        faults.push(FieldError::new("paper_no", "填写至少一份文书的文号，才能反馈"));
    } else if !given && !wanted.is_empty() {
        let names: Vec<_> = wanted.iter().map(|kind| measures::kind_name(kind)).collect();
        let text = format!("本任务须有下列文书之一：{}", names.join("、"));
        faults.push(FieldError::new("kind", &text));
    }
    faults
}

async fn write(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (task, next): (&task::Model, TaskState),
    step: &Move,
) -> Result<task::Model> {
    let slot = |column| Slot::new("task", column, task.id);
    let mut row = task::ActiveModel {
        state: Set(next.code().to_owned()),
        ..Default::default()
    };
    match step {
        Move::Sign => {
            row.signed_at = Set(Some(ctx.now));
            row.signed_by = Set(ctx.account());
        }
        Move::Report { result, .. } => {
            row.result = Set(Some(app.vault.seal(slot("result"), result.trim())?));
            row.done_by = Set(ctx.account());
        }
        Move::Accept { .. } => row.done_at = Set(Some(ctx.now)),
        Move::Reject { .. } | Move::Cancel { .. } => {}
    }
    if matches!(step.action(), TaskAction::Judge) {
        row.review_note = Set(app.vault.seal_some(slot("review_note"), step.words())?);
    }
    db::update(tx, (task.id, task.version), row).await
}

async fn run_clocks(tx: &impl ConnectionTrait, ctx: &Ctx, task: &task::Model, step: &Move) -> Result<()> {
    let key = (task.case_id, task.id);
    match step {
        Move::Sign => {
            clocks::meet_task(tx, key, &["task_sign"], ctx.now).await?;
            sign_part(tx, ctx, task).await?;
            // The police who take the matter over need no three-way call any more.
            if task.type_code == DISPATCH {
                clocks::meet(tx, task.case_id, &["transfer"], ctx.now).await?;
            }
            Ok(())
        }
        Move::Report { .. } => clocks::meet_task(tx, key, &["task_sign", "task_done"], ctx.now).await,
        Move::Accept { .. } => Ok(()),
        Move::Cancel { .. } => clocks::cancel_task(tx, key, ctx.now).await,
        Move::Reject { .. } => {
            // What was owed is owed again: by the old time if it is still ahead.
            let level = RiskLevel::from_number(task.level).unwrap_or(RiskLevel::Red);
            let ahead = task.due_at.filter(|at| *at > ctx.now);
            let book = clocks::book(tx, ctx.now).await?;
            let kind = codes::task_type(&task.type_code);
            let due = dues::done(&book, kind, (level, task.unit_id), ctx.now, ahead);
            let subject = Subject {
                case: Some(task.case_id),
                task: Some(task.id),
                ..Subject::default()
            };
            task::Entity::update_many()
                .set(task::ActiveModel {
                    due_at: Set(Some(due.at)),
                    ..Default::default()
                })
                .filter(task::Column::Id.eq(task.id))
                .exec(tx)
                .await?;
            clocks::start(tx, subject, ctx.now, &[due]).await
        }
    }
}

/// A department that assists never sees the case: signing its task is its
/// signature under the case as well.
async fn sign_part(tx: &impl ConnectionTrait, ctx: &Ctx, task: &task::Model) -> Result<()> {
    case_unit::Entity::update_many()
        .col_expr(case_unit::Column::SignedAt, Expr::value(ctx.now))
        .col_expr(case_unit::Column::SignedBy, Expr::value(ctx.account()))
        .filter(case_unit::Column::CaseId.eq(task.case_id))
        .filter(case_unit::Column::UnitId.eq(task.unit_id))
        .filter(case_unit::Column::Part.eq(Part::Assist.code()))
        .filter(case_unit::Column::Until.is_null())
        .filter(case_unit::Column::SignedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

async fn told(
    tx: DatabaseTransaction,
    app: &App,
    ctx: &Ctx,
    (case, task): (&protection_case::Model, &task::Model),
    step: &Move,
) -> Result<()> {
    let kind = codes::task_type(&task.type_code).map_or("", |kind| kind.name.as_str());
    let refs = json!({ "task": task.id, "number": task.number, "type": kind, "unit": ctx.unit_name });
    let happened = (step.act(), ctx.now, step.words(), refs);
    tell(&tx, &app.vault, ctx, case.id, happened).await?;
    let entry = Entry::new(step.act())
        .case(case.id)
        .subject(task.id)
        .detail(json!({ "type": task.type_code, "step": step.step().code() }));
    journal::commit(tx, ctx, entry).await
}
