//! The four-colour scale (四色量表): three dimensions, veto items and points.
//! A score is advice; the level only rises by it, never falls.

use std::collections::{BTreeMap, BTreeSet};

use super::codes::{self, AssessmentItem};
use super::level::RiskLevel;

/// A dimension of the scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// 监护风险
    Guardianship,
    /// 生理风险
    Physical,
    /// 行为风险
    Behaviour,
}

impl Dimension {
    /// Every dimension in the order of the form.
    pub const ALL: [Self; 3] = [Self::Guardianship, Self::Physical, Self::Behaviour];

    /// The letter of its items.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Guardianship => "A",
            Self::Physical => "B",
            Self::Behaviour => "C",
        }
    }

    /// The words on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Guardianship => "监护风险",
            Self::Physical => "生理风险",
            Self::Behaviour => "行为风险",
        }
    }

    /// Reads the letter.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dimension| dimension.code() == code)
    }

    /// Its items in the order of the form, veto items first.
    pub fn items(self) -> impl Iterator<Item = &'static AssessmentItem> {
        codes::assessment_items()
            .iter()
            .filter(move |item| item.dimension == self.code())
    }
}

/// The mark of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// So many points, 0 to the item's most.
    Points(u8),
    /// 不适用: the item is left out and the rest counts in proportion.
    NotApplicable,
}

/// A filled-in scale.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    /// Marks of the scored items, by code.
    pub marks: BTreeMap<String, Mark>,
    /// Veto items that apply, by code.
    pub vetoes: BTreeSet<String>,
}

/// What is wrong with a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadMark {
    /// The item's code.
    pub item: String,
    /// The words on screen.
    pub text: String,
}

/// The result of one dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DimensionResult {
    /// Which.
    pub dimension: Dimension,
    /// Points given.
    pub points: u32,
    /// Most points of the items that apply.
    pub max: u32,
    /// Tenths of a percent, 0–1000; nothing when no item applies.
    pub permille: Option<u32>,
    /// Codes of the veto items that apply.
    pub vetoes: Vec<String>,
    /// The level; nothing when no item applies.
    pub level: Option<RiskLevel>,
}

/// The result of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The three dimensions.
    pub dimensions: Vec<DimensionResult>,
    /// The worst of them.
    pub level: RiskLevel,
}

/// Scores a sheet: each dimension by its points (≥80% green, 60–79% blue,
/// 40–59% yellow, less red), red at once by a veto item; the whole by its worst
/// dimension. Items that do not apply are left out and the rest counts in
/// proportion; nothing is rounded before the bands are read.
///
/// # Errors
/// One [`BadMark`] for each item that is missing, unknown or has too many points.
pub fn score(sheet: &Sheet) -> Result<Outcome, Vec<BadMark>> {
    let faults = faults(sheet);
    if !faults.is_empty() {
        return Err(faults);
    }
    let dimensions: Vec<_> = Dimension::ALL
        .into_iter()
        .map(|dimension| result(dimension, sheet))
        .collect();
    let level = dimensions
        .iter()
        .filter_map(|result| result.level)
        .min()
        .unwrap_or(RiskLevel::Green);
    Ok(Outcome { dimensions, level })
}

fn faults(sheet: &Sheet) -> Vec<BadMark> {
    let fault = |item: &str, text: String| BadMark {
        item: item.to_owned(),
        text,
    };
    let mut faults = Vec::new();
    for item in codes::assessment_items().iter().filter(|item| !item.veto) {
        match sheet.marks.get(&item.code) {
            None => faults.push(fault(&item.code, format!("“{}”尚未评分", item.text))),
            Some(Mark::Points(points)) if *points > item.max => {
                faults.push(fault(&item.code, format!("“{}”最高{}分", item.text, item.max)));
            }
            Some(_) => {}
        }
    }
    let is_veto = |code: &str| codes::assessment_item(code).map(|item| item.veto);
    let marks = sheet.marks.keys().filter(|code| is_veto(code) != Some(false));
    let vetoes = sheet.vetoes.iter().filter(|code| is_veto(code) != Some(true));
    // What was sent is not repeated: it may be anything.
    let unknown = marks.chain(vetoes).next();
    faults.extend(unknown.map(|_| fault("", "量表没有所填的条目，核对条目代码".to_owned())));
    faults
}

fn result(dimension: Dimension, sheet: &Sheet) -> DimensionResult {
    let (mut points, mut max) = (0, 0);
    for item in dimension.items() {
        if let Some(Mark::Points(given)) = sheet.marks.get(&item.code) {
            points += u32::from(*given);
            max += u32::from(item.max);
        }
    }
    let vetoes: Vec<String> = dimension
        .items()
        .filter(|item| item.veto && sheet.vetoes.contains(&item.code))
        .map(|item| item.code.clone())
        .collect();
    let permille = (points * 1000).checked_div(max);
    let level = if vetoes.is_empty() {
        band(points, max)
    } else {
        Some(RiskLevel::Red)
    };
    DimensionResult {
        dimension,
        points,
        max,
        permille,
        vetoes,
        level,
    }
}

