//! What a person fills in, and what is wrong with it.

use crate::casework::steps::has_control;
use crate::error::FieldError;
use crate::journal::Act;
use crate::rules::assessment::{BadMark, Mark, Sheet};
use crate::rules::workflow::Step;
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// 初评 or 复评.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// 初次评估
    #[default]
    First,
    /// 复评
    Review,
}

impl Kind {
    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Review => "review",
        }
    }

    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::First => "评估",
            Self::Review => "复评",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        [Self::First, Self::Review].into_iter().find(|kind| kind.code() == code)
    }

    pub(super) fn step(self) -> Step {
        match self {
            Self::First => Step::Assess,
            Self::Review => Step::Review,
        }
    }

    pub(super) fn act(self) -> Act {
        match self {
            Self::First => Act::CaseAssessed,
            Self::Review => Act::CaseReviewed,
        }
    }
}

/// Ways of investigating (调查方式), as for visits.
pub const WAYS: [(&str, &str); 4] = [
    ("home", "入户"),
    ("school", "到校"),
    ("phone", "电话"),
    ("video", "视频"),
];

/// Whether the child was spoken to alone (儿童单独面谈).
pub const INTERVIEWED: [(&str, &str); 3] = [("yes", "是"), ("no", "否"), ("unsuitable", "不适宜")];

/// The first conclusion (初步结论).
pub const CONCLUSIONS: [(&str, &str); 4] = [
    ("confirmed", "证实"),
    ("partly_confirmed", "部分证实"),
    ("not_confirmed", "未证实"),
    ("unclear", "无法查明"),
];

/// An assessment to be recorded. Texts are plain here and sealed on the way in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAssessment {
    /// First or review: follows from the step.
    #[serde(skip)]
    #[schema(ignore)]
    pub kind: Kind,
    /// 调查方式: `home`, `school`, `phone`, `video`.
    #[serde(default)]
    pub ways: Vec<String>,
    /// 调查日期, not in the future; asked for.
    pub on: Option<NaiveDate>,
    /// 调查人员, 60 characters at most.
    #[serde(default)]
    pub who: String,
    /// 调查地点, 60 characters at most.
    #[serde(default)]
    pub place: String,
    /// 儿童单独面谈: `yes`, `no`, `unsuitable`.
    #[serde(default)]
    pub interviewed: String,
    /// 儿童原话摘要, 200 characters at most.
    #[serde(default)]
    pub child_words: String,
    /// 现场安全, 500 characters at most.
    #[serde(default)]
    pub scene: String,
    /// 初步结论: `confirmed`, `partly_confirmed`, `not_confirmed`, `unclear`.
    #[serde(default)]
    pub conclusion: String,
    /// 是否需要临时监护.
    #[serde(default)]
    pub temp_custody: bool,
    /// Points of the scored items by code; `null` is 不适用.
    #[serde(default)]
    pub marks: BTreeMap<String, Option<u8>>,
    /// Codes of the veto items that apply.
    #[serde(default)]
    pub vetoes: Vec<String>,
    /// 儿童意见, 500 characters at most.
    #[serde(default)]
    pub child_opinion: String,
    /// Why it was not suitable to ask, 200 characters at most.
    #[serde(default)]
    pub opinion_unsuitable: String,
}

/// What was found; kept sealed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Findings {
    pub(super) ways: Vec<String>,
    pub(super) on: Option<NaiveDate>,
    pub(super) who: String,
    pub(super) place: String,
    pub(super) interviewed: String,
    pub(super) child_words: String,
    pub(super) scene: String,
}

impl NewAssessment {
    /// The filled-in scale.
    #[must_use]
    pub fn sheet(&self) -> Sheet {
        let mark = |points: &Option<u8>| points.map_or(Mark::NotApplicable, Mark::Points);
        Sheet {
            marks: self
                .marks
                .iter()
                .map(|(code, points)| (code.clone(), mark(points)))
                .collect(),
            vetoes: self.vetoes.iter().cloned().collect(),
        }
    }

    /// The child's opinion, or the reason why it was not asked.
    #[must_use]
    pub fn opinion(&self) -> Option<String> {
        let (said, why) = (self.child_opinion.trim(), self.opinion_unsuitable.trim());
        match (said.is_empty(), why.is_empty()) {
            (false, _) => Some(said.to_owned()),
            (true, false) => Some(format!("不适宜询问：{why}")),
            (true, true) => None,
        }
    }

    pub(super) fn findings(&self) -> Findings {
        Findings {
            ways: self.ways.clone(),
            on: self.on,
            who: self.who.trim().to_owned(),
            place: self.place.trim().to_owned(),
            interviewed: self.interviewed.clone(),
            child_words: self.child_words.trim().to_owned(),
            scene: self.scene.trim().to_owned(),
        }
    }

    /// What is wrong beside the scale.
    pub(super) fn faults(&self, today: NaiveDate) -> Vec<FieldError> {
        let mut faults = Vec::new();
        let mut fault = |field: &str, text: &str| faults.push(FieldError::new(field, text));
        let known = |list: &[(&str, &str)], code: &str| list.iter().any(|(known, _)| *known == code);
        if self.ways.is_empty() || self.ways.len() > WAYS.len() || !self.ways.iter().all(|way| known(&WAYS, way)) {
            fault("ways", "选择调查方式");
        }
        match self.on {
            None => fault("on", "填写调查日期"),
            Some(on) if on > today => fault("on", "调查日期不得晚于今天"),
            Some(on) if on.year() < 1990 => fault("on", "核对调查日期，不早于1990年"),
            Some(_) => {}
        }
        for (field, label, text, most) in [
            ("who", "调查人员", &self.who, 60),
            ("place", "调查地点", &self.place, 60),
            ("scene", "现场安全", &self.scene, 500),
        ] {
            if text.trim().is_empty() || text.chars().count() > most || has_control(text) {
                fault(field, &format!("填写{label}，{most}字以内，不含不可见的控制字符"));
            }
        }
        if !known(&INTERVIEWED, &self.interviewed) {
            fault("interviewed", "选择是否与儿童单独面谈");
        }
        if !known(&CONCLUSIONS, &self.conclusion) {
            fault("conclusion", "选择初步结论");
        }
        for (field, label, text, most) in [
            ("child_words", "儿童原话摘要", &self.child_words, 200),
            ("child_opinion", "儿童意见", &self.child_opinion, 500),
            ("opinion_unsuitable", "不适宜询问的理由", &self.opinion_unsuitable, 200),
        ] {
            if text.chars().count() > most || has_control(text) {
                fault(field, &format!("{label}在{most}字以内，不含不可见的控制字符"));
            }
        }
        faults
    }
}

/// The word of a choice; the code itself where the list does not know it.
pub(super) fn label(list: &[(&'static str, &'static str)], code: &str) -> String {
    let known = list.iter().find(|(known, _)| *known == code);
    known.map_or_else(|| code.to_owned(), |(_, label)| (*label).to_owned())
}

/// The fault of an item at its control: `marks/A2-01`.
pub(super) fn bad_mark(bad: &BadMark) -> FieldError {
    FieldError::new(&format!("marks/{}", bad.item), &bad.text)
}
