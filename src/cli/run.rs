//! What each command does.

use super::stand_in::{self, Beside};
use super::{Demo, Import, NewUser, User, say};
use crate::accounts::{self, NewAccount};
use crate::clock::Clock;
use crate::config::Config;
use crate::ctx::Ctx;
use crate::db::Db;
use crate::entity::account;
use crate::rules::division::Division;
use crate::rules::policy::Role;
use crate::state::App;
use crate::vault::{Algorithm, KeyRing, Vault};
use crate::{app, children, demo, directory, handover, journal, network, ops, worker};
use anyhow::{Context, bail};
use migrations::Migrator;
use sea_orm_migration::MigratorTrait;
use std::net::SocketAddr;
use std::path::Path;
use tokio::net::TcpListener;

/// Connects, with the keys that the database was written with, to a database
/// that this program understands.
pub(super) async fn connect(config: Config) -> anyhow::Result<App> {
    let ring = KeyRing::read(&config.key_file.value)
        .context("先用 tonghu key new 生成密钥文件，并把它备份到数据库以外的地方")?;
    let db = Db::connect(&config.database_url.value).await?;
    let app = App::new(db, Vault::new(ring), Clock::system(), config);
    ops::refuse_newer(&app).await?;
    ops::check_keys(&app).await?;
    Ok(app)
}

async fn ready(config: Config) -> anyhow::Result<App> {
    let app = connect(config).await?;
    Migrator::up(app.db.schema(), None).await.context("升级数据库结构")?;
    ops::mark_keys(&app).await?;
    network::found(&app, &Ctx::system(app.clock.now())).await?;
    Ok(app)
}

pub(super) async fn migrate(config: Config) -> anyhow::Result<()> {
    ready(config).await?;
    say("数据库结构已是最新");
    Ok(())
}

pub(super) async fn serve(config: Config) -> anyhow::Result<()> {
    if config.demo {
        fresh(&config)?;
    }
    let address: SocketAddr = config.bind.value.parse().context("监听地址应形如 127.0.0.1:8080")?;
    if config.demo && !address.ip().is_loopback() {
        bail!("演示只能监听本机地址");
    }
    let app = ready(config).await?;
    let listener = TcpListener::bind(address).await.context("监听地址")?;
    let url = format!("http://{}", listener.local_addr()?);
    // What stands beside the service ends with it.
    let _beside = Box::pin(greet(&app, &url)).await?;
    app::run(app, listener).await
}

/// Says where the service is and how to get in; in the demonstration, with what
/// stands beside it.
async fn greet(app: &App, url: &str) -> anyhow::Result<Option<Beside>> {
    if app.config.demo {
        demo::load(app, &demo::Size::default()).await?;
        for line in demo::banner(url) {
            say(&line);
        }
        return Ok(stand_in::beside(app, url).await);
    }
    if let Some(path) = accounts::setup::issue(app).await? {
        say(&format!(
            "尚无账号。用浏览器打开下面的一次性地址完成首次设置（一小时内有效）：\n{url}{path}"
        ));
    } else {
        say(&format!("童护已在 {url} 提供服务"));
    }
    Ok(None)
}

/// A fresh set each time: yesterday's demonstration is thrown away.
fn fresh(config: &Config) -> anyhow::Result<()> {
    let path = config.database_url.value.trim_start_matches("sqlite://").to_owned();
    for suffix in ["", "-wal", "-shm"] {
        remove(Path::new(&format!("{path}{suffix}")))?;
    }
    remove(&config.key_file.value)?;
    KeyRing::generate(Algorithm::Sm4Gcm)?.write(&config.key_file.value, false)
}

fn remove(path: &Path) -> anyhow::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

pub(super) async fn user(config: Config, user: User) -> anyhow::Result<()> {
    let app = ready(config).await?;
    let ctx = Ctx::system(app.clock.now());
    match user {
        User::Add(new) => add_user(&app, &ctx, new).await,
        User::Disable { username } => {
            let account = named(&app, &username).await?;
            let seen = (account.id, account.version);
            let handed = handover::disable(&app, &ctx, seen, &handover::Wanted::default()).await?;
            for line in handover::report(&app, &handed).await? {
                say(&line);
            }
            Ok(())
        }
        User::Reset { username } => {
            let account = named(&app, &username).await?;
            let password = accounts::reset(&app, &ctx, account.id, account.version).await?;
            let role = Role::parse(&account.role).context("没有这个角色")?;
            hand_over(role, &password.0);
            Ok(())
        }
    }
}

