//! The background part: fires the clocks, chains the journal, drops what has
//! expired. One failure never stops the rest.

use crate::accounts;
use crate::casework::order;
use crate::clocks;
use crate::ctx::Ctx;
use crate::entity::setting;
use crate::error::Result;
use crate::handover;
use crate::hotline;
use crate::journal;
use crate::knowledge;
use crate::measures;
use crate::notices;
use crate::ops::HEARTBEAT;
use crate::state::App;
use crate::tasks;
use crate::telephone;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait};
use std::time::Duration;

const PAUSE: Duration = Duration::from_secs(5);
const CHAINED: usize = 40;
/// So often what looks through whole tables is done. None of it owes anything
/// within a minute; the clocks have their own index and are asked every time.
const SWEEP: TimeDelta = TimeDelta::minutes(1);

/// One round of everything.
pub async fn tick(app: &App) {
    let ctx = Ctx::system(app.clock.now());
    round(app, &ctx, true).await;
    files(app, &ctx).await;
}

/// One round, with or without what looks through whole tables. The journal is
/// chained after all that writes into it.
async fn round(app: &App, ctx: &Ctx, sweeps: bool) {
    report("calendar", clocks::recount(app, ctx).await.map(drop));
    report("deadlines", clocks::fire(app, ctx).await.map(drop));
    if sweeps {
        sweep(app, ctx).await;
    }
    report("views", journal::catch_up(&app.db).await.map(drop));
    report("journal", chain(app).await);
    report("answers to 12345", answers(app, ctx).await);
    report("text messages", text(app, ctx).await);
    report("heartbeat", beat(app, ctx).await);
}

/// Fetches the files that orders name.
async fn files(app: &App, ctx: &Ctx) {
    report("attachments", hotline::attachments::fetch(app, ctx).await.map(drop));
}

/// What nobody asks for by name: it is looked for.
async fn sweep(app: &App, ctx: &Ctx) {
    report("handover", handover::sweep(app, ctx).await.map(drop));
    report("vacancies", handover::vacancies::alert(app, ctx).await.map(drop));
    report("orders", order::watch(app, ctx).await.map(drop));
    report("measures", measures::lapse(app, ctx).await.map(drop));
    report("disputes", tasks::climb(app, ctx).await.map(drop));
    report("calls", telephone::tidy(app, ctx).await.map(drop));
    report("sessions", accounts::tidy(app, ctx.now).await.map(drop));
    report("digests", notices::digest(app, ctx).await.map(drop));
    report("settled notices", notices::settle(app, ctx).await.map(drop));
    report("read notices", notices::purge(app, ctx).await.map(drop));
    report("articles", knowledge::remind(app, ctx).await.map(drop));
}

fn report(part: &str, outcome: Result<()>) {
    if let Err(error) = outcome {
        tracing::error!(part, error = %error, "worker");
    }
}

/// Chains whatever waits, but no more than [`CHAINED`] batches in one round.
async fn chain(app: &App) -> Result<()> {
    for _ in 0..CHAINED {
        if journal::seal(app).await? < journal::BATCH {
            break;
        }
    }
    Ok(())
}

/// Queues and delivers text messages.
async fn text(app: &App, ctx: &Ctx) -> Result<()> {
    notices::sms::queue(app, ctx).await?;
    notices::sms::deliver(app, ctx).await?;
    Ok(())
}

/// Makes out, compares and delivers what 12345 is told.
async fn answers(app: &App, ctx: &Ctx) -> Result<()> {
    hotline::tidy(app, ctx.now).await?;
    hotline::sweep(app, ctx).await?;
    hotline::out::follow(app, ctx).await?;
    hotline::out::compare(app, ctx).await?;
    hotline::out::deliver(app, ctx).await?;
    Ok(())
}

async fn beat(app: &App, ctx: &Ctx) -> Result<()> {
    let mark = setting::ActiveModel {
        name: Set(HEARTBEAT.to_owned()),
        value: Set(String::new()),
        updated_at: Set(ctx.now),
    };
    setting::Entity::insert(mark)
        .on_conflict(
            OnConflict::column(setting::Column::Name)
                .update_column(setting::Column::UpdatedAt)
                .to_owned(),
        )
        .exec_without_returning(app.db.upkeep())
        .await?;
    Ok(())
}

/// Ticks until told to stop. Its first round may be long, after a night without
/// it; nobody waits for that, and it counts as working from the start. A clock that jumps brings the next sweep at once.
pub async fn run(app: App, stop: impl Future<Output = ()>) {
    // Beside the rounds: a host that dawdles keeps no clock from being fired.
    let fetching = async {
        loop {
            files(&app, &Ctx::system(app.clock.now())).await;
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::select! {
        () = Box::pin(rounds(&app, stop)) => {}
        () = Box::pin(fetching) => {}
    }
}

async fn rounds(app: &App, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let mut swept = None;
    report("heartbeat", beat(app, &Ctx::system(app.clock.now())).await);
    loop {
        let ctx = Ctx::system(app.clock.now());
        let sweeps = swept.is_none_or(|at: DateTime<Utc>| (ctx.now - at).abs() >= SWEEP);
        round(app, &ctx, sweeps).await;
        if sweeps {
            swept = Some(ctx.now);
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = &mut stop => return,
        }
    }
}
