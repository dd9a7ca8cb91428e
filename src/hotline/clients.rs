//! 接入方: partners that sign their calls. A secret is shown once, kept sealed,
//! and replaced with an overlap in which the old one still holds, so that a
//! partner can change over without a gap.

use super::attachments::{self, Hosts};
use super::network;
use crate::clock;
use crate::ctx::Ctx;
use crate::db;
use crate::entity::{hotline_client, hotline_refusal, hotline_secret};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::outbox::Post;
use crate::state::App;
use crate::vault::{Slot, Vault};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use uuid::Uuid;

/// How long an old secret may go on holding, in hours; 本地可配置.
pub const OVERLAPS: [(i64, &str); 4] = [(0, "立即失效"), (24, "1 天"), (72, "3 天"), (168, "7 天")];
/// Refusals are looked back on for so many days.
const LOOKED_BACK: i64 = 7;
/// Refusals shown.
const SHOWN: u64 = 50;

/// A secret that is shown once.
#[derive(Clone)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Secret")
    }
}

/// What the security administrator says of a partner.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// What it calls itself by: 3–40 of `a-z 0-9 -`.
    pub code: String,
    /// Its name.
    pub name: String,
    /// From where it may call; empty for anywhere.
    pub addresses: String,
    /// Where its answers go; empty where it asks for them itself.
    pub push_url: String,
    /// From where its files may be fetched; empty for nowhere.
    pub attachment_hosts: String,
}

impl Wanted {
    fn faults(&self, new: bool) -> Vec<FieldError> {
        let mut faults = Vec::new();
        let code = self.code.trim();
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if new && (!(3..=40).contains(&code.len()) || !code.bytes().all(plain)) {
            faults.push(FieldError::new("code", "接入方编号为 3 至 40 位小写字母、数字或 -"));
        }
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > 50 || name.chars().any(char::is_control) {
            faults.push(FieldError::new("name", "填写接入方名称，50 字以内"));
        }
        if self.addresses.len() > 500 || !network::readable(&self.addresses) {
            let text = "填写 IP 地址或网段，如 10.1.2.3 10.1.3.0/24，用空格分开，500 字以内；不限来源时留空";
            faults.push(FieldError::new("addresses", text));
        }
        if Hosts::parse(&self.attachment_hosts).is_none() {
            let text = "填写主机名或地址（可带端口）和网段，如 files.example.cn:8080 10.1.2.0/24，用空格分开，1000 字节以内；不得为链路本地、组播或云主机元数据地址";
            faults.push(FieldError::new("attachment_hosts", text));
        }
        let url = self.push_url.trim();
        if !url.is_empty() && (url.len() > 200 || Post::to(url, "x", "x").is_err()) {
            let text = "地址形如 http://10.1.2.3:9000/12345；跨网传输由前置 TLS 代理负责；不得为链路本地、组播或云主机元数据地址";
            faults.push(FieldError::new("push_url", text));
        }
        faults
    }

    fn list(&self) -> String {
        blanks(&self.addresses)
    }

    fn hosts(&self) -> String {
        blanks(&self.attachment_hosts).to_lowercase()
    }
}

/// A list with one blank between its parts.
fn blanks(list: &str) -> String {
    list.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn name_slot(id: Uuid) -> Slot {
    Slot::new("hotline_client", "name", id)
}

fn url_slot(id: Uuid) -> Slot {
    Slot::new("hotline_client", "push_url", id)
}

fn secret_slot(id: Uuid) -> Slot {
    Slot::new("hotline_secret", "secret", id)
}

/// 256 random bits in hexadecimal.
fn random() -> Result<String> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("randomness: {error}"))?;
    Ok(hex::encode(bytes))
}

/// Admits a partner; answers its id and its secret, which is not shown again.
///
/// # Errors
/// [`Error::Invalid`] for faults and for a code that is taken.
pub async fn add(app: &App, ctx: &Ctx, wanted: &Wanted) -> Result<(Uuid, Secret)> {
    let secret = random()?;
    let id = add_with(app, ctx, wanted, &secret).await?;
    Ok((id, Secret(secret)))
}

