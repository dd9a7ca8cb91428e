//! A person's own settings: kinds that they do not want, hours in which it does
//! not ring, a digest per shift instead of single rings, text messages. What is
//! red or urgent heeds none of the first three.

use super::Kind;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{CodeList, notice_choice};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::codes;
use crate::state::App;
use chrono::{DateTime, NaiveTime, TimeDelta, Timelike, Utc};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use std::collections::HashMap;
use uuid::Uuid;

/// What a person wishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// Kinds that are not told.
    pub muted: Vec<Kind>,
    /// From when to when it does not ring, in Asia/Shanghai; over midnight when
    /// the end is not after the beginning.
    pub quiet: Option<(NaiveTime, NaiveTime)>,
    /// Whether it rings once per shift, with a digest.
    pub digest: bool,
    /// Whether text messages go out where the service sends any.
    pub sms: bool,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            muted: Vec::new(),
            quiet: None,
            digest: false,
            sms: true,
        }
    }
}

impl Choices {
    /// Whether this kind is not wanted.
    #[must_use]
    pub fn mutes(&self, kind: Kind) -> bool {
        !kind.is_urgent() && self.muted.contains(&kind)
    }

    /// Until when something that is neither red nor urgent is held back.
    #[must_use]
    pub fn held_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let quiet = self.quiet.and_then(|(from, to)| quiet_until(now, from, to));
        let shift = self.digest.then(|| next_shift(now));
        // A shift that begins in quiet hours waits for their end.
        match (quiet, shift) {
            (Some(quiet), Some(shift)) => Some(quiet.max(shift)),
            (quiet, shift) => quiet.or(shift),
        }
    }
}

/// The end of the quiet hours that `now` lies in.
fn quiet_until(now: DateTime<Utc>, from: NaiveTime, to: NaiveTime) -> Option<DateTime<Utc>> {
    let local = now.with_timezone(&clock::shanghai());
    let (day, time) = (local.date_naive(), local.time());
    let over_midnight = to <= from;
    let within = if over_midnight {
        time >= from || time < to
    } else {
        from <= time && time < to
    };
    let ends_tomorrow = over_midnight && time >= from;
    let end = day + TimeDelta::days(i64::from(ends_tomorrow));
    let end = end.and_time(to).and_local_timezone(clock::shanghai()).single()?;
    within.then(|| end.to_utc())
}

/// When the next shift begins.
#[must_use]
pub(super) fn next_shift(now: DateTime<Utc>) -> DateTime<Utc> {
    let today = shifts_of(now);
    let tomorrow = shifts_of(now + TimeDelta::days(1));
    let next = today.into_iter().chain(tomorrow).find(|start| *start > now);
    next.unwrap_or(now)
}

/// When the present shift began.
#[must_use]
pub fn this_shift(now: DateTime<Utc>) -> DateTime<Utc> {
    let yesterday = shifts_of(now - TimeDelta::days(1));
    let mut begun = yesterday
        .into_iter()
        .chain(shifts_of(now))
        .filter(|start| *start <= now);
    begun.next_back().unwrap_or(now)
}

/// The beginnings of the shifts of a day, in order.
fn shifts_of(day: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let midnight = clock::midnight(clock::day(day)).unwrap_or(day);
    let times = codes::shifts().iter();
    let times = times.filter_map(|shift| NaiveTime::parse_from_str(&shift.code, "%H:%M").ok());
    let mut starts: Vec<_> = times
        .map(|time| midnight + TimeDelta::seconds(i64::from(time.num_seconds_from_midnight())))
        .collect();
    starts.sort_unstable();
    starts
}

/// The wishes of some accounts; who has none has no entry.
pub(super) async fn of(db: &impl ConnectionTrait, accounts: &[Uuid]) -> Result<HashMap<Uuid, Choices>> {
    if accounts.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = notice_choice::Entity::find()
        .filter(notice_choice::Column::AccountId.is_in(accounts.iter().copied()))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.account_id, read(&row))).collect())
}

/// What a person wishes now.
///
/// # Errors
/// When the database refuses.
pub async fn load(db: &impl ConnectionTrait, account: Uuid) -> Result<Choices> {
    Ok(of(db, &[account]).await?.remove(&account).unwrap_or_default())
}

