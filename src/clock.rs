//! The one clock. Domain code is handed `now`; nothing else reads the time.

use chrono::{DateTime, DurationRound, FixedOffset, TimeDelta, Utc};
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
}
