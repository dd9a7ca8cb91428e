//! 分机与工号: whose telephone an exchange means. Where no extension is set, a
//! name that an operator signs in with counts as theirs.

use crate::ctx::Ctx;
use crate::entity::{account, extension};
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::policy::{self, Role};
use crate::state::App;
use crate::vault::{Slot, Vault};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use uuid::Uuid;

fn slot(id: Uuid) -> Slot {
    Slot::new("extension", "number", id)
}

/// The key by which a telephone is known.
pub(super) fn key(vault: &Vault, user: &str) -> String {
    vault.index("extension", user)
}

/// Says whose telephone an extension is; without an account it is nobody's.
///
/// # Errors
/// [`Error::Invalid`] for an extension that is none and for somebody who does
/// not sit at the desk.
pub async fn set(app: &App, ctx: &Ctx, number: &str, account: Option<Uuid>) -> Result<()> {
    if !policy::leads_calls(ctx.actor.role) && ctx.actor.role != Role::System {
        return Err(Error::Forbidden(Error::denied("extension Set", None)));
    }
    let number = number.trim();
    if number.is_empty() || number.chars().count() > 40 || number.chars().any(char::is_control) {
        return Err(Error::field(
            "number",
            "填写分机或工号，40 字以内，与话务平台送来的一致",
        ));
    }
    let key = key(&app.vault, number);
    let known = extension::Entity::find()
        .filter(extension::Column::Key.eq(&key))
        .one(app.db.read())
        .await?;
    let id = known.as_ref().map_or_else(|| ctx.new_id(), |row| row.id);
    let tx = app.db.begin().await?;
    match account {
        None if known.is_none() => return Err(Error::field("account", "选择坐在这个分机的话务员")),
        None => {
            extension::Entity::delete_by_id(id).exec(&tx).await?;
        }
        Some(account) => {
            if seated(&tx, account).await?.is_none() {
                return Err(Error::field("account", "选择在用的话务员或班长账号"));
            }
            put(&tx, app, (id, key, number), (account, ctx)).await?;
        }
    }
    let entry = Entry::new(Act::ExtensionSet)
        .subject(id)
        .detail(json!({ "account": account }));
    journal::commit(tx, ctx, entry).await
}

async fn put(
    tx: &impl ConnectionTrait,
    app: &App,
    (id, key, number): (Uuid, String, &str),
    (account, ctx): (Uuid, &Ctx),
) -> Result<()> {
    use extension::Column;
    let row = extension::ActiveModel {
        id: Set(id),
        key: Set(key),
        number: Set(app.vault.seal(slot(id), number)?),
        account_id: Set(account),
        updated_at: Set(ctx.now),
    };
    let replaced = OnConflict::column(Column::Id)
        .update_columns([Column::AccountId, Column::UpdatedAt])
        .to_owned();
    extension::Entity::insert(row)
        .on_conflict(replaced)
        .exec_without_returning(tx)
        .await
        .map_err(|error| match error.sql_err() {
            // Two set the same extension at once: the second looks again.
            Some(sea_orm::SqlErr::UniqueConstraintViolation(_)) => {
                Error::Conflict("该分机刚被他人设置，刷新后核对".to_owned())
            }
            _ => error.into(),
        })?;
    Ok(())
}

/// Somebody who sits at the desk now.
async fn seated(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<account::Model>> {
    let found = account::Entity::find_by_id(id).one(db).await?;
    Ok(found.filter(answers))
}

fn answers(account: &account::Model) -> bool {
    account.disabled_at.is_none() && Role::parse(&account.role).is_some_and(policy::answers_calls)
}

/// Whose telephone is meant; nobody's where it is not known.
pub(super) async fn whose(db: &impl ConnectionTrait, vault: &Vault, user: &str) -> Result<Option<account::Model>> {
    let set = extension::Entity::find()
        .filter(extension::Column::Key.eq(key(vault, user)))
        .one(db)
        .await?;
    if let Some(set) = set {
        return seated(db, set.account_id).await;
    }
    let named = account::Entity::find()
        .filter(account::Column::Username.eq(user.trim().to_lowercase()))
        .one(db)
        .await?;
    Ok(named.filter(answers))
}

/// An extension with its number and whose it is.
pub(super) struct Known {
    pub(super) number: String,
    pub(super) account: Uuid,
}

/// Every extension in the order of its number.
pub(super) async fn all(app: &App) -> Result<Vec<Known>> {
    let rows = extension::Entity::find().all(app.db.read()).await?;
    let mut known = rows
        .into_iter()
        .map(|row| {
            Ok(Known {
                number: app.vault.open(slot(row.id), &row.number)?,
                account: row.account_id,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    known.sort_by(|one, other| one.number.cmp(&other.number));
    Ok(known)
}

/// Everybody who sits at the desk, by their sign-in names.
pub(super) async fn desk(db: &impl ConnectionTrait) -> Result<Vec<account::Model>> {
    Ok(account::Entity::find()
        .filter(account::Column::Role.is_in([Role::Operator.code(), Role::Lead.code()]))
        .filter(account::Column::DisabledAt.is_null())
        .order_by_asc(account::Column::Username)
        .all(db)
        .await?)
}
