//! 每日对账: what came the day before and what was told then goes to the
//! partner as a list; its answer says what either side misses. What it has not
//! heard is told again, what we never got is shown to a person, who asks for it.

use super::{TOPIC, daily_lane, lane};
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{CodeList, hotline_client, hotline_event, hotline_order, hotline_reconciliation, outbox};
use crate::error::Result;
use crate::hotline::flags::{self, FlagKind};
use crate::hotline::orders::{by_number, tell_lead};
use crate::hotline::{body, clients, standing};
use crate::journal::{self, Act, Entry};
use crate::notices::{self, Kind, Notice, To};
use crate::rules::policy::Role;
use crate::state::App;
use anyhow::Context;
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The list of a day is made from this hour of the next one on, Asia/Shanghai;
/// 本地可配置.
const HOUR: u32 = 2;
/// Orders of one list: ten times the busiest day of a prefecture, and still fewer
/// than a statement of SQLite can name. A list that is full says so on screen.
const LISTED: u64 = 20_000;
/// No more of an answer is heeded.
const HEEDED: usize = 1000;

/// Makes out the lists of yesterday that have not been made; answers how many.
///
/// # Errors
/// When the database refuses.
pub async fn compare(app: &App, ctx: &Ctx) -> Result<u64> {
    let local = ctx.now.with_timezone(&clock::shanghai());
    let Some(day) = local.date_naive().checked_sub_days(Days::new(1)) else {
        return Ok(0);
    };
    if local.hour() < HOUR {
        return Ok(0);
    }
    let mut made = 0;
    for client in clients::all(app.db.read()).await? {
        // There is nothing to compare of the days before a partner was admitted.
        let known = span(day).is_some_and(|(_, end)| client.created_at < end);
        if known && client.disabled_at.is_none() && client.push_url.is_some() {
            made += u64::from(list(app, ctx, (&client, day)).await?);
        }
    }
    Ok(made)
}

/// The first instant of a day and of the next.
fn span(day: NaiveDate) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let start = day
        .and_time(NaiveTime::MIN)
        .and_local_timezone(clock::shanghai())
        .single()?;
    Some((start.to_utc(), start.to_utc() + TimeDelta::days(1)))
}

async fn list(app: &App, ctx: &Ctx, (client, day): (&hotline_client::Model, NaiveDate)) -> Result<bool> {
    let made = hotline_reconciliation::Entity::find()
        .filter(hotline_reconciliation::Column::ClientId.eq(client.id))
        .filter(hotline_reconciliation::Column::Day.eq(day))
        .one(app.db.read())
        .await?;
    if made.is_some() {
        return Ok(false);
    }
    let (id, db) = (ctx.new_id(), app.db.read());
    let rows = standings(db, (client.id, day)).await?;
    if is_full(rows.len()) {
        tracing::warn!(client = %client.id, %day, "a daily list is full: what exceeds it is not compared");
    }
    let payload = json!({
        "type": "reconciliation",
        "client": client.id,
        "reconciliation": id,
        "day": day,
        "orders": rows,
        "wanted": wanted(db, client.id).await?,
    });
    let tx = app.db.begin().await?;
    let row = hotline_reconciliation::ActiveModel {
        id: Set(id),
        client_id: Set(client.id),
        day: Set(day),
        made_at: Set(ctx.now),
        listed: Set(i32::try_from(rows.len()).unwrap_or(i32::MAX)),
        answered_at: Set(None),
        missing_here: Set(CodeList::default()),
        unknown_there: Set(CodeList::default()),
        resent: Set(0),
    };
    if !insert(&tx, row).await? {
        return Ok(false);
    }
    let place = Some((daily_lane(client.id), day.num_days_from_ce()));
    journal::announce_in(&tx, ctx, (TOPIC, place), &payload).await?;
    let detail = json!({ "count": rows.len() });
    let entry = Entry::new(Act::HotlineReconciled).subject(id).detail(detail);
    journal::commit(tx, ctx, entry).await?;
    Ok(true)
}

fn is_full(listed: usize) -> bool {
    u64::try_from(listed).is_ok_and(|listed| listed >= LISTED)
}

/// Writes a day's comparison; false when another worker was faster.
async fn insert(tx: &impl ConnectionTrait, row: hotline_reconciliation::ActiveModel) -> Result<bool> {
    use hotline_reconciliation::Column;
    let once = OnConflict::columns([Column::ClientId, Column::Day])
        .do_nothing()
        .to_owned();
    let inserted = hotline_reconciliation::Entity::insert(row)
        .on_conflict(once)
        .exec_without_returning(tx)
        .await?;
    Ok(inserted == 1)
}

