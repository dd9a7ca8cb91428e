//! What a goal must say.

use super::{MOST, fault};
use crate::casework::steps::has_control;
use crate::error::FieldError;
use chrono::{NaiveDate, TimeDelta};
use serde::Deserialize;
use utoipa::ToSchema;

/// The dimensions of a goal (个案计划维度).
pub const DIMENSIONS: [(&str, &str); 9] = [
    ("safety", "安全"),
    ("guardianship", "监护"),
    ("health", "健康"),
    ("mental", "心理"),
    ("education", "教育"),
    ("living", "生活"),
    ("legal", "法律"),
    ("household", "户籍"),
    ("family", "家庭支持"),
];

/// A goal further away than this is a slip of the finger.
const FARTHEST: TimeDelta = TimeDelta::days(3660);

/// The words of a dimension; the code itself where it is unknown.
#[must_use]
pub(super) fn dimension(code: &str) -> String {
    let known = DIMENSIONS.iter().find(|(known, _)| *known == code);
    known.map_or_else(|| code.to_owned(), |(_, label)| (*label).to_owned())
}

/// A goal to be set. Texts are plain here and sealed on the way in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGoal {
    /// A code of [`DIMENSIONS`].
    #[schema(example = "safety")]
    pub dimension: String,
    /// 目标, 200 characters at most.
    pub goal: String,
    /// 措施, 300 characters at most.
    pub means: String,
    /// 责任部门或责任人, 60 characters at most.
    #[serde(default)]
    pub responsible: String,
    /// 完成期限, not in the past.
    #[serde(default)]
    pub due_on: Option<NaiveDate>,
    /// 是否核心目标.
    #[serde(default)]
    pub core: bool,
}

impl NewGoal {
    /// Whether nothing was filled in.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        [&self.goal, &self.means, &self.responsible]
            .iter()
            .all(|text| text.trim().is_empty())
            && self.due_on.is_none()
    }
}

pub(super) fn faults(goals: &[NewGoal], open: usize, today: NaiveDate) -> Vec<FieldError> {
    if goals.is_empty() {
        return vec![fault(0, "goal", "至少写一个目标")];
    }
    if goals.len() + open > MOST {
        let text = format!("未完成的目标最多{MOST}个，现有{open}个");
        return vec![fault(0, "goal", &text)];
    }
    let mut faults = Vec::new();
    for (at, goal) in goals.iter().enumerate() {
        if DIMENSIONS.iter().all(|(code, _)| *code != goal.dimension) {
            faults.push(fault(at, "dimension", "选择维度"));
        }
        for (field, label, text, most) in [("goal", "目标", &goal.goal, 200), ("means", "措施", &goal.means, 300)] {
            if text.trim().is_empty() || text.chars().count() > most || has_control(text) {
                let text = format!("填写{label}，{most}字以内，不含不可见的控制字符");
                faults.push(fault(at, field, &text));
            }
        }
        if goal.responsible.chars().count() > 60 || has_control(&goal.responsible) {
            faults.push(fault(at, "responsible", "责任人在60字以内，不含不可见的控制字符"));
        }
        if goal.due_on.is_some_and(|on| on < today || on > today + FARTHEST) {
            faults.push(fault(at, "due_on", "完成期限应在今天以后、十年以内"));
        }
    }
    faults
}
