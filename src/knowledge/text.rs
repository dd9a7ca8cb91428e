//! Light structure of an article's text (`# ` a heading, `- ` an item, a blank
//! line a paragraph), and the marking of what was found in it. Pages escape
//! every piece: nothing of an article is ever markup.

use super::grams::{Wanted, fold};

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading.
    Head(String),
    /// A paragraph.
    Para(String),
    /// A list.
    Items(Vec<String>),
}

/// The parts of a text.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut fresh = true;
    for line in text.lines().map(str::trim) {
        if line.is_empty() {
            fresh = true;
        } else if let Some(head) = line.strip_prefix("# ") {
            blocks.push(Block::Head(head.trim().to_owned()));
            fresh = true;
        } else if let Some(item) = line.strip_prefix("- ") {
            let item = item.trim().to_owned();
            match blocks.last_mut() {
                Some(Block::Items(items)) if !fresh => items.push(item),
                _ => blocks.push(Block::Items(vec![item])),
            }
            fresh = false;
        } else {
            match blocks.last_mut() {
                Some(Block::Para(text)) if !fresh => {
                    text.push('\n');
                    text.push_str(line);
                }
                _ => blocks.push(Block::Para(line.to_owned())),
            }
            fresh = false;
        }
    }
    blocks
}

/// A piece of a text, and whether it was searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The characters.
    pub text: String,
    /// Whether they are marked.
    pub hit: bool,
}

/// Which characters of a text were searched for: whole terms, and where a term
/// does not occur as a whole, its pairs.
fn marks(text: &[char], wanted: &Wanted) -> Vec<bool> {
    let folded: Vec<char> = text.iter().copied().map(fold).collect();
    let mut marks = vec![false; text.len()];
    let mut mark = |needle: &str| {
        let needle: Vec<char> = needle.chars().collect();
        let mut found = false;
        if needle.is_empty() {
            return found;
        }
        for (at, window) in folded.windows(needle.len()).enumerate() {
            if window == needle.as_slice() {
                marks[at..at + needle.len()].fill(true);
                found = true;
            }
        }
        found
    };
    for term in &wanted.terms {
        if mark(term) {
            continue;
        }
        let letters: Vec<char> = term.chars().collect();
        if !term.is_ascii() {
            for pair in letters.windows(2) {
                mark(&pair.iter().collect::<String>());
            }
        }
    }
    marks
}

fn pieces(text: &[char], marks: &[bool]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for (c, hit) in text.iter().zip(marks) {
        match pieces.last_mut() {
            Some(piece) if piece.hit == *hit => piece.text.push(*c),
            _ => pieces.push(Piece {
                text: c.to_string(),
                hit: *hit,
            }),
        }
    }
    pieces
}

/// A text with what was searched for marked.
pub(super) fn marked(text: &str, wanted: &Wanted) -> Vec<Piece> {
    let letters: Vec<char> = text.chars().collect();
    pieces(&letters, &marks(&letters, wanted))
}

/// So many characters around the first place that was searched for.
const AROUND: usize = 80;

/// The part of a text around the first mark; its beginning where there is none.
pub(super) fn snippet(text: &str, wanted: &Wanted) -> Vec<Piece> {
    let letters: Vec<char> = text
        .lines()
        .map(|line| line.trim_start_matches("# ").trim_start_matches("- ").trim())
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .collect();
    let marks = marks(&letters, wanted);
    let first = marks.iter().position(|hit| *hit).unwrap_or(0);
    let from = first.saturating_sub(AROUND / 4);
    let until = letters.len().min(from + AROUND);
    let mut found = pieces(&letters[from..until], &marks[from..until]);
    let dots = |text: &str| Piece {
        text: text.to_owned(),
        hit: false,
    };
    if from > 0 {
        found.insert(0, dots("…"));
    }
    if until < letters.len() {
        found.push(dots("…"));
    }
    found
}

/// How exactly a text says what was searched for: how many terms occur whole.
pub(super) fn exact(text: &str, wanted: &Wanted) -> i64 {
    let folded: String = text.chars().map(fold).collect();
    let whole = wanted.terms.iter().filter(|term| folded.contains(term.as_str()));
    i64::try_from(whole.count()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn light_structure_is_read_and_nothing_else_is_markup() {
        let text = "# 怎么办\n先报警。\n保存证据。\n\n- 拍照\n- 就医\n<b>不是标签</b>";
        assert_eq!(
            blocks(text),
            [
                Block::Head("怎么办".to_owned()),
                Block::Para("先报警。\n保存证据。".to_owned()),
                Block::Items(vec!["拍照".to_owned(), "就医".to_owned()]),
                Block::Para("<b>不是标签</b>".to_owned()),
            ]
        );
    }

    #[test]
    fn what_was_searched_for_is_marked_whatever_its_width_or_case() {
        let found = marked("到ＤＮＡ鉴定机构", &Wanted::of("dna 鉴定"));
        let hits: Vec<&str> = found
            .iter()
            .filter(|piece| piece.hit)
            .map(|piece| &*piece.text)
            .collect();
        assert_eq!(hits, ["ＤＮＡ鉴定"]);
        let apart = marked("家庭里的暴力", &Wanted::of("家庭暴力"));
        let hits: Vec<&str> = apart
            .iter()
            .filter(|piece| piece.hit)
            .map(|piece| &*piece.text)
            .collect();
        assert_eq!(hits, ["家庭", "暴力"]);
    }

    #[test]
    fn a_snippet_shows_the_place_that_was_found() {
        let text = format!("{}薛圐圙乡儿童之家{}", "前".repeat(200), "后".repeat(200));
        let found = snippet(&text, &Wanted::of("圐圙"));
        assert!(found.iter().any(|piece| piece.hit && piece.text == "圐圙"));
        let long: usize = found.iter().map(|piece| piece.text.chars().count()).sum();
        assert!(long <= AROUND + 2, "{long}");
        assert_eq!(snippet("", &Wanted::of("家")), []);
    }
}
