//! The detail of an entry in words: codes become what staff call them, ids
//! become names; what has no words stays the code that it is.

use crate::clock;
use crate::rules::codes;
use crate::rules::deadlines::{Milestone, family};
use crate::rules::level::RiskLevel;
use crate::rules::policy::{Part, Role};
use chrono::DateTime;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// One thing that an entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// What it is about.
    pub label: &'static str,
    /// What of it, in words or as a code.
    pub value: String,
    /// Whether the value is a code and no wording.
    pub code: bool,
}

/// The words for the keys of details, in the order in which they are said.
const LABELS: [(&str, &str); 88] = [
    ("tried", "尝试"),
    ("step", "步骤"),
    ("act", "查询行为"),
    ("outcome", "结果"),
    ("ruling", "裁定"),
    ("list", "清单"),
    ("form", "单据"),
    ("what", "名册"),
    ("type", "类型"),
    ("kind", "种类"),
    ("closure_type", "结案类型"),
    ("level", "等级"),
    ("suggested", "建议等级"),
    ("proposed", "建议等级"),
    ("from", "原"),
    ("to", "改为"),
    ("raised", "上调等级"),
    ("role", "角色"),
    ("unit", "机构"),
    ("part", "分工"),
    ("lead", "主办"),
    ("division", "区划"),
    ("account", "账号"),
    ("holder", "任职"),
    ("stand_in", "代班"),
    ("was", "原任职"),
    ("leave", "请假"),
    ("open_cases", "在办个案"),
    ("rule", "规则"),
    ("milestone", "时限"),
    ("code", "规则行"),
    ("version", "版本"),
    ("amount", "数量"),
    ("rung", "报到"),
    ("hours", "工作时段"),
    ("reason", "理由"),
    ("why", "写明理由"),
    ("decision", "判断"),
    ("line", "热线"),
    ("lines", "接入"),
    ("count", "条数"),
    ("rows", "行数"),
    ("page", "页"),
    ("changes", "变更"),
    ("fields", "字段"),
    ("numbers", "编号"),
    ("into", "并入"),
    ("number", "次数"),
    ("days", "天数"),
    ("on", "日期"),
    ("paper_no", "文号"),
    ("gaps", "待补"),
    ("goals", "目标"),
    ("goal", "目标"),
    ("dimension", "维度"),
    ("relation", "关系"),
    ("suspect", "嫌疑人"),
    ("child", "儿童"),
    ("visit", "走访"),
    ("measure", "文书"),
    ("report", "线索"),
    ("reports", "线索"),
    ("seen", "见到儿童"),
    ("danger", "发现危险"),
    ("known", "账号存在"),
    ("enabled", "恢复"),
    ("active", "启用"),
    ("renamed", "改名"),
    ("arbitration", "提请裁定"),
    ("sheet_no", "单号"),
    ("sheet_level", "督办级别"),
    ("cause", "事由"),
    ("ground", "事由"),
    ("granted", "同意"),
    ("source", "来源"),
    ("side", "回访方"),
    ("reached", "联系到"),
    ("solved", "已解决"),
    ("value", "评价"),
    ("due", "期限"),
    ("flags", "待核对"),
    ("routed", "已转办"),
    ("waits", "等待工单"),
    ("missing", "我方缺"),
    ("unknown", "对方缺"),
    ("resent", "重发"),
    ("overlap_hours", "原密钥保留小时"),
    ("articles", "依据条目"),
];

