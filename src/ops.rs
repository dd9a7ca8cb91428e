//! For those who run the service: is the process alive, is it ready, what
//! does it count.

use crate::ctx::Ctx;
use crate::entity::{Sealed, deadline, protection_case, setting};
use crate::error::{Error, Result};
use crate::rules::policy;
use crate::rules::workflow::Stage;
use crate::state::App;
use crate::vault::Slot;
use crate::web::{Access, Routes};
use anyhow::Context;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use migrations::Migrator;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, Statement};
use sea_orm_migration::{MigratorTrait, SchemaManager};
use serde::Serialize;
use std::fmt::Write;
use std::net::SocketAddr;
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

/// The mark that the worker leaves at every tick.
pub const HEARTBEAT: &str = "worker_heartbeat";
const WORKER_SILENT: i64 = 120;

/// Whether a mark of the worker is so fresh that it works.
#[must_use]
pub fn is_fresh(mark: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    (now - mark).num_seconds() < WORKER_SILENT
}

/// `/healthz`, `/readyz`, `/metrics`.
#[must_use]
pub fn routes() -> Routes {
    Routes::new()
        .get("/healthz", Access::Public, healthz)
        .get("/readyz", Access::Public, readyz)
        .get("/metrics", Access::Public, metrics)
}

/// The description of these routes.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(healthz, readyz, metrics), components(schemas(Health, Readiness)))]
    struct Part;
    Part::openapi()
}

/// The process answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`
    status: &'static str,
}

/// Every part of the service that a request needs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// `ok`
    database: &'static str,
    /// `ok`
    schema: &'static str,
    /// `ok`
    worker: &'static str,
}

/// Whether the process answers.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "operation",
    security(()),
    responses((status = 200, description = "It does", body = Health, example = json!({ "status": "ok" })))
)]
async fn healthz() -> Response {
    axum::Json(Health { status: "ok" }).into_response()
}

/// Ready when the database answers, the schema is whole and the worker ticks.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operation",
    security(()),
    responses(
        (
            status = 200, description = "Ready", body = Readiness,
            example = json!({ "database": "ok", "schema": "ok", "worker": "ok" })
        ),
        (status = 500, description = "The database refuses"),
        (status = 503, description = "A part is missing"),
    )
)]
async fn readyz(State(app): State<App>) -> Result<Response> {
    let pending = Migrator::get_pending_migrations(app.db.schema())
        .await
        .map_err(|_| Error::Unavailable)?;
    let beat = setting::Entity::find_by_id(HEARTBEAT).one(app.db.read()).await?;
    let ticking = beat.is_some_and(|mark| is_fresh(mark.updated_at, app.clock.now()));
    if !pending.is_empty() || !ticking {
        return Err(Error::Unavailable);
    }
    let ready = Readiness {
        database: "ok",
        schema: "ok",
        worker: "ok",
    };
    Ok(axum::Json(ready).into_response())
}

/// Counts of the service, as Prometheus text: to this machine (not to
/// those for whom a proxy on it asks), and to service
/// accounts. For anybody else there is no such page.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operation",
    security((), ("bearer" = [])),
    responses(
        (
            status = 200, description = "The counts", content_type = "text/plain", body = String,
            example = json!("tonghu_cases_open 12")
        ),
        (status = 404, description = "Neither from this machine nor with a token"),
        (status = 500, description = "The database refuses"),
        (status = 503, description = "The database is out of service"),
    )
)]
async fn metrics(State(app): State<App>, request: Request) -> Result<Response> {
    let ctx = request.extensions().get::<Ctx>();
    if !ctx.is_some_and(|ctx| policy::reads_metrics(ctx.actor.role)) && !is_local(&request) {
        return Err(Error::NotFound);
    }
    let db = app.db.read();
    let closed = [Stage::Closed.code(), Stage::Merged.code()];
    let open = protection_case::Entity::find()
        .filter(protection_case::Column::Stage.is_not_in(closed))
        .count(db)
        .await?;
    let late = deadline::Entity::find()
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
        .filter(deadline::Column::DueAt.lt(app.clock.now()))
        .count(db)
        .await?;
    let mut text = String::new();
    gauge(&mut text, "tonghu_cases_open", "open cases", open);
    gauge(
        &mut text,
        "tonghu_deadlines_overdue",
        "running clocks past their due time",
        late,
    );
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}

