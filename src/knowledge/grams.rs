//! What a text is found by: each Chinese character, each pair of neighbours,
//! and foreign words and numbers whole. Nothing spans punctuation.

use std::collections::BTreeMap;

/// No word of a language of letters is longer.
const WORD: usize = 32;

/// A run of one kind of writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Run {
    /// Characters that are words by themselves.
    Characters(Vec<char>),
    /// Letters and digits that belong together.
    Word(String),
}

/// Folds full-width forms and case: two ways of typing one word are one word.
pub(super) fn fold(c: char) -> char {
    let narrow = match u32::from(c) {
        code @ 0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0).unwrap_or(c),
        _ => c,
    };
    let mut lower = narrow.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => narrow,
    }
}

/// The runs of a text, in order. Digits between Chinese stay a word: 12355.
pub(super) fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut broken = true;
    for c in text.chars().map(fold) {
        if !c.is_alphanumeric() {
            broken = true;
            continue;
        }
        match (c.is_ascii(), runs.last_mut()) {
            (true, Some(Run::Word(word))) if !broken => word.push(c),
            (false, Some(Run::Characters(list))) if !broken => list.push(c),
            (true, _) => runs.push(Run::Word(c.to_string())),
            (false, _) => runs.push(Run::Characters(vec![c])),
        }
        broken = false;
    }
    runs
}

fn short(word: &str) -> String {
    word.chars().take(WORD).collect()
}

/// Everything that a text is found by, and how often it occurs there.
pub(super) fn of_text(text: &str) -> BTreeMap<String, i32> {
    let mut grams = BTreeMap::new();
    let mut add = |gram: String| *grams.entry(gram).or_insert(0) += 1;
    for run in runs(text) {
        match run {
            Run::Word(word) => add(short(&word)),
            Run::Characters(list) => {
                for pair in list.windows(2) {
                    add(pair.iter().collect());
                }
                for one in list {
                    add(one.to_string());
                }
            }
        }
    }
    grams
}

/// What a query asks for: pairs, or the character where it stands alone, and
/// the beginnings of words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Grams that must be equal.
    pub(super) grams: Vec<String>,
    /// Words that must begin so.
    pub(super) words: Vec<String>,
    /// The runs themselves, for highlights and the exact phrase.
    pub(super) terms: Vec<String>,
}

impl Wanted {
    /// Reads a query.
    pub(super) fn of(query: &str) -> Self {
        let mut wanted = Self::default();
        for run in runs(query) {
            match run {
                Run::Word(word) => {
                    wanted.words.push(short(&word));
                    wanted.terms.push(word);
                }
                Run::Characters(list) => {
                    if list.len() == 1 {
                        wanted.grams.push(list.iter().collect());
                    }
                    wanted
                        .grams
                        .extend(list.windows(2).map(|pair| pair.iter().collect::<String>()));
                    wanted.terms.push(list.iter().collect());
                }
            }
        }
        wanted.grams.sort_unstable();
        wanted.grams.dedup();
        wanted.words.sort_unstable();
        wanted.words.dedup();
        wanted
    }

    /// How many things are asked for.
    pub(super) fn len(&self) -> usize {
        self.grams.len() + self.words.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_pairs_and_words_are_kept_apart() {
        let grams = of_text("拨打12355热线，薛圐圙乡");
        for gram in ["拨", "拨打", "12355", "热线", "薛圐", "圐圙", "圙乡"] {
            assert!(grams.contains_key(gram), "{gram}");
        }
        assert!(!grams.contains_key("线薛"), "no pair spans a comma");
        assert!(!grams.contains_key("打1"));
    }

    #[test]
    fn a_query_of_one_character_two_or_more_and_of_mixed_writing_is_read() {
        assert_eq!(Wanted::of("家").grams, ["家"]);
        assert_eq!(Wanted::of("家暴").grams, ["家暴"]);
        assert_eq!(Wanted::of("家庭暴力").grams, ["家庭", "庭暴", "暴力"]);
        let mixed = Wanted::of("１２３５５ DNA鉴定");
        assert_eq!(mixed.words, ["12355", "dna"]);
        assert_eq!(mixed.grams, ["鉴定"]);
        for nothing in ["", "  ", "，。", "😀", "%_"] {
            assert_eq!(Wanted::of(nothing).len(), 0, "{nothing}");
        }
    }
}