/// Codes that stand for the same words under whatever key.
const CODES: [(&str, &str); 37] = [
    ("issued", "生成地址"),
    ("done", "完成"),
    ("viewed", "查看"),
    ("denied", "拒绝"),
    ("today", "今日走访"),
    ("review", "走访审核"),
    ("started", "启动"),
    ("related", "关联"),
    ("different", "不同"),
    ("answered", "已答复"),
    ("referred", "已转介"),
    ("screened_out", "不予受理"),
    ("divisions", "区划"),
    ("units", "机构"),
    ("posts", "岗位"),
    ("holidays", "节假日"),
    ("call_back", "回拨核实"),
    ("police", "公安依法调取"),
    ("protect", "保护报告人"),
    ("complaint", "核查投诉"),
    ("silent", "无声"),
    ("misdialled", "误拨"),
    ("ended", "已通话"),
    ("missed", "未接"),
    ("abandoned", "放弃"),
    ("unreached", "未接通"),
    ("reached", "接通，已登记"),
    ("no_answer", "无人接听"),
    ("somebody_else", "接听者不是来电人"),
    ("offline", "改由线下核实"),
    ("called_again", "再次来电"),
    ("joined", "三方转接"),
    ("letter", "转介函"),
    ("told", "告知号码"),
    ("referral", "转介函"),
    ("kept", "维持原评分"),
    ("changed", "更改评分"),
];

/// The ids that an entry's detail speaks of.
pub(super) fn ids(detail: &Value, into: &mut BTreeSet<Uuid>) {
    match detail {
        Value::String(text) => into.extend(Uuid::parse_str(text).ok()),
        Value::Array(items) => items.iter().for_each(|item| ids(item, into)),
        Value::Object(fields) => fields.values().for_each(|value| ids(value, into)),
        _ => {}
    }
}

/// The detail of an entry in words, known keys first; nothing is left out.
pub(super) fn said(detail: &Value, names: &HashMap<Uuid, String>) -> Vec<Said> {
    let Some(fields) = detail.as_object() else {
        return Vec::new();
    };
    let known = LABELS.iter().filter_map(|(key, label)| {
        let value = fields.get(*key)?;
        one(key, label, value, names)
    });
    let rest = fields
        .iter()
        .filter(|(key, _)| LABELS.iter().all(|(known, _)| known != key))
        .map(|(key, value)| Said {
            label: "",
            value: format!("{key}={}", plain(value)),
            code: true,
        });
    known.chain(rest).collect()
}

/// Nothing for what says nothing: null, or an empty text.
fn one(key: &str, label: &'static str, value: &Value, names: &HashMap<Uuid, String>) -> Option<Said> {
    let (value, code) = match value {
        Value::Null => return None,
        Value::Array(items) if items.iter().all(Value::is_null) => return None,
        Value::Array(items) => {
            let words: Vec<(String, bool)> = items.iter().filter_map(|item| word(key, item, names)).collect();
            let between = if matches!(key, "role" | "unit" | "division") {
                " → "
            } else {
                "、"
            };
            let texts: Vec<&str> = words.iter().map(|(text, _)| text.as_str()).collect();
            (texts.join(between), words.iter().any(|(_, code)| *code))
        }
        other => word(key, other, names)?,
    };
    (!value.is_empty()).then_some(Said { label, value, code })
}

/// A value in words, and whether it is a code all the same.
fn word(key: &str, value: &Value, names: &HashMap<Uuid, String>) -> Option<(String, bool)> {
    let text = match value {
        Value::Null => return Some(("无".to_owned(), false)),
        Value::Bool(yes) => return Some((if *yes { "是" } else { "否" }.to_owned(), false)),
        Value::Number(number) => return Some((level_words(key, number), false)),
        Value::String(text) if text.is_empty() => return None,
        Value::String(text) => text,
        other => return Some((plain(other), true)),
    };
    if let Ok(id) = Uuid::parse_str(text) {
        let short = || text.chars().take(8).collect();
        return Some(
            names
                .get(&id)
                .map_or_else(|| (short(), true), |name| (name.clone(), false)),
        );
    }
    Some(words_of(key, text).map_or_else(|| (text.clone(), is_code(text)), |words| (words, false)))
}

