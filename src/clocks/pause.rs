//! Stopping a clock for a while, letting it run again, and moving its end.

use super::{book, refresh};
use crate::ctx::Ctx;
use crate::entity::{deadline, protection_case};
use crate::error::{Error, Result};
use crate::rules::calendar::TimeUnit;
use crate::rules::deadlines::may_pause;
use crate::rules::escalation;
use crate::rules::level::RiskLevel;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

/// The only reasons for which a clock stands still (停表规则).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PauseReason {
    /// 等待法定机关裁决
    Ruling,
    /// 儿童住院
    Hospital,
    /// 异地移交确认
    Transfer,
}

impl PauseReason {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::Ruling, Self::Hospital, Self::Transfer];

    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Ruling => "ruling",
            Self::Hospital => "hospital",
            Self::Transfer => "transfer",
        }
    }

    /// The words on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Ruling => "等待法定机关裁决",
            Self::Hospital => "儿童住院",
            Self::Transfer => "异地移交确认",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

/// Stops a running clock for one of the three reasons. Never at red or yellow.
///
/// # Errors
/// [`Error::NotFound`] for another clock than a known one; [`Error::Conflict`]
/// when it does not run, stands still already, or its case is red or yellow.
pub async fn pause(tx: &impl ConnectionTrait, ctx: &Ctx, clock: Uuid, reason: PauseReason) -> Result<deadline::Model> {
    let clock = find(tx, clock).await?;
    if !runs(&clock) || clock.paused_at.is_some() {
        return refuse("该时限已结束或已停表，刷新后查看");
    }
    if level(tx, &clock).await?.is_some_and(|level| !may_pause(level)) {
        return refuse("红色、黄色个案的时限不得停表（停表规则：红黄不可停）；先处置，再说明情况");
    }
    deadline::Entity::update_many()
        .col_expr(deadline::Column::PausedAt, Expr::value(ctx.now))
        .col_expr(deadline::Column::PauseReason, Expr::value(reason.code()))
        .filter(deadline::Column::Id.eq(clock.id))
        .exec(tx)
        .await?;
    refresh(tx, clock.case_id).await?;
    find(tx, clock.id).await
}

/// Lets a paused clock run again for what was left of it: hours and minutes to
/// the second, days in days.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] when it is not paused.
pub async fn unpause(tx: &impl ConnectionTrait, ctx: &Ctx, clock: Uuid) -> Result<deadline::Model> {
    let clock = find(tx, clock).await?;
    let (Some(since), true) = (clock.paused_at, runs(&clock)) else {
        return refuse("该时限没有停表，刷新后查看");
    };
    let book = book(tx, ctx.now).await?;
    let rule = book.rule(&clock.rule_code);
    let unit = rule
        .and_then(|rule| TimeUnit::parse(rule.unit()))
        .unwrap_or(TimeUnit::Hours);
    let due = if clock.due_at <= since {
        clock.due_at
    } else {
        book.calendar().go_on(unit, (since, clock.due_at), ctx.now).at
    };
    deadline::Entity::update_many()
        .col_expr(deadline::Column::PausedAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(deadline::Column::PauseReason, Expr::value(None::<String>))
        .filter(deadline::Column::Id.eq(clock.id))
        .exec(tx)
        .await?;
    move_due(tx, &clock, due).await
}

/// Moves the end of a running clock, for an extension that was granted or what
/// was left after a pause. It warns and runs out anew, by the new end.
///
/// # Errors
/// When the database refuses.
pub async fn move_due(
    tx: &impl ConnectionTrait,
    clock: &deadline::Model,
    due: DateTime<Utc>,
) -> Result<deadline::Model> {
    let mut change = deadline::Entity::update_many()
        .col_expr(deadline::Column::DueAt, Expr::value(due))
        .col_expr(deadline::Column::CalendarGuessed, Expr::value(false))
        .filter(deadline::Column::Id.eq(clock.id));
    if due > clock.due_at {
        let (done, next) = escalation::first(clock.started_at, due);
        change = change
            .col_expr(deadline::Column::Escalation, Expr::value(done))
            .col_expr(deadline::Column::NextAt, Expr::value(next))
            .col_expr(deadline::Column::OverdueAt, Expr::value(None::<DateTime<Utc>>));
    }
    change.exec(tx).await?;
    refresh(tx, clock.case_id).await?;
    find(tx, clock.id).await
}

fn refuse<T>(why: &str) -> Result<T> {
    Err(Error::Conflict(why.to_owned()))
}

fn runs(clock: &deadline::Model) -> bool {
    clock.met_at.is_none() && clock.cancelled_at.is_none()
}

async fn find(tx: &impl ConnectionTrait, clock: Uuid) -> Result<deadline::Model> {
    let found = deadline::Entity::find_by_id(clock).one(tx).await?;
    found.ok_or(Error::NotFound)
}

/// The level of the clock's case; an unreadable one counts as red.
async fn level(tx: &impl ConnectionTrait, clock: &deadline::Model) -> Result<Option<RiskLevel>> {
    let Some(case) = clock.case_id else { return Ok(None) };
    let case = protection_case::Entity::find_by_id(case).one(tx).await?;
    Ok(case.map(|case| RiskLevel::from_number(case.level).unwrap_or(RiskLevel::Red)))
}
