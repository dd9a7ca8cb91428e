//! `POST /api/v1/cases/{id}/steps`: the body of each step.

mod joint;

pub(crate) use joint::{ConferenceBody, TaskOrder};

use super::wrong;
use crate::assessments::NewAssessment;
use crate::error::Result;
use crate::measures::{Answer, NewMeasure};
use crate::plans::NewGoal;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// A step with the version of the case that the caller saw.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct StepBody {
    /// The version seen.
    pub(crate) version: i32,
    #[serde(flatten)]
    pub(crate) step: CaseStep,
}

/// The steps, told apart by `step`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum CaseStep {
    /// 签收
    Sign,
    /// 申请退回
    Return {
        /// `R01`–`R07`
        reason: String,
        #[serde(default)]
        explanation: String,
        /// Required at red and yellow.
        #[serde(default)]
        done_first: String,
    },
    /// 驳回退回
    RefuseReturn { reason: String },
    /// 提请市级仲裁（职责交叉）
    Dispute { reason: String },
    /// 市级仲裁: `unit` absent leaves the case where it is
    Arbitrate { unit: Option<Uuid>, reason: String },
    /// 申请延期: once, before the end, never at red
    AskExtension { days: u32, reason: String },
    /// 裁定延期
    RuleExtension {
        grant: bool,
        #[serde(default)]
        reason: String,
    },
    /// 申请停表: `ruling`, `hospital`, `transfer`
    AskPause { ground: String, reason: String },
    /// 裁定停表
    RulePause {
        grant: bool,
        #[serde(default)]
        reason: String,
    },
    /// 恢复计时
    EndPause { reason: String },
    /// 催办
    Urge {
        #[serde(default)]
        from_caller: bool,
        #[serde(default)]
        note: String,
    },
    /// 督办: 1 热线, 2 主管, 3 政府或纪检
    Supervise {
        level: i16,
        /// `unsolved`, `ill_handled`, `instruction`, `other`
        cause: String,
        reason: String,
        due_on: Option<NaiveDate>,
    },
    /// 答复督办
    AnswerSupervision { supervision: Uuid, answer: String },
    /// 解除督办
    EndSupervision {
        supervision: Uuid,
        #[serde(default)]
        reason: String,
    },
    /// 提交办理结果
    HandIn {
        summary: String,
        #[serde(default)]
        papers: String,
    },
    /// 审核通过，工单办结
    AcceptResult {
        #[serde(default)]
        reason: String,
    },
    /// 退回重办
    SendBackResult { reason: String },
    /// 登记回访
    CallBack {
        /// `phone`, `visit`, `director`, `school`
        way: String,
        reached: bool,
        #[serde(default)]
        solved: bool,
        /// `accepted`, `handled`, `nothing`
        told: String,
        #[serde(default)]
        note: String,
    },
    /// 登记评价
    Evaluate {
        /// `nobody`, `reporter`, `organisation`
        rater: String,
        /// `na`, `satisfied`, `basically`, `unsatisfied`
        #[serde(default)]
        value: String,
        #[serde(default)]
        note: String,
    },
    /// 工单归档
    Archive,
    /// 改派: to `unit`, or anew for `place`
    Redispatch {
        unit: Option<Uuid>,
        place: Option<String>,
        reason: String,
    },
    /// 指定承办人
    Assign { account: Uuid },
    /// 上调等级
    RaiseRisk { level: String, reason: String },
    /// 建议降级
    ProposeLowering { level: String, reason: String },
    /// 确认降级
    ConfirmLowering,
    /// 不同意降级
    RefuseLowering { reason: String },
    /// 补充情况
    Note { text: String },
    /// 登记相关人员
    Party {
        /// `suspect`, `guardian`, `carer`, `contact`
        kind: String,
        relation: Option<String>,
        name: Option<String>,
        phone: Option<String>,
        #[serde(default)]
        lives_with_child: bool,
        #[serde(default)]
        suspect: bool,
    },
    /// 更新儿童档案: absent stays, empty clears
    Child {
        child: Uuid,
        name: Option<String>,
        sex: Option<String>,
        birth_date: Option<String>,
        id_number: Option<String>,
        feature: Option<String>,
        categories: Option<Vec<String>>,
        division: Option<String>,
        school: Option<String>,
        opinion: Option<String>,
    },
    /// 登记回避: `unit` or `account`, neither for oneself
    Recuse {
        unit: Option<Uuid>,
        account: Option<Uuid>,
        reason: String,
    },
    /// 评估定级
    Assess(NewAssessment),
    /// 复评
    Review(NewAssessment),
    /// 制定计划
    Plan { goals: Vec<NewGoal> },
    /// 审定红案计划
    ConfirmPlan,
    /// 完成目标
    GoalDone { goal: Uuid },
    /// 取消目标
    GoalDrop { goal: Uuid, reason: String },
    /// 转常规关爱: who carries on with the open goals, and how
    RoutineCare { note: String },
    /// 撤回转常规关爱
    EndRoutineCare { reason: String },
    /// 发起协办: `unit` absent is the county's own of the type's kind
    OpenTask {
        /// Made by the client, so that a repeat is the same task.
        id: Option<Uuid>,
        #[serde(rename = "type")]
        type_code: String,
        unit: Option<Uuid>,
        request: String,
        due_at: Option<DateTime<Utc>>,
    },
    /// 一次发起多项协办, all or none
    OpenTasks { tasks: Vec<TaskOrder> },
    /// 登记文书
    Measure(NewMeasure),
    /// 发起措施: `kind` is one of those with a life of their own
    BeginMeasure {
        /// Made by the client, so that a repeat is the same measure.
        id: Option<Uuid>,
        kind: String,
        fields: BTreeMap<String, Answer>,
    },
    /// 办理措施: `version` is that of the measure
    MeasureStep {
        measure: Uuid,
        /// What is done, for instance `grant`, `refuse`, `police_check`.
        deed: String,
        #[serde(default)]
        fields: BTreeMap<String, Answer>,
    },
    /// 终止文书
    EndMeasure {
        measure: Uuid,
        on: NaiveDate,
        reason: String,
    },
    /// 移交: `to` a place of the city, or `outside` it by letter
    Transfer {
        /// Made by the client, so that a repeat is the same transfer.
        id: Option<Uuid>,
        to: Option<String>,
        outside: Option<String>,
        /// `residence`, `household`, `guardian`, `school`, `incident`
        reason: String,
        met_on: NaiveDate,
        meeting: String,
        /// `yes` or `no`
        child_informed: String,
        /// `yes`, `no` or `none`
        guardian_informed: String,
        #[serde(default)]
        informed_note: String,
    },
    /// 开始帮扶
    BeginSupport,
    /// 登记会商
    Conference(ConferenceBody),
    /// 市级抽查
    SpotCheck { note: String },
    /// 建立跟踪计划
    FollowUp {
        #[serde(default)]
        note: String,
    },
    /// 申请结案
    AskClose { closure_type: String, note: String },
    /// 批准结案
    ApproveClose,
    /// 不批准结案
    RefuseClose { reason: String },
    /// 重开
    Reopen { reason: String },
    /// 并案
    Merge { into: Uuid, reason: String },
    /// 撤销并案
    UndoMerge { reason: String },
}

