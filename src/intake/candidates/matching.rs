//! Which cases and reports agree with what is typed, and in which fields.

use crate::ctx::Ctx;
use crate::db::one_of;
use crate::entity::{case_child, child, protection_case, report, report_child, reporter_identity};
use crate::error::Result;
use crate::intake::facts::{ChildInput, ReportInput, said};
use crate::rules::division::Tier;
use crate::state::App;
use crate::vault::Vault;
use chrono::TimeDelta;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use uuid::Uuid;

const PHONE: &str = "来电号码相同";
const ID_NUMBER: &str = "证件号相同";
const NAME: &str = "儿童姓名相同";
const LIKE: &str = "性别年龄相符";
const PLACE: &str = "同村90日内";
pub(super) const WIDER_PLACE: &str = "同乡镇90日内";
const DAYS: i64 = 90;
const LOOKED_AT: u64 = 30;

/// Which fields agree, by case.
pub(super) type Matches = BTreeMap<Uuid, BTreeSet<&'static str>>;

pub(super) async fn find(db: &impl ConnectionTrait, vault: &Vault, ctx: &Ctx, input: &ReportInput) -> Result<Matches> {
    let mut found = Matches::new();
    by_phone(db, vault, input, &mut found).await?;
    by_child(db, vault, input, &mut found).await?;
    by_place(db, ctx, input, &mut found).await?;
    Ok(found)
}

/// Reports with this number, as a subquery of their ids.
pub(in crate::intake) fn called_from(index: &str) -> SelectStatement {
    Query::select()
        .column(reporter_identity::Column::ReportId)
        .from(reporter_identity::Entity)
        .cond_where(reporter_identity::Column::PhoneIndex.eq(index))
        .to_owned()
}

async fn by_phone(db: &impl ConnectionTrait, vault: &Vault, input: &ReportInput, found: &mut Matches) -> Result<()> {
    let Some(index) = vault.index_some("phone", said(input.caller.phone.as_ref())) else {
        return Ok(());
    };
    let cases: Vec<Option<Uuid>> = report::Entity::find()
        .select_only()
        .column(report::Column::CaseId)
        .filter(report::Column::Id.in_subquery(called_from(&index)))
        .filter(report::Column::CaseId.is_not_null())
        .order_by_desc(report::Column::StartedAt)
        .limit(LOOKED_AT)
        .into_tuple()
        .all(db)
        .await?;
    for case in cases.into_iter().flatten() {
        found.entry(case).or_default().insert(PHONE);
    }
    Ok(())
}

async fn by_child(db: &impl ConnectionTrait, vault: &Vault, input: &ReportInput, found: &mut Matches) -> Result<()> {
    let clues: Vec<Clue<'_>> = input.known_children().map(|child| Clue::new(vault, child)).collect();
    let names = clues.iter().filter_map(|clue| clue.name.clone());
    let ids = clues.iter().filter_map(|clue| clue.id.clone());
    let wanted = Condition::any()
        .add_option(one_of(child::Column::NameIndex, names))
        .add_option(one_of(child::Column::IdIndex, ids));
    if clues.iter().all(|clue| clue.name.is_none() && clue.id.is_none()) {
        return Ok(());
    }
    let children = child::Entity::find()
        .filter(wanted)
        .order_by_desc(child::Column::CreatedAt)
        .limit(LOOKED_AT)
        .all(db)
        .await?;
    let links = case_child::Entity::find()
        .filter(case_child::Column::ChildId.is_in(children.iter().map(|child| child.id)))
        .all(db)
        .await?;
    let by_id: HashMap<Uuid, &child::Model> = children.iter().map(|child| (child.id, child)).collect();
    for link in links {
        let Some(child) = by_id.get(&link.child_id) else {
            continue;
        };
        let fields = found.entry(link.case_id).or_default();
        fields.extend(clues.iter().flat_map(|clue| clue.agrees(child)));
    }
    Ok(())
}

/// What is known of one child, made comparable.
struct Clue<'a> {
    child: &'a ChildInput,
    name: Option<String>,
    id: Option<String>,
}

impl<'a> Clue<'a> {
    fn new(vault: &Vault, child: &'a ChildInput) -> Self {
        Self {
            child,
            name: vault.index_some("name", said(child.name.as_ref())),
            id: vault.index_some("id_number", said(child.id_number.as_ref())),
        }
    }

    fn agrees(&self, known: &child::Model) -> Vec<&'static str> {
        let mut fields = Vec::new();
        if self.id.is_some() && self.id == known.id_index {
            fields.push(ID_NUMBER);
        }
        if self.name.is_some() && self.name == known.name_index {
            fields.push(NAME);
        }
        if !fields.is_empty() && alike(self.child, &known.sex, known.age_at_intake) == Some(true) {
            fields.push(LIKE);
        }
        fields
    }
}

/// Whether sex and age (a year up or down) agree; nothing when neither is
/// known of both.
fn alike(child: &ChildInput, sex: &str, age: Option<i16>) -> Option<bool> {
    let known = |sex: &str| matches!(sex, "1" | "2");
    let by_sex = (known(child.sex()) && known(sex)).then(|| child.sex() == sex);
    let by_age = child.age.zip(age).map(|(one, other)| one.abs_diff(other) <= 1);
    match (by_sex, by_age) {
        (None, None) => None,
        (by_sex, by_age) => Some(by_sex.unwrap_or(true) && by_age.unwrap_or(true)),
    }
}

