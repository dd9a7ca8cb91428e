//! 回拨: whether a missed caller may be rung up.
//!
//! Source: 回访电话可能被施害人接听——`safe_phone=false` 禁拨，改由线下核实. That
//! somebody's call was missed says nothing of who picks that telephone up next,
//! so it is no mark; without one the shift lead decides. Attempts and hours are
//! 本系统默认 (可配置).

use chrono::NaiveTime;

/// What was said of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// 登记为可安全回拨
    Safe,
    /// 没有登记
    Unmarked,
    /// 登记为不可回拨, or a suspect's own number
    Unsafe,
}

/// What a number is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// What was said of it.
    pub mark: Mark,
    /// Whether the shift lead let it be rung up.
    pub allowed: bool,
    /// How often it was rung up already.
    pub attempts: u32,
    /// The time of the day, Asia/Shanghai.
    pub at: NaiveTime,
}

/// What holds here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most attempts.
    pub attempts: u32,
    /// From this time of the day on.
    pub from: NaiveTime,
    /// Until this one.
    pub until: NaiveTime,
}

/// Why it may not be rung up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Marked unsafe.
    Unsafe,
    /// No mark and nobody has allowed it.
    Unmarked,
    /// Rung up often enough.
    Attempts,
    /// Not at this time of the day.
    Hours,
}

impl Refusal {
    /// The words on screen: why, and what to do instead.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Unsafe => "该号码登记过不可回拨（接电话的可能是施害人），不得拨打；改由儿童主任或学校线下核实",
            Self::Unmarked => "没有人登记过该号码可安全回拨，未接来电本身不算；须班长核准后才能拨打，或等待再次来电",
            Self::Attempts => "已到回拨次数上限，不再拨打",
            Self::Hours => "不在回拨时段内，到时段再拨",
        }
    }
}

/// Whether a number may be rung up now. A mark of danger stands above whatever
/// anybody allows.
///
/// # Errors
/// The first reason against it.
pub fn may_ring(wish: &Wish, limits: &Limits) -> Result<(), Refusal> {
    match wish.mark {
        Mark::Unsafe => Err(Refusal::Unsafe),
        Mark::Unmarked if !wish.allowed => Err(Refusal::Unmarked),
        _ if wish.attempts >= limits.attempts => Err(Refusal::Attempts),
        _ if wish.at < limits.from || wish.at >= limits.until => Err(Refusal::Hours),
        _ => Ok(()),
    }
}

/// What became of ringing somebody up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// 接通，已另行登记
    Reached,
    /// 无人接听
    NoAnswer,
    /// 接听者不是来电人
    SomebodyElse,
    /// 改由线下核实
    Offline,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 4] = [Self::Reached, Self::NoAnswer, Self::SomebodyElse, Self::Offline];

    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::NoAnswer => "no_answer",
            Self::SomebodyElse => "somebody_else",
            Self::Offline => "offline",
        }
    }

    /// The words on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Reached => "接通，已登记",
            Self::NoAnswer => "无人接听",
            Self::SomebodyElse => "接听者不是来电人，未透露来意",
            Self::Offline => "改由线下核实",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.code() == code)
    }

    /// Whether the number was rung up for it.
    #[must_use]
    pub fn rang(self) -> bool {
        self != Self::Offline
    }

    /// Whether the caller is owed nothing more.
    #[must_use]
    pub fn settles(self, attempts: u32, limits: &Limits) -> bool {
        self != Self::NoAnswer || attempts >= limits.attempts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: u32) -> NaiveTime {
        NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default()
    }

    fn limits() -> Limits {
        Limits {
            attempts: 3,
            from: at(8),
            until: at(22),
        }
    }

    fn wish(mark: Mark) -> Wish {
        Wish {
            mark,
            allowed: false,
            attempts: 0,
            at: at(9),
        }
    }

    #[test]
    fn only_a_mark_or_the_shift_lead_lets_a_number_be_rung_up() {
        assert_eq!(may_ring(&wish(Mark::Safe), &limits()), Ok(()));
        assert_eq!(may_ring(&wish(Mark::Unmarked), &limits()), Err(Refusal::Unmarked));
        let allowed = |mark| Wish {
            allowed: true,
            ..wish(mark)
        };
        assert_eq!(may_ring(&allowed(Mark::Unmarked), &limits()), Ok(()));
        assert_eq!(may_ring(&allowed(Mark::Unsafe), &limits()), Err(Refusal::Unsafe));
    }

    #[test]
    fn three_times_and_from_eight_to_ten() {
        let often = Wish {
            attempts: 3,
            ..wish(Mark::Safe)
        };
        assert_eq!(may_ring(&often, &limits()), Err(Refusal::Attempts));
        for (hour, fine) in [(7, false), (8, true), (21, true), (22, false)] {
            let wish = Wish {
                at: at(hour),
                ..wish(Mark::Safe)
            };
            assert_eq!(may_ring(&wish, &limits()).is_ok(), fine, "{hour}");
        }
        assert!(!Outcome::NoAnswer.settles(2, &limits()) && Outcome::NoAnswer.settles(3, &limits()));
        assert!(Outcome::Reached.settles(1, &limits()));
    }
}
