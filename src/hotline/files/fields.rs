//! The fields of an order that a file can fill, and the headings by which
//! exports usually call them (本系统默认，按接入方可改).

/// A field that a column may stand for.
#[derive(Debug)]
pub(crate) struct Field {
    /// Its name in the saved mapping.
    pub(crate) code: &'static str,
    /// The words on screen.
    pub(crate) label: &'static str,
    /// Usual headings.
    heads: &'static [&'static str],
}

const fn field(code: &'static str, label: &'static str, heads: &'static [&'static str]) -> Field {
    Field { code, label, heads }
}

/// Every field, as the mapping offers them.
pub(crate) const FIELDS: [Field; 33] = [
    field("ext_order_no", "12345 工单号", &["工单编号", "工单号", "受理编号"]),
    field(
        "received_at",
        "受理时间（事件行为发生时间）",
        &["受理时间", "来电时间", "登记时间", "发生时间"],
    ),
    field(
        "kind",
        "记录类型（补充、催办、撤单、再次来电；空为工单）",
        &["记录类型", "事件类型"],
    ),
    field("event_id", "事件号", &["事件编号"]),
    field(
        "event_content",
        "事件内容（补充等行另有一列时）",
        &["补充内容", "事件内容"],
    ),
    field("channel", "来源渠道（名称或代码）", &["来源渠道", "受理渠道"]),
    field("demand_type", "诉求类型（名称或代码）", &["诉求类别"]),
    field("case_types", "案件类型（名称或代码）", &[]),
    field("mandatory_situations", "强制报告情形（名称或代码）", &[]),
    field("urgency", "紧急程度", &["紧急等级"]),
    field("title", "标题", &["工单标题", "诉求标题"]),
    field("content", "内容", &["诉求内容", "工单内容", "来电内容"]),
    field("caller.name", "来电人称呼", &["来电人", "诉求人"]),
    field("caller.phone", "来电号码", &["联系电话", "来电电话"]),
    field("caller.safe_phone", "可否安全回拨", &["可回拨", "能否回拨"]),
    field("caller.safe_time", "安全时段", &["方便时段"]),
    field("reporter_type", "报告人类型（名称或代码）", &[]),
    field("relation_to_child", "与儿童关系（名称或代码）", &[]),
    field("caller.anonymous", "是否匿名", &["匿名"]),
    field("confidential", "是否要求保密", &["是否保密", "保密"]),
    field(
        "incident_place.division",
        "事发地区划（名称或代码）",
        &["所属区县", "区县", "事发区县"],
    ),
    field("incident_place.address", "事发地详址", &["事发地址", "诉求地址"]),
    field("child_location.division", "儿童现在地区划（名称或代码）", &[]),
    field("child_location.address", "儿童现在地详址", &["儿童现在地"]),
    field("child.name", "儿童姓名", &[]),
    field("child.sex", "儿童性别", &[]),
    field("child.age", "儿童约几岁", &["儿童年龄"]),
    field("child.id_number", "儿童证件号", &[]),
    field("cohabiting_suspect", "是否与嫌疑人同住", &[]),
    field("danger_flags", "危险要素（名称或代码）", &[]),
    field("reported_to_police", "是否已报警", &["是否报警"]),
    field("recording_id", "录音编号", &["录音"]),
    field("attachments", "附件地址", &["附件"]),
];

/// The words of a field without what is said in brackets.
pub(super) fn short(code: &str) -> &'static str {
    let found = FIELDS.iter().find(|field| field.code == code);
    found.map_or("", |field| field.label.split('（').next().unwrap_or_default())
}

/// The field that a heading usually stands for.
pub(super) fn guess(head: &str) -> Option<&'static str> {
    let stands = |field: &&Field| short(field.code) == head || field.code == head || field.heads.contains(&head);
    FIELDS.iter().find(stands).map(|field| field.code)
}
