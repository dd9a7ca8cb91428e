//! Where a child is looked after: emergency placement, temporary and long-term
//! custody, placement.

use super::field::{FROM, Field, ISSUED_BY, ISSUED_ON, NOTE, PAPER_NO, REASON, UNTIL};
use super::{Deed, From, Owner, Procedure, Start, State};
use State::{Done, InForce};

const BEGUN: From = From::Fields(&["in_force_from", "issued_on"]);
const STARTED: From = From::Fields(&["started_at", "issued_on"]);
pub(super) const CIVIL: Owner = Owner::County("CAB");

pub(super) const fn start(rule: &'static str, milestone: &'static str, owner: Owner, from: From) -> Start {
    Start {
        rule,
        milestone,
        owner,
        from,
        only: None,
    }
}

const DAY_AND_NIGHT: &[Start] = &[
    start("DL18-warn", "placement_warn", Owner::Village, STARTED),
    start("DL18", "placement_limit", Owner::Village, STARTED),
];

const WENT: &[(&str, &str)] = &[("home", "回归家庭"), ("shelter", "转介临时庇护")];

/// 应急安置
pub(super) const EMERGENCY: Procedure = Procedure {
    kind: "emergency_placement",
    name: "应急安置",
    about: "家庭暴力受害儿童一时不能回家的，由村（居）民委员会应急安置，一般不超过24小时",
    basis: "山西省家庭暴力预防和处置办法§19",
    begin: Deed {
        code: "begin",
        label: "登记应急安置",
        hint: "满20小时预警，24小时内帮助回归家庭或转介临时庇护",
        to: Some(InForce),
        fields: &[
            PAPER_NO,
            ISSUED_BY,
            Field::past_moment("started_at", "安置开始时间"),
            Field::text("place", "安置地点").hint("加密保存，不向嫌疑人及其同住成员透露"),
            Field::word("keeper", "照料人").hint("加密保存"),
            NOTE,
        ],
        starts: DAY_AND_NIGHT,
        ..Deed::NONE
    },
    deeds: &[Deed {
        code: "finish",
        label: "登记去向",
        from: &[InForce],
        to: Some(Done),
        fields: &[
            Field::past_moment("ended_at", "安置结束时间"),
            Field::choice("outcome", "去向", WENT),
            Field::text("note", "安全状况和后续安排"),
        ],
        meets: &["placement_warn", "placement_limit"],
        ..Deed::NONE
    }],
    lapses: false,
    paper: (InForce, DAY_AND_NIGHT),
    visits: None,
};

const TEMPORARY_GROUNDS: &[(&str, &str)] = &[
    ("TC1", "TC1 流浪乞讨或者身份不明，暂时查找不到监护人"),
    ("TC2", "TC2 监护人下落不明且无其他人可以担任监护人"),
    ("TC3", "TC3 监护人因自身客观原因或者突发事件不能履责，导致监护缺失"),
    ("TC4", "TC4 监护人拒绝或者怠于履责，导致无人照料"),
    ("TC5", "TC5 监护人教唆、利用儿童违法犯罪，需要带离安置"),
    ("TC6", "TC6 遭受监护人严重伤害或者面临人身安全威胁，需要紧急安置"),
    ("TC7", "TC7 法律规定的其他情形"),
];

const PLACES: &[(&str, &str)] = &[
    ("relative", "委托亲属抚养"),
    ("foster", "家庭寄养"),
    ("MPC", "未成年人救助保护机构"),
    ("CWI", "儿童福利机构"),
];

const REVIEW: Start = start("DL19-review", "custody_review", CIVIL, BEGUN);

const YEAR: &[Start] = &[
    REVIEW,
    start("DL19-warn", "custody_warn", CIVIL, BEGUN),
    start("DL19-limit", "custody_limit", CIVIL, BEGUN),
];

const FINDINGS: &[(&str, &str)] = &[
    ("go_on", "继续临时监护"),
    ("return", "监护人重新具备条件，可以送回"),
    ("long_term", "建议转长期监护"),
];

const EXITS: &[(&str, &str)] = &[
    ("return", "送回监护人（须评估）"),
    ("long_term", "转长期监护"),
    ("adopted", "收养"),
    ("adult", "年满18周岁"),
];

const EXIT: Field = Field::choice("exit", "退出方式", EXITS);
const ASSESSMENT_NO: Field = Field::word("assessment_no", "评估报告编号")
    .when("exit", "return")
    .hint("送回监护人的必填")
    .missing("填写评估报告编号：送回监护人须经评估（未成年人保护法§93）");

