//! What is done to accounts: adding, changing, disabling, resetting. Every
//! change ends the account's sessions.

use super::{named, password, service, throttle};
use crate::ctx::Ctx;
use crate::db;
use crate::entity::{account, division, unit};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::division::{Division, Tier};
use crate::rules::idcard;
use crate::rules::policy::Role;
use crate::state::App;
use crate::vault::{self, Slot};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use serde_json::json;
use uuid::Uuid;

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Sign-in name: 2–32 of `a-z 0-9 . _ -`.
    pub username: String,
    /// The person's name.
    pub name: String,
    /// Its one role.
    pub role: Role,
    /// The unit; handlers and reporters need one.
    pub unit_id: Option<Uuid>,
    /// The division it answers for.
    pub division: Division,
    /// The person's telephone number, for recusal.
    pub phone: Option<String>,
    /// The person's id number, for recusal; only its index is kept.
    pub id_number: Option<String>,
    /// The first password; a service account's token.
    pub password: String,
    /// Whether it must be changed at the first sign-in.
    pub must_change: bool,
}

/// A change of an account's place: unit, role, division.
#[derive(Debug, Clone)]
pub struct Change {
    /// The role from now on.
    pub role: Role,
    /// The unit from now on.
    pub unit_id: Option<Uuid>,
    /// The division from now on.
    pub division: Division,
}

/// A password shown once.
#[derive(Debug, Clone)]
pub struct OneTime(pub String);

/// A sign-in name as it is stored and looked up: trimmed, lower case.
pub(super) fn username(typed: &str) -> String {
    typed.trim().to_lowercase()
}

fn username_fits(name: &str) -> bool {
    (2..=32).contains(&name.len())
        && name
            .bytes()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || b"._-".contains(&letter))
}

/// What is wrong with a new account without asking the database.
#[must_use]
pub fn faults(new: &NewAccount) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if !username_fits(&username(&new.username)) {
        faults.push(FieldError::new("username", "用户名为 2 至 32 位小写字母、数字或 . _ -"));
    }
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > 50 || name.chars().any(char::is_control) {
        faults.push(FieldError::new("name", "填写姓名，不超过 50 字"));
    }
    faults.extend(place_fault(new.role, new.unit_id, &new.division));
    faults.extend(number_faults(new));
    let weak = match new.role {
        Role::Service => service::fault(&new.password),
        _ => password::fault(&new.password, &new.username),
    };
    faults.extend(weak.map(|message| FieldError::new("password", message)));
    faults
}

/// Numbers are compared for recusal: one that is no number would never match.
fn number_faults(new: &NewAccount) -> Vec<FieldError> {
    let mut faults = Vec::new();
    let given = |number: &Option<String>| number.clone().filter(|text| !text.trim().is_empty());
    if given(&new.phone).is_some_and(|phone| !phone_fits(&phone)) {
        faults.push(FieldError::new("phone", "电话号码为 7 至 12 位数字，核对后重填"));
    }
    if let Some(fault) = given(&new.id_number).and_then(|number| idcard::parse(&number).err()) {
        faults.push(FieldError::new("id_number", &fault.to_string()));
    }
    faults
}

fn phone_fits(phone: &str) -> bool {
    let digits = vault::normalise(phone);
    (7..=12).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit())
}

/// What does not go together in role, unit and division.
fn place_fault(role: Role, unit: Option<Uuid>, place: &Division) -> Option<FieldError> {
    let tier = match role {
        Role::System => return Some(FieldError::new("role", "该角色不能分配给账号")),
        Role::Handler | Role::Reporter if unit.is_none() => {
            return Some(FieldError::new("unit", "部门承办人和强制报告人须选择所属机构"));
        }
        Role::County => Tier::County,
        Role::Township => Tier::Township,
        Role::Village => Tier::Village,
        _ => return None,
    };
    let message = format!("{}须选择{}一级的机构", role.label(), tier.label());
    (place.tier() != tier).then(|| FieldError::new("unit", &message))
}

