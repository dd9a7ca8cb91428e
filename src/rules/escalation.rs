//! What a running clock does by itself: it warns, it runs out, and then it
//! climbs from the post to its stand-in, the head of the unit, the township,
//! the county and the city. Waits are rows of `data/escalation.csv`
//! (岗位空缺与失联, this system's own defaults).

use chrono::{DateTime, TimeDelta, Utc};

use super::codes;
use super::level::RiskLevel;

/// Who is told when nobody acts, nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rung {
    /// 代班
    StandIn,
    /// 单位负责人
    Head,
    /// 乡镇（街道）
    Township,
    /// 县（市、区）
    County,
    /// 市
    City,
}

impl Rung {
    /// Every rung, nearest first.
    pub const ALL: [Self; 5] = [Self::StandIn, Self::Head, Self::Township, Self::County, Self::City];

    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::StandIn => "stand_in",
            Self::Head => "head",
            Self::Township => "township",
            Self::County => "county",
            Self::City => "city",
        }
    }

    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::StandIn => "代班人",
            Self::Head => "单位负责人",
            Self::Township => "乡镇（街道）",
            Self::County => "县（市、区）",
            Self::City => "市级",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rung| rung.code() == code)
    }
}

/// What a clock does next. The stored number counts what it has done: 0
/// nothing, 1 warned, 2 run out, 3 and more the rungs climbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// 到期前提醒
    Warn,
    /// 到期
    Due,
    /// 逐级上报
    Climb(Rung),
}

impl Stage {
    /// What a clock does after so many stages; nothing at the top.
    #[must_use]
    pub fn after(done: i16) -> Option<Self> {
        match usize::try_from(done).ok()? {
            0 => Some(Self::Warn),
            1 => Some(Self::Due),
            more => Rung::ALL.get(more - 2).copied().map(Self::Climb),
        }
    }

    /// The word of the interface.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Due => "due",
            Self::Climb(rung) => rung.code(),
        }
    }

    /// How many stages are done with this one.
    #[must_use]
    pub fn number(self) -> i16 {
        match self {
            Self::Warn => 1,
            Self::Due => 2,
            Self::Climb(rung) => {
                3 + Rung::ALL
                    .iter()
                    .zip(0i16..)
                    .find(|(one, _)| **one == rung)
                    .map_or(0, |(_, at)| at)
            }
        }
    }

    /// When it comes, for a clock that started and is due at these moments, on
    /// a case of this level (none: the waits of a lower level). `None` where
    /// the clock is too short to warn.
    #[must_use]
    pub fn at(self, (started, due): (DateTime<Utc>, DateTime<Utc>), level: Option<RiskLevel>) -> Option<DateTime<Utc>> {
        match self {
            Self::Warn => warn_at(started, due),
            Self::Due => Some(due),
            Self::Climb(rung) => due.checked_add_signed(wait(rung, level)),
        }
    }
}

/// The first thing a new clock does: how many stages it skips, and when it is
/// to be asked.
#[must_use]
pub fn first(started: DateTime<Utc>, due: DateTime<Utc>) -> (i16, DateTime<Utc>) {
    match warn_at(started, due) {
        Some(at) => (0, at),
        None => (Stage::Warn.number(), due),
    }
}

/// When a clock warns: before its last share, and no earlier than so long
/// before its end.
fn warn_at(started: DateTime<Utc>, due: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let percent = codes::escalation_step("warn-share").map_or(25, |row| row.amount.min(100));
    let longest = codes::escalation_step("warn-longest").and_then(codes::EscalationStep::length);
    let share = (due - started) / 100 * i32::try_from(percent).unwrap_or(25);
    let before = longest.map_or(share, |longest| share.min(longest));
    (before >= TimeDelta::minutes(1)).then(|| due - before)
}

/// How long after the end a rung is told.
#[must_use]
pub fn wait(rung: Rung, level: Option<RiskLevel>) -> TimeDelta {
    let urgent = level.filter(|level| *level <= RiskLevel::Yellow);
    let row = codes::escalation_steps()
        .iter()
        .find(|row| row.to == rung.code() && row.level == urgent);
    row.and_then(codes::EscalationStep::length).unwrap_or_default()
}

impl codes::EscalationStep {
    /// The amount as a length of time; nothing for a share.
    #[must_use]
    pub fn length(&self) -> Option<TimeDelta> {
        let n = i64::from(self.amount);
        match self.unit.as_str() {
            "minutes" => TimeDelta::try_minutes(n),
            "hours" => TimeDelta::try_hours(n),
            "natural_days" => TimeDelta::try_days(n),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    #[test]
    fn the_stages_follow_each_other_and_end_at_the_city() {
        let mut done = 0;
        let mut seen = Vec::new();
        while let Some(stage) = Stage::after(done) {
            assert_eq!(stage.number(), done + 1);
            done = stage.number();
            seen.push(stage);
        }
        assert_eq!(seen.len(), 7);
        assert_eq!(seen.last(), Some(&Stage::Climb(Rung::City)));
    }

    #[test]
    fn a_clock_warns_in_its_last_quarter_and_three_days_before_at_most() {
        let start = at("2026-11-23T09:00:00+08:00");
        for (due, warned) in [
            ("2026-11-23T11:00:00+08:00", "2026-11-23T10:30:00+08:00"),
            ("2026-11-24T09:00:00+08:00", "2026-11-24T03:00:00+08:00"),
            ("2027-05-23T23:59:59+08:00", "2027-05-20T23:59:59+08:00"),
        ] {
            assert_eq!(first(start, at(due)), (0, at(warned)), "{due}");
        }
        // Nothing to warn of when it is due at once.
        assert_eq!(first(start, start), (1, start));
    }

    #[test]
    fn no_rung_is_told_before_a_nearer_one_and_red_climbs_fastest() {
        let levels = [
            Some(RiskLevel::Red),
            Some(RiskLevel::Yellow),
            Some(RiskLevel::Green),
            None,
        ];
        for level in levels {
            assert!(
                Rung::ALL
                    .windows(2)
                    .all(|pair| wait(pair[0], level) <= wait(pair[1], level))
            );
        }
        for pair in levels.windows(2) {
            assert!(
                Rung::ALL
                    .iter()
                    .all(|rung| wait(*rung, pair[0]) <= wait(*rung, pair[1]))
            );
        }
        assert!(wait(Rung::City, Some(RiskLevel::Red)) > TimeDelta::zero());
    }

    #[test]
    fn every_rung_has_its_wait_in_the_file() {
        for rung in Rung::ALL {
            let rows = codes::escalation_steps().iter().filter(|row| row.to == rung.code());
            assert_eq!(rows.filter(|row| row.length().is_some()).count(), 3, "{rung:?}");
        }
    }
}
