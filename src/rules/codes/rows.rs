//! One struct for each kind of row; the fields are the columns.

use serde::Deserialize;

use super::field;
use crate::rules::division::Tier;
use crate::rules::level::{RiskLevel, Sensitivity};

/// 是、否、视情.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tri {
    /// 是
    Yes,
    /// 否
    No,
    /// 视情：由受理人判断
    Depends,
}

/// An answer given on the phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// 是
    Yes,
    /// 否
    No,
    /// 不详
    Unknown,
}

impl Answer {
    /// Every answer.
    pub const ALL: [Self; 3] = [Self::Yes, Self::No, Self::Unknown];

    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }

    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Yes => "是",
            Self::No => "否",
            Self::Unknown => "不详",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answer| answer.code() == code)
    }
}

/// Which routing rule finds the lead unit of a case type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Route {
    /// 性侵、拐卖、遗弃、失踪、来源不明、非正常死亡：公安主办，不派村级
    #[serde(rename = "RT02")]
    Police,
    /// 校内发生、学生欺凌：教育主办
    #[serde(rename = "RT05")]
    School,
    /// 监护侵害、监护缺失：儿童现所在地乡镇主办
    #[serde(rename = "RT06")]
    Guardianship,
    /// 福利认定：户籍地乡镇受理
    #[serde(rename = "RT07")]
    Welfare,
    /// 困难求助：居住地村（社区）
    #[serde(rename = "RT08")]
    Hardship,
    /// 其余：按类型的默认主办
    #[serde(rename = "TYPE")]
    ByType,
}

/// A plain code, its name and its source.
#[derive(Debug, Deserialize)]
pub struct Term {
    /// The stored code.
    pub code: String,
    /// The words on screen.
    pub name: String,
    /// Where the row comes from, in plain Chinese.
    pub source: String,
}

/// 案件类型.
#[derive(Debug, Deserialize)]
pub struct CaseType {
    /// Four digits.
    pub code: String,
    /// The words on screen.
    pub name: String,
    /// The law it rests on.
    pub basis: String,
    /// Whether it triggers mandatory reporting by default.
    pub mandated: Tri,
    /// Whether it is told to the police by default.
    pub police: Tri,
    /// Usual levels, most urgent first; empty when a person must decide.
    #[serde(deserialize_with = "field::levels")]
    pub levels: Vec<RiskLevel>,
    /// Unit kinds that lead by default, first one first.
    #[serde(deserialize_with = "field::list")]
    pub leads: Vec<String>,
    /// Unit kinds that assist by default.
    #[serde(deserialize_with = "field::list")]
    pub assists: Vec<String>,
    /// The tier of the lead unit when it is not the usual one of its kind.
    #[serde(deserialize_with = "field::tier")]
    pub lead_tier: Option<Tier>,
    /// The rule that finds the lead unit.
    pub route: Route,
    /// 密级标签.
    #[serde(deserialize_with = "field::sensitivity")]
    pub sensitivity: Sensitivity,
    /// Whether a village may be told.
    #[serde(deserialize_with = "field::yes")]
    pub village: bool,
    /// Where the row comes from.
    pub source: String,
}

/// 强制报告情形.
#[derive(Debug, Deserialize)]
pub struct MandatorySituation {
    /// `MR1`–`MR9`.
    pub code: String,
    /// The words on screen.
    pub name: String,
    /// The case types it points to.
    #[serde(deserialize_with = "field::list")]
    pub case_types: Vec<String>,
    /// The least urgent level it allows.
    #[serde(deserialize_with = "field::level")]
    pub level: Option<RiskLevel>,
    /// 密级标签.
    #[serde(deserialize_with = "field::sensitivity")]
    pub sensitivity: Sensitivity,
    /// Where the row comes from.
    pub source: String,
}

