//! Filling and vacating posts, changing units: each checked, versioned and
//! journaled.

use super::rights;
use crate::ctx::Ctx;
use crate::db;
use crate::entity::{account, post, protection_case, unit};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::workflow::Stage;
use crate::state::App;
use crate::vault::{Slot, Vault};
use chrono::{Datelike, NaiveDate};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
};
use serde_json::json;
use uuid::Uuid;

/// The longest name of a unit, in characters.
const NAME: usize = 60;

/// A post as it shall be. Persons are named by their user names; nobody
/// vacates the post.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PostChange {
    /// Who shall hold it.
    pub holder: Option<String>,
    /// Who shall stand in.
    pub stand_in: Option<String>,
    /// First day of leave.
    pub leave_from: Option<NaiveDate>,
    /// Last day of leave; an open end lasts.
    pub leave_until: Option<NaiveDate>,
    /// The version that was seen.
    pub version: i32,
}

/// A unit as it shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitChange {
    /// Its name.
    pub name: String,
    /// Whether it takes work.
    pub active: bool,
    /// The duty phone, sealed when stored; blank removes it.
    pub phone: String,
    /// The version that was seen.
    pub version: i32,
}

/// What changing a post left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HandedOver {
    /// Open cases still assigned to the one who left.
    pub open_cases: u64,
    /// Who left.
    pub account: Option<Uuid>,
}

/// Changes a post.
///
/// # Errors
/// [`Error::Forbidden`] outside one's own part of the network,
/// [`Error::Invalid`] for persons or dates that do not fit, [`Error::Stale`].
pub async fn change_post(app: &App, ctx: &Ctx, id: Uuid, change: &PostChange) -> Result<HandedOver> {
    let tx = app.db.begin().await?;
    let (post, unit) = post_with_unit(&tx, id).await?;
    if !rights::manages_posts(&ctx.actor, &unit) {
        return Err(Error::Forbidden(Error::denied("post.change", None)));
    }
    if change.version != post.version {
        return Err(stale(change.version, post.version));
    }
    let (holder, stand_in) = check(&tx, &post, &unit, change).await?;
    let vacant_since = match holder {
        Some(_) => None,
        None => post.vacant_since.or(Some(ctx.now)),
    };
    let fell_vacant = post.holder_id.is_some() && holder.is_none();
    let row = post::ActiveModel {
        holder_id: Set(holder),
        stand_in_id: Set(stand_in),
        leave_from: Set(change.leave_from),
        leave_until: Set(change.leave_until),
        vacant_since: Set(vacant_since),
        alerted_at: if fell_vacant { Set(None) } else { NotSet },
        alerted_above_at: if fell_vacant { Set(None) } else { NotSet },
        ..Default::default()
    };
    db::update(&tx, (id, change.version), row).await?;
    let left = post.holder_id.filter(|was| Some(*was) != holder);
    let open_cases = match left {
        Some(was) => open_cases(&tx, was).await?,
        None => 0,
    };
    let detail = json!({
        "unit": unit.id, "role": post.role, "was": post.holder_id, "holder": holder, "stand_in": stand_in,
        "leave": [change.leave_from, change.leave_until], "open_cases": open_cases,
    });
    journal::commit(tx, ctx, Entry::new(Act::PostChanged).subject(id).detail(detail)).await?;
    Ok(HandedOver {
        open_cases,
        account: left,
    })
}

/// Changes a unit.
///
/// # Errors
/// [`Error::Forbidden`] outside one's own part of the network,
/// [`Error::Invalid`] for a bad name or phone, or when a unit that leads open
/// cases shall be closed, [`Error::Stale`].
pub async fn change_unit(app: &App, ctx: &Ctx, id: Uuid, change: &UnitChange) -> Result<()> {
    let tx = app.db.begin().await?;
    let unit = super::unit(&tx, id).await?;
    if !rights::manages_unit(&ctx.actor, &unit) {
        return Err(Error::Forbidden(Error::denied("unit.change", None)));
    }
    if change.version != unit.version {
        return Err(stale(change.version, unit.version));
    }
    check_unit(&tx, &unit, change).await?;
    let phone = app
        .vault
        .seal_some(Slot::new("unit", "phone", id), Some(&change.phone))?;
    let row = unit::ActiveModel {
        name: Set(change.name.trim().to_owned()),
        active: Set(change.active),
        phone: Set(phone),
        ..Default::default()
    };
    db::update(&tx, (id, change.version), row).await?;
    let detail = json!({ "active": change.active, "renamed": unit.name != change.name.trim() });
    journal::commit(tx, ctx, Entry::new(Act::UnitChanged).subject(id).detail(detail)).await
}

