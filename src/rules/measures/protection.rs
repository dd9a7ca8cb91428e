//! The personal safety protection order: applied for, ruled in hours, watched
//! until its end.

use super::field::{FROM, Field, ISSUED_BY, ISSUED_ON, NOTE, PAPER_NO, REASON, SERVED_ON, UNTIL, YES_NO};
use super::{Deed, From, Owner, Procedure, Start, State};
use State::{InForce, Refused, Requested, Revoked, Withdrawn};

const POLICE: Owner = Owner::County("PSB");
const COURT: Owner = Owner::County("COURT");

const RULING: &[Start] = &[
    Start {
        rule: "DL13-normal",
        milestone: "order_ruling",
        owner: COURT,
        from: From::Fields(&["filed_at"]),
        only: Some(("urgent", "no")),
    },
    Start {
        rule: "DL13-urgent",
        milestone: "order_ruling",
        owner: COURT,
        from: From::Fields(&["filed_at"]),
        only: Some(("urgent", "yes")),
    },
];

const fn reminder(rule: &'static str) -> Start {
    Start {
        rule,
        milestone: "order_expiry",
        owner: Owner::Lead,
        from: From::Before("expires_on"),
        only: None,
    }
}

const REMINDERS: &[&str] = &["order_expiry"];

const REMIND_30: Start = reminder("DL14-30");
const REMIND_7: Start = reminder("DL14-7");
const POLICE_CHECK: Start = Start {
    rule: "DL16",
    milestone: "order_police",
    owner: POLICE,
    from: From::Fields(&["police_at"]),
    only: None,
};

const POLICE_AT: Field =
    Field::past_moment("police_at", "送达公安机关时间").hint("公安机关自收到起24小时内核实、告知并记录");

const APPLICANTS: &[(&str, &str)] = &[
    ("guardian", "未施害的监护人、法定代理人"),
    ("relative", "近亲属代为申请"),
    ("PSB", "公安机关代为申请"),
    ("WF", "妇联代为申请"),
    ("VIL", "村（居）民委员会代为申请"),
    ("rescue", "救助管理机构代为申请"),
];

const OUTCOMES: &[(&str, &str)] = &[
    ("told", "已核实加害人情况并告知其遵守"),
    ("not_met", "未找到加害人，继续查找"),
];

const WEIGHED: &[(&str, &str)] = &[("extend", "申请延长"), ("not_needed", "不需要延长")];