/// 临时监护
pub(super) const TEMPORARY: Procedure = Procedure {
    kind: "temp_custody",
    name: "临时监护",
    about: "有未成年人保护法第92条七种情形之一的，由民政部门临时监护；每3个月评估，一般不超过一年",
    basis: "未成年人保护法§92、§93；期限：法发〔2014〕24号，条号待核对",
    begin: Deed {
        code: "begin",
        label: "登记临时监护",
        hint: "每3个月评估，满11个月预警为本系统默认（本地可配置）",
        to: Some(InForce),
        fields: &[
            Field::choice("ground", "临时监护情形", TEMPORARY_GROUNDS)
                .missing("选择临时监护情形：须有七种情形之一（未成年人保护法§92）"),
            PAPER_NO,
            ISSUED_BY,
            ISSUED_ON,
            FROM,
            UNTIL.optional().hint("不填按一年计"),
            Field::choice("placement", "安置方式", PLACES),
            Field::word("keeper", "受托照料的亲属、家庭或机构").hint("加密保存"),
            Field::text("facts", "事实和理由"),
        ],
        starts: YEAR,
        ..Deed::NONE
    },
    deeds: &[
        Deed {
            code: "assess",
            label: "登记定期评估",
            from: &[InForce],
            fields: &[
                Field::past("assessed_on", "评估日期"),
                Field::choice("finding", "评估结论", FINDINGS),
                Field::text("note", "评估摘要"),
            ],
            meets: &["custody_review"],
            starts: &[start(
                "DL19-review",
                "custody_review",
                CIVIL,
                From::Fields(&["assessed_on"]),
            )],
            by: &["CAB", "MPC"],
            ..Deed::NONE
        },
        Deed {
            code: "confer",
            label: "登记去向会商",
            hint: "满11个月前会商：送回、转长期监护或其他",
            from: &[InForce],
            fields: &[Field::past("held_on", "会商日期"), Field::text("note", "会商意见")],
            meets: &["custody_warn"],
            by: &["CAB", "MPC"],
            ..Deed::NONE
        },
        Deed {
            code: "finish",
            label: "结束临时监护",
            from: &[InForce],
            to: Some(Done),
            fields: &[
                Field::past("ended_on", "结束日期"),
                EXIT,
                ASSESSMENT_NO,
                Field::text("note", "交接情况"),
            ],
            meets: &["custody_review", "custody_warn", "custody_limit"],
            by: &["CAB"],
            ..Deed::NONE
        },
    ],
    lapses: false,
    paper: (InForce, YEAR),
    visits: None,
};

const LONG_GROUNDS: &[(&str, &str)] = &[
    ("LC1", "LC1 查找不到监护人"),
    ("LC2", "LC2 监护人死亡或者被宣告死亡且无其他人可以担任"),
    ("LC3", "LC3 监护人丧失监护能力且无其他人可以担任"),
    ("LC4", "LC4 人民法院判决撤销监护人资格并指定民政部门"),
    ("LC5", "LC5 法律规定的其他情形"),
];

/// 长期监护
pub(super) const LONG_TERM: Procedure = Procedure {
    kind: "long_term_custody",
    name: "长期监护",
    about: "有未成年人保护法第94条五种情形之一的，由民政部门长期监护",
    basis: "未成年人保护法§94、§95",
    begin: Deed {
        code: "begin",
        label: "登记长期监护",
        to: Some(InForce),
        fields: &[
            Field::choice("ground", "长期监护情形", LONG_GROUNDS)
                .missing("选择长期监护情形：须有五种情形之一（未成年人保护法§94）"),
            PAPER_NO,
            ISSUED_BY,
            ISSUED_ON,
            FROM,
            Field::choice("placement", "安置方式", PLACES),
            Field::word("keeper", "照料的亲属、家庭或机构").hint("加密保存"),
            Field::text("facts", "事实和理由"),
        ],
        ..Deed::NONE
    },
    deeds: &[
        Deed {
            code: "assess",
            label: "登记收养评估",
            from: &[InForce],
            fields: &[Field::past("assessed_on", "评估日期"), Field::text("note", "评估摘要")],
            by: &["CAB"],
            ..Deed::NONE
        },
        Deed {
            code: "finish",
            label: "结束长期监护",
            from: &[InForce],
            to: Some(Done),
            fields: &[
                Field::past("ended_on", "结束日期"),
                EXIT,
                ASSESSMENT_NO,
                Field::text("note", "交接情况"),
            ],
            by: &["CAB"],
            ..Deed::NONE
        },
    ],
    lapses: false,
    paper: (InForce, &[]),
    visits: None,
};

/// 安置
pub(super) const PLACEMENT: Procedure = Procedure {
    kind: "placement_agreement",
    name: "安置",
    about: "临时监护、长期监护儿童的安置：委托亲属、家庭寄养，或交由救助保护机构、儿童福利机构收留抚养",
    basis: "未成年人保护法§93",
    begin: Deed {
        code: "begin",
        label: "登记安置",
        to: Some(InForce),
        fields: &[
            PAPER_NO,
            ISSUED_BY,
            ISSUED_ON,
            FROM,
            Field::choice("placement", "安置方式", PLACES),
            Field::word("keeper", "照料的亲属、家庭或机构").hint("加密保存"),
            Field::text("place", "安置地点").hint("加密保存"),
            Field::text("opinion", "儿童意见").hint("满8周岁要听取；不适宜询问的写明理由"),
        ],
        ..Deed::NONE
    },
    deeds: &[
        Deed {
            code: "move",
            label: "变更安置",
            from: &[InForce],
            fields: &[
                Field::past("moved_on", "变更日期"),
                Field::choice("placement", "安置方式", PLACES),
                Field::word("keeper", "照料的亲属、家庭或机构"),
                Field::text("place", "安置地点"),
                REASON,
            ],
            by: &["CAB", "MPC", "CWI"],
            ..Deed::NONE
        },
        Deed {
            code: "finish",
            label: "结束安置",
            from: &[InForce],
            to: Some(Done),
            fields: &[
                Field::past("ended_on", "结束日期"),
                EXIT,
                ASSESSMENT_NO,
                Field::text("note", "交接情况"),
            ],
            by: &["CAB", "MPC", "CWI"],
            ..Deed::NONE
        },
    ],
    lapses: false,
    paper: (InForce, &[]),
    visits: None,
};