const NAMES: &[&str] = &[
    "sign",
    "return",
    "refuse_return",
    "dispute",
    "arbitrate",
    "ask_extension",
    "rule_extension",
    "ask_pause",
    "rule_pause",
    "end_pause",
    "urge",
    "supervise",
    "answer_supervision",
    "end_supervision",
    "hand_in",
    "accept_result",
    "send_back_result",
    "call_back",
    "evaluate",
    "archive",
    "redispatch",
    "assign",
    "raise_risk",
    "propose_lowering",
    "confirm_lowering",
    "refuse_lowering",
    "note",
    "party",
    "child",
    "recuse",
    "assess",
    "review",
    "plan",
    "confirm_plan",
    "goal_done",
    "goal_drop",
    "routine_care",
    "end_routine_care",
    "open_task",
    "open_tasks",
    "measure",
    "begin_measure",
    "measure_step",
    "end_measure",
    "transfer",
    "begin_support",
    "conference",
    "spot_check",
    "follow_up",
    "ask_close",
    "approve_close",
    "refuse_close",
    "reopen",
    "merge",
    "undo_merge",
];

/// Reads a body; a fault names its field, never its value.
pub(crate) fn read(body: Value) -> Result<StepBody> {
    let step = body.get("step").and_then(Value::as_str);
    if !step.is_some_and(|step| NAMES.contains(&step)) {
        return Err(wrong("step", "不支持的操作，核对接口说明"));
    }
    if !body.get("version").is_some_and(Value::is_i64) {
        return Err(wrong("version", "填写所见的版本号"));
    }
    serde_json::from_value(body).map_err(|error| {
        let text = error.to_string();
        match text.split('`').nth(1) {
            Some(field) if text.starts_with("missing field") => wrong(field, "缺少该字段"),
            _ => wrong("", "字段类型不符，核对接口说明"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use serde_json::json;

    #[test]
    fn a_body_that_cannot_be_read_names_its_field() {
        let pointer = |body| match read(body) {
            Err(Error::Invalid(errors)) => errors[0].field.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(pointer(json!({ "step": "fly", "version": 1 })), "step");
        assert_eq!(pointer(json!({ "step": "sign" })), "version");
        assert_eq!(
            pointer(json!({ "step": "merge", "version": 1, "into": Uuid::nil() })),
            "reason"
        );
        assert!(read(json!({ "step": "confirm_lowering", "version": 3 })).is_ok());
    }
}