/// Adds an account.
///
/// # Errors
/// [`Error::Invalid`] naming each field that does not fit.
pub async fn add(app: &App, ctx: &Ctx, new: &NewAccount) -> Result<Uuid> {
    let faults = faults(new);
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let hash = match new.role {
        Role::Service => String::new(),
        _ => password::hash(app, &new.password).await?,
    };
    let tx = app.db.begin().await?;
    known_place(&tx, new.unit_id, &new.division).await?;
    let id = insert(app, &tx, ctx, new, hash).await?;
    let entry = Entry::new(Act::AccountAdded)
        .subject(id)
        .detail(json!({ "role": new.role.code(), "unit": new.unit_id, "division": new.division.code() }));
    journal::commit(tx, ctx, entry).await?;
    Ok(id)
}

/// Writes an account inside a transaction that records it; the caller has
/// checked [`faults`] and hashed the password; a service account has none.
///
/// # Errors
/// [`Error::Invalid`] when the name is taken.
pub async fn insert(
    app: &App,
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    new: &NewAccount,
    password_hash: String,
) -> Result<Uuid> {
    let name = username(&new.username);
    if named(tx, &name).await?.is_some() {
        return Err(taken());
    }
    let id = ctx.new_id();
    let slot = |column| Slot::new("account", column, id);
    let is_service = new.role == Role::Service;
    let row = account::ActiveModel {
        id: Set(id),
        username: Set(name),
        name: Set(app.vault.seal(slot("name"), new.name.trim())?),
        role: Set(new.role.code().to_owned()),
        unit_id: Set(new.unit_id),
        division: Set(new.division.code().to_owned()),
        password_hash: Set(if is_service { String::new() } else { password_hash }),
        token_hash: Set(is_service.then(|| service::hash(&new.password))),
        must_change: Set(new.must_change && !is_service),
        disabled_at: Set(None),
        phone: Set(app.vault.seal_some(slot("phone"), new.phone.as_deref())?),
        phone_index: Set(app.vault.index_some("phone", new.phone.as_deref())),
        id_index: Set(app.vault.index_some("id_number", new.id_number.as_deref())),
        epoch: Set(0),
        created_at: Set(ctx.now),
        version: Set(1),
    };
    match account::Entity::insert(row).exec_without_returning(tx).await {
        Ok(_) => Ok(id),
        Err(error) if throttle::is_taken(&error) => Err(taken()),
        Err(error) => Err(error.into()),
    }
}

fn taken() -> Error {
    Error::field("username", "该用户名已被使用，换一个")
}

async fn known_place(tx: &impl ConnectionTrait, unit: Option<Uuid>, place: &Division) -> Result<()> {
    if let Some(id) = unit
        && unit::Entity::find_by_id(id).one(tx).await?.is_none()
    {
        return Err(Error::field("unit", "没有该机构，重新选择"));
    }
    let known = division::Entity::find_by_id(place.code().to_owned()).one(tx).await?;
    if known.is_none() {
        return Err(Error::field("division", "没有该区划，重新选择"));
    }
    Ok(())
}

/// Nobody takes their own rights away by mistake, or gives themselves others.
async fn of_another(db: &impl ConnectionTrait, ctx: &Ctx, id: Uuid) -> Result<account::Model> {
    let account = account::Entity::find_by_id(id).one(db).await?.ok_or(Error::NotFound)?;
    if ctx.account() == Some(id) {
        return Err(Error::Conflict(
            "不能变更自己的账号，由另一名安全保密管理员办理".to_owned(),
        ));
    }
    Ok(account)
}

