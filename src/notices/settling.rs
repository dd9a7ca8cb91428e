//! Notices that nobody has to read any more: the clock that they remind of has
//! ended or was moved, or the question that they ask was answered. They stay in
//! the list, but no badge counts them; so what it counts is what is left to do.

use super::{Kind, Notice};
use crate::ctx::Ctx;
use crate::entity::{deadline, notice};
use crate::error::Result;
use crate::state::App;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, LockBehavior, LockType, Query};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QuerySelect};
use uuid::Uuid;

/// So many at once; more wait for the next round.
const BATCH: u64 = 500;

/// What a clock says when it is nearly out, when it is, and when it climbs.
const BY_CLOCK: [Kind; 3] = [Kind::DueSoon, Kind::Overdue, Kind::Escalated];

/// Neither read nor settled.
pub(super) fn unread() -> Condition {
    Condition::all()
        .add(notice::Column::SeenAt.is_null())
        .add(notice::Column::SettledAt.is_null())
}

/// Settles the reminders of clocks that have ended, and of those that were moved
/// and have reminded of nothing since. Answers how many.
///
/// # Errors
/// When the database refuses.
pub async fn settle(app: &App, ctx: &Ctx) -> Result<u64> {
    // What a clock says by itself it has said before its new end was set; what
    // was said when it began holds on.
    let moved = Condition::all()
        .add(deadline::Column::Escalation.eq(0))
        .add(notice::Column::Kind.is_in(BY_CLOCK.map(Kind::code)));
    let over = Condition::any()
        .add(deadline::Column::MetAt.is_not_null())
        .add(deadline::Column::CancelledAt.is_not_null())
        .add(moved);
    let clock = notice::Entity::belongs_to(deadline::Entity)
        .from(notice::Column::DeadlineId)
        .to(deadline::Column::Id)
        .into();
    // Looked for among readers: most of the time there is nothing to write.
    let over: Vec<Uuid> = notice::Entity::find()
        .select_only()
        .column(notice::Column::Id)
        .join(JoinType::InnerJoin, clock)
        .filter(unread())
        .filter(over)
        .limit(BATCH)
        .into_tuple()
        .all(app.db.read())
        .await?;
    if over.is_empty() {
        return Ok(0);
    }
    write(
        app.db.upkeep(),
        ctx.now,
        Condition::all().add(notice::Column::Id.is_in(over)),
    )
    .await
}

/// Settles the questions that these notices answer.
///
/// # Errors
/// When the database refuses.
pub(super) async fn answered(tx: &impl ConnectionTrait, now: DateTime<Utc>, answers: &[&Notice]) -> Result<()> {
    let questions = answers.iter().filter_map(|answer| question(answer));
    let questions = questions.fold(Condition::any(), Condition::add);
    if !questions.is_empty() {
        write(tx, now, questions).await?;
    }
    Ok(())
}

/// The notices of the same matter that one answers. What names no matter cannot
/// be told from another's.
fn question(answer: &Notice) -> Option<Condition> {
    let kinds = answer.kind.answers();
    let case = answer.case.filter(|_| !kinds.is_empty())?;
    let codes = kinds.iter().map(|kind| kind.code());
    let same = |column: notice::Column, id: Option<Uuid>| match id {
        Some(id) => column.eq(id),
        None => column.is_null(),
    };
    let same = Condition::all()
        .add(notice::Column::CaseId.eq(case))
        .add(same(notice::Column::TaskId, answer.task))
        .add(same(notice::Column::MeasureId, answer.measure))
        .add(notice::Column::Kind.is_in(codes));
    Some(same)
}

/// Whoever marks a notice as read at this moment has it: it is passed over, and
/// neither waits for the other.
async fn write(db: &impl ConnectionTrait, now: DateTime<Utc>, which: Condition) -> Result<u64> {
    let free = Query::select()
        .column(notice::Column::Id)
        .from(notice::Entity)
        .cond_where(which)
        .cond_where(unread())
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .to_owned();
    let done = notice::Entity::update_many()
        .col_expr(notice::Column::SettledAt, Expr::value(Some(now)))
        .filter(notice::Column::Id.in_subquery(free))
        .exec(db)
        .await?;
    Ok(done.rows_affected)
}

impl Kind {
    /// The kinds of notices that are settled once this one is told of the same
    /// matter: each asks for what this one says was done.
    fn answers(self) -> &'static [Self] {
        match self {
            Self::TaskReported => &[Self::TaskGiven, Self::TaskSentBack],
            Self::TaskAccepted | Self::TaskSentBack => &[Self::TaskReported],
            Self::TaskCancelled | Self::TaskWaived => &[Self::TaskGiven, Self::TaskReported, Self::TaskSentBack],
            Self::ReturnRuled => &[Self::ReturnAsked],
            Self::DisputeRuled => &[Self::DisputeOpened, Self::ReturnAsked],
            Self::ExtensionRuled => &[Self::ExtensionAsked],
            Self::PauseRuled => &[Self::PauseAsked],
            Self::ResultReviewed => &[Self::ResultHandedIn],
            Self::LoweringRuled => &[Self::LoweringProposed],
            Self::CloseRuled => &[Self::CloseAsked],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notices::To;

    #[test]
    fn nothing_answers_itself_and_what_is_urgent_is_settled_by_its_clock_alone() {
        for kind in Kind::ALL {
            assert!(!kind.answers().contains(kind), "{kind:?}");
            assert!(kind.answers().iter().all(|asked| !asked.is_urgent()), "{kind:?}");
        }
    }

    #[test]
    fn an_answer_without_a_matter_settles_nothing() {
        let answer = Notice::new(Kind::DisputeRuled, To::Unit(Uuid::nil()));
        assert!(question(&answer).is_none());
        assert!(question(&answer.case(Uuid::nil())).is_some());
    }
}
