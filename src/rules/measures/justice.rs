//! What the organs of justice do for a child: legal aid, the prosecutor's
//! proposal, the one-stop forensic interview.

use super::field::{Field, ISSUED_BY, ISSUED_ON, NOTE, PAPER_NO, REASON, YES_NO};
use super::{Deed, From, Owner, Procedure, Start, State};
use State::{Approved, Awaiting, Booked, Done, InForce, Refused, Requested, Withdrawn};

const JUSTICE: Owner = Owner::County("JUS");

/// 法律援助
pub(super) const LEGAL_AID: Procedure = Procedure {
    kind: "legal_aid",
    name: "法律援助",
    about: "儿童需要法律援助的；法律援助机构7日内审查，决定后3日内指派",
    basis: "未成年人保护法§104；法律援助法§43",
    begin: Deed {
        code: "begin",
        label: "登记法律援助申请",
        to: Some(Requested),
        fields: &[
            Field::past("applied_on", "申请日期").hint("审查时限自收到申请起算"),
            Field::word("applicant", "申请人").hint("加密保存"),
            Field::word("agency", "法律援助机构"),
            Field::text("matter", "申请事项"),
        ],
        starts: &[Start {
            rule: "DL20-review",
            milestone: "aid_review",
            owner: JUSTICE,
            from: From::Fields(&["applied_on"]),
            only: None,
        }],
        ..Deed::NONE
    },
    deeds: &[
        Deed {
            code: "approve",
            label: "登记决定：给予援助",
            from: &[Requested],
            to: Some(Approved),
            fields: &[PAPER_NO, ISSUED_BY, ISSUED_ON],
            meets: &["aid_review"],
            starts: &[Start {
                rule: "DL20-assign",
                milestone: "aid_assign",
                owner: JUSTICE,
                from: From::Fields(&["issued_on"]),
                only: None,
            }],
            by: &["JUS"],
            ..Deed::NONE
        },
        Deed {
            code: "refuse",
            label: "登记决定：不予援助",
            from: &[Requested],
            to: Some(Refused),
            fields: &[PAPER_NO, ISSUED_BY, ISSUED_ON, REASON],
            meets: &["aid_review"],
            by: &["JUS"],
            ..Deed::NONE
        },
        Deed {
            code: "assign",
            label: "登记指派",
            from: &[Approved],
            to: Some(InForce),
            fields: &[
                PAPER_NO,
                ISSUED_BY,
                ISSUED_ON,
                Field::word("lawyer", "承办人员").hint("加密保存"),
            ],
            meets: &["aid_assign"],
            by: &["JUS"],
            ..Deed::NONE
        },
        Deed {
            code: "finish",
            label: "援助办结",
            from: &[InForce],
            to: Some(Done),
            fields: &[Field::past("closed_on", "办结日期"), Field::text("note", "办理结果")],
            by: &["JUS"],
            ..Deed::NONE
        },
        Deed {
            code: "withdraw",
            label: "撤回申请",
            from: &[Requested, Approved],
            to: Some(Withdrawn),
            fields: &[Field::past("withdrawn_on", "撤回日期"), REASON],
            ..Deed::NONE
        },
    ],
    lapses: false,
    paper: (Requested, &[]),
    visits: None,
};

const REPLY: &[Start] = &[Start {
    rule: "DL21",
    milestone: "proposal_reply",
    owner: Owner::Addressee,
    from: From::Fields(&["received_on", "served_on", "issued_on"]),
    only: None,
}];

/// 检察建议
pub(super) const PROPOSAL: Procedure = Procedure {
    kind: "prosecutor_suggestion",
    name: "检察建议",
    about: "有关单位未尽未成年人保护职责的；被建议单位一个月内作出书面回复",
    basis: "未成年人保护法§114",
    begin: Deed {
        code: "begin",
        label: "登记检察建议",
        to: Some(Awaiting),
        fields: &[
            PAPER_NO,
            ISSUED_BY,
            ISSUED_ON,
            Field::unit("addressee", "被建议单位"),
            Field::past("received_on", "被建议单位收到日期").hint("一个月的回复时限自这一天起算"),
            Field::text("content", "建议内容"),
        ],
        starts: REPLY,
        ..Deed::NONE
    },
    deeds: &[
        Deed {
            code: "remind",
            label: "登记催复",
            from: &[Awaiting],
            fields: &[Field::past("reminded_on", "催复日期"), NOTE],
            by: &["PRO"],
            ..Deed::NONE
        },
        Deed {
            code: "reply",
            label: "登记书面回复",
            from: &[Awaiting],
            to: Some(Done),
            fields: &[
                Field::word("reply_no", "回复文号"),
                Field::past("replied_on", "回复日期"),
                Field::text("content", "整改情况"),
            ],
            meets: &["proposal_reply"],
            by: ANY_DEPARTMENT,
            ..Deed::NONE
        },
    ],
    lapses: false,
    paper: (Awaiting, REPLY),
    visits: None,
};

/// Whoever was addressed answers, of whatever kind.
const ANY_DEPARTMENT: &[&str] = &["*"];

const PRESENT: &[(&str, &str)] = &[
    ("PSB", "公安"),
    ("PRO", "检察"),
    ("HEA", "医疗"),
    ("psych", "心理"),
    ("adult", "合适成年人"),
    ("guardian", "法定代理人"),
];

const ATTENDED: Field = Field::many("present", "参加人", PRESENT);
const FEMALE: Field =
    Field::choice("female_staff", "是否有女性工作人员", YES_NO).hint("女性未成年被害人由女性工作人员询问");

/// 一站式取证
pub(super) const INTERVIEW: Procedure = Procedure {
    kind: "forensic_booking",
    name: "一站式取证",
    about: "性侵害、暴力伤害未成年被害人的询问和取证，同步录音录像，尽量一次完成",
    basis: "未成年人保护法§110、§112",
    begin: Deed {
        code: "begin",
        label: "预约一站式取证",
        hint: "本系统不存笔录与影像，只登记编号",
        to: Some(Booked),
        fields: &[
            Field::moment("booked_for", "预约时间"),
            Field::text("place", "地点").hint("加密保存"),
            ATTENDED,
            FEMALE,
            Field::text("why_again", "再次询问的必要性")
                .again()
                .hint("第2次起必填")
                .missing("写明再次询问的必要性：询问尽量一次完成（未成年人保护法§112）"),
        ],
        ..Deed::NONE
    },
    deeds: &[
        Deed {
            code: "hold",
            label: "登记取证完成",
            hint: "不填写陈述内容；笔录、录像由办案机关保存",
            from: &[Booked],
            to: Some(Done),
            fields: &[
                Field::past_moment("held_at", "取证时间"),
                ATTENDED,
                FEMALE,
                Field::word("recording_no", "同步录音录像编号"),
            ],
            by: &["PSB"],
            ..Deed::NONE
        },
        Deed {
            code: "cancel",
            label: "取消预约",
            from: &[Booked],
            to: Some(Withdrawn),
            fields: &[REASON],
            by: &["PSB"],
            ..Deed::NONE
        },
    ],
    lapses: false,
    paper: (Done, &[]),
    visits: None,
};
