//! 质检: which reports of a span are looked at, and how a call is scored.
//!
//! Whoever draws must not be able to pick: the place of a report in the draw is
//! SM3 over a seed and its id, so that the seed, kept, gives the same sample to
//! whoever draws again. How many are drawn and what is scored is this system's
//! own (本系统默认，可配置).

use serde::{Deserialize, Serialize};
use sm3::{Digest, Sm3};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// How many reports of each agent are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// At least so many, as far as there are.
    pub least: u32,
    /// And at least this share of them, in percent.
    pub percent: u32,
}

impl Quota {
    /// What holds until somebody changes it.
    pub const USUAL: Self = Self { least: 2, percent: 5 };
    /// Most that may be asked for.
    pub const MOST_LEAST: u32 = 50;
    /// Most percent.
    pub const MOST_PERCENT: u32 = 100;

    /// How many of so many are drawn: the greater of both, rounded up.
    #[must_use]
    pub fn of(self, size: usize) -> usize {
        let share = usize::try_from(self.percent).unwrap_or_default();
        let least = usize::try_from(self.least).unwrap_or_default();
        size.saturating_mul(share).div_ceil(100).max(least).min(size)
    }
}

/// A report that may be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The report.
    pub report: Uuid,
    /// Who took it.
    pub agent: Uuid,
    /// What became of it, its stored word.
    pub outcome: String,
}

/// The place of a report in a draw; the lowest are drawn.
#[must_use]
pub fn place(seed: &str, report: Uuid) -> [u8; 32] {
    let mut hash = Sm3::new();
    hash.update(seed.as_bytes());
    hash.update(report.as_bytes());
    hash.finalize().into()
}

/// Draws of each agent as many as the quota says, in turn of each outcome that
/// the agent's reports had, so that what is seldom is looked at, too. Depends on
/// the seed and on which reports there are, not on their order.
#[must_use]
pub fn draw(seed: &str, quota: Quota, candidates: &[Candidate]) -> BTreeSet<Uuid> {
    type Placed = ([u8; 32], Uuid);
    let mut agents: BTreeMap<Uuid, BTreeMap<&str, BTreeSet<Placed>>> = BTreeMap::new();
    for one in candidates {
        let outcomes = agents.entry(one.agent).or_default();
        let placed = (place(seed, one.report), one.report);
        outcomes.entry(one.outcome.as_str()).or_default().insert(placed);
    }
    let mut drawn = BTreeSet::new();
    for outcomes in agents.into_values() {
        let size = outcomes.values().map(BTreeSet::len).sum();
        // Of each outcome its first, then of each its second …; within a turn
        // in the order of the draw, so that no outcome stands before another.
        let turns = outcomes.values().flat_map(|placed| placed.iter().enumerate());
        let mut order: Vec<(usize, &Placed)> = turns.collect();
        order.sort_unstable();
        drawn.extend(order.into_iter().take(quota.of(size)).map(|(_, (_, report))| *report));
    }
    drawn
}

/// What is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// `Q01`
    pub code: String,
    /// The words on screen.
    pub text: String,
    /// Most points; 0 for a veto item.
    pub max: u8,
    /// 一票否决
    pub fatal: bool,
}

/// What was found, by item: the points given, or 1 where a veto applies.
pub type Marks = BTreeMap<String, u8>;

/// What a whole review comes to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    /// Points; none where a veto applies.
    pub points: u32,
    /// The most there can be.
    pub full: u32,
    /// Whether a veto applies.
    pub fatal: bool,
}

/// The score, and the items that nothing was said of.
#[must_use]
pub fn score(items: &[Item], marks: &Marks) -> (Score, Vec<String>) {
    let mut score = Score::default();
    let mut missing = Vec::new();
    for item in items {
        match marks.get(&item.code) {
            None => missing.push(item.code.clone()),
            Some(mark) if item.fatal => score.fatal |= *mark > 0,
            Some(mark) => score.points += u32::from((*mark).min(item.max)),
        }
        score.full += u32::from(item.max);
    }
    if score.fatal {
        score.points = 0;
    }
    (score, missing)
}

/// Where a review stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewState {
    /// 待评
    Waiting,
    /// 评分中
    Draft,
    /// 已评
    Finished,
    /// 申诉中
    Objected,
    /// 申诉已裁定
    Ruled,
}

