//! The four-colour scale (四色量表): three dimensions, veto items and points.
//! A score is advice; the level only rises by it, never falls.

use std::collections::{BTreeMap, BTreeSet};

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

/// Scores a sheet.
///
/// # Errors
/// One [`BadMark`] for each item that is missing, unknown or has too many points.
pub fn score(_sheet: &Sheet) -> Result<Outcome, Vec<BadMark>> {
    Err(Vec::new())
}

/// The level after a score: the more urgent of the two.
#[must_use]
pub fn level_after(current: RiskLevel, outcome: &Outcome) -> RiskLevel {
    current.min(outcome.level)
}
