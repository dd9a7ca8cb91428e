//! What is ordered of whoever did harm: admonition letter, reprimand,
//! family-education order.

use super::field::{Field, ISSUED_BY, ISSUED_ON, NOTE, PAPER_NO, REASON, SERVED_ON, UNTIL, YES_NO};
use super::{Deed, From, Owner, Procedure, Start, State};
use State::{Done, InForce, Recorded, Revoked};

const RECEIVED: From = From::Fields(&["received_on", "served_on", "issued_on"]);

const fn check(rule: &'static str, milestone: &'static str, owner: Owner) -> Start {
    Start {
        rule,
        milestone,
        owner,
        from: RECEIVED,
        only: None,
    }
}

const POLICE: Owner = Owner::County("PSB");

/// Village and police station both visit, each on the same days.
const CHECKS: &[Start] = &[
    check("DL17-07", "admonition_check", Owner::Village),
    check("DL17-30", "admonition_check", Owner::Village),
    check("DL17-60", "admonition_check", Owner::Village),
    check("DL17-90", "admonition_check", Owner::Village),
    check("DL17-07", "admonition_police", POLICE),
    check("DL17-30", "admonition_police", POLICE),
    check("DL17-60", "admonition_police", POLICE),
    check("DL17-90", "admonition_police", POLICE),
];

const FOUND: &[(&str, &str)] = &[
    ("calm", "未发现再次施暴"),
    ("again", "再次施暴"),
    ("not_met", "未见到加害人"),
];

/// 家庭暴力告诫书
pub(super) const ADMONITION: Procedure = Procedure {
    kind: "admonition",
    name: "家庭暴力告诫书",
    about: "家庭暴力情节较轻、依法不给予治安管理处罚的；收到后90日内由村（居）和派出所定期查访",
    basis: "反家庭暴力法§16、§17；山西省家庭暴力预防和处置办法§16",
    begin: Deed {
        code: "begin",
        label: "登记告诫书",
        hint: "登记后，第7、30、60、90日的告诫查访列入村（居）走访清单和派出所的时限",
        to: Some(InForce),
        fields: &[
            PAPER_NO,
            ISSUED_BY,
            ISSUED_ON,
            SERVED_ON,
            Field::past("received_on", "村（居）、派出所收到日期").hint("查访自这一天起算"),
            Field::word("subject", "被告诫人").optional().hint("加密保存"),
            NOTE,
        ],
        starts: CHECKS,
        ..Deed::NONE
    },
    deeds: &[
        Deed {
            code: "police_visit",
            label: "登记派出所查访",
            hint: "村（居）的查访在走访登记里填写",
            from: &[InForce],
            fields: &[
                Field::past("visited_on", "查访日期"),
                Field::choice("found", "查访结果", FOUND),
                NOTE,
            ],
            meets: &["admonition_police"],
            by: &["PSB"],
            ..Deed::NONE
        },
        Deed {
            code: "repeat",
            label: "登记再次施暴",
            hint: "先报警，再登记；同时在个案页上调等级",
            from: &[InForce],
            fields: &[
                Field::past_moment("reported_at", "报警时间"),
                Field::word("receipt_no", "报警回执号").optional(),
                Field::text("facts", "情况"),
            ],
            ..Deed::NONE
        },
        Deed {
            code: "finish",
            label: "查访期满归档",
            hint: "未完成的查访不再计时，缺访仍留在记录里",
            from: &[InForce],
            to: Some(Done),
            fields: &[Field::past("closed_on", "归档日期"), Field::text("note", "查访小结")],
            ..Deed::NONE
        },
    ],
    lapses: false,
    paper: (InForce, CHECKS),
    visits: Some("admonition_check"),
};

/// 训诫书
pub(super) const REPRIMAND: Procedure = Procedure {
    kind: "reprimand",
    name: "训诫书",
    about: "监护人不依法履行监护职责或者侵犯儿童合法权益的，由公安机关、检察院、法院训诫",
    basis: "未成年人保护法§118",
    begin: Deed {
        code: "begin",
        label: "登记训诫",
        to: Some(Recorded),
        fields: &[
            PAPER_NO,
            ISSUED_BY,
            ISSUED_ON,
            SERVED_ON,
            Field::word("subject", "被训诫人").hint("加密保存"),
            Field::text("facts", "训诫事由"),
        ],
        ..Deed::NONE
    },
    deeds: &[Deed {
        code: "follow",
        label: "登记训诫后表现",
        from: &[Recorded],
        fields: &[Field::past("seen_on", "了解日期"), Field::text("facts", "表现")],
        by: &["PSB"],
        ..Deed::NONE
    }],
    lapses: false,
    paper: (Recorded, &[]),
    visits: None,
};

/// 家庭教育指导令
pub(super) const EDUCATION: Procedure = Procedure {
    kind: "family_education_order",
    name: "家庭教育指导令",
    about: "监护人不依法履行监护职责，需要责令其接受家庭教育指导的",
    basis: "未成年人保护法§118",
    begin: Deed {
        code: "begin",
        label: "登记家庭教育指导令",
        to: Some(InForce),
        fields: &[
            PAPER_NO,
            ISSUED_BY,
            ISSUED_ON,
            SERVED_ON,
            UNTIL.optional().hint("指导令写明期限的填写"),
            Field::word("subject", "被责令的监护人").hint("加密保存"),
            Field::unit("addressee", "承担指导的单位").optional(),
            Field::text("content", "指导内容"),
        ],
        ..Deed::NONE
    },
    deeds: &[
        Deed {
            code: "session",
            label: "登记指导",
            from: &[InForce],
            fields: &[
                Field::past("held_on", "指导日期"),
                Field::choice("attended", "监护人是否到场", YES_NO),
                Field::text("note", "指导情况"),
            ],
            by: &["WF", "CYL", "PSB", "COURT", "EDU"],
            ..Deed::NONE
        },
        Deed {
            code: "finish",
            label: "指导完成",
            from: &[InForce],
            to: Some(Done),
            fields: &[Field::past("closed_on", "完成日期"), Field::text("note", "效果")],
            ..Deed::NONE
        },
        Deed {
            code: "revoke",
            label: "登记撤销",
            from: &[InForce],
            to: Some(Revoked),
            fields: &[Field::past("revoked_on", "撤销日期"), REASON],
            ..Deed::NONE
        },
    ],
    lapses: true,
    paper: (InForce, &[]),
    visits: None,
};