fn read(row: &notice_choice::Model) -> Choices {
    let time = |minutes: i32| {
        let minutes = u32::try_from(minutes).ok()?;
        NaiveTime::from_hms_opt(minutes / 60, minutes % 60, 0)
    };
    Choices {
        muted: row.muted.0.iter().filter_map(|code| Kind::parse(code)).collect(),
        quiet: row.quiet_from.and_then(time).zip(row.quiet_to.and_then(time)),
        digest: row.digest,
        sms: row.sms,
    }
}

/// Keeps what a person wishes, with an entry in the journal.
///
/// # Errors
/// [`Error::Invalid`] for urgent kinds and for quiet hours without an end; when
/// the database refuses.
pub async fn keep(app: &App, ctx: &Ctx, choices: &Choices) -> Result<()> {
    if choices.muted.iter().any(|kind| kind.is_urgent()) {
        return Err(Error::Invalid(vec![FieldError::new(
            "muted",
            "督办和升级的通知不能关闭",
        )]));
    }
    let minutes = |time: NaiveTime| i32::try_from(time.num_seconds_from_midnight() / 60).ok();
    let row = notice_choice::ActiveModel {
        account_id: Set(ctx.actor.account),
        muted: Set(CodeList(
            choices.muted.iter().map(|kind| kind.code().to_owned()).collect(),
        )),
        quiet_from: Set(choices.quiet.and_then(|(from, _)| minutes(from))),
        quiet_to: Set(choices.quiet.and_then(|(_, to)| minutes(to))),
        digest: Set(choices.digest),
        sms: Set(choices.sms),
        // The first digest tells of what comes from now on.
        digested_at: Set(ctx.now),
    };
    let columns = {
        use notice_choice::Column::{Digest, Muted, QuietFrom, QuietTo, Sms};
        [Muted, QuietFrom, QuietTo, Digest, Sms]
    };
    let tx = app.db.begin().await?;
    notice_choice::Entity::insert(row)
        .on_conflict(
            OnConflict::column(notice_choice::Column::AccountId)
                .update_columns(columns)
                .to_owned(),
        )
        .exec_without_returning(&tx)
        .await?;
    let entry = Entry::new(Act::NoticesChosen).subject(ctx.actor.account);
    journal::commit(tx, ctx, entry).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(&format!("{text}+08:00")).unwrap().to_utc()
    }

    fn quiet(from: &str, to: &str) -> Choices {
        Choices {
            quiet: Some((from.parse().unwrap(), to.parse().unwrap())),
            ..Choices::default()
        }
    }

    #[test]
    fn quiet_hours_hold_until_their_end_also_over_midnight() {
        let night = quiet("22:00:00", "07:00:00");
        let held = |text| night.held_until(at(text));
        assert_eq!(held("2026-11-23T23:30:00"), Some(at("2026-11-24T07:00:00")));
        assert_eq!(held("2026-11-24T06:59:59"), Some(at("2026-11-24T07:00:00")));
        assert_eq!(held("2026-12-31T22:00:00"), Some(at("2027-01-01T07:00:00")));
        assert_eq!(held("2026-11-24T07:00:00"), None);
        assert_eq!(held("2026-11-24T12:00:00"), None);
        let noon = quiet("12:00:00", "14:00:00");
        assert_eq!(
            noon.held_until(at("2026-11-24T13:00:00")),
            Some(at("2026-11-24T14:00:00"))
        );
        assert_eq!(noon.held_until(at("2026-11-24T23:00:00")), None);
    }

    #[test]
    fn a_digest_waits_for_the_next_shift_and_never_into_quiet_hours() {
        let digest = Choices {
            digest: true,
            ..Choices::default()
        };
        assert_eq!(
            digest.held_until(at("2026-11-23T09:00:00")),
            Some(at("2026-11-23T20:00:00"))
        );
        assert_eq!(
            digest.held_until(at("2026-11-23T20:00:00")),
            Some(at("2026-11-24T08:00:00"))
        );
        let late = Choices {
            digest: true,
            ..quiet("06:00:00", "09:00:00")
        };
        assert_eq!(
            late.held_until(at("2026-11-23T07:00:00")),
            Some(at("2026-11-23T09:00:00"))
        );
        assert_eq!(this_shift(at("2026-11-23T07:59:59")), at("2026-11-22T20:00:00"));
        assert_eq!(this_shift(at("2026-11-23T08:00:00")), at("2026-11-23T08:00:00"));
    }

    #[test]
    fn urgent_kinds_cannot_be_muted() {
        let all = Choices {
            muted: Kind::ALL.to_vec(),
            ..Choices::default()
        };
        assert!(all.mutes(Kind::Opened));
        assert!(!all.mutes(Kind::Escalated));
    }
}
