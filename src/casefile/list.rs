//! The work list: what the actor may see, by due time, red first, page by page.

use super::due::Group;
use crate::casework;
use crate::casework::walk::{self, Place, Stretch, Wanted};
use crate::ctx::Ctx;
use crate::entity::protection_case;
use crate::error::Result;
use crate::rules::division::Division;
use crate::rules::level::RiskLevel;
use crate::rules::workflow::Stage;
use crate::state::App;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Deserialize;
use uuid::Uuid;

/// Rows of one page.
pub(crate) const PAGE: u64 = 50;
/// Cases sent back that a dispatcher sees above the list.
const RETURNING: u64 = 20;
/// Nobody counts further: what is shown then is 99+, here and in the
/// navigation. Exact numbers are on the boards; a count costs as much as the
/// rows that it passes, and this page must open as fast among many cases.
const COUNTED: u64 = 100;

/// What the address asks for; an empty text asks for nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Filter {
    pub(crate) stage: String,
    pub(crate) risk: String,
    /// A group of due times alone.
    pub(crate) due: String,
    pub(crate) division: String,
    /// A unit that leads.
    pub(crate) lead: String,
    pub(crate) mine: String,
    pub(crate) q: String,
    pub(crate) cursor: String,
}

/// Where a page ended: the bucket, and the place of the last row in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    bucket: usize,
    place: Place,
}

impl Cursor {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, '.');
        let bucket = parts.next()?.parse().ok().filter(|bucket| *bucket < BUCKETS)?;
        let due = match parts.next()? {
            "" => None,
            micros => Some(DateTime::from_timestamp_micros(micros.parse().ok()?)?),
        };
        let level = parts.next()?.parse().ok()?;
        let id = Uuid::parse_str(parts.next()?).ok()?;
        Some(Self {
            bucket,
            place: Place { due, level, id },
        })
    }

    pub(crate) fn text(self) -> String {
        let Place { due, level, id } = self.place;
        let due = due.map(|due| due.timestamp_micros().to_string()).unwrap_or_default();
        format!("{}.{due}.{level}.{}", self.bucket, id.simple())
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

/// What the filter leaves of the cases that the actor may see.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn wanted(db: &impl ConnectionTrait, app: &App, filter: &Filter) -> Result<Wanted> {
    let search = match filter.q.trim() {
        "" => None,
        term => Some(casework::search::find(db, &app.vault, term).await?),
    };
    Ok(Wanted {
        stages: Stage::parse(&filter.stage).map_or_else(open, |stage| vec![stage]),
        followed_up: Stage::parse(&filter.stage).is_none(),
        level: RiskLevel::parse(&filter.risk),
        division: Division::parse(&filter.division).ok(),
        lead: Uuid::parse_str(&filter.lead).ok(),
        mine: !filter.mine.is_empty(),
        search,
    })
}

fn open() -> Vec<Stage> {
    Stage::ALL.into_iter().filter(|stage| stage.is_open()).collect()
}

fn grouped(group: Group, now: DateTime<Utc>) -> Stretch {
    let (after, until) = group.bounds(now);
    Stretch {
        undated: group == Group::Unset,
        after,
        until,
        ..Stretch::default()
    }
}

/// One page: bucket after bucket until it is full, of one group alone if it is
/// asked for.
pub(crate) async fn page(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    (wanted, only, from): (&Wanted, Option<Group>, Option<Cursor>),
) -> Result<Page> {
    let mut rows: Vec<(usize, protection_case::Model)> = Vec::new();
    let wants = |number: &usize| only.is_none_or(|group| group == Group::ALL[number / 2]);
    for number in (from.map_or(0, |cursor| cursor.bucket)..BUCKETS).filter(wants) {
        let missing = PAGE + 1 - u64::try_from(rows.len()).unwrap_or(PAGE);
        if missing == 0 {
            break;
        }
        let stretch = Stretch {
            red: Some(number.is_multiple_of(2)),
            from: from.filter(|cursor| cursor.bucket == number).map(|cursor| cursor.place),
            ..grouped(Group::ALL[number / 2], ctx.now)
        };
        let found = walk::cases(db, ctx, wanted, &stretch, missing).await?;
        rows.extend(found.into_iter().map(|row| (number, row)));
    }
    let full = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = rows.len() > full;
    rows.truncate(full);
    let next = rows.last().filter(|_| more).map(|(bucket, row)| Cursor {
        bucket: *bucket,
        place: Place::of(row),
    });
    Ok(Page {
        rows: rows.into_iter().map(|(_, row)| row).collect(),
        next,
    })
}

/// How many cases each group holds, counted up to [`COUNTED`].
pub(crate) async fn counts(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    (wanted, only): (&Wanted, Option<Group>),
) -> Result<[u64; 5]> {
    let mut counts = [0; 5];
    let wants = |group: Group| only.is_none_or(|asked| asked == group);
    for (count, group) in counts.iter_mut().zip(Group::ALL).filter(|(_, group)| wants(*group)) {
        *count = walk::count(db, ctx, wanted, &grouped(group, ctx.now), COUNTED).await?;
    }
    Ok(counts)
}

/// A number that was counted no further than [`COUNTED`].
pub(crate) fn counted(count: u64) -> String {
    if count < COUNTED {
        count.to_string()
    } else {
        format!("{}+", COUNTED - 1)
    }
}

/// Cases that were sent back and wait at `stage` for a ruling.
pub(crate) async fn returning(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    stage: Stage,
) -> Result<Vec<protection_case::Model>> {
    Ok(casework::visible(ctx)
        .filter(protection_case::Column::Stage.eq(stage.code()))
        .order_by_asc(protection_case::Column::Level)
        .order_by_asc(protection_case::Column::NextDueAt)
        .limit(RETURNING)
        .all(db)
        .await?)
}

/// How many cases are overdue or due today, for the navigation; counted up to
/// [`COUNTED`].
///
/// # Errors
/// When the database refuses.
pub async fn waiting(db: &impl ConnectionTrait, ctx: &Ctx) -> Result<u64> {
    let (_, until) = Group::Today.bounds(ctx.now);
    let wanted = Wanted {
        stages: open(),
        followed_up: true,
        ..Wanted::default()
    };
    let stretch = Stretch {
        until,
        ..Stretch::default()
    };
    walk::count(db, ctx, &wanted, &stretch, COUNTED).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back() {
        let at = DateTime::from_timestamp_micros(1_795_000_000_000_001);
        for due in [None, at] {
            let id = Uuid::from_u128(7);
            let cursor = Cursor {
                bucket: 3,
                place: Place { due, level: 2, id },
            };
            assert_eq!(Cursor::parse(&cursor.text()), Some(cursor));
        }
    }

    #[test]
    fn a_broken_cursor_is_none() {
        for text in ["", "1", "99..x", "0.x.2.00000000000000000000000000000000"] {
            assert_eq!(Cursor::parse(text), None);
        }
    }
}
