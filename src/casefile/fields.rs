//! The fields of every step's form.

use super::actions::Deed;
use super::facts::PARTY_KINDS;
use super::typed::Typed;
use crate::casework;
use crate::ctx::Ctx;
use crate::entity::{account, child, protection_case, unit};
use crate::error::Result;
use crate::rules::codes;
use crate::rules::division::{Division, Tier};
use crate::rules::level::RiskLevel;
use crate::rules::policy::Role;
use crate::state::App;
use crate::vault::Slot;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

/// One entry of a choice.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    pub(crate) code: String,
    pub(crate) label: String,
    pub(crate) hint: String,
    pub(crate) on: bool,
}

/// One control of a form.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) id: &'static str,
    pub(crate) label: String,
    pub(crate) hint: String,
    pub(crate) value: String,
    /// The words typed beside a code, for a place.
    pub(crate) text: String,
    /// `text`, `area`, `select`, `list`, `radios`, `chips`, `check`, `place`, `hidden`.
    pub(crate) control: &'static str,
    pub(crate) cls: &'static str,
    pub(crate) choices: Vec<Choice>,
}

/// Makes the fields of a form around what was typed.
pub(super) struct Maker<'a> {
    pub(super) typed: &'a Typed,
}

impl Maker<'_> {
    pub(super) fn plain(&self, control: &'static str, id: &'static str, label: &str, hint: &str) -> Field {
        Field {
            id,
            label: label.to_owned(),
            hint: hint.to_owned(),
            value: self.typed.text(id).to_owned(),
            text: self.typed.text(&format!("{id}_text")).to_owned(),
            control,
            cls: "",
            choices: Vec::new(),
        }
    }

    pub(super) fn area(&self, id: &'static str, label: &str, hint: &str) -> Field {
        self.plain("area", id, label, hint)
    }

    pub(super) fn choice(
        &self,
        control: &'static str,
        id: &'static str,
        label: &str,
        options: impl IntoIterator<Item = (String, String, String)>,
    ) -> Field {
        let chosen = self.typed.all(id);
        Field {
            choices: options
                .into_iter()
                .map(|(code, label, hint)| Choice {
                    on: chosen.contains(&code),
                    code,
                    label,
                    hint,
                })
                .collect(),
            ..self.plain(control, id, label, "")
        }
    }
}

pub(super) fn pairs(list: &[(&str, &str)]) -> Vec<(String, String, String)> {
    list.iter()
        .map(|(code, label)| ((*code).to_owned(), (*label).to_owned(), String::new()))
        .collect()
}

/// The fields of a step's form, with what was typed in them.
pub(crate) async fn of(
    db: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (deed, case): (Deed, &protection_case::Model),
    typed: &Typed,
) -> Result<Vec<Field>> {
    let make = Maker { typed };
    Ok(match deed {
        Deed::Sign | Deed::Support => Vec::new(),
        Deed::Return => returning(&make, case),
        Deed::Dispatch => dispatching(db, ctx, &make, case).await?,
        Deed::Assign => vec![make.choice("list", "account", "承办人", people(db, app, case).await?)],
        Deed::Raise => raising(&make, case),
        Deed::Lowering => deciding(&make, "同意降级", "不同意降级", "不同意的理由"),
        Deed::Note => vec![make.area("text", "补充情况", "写时间、来源和内容；不写推测")],
        Deed::Party => party(&make),
        Deed::Child => child_fields(&make),
        Deed::Recuse => recusing(db, ctx, &make, case).await?,
        Deed::SpotCheck => vec![make.area("note", "抽查意见", "")],
        Deed::FollowUp => vec![make.area(
            "note",
            "跟踪安排",
            "结案后第30、90、180日自动起算；写由谁跟踪、看什么，可空",
        )],
        Deed::Close => closing(&make),
        Deed::DecideClose => deciding(&make, "批准结案", "不批准", "不批准的理由"),
        Deed::Reopen => vec![make.area("reason", "重开理由", "")],
        Deed::Merge => vec![
            make.plain("text", "into", "并入的个案编号", "如 TH-20261123-0001；须为在办个案"),
            make.area("reason", "并案理由", "写明为何是同一事项"),
        ],
        Deed::Unmerge => vec![make.area("reason", "撤销并案的理由", "")],
        Deed::Order(deed) => deed.fields(db, ctx, &make, case).await?,
    })
}

