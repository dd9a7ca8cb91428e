//! What an act on a measure asks: fields with their kinds, and what was
//! answered.

use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeMap;

/// How a field is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// One line of so many characters at most.
    Word(usize),
    /// Several lines of so many characters at most.
    Text(usize),
    /// A day that has come.
    Past,
    /// Any day.
    Day,
    /// A minute that has come.
    PastMoment,
    /// Any minute.
    Moment,
    /// One of these.
    Choice(&'static [(&'static str, &'static str)]),
    /// One or more of these.
    Many(&'static [(&'static str, &'static str)]),
    /// A unit of the child's county or of the city.
    Unit,
}

/// When a field must be filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Always.
    Always,
    /// It may be left empty.
    Optional,
    /// Where another field has this value.
    When(&'static str, &'static str),
    /// Where the case has had a measure of this kind before.
    Again,
}

/// One field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The name of the control and of the API.
    pub name: &'static str,
    /// The words beside it.
    pub label: &'static str,
    /// How it is filled in.
    pub kind: FieldKind,
    /// Whether it must be.
    pub need: Need,
    /// A remark beside it, may be empty.
    pub hint: &'static str,
    /// What is said when it is missing, where the label alone would not do.
    pub missing: &'static str,
}

impl Field {
    /// A field that must be filled in.
    const fn new(name: &'static str, label: &'static str, kind: FieldKind) -> Self {
        Self {
            name,
            label,
            kind,
            need: Need::Always,
            hint: "",
            missing: "",
        }
    }

    pub(super) const fn word(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, FieldKind::Word(60))
    }

    pub(super) const fn text(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, FieldKind::Text(500))
    }

    pub(super) const fn past(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, FieldKind::Past)
    }

    pub(super) const fn day(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, FieldKind::Day)
    }

    pub(super) const fn past_moment(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, FieldKind::PastMoment)
    }

    pub(super) const fn moment(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, FieldKind::Moment)
    }

    pub(super) const fn choice(
        name: &'static str,
        label: &'static str,
        of: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self::new(name, label, FieldKind::Choice(of))
    }

    pub(super) const fn many(
        name: &'static str,
        label: &'static str,
        of: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self::new(name, label, FieldKind::Many(of))
    }

    pub(super) const fn unit(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, FieldKind::Unit)
    }

    pub(super) const fn optional(mut self) -> Self {
        self.need = Need::Optional;
        self
    }

    pub(super) const fn when(mut self, field: &'static str, value: &'static str) -> Self {
        self.need = Need::When(field, value);
        self
    }

    pub(super) const fn again(mut self) -> Self {
        self.need = Need::Again;
        self
    }

    pub(super) const fn hint(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }

    pub(super) const fn missing(mut self, words: &'static str) -> Self {
        self.missing = words;
        self
    }

    /// The options, where it has some.
    #[must_use]
    pub fn options(&self) -> &'static [(&'static str, &'static str)] {
        match self.kind {
            FieldKind::Choice(of) | FieldKind::Many(of) => of,
            _ => &[],
        }
    }

    /// What is said when it is missing.
    #[must_use]
    pub fn missing_words(&self) -> String {
        if !self.missing.is_empty() {
            return self.missing.to_owned();
        }
        let verb = match self.kind {
            FieldKind::Choice(_) | FieldKind::Many(_) | FieldKind::Unit => "选择",
            _ => "填写",
        };
        format!("{verb}{}", self.label)
    }
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Words.
    Text(String),
    /// A day in Asia/Shanghai.
    Day(NaiveDate),
    /// A moment.
    At(DateTime<Utc>),
    /// Codes of options, or the id of a unit.
    Codes(Vec<String>),
}

/// The answers to an act's fields by their names; what was left empty is not
/// there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values(pub BTreeMap<&'static str, Value>);

impl Values {
    /// The words of a field; empty where there are none.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        match self.0.get(name) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// The day of a field.
    #[must_use]
    pub fn day(&self, name: &str) -> Option<NaiveDate> {
        match self.0.get(name) {
            Some(Value::Day(day)) => Some(*day),
            _ => None,
        }
    }

    /// The moment of a field.
    #[must_use]
    pub fn moment(&self, name: &str) -> Option<DateTime<Utc>> {
        match self.0.get(name) {
            Some(Value::At(at)) => Some(*at),
            _ => None,
        }
    }

    /// The first code of a field; empty where there is none.
    #[must_use]
    pub fn code(&self, name: &str) -> &str {
        match self.0.get(name) {
            Some(Value::Codes(codes)) => codes.first().map_or("", String::as_str),
            _ => "",
        }
    }
}

/// 文书号
pub(super) const PAPER_NO: Field = Field::word("paper_no", "文书号");
/// 作出机关
pub(super) const ISSUED_BY: Field = Field::word("issued_by", "作出机关");
/// 作出日期
pub(super) const ISSUED_ON: Field = Field::past("issued_on", "作出日期");
/// 生效日期
pub(super) const FROM: Field = Field::day("in_force_from", "生效日期")
    .optional()
    .hint("与作出日期相同可留空");
/// 失效日期
pub(super) const UNTIL: Field = Field::day("expires_on", "失效日期");
/// 送达日期
pub(super) const SERVED_ON: Field = Field::past("served_on", "送达日期").optional().hint("未送达留空");
/// 备注
pub(super) const NOTE: Field = Field::text("note", "备注").optional();
/// 原因
pub(super) const REASON: Field = Field::text("reason", "原因");
/// 是、否
pub(super) const YES_NO: &[(&str, &str)] = &[("yes", "是"), ("no", "否")];
