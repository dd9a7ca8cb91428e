//! What is wrong with a report, field by field, and what to do about it.

use super::facts::{ChildInput, PlaceInput, ReportInput, said};
use crate::error::FieldError;
use crate::rules::codes::{self, Answer};
use crate::rules::division::{Division, Tier};
use crate::rules::idcard;
use crate::vault::normalise;
use chrono::{DateTime, Datelike, TimeDelta, Utc};

const NAME: usize = 50;
const LINE: usize = 200;
const CONTENT: usize = 4000;
const CHILDREN: usize = 20;
const TYPES: usize = 10;
const CHOICES: usize = 40;
const OLDEST: i16 = 17;
/// Nothing that is reported about a child of today was found out before.
const EARLIEST: i32 = 1990;
/// Codes of the city's own divisions must be in the list; of other cities only
/// the shape is known.
const CITY: &str = "1406";

/// The faults found so far.
struct Faults {
    list: Vec<FieldError>,
    now: DateTime<Utc>,
    synthetic: bool,
}

impl ReportInput {
    /// The faults of what was typed. The field of a fault is its JSON pointer
    /// without the slash; [`super::facts::control`] gives the desk's control.
    /// Made-up identity numbers are only taken where `synthetic` allows them.
    #[must_use]
    pub fn validate(&self, now: DateTime<Utc>, synthetic: bool) -> Vec<FieldError> {
        let mut faults = Faults {
            list: Vec::new(),
            now,
            synthetic,
        };
        faults.codes(self);
        faults.people(self);
        faults.answers(self);
        faults.texts(self);
        faults.caller(self);
        faults.places(self);
        faults.children(self);
        faults.times(self);
        faults.list
    }
}

impl Faults {
    fn add(&mut self, field: &str, message: &str) {
        self.list.push(FieldError::new(field, message));
    }

    fn known(&mut self, field: &str, code: Option<&str>, known: impl Fn(&str) -> bool, message: &str) {
        if code.is_some_and(|code| !known(code)) {
            self.add(field, message);
        }
    }

    fn codes(&mut self, input: &ReportInput) {
        self.known(
            "channel",
            Some(input.channel()),
            |code| codes::channel(code).is_some(),
            "选择来源渠道",
        );
        let demand = Some(input.demand_type());
        self.known(
            "demand_type",
            demand,
            |code| codes::demand_type(code).is_some(),
            "选择诉求类型",
        );
        if input.case_types.len() > TYPES {
            self.add("case_types", &format!("案件类型最多 {TYPES} 个"));
        }
        for (at, code) in input.case_types.iter().enumerate() {
            let text = "填写四位案件类型代码，如 0601，或从列表中选择";
            let field = format!("case_types/{at}");
            self.known(&field, Some(code), |code| codes::case_type(code).is_some(), text);
        }
        for (field, list) in [
            ("mandatory_situations", &input.mandatory_situations),
            ("danger_flags", &input.danger_flags),
        ] {
            if list.len() > CHOICES {
                self.add(field, &format!("最多选择 {CHOICES} 项"));
            }
        }
        let situations = input.mandatory_situations.iter().map(String::as_str);
        for code in situations {
            let known = |code: &str| codes::mandatory_situation(code).is_some();
            self.known("mandatory_situations", Some(code), known, "从九类情形中选择");
        }
        for code in input.danger_flags.iter().map(String::as_str) {
            let known = |code: &str| codes::danger_flag(code).is_some();
            self.known("danger_flags", Some(code), known, "从危险要素列表中选择");
        }
    }

    fn people(&mut self, input: &ReportInput) {
        let one = |text: &Option<String>| said(text.as_ref()).map(str::to_owned);
        let reporter = one(&input.reporter_type);
        let known = |code: &str| codes::reporter_type(code).is_some();
        self.known("reporter_type", reporter.as_deref(), known, "从列表中选择来电人身份");
        let relation = one(&input.relation_to_child);
        let known = |code: &str| codes::relation(code).is_some();
        self.known(
            "relation_to_child",
            relation.as_deref(),
            known,
            "从列表中选择与儿童的关系",
        );
        let suspect = one(&input.suspect_relation);
        let known = |code: &str| codes::suspect_type(code).is_some();
        self.known(
            "suspect_relation",
            suspect.as_deref(),
            known,
            "从列表中选择嫌疑人是儿童的什么人",
        );
        let official = one(&input.involved_official);
        let known = |code: &str| Tier::parse(code).is_some();
        self.known("involved_official", official.as_deref(), known, "选择涉及人员所在层级");
        let cohabiting = one(&input.cohabiting_suspect);
        let known = |code: &str| Answer::parse(code).is_some();
        self.known("cohabiting_suspect", cohabiting.as_deref(), known, "选择是、否或不详");
        if said(input.urgency.as_ref()).is_some() && input.chosen().is_none() {
            self.add("urgency", "选择红、黄、蓝、绿之一，或留空按建议");
        }
        let outcome = one(&input.outcome);
        self.known(
            "outcome",
            outcome.as_deref(),
            |code| matches!(code, "route" | "hold"),
            "填写 route 或 hold",
        );
    }

