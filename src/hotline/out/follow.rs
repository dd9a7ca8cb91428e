//! Following the journal: every change has its entry in the same transaction,
//! and the chain numbers the entries, so that whoever reads them by number
//! misses none. How far it was read is moved on in the transaction that makes
//! the answers out.

use super::{TOPIC, lane};
use crate::ctx::Ctx;
use crate::entity::{hotline_order, journal_entry, protection_case, report, setting};
use crate::error::Result;
use crate::hotline::standing::Standing;
use crate::journal::{self, Act, Entry};
use crate::state::App;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// The setting that holds how far the journal was read.
const READ: &str = "hotline_followed";
/// Entries of one stretch.
const STRETCH: u64 = 500;
/// Stretches of one round.
const STRETCHES: usize = 20;

/// Makes out the answers for what has happened since the last round; answers
/// how many.
///
/// # Errors
/// When the database refuses.
pub async fn follow(app: &App, ctx: &Ctx) -> Result<u64> {
    let mut told = 0;
    for _ in 0..STRETCHES {
        let (read, made) = stretch(app, ctx).await?;
        told += made;
        if read < STRETCH {
            break;
        }
    }
    Ok(told)
}

/// Something that 12345 must know.
struct News {
    standing: Standing,
    at: DateTime<Utc>,
    /// On a report, or on a case with all that was merged into it.
    about: About,
}

#[derive(Clone, Copy)]
enum About {
    Report(Uuid),
    Case(Uuid),
}

/// Reads a stretch; answers how many entries it had and how many answers were
/// made out.
async fn stretch(app: &App, ctx: &Ctx) -> Result<(u64, u64)> {
    let from = read_so_far(app.db.read()).await?;
    let entries = journal_entry::Entity::find()
        .filter(journal_entry::Column::Seq.gt(from))
        .order_by_asc(journal_entry::Column::Seq)
        .limit(STRETCH)
        .all(app.db.read())
        .await?;
    let Some(to) = entries.last().and_then(|entry| entry.seq) else {
        return Ok((0, 0));
    };
    let read = u64::try_from(entries.len()).unwrap_or(STRETCH);
    let news: Vec<News> = entries.iter().filter_map(said).collect();
    let tied = tied(app.db.read(), &news).await?;
    if tied.is_empty() {
        move_on(app.db.upkeep(), ctx, (from, to)).await?;
        return Ok((read, 0));
    }
    let tx = app.db.begin().await?;
    if !move_on(&tx, ctx, (from, to)).await? {
        // Another worker was faster.
        return Ok((0, 0));
    }
    let mut made = 0;
    let mut orders: HashMap<Uuid, hotline_order::Model> = HashMap::new();
    for (id, news) in tied {
        if !orders.contains_key(&id) {
            let found = hotline_order::Entity::find_by_id(id).one(&tx).await?;
            orders.extend(found.map(|order| (id, order)));
        }
        let Some(order) = orders.get_mut(&id) else { continue };
        made += u64::from(tell(&tx, ctx, order, news).await?);
    }
    let entry = Entry::new(Act::HotlineTold).detail(json!({ "count": made }));
    journal::commit(tx, ctx, entry).await?;
    Ok((read, made))
}

/// Whether something has happened to an order for which no answer was made out
/// yet: a file of the answers would lack it. True also when too much waits to
/// be looked through here.
///
/// # Errors
/// When the database refuses.
pub async fn behind(db: &impl ConnectionTrait) -> Result<bool> {
    let from = read_so_far(db).await?;
    let unread = Condition::any()
        .add(journal_entry::Column::Seq.is_null())
        .add(journal_entry::Column::Seq.gt(from));
    let entries = journal_entry::Entity::find()
        .filter(unread)
        .limit(STRETCH)
        .all(db)
        .await?;
    if u64::try_from(entries.len()).is_ok_and(|read| read == STRETCH) {
        return Ok(true);
    }
    let news: Vec<News> = entries.iter().filter_map(said).collect();
    Ok(!tied(db, &news).await?.is_empty())
}

