//! Working hours of a working day, and time that runs within them alone.

use super::{Calendar, NoCalendar, Reckoned, SHANGHAI, local_date, saturating};
use chrono::{DateTime, Datelike, NaiveTime, TimeDelta, Utc};

/// A part of the day in which people work; local time, the end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// From when.
    pub from: NaiveTime,
    /// Until when.
    pub until: NaiveTime,
}

/// The parts of a working day in which people work, in their order. Which they
/// are is for the place to say; the default is this system's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkingHours(Vec<Span>);

impl Default for WorkingHours {
    fn default() -> Self {
        Self::parse(Self::DEFAULT).unwrap_or(Self(Vec::new()))
    }
}

impl WorkingHours {
    /// The default as it is typed.
    pub const DEFAULT: &'static str = "08:30-12:00，14:30-18:00";

    /// Reads `08:30-12:00，14:30-18:00`: one to four spans in their order, an
    /// hour together at least.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text
            .replace('，', ",")
            .replace('：', ":")
            .replace(['—', '－', '至', '~'], "-");
        let spans: Vec<Span> = text.split(',').map(span).collect::<Option<_>>()?;
        let ordered = spans.windows(2).all(|pair| pair[0].until <= pair[1].from);
        let whole: TimeDelta = spans.iter().map(|span| span.until - span.from).sum();
        (ordered && spans.len() <= 4 && whole >= TimeDelta::hours(1)).then_some(Self(spans))
    }

    /// The spans of a day.
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.0
    }
}

impl std::fmt::Display for WorkingHours {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, span) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { "，" };
            write!(
                out,
                "{comma}{}-{}",
                span.from.format("%H:%M"),
                span.until.format("%H:%M")
            )?;
        }
        Ok(())
    }
}

fn span(text: &str) -> Option<Span> {
    let (from, until) = text.split_once('-')?;
    let time = |text: &str| NaiveTime::parse_from_str(text.trim(), "%H:%M").ok();
    let span = Span {
        from: time(from)?,
        until: time(until)?,
    };
    (span.from < span.until).then_some(span)
}

impl Calendar {
    /// So many hours within the working hours of working days.
    pub(super) fn within_hours(&self, from: DateTime<Utc>, n: u32) -> Result<DateTime<Utc>, NoCalendar> {
        let found = self.count_hours(from, n);
        found.guessed.map_or(Ok(found.at), |year| Err(NoCalendar { year }))
    }

    /// The same, by the week where nothing is known.
    pub(super) fn count_hours(&self, from: DateTime<Utc>, n: u32) -> Reckoned {
        let mut left = TimeDelta::hours(i64::from(n));
        let mut guessed = None;
        if left.is_zero() {
            return Reckoned { at: from, guessed };
        }
        for day in local_date(from).iter_days() {
            if !self.years.contains(&day.year()) {
                guessed.get_or_insert(day.year());
            }
            if !self.likely(day) {
                continue;
            }
            for span in self.hours.spans() {
                let utc = |time| saturating(day.and_time(time).and_utc(), TimeDelta::seconds(-i64::from(SHANGHAI)));
                let begin = utc(span.from).max(from);
                let length = utc(span.until) - begin;
                if length >= left {
                    return Reckoned {
                        at: begin + left,
                        guessed,
                    };
                }
                left -= length.max(TimeDelta::zero());
            }
        }
        Reckoned {
            at: DateTime::<Utc>::MAX_UTC,
            guessed,
        }
    }
}