pub(super) fn level_of(case: &protection_case::Model) -> RiskLevel {
    RiskLevel::from_number(case.level).unwrap_or(RiskLevel::Red)
}

fn returning(make: &Maker<'_>, case: &protection_case::Model) -> Vec<Field> {
    let level = level_of(case);
    let reasons = codes::return_reasons()
        .iter()
        .filter(|row| row.usable_at(level))
        .map(|row| {
            let label = format!("{} {}", row.code, row.name);
            (row.code.clone(), label, row.requirement.clone())
        });
    let mut fields = vec![
        make.choice("list", "reason", "退回理由", reasons),
        make.area("explanation", "退回说明", "写清依据、证据或编号"),
    ];
    if codes::acts_before_return(level) {
        let hint = "红、黄须先处置后移交：写已做的处置、时间和交接对象";
        fields.push(make.area("done_first", "已先行处置的情况", hint));
    }
    fields
}

async fn dispatching(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    make: &Maker<'_>,
    case: &protection_case::Model,
) -> Result<Vec<Field>> {
    let ways = pairs(&[
        ("refuse", "驳回退回，由原单位继续办理"),
        ("unit", "改派到另一单位"),
        ("place", "按更正后的所在地重新分派"),
    ]);
    let unit = make.choice("select", "unit", "改派到", units(db, ctx, case).await?);
    Ok(vec![
        make.choice("list", "decision", "裁定", ways),
        Field {
            cls: "c6",
            hint: "改派时选择".to_owned(),
            ..unit
        },
        Field {
            cls: "c6",
            ..make.plain("place", "place", "更正后的所在地", "重新分派时填写")
        },
        make.area("reason", "理由", ""),
    ])
}

/// The units that may take the case: those of the city, of its county and of
/// the county's townships, without villages.
pub(super) async fn units(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    case: &protection_case::Model,
) -> Result<Vec<(String, String, String)>> {
    let county = Division::parse(&case.division)?.at(Tier::County);
    let city = ctx.actor.division.at(Tier::City);
    let mut near = Condition::any();
    if let Some(city) = city.filter(|_| ctx.actor.role != Role::County) {
        near = near.add(unit::Column::Division.eq(city.code()));
    }
    if let Some(county) = county {
        let (first, last) = county.range();
        near = near.add(unit::Column::Division.between(first, last));
    }
    let found = unit::Entity::find()
        .filter(near)
        .filter(unit::Column::Active.eq(true))
        .filter(unit::Column::Kind.ne("VIL"))
        .filter(unit::Column::Id.ne(case.lead_unit))
        .order_by_asc(unit::Column::Division)
        .order_by_asc(unit::Column::Name)
        .all(db)
        .await?;
    Ok(found
        .into_iter()
        .map(|row| (row.id.to_string(), row.name, String::new()))
        .collect())
}

async fn people(
    db: &impl ConnectionTrait,
    app: &App,
    case: &protection_case::Model,
) -> Result<Vec<(String, String, String)>> {
    let recused = casework::facts(db, case).await?.recused_accounts;
    let found = account::Entity::find()
        .filter(account::Column::UnitId.eq(case.lead_unit))
        .filter(account::Column::DisabledAt.is_null())
        .order_by_asc(account::Column::Username)
        .all(db)
        .await?;
    found
        .into_iter()
        .filter(|row| !recused.contains(&row.id))
        .map(|row| {
            let name = app.vault.open(Slot::new("account", "name", row.id), &row.name)?;
            let role = Role::parse(&row.role).map_or("", Role::label);
            Ok((row.id.to_string(), name, role.to_owned()))
        })
        .collect()
}

fn raising(make: &Maker<'_>, case: &protection_case::Model) -> Vec<Field> {
    let now = level_of(case);
    let above = RiskLevel::ALL
        .into_iter()
        .filter(|level| level.above(now))
        .map(|level| (level.code().to_owned(), level.label().to_owned(), String::new()));
    vec![
        make.choice("radios", "level", "上调为", above),
        make.area(
            "reason",
            "上调理由",
            "上调立即生效，时限随之改变；降级须评估后由县级确认",
        ),
    ]
}

