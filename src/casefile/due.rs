//! Due times in words, and the groups of the work list.

use crate::clock;
use chrono::{DateTime, Days, NaiveTime, TimeDelta, TimeZone, Utc};

/// The groups of the work list, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    /// 已超期
    Over,
    /// 今天到期
    Today,
    /// 三日内
    Soon,
    /// 以后
    Later,
    /// 未定
    Unset,
}

impl Group {
    pub(crate) const ALL: [Self; 5] = [Self::Over, Self::Today, Self::Soon, Self::Later, Self::Unset];

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Over => "已超期",
            Self::Today => "今天到期",
            Self::Soon => "三日内",
            Self::Later => "以后",
            Self::Unset => "未定",
        }
    }

    /// The word of the `due` tag, and of an address that asks for the group.
    pub(crate) fn state(self) -> &'static str {
        match self {
            Self::Over => "over",
            Self::Today => "today",
            Self::Soon => "soon",
            Self::Later | Self::Unset => "later",
        }
    }

    /// Reads the word of an address.
    pub(crate) fn parse(code: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .filter(|group| *group != Self::Unset)
            .find(|group| group.state() == code)
    }

    /// From when (exclusive) to when (inclusive) a due time belongs here.
    pub(crate) fn bounds(self, now: DateTime<Utc>) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        match self {
            Self::Over => (None, Some(now)),
            Self::Today => (Some(now), Some(end_of_day(now, 0))),
            Self::Soon => (Some(end_of_day(now, 0)), Some(end_of_day(now, 3))),
            Self::Later => (Some(end_of_day(now, 3)), None),
            Self::Unset => (None, None),
        }
    }

    pub(crate) fn of(due: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Self {
        match due {
            None => Self::Unset,
            Some(due) if due <= now => Self::Over,
            Some(due) if due <= end_of_day(now, 0) => Self::Today,
            Some(due) if due <= end_of_day(now, 3) => Self::Soon,
            Some(_) => Self::Later,
        }
    }
}

/// The last microsecond of the day that lies so many days ahead, in local time.
fn end_of_day(now: DateTime<Utc>, ahead: u64) -> DateTime<Utc> {
    let midnight = clock::day(now)
        .checked_add_days(Days::new(ahead + 1))
        .map(|day| day.and_time(NaiveTime::MIN));
    let local = midnight.and_then(|midnight| clock::shanghai().from_local_datetime(&midnight).single());
    local.map_or(now, |local| local.with_timezone(&Utc) - TimeDelta::microseconds(1))
}

/// `超期 3 天`, `今天 17:30`, `明天 09:00`, `2026-12-01 09:00`.
pub(crate) fn text(due: Option<DateTime<Utc>>, now: DateTime<Utc>) -> String {
    let Some(due) = due else { return "未定".to_owned() };
    if due <= now {
        return format!("超期 {}", span(now - due));
    }
    let time = due.with_timezone(&clock::shanghai()).format("%H:%M");
    match (clock::day(due) - clock::day(now)).num_days() {
        0 => format!("今天 {time}"),
        1 => format!("明天 {time}"),
        _ => clock::minute(due),
    }
}

/// A length of time in its largest unit.
pub(crate) fn span(length: TimeDelta) -> String {
    match (length.num_days(), length.num_hours(), length.num_minutes()) {
        (0, 0, 0) => "不足 1 分钟".to_owned(),
        (0, 0, minutes) => format!("{minutes} 分钟"),
        (0, hours, _) => format!("{hours} 小时"),
        (days, ..) => format!("{days} 天"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    #[test]
    fn due_times_are_told_in_words() {
        let now = at("2026-11-23T09:00:00+08:00");
        assert_eq!(text(Some(at("2026-11-20T08:00:00+08:00")), now), "超期 3 天");
        assert_eq!(text(Some(at("2026-11-23T08:30:00+08:00")), now), "超期 30 分钟");
        assert_eq!(text(Some(at("2026-11-23T17:30:00+08:00")), now), "今天 17:30");
        assert_eq!(text(Some(at("2026-11-24T09:00:00+08:00")), now), "明天 09:00");
        assert_eq!(text(Some(at("2026-12-01T09:00:00+08:00")), now), "2026-12-01 09:00");
        assert_eq!(text(None, now), "未定");
    }

    #[test]
    fn the_bounds_and_the_group_agree() {
        let now = at("2026-11-23T09:00:00+08:00");
        for (due, group) in [
            ("2026-11-23T09:00:00+08:00", Group::Over),
            ("2026-11-23T23:59:59+08:00", Group::Today),
            ("2026-11-24T00:00:00+08:00", Group::Soon),
            ("2026-11-26T23:59:59+08:00", Group::Soon),
            ("2026-11-27T00:00:00+08:00", Group::Later),
        ] {
            let due = at(due);
            assert_eq!(Group::of(Some(due), now), group);
            let (after, until) = group.bounds(now);
            assert!(after.is_none_or(|after| due > after) && until.is_none_or(|until| due <= until));
        }
    }
}
