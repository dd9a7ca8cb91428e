//! Rows of the network, the tasks and the parameters; the fields are the
//! columns.

use serde::Deserialize;

use super::field;
use crate::rules::division::Tier;
use crate::rules::level::RiskLevel;
use crate::rules::taskshare::SharedField;

/// 协同部门的种类.
#[derive(Debug, Deserialize)]
pub struct UnitKind {
    /// `PSB` …
    pub code: String,
    /// The words on screen.
    pub name: String,
    /// The tiers at which every division has one.
    #[serde(deserialize_with = "field::tiers")]
    pub tiers: Vec<Tier>,
    /// Name of the city's unit; `{市}` is the city's name.
    pub city_name: String,
    /// Name of a county's unit; `{县}` is the county's name.
    pub county_name: String,
    /// Name of a township's unit; `{乡}` is the township's name.
    pub township_name: String,
    /// Name of a village's unit; `{村}` is the village's name.
    pub village_name: String,
    /// Whether units of this kind are only brought in by import.
    #[serde(deserialize_with = "field::yes")]
    pub by_import: bool,
    /// Where the row comes from.
    pub source: String,
}

/// 岗位.
#[derive(Debug, Deserialize)]
pub struct PostRole {
    /// `village_child_director` …
    pub code: String,
    /// The words on screen.
    pub name: String,
    /// Unit kinds that have the post.
    #[serde(deserialize_with = "field::list")]
    pub kinds: Vec<String>,
    /// Tiers at which they have it.
    #[serde(deserialize_with = "field::tiers")]
    pub tiers: Vec<Tier>,
    /// Where the row comes from.
    pub source: String,
}

/// 协办任务类型.
#[derive(Debug, Deserialize)]
pub struct TaskType {
    /// `T01`–`T99`.
    pub code: String,
    /// The words on screen.
    pub name: String,
    /// The unit kind that does it.
    pub kind: String,
    /// Artifact kinds of which at least one ends the task; empty when none is
    /// asked for.
    #[serde(deserialize_with = "field::list")]
    pub artifacts: Vec<String>,
    /// The row of `data/deadlines.csv` by which it is owed; by level when empty.
    pub due: String,
    /// The row at red, where another holds then.
    pub due_red: String,
    /// Rows that run once its paper is there.
    #[serde(deserialize_with = "field::list")]
    pub after: Vec<String>,
    /// What the department is told of the case, and no more (最小必要).
    #[serde(deserialize_with = "field::shared")]
    pub fields: Vec<SharedField>,
    /// Where the row comes from.
    pub source: String,
}

/// Which tasks are suggested on a case.
#[derive(Debug, Deserialize)]
pub struct TaskSuggestion {
    /// A case type, its class (two digits), or a dimension of the plan.
    pub code: String,
    /// Codes of `data/task_types.csv`.
    #[serde(deserialize_with = "field::list")]
    pub types: Vec<String>,
    /// Where the row comes from.
    pub source: String,
}

/// The task that a department is given when a case opens.
#[derive(Debug, Deserialize)]
pub struct FirstTask {
    /// The unit kind.
    pub kind: String,
    /// A code of `data/task_types.csv`.
    pub code: String,
    /// Where the row comes from.
    pub source: String,
}

/// 文书种类.
#[derive(Debug, Deserialize)]
pub struct ArtifactKind {
    /// The stored code.
    pub code: String,
    /// The words on screen.
    pub name: String,
    /// The unit kinds that issue it.
    #[serde(deserialize_with = "field::list")]
    pub issuers: Vec<String>,
    /// The longest validity in months, where a text sets one.
    pub in_force_months: Option<u32>,
    /// Whether a case stays open while this paper is in force or the procedure
    /// it opens is unfinished.
    #[serde(deserialize_with = "field::yes")]
    pub blocks_closing: bool,
    /// Where the row comes from.
    pub source: String,
}

/// 结案类型.
#[derive(Debug, Deserialize)]
pub struct ClosureType {
    /// The stored code.
    pub code: String,
    /// The words on screen.
    pub name: String,
    /// False for the ways of closing that do not exist (无法联系 …).
    #[serde(deserialize_with = "field::yes")]
    pub allowed: bool,
    /// Which of the eight checks apply.
    #[serde(deserialize_with = "field::numbers")]
    pub checks: Vec<u8>,
    /// What more is asked for, or what to do instead.
    pub note: String,
    /// Where the row comes from.
    pub source: String,
}

/// A parameter of closing.
#[derive(Debug, Deserialize)]
pub struct ClosingRule {
    /// Its name.
    pub code: String,
    /// Its value.
    pub value: u32,
    /// The unit of the value.
    pub unit: String,
    /// Where the row comes from.
    pub source: String,
}

/// 督办事由.
#[derive(Debug, Deserialize)]
pub struct SupervisionCause {
    /// `unsigned`, `overdue` …
    pub code: String,
    /// The words on screen.
    pub name: String,
    /// Whether it fires by itself; the others are given by hand.
    #[serde(deserialize_with = "field::yes")]
    pub auto: bool,
    /// 1 热线, 2 主管, 3 政府或纪检; given by hand, the person chooses.
    pub level: i16,
    /// The deadline rule of the answer: `SUP-overdue` …
    pub due: String,
    /// Where the row comes from.
    pub source: String,
}

