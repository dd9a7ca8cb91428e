//! What a report says: one shape for the desk's form, the JSON body, a 12345
//! order and the registration form of an obliged reporter.

use super::guess;
use crate::rules::codes::Answer;
use crate::rules::division::Division;
use crate::rules::level::RiskLevel;
use crate::rules::triage::TriageFacts;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Everything that may be said in a report. Codes are those of the code lists;
/// what is not known is left out or null, never made up.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReportInput {
    /// 来源渠道; empty means `phone`.
    pub channel: String,
    /// 诉求类型; empty means `tipoff`.
    pub demand_type: String,
    /// 案件类型, primary first.
    pub case_types: Vec<String>,
    /// 强制报告情形, `MR1`–`MR9`.
    pub mandatory_situations: Vec<String>,
    /// 危险要素.
    pub danger_flags: Vec<String>,
    /// 初筛十问 by the question's code: `yes`, `no`, `unknown`, or free text
    /// for the question that asks where it hurts.
    pub answers: BTreeMap<String, String>,
    /// The level chosen by a person: `red` … `green` or `1` … `4`; none: as suggested.
    pub urgency: Option<String>,
    /// Why it was chosen lower than suggested.
    pub urgency_reason: Option<String>,
    /// 标题, without names; made up from the types when it is empty.
    pub title: Option<String>,
    /// 内容, in the caller's words; at most 4,000 characters.
    pub content: Option<String>,
    /// 来电人.
    pub caller: Caller,
    /// 报告人类型.
    pub reporter_type: Option<String>,
    /// 与儿童关系.
    pub relation_to_child: Option<String>,
    /// 是否要求保密; kept confidential unless said otherwise.
    pub confidential: Option<bool>,
    /// 事发地.
    pub incident_place: Option<PlaceInput>,
    /// 儿童现在地, the main key of routing.
    pub child_location: Option<PlaceInput>,
    /// 居住地, a division code.
    pub residence: Option<String>,
    /// 户籍地, a division code.
    pub domicile: Option<String>,
    /// 儿童, as far as they are known.
    pub children: Vec<ChildInput>,
    /// 是否与嫌疑人同住: `yes`, `no`, `unknown`.
    pub cohabiting_suspect: Option<String>,
    /// 嫌疑人类型.
    pub suspect_relation: Option<String>,
    /// 嫌疑人姓名.
    pub suspect_name: Option<String>,
    /// 嫌疑人电话: whoever of the network has this number is kept out (RT04).
    pub suspect_phone: Option<String>,
    /// 嫌疑人证件号: likewise.
    pub suspect_id_number: Option<String>,
    /// 涉及公职人员所在层级: `city`, `county`, `township`, `village` (RT04).
    pub involved_official: Option<String>,
    /// 涉及教职工 (RT04).
    pub teaching_staff: bool,
    /// 发生在校内 (RT05).
    pub at_school: bool,
    /// 是否已报警; none: not asked.
    pub reported_to_police: Option<bool>,
    /// 报警回执号.
    pub police_receipt_no: Option<String>,
    /// 发现时间.
    pub discovered_at: Option<DateTime<Utc>>,
    /// When it was received elsewhere: the clocks start then.
    pub received_at: Option<DateTime<Utc>>,
    /// 外部工单号.
    pub ext_order_no: Option<String>,
    /// 录音编号, a reference only.
    pub recording_id: Option<String>,
    /// Where the sender wants to hear of the result.
    pub callback_url: Option<String>,
    /// The further fields of the obliged reporter's registration form.
    #[schema(value_type = Option<Object>)]
    pub form_extra: Option<serde_json::Value>,
    /// What becomes of it at once: `route` (the default of the interface) or `hold`.
    pub outcome: Option<String>,
}

/// 来电人. Anonymous ones are never refused.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Caller {
    /// 称呼.
    pub name: Option<String>,
    /// 岗位 of somebody who reports for a unit.
    pub position: Option<String>,
    /// 来电号码.
    pub phone: Option<String>,
    /// 匿名.
    pub anonymous: bool,
    /// 可否安全回拨; none: not asked.
    pub safe_phone: Option<bool>,
    /// 安全时段.
    pub safe_time: Option<String>,
}

/// A place: a division of any tier and words for the rest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PlaceInput {
    /// 6, 9 or 12 digits.
    pub division: Option<String>,
    /// 路、楼、门牌或标志物.
    pub address: Option<String>,
}

/// A child; a first guess is enough.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChildInput {
    /// 姓名.
    pub name: Option<String>,
    /// 性别: `0` unknown, `1` male, `2` female, `9` not stated.
    pub sex: Option<String>,
    /// 约几岁, 0–17.
    pub age: Option<i16>,
    /// 证件号.
    pub id_number: Option<String>,
    /// 特征: 约7岁女童，红色上衣.
    pub feature: Option<String>,
}

