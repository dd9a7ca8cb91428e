//! Clocks that were counted through a year without a working calendar: said
//! while the year is missing, counted anew once it was brought in.

use super::{book, refresh};
use crate::ctx::Ctx;
use crate::entity::{deadline, deadline_rule, setting};
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::network;
use crate::rules::calendar::{Amount, TimeUnit};
use crate::rules::rulebook::Rulebook;
use crate::rules::{codes, escalation};
use crate::state::App;
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
};
use serde_json::json;

/// The setting that tells up to which import clocks were counted anew.
const COUNTED: &str = "calendar_counted";
/// The calendar of the next year is asked for this long before it begins.
const AHEAD: TimeDelta = TimeDelta::days(60);

/// How many clocks run by a guess.
///
/// # Errors
/// When the database refuses.
pub async fn running(db: &impl ConnectionTrait) -> Result<u64> {
    Ok(super::running()
        .filter(deadline::Column::CalendarGuessed.eq(true))
        .count(db)
        .await?)
}

/// What the administrators must know of the calendar, in words; nothing while
/// all is known.
///
/// # Errors
/// When the database refuses.
pub async fn warning(db: &impl ConnectionTrait, book: &Rulebook, now: DateTime<Utc>) -> Result<Option<String>> {
    let count = running(db).await?;
    let year = crate::clock::day(now + AHEAD).year();
    let known = book.calendar().years().any(|known| known == year);
    Ok(match (known, count) {
        (true, 0) => None,
        (false, _) => Some(format!(
            "{year} 年的工作日历尚未导入：跨入该年的工作日时限暂按周一至周五推算（现有 {count} 个在走）。请导入国务院办公厅公布的节假日安排"
        )),
        (true, _) => Some(format!(
            "有 {count} 个在走的时限跨入尚无工作日历的年份，暂按周一至周五推算。请导入以后年份的节假日安排"
        )),
    })
}

/// After an import of holidays, counts anew what ran by a guess; nothing to do
/// otherwise. Answers how many clocks moved.
///
/// # Errors
/// When the database refuses.
pub async fn recount(app: &App, ctx: &Ctx) -> Result<u64> {
    let db = app.db.read();
    let at = |row: Option<setting::Model>| row.map(|row| row.updated_at);
    let imported = at(setting::Entity::find_by_id(network::EXTRA_DAYS).one(db).await?);
    let counted = at(setting::Entity::find_by_id(COUNTED).one(db).await?);
    let Some(imported) = imported.filter(|imported| counted.is_none_or(|counted| counted < *imported)) else {
        return Ok(0);
    };
    let tx = app.db.begin().await?;
    let book = book(&tx, ctx.now).await?;
    let clocks = super::running().filter(deadline::Column::CalendarGuessed.eq(true));
    let mut moved = 0;
    for clock in clocks.all(&tx).await? {
        moved += u64::from(count_anew(&tx, &book, &clock).await?);
    }
    let mark = setting::ActiveModel {
        name: Set(COUNTED.to_owned()),
        value: Set(String::new()),
        updated_at: Set(imported),
    };
    let replaced = OnConflict::column(setting::Column::Name)
        .update_column(setting::Column::UpdatedAt)
        .to_owned();
    setting::Entity::insert(mark)
        .on_conflict(replaced)
        .exec_without_returning(&tx)
        .await?;
    let entry = Entry::new(Act::DeadlinesRecounted).detail(json!({ "count": moved }));
    journal::commit(tx, ctx, entry).await?;
    Ok(moved)
}

/// Counts a clock by the version of its rule and the calendar of now; true when
/// nothing had to be guessed any more.
async fn count_anew(tx: &DatabaseTransaction, book: &Rulebook, clock: &deadline::Model) -> Result<bool> {
    let Some(amount) = amount_of(tx, clock).await? else {
        return Ok(false);
    };
    let counted = book.reckon(clock.started_at, amount);
    if counted.guessed.is_some() {
        return Ok(false);
    }
    let (done, next) = escalation::first(clock.started_at, counted.at);
    // What was done already is not done again.
    let next = if clock.escalation > done { None } else { Some(next) };
    let mut change = deadline::Entity::update_many()
        .col_expr(deadline::Column::DueAt, Expr::value(counted.at))
        .col_expr(deadline::Column::CalendarGuessed, Expr::value(false))
        .filter(deadline::Column::Id.eq(clock.id));
    if let Some(next) = next {
        change = change.col_expr(deadline::Column::NextAt, Expr::value(next));
    } else if clock.overdue_at.is_none() {
        change = change.col_expr(deadline::Column::NextAt, Expr::value(counted.at));
    }
    change.exec(tx).await?;
    refresh(tx, clock.case_id).await?;
    Ok(true)
}

/// The amount of the version by which a clock was counted.
async fn amount_of(tx: &impl ConnectionTrait, clock: &deadline::Model) -> Result<Option<Amount>> {
    let amount = |n: i32, unit: &str| Some(Amount::new(u32::try_from(n).ok()?, TimeUnit::parse(unit)?));
    if clock.rule_version == 1 {
        return Ok(codes::deadline_rule(&clock.rule_code).and_then(|row| amount(row.amount, &row.unit)));
    }
    let row = deadline_rule::Entity::find()
        .filter(deadline_rule::Column::Code.eq(&clock.rule_code))
        .filter(deadline_rule::Column::Version.eq(clock.rule_version))
        .one(tx)
        .await?;
    Ok(row.and_then(|row| amount(row.amount, &row.unit)))
}