/// Prints a secret, once.
fn hand_over(role: Role, secret: &str) {
    match role {
        Role::Service => say(&format!("令牌（只显示这一次）：{secret}")),
        _ => say(&format!("一次性口令：{secret}")),
    }
}

async fn named(app: &App, username: &str) -> anyhow::Result<account::Model> {
    accounts::find_by_username(&app.db, username)
        .await?
        .context("没有这个账号")
}

async fn add_user(app: &App, ctx: &Ctx, user: NewUser) -> anyhow::Result<()> {
    let division = Division::parse(&user.division)?;
    let unit = match user.unit_kind {
        Some(kind) => Some(
            network::unit_at(app.db.read(), &kind, &division)
                .await
                .context("该区划没有这类机构")?
                .id,
        ),
        None => None,
    };
    let role = Role::parse(&user.role).context("没有这个角色")?;
    let new = NewAccount {
        username: user.username,
        name: user.name,
        role,
        unit_id: unit,
        division,
        phone: None,
        id_number: None,
        password: accounts::first_secret(role)?,
        must_change: true,
    };
    accounts::add(app, ctx, &new).await?;
    hand_over(role, &new.password);
    Ok(())
}

pub(super) async fn import(config: Config, import: &Import) -> anyhow::Result<()> {
    let app = ready(config).await?;
    let ctx = Ctx::system(app.clock.now());
    let bytes = std::fs::read(&import.file).context("读取文件")?;
    let name = import.file.to_string_lossy();
    let list = (&*name, &*bytes);
    let report = match import.what.as_str() {
        "children" => children::import(&app, &ctx, list, import.apply).await?,
        "services" => directory::import(&app, &ctx, list, import.apply).await?,
        what => network::import(&app, &ctx, what, list, import.apply).await?,
    };
    for change in &report.changes {
        say(change);
    }
    for (row, why) in &report.faults {
        say(&format!("第 {row} 行：{why}"));
    }
    if !report.faults.is_empty() {
        bail!("有 {} 行需要更正，没有写入任何内容", report.faults.len());
    }
    say(if import.apply {
        "已写入"
    } else {
        "以上为预演；加 --apply 写入"
    });
    Ok(())
}

pub(super) async fn verify(config: Config) -> anyhow::Result<()> {
    let app = connect(config).await?;
    match journal::verify(&app).await? {
        Ok(count) => {
            say(&format!("审计链完整，共 {count} 条"));
            Ok(())
        }
        Err(broken) => bail!("审计链在第 {} 条断开：{}", broken.seq, broken.why),
    }
}

pub(super) fn new_key(config: &Config) -> anyhow::Result<()> {
    KeyRing::generate(Algorithm::Sm4Gcm)?.write(&config.key_file.value, false)?;
    say(&format!(
        "已生成 {}；务必离线备份，丢失后数据无法读取",
        config.key_file.value.display()
    ));
    Ok(())
}

pub(super) fn rotate_key(config: &Config) -> anyhow::Result<()> {
    let mut ring = KeyRing::read(&config.key_file.value)?;
    ring.rotate(Algorithm::Sm4Gcm)?;
    ring.write(&config.key_file.value, true)?;
    say("已轮换；重启服务后新写入的内容使用新密钥，旧内容照常可读");
    Ok(())
}

pub(super) async fn demo(mut config: Config, size: &Demo) -> anyhow::Result<()> {
    // Invented id numbers are refused everywhere else.
    config.demo = true;
    let app = ready(config).await?;
    let size = demo::Size {
        cases: size.cases,
        children: size.children,
        seed: size.seed,
    };
    if demo::load(&app, &size).await? {
        say(&format!("已装入 {} 件个案", size.cases));
    } else {
        say("数据库中已有个案，没有写入任何内容");
    }
    Ok(())
}

pub(super) async fn worker(config: Config) -> anyhow::Result<()> {
    let app = ready(config).await?;
    worker::run(app, async {
        // Without a signal handler the worker still ends with the process.
        drop(tokio::signal::ctrl_c().await);
    })
    .await;
    Ok(())
}