/// 报告人类型.
#[derive(Debug, Deserialize)]
pub struct ReporterType {
    /// `M01`–`M13`, `V01`–`V06`, `S01`.
    pub code: String,
    /// The words on screen.
    pub name: String,
    /// Whether the law obliges this kind to report.
    #[serde(deserialize_with = "field::yes")]
    pub mandated: bool,
    /// The law it rests on.
    pub basis: String,
    /// Unit kinds of the supervising departments that get a copy.
    #[serde(deserialize_with = "field::list")]
    pub supervisors: Vec<String>,
    /// Where the row comes from.
    pub source: String,
}

/// 儿童类别.
#[derive(Debug, Deserialize)]
pub struct ChildCategory {
    /// Two digits.
    pub code: String,
    /// The words on screen.
    pub name: String,
    /// What it means, in short.
    pub definition: String,
    /// 密级标签 that the category brings along.
    #[serde(deserialize_with = "field::sensitivity")]
    pub sensitivity: Sensitivity,
    /// Where the row comes from.
    pub source: String,
}

/// 危险要素.
#[derive(Debug, Deserialize)]
pub struct DangerFlag {
    /// The stored code, `needs_medical` ….
    pub code: String,
    /// The words on screen.
    pub name: String,
    /// The least urgent level it allows; empty when it only counts together
    /// with another.
    #[serde(deserialize_with = "field::level")]
    pub level: Option<RiskLevel>,
    /// Whether it alone means danger to life (110/120 三方).
    #[serde(deserialize_with = "field::yes")]
    pub life_danger: bool,
    /// Where the row comes from.
    pub source: String,
}

/// 通话初筛问题.
#[derive(Debug, Deserialize)]
pub struct SafetyQuestion {
    /// The stored code.
    pub code: String,
    /// 1–10, the order of asking.
    pub number: u8,
    /// The words to say.
    pub text: String,
    /// `choice` (yes, no, unknown) or `text`.
    pub kind: String,
    /// The answer that means danger; none for a free text.
    pub danger: Option<Answer>,
    /// Whether the dangerous answer means red and the 110/120 三方.
    #[serde(deserialize_with = "field::yes")]
    pub red_line: bool,
    /// The danger flag that the dangerous answer stands for.
    pub flag: String,
    /// Where the row comes from.
    pub source: String,
}

/// 对儿童来电人的问话.
#[derive(Debug, Deserialize)]
pub struct ChildQuestion {
    /// The stored code.
    pub code: String,
    /// `any`, `alone`, `harmed`, `crisis`.
    pub situation: String,
    /// The order of asking.
    pub number: u8,
    /// The words to say.
    pub text: String,
    /// What answers it: a question of the ten, `location` or `child`.
    pub known: String,
    /// Where the row comes from.
    pub source: String,
}

/// 联动热线.
#[derive(Debug, Deserialize)]
pub struct ReferralLine {
    /// The number to dial.
    pub code: String,
    /// The words on screen.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// Where the row comes from.
    pub source: String,
}

/// 退单理由.
#[derive(Debug, Deserialize)]
pub struct ReturnReason {
    /// `R01`–`R07`; `X01` and on are forbidden.
    pub code: String,
    /// The words on screen.
    pub name: String,
    /// What must be written with it.
    pub requirement: String,
    /// The levels at which it may be used; empty for a forbidden one.
    #[serde(deserialize_with = "field::levels")]
    pub levels: Vec<RiskLevel>,
    /// False for reasons that are never accepted.
    #[serde(deserialize_with = "field::yes")]
    pub allowed: bool,
    /// Where the row comes from.
    pub source: String,
}

impl ReturnReason {
    /// Whether a case at this level may be sent back for this reason.
    #[must_use]
    pub fn usable_at(&self, level: RiskLevel) -> bool {
        self.allowed && self.levels.contains(&level)
    }
}

/// Whether a unit must first act and may only then hand over (先处置后移交): at
/// red and yellow a case is never simply sent back.
#[must_use]
pub fn acts_before_return(level: RiskLevel) -> bool {
    level <= RiskLevel::Yellow
}