impl ReviewState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Draft, Self::Finished, Self::Objected, Self::Ruled];

    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Draft => "draft",
            Self::Finished => "finished",
            Self::Objected => "objected",
            Self::Ruled => "ruled",
        }
    }

    /// The words on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Waiting => "待评",
            Self::Draft => "评分中",
            Self::Finished => "已评",
            Self::Objected => "申诉中",
            Self::Ruled => "申诉已裁定",
        }
    }

    /// The kind of its mark.
    #[must_use]
    pub fn mark(self) -> &'static str {
        match self {
            Self::Waiting => "",
            Self::Draft => "on",
            Self::Finished | Self::Ruled => "ok",
            Self::Objected => "wait",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Whether its score stands: whoever took the call sees it.
    #[must_use]
    pub fn is_told(self) -> bool {
        matches!(self, Self::Finished | Self::Objected | Self::Ruled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn candidates(sizes: &[(u128, &str, u128)]) -> Vec<Candidate> {
        let mut all = Vec::new();
        for (agent, outcome, size) in sizes {
            for number in 0..*size {
                let report = Uuid::from_u128((*agent << 96) | ((outcome.len() as u128) << 64) | number);
                all.push(Candidate {
                    report,
                    agent: Uuid::from_u128(*agent),
                    outcome: (*outcome).to_owned(),
                });
            }
        }
        all
    }

    fn of_agent(drawn: &BTreeSet<Uuid>, agent: u128) -> usize {
        drawn.iter().filter(|id| id.as_u128() >> 96 == agent).count()
    }

    #[test]
    fn each_agent_is_drawn_by_number_or_share_whichever_is_more() {
        let quota = Quota { least: 2, percent: 5 };
        assert_eq!([0, 1, 2, 40, 41, 200].map(|size| quota.of(size)), [0, 1, 2, 2, 3, 10]);
        let all = candidates(&[(1, "routed", 60), (2, "routed", 1), (3, "answered", 20)]);
        let drawn = draw("seed", quota, &all);
        assert_eq!([1, 2, 3].map(|agent| of_agent(&drawn, agent)), [3, 1, 2]);
    }

    #[test]
    fn what_is_seldom_is_looked_at_too() {
        let all = candidates(&[(1, "routed", 99), (1, "dismissed", 1)]);
        for seed in 0..20 {
            let drawn = draw(&format!("seed {seed}"), Quota { least: 2, percent: 0 }, &all);
            assert_eq!(drawn.len(), 2);
            assert!(drawn.contains(&all[99].report), "one of each outcome");
        }
    }

    /// Among those of one agent and outcome every one is drawn alike: chi square
    /// over 4000 draws of 3 in 12, far below what a favourite would give.
    #[test]
    fn nobody_is_a_favourite() {
        let all = candidates(&[(7, "routed", 12)]);
        let mut times: BTreeMap<Uuid, f64> = BTreeMap::new();
        for seed in 0..4000 {
            for id in draw(&format!("{seed:064x}"), Quota { least: 3, percent: 0 }, &all) {
                *times.entry(id).or_default() += 1.0;
            }
        }
        let expected = 4000.0 * 3.0 / 12.0;
        let chi: f64 = times.values().map(|seen| (seen - expected).powi(2) / expected).sum();
        assert_eq!(times.len(), 12);
        assert!(chi < 31.3, "chi square {chi} with 11 degrees of freedom, p < 0.001");
    }

    proptest! {
        #[test]
        fn the_same_seed_draws_the_same_in_any_order(
            seed in "[0-9a-f]{64}",
            least in 0u32..6,
            percent in 0u32..=100,
            shuffled in Just(candidates(&[(1, "routed", 9), (1, "answered", 4), (2, "routed", 7)])).prop_shuffle(),
        ) {
            let quota = Quota { least, percent };
            let sorted = candidates(&[(1, "routed", 9), (1, "answered", 4), (2, "routed", 7)]);
            let drawn = draw(&seed, quota, &shuffled);
            prop_assert_eq!(&drawn, &draw(&seed, quota, &sorted));
            prop_assert_eq!(of_agent(&drawn, 1), quota.of(13));
            prop_assert_eq!(of_agent(&drawn, 2), quota.of(7));
        }
    }

    #[test]
    fn a_veto_takes_all_points_and_what_is_missing_is_named() {
        let item = |code: &str, max, fatal| Item {
            code: code.to_owned(),
            text: String::new(),
            max,
            fatal,
        };
        let items = [item("Q01", 10, false), item("Q02", 5, false), item("F01", 0, true)];
        let marks = |pairs: &[(&str, u8)]| pairs.iter().map(|(code, mark)| ((*code).to_owned(), *mark)).collect();
        let told = |points, fatal| Score {
            points,
            full: 15,
            fatal,
        };
        assert_eq!(
            score(&items, &marks(&[("Q01", 9), ("Q02", 5), ("F01", 0)])),
            (told(14, false), vec![])
        );
        assert_eq!(
            score(&items, &marks(&[("Q01", 9), ("Q02", 5), ("F01", 1)])),
            (told(0, true), vec![])
        );
        assert_eq!(score(&items, &marks(&[("Q01", 200)])).0.points, 10);
        assert_eq!(score(&items, &Marks::new()).1, ["Q01", "Q02", "F01"]);
    }
}