    fn answers(&mut self, input: &ReportInput) {
        for (code, answer) in &input.answers {
            let field = format!("answers/{code}");
            match codes::safety_question(code) {
                None => self.add(&field, "没有这个问题，核对问题代码"),
                Some(question) if question.kind == "text" => self.text(&field, Some(answer), LINE),
                Some(_) if answer.trim().is_empty() || Answer::parse(answer.trim()).is_some() => {}
                Some(_) => self.add(&field, "选择是、否或不清"),
            }
        }
    }

    /// Length and characters of a text.
    fn text(&mut self, field: &str, text: Option<&String>, most: usize) {
        let Some(text) = text else { return };
        let count = text.chars().count();
        if count > most {
            self.add(field, &format!("缩短到 {most} 字以内，现有 {count} 字"));
        }
        let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        if text.chars().any(odd) {
            self.add(field, "含有不可见的控制字符，删除后重试");
        }
    }

    fn texts(&mut self, input: &ReportInput) {
        self.text("content", input.content.as_ref(), CONTENT);
        self.text("title", input.title.as_ref(), LINE);
        self.text("urgency_reason", input.urgency_reason.as_ref(), LINE);
        self.text("suspect_name", input.suspect_name.as_ref(), NAME);
        self.text("police_receipt_no", input.police_receipt_no.as_ref(), NAME);
        self.order_no("ext_order_no", input.ext_order_no.as_ref());
        self.text("recording_id", input.recording_id.as_ref(), LINE);
        self.text("callback_url", input.callback_url.as_ref(), LINE);
        self.phone("suspect_phone", input.suspect_phone.as_ref());
        self.id_number("suspect_id_number", input.suspect_id_number.as_ref());
        let title = said(input.title.as_ref()).unwrap_or_default();
        let named = input.children.iter().filter_map(|child| said(child.name.as_ref()));
        if named
            .filter(|name| name.chars().count() > 1)
            .any(|name| title.contains(name))
        {
            self.add("title", "标题不写姓名，改用「约7岁女童」这样的说法");
        }
        let extra = input.form_extra.as_ref().map(ToString::to_string).unwrap_or_default();
        if extra.len() > 64 * 1024 {
            self.add("form_extra", "登记表附加内容过长，删减后重试");
        }
    }

    /// A number that machines look up and that is not sealed: letters, digits
    /// and separators, never words.
    fn order_no(&mut self, field: &str, number: Option<&String>) {
        let Some(number) = said(number) else { return };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
        if number.len() > NAME || !number.bytes().all(plain) {
            self.add(field, &format!("外部工单号只含字母、数字和 - _ . /，不超过 {NAME} 位"));
        }
    }

    fn caller(&mut self, input: &ReportInput) {
        self.text("caller/name", input.caller.name.as_ref(), NAME);
        self.text("caller/position", input.caller.position.as_ref(), NAME);
        self.text("caller/safe_time", input.caller.safe_time.as_ref(), LINE);
        self.phone("caller/phone", input.caller.phone.as_ref());
    }

    fn phone(&mut self, field: &str, phone: Option<&String>) {
        let Some(phone) = said(phone) else { return };
        let digits = normalise(phone);
        let digits = digits.strip_prefix('+').unwrap_or(&digits);
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        if !plain || !(3..=20).contains(&digits.len()) {
            self.add(field, "核对号码，只填数字，座机带区号");
        }
    }

    fn id_number(&mut self, field: &str, number: Option<&String>) {
        let Some(number) = said(number) else { return };
        match idcard::parse(number) {
            Err(fault) => self.add(field, &fault.to_string()),
            Ok(card) if card.is_synthetic() && !self.synthetic => {
                self.add(field, "身份证号的地区代码不存在，核对是否抄错");
            }
            Ok(card) if card.birth > crate::clock::day(self.now) => {
                self.add(field, "身份证号中的出生日期晚于今天，核对是否抄错");
            }
            Ok(_) => {}
        }
    }

    fn places(&mut self, input: &ReportInput) {
        self.place("child_location", input.child_location.as_ref());
        self.place("incident_place", input.incident_place.as_ref());
        self.division("residence", input.residence.as_ref());
        self.division("domicile", input.domicile.as_ref());
    }

