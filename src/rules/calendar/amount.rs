//! Amounts of time and how they are counted.

/// How an amount of time is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// 分钟，自时刻起算
    Minutes,
    /// 小时，自时刻起算
    Hours,
    /// 自然日，开始的当日不计入，至最后一日终了
    NaturalDays,
    /// 工作小时，只在工作日的工作时段内计
    WorkingHours,
    /// 工作日，开始的当日不计入，至最后一日终了
    WorkingDays,
    /// 月，至对应日终了
    Months,
}

impl TimeUnit {
    /// Every unit, finest first.
    pub const ALL: [Self; 6] = [
        Self::Minutes,
        Self::Hours,
        Self::WorkingHours,
        Self::NaturalDays,
        Self::WorkingDays,
        Self::Months,
    ];

    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Minutes => "minutes",
            Self::Hours => "hours",
            Self::WorkingHours => "working_hours",
            Self::NaturalDays => "natural_days",
            Self::WorkingDays => "working_days",
            Self::Months => "months",
        }
    }

    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Minutes => "分钟",
            Self::Hours => "小时",
            Self::WorkingHours => "个工作小时",
            Self::NaturalDays => "日",
            Self::WorkingDays => "个工作日",
            Self::Months => "个月",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.code() == code)
    }

    /// Whether it is counted by the working calendar.
    #[must_use]
    pub fn is_working(self) -> bool {
        matches!(self, Self::WorkingHours | Self::WorkingDays)
    }
}

/// An amount of time, `n` units; `n` is not negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// How many.
    pub n: u32,
    /// Of what.
    pub unit: TimeUnit,
}

impl Amount {
    /// `n` of `unit`.
    #[must_use]
    pub fn new(n: u32, unit: TimeUnit) -> Self {
        Self { n, unit }
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.n == 0 {
            out.write_str("立即")
        } else {
            write!(out, "{}{}", self.n, self.unit.label())
        }
    }
}
