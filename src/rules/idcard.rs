//! Citizen identity numbers (公民身份号码, GB 11643-1999): reading, check digit,
//! and the birth date and sex they tell.

use chrono::NaiveDate;

/// Weights of the first seventeen digits, GB 11643-1999 (ISO 7064 MOD 11-2).
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// Check characters by the sum modulo 11.
const CHECK: [u8; 11] = *b"10X98765432";
/// An area that exists nowhere: numbers made up for tests and for the demo.
const SYNTHETIC_AREA: &str = "140699";

/// The sex that a number tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    /// 男
    Male,
    /// 女
    Female,
}

impl Sex {
    /// The stored code (GB/T 2261.1: `1` male, `2` female).
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Male => "1",
            Self::Female => "2",
        }
    }

    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Male => "男",
            Self::Female => "女",
        }
    }
}

/// A valid number and what it tells. Its `Debug` form hides the number.
#[derive(Clone, PartialEq, Eq)]
pub struct IdCard {
    /// Eighteen characters, `X` in upper case.
    pub number: String,
    /// Date of birth.
    pub birth: NaiveDate,
    /// Sex.
    pub sex: Sex,
}

impl std::fmt::Debug for IdCard {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("IdCard(…)")
    }
}

/// Why a text is not a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadIdCard {
    /// Neither 18 nor 15 characters.
    #[error("身份证号应为 18 位（或 15 位旧号）")]
    Length,
    /// A character that is no digit (or an `X` before the end).
    #[error("身份证号只能是数字，末位可为 X")]
    Character,
    /// The birth date does not exist.
    #[error("身份证号中的出生日期不存在")]
    Date,
    /// The last character does not fit the others.
    #[error("身份证号校验位不对，核对是否抄错")]
    CheckDigit,
}

impl IdCard {
    /// Whether the number was made up (its area code exists nowhere).
    #[must_use]
    pub fn is_synthetic(&self) -> bool {
        self.number.starts_with(SYNTHETIC_AREA)
    }
}

/// Reads a number as typed: full-width characters, spaces and a small `x` are
/// tolerated, an old number of fifteen digits is raised to eighteen (born in
/// 19xx). Area codes are not looked up: old and abolished ones stay valid.
///
/// # Errors
/// [`BadIdCard`] names what is wrong.
pub fn parse(text: &str) -> Result<IdCard, BadIdCard> {
    let typed = narrow(text);
    match typed.len() {
        18 => check(&typed),
        15 => check(&raised(&typed)?),
        _ => Err(BadIdCard::Length),
    }
}

/// Makes the characters ASCII and drops spaces; anything else stays as it is.
fn narrow(text: &str) -> Vec<char> {
    text.chars()
        .filter(|character| !character.is_whitespace())
        .map(|character| match character {
            'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '０'..='９' => u32::from(character)
                .checked_sub(0xFEE0)
                .and_then(char::from_u32)
                .unwrap_or(character),
            other => other,
        })
        .map(|character| character.to_ascii_uppercase())
        .collect()
}

fn raised(old: &[char]) -> Result<Vec<char>, BadIdCard> {
    let mut body: Vec<char> = old[..6].to_vec();
    body.extend(['1', '9']);
    body.extend_from_slice(&old[6..]);
    let check = check_character(&body).ok_or(BadIdCard::Character)?;
    body.push(check);
    Ok(body)
}

/// The check character of the first seventeen digits.
fn check_character(body: &[char]) -> Option<char> {
    let mut sum = 0;
    for (digit, weight) in body.iter().take(17).zip(WEIGHTS) {
        sum += digit.to_digit(10)? * weight;
    }
    usize::try_from(sum % 11)
        .ok()
        .and_then(|at| CHECK.get(at))
        .copied()
        .map(char::from)
}

fn check(number: &[char]) -> Result<IdCard, BadIdCard> {
    let expected = check_character(number).ok_or(BadIdCard::Character)?;
    let last = number.last().copied().unwrap_or_default();
    if !(last.is_ascii_digit() || last == 'X') {
        return Err(BadIdCard::Character);
    }
    let text: String = number.iter().collect();
    let birth = NaiveDate::parse_from_str(&text[6..14], "%Y%m%d").map_err(|_| BadIdCard::Date)?;
    if last != expected {
        return Err(BadIdCard::CheckDigit);
    }
    let odd = number[16].to_digit(10).unwrap_or_default() % 2 == 1;
    let sex = if odd { Sex::Male } else { Sex::Female };
    Ok(IdCard {
        number: text,
        birth,
        sex,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_examples_of_the_standard_are_valid() {
        let card = parse("11010519491231002X").unwrap();
        assert_eq!((card.birth.to_string().as_str(), card.sex), ("1949-12-31", Sex::Female));
        let card = parse("440524188001010014").unwrap();
        assert_eq!((card.birth.to_string().as_str(), card.sex), ("1880-01-01", Sex::Male));
    }

    #[test]
    fn made_up_numbers_are_known_as_such() {
        for number in ["140699201403050018", "140699201607180025", "140699201201010034"] {
            assert!(parse(number).unwrap().is_synthetic(), "{number}");
        }
        assert!(!parse("11010519491231002X").unwrap().is_synthetic());
    }

    #[test]
    fn a_number_is_read_as_people_type_it() {
        let plain = parse("11010519491231002X").unwrap();
        for typed in [
            "１１０１０５１９４９１２３１００２Ｘ",
            "110105 19491231 002x",
            "\u{3000}11010519491231002x ",
        ] {
            assert_eq!(parse(typed).unwrap(), plain, "{typed}");
        }
    }

    #[test]
    fn an_old_number_is_raised_to_eighteen() {
        assert_eq!(parse("110105491231002").unwrap().number, "11010519491231002X");
    }

    #[test]
    fn each_fault_is_named() {
        for (typed, fault) in [
            ("", BadIdCard::Length),
            ("1234567", BadIdCard::Length),
            ("1101051949123100２X1", BadIdCard::Length),
            ("1101051949１231a02X", BadIdCard::Character),
            ("11010519491231002甲", BadIdCard::Character),
            ("11010549123100X", BadIdCard::Character),
            ("140699201402300018", BadIdCard::Date),
            ("140699201413050018", BadIdCard::Date),
            ("140699201403050019", BadIdCard::CheckDigit),
        ] {
            assert_eq!(parse(typed), Err(fault), "{typed}");
        }
    }

    #[test]
    fn the_debug_form_hides_the_number() {
        let card = parse("140699201403050018").unwrap();
        assert!(!format!("{card:?}").contains("1406"));
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_found(day in 0u32..7000, serial in 0u32..1000, place in 0usize..17, by in 1u32..10) {
            let birth = NaiveDate::from_ymd_opt(2007, 1, 1).unwrap() + chrono::Days::new(u64::from(day));
            let body: Vec<char> = format!("140699{}{serial:03}", birth.format("%Y%m%d")).chars().collect();
            let mut number = body.clone();
            number.push(check_character(&body).unwrap());
            let text: String = number.iter().collect();
            prop_assert_eq!(parse(&text).unwrap().birth, birth);

            let changed = (number[place].to_digit(10).unwrap() + by) % 10;
            number[place] = char::from_digit(changed, 10).unwrap();
            let text: String = number.iter().collect();
            prop_assert!(parse(&text).is_err());
        }

        #[test]
        fn no_text_makes_the_reader_fall(text in ".{0,24}") {
            let _ = parse(&text);
        }
    }
}