/// 人身安全保护令
pub(super) const ORDER: Procedure = Procedure {
    kind: "protection_order",
    name: "人身安全保护令",
    about: "儿童遭受家庭暴力或者面临家庭暴力现实危险的；法院72小时内裁定，情况紧急的24小时内",
    basis: "反家庭暴力法§23、§25、§28—§32；山西省家庭暴力预防和处置办法§17",
    begin: Deed {
        code: "begin",
        label: "登记保护令申请",
        hint: "裁定时限自法院受理起算",
        to: Some(Requested),
        fields: &[
            Field::choice("applicant_kind", "申请方式", APPLICANTS),
            Field::word("applicant", "申请人").hint("加密保存"),
            Field::word("respondent", "被申请人").hint("加密保存"),
            Field::word("court", "受理法院").hint("申请人或被申请人居住地、家庭暴力发生地的基层法院"),
            Field::past_moment("filed_at", "法院受理时间"),
            Field::choice("urgent", "是否情况紧急", YES_NO).hint("紧急的24小时内裁定，其他72小时内"),
            Field::text("grounds", "申请理由").hint("写事实，加密保存"),
        ],
        starts: RULING,
        ..Deed::NONE
    },
    deeds: &[
        Deed {
            code: "grant",
            label: "登记裁定：发出保护令",
            hint: "有效期不超过六个月，自作出之日起生效",
            from: &[Requested],
            to: Some(InForce),
            fields: &[
                PAPER_NO,
                ISSUED_BY,
                ISSUED_ON,
                FROM,
                UNTIL,
                SERVED_ON,
                POLICE_AT.optional(),
                Field::text("terms", "保护措施")
                    .optional()
                    .hint("裁定写明的内容，加密保存"),
            ],
            meets: &["order_ruling"],
            starts: &[REMIND_30, REMIND_7, POLICE_CHECK],
            by: &["COURT"],
            ..Deed::NONE
        },
        Deed {
            code: "refuse",
            label: "登记裁定：驳回申请",
            from: &[Requested],
            to: Some(Refused),
            fields: &[PAPER_NO, ISSUED_BY, ISSUED_ON, REASON],
            meets: &["order_ruling"],
            by: &["COURT"],
            ..Deed::NONE
        },
        Deed {
            code: "withdraw",
            label: "撤回申请",
            from: &[Requested],
            to: Some(Withdrawn),
            fields: &[Field::past("withdrawn_on", "撤回日期"), REASON],
            ..Deed::NONE
        },
        Deed {
            code: "to_police",
            label: "登记送达公安机关",
            from: &[InForce],
            fields: &[POLICE_AT],
            stops: &["order_police"],
            starts: &[POLICE_CHECK],
            by: &["COURT"],
            ..Deed::NONE
        },
        Deed {
            code: "police_check",
            label: "登记公安核实",
            from: &[InForce],
            fields: &[
                Field::past_moment("checked_at", "核实时间"),
                Field::choice("outcome", "核实结果", OUTCOMES),
                NOTE,
            ],
            meets: &["order_police"],
            by: &["PSB"],
            ..Deed::NONE
        },
        Deed {
            code: "violation",
            label: "登记违反保护令",
            hint: "先报警；公安机关及时出警并通报法院",
            from: &[InForce],
            fields: &[
                Field::past_moment("happened_at", "发生时间"),
                Field::text("facts", "情况"),
                Field::choice("court_told", "是否已通报法院", YES_NO),
            ],
            by: &["PSB"],
            ..Deed::NONE
        },
        Deed {
            code: "review",
            label: "登记复议申请",
            hint: "复议期间不停止裁定的执行",
            from: &[InForce],
            fields: &[
                Field::past("asked_on", "申请复议日期"),
                Field::word("asked_by", "复议申请人"),
                REASON,
            ],
            within: Some("DL15"),
            ..Deed::NONE
        },
        Deed {
            code: "upheld",
            label: "登记复议结果：维持",
            from: &[InForce],
            fields: &[Field::past("decided_on", "复议决定日期"), NOTE],
            by: &["COURT"],
            ..Deed::NONE
        },
        Deed {
            code: "weigh",
            label: "评估是否延长",
            hint: "到期前30日、7日各评估一次",
            from: &[InForce],
            fields: &[
                Field::past("weighed_on", "评估日期"),
                Field::choice("result", "评估结果", WEIGHED),
                REASON,
            ],
            meets: REMINDERS,
            ..Deed::NONE
        },
        Deed {
            code: "extend",
            label: "登记裁定：延长",
            hint: "在失效前申请；每次延长同样不超过六个月",
            from: &[InForce],
            fields: &[PAPER_NO, ISSUED_BY, ISSUED_ON, UNTIL],
            meets: REMINDERS,
            stops: REMINDERS,
            starts: &[REMIND_30, REMIND_7],
            by: &["COURT"],
            prolongs: true,
            ..Deed::NONE
        },
        Deed {
            code: "revoke",
            label: "登记裁定：撤销",
            from: &[InForce],
            to: Some(Revoked),
            fields: &[PAPER_NO, ISSUED_BY, ISSUED_ON, REASON],
            by: &["COURT"],
            ..Deed::NONE
        },
    ],
    lapses: true,
    paper: (InForce, &[REMIND_30, REMIND_7]),
    visits: Some("protection_check"),
};
