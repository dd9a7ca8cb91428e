//! What may be compared without being read: normalised texts and bigrams.

use std::collections::BTreeSet;

/// Folds full-width forms to ASCII, drops blanks and hyphens, lowers letters:
/// two ways of typing one number are one value.
#[must_use]
pub fn normalise(text: &str) -> String {
    text.chars()
        .map(half_width)
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '－' | '·' | '•' | '\u{0}'))
        .flat_map(char::to_lowercase)
        .collect()
}

fn half_width(c: char) -> char {
    match u32::from(c) {
        code @ 0xFF01..=0xFF5E => char::from_u32(code - 0xFEE0).unwrap_or(c),
        0x3000 => ' ',
        _ => c,
    }
}

/// The distinct pairs of neighbouring characters of a text, letters and
/// digits only; a pair never spans punctuation.
pub(super) fn bigrams(text: &str) -> BTreeSet<String> {
    let folded: Vec<char> = text.chars().map(half_width).flat_map(char::to_lowercase).collect();
    folded
        .split(|c| !c.is_alphanumeric())
        .flat_map(|run| run.windows(2).map(|pair| pair.iter().collect()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_do_not_span_punctuation() {
        let pairs: Vec<_> = bigrams("独自在家，两天").into_iter().collect();
        assert_eq!(pairs, ["两天", "在家", "独自", "自在"]);
    }

    #[test]
    fn widths_and_separators_do_not_matter() {
        assert_eq!(normalise("０３４９－000 1234"), "03490001234");
        assert_eq!(normalise("阿依·古丽"), "阿依古丽");
    }
}
