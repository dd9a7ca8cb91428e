//! What the stand-in remembers: the latest of what it pushed and of what it
//! heard, and how it takes answers at the moment.

use chrono::{DateTime, FixedOffset};
use serde_json::Value;
use std::collections::VecDeque;

/// So many lines of each list are kept.
pub(crate) const KEPT: usize = 200;
/// So many nonces of answers are known again.
const NONCES: usize = 2000;

/// How answers are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Manner {
    #[default]
    Normal,
    Slow,
    Fail,
    HangUp,
}

impl Manner {
    pub(crate) const ALL: [Self; 4] = [Self::Normal, Self::Slow, Self::Fail, Self::HangUp];

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Slow => "slow",
            Self::Fail => "fail",
            Self::HangUp => "hang_up",
        }
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Normal => "正常",
            Self::Slow => "缓慢",
            Self::Fail => "答复 500",
            Self::HangUp => "断开",
        }
    }
}

/// A line of what was pushed.
#[derive(Clone)]
pub(crate) struct Pushed {
    pub(crate) at: DateTime<FixedOffset>,
    pub(crate) number: String,
    pub(crate) kind: &'static str,
    /// What the service answered, in words.
    pub(crate) answer: String,
    pub(crate) is_taken: bool,
}

/// A line of what was heard.
#[derive(Clone)]
pub(crate) struct Heard {
    pub(crate) at: DateTime<FixedOffset>,
    pub(crate) told: Told,
    /// What is wrong with its signature.
    pub(crate) fault: Option<&'static str>,
    pub(crate) outcome: Outcome,
}

impl Heard {
    pub(crate) fn is_taken(&self) -> bool {
        matches!(self.outcome, Outcome::Taken | Outcome::Again)
    }
}

/// What an answer says.
#[derive(Clone, Default)]
pub(crate) struct Told {
    /// The same when it comes again.
    pub(crate) id: String,
    pub(crate) number: String,
    pub(crate) seq: Option<i64>,
    pub(crate) state: String,
    pub(crate) words: String,
}

/// What was done with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Taken,
    Again,
    Refused,
    Failed,
    HungUp,
}

impl Outcome {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Taken => "收下",
            Self::Again => "重复，略去",
            Self::Refused => "答复 401",
            Self::Failed => "答复 500",
            Self::HungUp => "断开",
        }
    }
}

/// All of it.
#[derive(Default)]
pub(crate) struct Book {
    pub(crate) manner: Manner,
    pushed: VecDeque<Pushed>,
    heard: VecDeque<Heard>,
    nonces: VecDeque<String>,
    /// The order that was pushed last.
    pub(crate) latest: Option<Value>,
    orders: usize,
    events: usize,
}

fn keep<T>(list: &mut VecDeque<T>, line: T, most: usize) {
    list.push_front(line);
    list.truncate(most);
}

impl Book {
    /// The newest first.
    pub(crate) fn pushed(&self) -> Vec<Pushed> {
        self.pushed.iter().cloned().collect()
    }

    /// The newest first.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.iter().cloned().collect()
    }

    pub(crate) fn note(&mut self, line: Pushed) {
        keep(&mut self.pushed, line, KEPT);
    }

    pub(crate) fn hear(&mut self, line: Heard) {
        keep(&mut self.heard, line, KEPT);
    }

    /// Whether an answer was taken before.
    pub(crate) fn has_taken(&self, id: &str) -> bool {
        let taken = |line: &Heard| line.outcome == Outcome::Taken && line.told.id == id;
        !id.is_empty() && self.heard.iter().any(taken)
    }

    /// Uses a nonce up; false when it was used before.
    pub(crate) fn spend(&mut self, nonce: &str) -> bool {
        if self.nonces.iter().any(|one| one == nonce) {
            return false;
        }
        keep(&mut self.nonces, nonce.to_owned(), NONCES);
        true
    }

    /// The count of the next order, from 0.
    pub(crate) fn next_order(&mut self) -> usize {
        self.orders += 1;
        self.orders - 1
    }

    /// The count of the next event, from 1.
    pub(crate) fn next_event(&mut self) -> usize {
        self.events += 1;
        self.events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(id: &str) -> Heard {
        Heard {
            at: DateTime::default(),
            told: Told {
                id: id.to_owned(),
                ..Told::default()
            },
            fault: None,
            outcome: Outcome::Taken,
        }
    }

    #[test]
    fn the_lists_keep_the_latest_and_show_the_newest_first() {
        let mut book = Book::default();
        for at in 0..=KEPT {
            book.hear(heard(&at.to_string()));
        }
        let kept = book.heard();
        assert_eq!(kept.len(), KEPT);
        assert_eq!(
            (kept[0].told.id.as_str(), kept[KEPT - 1].told.id.as_str()),
            ("200", "1")
        );
        assert!(book.has_taken("200") && !book.has_taken("0") && !book.has_taken(""));
    }

    #[test]
    fn a_nonce_is_used_once() {
        let mut book = Book::default();
        assert!(book.spend("one") && book.spend("other"));
        assert!(!book.spend("one"));
    }
}
