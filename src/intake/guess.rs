//! What a first guess at a child tells: 约7岁女童, 十来岁的男孩.

/// Words for a girl and for a boy. A grown woman or man is neither.
const GIRL: [&str; 6] = ["女童", "女孩", "女娃", "女婴", "女生", "女学生"];
const BOY: [&str; 6] = ["男童", "男孩", "男娃", "男婴", "男生", "男学生"];
const OLDEST: i16 = 17;

/// The age before the first 岁; of 七八岁 the younger one, which is the more
/// careful. Nothing for an age that is no child's.
pub(super) fn age(feature: &str) -> Option<i16> {
    let (before, _) = feature.split_once('岁')?;
    let said: Vec<char> = {
        let last: Vec<char> = before
            .chars()
            .rev()
            .take_while(|letter| value(*letter).is_some())
            .collect();
        last.into_iter().rev().collect()
    };
    let age = number(&said)?;
    (0..=OLDEST).contains(&age).then_some(age)
}

/// `2` for a girl, `1` for a boy; nothing when neither or both are spoken of.
pub(super) fn sex(feature: &str) -> Option<&'static str> {
    let has = |words: &[&str]| words.iter().any(|word| feature.contains(word));
    match (has(&GIRL), has(&BOY)) {
        (true, false) => Some("2"),
        (false, true) => Some("1"),
        _ => None,
    }
}

/// A digit, plain or full-width, or a numeral; ten is 10.
fn value(letter: char) -> Option<i16> {
    let at = |digits: &str| digits.chars().position(|digit| digit == letter);
    let found = at("0123456789")
        .or_else(|| at("０１２３４５６７８９"))
        .or_else(|| at("零一二三四五六七八九十"));
    found
        .and_then(|value| i16::try_from(value).ok())
        .or((letter == '两').then_some(2))
}

fn number(letters: &[char]) -> Option<i16> {
    let values: Vec<i16> = letters.iter().filter_map(|letter| value(*letter)).collect();
    let plain = letters
        .iter()
        .all(|letter| letter.is_ascii_digit() || ('０'..='９').contains(letter));
    match values.as_slice() {
        [] => None,
        [10, ones @ ..] => Some(10 + ones.first().copied().unwrap_or(0)),
        [tens, 10, ..] => Some(tens * 10),
        digits if plain => digits
            .iter()
            .try_fold(0i16, |sum, digit| sum.checked_mul(10)?.checked_add(*digit)),
        [first, ..] => Some(*first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_guess_tells_age_and_sex() {
        for (feature, want) in [
            ("约7岁女童", (Some(7), Some("2"))),
            ("１２岁左右的男孩，穿红校服", (Some(12), Some("1"))),
            ("七八岁的女娃", (Some(7), Some("2"))),
            ("十三岁男生", (Some(13), Some("1"))),
            ("十岁", (Some(10), None)),
            ("两岁", (Some(2), None)),
        ] {
            assert_eq!((age(feature), sex(feature)), want, "{feature}");
        }
    }

    #[test]
    fn what_is_no_childs_age_or_says_both_tells_nothing() {
        for feature in [
            "被40岁男子带走",
            "红校服",
            "岁数不详",
            "三十岁",
            "男孩女孩各一个",
            "一女子抱着的孩子",
        ] {
            assert_eq!((age(feature), sex(feature)), (None, None), "{feature}");
        }
    }
}
