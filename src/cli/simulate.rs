//! `tonghu simulate`: years of work on a virtual clock, and whether all that
//! must hold does.

use super::{Simulate, say};
use crate::clock::{self, Clock};
use crate::config::{Config, Origin, Sourced};
use crate::db::Db;
use crate::simulate::{self, Outcome, Size};
use crate::state::App;
use crate::vault::{Algorithm, KeyRing, Vault};
use anyhow::{Context, bail};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use migrations::Migrator;
use sea_orm_migration::MigratorTrait;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The first day of the holiday calendar that the program carries.
const FIRST_DAY: (i32, u32, u32) = (2024, 1, 1);

/// Runs it; fails when something that must hold does not. All of it on one
/// thread: one act follows the other, and what a second thread could do beside
/// it is less than what the way to it costs.
pub(super) async fn simulate(config: Config, size: Simulate) -> anyhow::Result<()> {
    let alone = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(Box::pin(years(config, &size)))
    });
    alone.await.context("模拟中断")?
}

async fn years(mut config: Config, size: &Simulate) -> anyhow::Result<()> {
    let dir = Scratch::new()?;
    // Invented id numbers are refused everywhere else.
    config.demo = true;
    let db = match &size.database {
        Some(url) => {
            config.database_url = Sourced {
                value: url.clone(),
                origin: Origin::Flag,
            };
            Db::connect(url).await?
        }
        None => Db::throw_away(&dir.0.join("simulation.db")).await?,
    };
    let app = ready(db, config).await?;
    let begun = Instant::now();
    let outcome = watched(&app, size).await?;
    let text = format!("{}{}\n", outcome.text(), spent(begun.elapsed(), size));
    say(&text);
    if let Some(out) = &size.out {
        keep(out, (&text, &outcome))?;
    }
    app.db.close().await?;
    if outcome.holds() {
        return Ok(());
    }
    bail!("有必须成立的条件不成立")
}

async fn ready(db: Db, config: Config) -> anyhow::Result<App> {
    Migrator::up(db.schema(), None).await.context("升级数据库结构")?;
    // Nothing that is sealed is to be read by anybody later.
    let vault = Vault::new(KeyRing::generate(Algorithm::Sm4Gcm)?);
    Ok(App::new(db, vault, Clock::fixed(start()), config))
}

fn start() -> DateTime<Utc> {
    let (year, month, day) = FIRST_DAY;
    let day = NaiveDate::from_ymd_opt(year, month, day);
    day.and_then(clock::midnight).unwrap_or_default()
}

async fn watched(app: &App, size: &Simulate) -> anyhow::Result<Outcome> {
    let from = app.clock.now();
    let days = days(size);
    let bar = indicatif::ProgressBar::new(u64::from(days));
    let size = Size {
        days,
        cases: size.cases,
        seed: size.seed,
    };
    let done = |at: DateTime<Utc>| {
        let days = (at - from + TimeDelta::hours(1)).num_days();
        bar.set_position(u64::try_from(days).unwrap_or(0));
    };
    let outcome = simulate::run(app, &size, done).await?;
    bar.finish_and_clear();
    Ok(outcome)
}

fn days(size: &Simulate) -> u32 {
    size.days.unwrap_or(size.years * 365)
}

/// How long it took, which no seed repeats.
fn spent(time: Duration, size: &Simulate) -> String {
    let (all, days) = (time.as_millis(), u128::from(days(size).max(1)));
    format!("用时 {} 秒，每模拟日 {} 毫秒", all / 1000, all / days)
}

/// Keeps the summary and the picture.
fn keep(out: &Path, (text, outcome): (&str, &Outcome)) -> anyhow::Result<()> {
    std::fs::create_dir_all(out).context("建立输出目录")?;
    std::fs::write(out.join("simulation.txt"), text).context("写摘要")?;
    std::fs::write(out.join("simulation.svg"), outcome.svg()).context("写图")?;
    say(&format!("摘要和图在 {}", out.display()));
    Ok(())
}

/// A directory that goes with the process.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> anyhow::Result<Self> {
        let dir = std::env::temp_dir().join(format!("tonghu-simulation-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&dir).context("建立临时目录")?;
        Ok(Self(dir))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays behind is in the temporary directory.
        drop(std::fs::remove_dir_all(&self.0));
    }
}
