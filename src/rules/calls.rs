//! A telephone call by what its events have told, in whatever order, however
//! often and however late they came: everything here is a function of the set
//! of events, so that repeats and reordering change nothing.
//!
//! Source: 政府热线服务规范 GB/T 33358-2016 (15 秒内接听；连续 24 小时接通率
//! ≥95%) for the rates; the states are this system's own, after 来电/来件,
//! 接听, 放弃 of the work order's state machine.

use chrono::{DateTime, TimeDelta, Utc};

/// A call is answered in time within so many seconds.
pub const IN_TIME: TimeDelta = TimeDelta::seconds(15);
/// The share of calls to be connected, in percent (GB/T 33358-2016).
pub const CONNECTED_PERCENT: u64 = 95;
/// The share of calls to be answered in time, in percent (地方试行稿，可配置).
pub const IN_TIME_PERCENT: u64 = 80;

/// What an exchange tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// 振铃
    NewCall,
    /// 接听
    Answer,
    /// 转接
    Transfer,
    /// 挂断
    Hangup,
}

impl EventKind {
    /// Every kind with its word.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::NewCall, "newCall"),
        (Self::Answer, "answer"),
        (Self::Transfer, "transfer"),
        (Self::Hangup, "hangup"),
    ];

    /// Reads the word, in whatever case.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let known = Self::ALL
            .into_iter()
            .find(|(_, known)| known.eq_ignore_ascii_case(word));
        known.map(|(kind, _)| kind)
    }
}

/// How a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallState {
    /// 振铃中
    Ringing,
    /// 通话中
    Talking,
    /// 已通话
    Ended,
    /// 未接
    Missed,
    /// 放弃
    Abandoned,
    /// 未接通
    Unreached,
}

impl CallState {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Ringing,
        Self::Talking,
        Self::Ended,
        Self::Missed,
        Self::Abandoned,
        Self::Unreached,
    ];

    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Ringing => "ringing",
            Self::Talking => "talking",
            Self::Ended => "ended",
            Self::Missed => "missed",
            Self::Abandoned => "abandoned",
            Self::Unreached => "unreached",
        }
    }

    /// The words on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Ringing => "振铃中",
            Self::Talking => "通话中",
            Self::Ended => "已通话",
            Self::Missed => "未接",
            Self::Abandoned => "放弃",
            Self::Unreached => "未接通",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Whether it goes on.
    #[must_use]
    pub fn is_live(self) -> bool {
        matches!(self, Self::Ringing | Self::Talking)
    }

    /// Whether the caller is owed a call.
    #[must_use]
    pub fn is_lost(self) -> bool {
        matches!(self, Self::Missed | Self::Abandoned)
    }
}

/// What was told of one telephone of a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LegFacts {
    /// It rang.
    pub rang: bool,
    /// The call was put through to it.
    pub transferred: bool,
    /// It was taken off the hook.
    pub answered: bool,
    /// It was hung up.
    pub over: bool,
    /// Somebody of the desk sits there.
    pub known: bool,
}

/// What was told of a call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallFacts {
    /// Its telephones.
    pub legs: Vec<LegFacts>,
    /// The whole of it was hung up.
    pub over: bool,
    /// The desk called.
    pub outbound: bool,
}

impl CallFacts {
    fn answered(&self) -> bool {
        self.legs.iter().any(|leg| leg.answered)
    }

    /// Whether it has ended. Once somebody has answered, only those count who
    /// did, and those to whom it was put through and who may still answer.
    fn ended(&self) -> bool {
        let pending = |leg: &LegFacts| leg.transferred && !leg.answered && !leg.over;
        let waits = |leg: &LegFacts| (leg.rang || leg.transferred) && !leg.over;
        if self.over {
            true
        } else if self.answered() {
            let talks = self.legs.iter().any(|leg| leg.answered && !leg.over);
            !talks && !self.legs.iter().any(pending)
        } else {
            self.legs.iter().any(|leg| leg.over) && !self.legs.iter().any(waits)
        }
    }

