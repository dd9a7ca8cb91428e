//! Numbers as exchanges write them, brought to the form in which people type
//! them, so that one caller is one caller.

use crate::vault::normalise;

/// What an exchange says of who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Number {
    /// A number.
    Known(String),
    /// 号码隐藏
    Withheld,
    /// Something that is no number.
    Garbled,
}

/// Words with which exchanges say that there is no number.
const WITHHELD: [&str; 8] = [
    "",
    "anonymous",
    "unknown",
    "private",
    "withheld",
    "restricted",
    "unavailable",
    "隐藏",
];

impl Number {
    /// Reads what the exchange wrote: `+86`, `0086`, a trunk zero before a
    /// mobile number, blanks, hyphens and brackets, `sip:…@…`.
    pub(super) fn read(text: &str) -> Self {
        let text = normalise(text);
        let text = text
            .trim_start_matches("sips:")
            .trim_start_matches("sip:")
            .trim_start_matches("tel:");
        let text = text.split(['@', ';']).next().unwrap_or_default();
        if WITHHELD.contains(&text) {
            return Self::Withheld;
        }
        let plain: String = text
            .chars()
            .filter(|letter| !matches!(letter, '(' | ')' | '.'))
            .collect();
        let home = ["+86", "0086"].iter().find_map(|country| plain.strip_prefix(country));
        let local = home.unwrap_or(&plain);
        let mobile = |digits: &str| digits.len() == 11 && digits.starts_with('1');
        let local = local.strip_prefix('0').filter(|rest| mobile(rest)).unwrap_or(local);
        // Abroad the digits of the area come without their zero.
        let local = match home {
            Some(digits) if !mobile(local) && !digits.starts_with('0') && digits.len() > 8 => format!("0{digits}"),
            _ => local.to_owned(),
        };
        let digits = local.strip_prefix('+').unwrap_or(&local);
        let fits = (3..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        if fits { Self::Known(local) } else { Self::Garbled }
    }

    /// The stored word.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Known(_) => "known",
            Self::Withheld => "withheld",
            Self::Garbled => "garbled",
        }
    }
}

/// The number without its middle, for lists.
pub(super) fn masked(number: &str) -> String {
    let letters: Vec<char> = number.chars().collect();
    let keep = if letters.len() >= 10 { (3, 4) } else { (1, 2) };
    if letters.len() <= keep.0 + keep.1 {
        return "*".repeat(letters.len());
    }
    let hidden = letters.len() - keep.0 - keep.1;
    let part = |letters: &[char]| letters.iter().collect::<String>();
    let tail = part(&letters[letters.len() - keep.1..]);
    format!("{}{}{tail}", part(&letters[..keep.0]), "*".repeat(hidden))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_caller_is_one_caller_however_the_exchange_writes_it() {
        let known = Number::Known("16000000001".to_owned());
        for text in [
            "16000000001",
            "+8616000000001",
            "008616000000001",
            "016000000001",
            " 160 0000-0001 ",
            "sip:16000000001@10.1.2.3;transport=tcp",
            "tel:+86-16000000001",
            "１６００００００００１",
        ] {
            assert_eq!(Number::read(text), known, "{text}");
        }
        assert_eq!(Number::read("0349-0001234"), Number::Known("03490001234".to_owned()));
        assert_eq!(Number::read("+863490001234"), Number::Known("03490001234".to_owned()));
        assert_eq!(Number::read("110"), Number::Known("110".to_owned()));
    }

    #[test]
    fn who_hides_the_number_and_what_is_none_is_told_apart() {
        for text in ["", "anonymous", "Anonymous", "sip:anonymous@anonymous.invalid", " "] {
            assert_eq!(Number::read(text), Number::Withheld, "{text}");
        }
        for text in ["12", "打不通12345", "1600000000116000000001", "160'; --", "+", "李某"] {
            assert_eq!(Number::read(text), Number::Garbled, "{text}");
        }
    }

    #[test]
    fn a_masked_number_shows_its_ends_only() {
        assert_eq!(masked("16000000001"), "160****0001");
        assert_eq!(masked("03490001234"), "034****1234");
        assert_eq!(masked("8008"), "8*08");
        assert_eq!(masked("110"), "***");
    }
}