    fn place(&mut self, name: &str, place: Option<&PlaceInput>) {
        let Some(place) = place else { return };
        self.division(&format!("{name}/division"), place.division.as_ref());
        self.text(&format!("{name}/address"), place.address.as_ref(), LINE);
    }

    fn division(&mut self, field: &str, code: Option<&String>) {
        let Some(code) = said(code) else { return };
        if !Division::parse(code).is_ok_and(|place| exists(&place)) {
            self.add(field, "没有这个区划，从列表中选择或填写 6、9、12 位代码");
        }
    }

    fn children(&mut self, input: &ReportInput) {
        if input.children.len() > CHILDREN {
            self.add("children", &format!("一张单最多 {CHILDREN} 名儿童，其余另行登记"));
        }
        for (at, child) in input.children.iter().enumerate() {
            self.child(at, child);
        }
    }

    fn child(&mut self, at: usize, child: &ChildInput) {
        let field = |name: &str| format!("children/{at}/{name}");
        self.text(&field("name"), child.name.as_ref(), NAME);
        self.text(&field("feature"), child.feature.as_ref(), LINE);
        if !matches!(child.sex(), "0" | "1" | "2" | "9") {
            self.add(&field("sex"), "选择男、女或不详");
        }
        if child.age.is_some_and(|age| !(0..=OLDEST).contains(&age)) {
            self.add(&field("age"), &format!("年龄填 0 至 {OLDEST} 的整数，不详留空"));
        }
        self.id_number(&field("id_number"), child.id_number.as_ref());
    }

    fn times(&mut self, input: &ReportInput) {
        let latest = self.now + TimeDelta::minutes(1);
        for (field, at) in [
            ("discovered_at", input.discovered_at),
            ("received_at", input.received_at),
        ] {
            if at.is_some_and(|at| at > latest) {
                let text = format!("时间不能晚于现在（{}）", crate::clock::minute(self.now));
                self.add(field, &text);
            }
            if at.is_some_and(|at| at.year() < EARLIEST) {
                self.add(field, &format!("核对时间，不早于 {EARLIEST} 年"));
            }
        }
    }
}

/// Whether a division is in the list, or lies in another city of the country.
fn exists(place: &Division) -> bool {
    let code = place.code();
    if code.starts_with(CITY) {
        return codes::division(code).is_some();
    }
    // GB/T 2260: provinces are numbered 11 to 82, counties from 01.
    let province = code[..2].parse::<u8>().unwrap_or_default();
    (11..=82).contains(&province) && &code[2..4] != "00"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::parse_from_rfc3339("2026-11-23T01:00:00Z").unwrap().into()
    }

    fn faulty(input: &ReportInput) -> Vec<String> {
        let faults = input.validate(now(), true);
        faults.into_iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn an_empty_report_has_no_wrong_field() {
        assert_eq!(faulty(&ReportInput::default()), Vec::<String>::new());
    }

    #[test]
    fn each_wrong_field_is_named() {
        let input: ReportInput = serde_json::from_value(serde_json::json!({
            "case_types": ["0101", "9998"],
            "danger_flags": ["nothing"],
            "answers": {"safe_now": "maybe", "where_hurt": "左臂"},
            "content": "长".repeat(4001),
            "title": "李晓丽被打",
            "caller": {"phone": "打不通"},
            "child_location": {"division": "140699"},
            "children": [{"name": "李晓丽", "age": 18, "id_number": "140699201403050019"}],
            "received_at": "2026-11-23T02:00:00Z"
        }))
        .unwrap();
        assert_eq!(
            faulty(&input),
            [
                "case_types/1",
                "danger_flags",
                "answers/safe_now",
                "content",
                "title",
                "caller/phone",
                "child_location/division",
                "children/0/age",
                "children/0/id_number",
                "received_at"
            ]
        );
    }

    #[test]
    fn a_made_up_number_is_refused_outside_the_demonstration() {
        let child = ChildInput {
            id_number: Some("140699201403050018".to_owned()),
            ..ChildInput::default()
        };
        let input = ReportInput {
            children: vec![child],
            ..ReportInput::default()
        };
        assert!(input.validate(now(), true).is_empty());
        assert_eq!(input.validate(now(), false).len(), 1);
    }

    #[test]
    fn faults_find_their_controls_on_the_desk() {
        use super::super::facts::control;
        for (field, id) in [
            ("children/0/age", "child_age_1"),
            ("children/2/id_number", "child_id_number_3"),
            ("caller/phone", "caller_phone"),
            ("caller/safe_time", "safe_time"),
            ("child_location/division", "child_location"),
            ("child_location/address", "child_address"),
            ("case_types/0", "case_types"),
            ("case_types/1", "case_types_2"),
            ("content", "content"),
        ] {
            assert_eq!(control(field), id);
        }
    }
}
