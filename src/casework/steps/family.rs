//! 相关人员 and 儿童档案: what becomes known of the people of a case.

use super::{finish, words, words_if_any};
use crate::casework::{NewParty, advance, fetch_for, opening};
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{CodeList, case_child, child, protection_case};
use crate::error::{Error, Result};
use crate::journal::Act;
use crate::rules::codes;
use crate::rules::division::Division;
use crate::rules::idcard;
use crate::rules::policy::Action;
use crate::rules::workflow::Step;
use crate::state::App;
use crate::vault::{Slot, Vault};
use chrono::{Datelike, NaiveDate};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

const KINDS: [&str; 4] = ["suspect", "guardian", "carer", "contact"];

/// An adult of the case, as typed.
#[derive(Debug, Clone, Default)]
pub struct PartyInput {
    /// `suspect`, `guardian`, `carer`, `contact`.
    pub kind: String,
    /// Code of `data/relations.csv`, when known.
    pub relation: Option<String>,
    /// Name, when known.
    pub name: Option<String>,
    /// Phone, when known.
    pub phone: Option<String>,
    /// Whether they live with the child.
    pub lives_with_child: bool,
    /// Whether they are suspected.
    pub suspect: bool,
}

/// Records an adult: sealed, findable by name and phone. A suspect who lives
/// with the child marks the case so.
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`]; [`Error::Invalid`] on the fields.
pub async fn record_party(
    app: &App,
    ctx: &Ctx,
    id: Uuid,
    seen: i32,
    input: &PartyInput,
) -> Result<protection_case::Model> {
    let new = party(input)?;
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, id, Action::Record).await?;
    advance(&tx, &case, seen, &Step::Record, |row| {
        if new.suspect && new.lives_with_child {
            row.cohabiting_suspect = Set("yes".to_owned());
        }
    })
    .await?;
    opening::add_party(&tx, &app.vault, ctx, id, &new).await?;
    let refs = json!({ "kind": new.kind, "relation": new.relation, "suspect": new.suspect });
    finish(tx, app, ctx, id, (Act::PartyRecorded, None, refs)).await
}

fn party(input: &PartyInput) -> Result<NewParty> {
    if !KINDS.contains(&input.kind.as_str()) {
        return Err(Error::field("kind", "选择人员类别"));
    }
    let relation = input.relation.clone().filter(|code| !code.is_empty());
    if relation.as_deref().is_some_and(|code| codes::relation(code).is_none()) {
        return Err(Error::field("relation", "选择与儿童的关系"));
    }
    let name = words_if_any("name", "姓名", input.name.as_deref(), 50)?;
    let phone = words_if_any("phone", "电话", input.phone.as_deref(), 30)?;
    if phone.as_deref().is_some_and(|phone| !is_phone(phone)) {
        return Err(Error::field("phone", "电话只能是数字、空格和连字符，5 至 20 位"));
    }
    if name.is_none() && phone.is_none() && relation.is_none() {
        return Err(Error::field("name", "姓名、电话、关系至少填写一项"));
    }
    Ok(NewParty {
        suspect: input.suspect || input.kind == "suspect",
        lives_with_child: input.lives_with_child,
        kind: input.kind.clone(),
        relation,
        name,
        phone,
    })
}

fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    (5..=20).contains(&digits) && text.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '+'))
}

/// What becomes known of a child. A field that is `None` stays as it is, an
/// empty text clears it.
#[derive(Debug, Clone, Default)]
pub struct ChildChange {
    /// Which child of the case.
    pub child: Uuid,
    /// Name.
    pub name: Option<String>,
    /// GB/T 2261.1: 0, 1, 2, 9.
    pub sex: Option<String>,
    /// `2019-05-01`.
    pub birth_date: Option<String>,
    /// Identity number; sets sex and birth date as well.
    pub id_number: Option<String>,
    /// What a stranger would recognise.
    pub feature: Option<String>,
    /// Codes of `data/child_categories.csv`.
    pub categories: Option<Vec<String>>,
    /// Where the child lives, a division of any tier.
    pub division: Option<String>,
    /// School and class.
    pub school: Option<String>,
    /// What the child says, or why it was not fitting to ask (未保法§4（五）).
    pub opinion: Option<String>,
}

/// Updates a child's file: sealed, with its own version. A category may raise
/// the case's label, never lower it.
///
/// # Errors
/// Those of [`fetch_for`] and [`advance()`]; [`Error::Invalid`] on the fields;
/// [`Error::NotFound`] when the child is not of this case.
pub async fn record_child(
    app: &App,
    ctx: &Ctx,
    id: Uuid,
    seen: i32,
    change: &ChildChange,
) -> Result<protection_case::Model> {
    let tx = app.db.begin().await?;
    let case = fetch_for(&tx, ctx, id, Action::Record).await?;
    let known = child_of(&tx, id, change.child).await?;
    let mut fields = Vec::new();
    let mut row = child::ActiveModel {
        version: Set(known.version + 1),
        ..Default::default()
    };
    identity(&app.vault, ctx, change, &mut row, &mut fields)?;
    circumstances(&app.vault, change, &mut row, &mut fields)?;
    if fields.is_empty() {
        return Err(Error::field("", "没有要更新的内容"));
    }
    let label = sensitivity(change).map_or(case.sensitivity, |label| label.max(case.sensitivity));
    advance(&tx, &case, seen, &Step::Record, |row| row.sensitivity = Set(label)).await?;
    child::Entity::update_many()
        .set(row)
        .filter(child::Column::Id.eq(known.id))
        .exec(&tx)
        .await?;
    let refs = json!({ "child": known.id, "fields": fields });
    finish(tx, app, ctx, id, (Act::ChildRecorded, None, refs)).await
}

async fn child_of(tx: &impl ConnectionTrait, case: Uuid, child: Uuid) -> Result<child::Model> {
    let linked = case_child::Entity::find()
        .filter(case_child::Column::CaseId.eq(case))
        .filter(case_child::Column::ChildId.eq(child))
        .one(tx)
        .await?;
    linked.ok_or(Error::NotFound)?;
    child::Entity::find_by_id(child).one(tx).await?.ok_or(Error::NotFound)
}

fn identity(
    vault: &Vault,
    ctx: &Ctx,
    change: &ChildChange,
    row: &mut child::ActiveModel,
    fields: &mut Vec<&'static str>,
) -> Result<()> {
    let slot = |column| Slot::new("child", column, change.child);
    if let Some(name) = &change.name {
        let name = words_if_any("name", "姓名", Some(name), 50)?;
        row.name = Set(vault.seal_some(slot("name"), name.as_deref())?);
        row.name_index = Set(vault.index_some("name", name.as_deref()));
        fields.push("name");
    }
    if let Some(sex) = &change.sex {
        if !["0", "1", "2", "9"].contains(&sex.as_str()) {
            return Err(Error::field("sex", "选择性别"));
        }
        row.sex = Set(sex.clone());
        fields.push("sex");
    }
    let mut birth = match change.birth_date.as_deref() {
        None | Some("") => None,
        Some(text) => Some(born(ctx, text)?),
    };
    if let Some(number) = &change.id_number {
        let number = words_if_any("id_number", "身份证号", Some(number), 30)?;
        let card = number
            .map(|number| idcard::parse(&number).map_err(|bad| Error::field("id_number", &bad.to_string())))
            .transpose()?;
        if let Some(card) = &card {
            birth = Some(card.birth);
            row.sex = Set(card.sex.code().to_owned());
        }
        let number = card.map(|card| card.number);
        row.id_number = Set(vault.seal_some(slot("id_number"), number.as_deref())?);
        row.id_index = Set(vault.index_some("id_number", number.as_deref()));
        fields.push("id_number");
    }
    if let Some(birth) = birth {
        row.birth_date = Set(Some(vault.seal(slot("birth_date"), &birth.to_string())?));
        row.age_estimated = Set(false);
        fields.push("birth_date");
    }
    Ok(())
}

fn born(ctx: &Ctx, text: &str) -> Result<NaiveDate> {
    let date = text.parse::<NaiveDate>().ok();
    date.filter(|date| *date <= clock::day(ctx.now) && date.year() >= 1990)
        .ok_or_else(|| Error::field("birth_date", "出生日期应为今天以前的日期，如 2019-05-01"))
}

fn circumstances(
    vault: &Vault,
    change: &ChildChange,
    row: &mut child::ActiveModel,
    fields: &mut Vec<&'static str>,
) -> Result<()> {
    let slot = |column| Slot::new("child", column, change.child);
    if let Some(feature) = &change.feature {
        let feature = words_if_any("feature", "特征", Some(feature), 200)?;
        row.feature = Set(vault.seal_some(slot("feature"), feature.as_deref())?);
        fields.push("feature");
    }
    if let Some(categories) = &change.categories {
        let many = categories.len() > codes::child_categories().len();
        if many || categories.iter().any(|code| codes::child_category(code).is_none()) {
            return Err(Error::field("categories", "选择儿童类别"));
        }
        row.categories = Set(CodeList(categories.clone()));
        fields.push("categories");
    }
    if let Some(text) = &change.division {
        let unknown = || Error::field("division", "没有这个区划，重新选择");
        let place = match text.as_str() {
            "" => None,
            text => Some(Division::parse(text).map_err(|_| unknown())?),
        };
        if place
            .as_ref()
            .is_some_and(|place| codes::division(place.code()).is_none())
        {
            return Err(unknown());
        }
        row.division = Set(place.map(|place| place.code().to_owned()));
        fields.push("division");
    }
    if let Some(school) = &change.school {
        let school = words_if_any("school", "学校班级", Some(school), 100)?;
        row.school = Set(vault.seal_some(slot("school"), school.as_deref())?);
        fields.push("school");
    }
    if let Some(opinion) = &change.opinion {
        let opinion = words("opinion", "儿童意见或不适宜询问的理由", opinion, 1000)?;
        row.opinion = Set(Some(vault.seal(slot("opinion"), &opinion)?));
        fields.push("opinion");
    }
    Ok(())
}

fn sensitivity(change: &ChildChange) -> Option<i16> {
    let codes = change.categories.iter().flatten();
    codes
        .filter_map(|code| codes::child_category(code))
        .map(|row| row.sensitivity.number())
        .max()
}