/// Disables an account: whoever uses it is out with their next request. A
/// service account's token is gone for good. The caller hands over what the
/// account leaves behind, records it and commits.
///
/// # Errors
/// [`Error::Stale`] when it changed meanwhile; [`Error::Conflict`] for one's own.
pub async fn disable_in(tx: &impl ConnectionTrait, ctx: &Ctx, id: Uuid, seen: i32) -> Result<()> {
    let account = of_another(tx, ctx, id).await?;
    let row = account::ActiveModel {
        disabled_at: Set(Some(account.disabled_at.unwrap_or(ctx.now))),
        token_hash: Set(None),
        epoch: Set(account.epoch + 1),
        ..Default::default()
    };
    db::update(tx, (id, seen), row).await?;
    Ok(())
}

/// Lets a disabled account in again.
///
/// # Errors
/// As [`disable_in`].
pub async fn enable(app: &App, ctx: &Ctx, id: Uuid, seen: i32) -> Result<()> {
    of_another(app.db.read(), ctx, id).await?;
    let row = account::ActiveModel {
        disabled_at: Set(None),
        ..Default::default()
    };
    let tx = app.db.begin().await?;
    db::update(&tx, (id, seen), row).await?;
    let entry = Entry::new(Act::AccountChanged)
        .subject(id)
        .detail(json!({ "enabled": true }));
    journal::commit(tx, ctx, entry).await
}

/// Gives an account a one-time password that must be changed at sign-in, or a
/// service account a new token in place of the old one.
///
/// # Errors
/// As [`disable_in`].
pub async fn reset(app: &App, ctx: &Ctx, id: Uuid, seen: i32) -> Result<OneTime> {
    let account = of_another(app.db.read(), ctx, id).await?;
    let secret = first_secret(role_of(&account)?)?;
    let mut row = account::ActiveModel {
        epoch: Set(account.epoch + 1),
        ..Default::default()
    };
    if role_of(&account)? == Role::Service {
        row.token_hash = Set(Some(service::hash(&secret)));
    } else {
        row.password_hash = Set(password::hash(app, &secret).await?);
        row.must_change = Set(true);
    }
    let tx = app.db.begin().await?;
    db::update(&tx, (id, seen), row).await?;
    journal::commit(tx, ctx, Entry::new(Act::AccountReset).subject(id)).await?;
    Ok(OneTime(secret))
}

/// What a new account of a role starts with: a one-time password, or a token.
///
/// # Errors
/// When the system gives no randomness.
pub fn first_secret(role: Role) -> Result<String> {
    match role {
        Role::Service => service::token(),
        _ => password::one_time(),
    }
}

fn role_of(account: &account::Model) -> Result<Role> {
    let role = Role::parse(&account.role);
    role.ok_or_else(|| Error::Internal(anyhow::anyhow!("account {} has no role", account.id)))
}

/// Moves an account to another unit, role or division; answers the account as
/// it was and the journal's entry. The caller hands over what it leaves behind
/// where it was and commits.
///
/// # Errors
/// As [`disable_in`]; [`Error::Invalid`] for a place that does not exist.
pub async fn change_in(
    tx: &impl ConnectionTrait,
    ctx: &Ctx,
    (id, seen): (Uuid, i32),
    to: &Change,
) -> Result<(account::Model, Entry)> {
    let account = of_another(tx, ctx, id).await?;
    if let Some(fault) = place_fault(to.role, to.unit_id, &to.division) {
        return Err(Error::Invalid(vec![fault]));
    }
    if (role_of(&account)? == Role::Service) != (to.role == Role::Service) {
        return Err(Error::field("role", "服务账号与人员账号不能互相变更，另建账号"));
    }
    let row = account::ActiveModel {
        role: Set(to.role.code().to_owned()),
        unit_id: Set(to.unit_id),
        division: Set(to.division.code().to_owned()),
        epoch: Set(account.epoch + 1),
        ..Default::default()
    };
    known_place(tx, to.unit_id, &to.division).await?;
    db::update(tx, (id, seen), row).await?;
    let entry = Entry::new(Act::AccountChanged).subject(id).detail(json!({
        "role": [&account.role, to.role.code()],
        "unit": [account.unit_id, to.unit_id],
        "division": [&account.division, to.division.code()],
    }));
    Ok((account, entry))
}
