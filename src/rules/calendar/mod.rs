//! Counting time the way the law counts it: minutes and hours from the moment,
//! days and months from the day after, in the dates of Asia/Shanghai.

mod amount;
mod hours;
#[cfg(test)]
mod tests;

pub use amount::{Amount, TimeUnit};
pub use hours::{Span, WorkingHours};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use chrono::{DateTime, Datelike, Days, FixedOffset, Months, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};

use crate::rules::codes::{self, WorkdayRow};

/// Asia/Shanghai in seconds east of Greenwich; no summer time since 1992.
const SHANGHAI: i32 = 8 * 3600;

/// No working calendar is known for this year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{year} 年的工作日历尚未导入")]
pub struct NoCalendar {
    /// The year that has no rows.
    pub year: i32,
}

/// A moment that was counted out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reckoned {
    /// The moment.
    pub at: DateTime<Utc>,
    /// The first year without a working calendar that was counted through as if
    /// everybody worked from Monday to Friday; nothing when all was known.
    pub guessed: Option<i32>,
}

/// The working calendar: for each known year, its holidays and its make-up
/// working days (调休). Source: the State Council's yearly notice, `data/workdays.csv`.
#[derive(Debug, Clone, Default)]
pub struct Calendar {
    years: BTreeSet<i32>,
    /// true: a working day; false: a holiday; other days follow the week.
    special: BTreeMap<NaiveDate, bool>,
    hours: WorkingHours,
}

impl Calendar {
    /// The calendar of the embedded file.
    #[must_use]
    pub fn embedded() -> Self {
        Self::default().with(codes::workdays())
    }

