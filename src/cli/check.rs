//! `tonghu check`: what is configured, from where, and whether it holds.

use super::run::connect;
use super::say;
use crate::clocks;
use crate::config::Config;
use crate::outbox::Post;
use crate::rules::codes;
use anyhow::bail;
use migrations::Migrator;
use sea_orm_migration::MigratorTrait;

/// Says which years lack a working calendar; no fault, clocks are guessed.
async fn calendar(app: &crate::state::App) -> anyhow::Result<()> {
    let (db, now) = (app.db.read(), app.clock.now());
    let book = clocks::book(db, now).await?;
    if let Some(warning) = clocks::calendar_warning(db, &book, now).await? {
        say(&format!("提示：{warning}"));
    }
    Ok(())
}

/// Prints every finding; fails when one is a fault.
pub(super) async fn check(config: Config) -> anyhow::Result<()> {
    for (name, value, origin) in config.report() {
        say(&format!("{name} = {value}（{origin}）"));
    }
    let mut faults = codes::faults();
    if config.sends_sms()
        && let Err(error) = Post::to(&config.sms_url.value, "tonghu", &config.sms_secret.value)
    {
        faults.push(format!("{error:#}"));
    }
    match connect(config).await {
        Ok(app) => match Migrator::get_pending_migrations(app.db.schema()).await {
            Ok(pending) if pending.is_empty() => {
                say("数据库结构：最新");
                calendar(&app).await?;
            }
            Ok(pending) => faults.push(format!("数据库结构：{} 项待升级", pending.len())),
            Err(error) => faults.push(format!("数据库：{error}")),
        },
        Err(error) => faults.push(format!("{error:#}")),
    }
    if faults.is_empty() {
        say("检查通过");
        return Ok(());
    }
    for fault in &faults {
        say(&format!("有误：{fault}"));
    }
    bail!("{} 项有误", faults.len())
}
