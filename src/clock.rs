//! The one clock. Domain code is handed `now`; nothing else reads the time.

use chrono::{DateTime, DurationRound, FixedOffset, NaiveDate, NaiveTime, TimeDelta, Utc};
use std::sync::{Arc, Mutex, PoisonError};

/// Where the time comes from: the system, or a hand that can be moved in
/// tests and in the demonstration.
#[derive(Clone, Debug)]
pub struct Clock {
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    System { ahead: Arc<Mutex<TimeDelta>> },
    Fixed(Arc<Mutex<DateTime<Utc>>>),
}

impl Clock {
    /// The system clock.
    #[must_use]
    pub fn system() -> Self {
        Self {
            source: Source::System {
                ahead: Arc::new(Mutex::new(TimeDelta::zero())),
            },
        }
    }

    /// A clock that stands still until it is moved.
    #[must_use]
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self {
            source: Source::Fixed(Arc::new(Mutex::new(at))),
        }
    }

    /// The time, cut to microseconds so that both databases store it alike.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one clock")]
    pub fn now(&self) -> DateTime<Utc> {
        let now = match &self.source {
            Source::System { ahead } => Utc::now() + *ahead.lock().unwrap_or_else(PoisonError::into_inner),
            Source::Fixed(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        };
        now.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(now)
    }

    /// Moves the hand forward. Only tests and the demonstration call it.
    pub fn advance(&self, by: TimeDelta) {
        match &self.source {
            Source::System { ahead } => {
                *ahead.lock().unwrap_or_else(PoisonError::into_inner) += by;
            }
            Source::Fixed(at) => *at.lock().unwrap_or_else(PoisonError::into_inner) += by,
        }
    }
}

/// The time zone of every screen: UTC+8. Only instants from 1992 on are shown
/// in it; birth dates are plain dates, so the summer time of 1986–1991 never
/// enters.
#[must_use]
pub fn shanghai() -> FixedOffset {
    FixedOffset::east_opt(8 * 3600).unwrap_or_else(|| unreachable!("eight hours is a valid offset"))
}

/// `2026-11-23 09:12`, as every screen shows an instant.
#[must_use]
pub fn minute(at: DateTime<Utc>) -> String {
    at.with_timezone(&shanghai()).format("%Y-%m-%d %H:%M").to_string()
}

/// `09:12:05`, for the line that tells when a draft was saved.
#[must_use]
pub fn second(at: DateTime<Utc>) -> String {
    at.with_timezone(&shanghai()).format("%H:%M:%S").to_string()
}

/// The calendar day of an instant in Asia/Shanghai.
#[must_use]
pub fn day(at: DateTime<Utc>) -> chrono::NaiveDate {
    at.with_timezone(&shanghai()).date_naive()
}

/// A time as people type it, in Asia/Shanghai: `2026-11-23 09:12`, also with
/// slashes, full-width digits, without leading zeros, or with the `T` of a
/// browser's own control. Nothing when it is none.
#[must_use]
pub fn typed_minute(text: &str) -> Option<DateTime<Utc>> {
    let text = plain_digits(text);
    let (day, time) = text.trim().split_once([' ', 'T'])?;
    let time = time.trim();
    let time = NaiveTime::parse_from_str(time, "%H:%M").or_else(|_| NaiveTime::parse_from_str(time, "%H:%M:%S"));
    instant(typed_day(day)?, time.ok()?)
}

/// A date as people type it: `2026-11-23`, also with slashes, full-width
/// digits or without leading zeros. Nothing when it is none.
#[must_use]
pub fn typed_day(text: &str) -> Option<NaiveDate> {
    let text = plain_digits(text).replace(['/', '.'], "-");
    let text = text.trim();
    let year = text.split('-').next()?;
    (year.len() == 4).then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())?
}

/// The beginning of a calendar day in Asia/Shanghai.
#[must_use]
pub fn midnight(day: NaiveDate) -> Option<DateTime<Utc>> {
    instant(day, NaiveTime::MIN)
}

fn instant(day: NaiveDate, time: NaiveTime) -> Option<DateTime<Utc>> {
    let at = day.and_time(time).and_local_timezone(shanghai()).single()?;
    Some(at.to_utc())
}

/// Full-width forms as an input method leaves them, as their plain ones.
fn plain_digits(text: &str) -> String {
    let plain = |letter: char| match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        '\u{3000}' => ' ',
        other => other,
    };
    text.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_screen_shows_local_minutes() {
        let at = DateTime::parse_from_rfc3339("2026-11-23T01:12:59Z").unwrap();
        assert_eq!(minute(at.into()), "2026-11-23 09:12");
    }

    #[test]
    fn a_fixed_clock_moves_only_by_hand() {
        let clock = Clock::fixed(DateTime::UNIX_EPOCH);
        clock.advance(TimeDelta::days(2));
        assert_eq!(clock.now(), DateTime::UNIX_EPOCH + TimeDelta::days(2));
    }

    #[test]
    fn a_typed_time_is_read_in_the_ways_people_write_it() {
        let at = DateTime::parse_from_rfc3339("2026-11-03T01:02:00Z").unwrap().to_utc();
        for text in [
            "2026-11-03 09:02",
            " 2026-11-3 9:02 ",
            "2026/11/03 09:02",
            "2026-11-03T09:02",
            "２０２６－１１－０３　０９：０２",
        ] {
            assert_eq!(typed_minute(text), Some(at), "{text}");
        }
        for text in [
            "",
            "昨天",
            "2026-11-03",
            "26-11-03 09:02",
            "2026-13-03 09:02",
            "2026-11-03 25:00",
        ] {
            assert_eq!(typed_minute(text), None, "{text}");
        }
        assert_eq!(typed_day("2026/2/28"), NaiveDate::from_ymd_opt(2026, 2, 28));
        assert_eq!(typed_day("2026-02-30"), None);
    }
}
