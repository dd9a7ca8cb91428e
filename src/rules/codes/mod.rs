//! The code lists of the field as typed tables. Each is a CSV of `data/`,
//! embedded in the binary and read once; every row says where it comes from.

mod field;
mod rows;
mod settings;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::de::DeserializeOwned;

use super::division::{Division, Tier};

pub use rows::{
    Answer, CaseType, ChildCategory, ChildQuestion, DangerFlag, MandatorySituation, ReferralLine, ReporterType,
    ReturnReason, Route, SafetyQuestion, Term, Tri, acts_before_return,
};
pub use settings::{
    ArtifactKind, AssessmentItem, ClosingRule, ClosureType, DeadlineRule, DivisionRow, EscalationStep,
    FallbackDivision, FirstTask, LegalLimit, PostRole, QualityItem, RiskLevelRow, SupervisionCause, TaskSuggestion,
    TaskType, UnitKind, WorkdayRow,
};

/// The rows of one file in file order, the way to a row by its code, and what
/// could not be read (nothing, unless the embedded file is faulty).
struct Table<T> {
    rows: Vec<T>,
    by_code: HashMap<String, usize>,
    faults: Vec<String>,
}

/// A row that has a code.
trait Coded {
    fn code(&self) -> &str;
}

impl<T: DeserializeOwned + Coded> Table<T> {
    fn read(file: &str, text: &str) -> Self {
        let mut rows: Vec<T> = Vec::new();
        let mut faults = Vec::new();
        for (line, row) in csv::Reader::from_reader(text.as_bytes()).deserialize().enumerate() {
            match row {
                Ok(row) => rows.push(row),
                Err(error) => faults.push(format!("data/{file} 第 {} 行：{error}", line + 2)),
            }
        }
        let by_code = rows
            .iter()
            .enumerate()
            .map(|(at, row)| (row.code().to_owned(), at))
            .collect();
        Self { rows, by_code, faults }
    }

    fn find(&self, code: &str) -> Option<&T> {
        self.by_code.get(code).and_then(|at| self.rows.get(*at))
    }
}

/// Declares, for each file: the static, a function for all rows, and one for a
/// row by its code.
macro_rules! tables {
    ($($(#[$doc:meta])* $all:ident, $one:ident, $row:ty, $key:ident, $file:literal;)*) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub fn $all() -> &'static [$row] {
                &statics::$all().rows
            }

            #[doc = concat!("The row of [`", stringify!($all), "`] with this code, if there is one.")]
            #[must_use]
            pub fn $one(code: &str) -> Option<&'static $row> {
                statics::$all().find(code)
            }
        )*

        mod statics {
            use super::*;
            $(
                pub(super) fn $all() -> &'static Table<$row> {
                    static TABLE: LazyLock<Table<$row>> = LazyLock::new(|| {
                        Table::read($file, include_str!(concat!("../../../data/", $file)))
                    });
                    &TABLE
                }
            )*
        }

        /// What could not be read in the embedded files, one line each, for
        /// the check at start; empty when all is well.
        #[must_use]
        pub fn faults() -> Vec<String> {
            let mut all = Vec::new();
            $(all.extend_from_slice(&statics::$all().faults);)*
            all
        }
    };
}

macro_rules! coded {
    ($($row:ty, $key:ident;)*) => {
        $(impl Coded for $row {
            fn code(&self) -> &str {
                let Self { $key: key, .. } = self;
                key
            }
        })*
    };
}

coded! {
    ArtifactKind, code; AssessmentItem, code; CaseType, code; ChildCategory, code; ChildQuestion, code;
    ClosingRule, code; ClosureType, code; DangerFlag, code; DeadlineRule, code;
    DivisionRow, code; EscalationStep, code; FallbackDivision, division; FirstTask, kind; LegalLimit, code; MandatorySituation, code; PostRole, code;
    QualityItem, code;
    ReferralLine, code; ReporterType, code; ReturnReason, code; RiskLevelRow, code;
    SafetyQuestion, code; SupervisionCause, code; TaskSuggestion, code; TaskType, code; Term, code; UnitKind, code; WorkdayRow, date;
}

