//! The work list: what the actor may see, by due time, red first, page by page.

use super::due::Group;
use crate::casework;
use crate::ctx::Ctx;
use crate::entity::{case_unit, protection_case};
use crate::error::Result;
use crate::rules::division::Division;
use crate::rules::level::RiskLevel;
use crate::rules::policy::Part;
use crate::rules::workflow::Stage;
use crate::state::App;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use serde::Deserialize;
use uuid::Uuid;

/// Rows of one page.
pub(crate) const PAGE: u64 = 50;
/// Cases sent back that a dispatcher sees above the list.
const RETURNING: u64 = 20;

/// What the address asks for; an empty text asks for nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Filter {
    pub(crate) stage: String,
    pub(crate) risk: String,
    pub(crate) division: String,
    pub(crate) mine: String,
    pub(crate) q: String,
    pub(crate) cursor: String,
}

/// Where a page ended: the bucket, the due time in it, the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    bucket: usize,
    due: Option<DateTime<Utc>>,
    id: Uuid,
}

impl Cursor {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let bucket = parts.next()?.parse().ok().filter(|bucket| *bucket < BUCKETS)?;
        let due = match parts.next()? {
            "" => None,
            micros => Some(DateTime::from_timestamp_micros(micros.parse().ok()?)?),
        };
        let id = Uuid::parse_str(parts.next()?).ok()?;
        Some(Self { bucket, due, id })
    }

    pub(crate) fn text(self) -> String {
        let due = self
            .due
            .map(|due| due.timestamp_micros().to_string())
            .unwrap_or_default();
        format!("{}.{due}.{}", self.bucket, self.id.simple())
    }
}

/// Each group holds its red cases first, then the others.
const BUCKETS: usize = Group::ALL.len() * 2;

/// The rows of one page and where the next begins.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) rows: Vec<protection_case::Model>,
    pub(crate) next: Option<Cursor>,
}

/// The cases that the filter leaves of those the actor may see.
fn base(app: &App, ctx: &Ctx, filter: &Filter) -> Select<protection_case::Entity> {
    let mut all = Condition::all();
    all = match Stage::parse(&filter.stage) {
        Some(stage) => all.add(protection_case::Column::Stage.eq(stage.code())),
        None => all.add(waiting_for_somebody()),
    };
    if let Some(level) = RiskLevel::parse(&filter.risk) {
        all = all.add(protection_case::Column::Level.eq(level.number()));
    }
    if let Ok(division) = Division::parse(&filter.division) {
        let (first, last) = division.range();
        all = all.add(protection_case::Column::Division.between(first, last));
    }
    if !filter.mine.is_empty() {
        all = all.add(mine(ctx));
    }
    if !filter.q.trim().is_empty() {
        all = all.add(casework::search::matching(&app.vault, &filter.q));
    }
    casework::visible(ctx).filter(all)
}

/// Open cases, and closed ones that are still followed up.
fn waiting_for_somebody() -> Condition {
    let followed_up = Condition::all()
        .add(protection_case::Column::Stage.eq(Stage::Closed.code()))
        .add(protection_case::Column::NextDueAt.is_not_null());
    Condition::any()
        .add(protection_case::Column::Stage.is_not_in(closed()))
        .add(followed_up)
}

fn closed() -> impl Iterator<Item = &'static str> {
    Stage::ALL.into_iter().filter(|stage| !stage.is_open()).map(Stage::code)
}

/// What waits for the actor's own unit or the actor.
pub(crate) fn mine(ctx: &Ctx) -> Condition {
    let account = ctx.actor.account;
    let any = Condition::any()
        .add(protection_case::Column::Assignee.eq(account))
        .add(protection_case::Column::OpenedBy.eq(account));
    let Some(unit) = ctx.actor.unit else { return any };
    let mut taking = Query::select();
    taking
        .column(case_unit::Column::CaseId)
        .from(case_unit::Entity)
        .cond_where(
            Condition::all()
                .add(case_unit::Column::UnitId.eq(unit))
                .add(case_unit::Column::Until.is_null())
                .add(case_unit::Column::Part.is_in([Part::Lead.code(), Part::Assist.code()])),
        );
    any.add(protection_case::Column::Id.in_subquery(taking))
}

