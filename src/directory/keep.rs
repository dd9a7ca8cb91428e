//! Keeping the directory: shift lead and city everywhere, a county in its place.

use crate::casework::check_version;
use crate::casework::steps::{words, words_if_any};
use crate::ctx::Ctx;
use crate::db::{self, insert_models};
use crate::entity::service;
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act};
use crate::network::{self, Meant};
use crate::rules::codes;
use crate::rules::division::Division;
use crate::rules::policy::{self, Role};
use crate::state::App;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, SqlErr};
use serde_json::json;
use uuid::Uuid;

/// A service as typed.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// A code of `data/service_kinds.csv`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The division's code, where one was chosen.
    pub place: String,
    /// The place as typed.
    pub place_text: String,
    /// Where it is; empty where that is not to be known.
    pub address: String,
    /// Its number.
    pub phone: String,
    /// When it is open.
    pub hours: String,
    /// What else helps: whom to ask for, how to be met.
    pub note: String,
    /// Whether it is there.
    pub active: bool,
}

/// The same, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Checked {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) division: String,
    pub(super) address: String,
    pub(super) phone: String,
    pub(super) hours: String,
    pub(super) note: String,
    pub(super) active: bool,
}

/// Whether the person keeps services in a place.
///
/// # Errors
/// [`Error::Forbidden`] for other roles; [`Error::Invalid`] on `place` for a
/// county and another's place.
pub(super) fn may(ctx: &Ctx, place: Option<&Division>) -> Result<()> {
    if !policy::keeps_services(ctx.actor.role) {
        return Err(Error::Forbidden(Error::denied("service.change", None)));
    }
    let elsewhere = place.is_some_and(|place| !ctx.actor.division.contains(place));
    if ctx.actor.role == Role::County && elsewhere {
        return Err(Error::field("place", "只能维护本县（市、区）的服务机构"));
    }
    Ok(())
}

/// The texts of a service, and what is wrong with them.
pub(super) fn texts(entry: &Entry, division: &str) -> Result<(Checked, Vec<FieldError>)> {
    let mut faults = Vec::new();
    let mut kept = |found: Result<Option<String>>| match found {
        Ok(text) => Ok(text.unwrap_or_default()),
        Err(Error::Invalid(more)) => {
            faults.extend(more);
            Ok(String::new())
        }
        Err(other) => Err(other),
    };
    let kind = match codes::service_kind(entry.kind.trim()) {
        Some(row) => Ok(Some(row.code.clone())),
        None => Err(Error::field("kind", "选择类别：庇护、医院、儿童之家、法律援助、学校等")),
    };
    let checked = Checked {
        kind: kept(kind)?,
        name: kept(words("name", "名称", &entry.name, 60).map(Some))?,
        division: division.to_owned(),
        address: kept(words_if_any("address", "地址", Some(&entry.address), 100))?,
        phone: kept(phone(&entry.phone))?,
        hours: kept(words("hours", "服务时间", &entry.hours, 60).map(Some))?,
        note: kept(words_if_any("note", "备注", Some(&entry.note), 300))?,
        active: entry.active,
    };
    Ok((checked, faults))
}

/// A number as people dial it: digits, hyphens, 转 for an extension.
fn phone(text: &str) -> Result<Option<String>> {
    let text = words("phone", "电话", text, 40)?;
    let dialled = text
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '-' | '+' | ' ' | '转' | '、' | '/'));
    if !dialled || text.chars().filter(char::is_ascii_digit).count() < 3 {
        return Err(Error::field(
            "phone",
            "电话写数字和短横线，如 0349-0001234，多个用顿号分开",
        ));
    }
    Ok(Some(text))
}

