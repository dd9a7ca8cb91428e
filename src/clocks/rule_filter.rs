//! Which rules of time are shown: by words, and by what they rest on.

use crate::web::Choice;
use serde::Deserialize;

/// What is asked for on the page of the rules; everything when empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct RuleFilter {
    /// Words that must all stand somewhere in the rule.
    pub(super) q: String,
    /// One of [`SHOWN`].
    pub(super) show: String,
}

/// What can be chosen.
const SHOWN: [(&str, &str); 4] = [
    ("law", "法律、规定"),
    ("local", "法律、规定以外"),
    ("changed", "变更过"),
    ("guessed", "按推算日历"),
];

/// What a filter wants to know of a rule.
pub(super) struct Traits<'a> {
    /// Everything in which words are looked for.
    pub(super) texts: &'a [&'a str],
    pub(super) law: bool,
    pub(super) changed: bool,
    pub(super) guessed: bool,
}

impl RuleFilter {
    pub(super) fn is_empty(&self) -> bool {
        self.q.trim().is_empty() && self.show.is_empty()
    }

    pub(super) fn choices(&self) -> Vec<Choice> {
        SHOWN.map(|(code, label)| Choice::new(code, label, &self.show)).into()
    }

    /// Whether a rule is shown. A choice that nobody offers shows nothing less.
    pub(super) fn keeps(&self, rule: &Traits<'_>) -> bool {
        let chosen = match self.show.as_str() {
            "law" => rule.law,
            "local" => !rule.law,
            "changed" => rule.changed,
            "guessed" => rule.guessed,
            _ => true,
        };
        let text = rule.texts.join("\n").to_lowercase();
        chosen && self.q.to_lowercase().split_whitespace().all(|word| text.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(q: &str, show: &str) -> bool {
        let filter = RuleFilter {
            q: q.to_owned(),
            show: show.to_owned(),
        };
        filter.keeps(&Traits {
            texts: &["DL07", "签收", "乡镇（街道）", "实施规划"],
            law: false,
            changed: true,
            guessed: false,
        })
    }

    #[test]
    fn every_word_must_stand_somewhere_whatever_its_case() {
        assert!(kept("", "") && kept("  ", ""));
        assert!(kept("dl07 签收", ""));
        assert!(!kept("dl07 公安", ""));
    }

    #[test]
    fn a_choice_narrows_and_one_that_nobody_offers_does_not() {
        assert!(kept("", "local") && kept("签收", "changed"));
        assert!(!kept("", "law") && !kept("", "guessed"));
        assert!(kept("", "nonsense"));
    }
}