tables! {
    /// 案件类型, four digits: two for the class, two within it.
    case_types, case_type, CaseType, code, "case_types.csv";
    /// 强制报告九类情形, `MR1`–`MR9`.
    mandatory_situations, mandatory_situation, MandatorySituation, code, "mandatory_situations.csv";
    /// 报告人类型: `M..` has a duty to report, `V..` a right, `S..` the system.
    reporter_types, reporter_type, ReporterType, code, "reporter_types.csv";
    /// 与儿童关系 (GB/T 4761 and local extensions from 901).
    relations, relation, Term, code, "relations.csv";
    /// 嫌疑加害人类型.
    suspect_types, suspect_type, Term, code, "suspect_types.csv";
    /// 儿童类别, several may apply to one child.
    child_categories, child_category, ChildCategory, code, "child_categories.csv";
    /// 诉求类型: `inquiry`, `help_request`, `complaint`, `tipoff`, `suggestion`, `praise`.
    demand_types, demand_type, Term, code, "demand_types.csv";
    /// 来源渠道.
    channels, channel, Term, code, "channels.csv";
    /// 文字中疑似侵害儿童的用语: where a partner's order names no type, they bring a person to look.
    harm_words, harm_word, Term, code, "harm_words.csv";
    /// 危险要素.
    danger_flags, danger_flag, DangerFlag, code, "danger_flags.csv";
    /// 通话初筛十问, in the order in which they are asked.
    safety_questions, safety_question, SafetyQuestion, code, "safety_questions.csv";
    /// 对儿童来电人的问话, by situation, each asked once.
    child_questions, child_question, ChildQuestion, code, "child_questions.csv";
    /// 身边的服务机构的类别, in the order in which they are shown.
    service_kinds, service_kind, Term, code, "service_kinds.csv";
    /// 质检评分表 of calls, in the order in which they are scored.
    quality_items, quality_item, QualityItem, code, "quality_items.csv";
    /// 联动热线 by their number.
    referral_lines, referral_line, ReferralLine, code, "referral_lines.csv";
    /// 退单理由: `R01`–`R07`, and the forbidden ones from `X01`.
    return_reasons, return_reason, ReturnReason, code, "return_reasons.csv";
    /// 督办事由, with the level and the time for the answer.
    supervision_causes, supervision_cause, SupervisionCause, code, "supervision.csv";
    /// 协同部门 (kinds of unit).
    unit_kinds, unit_kind, UnitKind, code, "unit_kinds.csv";
    /// 岗位.
    post_roles, post_role, PostRole, code, "post_roles.csv";
    /// 协办任务类型, `T01`–`T99`.
    task_types, task_type, TaskType, code, "task_types.csv";
    /// 立案时派给各部门的首个协办任务.
    first_tasks, first_task, FirstTask, kind, "first_tasks.csv";
    /// 按案件类型、计划维度建议的协办任务.
    task_suggestions, task_suggestion, TaskSuggestion, code, "task_suggestions.csv";
    /// 文书种类.
    artifact_kinds, artifact_kind, ArtifactKind, code, "artifact_kinds.csv";
    /// 走访类型.
    visit_kinds, visit_kind, Term, code, "visit_kinds.csv";
    /// 未见到儿童的原因.
    not_seen_reasons, not_seen_reason, Term, code, "not_seen_reasons.csv";
    /// 结案类型, including the forbidden ones (`allowed` is false).
    closure_types, closure_type, ClosureType, code, "closure_types.csv";
    /// 结案条件的参数.
    closing_rules, closing_rule, ClosingRule, code, "closing.csv";
    /// 风险等级, as told to people.
    risk_levels, risk_level, RiskLevelRow, code, "risk_levels.csv";
    /// 四色量表的条目.
    assessment_items, assessment_item, AssessmentItem, code, "assessment_items.csv";
    /// 时限规则; one rule may have several rows.
    deadline_rules, deadline_rule, DeadlineRule, code, "deadlines.csv";
    /// 时限的起算事件.
    deadline_events, deadline_event, Term, code, "deadline_events.csv";
    /// 法定期限的上下限.
    legal_limits, legal_limit, LegalLimit, code, "legal_limits.csv";
    /// 到期提醒与逐级上报.
    escalation_steps, escalation_step, EscalationStep, code, "escalation.csv";
    /// 区划, in order of their codes.
    divisions, division, DivisionRow, code, "divisions.csv";
    /// 功能区事项回落的县 (RT11).
    fallback_divisions, fallback_division, FallbackDivision, division, "fallback_divisions.csv";
    /// 班次, by the time at which each begins in Asia/Shanghai.
    shifts, shift, Term, code, "shifts.csv";
    /// 节假日与调休.
    workdays, workday, WorkdayRow, date, "workdays.csv";
}

/// The name that the unit of this kind in this division bears by default
/// (应县公安局); nothing when its kind has no unit at that tier or the division
/// is not in the list.
#[must_use]
pub fn unit_name(kind: &str, place: &Division) -> Option<String> {
    let row = unit_kind(kind)?;
    let name = name_unit(row, place.tier(), &division(place.code())?.name);
    (!name.is_empty()).then_some(name)
}

/// The name that a unit of this kind bears by default in a division of this
/// tier and name; empty when the kind has no unit there.
#[must_use]
pub fn name_unit(kind: &UnitKind, tier: Tier, division: &str) -> String {
    let (pattern, slot) = match tier {
        Tier::City => (&kind.city_name, "{市}"),
        Tier::County => (&kind.county_name, "{县}"),
        Tier::Township => (&kind.township_name, "{乡}"),
        Tier::Village => (&kind.village_name, "{村}"),
    };
    pattern.replace(slot, division)
}
