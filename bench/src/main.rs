//! The bare loop beside which intake is measured: the rows of reports that the
//! service took in, written again under new ids and numbers, one transaction a
//! report, with nothing else around it.

mod postgres;
mod sqlite;
mod template;

use clap::Parser;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use template::{Template, Written};

/// How the loop runs.
#[derive(Debug, Parser)]
#[command(name = "bare", about = "把服务受理过的线索所写的行，不经服务重复写入")]
struct Options {
    /// The database that the service wrote the templates into.
    #[arg(long)]
    url: String,
    /// Connections that write at once; SQLite has one writer.
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// For so long.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// So many of the latest reports are repeated in turn.
    #[arg(long, default_value_t = 50)]
    templates: u32,
    /// Leaves out the numbering: the one row of a day that every report takes its number from.
    #[arg(long)]
    unnumbered: bool,
}

/// What all connections share.
struct Run {
    templates: Vec<Template>,
    numbered: bool,
    until: Instant,
    next: AtomicU64,
}

impl Run {
    /// The next report to write, until the time is over.
    fn next(&self) -> Option<Written> {
        if Instant::now() >= self.until {
            return None;
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let at = usize::try_from(number).unwrap_or_default() % self.templates.len();
        Some(self.templates[at].renewed(self.numbered, number))
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let is_sqlite = options.url.starts_with("sqlite:");
    let templates = if is_sqlite {
        sqlite::templates(&options.url, options.templates).await?
    } else {
        postgres::templates(&options.url, options.templates).await?
    };
    anyhow::ensure!(!templates.is_empty(), "no report in the database that opened a case");
    let started = Instant::now();
    let run = Arc::new(Run {
        templates,
        numbered: !options.unnumbered,
        until: started + Duration::from_secs(options.seconds),
        next: AtomicU64::new(0),
    });
    let mut loops = tokio::task::JoinSet::new();
    let connections = if is_sqlite { 1 } else { options.connections };
    for _ in 0..connections {
        let (run, url) = (run.clone(), options.url.clone());
        loops.spawn(async move {
            if is_sqlite {
                sqlite::write(&url, &run).await
            } else {
                postgres::write(&url, &run).await
            }
        });
    }
    let mut done = 0;
    while let Some(finished) = loops.join_next().await {
        done += finished??;
    }
    tell(&run, done, connections, started.elapsed())
}

fn tell(run: &Run, done: u64, connections: usize, took: Duration) -> anyhow::Result<()> {
    let count = run.templates.len();
    let rows: usize = run.templates.iter().map(Template::rows).sum();
    let statements: usize = run.templates.iter().map(Template::statements).sum();
    let average =
        |sum: usize| f64::from(u32::try_from(sum).unwrap_or(u32::MAX)) / f64::from(u32::try_from(count).unwrap_or(1));
    let report = serde_json::json!({
        "reports": done,
        "seconds": took.as_secs_f64(),
        "rate": f64::from(u32::try_from(done).unwrap_or(u32::MAX)) / took.as_secs_f64(),
        "connections": connections,
        "rows": average(rows),
        "inserts": average(statements),
    });
    writeln!(std::io::stdout(), "{report}")?;
    Ok(())
}
