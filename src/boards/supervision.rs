//! How places and units stand: counts of what is open, unsigned, overdue,
//! escalated, supervised, returned again and again, each within the reach of whoever looks.

use crate::casework;
use crate::ctx::Ctx;
use crate::entity::{deadline, protection_case, supervision, unit};
use crate::error::Result;
use crate::rules::codes;
use crate::rules::division::{Division, Tier};
use crate::rules::escalation::{Rung, Stage};
use crate::rules::level::RiskLevel;
use crate::rules::policy::{Action, reach};
use crate::rules::workflow;
use sea_orm::sea_query::{Alias, Expr, Func, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, QueryTrait};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// From this return on a case counts as returned again (≥2次强制裁定).
const AGAIN: i32 = 2;

/// What one row stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum By {
    /// 县（市、区）
    #[default]
    County,
    /// 乡镇（街道）
    Township,
    /// 主办单位
    Unit,
}

impl By {
    /// Every way, in the order of the tabs.
    pub const ALL: [Self; 3] = [Self::County, Self::Township, Self::Unit];

    /// The word of the address.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::County => "county",
            Self::Township => "township",
            Self::Unit => "unit",
        }
    }

    /// The words on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::County => "按县（市、区）",
            Self::Township => "按乡镇（街道）",
            Self::Unit => "按主办单位",
        }
    }

    /// Reads the word of the address.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.code() == code)
    }
}

/// By what the rows are ranked, the highest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// 超期
    #[default]
    Over,
    /// 红色超期
    OverRed,
    /// 待签收
    Unsigned,
    /// 已升级
    Escalated,
    /// 督办中
    Supervised,
    /// 多次退回
    Again,
    /// 在办
    Open,
}

impl Sort {
    /// Every order, as the columns stand.
    pub const ALL: [Self; 7] = [
        Self::Open,
        Self::Unsigned,
        Self::Over,
        Self::OverRed,
        Self::Escalated,
        Self::Supervised,
        Self::Again,
    ];

    /// The word of the address.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Over => "over",
            Self::OverRed => "over_red",
            Self::Unsigned => "unsigned",
            Self::Escalated => "escalated",
            Self::Supervised => "supervised",
            Self::Again => "again",
            Self::Open => "open",
        }
    }

    /// The head of the column.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Over => "已超期",
            Self::OverRed => "红色超期",
            Self::Unsigned => "待签收",
            Self::Escalated => "已升级",
            Self::Supervised => "督办中",
            Self::Again => "退回2次以上",
            Self::Open => "在办",
        }
    }

    /// Reads the word of the address.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.code() == code)
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked {
    /// What one row stands for.
    pub by: By,
    /// By what they are ranked.
    pub sort: Sort,
}

/// The counts of one row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// 在办
    pub open: i64,
    /// 待签收
    pub unsigned: i64,
    /// 已超期
    pub over: i64,
    /// Of these by level: red, yellow, blue, green.
    pub over_by: [i64; 4],
    /// 已升级：有时限无人处理，报到了上级
    pub escalated: i64,
    /// 督办中
    pub supervised: i64,
    /// 退回2次以上
    pub again: i64,
}

impl Figures {
    fn add(&mut self, counted: &Counted) {
        self.open += counted.open;
        self.unsigned += counted.unsigned;
        self.over += counted.over;
        self.again += counted.again;
        self.escalated += counted.escalated;
        self.supervised += counted.supervised;
        let place = RiskLevel::ALL.iter().position(|level| level.number() == counted.level);
        if let Some(place) = place {
            self.over_by[place] += counted.over;
        }
    }

    /// The count by which a row is ranked, and its cell under that head.
    #[must_use]
    pub fn of(&self, sort: Sort) -> i64 {
        match sort {
            Sort::Over => self.over,
            Sort::OverRed => self.over_by[0],
            Sort::Unsigned => self.unsigned,
            Sort::Escalated => self.escalated,
            Sort::Supervised => self.supervised,
            Sort::Again => self.again,
            Sort::Open => self.open,
        }
    }
}