async fn read_so_far(db: &impl ConnectionTrait) -> Result<i64> {
    let row = setting::Entity::find_by_id(READ).one(db).await?;
    Ok(row.and_then(|row| row.value.parse().ok()).unwrap_or_default())
}

/// Moves the mark on; false when it does not stand where it was read.
async fn move_on(db: &impl ConnectionTrait, ctx: &Ctx, (from, to): (i64, i64)) -> Result<bool> {
    let moved = setting::Entity::update_many()
        .col_expr(setting::Column::Value, Expr::value(to.to_string()))
        .col_expr(setting::Column::UpdatedAt, Expr::value(ctx.now))
        .filter(setting::Column::Name.eq(READ))
        .filter(setting::Column::Value.eq(from.to_string()))
        .exec(db)
        .await?;
    if moved.rows_affected == 1 || from != 0 {
        return Ok(moved.rows_affected == 1);
    }
    let row = setting::ActiveModel {
        name: Set(READ.to_owned()),
        value: Set(to.to_string()),
        updated_at: Set(ctx.now),
    };
    let inserted = setting::Entity::insert(row)
        .on_conflict(OnConflict::column(setting::Column::Name).do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(inserted == 1)
}

/// What an entry of the journal means to 12345; most mean nothing.
fn said(entry: &journal_entry::Model) -> Option<News> {
    if entry.outcome != "done" {
        return None;
    }
    let act = Act::parse(&entry.act)?;
    let is = |key: &str| entry.detail.get(key).and_then(Value::as_bool);
    let standing = match act {
        Act::CaseOpened | Act::ReturnRefused => Standing::Dispatched,
        Act::CaseSigned => Standing::Signed,
        Act::ReturnAsked | Act::DisputeOpened => Standing::Returning,
        Act::CaseRedispatched | Act::DisputeRuled => Standing::Redispatched,
        Act::ExtensionRuled if is("granted") == Some(true) => Standing::Extended,
        Act::OrderUrged | Act::UrgingPaper => Standing::Urged,
        Act::SupervisionOpened => Standing::Supervised,
        Act::ResultHandedIn => Standing::Feedback,
        Act::ResultSentBack => Standing::Redone,
        Act::ResultAccepted | Act::CloseApproved => Standing::Resolved,
        Act::CalledBack if is("solved") == Some(false) => Standing::Reopened,
        Act::CalledBack if is("reached") == Some(true) => Standing::CalledBack,
        Act::CaseReopened | Act::OutcomeUndone => Standing::Reopened,
        Act::OrderArchived => Standing::Archived,
        Act::ReportJoined => Standing::Joined,
        Act::ReportAnswered | Act::ReportReferred | Act::ScreeningConfirmed | Act::CallDismissed => Standing::Ended,
        _ => return None,
    };
    // A report that joins a case says nothing of the other reports there.
    let about = match (entry.report_id, entry.case_id) {
        (Some(report), _) => About::Report(report),
        (None, Some(case)) => About::Case(case),
        (None, None) => return None,
    };
    Some(News {
        standing,
        at: entry.at,
        about,
    })
}

/// The orders that news are about, in the order of the news.
async fn tied<'a>(db: &impl ConnectionTrait, news: &'a [News]) -> Result<Vec<(Uuid, &'a News)>> {
    let (mut reports, mut cases) = (BTreeSet::new(), BTreeSet::new());
    for one in news {
        match one.about {
            About::Report(report) => reports.insert(report),
            About::Case(case) => cases.insert(case),
        };
    }
    let merged = merged_into(db, &cases).await?;
    let all: BTreeSet<Uuid> = merged.values().flatten().copied().collect();
    let of_cases = report::Entity::find()
        .filter(report::Column::CaseId.is_in(all))
        .filter(report::Column::ExtOrderNo.is_not_null())
        .all(db)
        .await?;
    reports.extend(of_cases.iter().map(|report| report.id));
    let orders = hotline_order::Entity::find()
        .filter(hotline_order::Column::ReportId.is_in(reports))
        .order_by_asc(hotline_order::Column::Id)
        .all(db)
        .await?;
    let mut found = Vec::new();
    for one in news {
        let reports: HashSet<Uuid> = match one.about {
            About::Report(report) => HashSet::from([report]),
            About::Case(case) => {
                let cases = &merged[&case];
                let own = of_cases.iter();
                let own = own.filter(|report| report.case_id.is_some_and(|case| cases.contains(&case)));
                own.map(|report| report.id).collect()
            }
        };
        let tied = orders.iter().filter(|order| reports.contains(&order.report_id));
        found.extend(tied.map(|order| (order.id, one)));
    }
    Ok(found)
}