/// How the orders of a day stand now.
async fn standings(db: &impl ConnectionTrait, of: (Uuid, NaiveDate)) -> Result<Vec<Value>> {
    let mut rows = Vec::new();
    for order in of_day(db, of).await? {
        let standing = standing::now(db, order.report_id).await?;
        rows.push(json!({
            "ext_order_no": order.ext_order_no, "state": standing.code(), "seq": order.told_seq,
        }));
    }
    Ok(rows)
}

/// The orders that came on a day, and those of which something was told then.
async fn of_day(db: &impl ConnectionTrait, (client, day): (Uuid, NaiveDate)) -> Result<Vec<hotline_order::Model>> {
    let Some((start, end)) = span(day) else {
        return Ok(Vec::new());
    };
    let told = outbox::Entity::find()
        .filter(outbox::Column::Topic.eq(TOPIC))
        .filter(outbox::Column::CreatedAt.gte(start))
        .filter(outbox::Column::CreatedAt.lt(end))
        .limit(LISTED)
        .all(db)
        .await?;
    let told: BTreeSet<Uuid> = told
        .iter()
        .filter_map(|message| Uuid::parse_str(message.lane.as_deref()?.strip_prefix("hotline:")?).ok())
        .collect();
    let came = Condition::all()
        .add(hotline_order::Column::ArrivedAt.gte(start))
        .add(hotline_order::Column::ArrivedAt.lt(end));
    Ok(hotline_order::Entity::find()
        .filter(hotline_order::Column::ClientId.eq(client))
        .filter(Condition::any().add(came).add(hotline_order::Column::Id.is_in(told)))
        .order_by_asc(hotline_order::Column::Id)
        .limit(LISTED)
        .all(db)
        .await?)
}

/// Orders of which events have come and which have not come themselves.
async fn wanted(db: &impl ConnectionTrait, client: Uuid) -> Result<BTreeSet<String>> {
    let waiting = hotline_event::Entity::find()
        .filter(hotline_event::Column::ClientId.eq(client))
        .filter(hotline_event::Column::AppliedAt.is_null())
        .limit(LISTED)
        .all(db)
        .await?;
    Ok(waiting.into_iter().map(|event| event.ext_order_no).collect())
}

/// What a partner answers to a list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    /// Orders that it has sent and that the list lacks.
    missing: Vec<String>,
    /// Orders of the list that it does not know.
    unknown: Vec<String>,
    /// Orders of which it has heard less than the list says.
    behind: Vec<Behind>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Behind {
    ext_order_no: String,
    /// The last answer that it has.
    seq: i32,
}

/// Acts on a partner's answer; one that says nothing says that both agree.
///
/// # Errors
/// When the database refuses.
pub(super) async fn answered(app: &App, ctx: &Ctx, (list, answer): (Uuid, &[u8])) -> Result<()> {
    let answer: Answer = serde_json::from_slice(answer).unwrap_or_default();
    let tx = app.db.begin().await?;
    let row = hotline_reconciliation::Entity::find_by_id(list).one(&tx).await?;
    let row = row.context("对账单")?;
    let missing = missing(&tx, &answer).await?;
    if !missing.is_empty() {
        let notice = Notice::new(Kind::PartnerFlagged, To::Role(Role::Lead));
        notices::tell(&tx, ctx, &notice).await?;
    }
    let unknown = unknown(&tx, app, ctx, (row.client_id, &answer)).await?;
    let mut resent = 0;
    for behind in answer.behind.iter().take(HEEDED) {
        resent += again(&tx, ctx, (row.client_id, behind)).await?;
    }
    let found = json!({ "missing": missing.len(), "unknown": unknown.len(), "resent": resent });
    let change = hotline_reconciliation::ActiveModel {
        answered_at: Set(Some(ctx.now)),
        missing_here: Set(CodeList(missing)),
        unknown_there: Set(CodeList(unknown)),
        resent: Set(i32::try_from(resent).unwrap_or(i32::MAX)),
        ..Default::default()
    };
    hotline_reconciliation::Entity::update_many()
        .set(change)
        .filter(hotline_reconciliation::Column::Id.eq(list))
        .exec(&tx)
        .await?;
    let entry = Entry::new(Act::HotlineReconciled).subject(list).detail(found);
    journal::commit(tx, ctx, entry).await
}

fn readable(number: &str) -> bool {
    body::number("", Some(&number.to_owned())).is_ok()
}

/// What 12345 says it sent and what is really not here.
async fn missing(tx: &impl ConnectionTrait, answer: &Answer) -> Result<Vec<String>> {
    let mut missing = Vec::new();
    for number in answer.missing.iter().take(HEEDED).filter(|number| readable(number)) {
        if by_number(tx, number).await?.is_none() {
            missing.push(number.clone());
        }
    }
    Ok(missing)
}

