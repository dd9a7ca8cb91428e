//! 强制报告登记表: what an obliged reporter tells beyond every other report.
//! It is sealed with the report; the case is told what its handlers need, and
//! nothing that points at who reported.

use super::facts::ReportInput;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The further fields of the registration form, as they were typed; what was
/// not said is empty. Choices are `yes`, `no` or `unknown`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Registration {
    /// 统一社会信用代码 of the reporting unit.
    pub unit_code: String,
    /// 报告单位地址.
    pub unit_address: String,
    /// 单位负责人是否知悉; never a condition of reporting.
    pub head_informed: String,
    /// 发现地点.
    pub discovered_place: String,
    /// 发现方式.
    pub discovered_how: String,
    /// 监护人.
    pub guardian: String,
    /// 伤情与处置.
    pub injury: String,
    /// 病历号.
    pub record_no: String,
    /// 是否固定证据.
    pub evidence_kept: String,
    /// 已采取措施.
    pub measures_taken: String,
    /// 报警时间.
    pub police_at: String,
    /// 接警单位.
    pub police_unit: String,
    /// 主管部门报备时间.
    pub superior_at: String,
    /// 是否通知监护人.
    pub guardian_told: String,
    /// Why the guardian was not told.
    pub guardian_reason: String,
    /// 延迟说明.
    pub late_reason: String,
}

/// Whose fields they are: the matter's, or the reporting unit's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    Matter,
    Unit,
}

fn answer(code: &str) -> String {
    match code {
        "yes" => "是",
        "no" => "否",
        "unknown" => "不清楚",
        _ => "",
    }
    .to_owned()
}

impl Registration {
    /// What a report carries of the form; nothing when it carries none.
    #[must_use]
    pub fn of(input: &ReportInput) -> Option<Self> {
        let form: Self = serde_json::from_value(input.form_extra.clone()?).ok()?;
        (form != Self::default()).then_some(form)
    }

    /// The form as a report carries it.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn to_value(&self) -> serde_json::Result<Value> {
        serde_json::to_value(self)
    }

    fn rows(&self) -> [(About, &'static str, String); 16] {
        use About::{Matter, Unit};
        let text = |text: &str| text.trim().to_owned();
        [
            (Matter, "发现地点", text(&self.discovered_place)),
            (Matter, "发现方式", text(&self.discovered_how)),
            (Matter, "监护人", text(&self.guardian)),
            (Matter, "伤情与处置", text(&self.injury)),
            (Matter, "病历号", text(&self.record_no)),
            (Matter, "已固定证据", answer(&self.evidence_kept)),
            (Matter, "已采取措施", text(&self.measures_taken)),
            (Matter, "报警时间", text(&self.police_at)),
            (Matter, "接警单位", text(&self.police_unit)),
            (Matter, "已通知监护人", answer(&self.guardian_told)),
            (Matter, "不通知的原因", text(&self.guardian_reason)),
            (Unit, "延迟说明", text(&self.late_reason)),
            (Unit, "主管部门报备", text(&self.superior_at)),
            (Unit, "单位负责人知悉", answer(&self.head_informed)),
            (Unit, "统一社会信用代码", text(&self.unit_code)),
            (Unit, "单位地址", text(&self.unit_address)),
        ]
    }

    /// Everything that was said, for those who may read the report itself.
    #[must_use]
    pub fn said(&self) -> Vec<(&'static str, String)> {
        let rows = self.rows().into_iter();
        rows.filter(|(_, _, value)| !value.is_empty())
            .map(|(_, label, value)| (label, value))
            .collect()
    }

    /// What the handlers of the case are told; nothing when there is nothing.
    #[must_use]
    pub fn for_case(&self) -> Option<String> {
        let rows = self.rows().into_iter();
        let mut lines: Vec<String> = rows
            .filter(|(about, _, value)| *about == About::Matter && !value.is_empty())
            .map(|(_, label, value)| format!("{label}：{value}"))
            .collect();
        if self.guardian_told == "no" {
            lines.push("未通知监护人，办理中不得向其透露有人报告".to_owned());
        }
        (!lines.is_empty()).then(|| format!("强制报告登记表。{}", lines.join("；")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> Registration {
        Registration {
            unit_code: "12140622MB00000000".to_owned(),
            unit_address: "应县东街".to_owned(),
            injury: "左前臂骨折，已固定".to_owned(),
            guardian_told: "no".to_owned(),
            guardian_reason: "监护人涉嫌侵害".to_owned(),
            late_reason: "夜间急诊".to_owned(),
            ..Registration::default()
        }
    }

    #[test]
    fn the_case_is_told_of_the_matter_and_not_of_the_unit() {
        let told = form().for_case().unwrap();
        assert!(told.contains("左前臂骨折") && told.contains("不得向其透露"), "{told}");
        for own in ["12140622MB00000000", "应县东街", "夜间急诊"] {
            assert!(!told.contains(own), "{own}");
        }
        assert_eq!(form().said().len(), 6);
        assert_eq!(Registration::default().for_case(), None);
    }

    #[test]
    fn a_report_without_the_form_carries_none() {
        let mut input = ReportInput::default();
        assert_eq!(Registration::of(&input), None);
        input.form_extra = Some(serde_json::json!({ "desk": { "q1": "yes" } }));
        assert_eq!(Registration::of(&input), None);
        input.form_extra = Some(form().to_value().unwrap());
        assert_eq!(Registration::of(&input), Some(form()));
    }
}