    /// How it stands.
    #[must_use]
    pub fn state(&self) -> CallState {
        match (self.ended(), self.answered()) {
            (false, true) => CallState::Talking,
            (false, false) => CallState::Ringing,
            (true, true) => CallState::Ended,
            (true, false) if self.outbound => CallState::Unreached,
            (true, false) if self.legs.iter().any(|leg| leg.known && leg.rang) => CallState::Missed,
            (true, false) => CallState::Abandoned,
        }
    }

    /// Whether it rings or is spoken at this telephone now.
    #[must_use]
    pub fn is_live_at(&self, leg: &LegFacts) -> bool {
        let concerns = leg.answered || leg.transferred || (leg.rang && !self.answered());
        !self.ended() && !leg.over && concerns
    }

    /// Whether whoever sits there has a draft of it: while it rings or is
    /// spoken there, and for good once it was answered there. No draft for
    /// calls that the desk makes.
    #[must_use]
    pub fn wants_draft(&self, leg: &LegFacts) -> bool {
        !self.outbound && leg.known && (leg.answered || self.is_live_at(leg))
    }
}

/// When a call came, whether and when it was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallTimes {
    /// How it stands.
    pub state: CallState,
    /// When it came.
    pub started: DateTime<Utc>,
    /// When it was answered.
    pub answered: Option<DateTime<Utc>>,
}

/// The two rates of a hotline over inbound calls; one that still rings counts
/// neither way.
///
/// 15秒接通率 = 15秒内接听数/呼入数; 24小时接通率 = 接通/呼入.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rates {
    /// 呼入
    pub inbound: u64,
    /// 15 秒内接听
    pub in_time: u64,
    /// 接通
    pub connected: u64,
}

impl Rates {
    /// Counts inbound calls.
    #[must_use]
    pub fn of(calls: impl IntoIterator<Item = CallTimes>) -> Self {
        let mut rates = Self::default();
        for call in calls.into_iter().filter(|call| call.state != CallState::Ringing) {
            let waited = call.answered.map(|at| at - call.started);
            rates.inbound += 1;
            rates.connected += u64::from(waited.is_some());
            rates.in_time += u64::from(waited.is_some_and(|waited| waited <= IN_TIME));
        }
        rates
    }

