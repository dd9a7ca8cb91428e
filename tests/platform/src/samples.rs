//! What the stand-in sends: a few invented orders in turn, and what may come
//! later about one. Nobody of them exists.

use chrono::{DateTime, FixedOffset};
use serde_json::{Value, json};

/// An order and what it is called on the page.
pub(crate) struct Sample {
    pub(crate) label: &'static str,
    pub(crate) order: Value,
}

/// The order of a count; they take turns.
pub(crate) fn order(count: usize, now: DateTime<FixedOffset>) -> Sample {
    let number = format!("SZ12345-{}-{}", now.format("%Y%m%d-%H%M%S"), count + 1);
    let (label, mut order) = match count % 4 {
        0 => ("工单：求助", quiet()),
        1 => ("工单：有一名儿童", child()),
        2 => ("工单：有不认识的代码", strange()),
        _ => ("工单：红色", red()),
    };
    order["ext_order_no"] = json!(number);
    order["received_at"] = json!(now.to_rfc3339());
    order["channel"] = order.get("channel").cloned().unwrap_or_else(|| json!("phone"));
    order["confidential"] = json!(true);
    order["recording_id"] = json!(format!("REC-{}", count + 1));
    Sample { label, order }
}

fn quiet() -> Value {
    json!({
        "demand_type": "help_request", "case_types": ["1601"], "title": "问放学后写作业的地方",
        "content": "爷爷奶奶带着孩子住，想问附近有没有孩子放学后能写作业的地方。",
        "caller": { "phone": "16000000081", "anonymous": false, "safe_phone": true },
        "reporter_type": "V03", "relation_to_child": "61", "cohabiting_suspect": "no",
        "child_location": { "division": "140623100", "address": "演示路 3 号" }
    })
}

fn child() -> Value {
    json!({
        "demand_type": "tipoff", "case_types": ["0301"], "title": "约 9 岁男童常被训斥",
        "content": "邻居家的孩子天天被大声骂，说要把他扔了，孩子见人就躲。",
        "caller": { "phone": "16000000082", "anonymous": true, "safe_phone": false },
        "reporter_type": "V04", "relation_to_child": "905", "cohabiting_suspect": "no",
        "child_location": { "division": "140622100", "address": "演示街 12 号" },
        "children": [{ "name": "甲小演", "sex": "1", "age": 9 }]
    })
}

fn strange() -> Value {
    json!({
        "channel": "smart_speaker", "demand_type": "tipoff", "case_types": ["0403", "7777"],
        "title": "孩子被锁在家里", "content": "五六岁的孩子经常一个人被锁在家里，大人很晚才回来。",
        "caller": { "anonymous": true }, "reporter_type": "V04", "relation_to_child": "XX",
        "cohabiting_suspect": "unknown", "child_location": { "division": "140622100", "address": "演示街 20 号" },
        "children": [{ "sex": "9", "age": "五六岁" }]
    })
}

fn red() -> Value {
    json!({
        "demand_type": "tipoff", "case_types": ["0101"], "mandatory_situations": ["MR4"],
        "title": "约 7 岁女童身上有伤", "content": "孩子今早哭喊很久，胳膊上有成片淤青，打人的大人现在还在家。",
        "caller": { "phone": "16000000083", "anonymous": true, "safe_phone": false },
        "reporter_type": "V04", "relation_to_child": "905", "cohabiting_suspect": "yes",
        "danger_flags": ["needs_medical"], "incident_place": { "division": "140622100", "address": "演示街 38 号" },
        "child_location": { "division": "140622100", "address": "演示街 38 号" },
        "children": [{ "name": "乙小演", "sex": "2", "age": 7 }]
    })
}

/// What may come later about an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Later {
    Supplement,
    Urge,
    Cancel,
    CallAgain,
}

impl Later {
    pub(crate) const ALL: [Self; 4] = [Self::Supplement, Self::Urge, Self::Cancel, Self::CallAgain];

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Supplement => "supplement",
            Self::Urge => "urge",
            Self::Cancel => "cancel",
            Self::CallAgain => "call_again",
        }
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Supplement => "补充",
            Self::Urge => "催办",
            Self::Cancel => "撤单",
            Self::CallAgain => "再次来电",
        }
    }

    fn content(self) -> &'static str {
        match self {
            Self::Supplement => "来电人补充：晚上七点以后家里有人。",
            Self::Urge => "来电人问办到哪一步了。",
            Self::Cancel => "来电人说不用管了。",
            Self::CallAgain => "来电人又打来：今天又听到哭声。",
        }
    }
}

/// An event of an order, with a number of its own.
pub(crate) fn event(later: Later, order: &str, (count, now): (usize, DateTime<FixedOffset>)) -> Value {
    json!({
        "event_id": format!("{order}-E{count}"), "kind": later.code(), "at": now.to_rfc3339(), "content": later.content()
    })
}
