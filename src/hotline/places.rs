//! Where in an order something stands and what stands there, in the words of the
//! screen.

use crate::rules::codes::{self, Answer};
use serde_json::Value;

/// The words of a pointer into an order, such as 第1名儿童的年龄 for
/// `children/0/age`; what is not known is 工单内容.
pub(super) fn place(pointer: &str) -> String {
    if pointer.is_empty() {
        return String::new();
    }
    let mut parts = pointer.trim_start_matches('/').split('/');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let number = rest
        .first()
        .and_then(|part| part.parse::<usize>().ok())
        .map(|at| at + 1);
    let last = rest.last().map_or("", |part| word(part));
    match (first, number) {
        ("children", Some(number)) if !last.is_empty() => format!("第{number}名儿童的{last}"),
        (_, Some(number)) => format!("{}第{number}项", named(first)),
        _ if !last.is_empty() => format!("{}的{last}", named(first)),
        _ => named(first).to_owned(),
    }
}

fn named(field: &str) -> &'static str {
    match word(field) {
        "" => "工单内容",
        word => word,
    }
}

fn word(field: &str) -> &'static str {
    match field {
        "anonymous" => "匿名",
        "confidential" => "要求保密",
        "received_at" => "受理时间",
        "channel" => "来源渠道",
        "demand_type" => "诉求类型",
        "case_types" => "案件类型",
        "mandatory_situations" => "九类情形",
        "urgency" => "紧急程度",
        "title" => "标题",
        "content" => "内容",
        "caller" => "来电人",
        "reporter_type" => "来电人身份",
        "relation_to_child" => "与儿童关系",
        "incident_place" => "事发地",
        "child_location" => "儿童现在地",
        "children" => "儿童",
        "cohabiting_suspect" => "是否同住",
        "danger_flags" => "危险要素",
        "reported_to_police" => "是否已报警",
        "recording_id" => "录音编号",
        "attachments" => "附件",
        "callback_url" => "回调地址",
        "name" => "姓名",
        "phone" | "caller_phone" => "号码",
        "safe_phone" => "可否安全回拨",
        "safe_time" => "安全时段",
        "division" | "place_code" => "区划",
        "address" => "地址",
        "sex" => "性别",
        "age" => "年龄",
        "id_number" => "证件号码",
        _ => "",
    }
}

/// A part of an order as a person reads it: 「可否安全回拨：否，号码：…」.
pub(super) fn told(name: &str, said: &Value) -> String {
    match said {
        Value::Null => String::new(),
        Value::Object(fields) => {
            let one = |(name, said): (&String, &Value)| {
                let told = told(name, said);
                (!told.is_empty()).then(|| format!("{}：{told}", named(name)))
            };
            fields.iter().filter_map(one).collect::<Vec<_>>().join("，")
        }
        Value::Array(items) => items.iter().map(|item| told(name, item)).collect::<Vec<_>>().join("；"),
        Value::Bool(yes) => if *yes { "是" } else { "否" }.to_owned(),
        Value::String(text) => decoded(name, text).to_owned(),
        Value::Number(number) => decoded(name, &number.to_string()).to_owned(),
    }
}

/// The name of a code, where the field holds codes.
fn decoded<'a>(name: &str, text: &'a str) -> &'a str {
    match (name, text) {
        ("sex", "1") => "男",
        ("sex", "2") => "女",
        ("sex", "0" | "9") => "不详",
        ("cohabiting_suspect", code) => Answer::parse(code).map_or(text, |answer| answer.label()),
        ("division", code) => codes::division(&format!("{code:0<12}")).map_or(text, |row| row.name.as_str()),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::{place, told};
    use serde_json::json;

    #[test]
    fn a_part_is_told_with_its_names_and_without_codes() {
        let caller = json!({ "safe_phone": false, "phone": "16000000001", "name": null });
        assert_eq!(told("caller", &caller), "号码：16000000001，可否安全回拨：否");
        let children = json!([{ "sex": 2, "age": 7 }, { "name": "童小满" }]);
        assert_eq!(told("children", &children), "年龄：7，性别：女；姓名：童小满");
        assert_eq!(told("cohabiting_suspect", &json!("yes")), "是");
        assert_eq!(told("child_location", &json!({ "division": "140622" })), "区划：应县");
    }

    #[test]
    fn a_place_is_told_in_words_and_never_in_code() {
        let told = [
            ("", ""),
            ("channel", "来源渠道"),
            ("case_types/1", "案件类型第2项"),
            ("children/0/age", "第1名儿童的年龄"),
            ("child_location/division", "儿童现在地的区划"),
            ("nobody_knows/this", "工单内容"),
        ];
        for (pointer, words) in told {
            assert_eq!(place(pointer), words, "{pointer}");
        }
    }
}
