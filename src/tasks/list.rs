//! The tasks that a person may see: the policy as a WHERE clause, one page.

use super::view::{TaskRow, rows};
use crate::casework;
use crate::ctx::Ctx;
use crate::db::any_or_none;
use crate::entity::{protection_case, recusal, task};
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::policy::{self, Action, Role};
use crate::rules::taskflow::TaskState;
use crate::state::App;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use uuid::Uuid;

/// Which tasks are asked for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// `open`, or the word of a state; every state when empty.
    pub state: Option<String>,
    /// Only those of the person's own unit.
    pub mine: bool,
    /// Where the last page ended.
    pub cursor: Option<String>,
    /// 1–100.
    pub limit: u64,
}

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Page {
    /// The rows, next due first.
    pub rows: Vec<TaskRow>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// The tasks that the person may see, next due first: those of their unit and
/// those of the cases they may see.
///
/// # Errors
/// [`Error::Invalid`] for an unknown state or a cursor that is none.
pub async fn list(app: &App, ctx: &Ctx, asked: &Asked) -> Result<Page> {
    let limit = asked.limit.clamp(1, 100);
    let mut query = task::Entity::find().filter(seen(ctx, asked.mine));
    if let Some(states) = states(asked.state.as_deref())? {
        query = query.filter(task::Column::State.is_in(states));
    }
    if let Some(cursor) = &asked.cursor {
        let (due, id) = read_cursor(cursor).ok_or_else(|| Error::field("cursor", "翻页参数无效，从第一页重新查询"))?;
        query = query.filter(
            Condition::any().add(task::Column::DueAt.gt(due)).add(
                Condition::all()
                    .add(task::Column::DueAt.eq(due))
                    .add(task::Column::Id.gt(id)),
            ),
        );
    }
    let db = app.db.read();
    let mut found = query
        .order_by_asc(task::Column::DueAt)
        .order_by_asc(task::Column::Id)
        .limit(limit + 1)
        .all(db)
        .await?;
    let more = u64::try_from(found.len()).unwrap_or(u64::MAX) > limit;
    if more {
        found.pop();
    }
    let next = found
        .last()
        .filter(|_| more)
        .and_then(|row| Some(format!("{}.{}", row.due_at?.timestamp_micros(), row.id)));
    let rows = rows(app, db, found, ctx.now).await?;
    journal::viewed(
        &app.db,
        ctx,
        Entry::new(Act::TasksListed).detail(json!({ "rows": rows.len() })),
    )
    .await?;
    Ok(Page { rows, next })
}

fn read_cursor(text: &str) -> Option<(DateTime<Utc>, Uuid)> {
    let (due, id) = text.split_once('.')?;
    Some((
        DateTime::from_timestamp_micros(due.parse().ok()?)?,
        Uuid::parse_str(id).ok()?,
    ))
}

fn states(word: Option<&str>) -> Result<Option<Vec<&'static str>>> {
    match word.filter(|word| !word.is_empty()) {
        None => Ok(None),
        Some("open") => Ok(Some(TaskState::open_codes())),
        Some(word) => TaskState::parse(word)
            .map(|state| Some(vec![state.code()]))
            .ok_or_else(|| Error::field("state", "没有这一任务状态")),
    }
}

/// The policy of `task_may` as a WHERE clause.
fn seen(ctx: &Ctx, mine: bool) -> Condition {
    let mut any = Vec::new();
    let works = matches!(
        ctx.actor.role,
        Role::Handler | Role::City | Role::County | Role::Township | Role::Village
    );
    if works {
        any.push(Condition::all().add(task::Column::UnitId.is_in(ctx.actor.units())));
    }
    if !mine {
        let mut visible = Query::select();
        visible
            .column(protection_case::Column::Id)
            .from(protection_case::Entity)
            .cond_where(casework::scope(&policy::reach(&ctx.actor, Action::ReadWork)));
        any.push(Condition::all().add(task::Column::CaseId.in_subquery(visible)));
    }
    let blind = Condition::any()
        .add(recusal::Column::AccountId.eq(ctx.actor.account))
        .add_option(ctx.actor.unit.map(|unit| recusal::Column::UnitId.eq(unit)));
    let mut recused = Query::select();
    recused
        .column(recusal::Column::CaseId)
        .from(recusal::Entity)
        .cond_where(blind);
    Condition::all()
        .add(any_or_none(any))
        .add(task::Column::CaseId.not_in_subquery(recused))
}