    /// A share in tenths of a percent; none without calls.
    #[must_use]
    pub fn permille(self, part: u64) -> Option<u64> {
        (part * 1000 + self.inbound / 2).checked_div(self.inbound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One event as the rules see it: its kind and at which telephone, or at none.
    type Told = (EventKind, Option<usize>);

    const DESKS: usize = 3;

    fn facts(events: &[Told]) -> CallFacts {
        let mut facts = CallFacts {
            legs: vec![
                LegFacts {
                    known: true,
                    ..LegFacts::default()
                };
                DESKS
            ],
            ..CallFacts::default()
        };
        for (kind, desk) in events {
            match (kind, desk) {
                (EventKind::Hangup, None) => facts.over = true,
                (_, None) => {}
                (EventKind::NewCall, Some(at)) => facts.legs[*at].rang = true,
                (EventKind::Answer, Some(at)) => facts.legs[*at].answered = true,
                (EventKind::Transfer, Some(at)) => facts.legs[*at].transferred = true,
                (EventKind::Hangup, Some(at)) => facts.legs[*at].over = true,
            }
        }
        facts
    }

    fn state(events: &[Told]) -> CallState {
        facts(events).state()
    }

    use EventKind::{Answer, Hangup, NewCall, Transfer};

    #[test]
    fn a_call_is_answered_and_ends_whoever_hangs_up() {
        let whole = [(NewCall, Some(0)), (Answer, Some(0)), (Hangup, Some(0))];
        assert_eq!(state(&whole[..1]), CallState::Ringing);
        assert_eq!(state(&whole[..2]), CallState::Talking);
        assert_eq!(state(&whole), CallState::Ended);
        assert_eq!(state(&[whole[0], whole[1], (Hangup, None)]), CallState::Ended);
    }

    #[test]
    fn a_call_that_nobody_takes_is_missed_and_one_that_rang_nowhere_abandoned() {
        assert_eq!(state(&[(NewCall, Some(0)), (Hangup, None)]), CallState::Missed);
        assert_eq!(state(&[(NewCall, None), (Hangup, None)]), CallState::Abandoned);
        let mut out = facts(&[(NewCall, Some(0)), (Hangup, None)]);
        out.outbound = true;
        assert_eq!(out.state(), CallState::Unreached);
        assert!(!out.wants_draft(&out.legs[0]));
    }

    #[test]
    fn a_late_answer_after_the_hangup_makes_it_a_conversation() {
        let late = facts(&[(Hangup, None), (Answer, Some(1))]);
        assert_eq!(late.state(), CallState::Ended);
        assert!(late.wants_draft(&late.legs[1]) && !late.wants_draft(&late.legs[0]));
    }

    #[test]
    fn of_several_telephones_the_one_that_answers_keeps_its_draft() {
        let ringing = facts(&[(NewCall, Some(0)), (NewCall, Some(1))]);
        assert!(ringing.legs[..2].iter().all(|leg| ringing.wants_draft(leg)));
        let taken = facts(&[(NewCall, Some(0)), (NewCall, Some(1)), (Answer, Some(1))]);
        assert!(!taken.wants_draft(&taken.legs[0]) && taken.wants_draft(&taken.legs[1]));
        // One after another: the first did not answer, the second still rings.
        let next = facts(&[(NewCall, Some(0)), (Hangup, Some(0)), (NewCall, Some(1))]);
        assert_eq!(next.state(), CallState::Ringing);
        assert!(!next.wants_draft(&next.legs[0]) && next.wants_draft(&next.legs[1]));
    }

    #[test]
    fn a_call_that_is_put_through_goes_on_after_the_first_has_hung_up() {
        let put_through = [
            (NewCall, Some(0)),
            (Answer, Some(0)),
            (Transfer, Some(1)),
            (Hangup, Some(0)),
        ];
        let through = facts(&put_through);
        assert_eq!(through.state(), CallState::Talking);
        assert!(through.wants_draft(&through.legs[1]), "it rings there");
        let taken = [&put_through[..], &[(Answer, Some(1))]].concat();
        assert_eq!(state(&taken), CallState::Talking);
        assert_eq!(state(&[&taken[..], &[(Hangup, Some(1))]].concat()), CallState::Ended);
    }

    #[test]
    fn the_rates_count_what_was_answered_of_what_came() {
        let at = |second| DateTime::from_timestamp(second, 0).unwrap_or_default();
        let call = |state, waited: Option<i64>| CallTimes {
            state,
            started: at(100),
            answered: waited.map(|waited| at(100 + waited)),
        };
        let rates = Rates::of([
            call(CallState::Ended, Some(15)),
            call(CallState::Talking, Some(16)),
            call(CallState::Missed, None),
            call(CallState::Ringing, None),
        ]);
        assert_eq!((rates.inbound, rates.in_time, rates.connected), (3, 1, 2));
        assert_eq!(
            (rates.permille(rates.in_time), rates.permille(rates.connected)),
            (Some(333), Some(667))
        );
        assert_eq!(Rates::default().permille(0), None);
    }

    fn told() -> impl Strategy<Value = Told> {
        let kind = prop::sample::select(vec![NewCall, Answer, Transfer, Hangup]);
        (kind, prop::option::of(0..DESKS))
    }

    proptest! {
        #[test]
        fn any_order_and_any_repetition_of_a_calls_events_end_alike(
            (events, shuffled) in prop::collection::vec(told(), 0..8)
                .prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
            again in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        ) {
            let mut other = shuffled.clone();
            if !events.is_empty() {
                other.extend(again.iter().map(|at| *at.get(&events)));
            }
            let (one, two) = (facts(&events), facts(&other));
            prop_assert_eq!(one.state(), two.state());
            for (left, right) in one.legs.iter().zip(&two.legs) {
                prop_assert_eq!(one.wants_draft(left), two.wants_draft(right));
                prop_assert_eq!(one.is_live_at(left), two.is_live_at(right));
            }
        }

        #[test]
        fn what_was_answered_is_never_lost_again(events in prop::collection::vec(told(), 0..8)) {
            let answered = events.iter().any(|(kind, desk)| *kind == Answer && desk.is_some());
            prop_assert!(!answered || !state(&events).is_lost());
        }
    }
}