/// A post with its unit.
///
/// # Errors
/// [`Error::NotFound`] when there is none with this id.
pub async fn post_with_unit(db: &impl ConnectionTrait, id: Uuid) -> Result<(post::Model, unit::Model)> {
    let post = post::Entity::find_by_id(id).one(db).await?.ok_or(Error::NotFound)?;
    let unit = super::unit(db, post.unit_id).await?;
    Ok((post, unit))
}

/// Somebody who leaves a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaving {
    /// The post.
    pub post: Uuid,
    /// Its unit.
    pub unit: Uuid,
    /// Who leaves.
    pub account: Uuid,
    /// Whether they hold it now.
    pub holds: bool,
    /// The version of the post.
    pub version: i32,
}

/// Who leaves a post: the one named, or its holder.
///
/// # Errors
/// [`Error::Forbidden`] outside one's own part of the network,
/// [`Error::Conflict`] when nobody holds it and nobody is named.
pub async fn seat(db: &impl ConnectionTrait, ctx: &Ctx, post: Uuid, person: Option<Uuid>) -> Result<Leaving> {
    let (post, unit) = post_with_unit(db, post).await?;
    if !rights::manages_posts(&ctx.actor, &unit) {
        return Err(Error::Forbidden(Error::denied("post.change", None)));
    }
    let vacant = || Error::Conflict("岗位空缺，没有需要交接的人".to_owned());
    Ok(Leaving {
        post: post.id,
        unit: unit.id,
        account: person.or(post.holder_id).ok_or_else(vacant)?,
        holds: person.is_none() || person == post.holder_id,
        version: post.version,
    })
}

/// The same for whoever saw a version of the post.
///
/// # Errors
/// Those of [`seat`]; [`Error::Stale`].
pub async fn leaving(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    (post, seen): (Uuid, i32),
    person: Option<Uuid>,
) -> Result<Leaving> {
    let seat = seat(tx, ctx, post, person).await?;
    if seat.version == seen {
        Ok(seat)
    } else {
        Err(stale(seen, seat.version))
    }
}

/// How many open cases are assigned to an account.
///
/// # Errors
/// When the database refuses.
pub async fn open_cases(db: &impl ConnectionTrait, account: Uuid) -> Result<u64> {
    let assigned = protection_case::Column::Assignee.eq(account);
    let cases = protection_case::Entity::find().filter(assigned).filter(open());
    Ok(cases.count(db).await?)
}

fn open() -> Expr {
    let stages = Stage::ALL.into_iter().filter(|stage| stage.is_open());
    protection_case::Column::Stage.is_in(stages.map(Stage::code))
}

fn stale(seen: i32, now: i32) -> Error {
    Error::Stale { seen, now }
}

/// The accounts of the persons named, or every fault of the change.
async fn check(
    db: &impl ConnectionTrait,
    post: &post::Model,
    unit: &unit::Model,
    change: &PostChange,
) -> Result<(Option<Uuid>, Option<Uuid>)> {
    let mut faults = Vec::new();
    let mut found = [None, None];
    let named = [("holder", &change.holder), ("stand_in", &change.stand_in)];
    for ((field, username), place) in named.into_iter().zip(&mut found) {
        match seated(db, username.as_deref(), &post.role, unit).await? {
            Ok(id) => *place = id,
            Err(message) => faults.push(FieldError::new(field, &message)),
        }
    }
    let [holder, stand_in] = found;
    if holder.is_some() && holder == stand_in {
        faults.push(FieldError::new("stand_in", "代班人不能是任职人本人"));
    }
    faults.extend(leave_fault(change));
    if faults.is_empty() {
        Ok((holder, stand_in))
    } else {
        Err(Error::Invalid(faults))
    }
}