async fn checked(db: &impl ConnectionTrait, ctx: &Ctx, entry: &Entry) -> Result<Checked> {
    let meant = network::meant(db, &entry.place, &entry.place_text).await?;
    let (division, place) = match &meant {
        Meant::Place(place, _) => (place.code().to_owned(), Ok(())),
        Meant::Nothing => (String::new(), Err(Error::field("place", "选择所在的乡镇、村或县"))),
        Meant::Unclear => (String::new(), Err(Error::field("place", network::UNCLEAR))),
    };
    let (checked, mut faults) = texts(entry, &division)?;
    let allowed = match &meant {
        Meant::Place(place, _) => may(ctx, Some(place)),
        _ => may(ctx, None),
    };
    for found in [place, allowed] {
        match found {
            Ok(()) => {}
            Err(Error::Invalid(more)) => faults.extend(more),
            Err(other) => return Err(other),
        }
    }
    if faults.is_empty() {
        Ok(checked)
    } else {
        Err(Error::Invalid(faults))
    }
}

impl Checked {
    /// A new row.
    pub(super) fn row(self, ctx: &Ctx) -> service::Model {
        service::Model {
            id: ctx.new_id(),
            kind: self.kind,
            name: self.name,
            division: self.division,
            address: self.address,
            phone: self.phone,
            hours: self.hours,
            note: self.note,
            active: self.active,
            changed_by: ctx.account(),
            changed_at: ctx.now,
            version: 1,
        }
    }

    /// A change of a row.
    pub(super) fn change(self, ctx: &Ctx) -> service::ActiveModel {
        service::ActiveModel {
            kind: Set(self.kind),
            name: Set(self.name),
            division: Set(self.division),
            address: Set(self.address),
            phone: Set(self.phone),
            hours: Set(self.hours),
            note: Set(self.note),
            active: Set(self.active),
            changed_by: Set(ctx.account()),
            changed_at: Set(ctx.now),
            ..Default::default()
        }
    }
}

/// The same service twice.
fn twice(error: DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => {
            Error::field("name", "同一地方已有同类同名的机构，打开原有的一条修改")
        }
        _ => error.into(),
    }
}

/// Whether another row bears this kind, place and name.
async fn taken(db: &impl ConnectionTrait, id: Option<Uuid>, checked: &Checked) -> Result<bool> {
    let found = service::Entity::find()
        .filter(service::Column::Kind.eq(&checked.kind))
        .filter(service::Column::Division.eq(&checked.division))
        .filter(service::Column::Name.eq(&checked.name))
        .one(db)
        .await?;
    Ok(found.is_some_and(|row| Some(row.id) != id))
}

/// Adds a service.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Invalid`] with every fault.
pub async fn add(app: &App, ctx: &Ctx, entry: &Entry) -> Result<service::Model> {
    may(ctx, None)?;
    let tx = app.db.begin().await?;
    let checked = checked(&tx, ctx, entry).await?;
    if taken(&tx, None, &checked).await? {
        return Err(Error::field("name", "同一地方已有同类同名的机构，打开原有的一条修改"));
    }
    let row = checked.row(ctx);
    insert_models(&tx, vec![row.clone()]).await.map_err(twice)?;
    let line = journal::Entry::new(Act::ServiceChanged).subject(row.id);
    journal::commit(tx, ctx, line.detail(json!({ "version": 1 }))).await?;
    Ok(row)
}

/// Changes a service.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Stale`];
/// [`Error::Invalid`] with every fault.
pub async fn change(app: &App, ctx: &Ctx, id: Uuid, seen: i32, entry: &Entry) -> Result<service::Model> {
    may(ctx, None)?;
    let tx = app.db.begin().await?;
    let before = service::Entity::find_by_id(id).one(&tx).await?.ok_or(Error::NotFound)?;
    if ctx.actor.role == Role::County && !ctx.actor.division.contains(&Division::parse(&before.division)?) {
        return Err(Error::Forbidden(Error::denied("service.change", None)));
    }
    check_version(seen, before.version)?;
    let checked = checked(&tx, ctx, entry).await?;
    if taken(&tx, Some(id), &checked).await? {
        return Err(Error::field("name", "同一地方已有同类同名的机构，打开原有的一条修改"));
    }
    let after = db::update(&tx, (id, seen), checked.change(ctx)).await?;
    let line = journal::Entry::new(Act::ServiceChanged).subject(id);
    let detail = json!({ "version": after.version, "active": after.active });
    journal::commit(tx, ctx, line.detail(detail)).await?;
    Ok(after)
}