pub(super) fn deciding(make: &Maker<'_>, yes: &str, no: &str, why: &str) -> Vec<Field> {
    vec![
        make.choice("list", "decision", "决定", pairs(&[("yes", yes), ("no", no)])),
        make.area("reason", why, "同意时可空"),
    ]
}

fn party(make: &Maker<'_>) -> Vec<Field> {
    let relations = codes::relations()
        .iter()
        .map(|row| (row.code.clone(), row.name.clone(), String::new()));
    vec![
        make.choice("radios", "kind", "类别", pairs(&PARTY_KINDS)),
        Field {
            cls: "c4",
            ..make.plain("text", "name", "姓名", "不知道就留空")
        },
        Field {
            cls: "c4",
            ..make.plain("text", "phone", "电话", "不知道就留空")
        },
        Field {
            cls: "c4",
            ..make.choice("select", "relation", "与儿童关系", relations)
        },
        Field {
            cls: "c4",
            ..make.plain("check", "lives_with_child", "与儿童同住", "")
        },
        Field {
            cls: "c4",
            ..make.plain("check", "suspect", "涉嫌侵害", "")
        },
    ]
}

fn child_fields(make: &Maker<'_>) -> Vec<Field> {
    let categories = codes::child_categories()
        .iter()
        .map(|row| (row.code.clone(), row.name.clone(), row.definition.clone()));
    vec![
        make.plain("hidden", "child", "", ""),
        make.choice("chips", "categories", "儿童类别", categories),
        make.plain("text", "school", "学校班级", "对外一律不出现"),
        make.area("opinion", "儿童意见", "满8周岁须听取；不适宜询问的写明理由"),
        Field {
            cls: "c6",
            ..make.plain("text", "name", "更正姓名", "不更正就留空")
        },
        Field {
            cls: "c6",
            ..make.plain("text", "id_number", "补登证件号", "不补登就留空")
        },
    ]
}

async fn recusing(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    make: &Maker<'_>,
    case: &protection_case::Model,
) -> Result<Vec<Field>> {
    let wide = matches!(ctx.actor.role, Role::Lead | Role::City | Role::County);
    let mut whom = vec![("myself".to_owned(), "本人".to_owned(), String::new())];
    for row in super::parts::of_case(db, case.id).await? {
        if row.until.is_none() && (wide || Some(row.unit_id) == ctx.actor.unit) {
            let name = unit::Entity::find_by_id(row.unit_id)
                .one(db)
                .await?
                .map(|unit| unit.name);
            let name = name.unwrap_or_else(|| "未知单位".to_owned());
            whom.push((row.unit_id.to_string(), name, "整个单位".to_owned()));
        }
    }
    whom.dedup_by(|one, other| one.0 == other.0);
    Ok(vec![
        make.choice("list", "whom", "谁应当回避", whom),
        make.area("reason", "回避理由", "与当事人的利害关系；登记后立即看不到本案"),
    ])
}

fn closing(make: &Maker<'_>) -> Vec<Field> {
    let types = codes::closure_types()
        .iter()
        .filter(|row| row.allowed && row.code != "merged")
        .map(|row| (row.code.clone(), row.name.clone(), row.note.clone()));
    vec![
        make.choice("list", "closure_type", "结案类型", types),
        make.area("note", "结案说明", "写明办理结果和依据"),
    ]
}

/// What a form starts with: what is known already.
pub(crate) async fn prefill(
    db: &impl ConnectionTrait,
    app: &App,
    (deed, case): (Deed, &protection_case::Model),
    typed: &mut Typed,
) -> Result<()> {
    match (deed, typed.id("child")) {
        (Deed::Child, Some(id)) => {
            let Some(row) = child::Entity::find_by_id(id).one(db).await? else {
                return Ok(());
            };
            for code in row.categories.0 {
                typed.put("categories", code);
            }
            for (name, value) in [("school", &row.school), ("opinion", &row.opinion)] {
                let plain = app.vault.open_some(Slot::new("child", name, id), value.as_ref())?;
                typed.put(name, plain.unwrap_or_default());
            }
        }
        (Deed::Assign, _) => {
            if let Some(id) = case.assignee {
                typed.put("account", id.to_string());
            }
        }
        _ => {}
    }
    Ok(())
}