/// The same with a secret that is known before: for the demonstration.
///
/// # Errors
/// As [`add`].
pub async fn add_with(app: &App, ctx: &Ctx, wanted: &Wanted, secret: &str) -> Result<Uuid> {
    let mut faults = wanted.faults(true);
    let code = wanted.code.trim();
    if by_code(app.db.read(), code).await?.is_some() {
        faults.push(FieldError::new("code", "该编号已在使用，换一个"));
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let id = ctx.new_id();
    let row = hotline_client::ActiveModel {
        id: Set(id),
        code: Set(code.to_owned()),
        name: Set(app.vault.seal(name_slot(id), wanted.name.trim())?),
        addresses: Set(wanted.list()),
        push_url: Set(app.vault.seal_some(url_slot(id), Some(&wanted.push_url))?),
        attachment_hosts: Set(wanted.hosts()),
        created_at: Set(ctx.now),
        disabled_at: Set(None),
        version: Set(1),
    };
    let tx = app.db.begin().await?;
    hotline_client::Entity::insert(row).exec_without_returning(&tx).await?;
    put_secret(&tx, &app.vault, ctx, (id, secret)).await?;
    let entry = Entry::new(Act::PartnerAdded).subject(id);
    journal::commit(tx, ctx, entry).await?;
    Ok(id)
}

async fn put_secret(tx: &impl ConnectionTrait, vault: &Vault, ctx: &Ctx, (client, secret): (Uuid, &str)) -> Result<()> {
    let id = ctx.new_id();
    let row = hotline_secret::ActiveModel {
        id: Set(id),
        client_id: Set(client),
        secret: Set(vault.seal(secret_slot(id), secret)?),
        created_at: Set(ctx.now),
        ends_at: Set(None),
    };
    hotline_secret::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// Changes name, addresses, where answers go and from where files come. What was
/// refused for its host is sent for again when the hosts change.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Stale`], [`Error::NotFound`].
pub async fn change(app: &App, ctx: &Ctx, (id, seen): (Uuid, i32), wanted: &Wanted) -> Result<()> {
    let faults = wanted.faults(false);
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let row = hotline_client::ActiveModel {
        name: Set(app.vault.seal(name_slot(id), wanted.name.trim())?),
        addresses: Set(wanted.list()),
        push_url: Set(app.vault.seal_some(url_slot(id), Some(&wanted.push_url))?),
        attachment_hosts: Set(wanted.hosts()),
        ..Default::default()
    };
    let tx = app.db.begin().await?;
    let before = find(&tx, id).await?.attachment_hosts;
    db::update(&tx, (id, seen), row).await?;
    let reopened = if before == wanted.hosts() {
        0
    } else {
        attachments::retry_refused(&tx, ctx, id).await?
    };
    let entry = Entry::new(Act::PartnerChanged)
        .subject(id)
        .detail(json!({ "attachments_sent_for": reopened }));
    journal::commit(tx, ctx, entry).await
}

/// Lets the answers of a partner go to another address, and changes nothing else
/// of it: for the demonstration, whose other side has a new one at every start.
///
/// # Errors
/// As [`change`].
pub async fn answer_at(app: &App, ctx: &Ctx, code: &str, url: &str) -> Result<()> {
    let client = by_code(app.db.read(), code).await?.ok_or(Error::NotFound)?;
    let wanted = Wanted {
        name: name(&app.vault, &client)?,
        code: client.code,
        addresses: client.addresses,
        push_url: url.to_owned(),
        attachment_hosts: client.attachment_hosts,
    };
    change(app, ctx, (client.id, client.version), &wanted).await
}

/// Gives a partner a new secret; the old one goes on holding for so many hours.
///
/// # Errors
/// [`Error::Invalid`] for an overlap that is not offered; [`Error::Stale`].
pub async fn rotate(app: &App, ctx: &Ctx, (id, seen): (Uuid, i32), hours: i64) -> Result<Secret> {
    if !OVERLAPS.iter().any(|(offered, _)| *offered == hours) {
        return Err(Error::field("overlap", "选择原密钥保留多久"));
    }
    let secret = random()?;
    let ends = ctx.now + TimeDelta::hours(hours);
    let tx = app.db.begin().await?;
    db::update(&tx, (id, seen), hotline_client::ActiveModel::default()).await?;
    let old = hotline_secret::ActiveModel {
        ends_at: Set(Some(ends)),
        ..Default::default()
    };
    // One that ends sooner anyway is not prolonged.
    let longer = Condition::any()
        .add(hotline_secret::Column::EndsAt.is_null())
        .add(hotline_secret::Column::EndsAt.gt(ends));
    hotline_secret::Entity::update_many()
        .set(old)
        .filter(hotline_secret::Column::ClientId.eq(id))
        .filter(longer)
        .exec(&tx)
        .await?;
    put_secret(&tx, &app.vault, ctx, (id, &secret)).await?;
    let entry = Entry::new(Act::PartnerRotated)
        .subject(id)
        .detail(json!({ "overlap_hours": hours }));
    journal::commit(tx, ctx, entry).await?;
    Ok(Secret(secret))
}

/// Shuts a partner out, or lets it in again.
///
/// # Errors
/// [`Error::Stale`], [`Error::NotFound`].
pub async fn enable(app: &App, ctx: &Ctx, (id, seen): (Uuid, i32), on: bool) -> Result<()> {
    let row = hotline_client::ActiveModel {
        disabled_at: Set(Some(ctx.now).filter(|_| !on)),
        ..Default::default()
    };
    let tx = app.db.begin().await?;
    db::update(&tx, (id, seen), row).await?;
    let act = if on { Act::PartnerEnabled } else { Act::PartnerDisabled };
    journal::commit(tx, ctx, Entry::new(act).subject(id)).await
}

/// A partner by what it calls itself.
pub(super) async fn by_code(db: &impl ConnectionTrait, code: &str) -> Result<Option<hotline_client::Model>> {
    Ok(hotline_client::Entity::find()
        .filter(hotline_client::Column::Code.eq(code))
        .one(db)
        .await?)
}

/// A partner by its id.
pub(super) async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<hotline_client::Model> {
    hotline_client::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(Error::NotFound)
}

/// Every partner, the oldest first.
pub(super) async fn all(db: &impl ConnectionTrait) -> Result<Vec<hotline_client::Model>> {
    Ok(hotline_client::Entity::find()
        .order_by_asc(hotline_client::Column::Id)
        .all(db)
        .await?)
}

/// The secrets that hold at a time, the newest first.
pub(super) async fn secrets(
    db: &impl ConnectionTrait,
    vault: &Vault,
    (client, at): (Uuid, DateTime<Utc>),
) -> Result<Vec<String>> {
    let holds = Condition::any()
        .add(hotline_secret::Column::EndsAt.is_null())
        .add(hotline_secret::Column::EndsAt.gt(at));
    let rows = hotline_secret::Entity::find()
        .filter(hotline_secret::Column::ClientId.eq(client))
        .filter(holds)
        .order_by_desc(hotline_secret::Column::Id)
        .all(db)
        .await?;
    let open = |row: hotline_secret::Model| vault.open(secret_slot(row.id), &row.secret);
    Ok(rows.into_iter().map(open).collect::<anyhow::Result<_>>()?)
}

/// The secrets of a partner in words: since when, until when.
pub(super) async fn secret_lines(db: &impl ConnectionTrait, client: Uuid, now: DateTime<Utc>) -> Result<Vec<String>> {
    let rows = hotline_secret::Entity::find()
        .filter(hotline_secret::Column::ClientId.eq(client))
        .order_by_desc(hotline_secret::Column::Id)
        .all(db)
        .await?;
    let line = |row: hotline_secret::Model| {
        let since = clock::minute(row.created_at);
        match row.ends_at {
            None => format!("{since} 起，现行"),
            Some(ends) if ends > now => format!("{since} 起，{} 失效", clock::minute(ends)),
            Some(ends) => format!("{since} 起，{} 已失效", clock::minute(ends)),
        }
    };
    Ok(rows.into_iter().map(line).collect())
}

/// The name of a partner.
pub(super) fn name(vault: &Vault, client: &hotline_client::Model) -> Result<String> {
    Ok(vault.open(name_slot(client.id), &client.name)?)
}

/// Where a partner's answers go.
pub(super) fn push_url(vault: &Vault, client: &hotline_client::Model) -> Result<Option<String>> {
    Ok(vault.open_some(url_slot(client.id), client.push_url.as_ref())?)
}

/// The calls that were refused lately, the latest first.
pub(super) async fn refusals(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<hotline_refusal::Model>> {
    Ok(hotline_refusal::Entity::find()
        .filter(hotline_refusal::Column::LastAt.gt(now - TimeDelta::days(LOOKED_BACK)))
        .order_by_desc(hotline_refusal::Column::LastAt)
        .limit(SHOWN)
        .all(db)
        .await?)
}