/// Each case with those that were merged into it.
async fn merged_into(db: &impl ConnectionTrait, cases: &BTreeSet<Uuid>) -> Result<BTreeMap<Uuid, BTreeSet<Uuid>>> {
    let mut all: BTreeMap<Uuid, BTreeSet<Uuid>> = cases.iter().map(|case| (*case, BTreeSet::from([*case]))).collect();
    let mut frontier = cases.clone();
    while !frontier.is_empty() {
        let rows = protection_case::Entity::find()
            .filter(protection_case::Column::MergedInto.is_in(frontier))
            .all(db)
            .await?;
        frontier = BTreeSet::new();
        for row in rows {
            for members in all.values_mut() {
                let holds = row.merged_into.is_some_and(|into| members.contains(&into));
                if holds && members.insert(row.id) {
                    frontier.insert(row.id);
                }
            }
        }
    }
    Ok(all)
}

/// Makes out one answer, unless 12345 knows already.
async fn tell(tx: &impl ConnectionTrait, ctx: &Ctx, order: &mut hotline_order::Model, news: &News) -> Result<bool> {
    let before = order.told_state.as_deref().and_then(Standing::parse);
    if !is_new(before, news.standing) {
        return Ok(false);
    }
    order.told_seq += 1;
    order.told_state = Some(news.standing.code().to_owned());
    let payload = json!({
        "type": "status",
        "client": order.client_id,
        "ext_order_no": order.ext_order_no,
        "seq": order.told_seq,
        "state": news.standing.code(),
        "text": news.standing.text(),
        "at": news.at,
    });
    let place = Some((lane(order.id), order.told_seq));
    journal::announce_in(tx, ctx, (TOPIC, place), &payload).await?;
    hotline_order::Entity::update_many()
        .col_expr(hotline_order::Column::ToldSeq, Expr::value(order.told_seq))
        .col_expr(hotline_order::Column::ToldState, Expr::value(order.told_state.clone()))
        .filter(hotline_order::Column::Id.eq(order.id))
        .exec(tx)
        .await?;
    Ok(true)
}

/// Whether a state is news after the one told before: what is urged, extended,
/// supervised or sent elsewhere is so each time, and the closing of a case says
/// nothing new of an order that is resolved.
fn is_new(before: Option<Standing>, now: Standing) -> bool {
    use Standing::{Archived, CalledBack, Extended, Redispatched, Resolved, Supervised, Urged};
    match (before, now) {
        (_, Urged | Extended | Supervised | Redispatched) => true,
        (Some(CalledBack | Archived), Resolved) => false,
        (before, now) => before != Some(now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_12345_knows_is_not_told_again_but_every_word_to_hurry_is() {
        assert!(is_new(None, Standing::Dispatched));
        assert!(!is_new(Some(Standing::Resolved), Standing::Resolved));
        assert!(!is_new(Some(Standing::CalledBack), Standing::Resolved));
        assert!(is_new(Some(Standing::Reopened), Standing::Resolved));
        assert!(is_new(Some(Standing::Urged), Standing::Urged));
    }
}