async fn by_place(db: &impl ConnectionTrait, ctx: &Ctx, input: &ReportInput, found: &mut Matches) -> Result<()> {
    let Some(place) = input.location().or_else(|| input.incident()) else {
        return Ok(());
    };
    let field = match place.tier() {
        Tier::Village => PLACE,
        Tier::Township => WIDER_PLACE,
        Tier::City | Tier::County => return Ok(()),
    };
    let cases: Vec<Uuid> = protection_case::Entity::find()
        .select_only()
        .column(protection_case::Column::Id)
        .filter(protection_case::Column::Division.eq(place.code()))
        .filter(protection_case::Column::OpenedAt.gte(ctx.now - TimeDelta::days(DAYS)))
        .order_by_desc(protection_case::Column::OpenedAt)
        .limit(LOOKED_AT)
        .into_tuple()
        .all(db)
        .await?;
    let known = children_of(db, &cases).await?;
    for case in cases {
        let alike = likeness(input, known.get(&case).map_or(&[], Vec::as_slice));
        // A whole township has many cases: one about quite another child is none of these.
        if field == WIDER_PLACE && alike == Some(false) && !found.contains_key(&case) {
            continue;
        }
        let fields = found.entry(case).or_default();
        fields.insert(field);
        if alike == Some(true) {
            fields.insert(LIKE);
        }
    }
    Ok(())
}

/// The children of cases.
async fn children_of(db: &impl ConnectionTrait, cases: &[Uuid]) -> Result<HashMap<Uuid, Vec<child::Model>>> {
    let links = case_child::Entity::find()
        .filter(case_child::Column::CaseId.is_in(cases.iter().copied()))
        .all(db)
        .await?;
    let children = child::Entity::find()
        .filter(child::Column::Id.is_in(links.iter().map(|link| link.child_id)))
        .all(db)
        .await?;
    let by_id: HashMap<Uuid, child::Model> = children.into_iter().map(|child| (child.id, child)).collect();
    let mut known: HashMap<Uuid, Vec<child::Model>> = HashMap::new();
    for link in links {
        if let Some(child) = by_id.get(&link.child_id) {
            known.entry(link.case_id).or_default().push(child.clone());
        }
    }
    Ok(known)
}

/// Whether one of the children may be one of the case's; nothing when too
/// little is known to say.
fn likeness(input: &ReportInput, known: &[child::Model]) -> Option<bool> {
    let pairs = input
        .known_children()
        .flat_map(|one| known.iter().map(move |other| (one, other)));
    let found: Vec<Option<bool>> = pairs
        .map(|(one, other)| alike(one, &other.sex, other.age_at_intake))
        .collect();
    if found.contains(&Some(true)) {
        return Some(true);
    }
    (!found.is_empty() && !found.contains(&None)).then_some(false)
}

/// How much the fields that agree say: the number or the child itself most.
pub(super) fn weight(fields: &[&'static str]) -> u32 {
    let one = |field: &&str| match *field {
        ID_NUMBER => 8,
        PHONE | NAME => 4,
        PLACE => 2,
        _ => 1,
    };
    fields.iter().map(one).sum()
}

/// How many reports of the last 90 days were about one of these children: the
/// same number, or the same name with nothing that speaks against it.
///
/// # Errors
/// When the database refuses.
pub(in crate::intake) async fn prior_reports(
    app: &App,
    ctx: &Ctx,
    input: &ReportInput,
    report: Option<Uuid>,
) -> Result<u32> {
    let clues: Vec<Clue<'_>> = input
        .known_children()
        .map(|child| Clue::new(&app.vault, child))
        .collect();
    if clues.iter().all(|clue| clue.name.is_none() && clue.id.is_none()) {
        return Ok(0);
    }
    let names = clues.iter().filter_map(|clue| clue.name.clone());
    let ids = clues.iter().filter_map(|clue| clue.id.clone());
    let wanted = Condition::any()
        .add_option(one_of(report_child::Column::NameIndex, names))
        .add_option(one_of(report_child::Column::IdIndex, ids));
    // Asked per child found: the reports of ninety days are many.
    let recent = Query::select()
        .expr(Expr::value(1))
        .from(report::Entity)
        .and_where(report::Column::StartedAt.gte(ctx.now - TimeDelta::days(DAYS)))
        .and_where(
            Expr::col((report::Entity, report::Column::Id))
                .equals((report_child::Entity, report_child::Column::ReportId)),
        )
        .to_owned();
    let children = report_child::Entity::find()
        .filter(wanted)
        .filter(Expr::exists(recent))
        .limit(100)
        .all(app.db.read())
        .await?;
    let same = |known: &report_child::Model| {
        clues.iter().any(|clue| {
            let by_id = clue.id.is_some() && clue.id == known.id_index;
            let by_name = clue.name.is_some() && clue.name == known.name_index;
            by_id || (by_name && alike(clue.child, &known.sex, known.age) != Some(false))
        })
    };
    let reports: HashSet<Uuid> = children
        .iter()
        .filter(|known| Some(known.report_id) != report && same(known))
        .map(|known| known.report_id)
        .collect();
    Ok(u32::try_from(reports.len()).unwrap_or(u32::MAX))
}
