//! Revocation of guardianship (撤销监护人资格).

use super::custody::{CIVIL, start};
use super::field::{Field, ISSUED_BY, ISSUED_ON, PAPER_NO, REASON};
use super::{Deed, From, Procedure, State};
use State::{Done, Prepared, Refused, Requested, Withdrawn};

const REVOCATION_GROUNDS: &[(&str, &str)] = &[
    ("refusal", "监护人不依法履行监护职责"),
    ("harm", "监护人严重侵犯儿童合法权益"),
];

const REFUSED: From = From::Fields(&["refusal_from"]);

/// 撤销监护人资格
pub(super) const REVOCATION: Procedure = Procedure {
    kind: "custody_revocation_petition",
    name: "撤销监护人资格",
    about: "监护人不依法履行监护职责，或者严重侵犯儿童合法权益的；没有人申请的，由民政部门申请",
    basis: "未成年人保护法§108；民法典§36",
    begin: Deed {
        code: "begin",
        label: "登记撤销监护准备",
        hint: "拒不履责的，满5个月预警，满6个月可以申请（国发〔2016〕13号、法发〔2014〕24号）",
        to: Some(Prepared),
        fields: &[
            Field::choice("ground", "撤销情形", REVOCATION_GROUNDS).missing("选择撤销情形（未成年人保护法§108）"),
            Field::past("refusal_from", "拒不履责起始日期")
                .when("ground", "refusal")
                .hint("不履行监护职责的必填"),
            Field::word("guardian", "监护人").hint("加密保存"),
            Field::text("facts", "事实和证据"),
        ],
        starts: &[
            start("DL22-warn", "refusal_warn", CIVIL, REFUSED),
            start("DL22", "refusal_limit", CIVIL, REFUSED),
        ],
        ..Deed::NONE
    },
    deeds: &[
        Deed {
            code: "confer",
            label: "登记会商",
            from: &[Prepared],
            fields: &[Field::past("held_on", "会商日期"), Field::text("note", "会商意见")],
            meets: &["refusal_warn"],
            by: &["CAB"],
            ..Deed::NONE
        },
        Deed {
            code: "file",
            label: "登记提交申请",
            from: &[Prepared],
            to: Some(Requested),
            fields: &[
                PAPER_NO,
                Field::word("issued_by", "申请单位或申请人"),
                Field::past("issued_on", "申请日期"),
                Field::word("court", "受理法院"),
            ],
            meets: &["refusal_warn", "refusal_limit"],
            by: &["CAB"],
            ..Deed::NONE
        },
        Deed {
            code: "grant",
            label: "登记判决：撤销资格",
            from: &[Requested],
            to: Some(Done),
            fields: &[
                PAPER_NO,
                ISSUED_BY,
                ISSUED_ON,
                Field::word("guardian", "指定的监护人").hint("加密保存"),
            ],
            by: &["COURT"],
            ..Deed::NONE
        },
        Deed {
            code: "refuse",
            label: "登记判决：驳回申请",
            from: &[Requested],
            to: Some(Refused),
            fields: &[PAPER_NO, ISSUED_BY, ISSUED_ON, REASON],
            by: &["COURT"],
            ..Deed::NONE
        },
        Deed {
            code: "withdraw",
            label: "不再申请",
            from: &[Prepared, Requested],
            to: Some(Withdrawn),
            fields: &[Field::past("withdrawn_on", "日期"), REASON],
            by: &["CAB"],
            ..Deed::NONE
        },
    ],
    lapses: false,
    paper: (Requested, &[]),
    visits: None,
};