    /// The same, read once and kept.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<Calendar> = LazyLock::new(Calendar::embedded);
        &SHARED
    }

    /// This calendar with more rows laid over it: a row replaces what was known
    /// of its day. Rows of another kind or with an impossible date are passed
    /// over; the import refuses them before they get here.
    #[must_use]
    pub fn with<'a>(mut self, rows: impl IntoIterator<Item = &'a WorkdayRow>) -> Self {
        for row in rows {
            let Ok(date) = row.date.parse::<NaiveDate>() else {
                continue;
            };
            let working = match row.kind.as_str() {
                "makeup_workday" | "workday" => true,
                "holiday" => false,
                _ => continue,
            };
            self.years.insert(date.year());
            self.special.insert(date, working);
        }
        self
    }

    /// This calendar with other working hours.
    #[must_use]
    pub fn at_hours(mut self, hours: WorkingHours) -> Self {
        self.hours = hours;
        self
    }

    /// When people work on a working day.
    #[must_use]
    pub fn hours(&self) -> &WorkingHours {
        &self.hours
    }

    /// The years for which the calendar is known.
    pub fn years(&self) -> impl Iterator<Item = i32> {
        self.years.iter().copied()
    }

    /// Whether people work on this day.
    ///
    /// # Errors
    /// [`NoCalendar`] when the day's year has no rows.
    pub fn is_workday(&self, date: NaiveDate) -> Result<bool, NoCalendar> {
        if !self.years.contains(&date.year()) {
            return Err(NoCalendar { year: date.year() });
        }
        Ok(self.special.get(&date).copied().unwrap_or_else(|| weekday(date)))
    }

    /// The moment at which the amount is over. Minutes and hours run from the
    /// moment; for days and months the first day does not count and the last
    /// one counts to its end, 23:59:59 in Shanghai.
    ///
    /// # Errors
    /// [`NoCalendar`] when working days reach into a year without rows.
    pub fn add(&self, from: DateTime<Utc>, amount: Amount) -> Result<DateTime<Utc>, NoCalendar> {
        let n = amount.n;
        match amount.unit {
            TimeUnit::Minutes => Ok(saturating(from, TimeDelta::minutes(i64::from(n)))),
            TimeUnit::Hours => Ok(saturating(from, TimeDelta::hours(i64::from(n)))),
            TimeUnit::WorkingHours => self.within_hours(from, n),
            _ if n == 0 => Ok(from),
            TimeUnit::NaturalDays => Ok(end_of(local_date(from).checked_add_days(Days::new(u64::from(n))))),
            TimeUnit::Months => Ok(end_of(local_date(from).checked_add_months(Months::new(n)))),
            TimeUnit::WorkingDays => self
                .working_days_after(local_date(from), n)
                .map(|day| end_of(Some(day))),
        }
    }

    /// As [`Calendar::add`], but a year without rows is counted from Monday to
    /// Friday, and said: a clock that is a guess is better than none.
    #[must_use]
    pub fn reckon(&self, from: DateTime<Utc>, amount: Amount) -> Reckoned {
        match self.add(from, amount) {
            Ok(at) => Reckoned { at, guessed: None },
            Err(_) if amount.unit == TimeUnit::WorkingHours => self.count_hours(from, amount.n),
            Err(NoCalendar { year }) => Reckoned {
                at: end_of(Some(working_days(local_date(from), amount.n, |day| self.likely(day)))),
                guessed: Some(year),
            },
        }
    }

    /// So long before a moment: minutes and hours to the moment, days and
    /// months to the end of that day.
    #[must_use]
    pub fn before(&self, event: DateTime<Utc>, amount: Amount) -> Reckoned {
        let (n, day) = (amount.n, local_date(event));
        let known = |at| Reckoned { at, guessed: None };
        match amount.unit {
            TimeUnit::Minutes => known(saturating(event, -TimeDelta::minutes(i64::from(n)))),
            TimeUnit::Hours | TimeUnit::WorkingHours => known(saturating(event, -TimeDelta::hours(i64::from(n)))),
            TimeUnit::NaturalDays => known(end_of(day.checked_sub_days(Days::new(u64::from(n))))),
            TimeUnit::Months => known(end_of(day.checked_sub_months(Months::new(n)))),
            TimeUnit::WorkingDays => {
                let mut first = day;
                for _ in 0..n {
                    first = first.pred_opt().unwrap_or(first);
                    while !self.likely(first) {
                        first = first.pred_opt().unwrap_or(first);
                    }
                }
                let guessed = (!self.years.contains(&first.year())).then(|| first.year());
                Reckoned {
                    at: end_of(Some(first)),
                    guessed,
                }
            }
        }
    }

    /// When a clock that stood still is over once it runs again: hours and
    /// minutes for what was left to the second, days and months for the days
    /// that were left, the day of the pause not counted.
    #[must_use]
    pub fn go_on(&self, unit: TimeUnit, (paused, due): (DateTime<Utc>, DateTime<Utc>), now: DateTime<Utc>) -> Reckoned {
        let unit = match unit {
            TimeUnit::Minutes | TimeUnit::Hours | TimeUnit::WorkingHours => {
                let at = saturating(now, due - paused);
                return Reckoned { at, guessed: None };
            }
            TimeUnit::Months => TimeUnit::NaturalDays,
            days => days,
        };
        let last = local_date(due);
        let left = local_date(paused)
            .iter_days()
            .skip(1)
            .take_while(|day| *day <= last)
            .filter(|day| unit == TimeUnit::NaturalDays || self.likely(*day))
            .count();
        match u32::try_from(left) {
            Ok(left) if left > 0 => self.reckon(now, Amount::new(left, unit)),
            _ => Reckoned {
                at: end_of(Some(local_date(now))),
                guessed: None,
            },
        }
    }

    /// Whether people work on this day, by the week where nothing is known.
    fn likely(&self, date: NaiveDate) -> bool {
        self.is_workday(date).unwrap_or_else(|_| weekday(date))
    }

    /// The `n`-th working day after this one.
    fn working_days_after(&self, from: NaiveDate, n: u32) -> Result<NaiveDate, NoCalendar> {
        let mut day = from;
        let mut left = n;
        while left > 0 {
            day = day.succ_opt().unwrap_or(NaiveDate::MAX);
            if self.is_workday(day)? {
                left -= 1;
            }
        }
        Ok(day)
    }
}

fn weekday(date: NaiveDate) -> bool {
    !matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

/// The `n`-th day after this one on which people work.
fn working_days(from: NaiveDate, n: u32, works: impl Fn(NaiveDate) -> bool) -> NaiveDate {
    from.iter_days()
        .skip(1)
        .filter(|day| works(*day))
        .nth((n as usize).saturating_sub(1))
        .unwrap_or(NaiveDate::MAX)
}

/// The date in Shanghai at this moment.
#[must_use]
pub fn local_date(at: DateTime<Utc>) -> NaiveDate {
    shanghai().map_or_else(|| at.date_naive(), |zone| at.with_timezone(&zone).date_naive())
}

fn shanghai() -> Option<FixedOffset> {
    FixedOffset::east_opt(SHANGHAI)
}

/// The last second of the day in Shanghai.
fn end_of(day: Option<NaiveDate>) -> DateTime<Utc> {
    let last = day
        .unwrap_or(NaiveDate::MAX)
        .and_time(NaiveTime::from_hms_opt(23, 59, 59).unwrap_or(NaiveTime::MIN));
    saturating(last.and_utc(), TimeDelta::seconds(-i64::from(SHANGHAI)))
}

fn saturating(at: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    at.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