fn leave_fault(change: &PostChange) -> Option<FieldError> {
    let far = |day: Option<NaiveDate>| day.is_some_and(|day| !(2000..2100).contains(&day.year()));
    let message = match (change.leave_from, change.leave_until) {
        (None, None) => return None,
        (from, until) if far(from) || far(until) => "核对请假日期，应在2000至2099年之间",
        _ if change.holder.is_none() => "岗位空缺时不填请假日期",
        (None, Some(_)) => "填写请假起始日期",
        (Some(from), Some(until)) if until < from => "请假结束不得早于开始",
        _ => return None,
    };
    let field = if change.leave_from.is_none() {
        "leave_from"
    } else {
        "leave_until"
    };
    Some(FieldError::new(field, message))
}

/// The account of a user name that may sit in the post, or why it may not.
pub(super) async fn seated(
    db: &impl ConnectionTrait,
    username: Option<&str>,
    role: &str,
    unit: &unit::Model,
) -> Result<std::result::Result<Option<Uuid>, String>> {
    let Some(username) = username.map(str::trim).filter(|name| !name.is_empty()) else {
        return Ok(Ok(None));
    };
    let account = account::Entity::find()
        .filter(account::Column::Username.eq(username))
        .one(db)
        .await?;
    Ok(match account {
        None => Err("没有这个登录名，核对后重填".to_owned()),
        Some(account) => match rights::unfit(&account, role, unit) {
            Some(why) => Err(why),
            None => Ok(Some(account.id)),
        },
    })
}

async fn check_unit(db: &impl ConnectionTrait, unit: &unit::Model, change: &UnitChange) -> Result<()> {
    let mut faults = Vec::new();
    faults.extend(name_fault(&change.name).map(|message| FieldError::new("name", message)));
    faults.extend(phone_fault(&change.phone).map(|message| FieldError::new("phone", message)));
    if unit.active && !change.active {
        let led = protection_case::Entity::find()
            .filter(protection_case::Column::LeadUnit.eq(unit.id))
            .filter(open());
        let count = led.count(db).await?;
        if count > 0 {
            let message = format!("本机构主办 {count} 件在办个案，改派后再停用");
            faults.push(FieldError::new("active", &message));
        }
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(faults))
    }
}

/// What is wrong with the name of a unit or division.
pub(super) fn name_fault(name: &str) -> Option<&'static str> {
    let name = name.trim();
    if name.is_empty() {
        Some("填写名称")
    } else if name.chars().count() > NAME {
        Some("名称不超过 60 字")
    } else {
        name.chars().any(char::is_control).then_some("名称含有不可用的字符")
    }
}

/// What is wrong with a phone number; none at all is fine.
pub(super) fn phone_fault(phone: &str) -> Option<&'static str> {
    let phone = phone.trim();
    let digits = phone.chars().filter(char::is_ascii_digit).count();
    let known = phone
        .chars()
        .all(|ch| ch.is_ascii_digit() || matches!(ch, '-' | '+' | ' '));
    let fits = phone.is_empty() || (known && (3..=15).contains(&digits) && phone.len() <= 20);
    (!fits).then_some("电话只含数字和连字符，如 0349-0001234")
}

/// The user name of an account; empty for nobody.
pub(super) async fn username(db: &impl ConnectionTrait, id: Option<Uuid>) -> Result<String> {
    let Some(id) = id else {
        return Ok(String::new());
    };
    let account = account::Entity::find_by_id(id).one(db).await?;
    Ok(account.map(|account| account.username).unwrap_or_default())
}

/// The duty phone of a unit, opened; empty when there is none.
pub(super) fn phone(vault: &Vault, unit: &unit::Model) -> Result<String> {
    let opened = vault.open_some(Slot::new("unit", "phone", unit.id), unit.phone.as_ref())?;
    Ok(opened.unwrap_or_default())
}
