//! Risk level and sensitivity: the two scales every case carries.

/// Risk level (四色等级), most urgent first; stored as 1–4.
/// Source: domain practice, `data/risk_levels.csv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RiskLevel {
    /// 红：立即介入
    Red,
    /// 黄：24 小时内
    Yellow,
    /// 蓝：3 个工作日内
    Blue,
    /// 绿：5 个工作日内
    Green,
}

impl RiskLevel {
    /// Every level, most urgent first.
    pub const ALL: [Self; 4] = [Self::Red, Self::Yellow, Self::Blue, Self::Green];

    /// The stored number, 1 (red) to 4 (green).
    #[must_use]
    pub fn number(self) -> i16 {
        match self {
            Self::Red => 1,
            Self::Yellow => 2,
            Self::Blue => 3,
            Self::Green => 4,
        }
    }

    /// Reads the stored number.
    #[must_use]
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.number() == number)
    }

    /// The word of the interface in English (`red` …), as used by the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Yellow => "yellow",
            Self::Blue => "blue",
            Self::Green => "green",
        }
    }

    /// Reads the API's word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.code() == code)
    }

    /// The word on screen: colour and rank, never colour alone.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Red => "红·一级",
            Self::Yellow => "黄·二级",
            Self::Blue => "蓝·三级",
            Self::Green => "绿·四级",
        }
    }

    /// Whether this level is more urgent than the other.
    #[must_use]
    pub fn above(self, other: Self) -> bool {
        self.number() < other.number()
    }
}

/// Sensitivity (密级标签 L1–L4), least first; stored as 1–4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sensitivity {
    /// 普通
    L1,
    /// 涉儿童
    L2,
    /// 涉侵害
    L3,
    /// 性侵、来源不明、艾滋病：村级不可见案由
    L4,
}

impl Sensitivity {
    /// Every label, least first.
    pub const ALL: [Self; 4] = [Self::L1, Self::L2, Self::L3, Self::L4];

    /// The stored number, 1 to 4.
    #[must_use]
    pub fn number(self) -> i16 {
        match self {
            Self::L1 => 1,
            Self::L2 => 2,
            Self::L3 => 3,
            Self::L4 => 4,
        }
    }

    /// Reads the stored number.
    #[must_use]
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|label| label.number() == number)
    }

    /// The words on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::L1 => "L1 普通",
            Self::L2 => "L2 涉儿童",
            Self::L3 => "L3 涉侵害",
            Self::L4 => "L4 特别保密",
        }
    }
}
