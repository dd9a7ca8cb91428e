//! The board in words: ages, shares, what is late.

use super::{Board, Line};
use crate::clock;
use crate::rules::calls::{CONNECTED_PERCENT, IN_TIME_PERCENT, Rates};
use chrono::{DateTime, TimeDelta, Utc};

/// `3 分钟`, `2 小时 05 分`, `4 天`; a moment is `不到 1 分钟`.
pub(super) fn age(since: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let minutes = (now - since).num_minutes().max(0);
    match minutes {
        0 => "不到 1 分钟".to_owned(),
        1..60 => format!("{minutes} 分钟"),
        60..1440 => format!("{} 小时 {:02} 分", minutes / 60, minutes % 60),
        _ => format!("{} 天", minutes / 1440),
    }
}

/// A rate with whether it falls short.
pub(super) struct Rate {
    pub(super) share: String,
    pub(super) count: String,
    pub(super) goal: u64,
    pub(super) short: bool,
}

fn rate(rates: Rates, part: u64, goal: u64) -> Rate {
    let permille = rates.permille(part);
    Rate {
        share: permille.map_or_else(|| "—".to_owned(), |share| format!("{}.{}%", share / 10, share % 10)),
        count: format!("{part}/{}", rates.inbound),
        goal,
        short: permille.is_some_and(|share| share < goal * 10),
    }
}

/// 15 秒接通率, today.
pub(super) fn in_time(board: &Board) -> Rate {
    let rates = board.calls.today;
    rate(rates, rates.in_time, IN_TIME_PERCENT)
}

/// 24 小时接通率.
pub(super) fn connected(board: &Board) -> Rate {
    let rates = board.calls.day;
    rate(rates, rates.connected, CONNECTED_PERCENT)
}

pub(super) struct Due {
    pub(super) words: String,
    pub(super) state: &'static str,
}

/// When something is due, as `tags::due` shows it.
pub(super) fn due(due: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Due {
    let Some(at) = due else {
        return Due {
            words: "没有在走的时限".to_owned(),
            state: "later",
        };
    };
    let (state, words) = if at <= now {
        ("over", format!("超期 {}", age(at, now)))
    } else if at - now <= TimeDelta::days(1) {
        ("today", format!("还有 {}", age(now, at)))
    } else {
        ("later", clock::minute(at))
    };
    Due { words, state }
}

pub(super) struct PartnerRow {
    pub(super) name: String,
    pub(super) mark: &'static str,
    pub(super) words: &'static str,
    pub(super) last_in: String,
    pub(super) waiting: u64,
    pub(super) dead: u64,
    pub(super) oldest: String,
}

/// Each partner in words: what is laid aside is bad, what waits is not yet.
pub(super) fn partners(line: &Line, now: DateTime<Utc>) -> Vec<PartnerRow> {
    let rows = line.orders.partners.iter();
    rows.map(|partner| {
        let (mark, words) = match (partner.enabled, partner.dead, partner.waiting) {
            (false, ..) => ("", "已停用"),
            (true, 1.., _) => ("bad", "有停投的回告"),
            (true, 0, 1..) => ("wait", "有待送的回告"),
            (true, 0, 0) => ("ok", "正常"),
        };
        PartnerRow {
            name: partner.name.clone(),
            mark,
            words,
            last_in: at(partner.last_in),
            waiting: partner.waiting,
            dead: partner.dead,
            oldest: partner.oldest.map(|since| age(since, now)).unwrap_or_default(),
        }
    })
    .collect()
}

/// A time, or 「没有」.
pub(super) fn at(time: Option<DateTime<Utc>>) -> String {
    time.map_or_else(|| "没有".to_owned(), clock::minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_and_due_times_are_words() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default();
        let ago = |minutes| now - TimeDelta::minutes(minutes);
        let ages = [0, 1, 59, 60, 125, 1439, 1440, 5000].map(|minutes| age(ago(minutes), now));
        assert_eq!(
            ages,
            [
                "不到 1 分钟",
                "1 分钟",
                "59 分钟",
                "1 小时 00 分",
                "2 小时 05 分",
                "23 小时 59 分",
                "1 天",
                "3 天"
            ]
        );
        let words = |at: Option<DateTime<Utc>>| {
            let due = due(at, now);
            (due.state, due.words)
        };
        assert_eq!(words(Some(ago(61))), ("over", "超期 1 小时 01 分".to_owned()));
        assert_eq!(words(Some(ago(-30))), ("today", "还有 30 分钟".to_owned()));
        assert_eq!(words(None).0, "later");
    }
}
