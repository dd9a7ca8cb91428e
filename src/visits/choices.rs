//! The answers of the visit form: stored word and the words on screen.
//! Source: 走访/随访记录 of the field's forms; kinds and reasons are `data/` rows.

use crate::rules::codes;

/// A list of answers.
pub type Answers = &'static [(&'static str, &'static str)];

/// 方式
pub const METHODS: Answers = &[
    ("home", "入户"),
    ("school", "到校"),
    ("video", "视频"),
    ("phone", "电话"),
];

/// 身体有无外伤：有、没有、没看到
pub const INJURY: Answers = &[("no", "没有"), ("yes", "有"), ("not_seen", "没看到")];

/// 情绪
pub const MOODS: Answers = &[
    ("calm", "平稳"),
    ("low", "低落"),
    ("afraid", "害怕"),
    ("restless", "烦躁"),
    ("not_seen", "没看到"),
];

/// 就学出勤
pub const SCHOOL: Answers = &[
    ("attending", "正常上学"),
    ("absent", "近期缺课"),
    ("dropped_out", "失学辍学"),
    ("too_young", "未到学龄"),
    ("unknown", "不清楚"),
];

/// 家庭照料
pub const CARE: Answers = &[
    ("good", "有人照料"),
    ("poor", "照料不周"),
    ("none", "无人照料"),
    ("unknown", "不清楚"),
];

/// 居住与安全隐患
pub const HAZARDS: Answers = &[
    ("fire_electricity", "用电用火"),
    ("gas", "煤气"),
    ("water", "水域"),
    ("unsafe_house", "危房"),
    ("geology", "地质灾害"),
    ("care_gap", "监护空档"),
];

/// 外出监护人联系儿童的频次（未成年人保护法第二十三条：至少每周一次）
pub const GUARDIAN_CONTACT: Answers = &[
    ("together", "同住"),
    ("weekly", "每周联系"),
    ("less", "不到每周一次"),
    ("none", "没有联系"),
    ("unknown", "不清楚"),
];

/// 委托照护人履职
pub const CARER: Answers = &[("not_entrusted", "未委托"), ("good", "尽责"), ("poor", "不到位")];

/// 与谁谈
pub const TALKED_WITH: Answers = &[
    ("child", "儿童本人"),
    ("guardian", "监护人"),
    ("carer", "委托照护人"),
    ("neighbour", "邻居亲属"),
    ("teacher", "老师"),
    ("nobody", "没有交谈"),
];

/// Where a visit stands with its reviewer.
pub const REVIEW: Answers = &[
    ("pending", "待审核"),
    ("queried", "已退问，待答复"),
    ("replied", "已答复，待审核"),
    ("accepted", "审核通过"),
];

/// Whether the code is one of the answers.
#[must_use]
pub fn known(answers: Answers, code: &str) -> bool {
    answers.iter().any(|(known, _)| *known == code)
}

/// The words of a code; the code itself where it is unknown.
#[must_use]
pub fn label(answers: Answers, code: &str) -> String {
    answers
        .iter()
        .find(|(known, _)| *known == code)
        .map_or(code, |(_, label)| label)
        .to_owned()
}

/// The words of a visit's kind.
#[must_use]
pub fn kind(code: &str) -> String {
    codes::visit_kind(code).map_or(code, |row| &row.name).to_owned()
}

/// The words of a reason why the child was not seen.
#[must_use]
pub fn not_seen(code: &str) -> String {
    codes::not_seen_reason(code).map_or(code, |row| &row.name).to_owned()
}