/// What 12345 does not know and what is really from it.
async fn unknown(
    tx: &DatabaseTransaction,
    app: &App,
    ctx: &Ctx,
    (client, answer): (Uuid, &Answer),
) -> Result<Vec<String>> {
    let mut unknown = Vec::new();
    for number in answer.unknown.iter().take(HEEDED).filter(|number| readable(number)) {
        let order = by_number(tx, number).await?;
        let Some(order) = order.filter(|order| order.client_id == client) else {
            continue;
        };
        if flags::raise_once(tx, &app.vault, ctx, (order.id, FlagKind::UnknownThere)).await? {
            tell_lead(tx, ctx, order.report_id, false).await?;
        }
        unknown.push(number.clone());
    }
    Ok(unknown)
}

/// Sends everything again that a partner has not heard of an order.
async fn again(tx: &impl ConnectionTrait, ctx: &Ctx, (client, behind): (Uuid, &Behind)) -> Result<u64> {
    if !readable(&behind.ext_order_no) {
        return Ok(0);
    }
    let order = by_number(tx, &behind.ext_order_no).await?;
    let Some(order) = order.filter(|order| order.client_id == client) else {
        return Ok(0);
    };
    let waits = outbox::Entity::update_many()
        .col_expr(outbox::Column::DeliveredAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(outbox::Column::DeadAt, Expr::value(None::<DateTime<Utc>>))
        .col_expr(outbox::Column::Attempts, Expr::value(0))
        .col_expr(outbox::Column::AvailableAt, Expr::value(ctx.now))
        .filter(outbox::Column::Lane.eq(lane(order.id)))
        .filter(outbox::Column::LaneSeq.gt(behind.seq))
        .exec(tx)
        .await?;
    Ok(waits.rows_affected)
}

/// A comparison for the ledger.
#[derive(Debug)]
pub(in crate::hotline) struct Line {
    pub(in crate::hotline) client: String,
    pub(in crate::hotline) day: NaiveDate,
    pub(in crate::hotline) listed: i32,
    /// There may have been more than the list could hold.
    pub(in crate::hotline) full: bool,
    pub(in crate::hotline) answered_at: Option<DateTime<Utc>>,
    pub(in crate::hotline) missing_here: Vec<String>,
    pub(in crate::hotline) unknown_there: Vec<String>,
    pub(in crate::hotline) resent: i32,
}

/// The latest comparisons.
///
/// # Errors
/// When the database refuses.
pub(in crate::hotline) async fn latest(db: &impl ConnectionTrait, most: u64) -> Result<Vec<Line>> {
    let rows = hotline_reconciliation::Entity::find()
        .order_by_desc(hotline_reconciliation::Column::Day)
        .order_by_desc(hotline_reconciliation::Column::Id)
        .limit(most)
        .all(db)
        .await?;
    let clients = clients::all(db).await?;
    let code = |id: Uuid| {
        let client = clients.iter().find(|client| client.id == id);
        client.map_or_else(String::new, |client| client.code.clone())
    };
    Ok(rows
        .into_iter()
        .map(|row| Line {
            client: code(row.client_id),
            day: row.day,
            listed: row.listed,
            full: usize::try_from(row.listed).is_ok_and(is_full),
            answered_at: row.answered_at,
            missing_here: row.missing_here.0,
            unknown_there: row.unknown_there.0,
            resent: row.resent,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_says_nothing_says_that_both_agree() {
        for text in ["", "ok", "{}", r#"{"code":0}"#] {
            let answer: Answer = serde_json::from_slice(text.as_bytes()).unwrap_or_default();
            assert!(answer.missing.is_empty() && answer.unknown.is_empty() && answer.behind.is_empty());
        }
        let answer: Answer = serde_json::from_value::<Value>(json!({
            "missing": ["A-1"], "behind": [{ "ext_order_no": "A-2", "seq": 3 }]
        }))
        .and_then(serde_json::from_value)
        .unwrap();
        assert_eq!((answer.missing.len(), answer.behind[0].seq), (1, 3));
    }

    #[test]
    fn a_list_is_full_when_it_could_hold_no_more() {
        assert!(is_full(20_000) && !is_full(19_999) && !is_full(0));
    }

    #[test]
    fn a_day_is_one_of_shanghai() {
        let (start, end) = span(NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()).unwrap();
        assert_eq!(start.to_rfc3339(), "2026-11-22T16:00:00+00:00");
        assert_eq!(end - start, TimeDelta::days(1));
    }
}
