//! The clocks of a case: which milestones are owed at which level, and when.
//! Every amount is a row of `data/deadlines.csv`.

use chrono::{DateTime, Utc};

use super::calendar::{Amount, Calendar, TimeUnit};
use super::codes::{self, DeadlineRule};
use super::level::RiskLevel;

/// What is owed on a case (时限节点).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Milestone {
    /// 签收
    Sign,
    /// 首次联系、见到儿童
    Contact,
    /// 评估
    Assess,
    /// 办结、答复
    Resolve,
}

impl Milestone {
    /// Every milestone in the order in which they are reached.
    pub const ALL: [Self; 4] = [Self::Sign, Self::Contact, Self::Assess, Self::Resolve];

    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Sign => "sign",
            Self::Contact => "contact",
            Self::Assess => "assess",
            Self::Resolve => "resolve",
        }
    }

    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Sign => "签收",
            Self::Contact => "首次联系",
            Self::Assess => "评估",
            Self::Resolve => "办结",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|milestone| milestone.code() == code)
    }
}

/// When a milestone is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MilestoneDue {
    /// `DL08` …
    pub rule: String,
    /// What is owed.
    pub milestone: Milestone,
    /// How long it may take.
    pub amount: Amount,
    /// The last moment; `None` when it falls into a year without a working
    /// calendar, which `text` then says.
    pub at: Option<DateTime<Utc>>,
    /// The rule in words, for the screen.
    pub text: String,
}

/// The milestones owed for a report of this demand type at this level, in the
/// order of [`Milestone::ALL`]. Red and yellow are never without clocks: where
/// the demand type has no row of its own, those of a tip-off are used.
#[must_use]
pub fn dues(
    demand: &str,
    level: RiskLevel,
    received_at: DateTime<Utc>,
    calendar: &Calendar,
) -> Vec<MilestoneDue> {
    let own = rows(demand, level);
    let rows = if own.is_empty() && level <= RiskLevel::Yellow {
        rows("tipoff", level)
    } else {
        own
    };
    let mut dues: Vec<MilestoneDue> = rows
        .into_iter()
        .filter_map(|row| due(row, received_at, calendar))
        .collect();
    dues.sort_by_key(|due| due.milestone);
    dues
}

fn rows(demand: &str, level: RiskLevel) -> Vec<&'static DeadlineRule> {
    codes::deadline_rules()
        .iter()
        .filter(|row| !row.milestone.is_empty() && row.demand == demand && row.level == Some(level))
        .collect()
}

fn due(row: &DeadlineRule, from: DateTime<Utc>, calendar: &Calendar) -> Option<MilestoneDue> {
    let amount = row.time()?;
    let (at, text) = match calendar.add(from, amount) {
        Ok(at) => (Some(at), row.name.clone()),
        Err(missing) => (None, format!("{}（{missing}，到期时间待定）", row.name)),
    };
    let milestone = Milestone::parse(&row.milestone)?;
    Some(MilestoneDue {
        rule: row.rule.clone(),
        milestone,
        amount,
        at,
        text,
    })
}

impl DeadlineRule {
    /// The amount of time; `None` for one that lies before its event.
    #[must_use]
    pub fn time(&self) -> Option<Amount> {
        Some(Amount::new(
            u32::try_from(self.amount).ok()?,
            TimeUnit::parse(&self.unit)?,
        ))
    }
}

/// The amount of the first row of a rule at a level.
fn amount(rule: &str, level: RiskLevel) -> Option<Amount> {
    codes::deadline_rules()
        .iter()
        .find(|row| row.rule == rule && row.level == Some(level))
        .and_then(DeadlineRule::time)
}

/// How often a child at this level is visited (DL29).
#[must_use]
pub fn visit_interval(level: RiskLevel) -> Amount {
    amount("DL29", level).unwrap_or(Amount::new(7, TimeUnit::NaturalDays))
}

/// How often the risk is reviewed (DL30).
#[must_use]
pub fn review_interval(level: RiskLevel) -> Amount {
    amount("DL30", level).unwrap_or(Amount::new(1, TimeUnit::Months))
}

/// On which days after closing the child is followed up (DL31).
#[must_use]
pub fn follow_up_days() -> [u32; 3] {
    let mut days = [30, 90, 180];
    let rows = codes::deadline_rules()
        .iter()
        .filter(|row| row.rule == "DL31");
    for (day, amount) in days.iter_mut().zip(rows.filter_map(DeadlineRule::time)) {
        *day = amount.n;
    }
    days
}

/// Whether a clock at this level may be extended (DL10): never at red.
#[must_use]
pub fn may_extend(level: RiskLevel) -> bool {
    level != RiskLevel::Red
}

/// Whether a clock at this level may be paused: never at red or yellow.
#[must_use]
pub fn may_pause(level: RiskLevel) -> bool {
    level > RiskLevel::Yellow
}
