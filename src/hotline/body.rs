//! What a partner sends: the order and what comes later about it. Every field
//! may be null, which means unknown; fields that this service does not know are
//! kept with the original and change nothing.

use crate::error::{Error, Result};
use crate::intake::{Caller, ChildInput, PlaceInput, ReportInput};
use crate::vault::Vault;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sm3::{Digest, Sm3};
use utoipa::ToSchema;

/// A work order of 12345. Codes are those of the code lists; one that is not
/// known is kept and shown to a person.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct WorkOrder {
    /// 12345 工单号: letters, digits and `- _ . /`, at most 50.
    pub ext_order_no: Option<String>,
    /// 12345 受理时间, RFC 3339 with its zone; the clocks start then.
    pub received_at: Option<String>,
    /// 来源渠道.
    pub channel: Option<String>,
    /// 诉求类型.
    pub demand_type: Option<String>,
    /// 案件类型, primary first.
    pub case_types: Option<Vec<String>>,
    /// 强制报告情形.
    pub mandatory_situations: Option<Vec<String>>,
    /// 紧急程度: `red`, `yellow`, `blue`, `green` or `1`–`4`.
    #[schema(value_type = Option<String>)]
    pub urgency: Option<Value>,
    /// 标题.
    pub title: Option<String>,
    /// 内容.
    pub content: Option<String>,
    /// 来电人.
    pub caller: Option<OrderCaller>,
    /// 报告人类型.
    pub reporter_type: Option<String>,
    /// 与儿童关系.
    pub relation_to_child: Option<String>,
    /// 是否要求保密; kept confidential unless said otherwise.
    pub confidential: Option<bool>,
    /// 事发地.
    pub incident_place: Option<OrderPlace>,
    /// 儿童现在地.
    pub child_location: Option<OrderPlace>,
    /// 儿童.
    pub children: Option<Vec<OrderChild>>,
    /// 是否与嫌疑人同住: `yes`, `no`, `unknown`.
    pub cohabiting_suspect: Option<String>,
    /// 危险要素.
    pub danger_flags: Option<Vec<String>>,
    /// 是否已报警.
    pub reported_to_police: Option<bool>,
    /// 录音编号.
    pub recording_id: Option<String>,
    /// 附件, by address: an object or the address alone; at most 10, fetched
    /// afterwards from hosts that were agreed upon. What cannot be read or
    /// fetched never refuses the order.
    #[schema(value_type = Option<Vec<OrderAttachment>>)]
    pub attachments: Option<Value>,
    /// Kept and never called: answers go to the address that was agreed upon.
    pub callback_url: Option<String>,
}

/// A file, by its address.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct OrderAttachment {
    /// `http://host[:port]/path`, at most 2000 bytes; it may hold a token.
    pub url: Option<String>,
    /// What it is called, at most 100 characters.
    pub name: Option<String>,
}

/// 来电人.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct OrderCaller {
    /// 称呼.
    pub name: Option<String>,
    /// 来电号码.
    pub phone: Option<String>,
    /// 匿名.
    pub anonymous: Option<bool>,
    /// 可否安全回拨.
    pub safe_phone: Option<bool>,
    /// 安全时段.
    pub safe_time: Option<String>,
}

/// A place.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct OrderPlace {
    /// 6, 9 or 12 digits.
    pub division: Option<String>,
    /// 详址.
    pub address: Option<String>,
}

/// A child, as far as it is known.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct OrderChild {
    /// 姓名.
    pub name: Option<String>,
    /// 性别: `0`, `1`, `2`, `9`.
    #[schema(value_type = Option<String>)]
    pub sex: Option<Value>,
    /// 约几岁.
    #[schema(value_type = Option<i16>)]
    pub age: Option<Value>,
    /// 证件号.
    pub id_number: Option<String>,
}

/// Something later about an order: what was added, a word to hurry, a
/// withdrawal, a further call.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct OrderEvent {
    /// 12345 事件号: letters, digits and `- _ . /`, at most 50.
    pub event_id: Option<String>,
    /// `supplement` 补充, `urge` 催办, `cancel` 撤单, `call_again` 再次来电.
    pub kind: Option<String>,
    /// When it happened, RFC 3339 with its zone.
    pub at: Option<String>,
    /// 内容.
    pub content: Option<String>,
    /// 来电人, of a further call.
    pub caller: Option<OrderCaller>,
    /// 案件类型 that came up.
    pub case_types: Option<Vec<String>>,
    /// 强制报告情形 that came up.
    pub mandatory_situations: Option<Vec<String>>,
    /// 危险要素 that came up.
    pub danger_flags: Option<Vec<String>>,
    /// 儿童现在地, where it became known.
    pub child_location: Option<OrderPlace>,
    /// 儿童 that became known.
    pub children: Option<Vec<OrderChild>>,
    /// 录音编号.
    pub recording_id: Option<String>,
    /// 附件, as in the order.
    #[schema(value_type = Option<Vec<OrderAttachment>>)]
    pub attachments: Option<Value>,
}

impl From<OrderCaller> for Caller {
    fn from(caller: OrderCaller) -> Self {
        Self {
            name: caller.name,
            position: None,
            phone: caller.phone,
            anonymous: caller.anonymous.unwrap_or_default(),
            safe_phone: caller.safe_phone,
            safe_time: caller.safe_time,
        }
    }
}