/// From this machine itself. What a proxy passes on comes from elsewhere,
/// wherever the proxy runs.
fn is_local(request: &Request) -> bool {
    let passed_on = ["forwarded", "x-forwarded-for", "via"];
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    peer.is_some_and(|ConnectInfo(address)| address.ip().to_canonical().is_loopback())
        && !passed_on.iter().any(|name| request.headers().contains_key(*name))
}

fn gauge(text: &mut String, name: &str, help: &str, value: u64) {
    let written = write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n");
    debug_assert!(written.is_ok(), "writing to a string does not fail");
}

/// The table in which migrations leave their names.
const MIGRATIONS: &str = "seaql_migrations";

/// Refuses a database that a later version of this program has migrated, and
/// changes nothing in it.
///
/// # Errors
/// When the database holds a migration that this program does not know.
pub async fn refuse_newer(app: &App) -> anyhow::Result<()> {
    let db = app.db.read();
    if !SchemaManager::new(db).has_table(MIGRATIONS).await? {
        return Ok(());
    }
    let known: Vec<String> = Migrator::migrations()
        .iter()
        .map(|step| step.name().to_owned())
        .collect();
    let applied = db
        .query_all_raw(Statement::from_string(
            db.get_database_backend(),
            format!("SELECT version FROM {MIGRATIONS} ORDER BY version"),
        ))
        .await?;
    for row in applied {
        let version: String = row.try_get("", "version")?;
        anyhow::ensure!(
            known.contains(&version),
            "数据库已由较新版本的程序升级（{version}），本程序不能使用；换用新版程序。数据库没有改动"
        );
    }
    Ok(())
}

const KEY_CHECK: &str = "key_check";

/// Refuses keys that are not the database's, before anything is changed in
/// it: sealed values would be unreadable and new ones lost to everybody else.
/// A database without a mark takes any keys.
///
/// # Errors
/// When the database holds another ring's mark.
pub async fn check_keys(app: &App) -> anyhow::Result<()> {
    if SchemaManager::new(app.db.read()).has_table("setting").await? {
        marked(app).await?;
    }
    Ok(())
}

/// Whether the database has its mark, which these keys must open.
async fn marked(app: &App) -> anyhow::Result<bool> {
    let slot = Slot::new("setting", KEY_CHECK, Uuid::nil());
    let Some(mark) = setting::Entity::find_by_id(KEY_CHECK).one(app.db.read()).await? else {
        return Ok(false);
    };
    let sealed = Sealed(hex::decode(&mark.value).context("密钥标记无法读取")?);
    let opened = app.vault.open(slot, &sealed).ok();
    anyhow::ensure!(
        opened.is_some_and(|opened| opened == app.vault.index(KEY_CHECK, KEY_CHECK)),
        "密钥文件 {} 与数据库不符；换回原来的密钥文件",
        app.config.key_file.value.display()
    );
    Ok(true)
}

/// Leaves the mark of these keys in a database that has none yet.
///
/// # Errors
/// As [`check_keys`].
pub async fn mark_keys(app: &App) -> anyhow::Result<()> {
    if marked(app).await? {
        return Ok(());
    }
    let slot = Slot::new("setting", KEY_CHECK, Uuid::nil());
    let sealed = app.vault.seal(slot, &app.vault.index(KEY_CHECK, KEY_CHECK))?;
    let mark = setting::ActiveModel {
        name: Set(KEY_CHECK.to_owned()),
        value: Set(hex::encode(sealed.0)),
        updated_at: Set(app.clock.now()),
    };
    setting::Entity::insert(mark)
        .exec_without_returning(app.db.upkeep())
        .await?;
    Ok(())
}