impl ChildInput {
    /// The same child with the age and the sex that a first guess tells:
    /// 约7岁女童 is enough.
    #[must_use]
    pub fn guessed(mut self) -> Self {
        let feature = self.feature.clone().unwrap_or_default();
        self.age = self.age.or_else(|| guess::age(&feature));
        if self.sex() == "0" {
            self.sex = guess::sex(&feature).map(str::to_owned).or(self.sex);
        }
        self
    }

    /// Whether nothing at all was said.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        let blank = |text: &Option<String>| text.as_deref().is_none_or(|text| text.trim().is_empty());
        blank(&self.name) && blank(&self.id_number) && blank(&self.feature) && self.age.is_none() && self.sex() == "0"
    }

    /// The stored code of the sex.
    #[must_use]
    pub fn sex(&self) -> &str {
        let given = self.sex.as_deref().map(str::trim).filter(|sex| !sex.is_empty());
        given.unwrap_or("0")
    }
}

/// A text that says something, without the blanks around it.
#[must_use]
pub fn said(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

/// A division code as far as it can be read.
#[must_use]
pub fn division(text: Option<&String>) -> Option<Division> {
    said(text).and_then(|text| Division::parse(text).ok())
}

impl ReportInput {
    /// 来源渠道, `phone` when nothing was said.
    #[must_use]
    pub fn channel(&self) -> &str {
        match self.channel.trim() {
            "" => "phone",
            given => given,
        }
    }

    /// 诉求类型, `tipoff` when nothing was said.
    #[must_use]
    pub fn demand_type(&self) -> &str {
        match self.demand_type.trim() {
            "" => "tipoff",
            given => given,
        }
    }

    /// The level that a person chose.
    #[must_use]
    pub fn chosen(&self) -> Option<RiskLevel> {
        let text = said(self.urgency.as_ref())?;
        let number = text.parse().ok().and_then(RiskLevel::from_number);
        number.or_else(|| RiskLevel::parse(text))
    }

    /// The children of whom something was said.
    pub fn known_children(&self) -> impl Iterator<Item = &ChildInput> {
        self.children.iter().filter(|child| !child.is_blank())
    }

    /// 儿童现在地.
    #[must_use]
    pub fn location(&self) -> Option<Division> {
        self.child_location
            .as_ref()
            .and_then(|place| division(place.division.as_ref()))
    }

    /// 事发地.
    #[must_use]
    pub fn incident(&self) -> Option<Division> {
        self.incident_place
            .as_ref()
            .and_then(|place| division(place.division.as_ref()))
    }

    /// `yes`, `no` or `unknown`.
    #[must_use]
    pub fn cohabiting(&self) -> Answer {
        said(self.cohabiting_suspect.as_ref())
            .and_then(Answer::parse)
            .unwrap_or(Answer::Unknown)
    }

    /// The answers that are a choice.
    #[must_use]
    pub fn choices(&self) -> BTreeMap<String, Answer> {
        let choices = self.answers.iter();
        choices
            .filter_map(|(code, answer)| Answer::parse(answer.trim()).map(|answer| (code.clone(), answer)))
            .collect()
    }

    /// What triage needs to know; earlier reports are counted by the caller.
    #[must_use]
    pub fn triage(&self, prior_reports_90d: u32) -> TriageFacts {
        TriageFacts {
            case_types: self.case_types.clone(),
            mandatory_situations: self.mandatory_situations.clone(),
            reporter_type: said(self.reporter_type.as_ref()).map(str::to_owned),
            demand_type: self.demand_type().to_owned(),
            answers: self.choices(),
            danger_flags: self.danger_flags.iter().cloned().collect(),
            child_categories: std::collections::BTreeSet::new(),
            youngest_age: self
                .known_children()
                .filter_map(|child| child.age)
                .min()
                .and_then(|age| u8::try_from(age).ok()),
            cohabiting_suspect: Some(self.cohabiting()),
            prior_reports_90d,
            sibling_red: false,
        }
    }
}

/// The id of the desk's control for a fault's field: `children/0/age` is
/// `child_age_1`, `caller/phone` is `caller_phone`.
#[must_use]
pub fn control(field: &str) -> String {
    let parts: Vec<&str> = field.split('/').collect();
    match parts.as_slice() {
        ["children", at, name] => format!("child_{name}_{}", at.parse().unwrap_or(0usize) + 1),
        ["caller", name @ ("phone" | "name")] => format!("caller_{name}"),
        ["caller", name] => (*name).to_owned(),
        ["child_location", "address"] => "child_address".to_owned(),
        ["incident_place", "address"] => "incident_address".to_owned(),
        ["child_location" | "incident_place", _] => parts[0].to_owned(),
        ["case_types", at] => match at.parse().unwrap_or(0usize) {
            0 => "case_types".to_owned(),
            at => format!("case_types_{}", at + 1),
        },
        ["answers", code] => (*code).to_owned(),
        _ => parts[0].to_owned(),
    }
}
