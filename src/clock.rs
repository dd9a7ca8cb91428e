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

    /// The time by which other machines live: the demonstration's hand does not
    /// move it. Only signatures between machines ask for it.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one clock")]
    pub fn real(&self) -> DateTime<Utc> {
        match &self.source {
            Source::System { .. } => Utc::now(),
            Source::Fixed(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        }
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

/// A calendar day as people type it: `2026-11-23`, `2026/11/23`, `20261123`,
/// `2026年11月23日`, also in full-width characters.
#[must_use]
pub fn read_day(text: &str) -> Option<NaiveDate> {
    match numbers(text)?.as_slice() {
        [year, month, day] => NaiveDate::from_ymd_opt(i32::try_from(*year).ok()?, *month, *day),
        _ => None,
    }
}

/// A minute of Asia/Shanghai as people type it: `2026-11-23 09:12`, with `T`
/// for the space, with seconds that are let go.
#[must_use]
pub fn read_minute(text: &str) -> Option<DateTime<Utc>> {
    let parts = numbers(text)?;
    let [year, month, day, hour, minute] = parts.get(..5)?.try_into().ok()?;
    let local = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?.and_hms_opt(hour, minute, 0)?;
    let fits = parts.len() == 5 || (parts.len() == 6 && parts[5] < 60);
    let at = local.and_local_timezone(shanghai()).single()?;
    fits.then(|| at.to_utc())
}

/// The numbers of a date, the year in four digits first; nothing where other
/// characters than those of a date stand among them.
fn numbers(text: &str) -> Option<Vec<u32>> {
    const BETWEEN: &str = "-/.:T年月日时分秒 ";
    let folded: String = text.trim().chars().map(half_width).collect();
    if !folded.chars().all(|c| c.is_ascii_digit() || BETWEEN.contains(c)) {
        return None;
    }
    let mut groups: Vec<&str> = folded
        .split(|c: char| !c.is_ascii_digit())
        .filter(|group| !group.is_empty())
        .collect();
    if let Some(day) = groups.first().copied().filter(|first| first.len() == 8) {
        groups.splice(..1, [&day[..4], &day[4..6], &day[6..]]);
    }
    if groups.first()?.len() != 4 || groups[1..].iter().any(|group| group.len() > 2) {
        return None;
    }
    groups.into_iter().map(|group| group.parse().ok()).collect()
}

fn half_width(c: char) -> char {
    match u32::from(c) {
        code @ 0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0).unwrap_or(c),
        0x3000 => ' ',
        _ => c,
    }
}

/// The beginning of a calendar day in Asia/Shanghai.
#[must_use]
pub fn midnight(day: NaiveDate) -> Option<DateTime<Utc>> {
    let at = day.and_time(NaiveTime::MIN).and_local_timezone(shanghai()).single()?;
    Some(at.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_as_people_type_it() {
        let day = NaiveDate::from_ymd_opt(2026, 1, 3);
        for text in [
            "2026-01-03",
            " 2026/1/3 ",
            "2026.1.3",
            "20260103",
            "2026年1月3日",
            "２０２６－０１－０３",
        ] {
            assert_eq!(read_day(text), day, "{text}");
        }
        for text in [
            "",
            "明天",
            "26-01-03",
            "2026-13-03",
            "2026-02-30",
            "2026-01",
            "2026-01-03 09:12",
            "2026-01-003",
        ] {
            assert_eq!(read_day(text), None, "{text}");
        }
    }

    #[test]
    fn a_minute_is_read_as_people_type_it() {
        let at = DateTime::parse_from_rfc3339("2026-11-23T09:12:00+08:00")
            .unwrap()
            .to_utc();
        for text in [
            "2026-11-23 09:12",
            "2026-11-23T09:12",
            "2026/11/23 9：12",
            "2026-11-23 09:12:31",
            "20261123 09:12",
        ] {
            assert_eq!(read_minute(text), Some(at), "{text}");
        }
        for text in [
            "2026-11-23",
            "2026-11-23 24:00",
            "2026-11-23 09:12:61",
            "昨晚9点",
            "2026-11-23T09:12:00Z",
        ] {
            assert_eq!(read_minute(text), None, "{text}");
        }
    }

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
            assert_eq!(read_minute(text), Some(at), "{text}");
        }
        for text in [
            "",
            "昨天",
            "2026-11-03",
            "26-11-03 09:02",
            "2026-13-03 09:02",
            "2026-11-03 25:00",
        ] {
            assert_eq!(read_minute(text), None, "{text}");
        }
        assert_eq!(read_day("2026/2/28"), NaiveDate::from_ymd_opt(2026, 2, 28));
        assert_eq!(read_day("2026-02-30"), None);
    }
}