impl From<OrderPlace> for PlaceInput {
    fn from(place: OrderPlace) -> Self {
        Self {
            division: place.division,
            address: place.address,
        }
    }
}

/// A word or a number as a word.
pub(super) fn word(value: Option<Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

impl From<OrderChild> for ChildInput {
    fn from(child: OrderChild) -> Self {
        Self {
            name: child.name,
            sex: word(child.sex),
            age: word(child.age).and_then(|age| age.trim().parse().ok()),
            id_number: child.id_number,
            feature: None,
        }
    }
}

impl OrderEvent {
    /// The event as an order that says no more than it does, so that both are
    /// read by the same rules.
    pub(super) fn as_order(&self, ext_order_no: &str) -> WorkOrder {
        WorkOrder {
            ext_order_no: Some(ext_order_no.to_owned()),
            received_at: self.at.clone(),
            case_types: self.case_types.clone(),
            mandatory_situations: self.mandatory_situations.clone(),
            content: self.content.clone(),
            caller: self.caller.clone(),
            child_location: self.child_location.clone(),
            children: self.children.clone(),
            danger_flags: self.danger_flags.clone(),
            recording_id: self.recording_id.clone(),
            attachments: self.attachments.clone(),
            ..WorkOrder::default()
        }
    }
}

/// A number that machines look up: letters, digits and separators.
///
/// # Errors
/// [`Error::Invalid`] with the field.
pub(super) fn number(field: &str, given: Option<&String>) -> Result<String> {
    let given = given.map(|text| text.trim()).unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    if (1..=50).contains(&given.len()) && given.bytes().all(plain) {
        Ok(given.to_owned())
    } else {
        Err(Error::field(field, "填写编号：字母、数字和 - _ . /，不超过 50 位"))
    }
}

/// A time with its zone, or none where none was said.
///
/// # Errors
/// [`Error::Invalid`] with the field: a time without a zone is eight hours off
/// as soon as somebody guesses.
pub(super) fn time(field: &str, given: Option<&String>) -> Result<Option<DateTime<Utc>>> {
    let Some(given) = given.map(|text| text.trim()).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    match DateTime::parse_from_rfc3339(given) {
        Ok(at) => Ok(Some(whole(at.to_utc()))),
        Err(_) => {
            let text = "时间须带时区，形如 2026-11-23T09:12:00+08:00";
            Err(Error::field(field, text))
        }
    }
}

/// Cut to the second, which is all that a partner tells.
fn whole(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at)
}

/// What tells two bodies apart: their content, not the order of their keys or
/// their blanks. Under a key, so that nobody guesses from it.
pub(super) fn hash(vault: &Vault, body: &Value) -> String {
    vault.index("hotline", &hex::encode(Sm3::digest(body.to_string().as_bytes())))
}

/// The report that an order is before its codes are looked at.
pub(super) fn report(order: &WorkOrder, received_at: Option<DateTime<Utc>>) -> ReportInput {
    let children = order.children.clone().unwrap_or_default();
    ReportInput {
        channel: "hotline_12345".to_owned(),
        title: order.title.clone(),
        content: order.content.clone(),
        caller: order.caller.clone().unwrap_or_default().into(),
        confidential: order.confidential,
        incident_place: order.incident_place.clone().map(Into::into),
        child_location: order.child_location.clone().map(Into::into),
        children: children.into_iter().map(Into::into).collect(),
        reported_to_police: order.reported_to_police,
        received_at,
        ext_order_no: order.ext_order_no.clone(),
        recording_id: order.recording_id.clone(),
        callback_url: order.callback_url.clone(),
        ..ReportInput::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_time_without_its_zone_is_refused_and_no_time_is_none() {
        let read = |text: &str| time("received_at", Some(&text.to_owned()));
        assert_eq!(
            read("2026-11-23T09:12:00+08:00").unwrap().unwrap().to_rfc3339(),
            "2026-11-23T01:12:00+00:00"
        );
        assert_eq!(read(" ").unwrap(), None);
        for bad in ["2026-11-23T09:12:00", "2026-11-23 09:12", "20261123091200", "昨天"] {
            let Err(Error::Invalid(faults)) = read(bad) else {
                panic!("{bad}")
            };
            assert_eq!(faults[0].field, "received_at");
        }
    }

    #[test]
    fn one_content_has_one_hash_whatever_the_order_of_its_keys() {
        let one: Value = serde_json::from_str(r#"{"a":1,"b":{"c":[1,2],"d":null}}"#).unwrap();
        let other: Value = serde_json::from_str(r#"{ "b":{"d":null,"c":[1,2]}, "a":1}"#).unwrap();
        assert_eq!(one.to_string(), other.to_string());
        assert_ne!(
            one.to_string(),
            json!({ "a": 1, "b": { "c": [2, 1], "d": null } }).to_string()
        );
    }

    #[test]
    fn ages_and_sexes_are_read_as_words_and_as_numbers() {
        let child: OrderChild = serde_json::from_value(json!({ "sex": 2, "age": "7" })).unwrap();
        let child = ChildInput::from(child);
        assert_eq!((child.sex(), child.age), ("2", Some(7)));
    }
}