/// 风险等级, as told to people.
#[derive(Debug, Deserialize)]
pub struct RiskLevelRow {
    /// `red` …
    pub code: String,
    /// The words on screen.
    pub name: String,
    /// Any of these makes the level.
    pub criteria: String,
    /// How fast somebody must act.
    pub response: String,
    /// How often the child is visited.
    pub frequency: String,
    /// Where the row comes from.
    pub source: String,
}

/// An item of the four-colour scale.
#[derive(Debug, Deserialize)]
pub struct AssessmentItem {
    /// `A1-01`, `A2-01` …
    pub code: String,
    /// `A`, `B` or `C`.
    pub dimension: String,
    /// The heading under which it stands.
    pub group: String,
    /// The words on screen.
    pub text: String,
    /// Most points; 0 for a veto item.
    pub max: u8,
    /// A veto item (一票否决) makes the dimension red.
    #[serde(deserialize_with = "field::yes")]
    pub veto: bool,
    /// Where the row comes from.
    pub source: String,
}

/// 质检评分项: what is looked at when a call is reviewed.
#[derive(Debug, Clone, Deserialize)]
pub struct QualityItem {
    /// `Q01`, `F01` …
    pub code: String,
    /// The words on screen.
    pub text: String,
    /// Most points; 0 for a veto item.
    pub max: u8,
    /// A veto item (一票否决): where it applies, the call has no points.
    #[serde(deserialize_with = "field::yes")]
    pub fatal: bool,
    /// Where the row comes from.
    pub source: String,
}

/// 时限规则: one row of the table of deadlines.
#[derive(Debug, Deserialize)]
pub struct DeadlineRule {
    /// Unique within the file: `DL08-tipoff-red` …
    pub code: String,
    /// `DL01`–`DL40`.
    pub rule: String,
    /// What starts the clock, a stable word.
    pub event: String,
    /// The words on screen.
    pub name: String,
    /// `sign`, `contact`, `assess`, `resolve`, or empty.
    pub milestone: String,
    /// A code of demand types, or empty for any.
    pub demand: String,
    /// The level, or empty for any.
    #[serde(deserialize_with = "field::level")]
    pub level: Option<RiskLevel>,
    /// Who owes it, in Chinese.
    pub owner: String,
    /// How many units; negative: so long before the event.
    pub amount: i32,
    /// `minutes`, `hours`, `natural_days`, `working_days`, `months`.
    pub unit: String,
    /// `natural` or `working`.
    pub calendar: String,
    /// 法定、地方法定、文件、通行、建议 …
    pub nature: String,
    /// What happens when it passes.
    pub on_expiry: String,
    /// Where the row comes from.
    pub source: String,
}

/// What the law says of a rule: no longer, or no shorter.
#[derive(Debug, Deserialize)]
pub struct LegalLimit {
    /// The row of the rule, `DL13-normal` …
    pub code: String,
    /// `most` or `least`.
    pub bound: String,
    /// How many units.
    pub amount: u32,
    /// A word of the time units.
    pub unit: String,
    /// The article, and its words in short.
    pub source: String,
}

/// How long after its end a clock climbs to a rung, or how early it warns.
#[derive(Debug, Deserialize)]
pub struct EscalationStep {
    /// `red-county`, `warn-share` …
    pub code: String,
    /// Red, yellow, or empty for the others.
    #[serde(deserialize_with = "field::level")]
    pub level: Option<RiskLevel>,
    /// `stand_in`, `head`, `township`, `county`, `city`; `warn` for the warning.
    pub to: String,
    /// How many units.
    pub amount: u32,
    /// `minutes`, `hours`, `natural_days`; `percent` of the whole time.
    pub unit: String,
    /// Where the row comes from.
    pub source: String,
}

/// 区划.
#[derive(Debug, Deserialize)]
pub struct DivisionRow {
    /// Twelve digits.
    pub code: String,
    /// Its name.
    pub name: String,
    /// `city`, `county`, `township`, `village`.
    #[serde(rename = "level", deserialize_with = "field::tier")]
    pub tier: Option<Tier>,
    /// The code of the division above; empty for the city.
    pub parent_code: String,
    /// 地级市、县、镇、村 …
    pub kind: String,
    /// False for statistical units that are no real division.
    #[serde(deserialize_with = "field::yes")]
    pub statutory: bool,
    /// Whether the statistics bureau's 2023 edition has it.
    #[serde(deserialize_with = "field::yes")]
    pub in_nbs2023: bool,
    /// Whether the ministry's 2026 list has it; villages are not in it.
    pub in_mca2026: String,
    /// What to know about it.
    pub note: String,
}

/// Where matters of a functional area fall back to (RT11).
#[derive(Debug, Deserialize)]
pub struct FallbackDivision {
    /// The functional area, twelve digits.
    pub division: String,
    /// The county that takes its matters, twelve digits.
    pub falls_to: String,
    /// Where the row comes from.
    pub source: String,
}

/// A holiday or a make-up working day.
#[derive(Debug, Clone, Deserialize)]
pub struct WorkdayRow {
    /// `2026-10-01`
    pub date: String,
    /// `holiday` or `makeup_workday`.
    pub kind: String,
    /// The holiday's name.
    pub name: String,
}