/// The level of so many points out of the most; nothing when nothing applies.
fn band(points: u32, max: u32) -> Option<RiskLevel> {
    let reaches = |percent: u32| points * 100 >= percent * max;
    match max {
        0 => None,
        _ if reaches(80) => Some(RiskLevel::Green),
        _ if reaches(60) => Some(RiskLevel::Blue),
        _ if reaches(40) => Some(RiskLevel::Yellow),
        _ => Some(RiskLevel::Red),
    }
}

/// The level after a score: the more urgent of the two.
#[must_use]
pub fn level_after(current: RiskLevel, outcome: &Outcome) -> RiskLevel {
    current.min(outcome.level)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every item at its most.
    fn full() -> Sheet {
        let items = codes::assessment_items().iter().filter(|item| !item.veto);
        Sheet {
            marks: items.map(|item| (item.code.clone(), Mark::Points(item.max))).collect(),
            vetoes: BTreeSet::new(),
        }
    }

    #[test]
    fn each_dimension_has_a_hundred_points() {
        let outcome = score(&full()).unwrap();
        assert_eq!(outcome.level, RiskLevel::Green);
        for result in &outcome.dimensions {
            assert_eq!((result.points, result.max, result.permille), (100, 100, Some(1000)));
        }
    }

    #[test]
    fn the_bands_are_read_at_eighty_sixty_and_forty() {
        for (points, level) in [
            (80, RiskLevel::Green),
            (79, RiskLevel::Blue),
            (60, RiskLevel::Blue),
            (59, RiskLevel::Yellow),
            (40, RiskLevel::Yellow),
            (39, RiskLevel::Red),
            (0, RiskLevel::Red),
        ] {
            assert_eq!(band(points, 100), Some(level), "{points}");
        }
    }

    #[test]
    fn one_veto_makes_the_whole_red() {
        for item in codes::assessment_items().iter().filter(|item| item.veto) {
            let mut sheet = full();
            sheet.vetoes.insert(item.code.clone());
            let outcome = score(&sheet).unwrap();
            assert_eq!(outcome.level, RiskLevel::Red, "{}", item.code);
            let red = outcome
                .dimensions
                .iter()
                .filter(|result| result.level == Some(RiskLevel::Red));
            assert_eq!(red.count(), 1);
        }
    }

    #[test]
    fn an_item_that_does_not_apply_is_left_out_in_proportion() {
        let mut sheet = full();
        // The disability (20 of 100) does not apply; 64 of 80 are 80 percent.
        sheet.marks.insert("B2-04".to_owned(), Mark::NotApplicable);
        sheet.marks.insert("B2-05".to_owned(), Mark::Points(14));
        let physical = score(&sheet).unwrap().dimensions[1].clone();
        assert_eq!((physical.points, physical.max, physical.permille), (64, 80, Some(800)));
        assert_eq!(physical.level, Some(RiskLevel::Green));
        sheet.marks.insert("B2-05".to_owned(), Mark::Points(13));
        assert_eq!(score(&sheet).unwrap().dimensions[1].level, Some(RiskLevel::Blue));
    }

    #[test]
    fn a_dimension_of_which_nothing_applies_has_no_level() {
        let mut sheet = full();
        for item in Dimension::Behaviour.items().filter(|item| !item.veto) {
            sheet.marks.insert(item.code.clone(), Mark::NotApplicable);
        }
        let outcome = score(&sheet).unwrap();
        assert_eq!((outcome.dimensions[2].level, outcome.level), (None, RiskLevel::Green));
    }

    #[test]
    fn missing_unknown_and_excessive_marks_are_named() {
        let mut sheet = full();
        sheet.marks.remove("A2-01");
        sheet.marks.insert("A2-02".to_owned(), Mark::Points(9));
        sheet.marks.insert("Z9-99".to_owned(), Mark::Points(1));
        sheet.vetoes.insert("A2-03".to_owned());
        let items: Vec<_> = score(&sheet).unwrap_err().into_iter().map(|fault| fault.item).collect();
        // What the form does not have is told once, without repeating what was sent.
        assert_eq!(items, ["A2-01", "A2-02", ""]);
    }

    proptest! {
        #[test]
        fn losing_points_never_improves_the_level(marks in prop::collection::vec(0u8..=30, 40), which in 0usize..40) {
            let mut sheet = full();
            let codes: Vec<_> = sheet.marks.keys().cloned().collect();
            for (code, points) in codes.iter().zip(&marks) {
                let most = codes::assessment_item(code).unwrap().max;
                sheet.marks.insert(code.clone(), Mark::Points((*points).min(most)));
            }
            let before = score(&sheet).unwrap().level;
            let code = &codes[which % codes.len()];
            sheet.marks.insert(code.clone(), Mark::Points(0));
            let after = score(&sheet).unwrap();
            prop_assert!(!before.above(after.level));
            for current in RiskLevel::ALL {
                prop_assert!(!current.above(level_after(current, &after)));
            }
        }
    }
}
