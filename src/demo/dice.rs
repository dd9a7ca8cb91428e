//! Dice that fall alike for the same seed (SplitMix64): not for secrets.

use crate::rules::idcard;
use std::sync::LazyLock;

#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.roll() % end.max(1)
    }

    /// One of a list that is not empty.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let at = usize::try_from(self.below(u64::try_from(list.len()).unwrap_or(1))).unwrap_or(0);
        &list[at]
    }

    /// An invented name; some with two-character surnames, a dot, or
    /// characters that old fonts lack. As many differ as do among real ones, or
    /// a large load would take strangers for the same child.
    pub(crate) fn name(&mut self) -> String {
        const RARE: &[&str] = &["欧阳", "阿依·", "㛃", "𬭎", "窊"];
        const SURNAMES: &[&str] = &["苗", "禾", "谷", "麦", "粟", "柏", "桑", "榆", "薛", "闫", "丰", "边"];
        let surname = if self.below(8) == 0 {
            self.pick(RARE)
        } else {
            self.pick(SURNAMES)
        };
        let first = self.letter();
        match self.below(6) {
            0 => format!("{surname}{first}"),
            _ => format!("{surname}{first}{}", self.letter()),
        }
    }

    /// A character of given names.
    fn letter(&mut self) -> char {
        const LETTERS: &str = "小满春芽晨曦石头秋实念安一诺雨禾平向阳冬果月星河山川竹松兰若清明远宁静和乐康健志成思源嘉言\
            文博学海云帆子涵梓轩浩然俊杰欣怡佳慧雪梅红霞建国华强永福长青";
        static ALL: LazyLock<Vec<char>> = LazyLock::new(|| LETTERS.chars().collect());
        *self.pick(&ALL)
    }

    /// A number of the block that no operator assigns to people here.
    pub(crate) fn phone(&mut self) -> String {
        format!("1600000{:04}", self.below(10_000))
    }

    /// An id number of the area 140699, which was never assigned, for a child
    /// of that age and sex (`1` male, `2` female) in a year.
    pub(crate) fn id_number(&mut self, year: i32, sex: &str) -> String {
        let month = 1 + self.below(12);
        let day = 1 + self.below(28);
        let serial = 10 + self.below(400) * 2 + u64::from(sex == "1");
        let body = format!("140699{year}{month:02}{day:02}{serial:03}");
        let digits = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "X"];
        digits
            .iter()
            .map(|last| format!("{body}{last}"))
            .find(|number| idcard::parse(number).is_ok())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_tells_the_same_people() {
        let tell = |seed| {
            let mut dice = Dice::new(seed);
            (dice.name(), dice.phone(), dice.id_number(2016, "2"))
        };
        assert_eq!(tell(7), tell(7));
        assert_ne!(tell(7), tell(8));
    }

    #[test]
    fn every_id_number_is_valid_and_nobodys() {
        let mut dice = Dice::new(1);
        for year in 2009..2026 {
            let number = dice.id_number(year, "1");
            assert!(idcard::parse(&number).unwrap().is_synthetic(), "{year}");
        }
    }
}