fn level_words(key: &str, number: &serde_json::Number) -> String {
    let level = number.as_i64().and_then(|number| i16::try_from(number).ok());
    let level = level.filter(|_| matches!(key, "level" | "suggested"));
    level
        .and_then(RiskLevel::from_number)
        .map_or_else(|| number.to_string(), |level| level.label().to_owned())
}

fn words_of(key: &str, code: &str) -> Option<String> {
    let owned = |words: &str| Some(words.to_owned());
    match key {
        "role" => {
            let account = Role::parse(code).map(|role| role.label().to_owned());
            return account.or_else(|| Some(codes::post_role(code)?.name.clone()));
        }
        "part" => return owned(Part::parse(code)?.label()),
        "milestone" => return owned(milestone(code)),
        "rule" if family(code) != code => return owned(family(code)),
        "division" => return Some(codes::division(code)?.name.clone()),
        "due" => return Some(clock::minute(DateTime::parse_from_rfc3339(code).ok()?.to_utc())),
        "type" => return Some(format!("{code} {}", codes::task_type(code)?.name)),
        _ => {}
    }
    if let Some(level) = RiskLevel::parse(code) {
        return owned(level.label());
    }
    CODES
        .iter()
        .find(|(known, _)| *known == code)
        .and_then(|(_, words)| owned(words))
}

/// The words of a clock; those of tasks and transfers no stage of a case bears.
fn milestone(code: &str) -> &str {
    match (Milestone::parse(code), code) {
        (Some(known), _) => known.label(),
        (None, "task_sign") => "签收任务",
        (None, "task_done") => "反馈任务",
        (None, "task_ruling") => "裁定争议",
        (None, "transfer") => "三方转接",
        (None, "move_confirm") => "确认移交",
        (None, "move_rule") => "裁定移交",
        (None, "push_police") => "推送公安",
        (None, "locate") => "查清所在",
        (None, "supervision") => "答复督办",
        (None, "referral") => "转介答复",
        (None, other) => other,
    }
}

/// Chinese words are wording; the rest is a code.
fn is_code(text: &str) -> bool {
    text.is_ascii()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn texts(detail: &Value, names: &HashMap<Uuid, String>) -> Vec<String> {
        let said = said(detail, names);
        said.iter().map(|one| format!("{}{}", one.label, one.value)).collect()
    }

    #[test]
    fn codes_and_ids_become_words() {
        let unit = Uuid::now_v7();
        let names = HashMap::from([(unit, "应县公安局".to_owned())]);
        let detail = json!({ "lead": unit.to_string(), "level": 1, "rule": "RT02", "milestone": "task_sign" });
        assert_eq!(
            texts(&detail, &names),
            ["等级红·一级", "主办应县公安局", "规则RT02", "时限签收任务"]
        );
        let ended = json!({ "due": "2026-11-24T01:00:00Z" });
        assert_eq!(texts(&ended, &names), ["期限2026-11-24 09:00"]);
        let moved = json!({ "role": ["county", "city"], "unit": [unit.to_string(), null] });
        assert_eq!(
            texts(&moved, &names),
            ["角色县级个案经理 → 市级统筹", "机构应县公安局 → 无"]
        );
    }

    #[test]
    fn what_has_no_words_is_kept_as_a_code() {
        let names = HashMap::new();
        let detail = json!({ "tried": "GET /accounts", "never_heard_of": 3, "outcome": "", "note": null });
        let said = said(&detail, &names);
        assert_eq!(said.len(), 3);
        assert!(said.iter().all(|one| one.code));
        assert_eq!(said[0].value, "GET /accounts");
    }

    #[test]
    fn ids_are_found_wherever_they_stand() {
        let (one, two) = (Uuid::now_v7(), Uuid::now_v7());
        let mut found = BTreeSet::new();
        ids(
            &json!({ "a": one.to_string(), "b": [{ "c": two.to_string() }], "d": "x" }),
            &mut found,
        );
        assert_eq!(found, BTreeSet::from([one, two]));
    }
}