fn grouped(group: Group, now: DateTime<Utc>) -> Condition {
    let due = protection_case::Column::NextDueAt;
    if group == Group::Unset {
        return Condition::all().add(due.is_null());
    }
    let (after, until) = group.bounds(now);
    Condition::all()
        .add_option(after.map(|after| due.gt(after)))
        .add_option(until.map(|until| due.lte(until)))
}

fn bucket(number: usize, now: DateTime<Utc>) -> Condition {
    let red = protection_case::Column::Level.eq(RiskLevel::Red.number());
    let rest = protection_case::Column::Level.ne(RiskLevel::Red.number());
    grouped(Group::ALL[number / 2], now).add(if number.is_multiple_of(2) { red } else { rest })
}

fn beyond(cursor: Cursor) -> Condition {
    let later = protection_case::Column::Id.gt(cursor.id);
    match cursor.due {
        None => Condition::all().add(later),
        Some(due) => Condition::any().add(protection_case::Column::NextDueAt.gt(due)).add(
            Condition::all()
                .add(protection_case::Column::NextDueAt.eq(due))
                .add(later),
        ),
    }
}

/// One page. Each bucket is one walk along the index of due times, so a page
/// costs the same among ten thousand cases and among a hundred thousand.
pub(crate) async fn page(db: &impl ConnectionTrait, app: &App, ctx: &Ctx, filter: &Filter) -> Result<Page> {
    let from = Cursor::parse(&filter.cursor);
    let mut rows: Vec<(usize, protection_case::Model)> = Vec::new();
    for number in from.map_or(0, |cursor| cursor.bucket)..BUCKETS {
        let wanted = PAGE + 1 - u64::try_from(rows.len()).unwrap_or(PAGE);
        if wanted == 0 {
            break;
        }
        let here = from.filter(|cursor| cursor.bucket == number).map(beyond);
        let found = base(app, ctx, filter)
            .filter(Condition::all().add(bucket(number, ctx.now)).add_option(here))
            .order_by_asc(protection_case::Column::NextDueAt)
            .order_by_asc(protection_case::Column::Id)
            .limit(wanted)
            .all(db)
            .await?;
        rows.extend(found.into_iter().map(|row| (number, row)));
    }
    let full = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = rows.len() > full;
    rows.truncate(full);
    let next = rows.last().filter(|_| more).map(|(bucket, row)| Cursor {
        bucket: *bucket,
        due: row.next_due_at,
        id: row.id,
    });
    Ok(Page {
        rows: rows.into_iter().map(|(_, row)| row).collect(),
        next,
    })
}

/// How many cases each group holds.
pub(crate) async fn counts(db: &impl ConnectionTrait, app: &App, ctx: &Ctx, filter: &Filter) -> Result<[u64; 5]> {
    let mut counts = [0; 5];
    for (count, group) in counts.iter_mut().zip(Group::ALL) {
        *count = base(app, ctx, filter).filter(grouped(group, ctx.now)).count(db).await?;
    }
    Ok(counts)
}

/// Cases that were sent back and wait for the dispatcher.
pub(crate) async fn returning(db: &impl ConnectionTrait, ctx: &Ctx) -> Result<Vec<protection_case::Model>> {
    Ok(casework::visible(ctx)
        .filter(protection_case::Column::Stage.eq(Stage::Returning.code()))
        .order_by_asc(protection_case::Column::Level)
        .order_by_asc(protection_case::Column::NextDueAt)
        .limit(RETURNING)
        .all(db)
        .await?)
}

/// How many cases are overdue or due today, for the navigation.
///
/// # Errors
/// When the database refuses.
pub async fn waiting(db: &impl ConnectionTrait, ctx: &Ctx) -> Result<u64> {
    let due = Condition::any()
        .add(grouped(Group::Over, ctx.now))
        .add(grouped(Group::Today, ctx.now));
    Ok(casework::visible(ctx)
        .filter(waiting_for_somebody())
        .filter(due)
        .count(db)
        .await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back() {
        let at = DateTime::from_timestamp_micros(1_795_000_000_000_001);
        for due in [None, at] {
            let cursor = Cursor {
                bucket: 3,
                due,
                id: Uuid::from_u128(7),
            };
            assert_eq!(Cursor::parse(&cursor.text()), Some(cursor));
        }
    }

    #[test]
    fn a_broken_cursor_is_none() {
        for text in ["", "1", "99..x", "0.x.00000000000000000000000000000000"] {
            assert_eq!(Cursor::parse(text), None);
        }
    }
}