/// One row.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The place or the unit.
    pub name: String,
    /// What narrows the case list to it, as a part of the address; none where
    /// no more is known than the city.
    pub narrow: Option<String>,
    /// Its counts.
    pub figures: Figures,
}

impl Standing {
    /// The case list narrowed to it and by a further filter.
    #[must_use]
    pub fn list(&self, filter: &str) -> Option<String> {
        let narrow = self.narrow.as_ref()?;
        Some(format!("/cases?{narrow}{filter}"))
    }
}

/// One group as the database counts it.
#[derive(Debug, FromQueryResult)]
struct Counted {
    place: String,
    lead_unit: Uuid,
    level: i16,
    open: i64,
    unsigned: i64,
    over: i64,
    escalated: i64,
    supervised: i64,
    again: i64,
}

/// The rows, ranked, of all that the person may see.
///
/// # Errors
/// When the database refuses.
pub async fn standing(db: &impl ConnectionTrait, ctx: &Ctx, asked: Asked) -> Result<Vec<Standing>> {
    let counted = count(db, ctx, asked.by).await?;
    let mut rows = match asked.by {
        By::County | By::Township => places(counted),
        By::Unit => units(db, counted).await?,
    };
    rows.sort_by(|a, b| {
        let rank = |row: &Standing| (row.figures.of(asked.sort), row.figures.over, row.figures.open);
        rank(b).cmp(&rank(a)).then_with(|| a.name.cmp(&b.name))
    });
    Ok(rows)
}

/// One statement, however many cases there are.
async fn count(db: &impl ConnectionTrait, ctx: &Ctx, by: By) -> Result<Vec<Counted>> {
    use protection_case::Column;
    let digits = if by == By::Township { 9 } else { 6 };
    let place = Expr::cust(format!("substr(\"protection_case\".\"division\", 1, {digits})"));
    let over = Column::NextDueAt.lte(ctx.now);
    let mut query = protection_case::Entity::find()
        .select_only()
        .filter(casework::scope(&reach(&ctx.actor, Action::View)))
        .filter(Column::Stage.is_not_in([workflow::Stage::Closed.code(), workflow::Stage::Merged.code()]))
        .into_query();
    query
        .expr_as(place.clone(), Alias::new("place"))
        .column((protection_case::Entity, Column::LeadUnit))
        .column((protection_case::Entity, Column::Level))
        .expr_as(Func::count(Expr::cust("*")), Alias::new("open"))
        .expr_as(
            sum(Column::Stage.eq(workflow::Stage::Assigned.code())),
            Alias::new("unsigned"),
        )
        .expr_as(sum(over), Alias::new("over"))
        .expr_as(sum(Column::Id.in_subquery(climbed())), Alias::new("escalated"))
        .expr_as(sum(Column::Id.in_subquery(supervised())), Alias::new("supervised"))
        .expr_as(sum(Column::ReturnCount.gte(AGAIN)), Alias::new("again"))
        .add_group_by([
            place,
            Expr::col((protection_case::Entity, Column::LeadUnit)),
            Expr::col((protection_case::Entity, Column::Level)),
        ]);
    let rows = db.query_all(&query).await?;
    Ok(rows
        .iter()
        .map(|row| Counted::from_query_result(row, ""))
        .collect::<Result<_, _>>()?)
}

/// The cases of which a running clock was told of above its unit.
fn climbed() -> SelectStatement {
    use deadline::Column;
    let first = Stage::Climb(Rung::StandIn).number();
    Query::select()
        .column(Column::CaseId)
        .from(deadline::Entity)
        .and_where(Column::CaseId.is_not_null())
        .and_where(Column::MetAt.is_null())
        .and_where(Column::CancelledAt.is_null())
        .and_where(Column::Escalation.gte(first))
        .to_owned()
}

/// The cases under supervision now.
fn supervised() -> SelectStatement {
    Query::select()
        .column(supervision::Column::CaseId)
        .from(supervision::Entity)
        .and_where(supervision::Column::EndedAt.is_null())
        .to_owned()
}

/// How many rows of a group hold to this, as a whole number on both databases.
fn sum(holds: Expr) -> Expr {
    let one = Expr::case(holds, Expr::value(1i32)).finally(Expr::value(0i32));
    Func::sum(one).into()
}

/// Places as rows; those that the list of divisions does not know as one.
fn places(counted: Vec<Counted>) -> Vec<Standing> {
    let mut rows: BTreeMap<String, Figures> = BTreeMap::new();
    for one in counted {
        rows.entry(one.place.clone()).or_default().add(&one);
    }
    rows.into_iter()
        .map(|(place, figures)| {
            let code = format!("{place:0<12}");
            Standing {
                name: place_name(&code),
                narrow: below_the_city(&code).then(|| format!("division={code}")),
                figures,
            }
        })
        .collect()
}

/// A list narrowed to the city would hold every case.
fn below_the_city(code: &str) -> bool {
    Division::parse(code).is_ok_and(|division| division.tier() != Tier::City)
}

/// `应县 金城镇`; a case of which only the city is known stands by itself.
fn place_name(code: &str) -> String {
    let Ok(division) = Division::parse(code) else {
        return "未知".to_owned();
    };
    let names: Vec<&str> = [Tier::County, Tier::Township]
        .into_iter()
        .filter_map(|tier| division.at(tier))
        .filter_map(|above| codes::division(above.code()))
        .map(|row| row.name.as_str())
        .collect();
    match (names.is_empty(), division.tier()) {
        (true, _) => "区县未知".to_owned(),
        (false, _) => names.join(" "),
    }
}

/// Lead units as rows.
async fn units(db: &impl ConnectionTrait, counted: Vec<Counted>) -> Result<Vec<Standing>> {
    let mut rows: HashMap<Uuid, Figures> = HashMap::new();
    for one in counted {
        rows.entry(one.lead_unit).or_default().add(&one);
    }
    let mut named = HashMap::new();
    let ids: Vec<Uuid> = rows.keys().copied().collect();
    for some in ids.chunks(500) {
        let found = unit::Entity::find().filter(unit::Column::Id.is_in(some.iter().copied()));
        named.extend(found.all(db).await?.into_iter().map(|unit| (unit.id, unit)));
    }
    Ok(rows
        .into_iter()
        .map(|(id, figures)| Standing {
            name: named
                .get(&id)
                .map_or_else(|| "未知单位".to_owned(), |unit| unit.name.clone()),
            narrow: Some(format!("lead={id}")),
            figures,
        })
        .collect())
}

/// All rows together.
#[must_use]
pub(super) fn total(rows: &[Standing]) -> Figures {
    let mut all = Figures::default();
    for row in rows {
        all.open += row.figures.open;
        all.unsigned += row.figures.unsigned;
        all.over += row.figures.over;
        all.again += row.figures.again;
        all.escalated += row.figures.escalated;
        all.supervised += row.figures.supervised;
        for (sum, part) in all.over_by.iter_mut().zip(row.figures.over_by) {
            *sum += part;
        }
    }
    all
}

/// What the table shows, in a sentence.
pub(super) fn finding(rows: &[Standing]) -> String {
    let all = total(rows);
    let worst = rows.first().filter(|row| row.figures.over > 0);
    match worst {
        Some(worst) => format!(
            "在办 {} 件，待签收 {} 件，已超期 {} 件；列在首位的是{}（超期 {} 件）。",
            all.open, all.unsigned, all.over, worst.name, worst.figures.over
        ),
        None => format!("在办 {} 件，待签收 {} 件，没有超期。", all.open, all.unsigned),
    }
}
