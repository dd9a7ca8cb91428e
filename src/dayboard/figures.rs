//! The figures of the board.

use crate::casework;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{account, outbox, protection_case, report, setting};
use crate::error::Result;
use crate::hotline::{self, Health};
use crate::intake::State;
use crate::journal::{self, Act, Entry};
use crate::notices::sms;
use crate::ops::{self, HEARTBEAT};
use crate::orderdesk;
use crate::rules::policy::{self, Action};
use crate::rules::workflow::Stage;
use crate::sight;
use crate::state::App;
use crate::telephone::{self, Figures};
use crate::vault::Slot;
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Rows of each kind that are named; the rest is counted.
const NAMED: u64 = 8;

/// The board as it stands.
#[derive(Debug)]
pub struct Board {
    /// When it was read.
    pub at: DateTime<Utc>,
    /// The telephone.
    pub calls: Figures,
    /// Drafts that are open.
    pub drafts: u64,
    /// Those that lie longest.
    pub oldest: Vec<Draft>,
    /// Today's reports by what became of them.
    pub reports: Vec<Tally>,
    /// Screened out, waiting for the second person.
    pub screening: u64,
    /// Red cases in progress.
    pub red: u64,
    /// Those due first.
    pub first: Vec<Red>,
    /// Callbacks after resolving.
    pub returns: Returns,
    /// The lines, for those who watch over them.
    pub line: Option<Line>,
}

/// An open draft.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The report.
    pub id: Uuid,
    /// Its number.
    pub number: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Whose it is.
    pub whose: String,
    /// Whether it is the person's own, to be gone on with.
    pub own: bool,
}

/// How many reports came to this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// What became of them.
    pub state: State,
    /// How many.
    pub count: u64,
}

/// A red case in progress.
#[derive(Debug, Clone)]
pub struct Red {
    /// The case.
    pub id: Uuid,
    /// Its number.
    pub number: String,
    /// Its stage in words.
    pub stage: &'static str,
    /// When the next thing is due.
    pub due: Option<DateTime<Utc>>,
}

/// Callbacks after resolving.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Returns {
    /// Orders that wait.
    pub waiting: usize,
    /// Of them past their time.
    pub over: usize,
    /// Of them not to be called: asked about on the spot.
    pub unsafe_numbers: usize,
}

/// Whether the lines are up.
#[derive(Debug, Default)]
pub struct Line {
    /// 12345.
    pub orders: Health,
    /// Whether text messages are sent at all.
    pub sms: bool,
    /// Text messages that wait.
    pub sms_waiting: u64,
    /// Text messages laid aside.
    pub sms_dead: u64,
    /// When the last text message went out.
    pub sms_last: Option<DateTime<Utc>>,
    /// The last round of the background part.
    pub worker: Option<DateTime<Utc>>,
    /// Whether it has been silent for too long.
    pub worker_silent: bool,
}

/// Reads the board. That it was looked at is recorded, once for a while.
///
/// # Errors
/// When the database refuses.
pub async fn board(app: &App, ctx: &Ctx) -> Result<Board> {
    let db = app.db.read();
    let since = clock::midnight(clock::day(ctx.now)).unwrap_or(ctx.now);
    let (drafts, oldest) = drafts(app, ctx).await?;
    let (red, first) = red(db, ctx).await?;
    let line = if policy::watches_hotline(ctx.actor.role) {
        Some(line(app, ctx, since).await?)
    } else {
        None
    };
    let board = Board {
        at: ctx.now,
        calls: telephone::figures(app, ctx).await?,
        drafts,
        oldest,
        reports: reports(db, ctx, since).await?,
        screening: in_state(ctx, State::Screening).count(db).await?,
        red,
        first,
        returns: returns(db, ctx).await?,
        line,
    };
    journal::viewed_span(&app.db, ctx, Entry::new(Act::HotlineBoardShown)).await?;
    Ok(board)
}

/// The reports in a state that the person may see.
fn in_state(ctx: &Ctx, state: State) -> Select<report::Entity> {
    report::Entity::find()
        .filter(report::Column::State.eq(state.code()))
        .filter(sight::reports(ctx))
}

async fn drafts(app: &App, ctx: &Ctx) -> Result<(u64, Vec<Draft>)> {
    let db = app.db.read();
    let open = || in_state(ctx, State::Draft).filter(report::Column::WithdrawnAt.is_null());
    let rows = open()
        .order_by_asc(report::Column::StartedAt)
        .order_by_asc(report::Column::Id)
        .limit(NAMED)
        .all(db)
        .await?;
    let people: BTreeSet<Uuid> = rows.iter().filter_map(|row| row.opened_by).collect();
    let mut names = HashMap::new();
    for person in account::Entity::find()
        .filter(account::Column::Id.is_in(people))
        .all(db)
        .await?
    {
        let name = app.vault.open(Slot::new("account", "name", person.id), &person.name)?;
        names.insert(person.id, name);
    }
    let draft = |row: report::Model| Draft {
        id: row.id,
        own: row.opened_by == ctx.account(),
        whose: row.opened_by.and_then(|by| names.get(&by).cloned()).unwrap_or_default(),
        since: row.started_at,
        number: row.number,
    };
    Ok((open().count(db).await?, rows.into_iter().map(draft).collect()))
}

/// Today's reports by what became of them, those that came to nothing left out.
async fn reports(db: &impl ConnectionTrait, ctx: &Ctx, since: DateTime<Utc>) -> Result<Vec<Tally>> {
    let finished = State::ALL.into_iter().filter(|state| *state != State::Draft);
    let counted: Vec<(String, i64)> = report::Entity::find()
        .select_only()
        .column(report::Column::State)
        .column_as(report::Column::Id.count(), "count")
        .filter(report::Column::State.is_in(finished.map(State::code)))
        .filter(report::Column::StartedAt.gte(since))
        .filter(sight::reports(ctx))
        .group_by(report::Column::State)
        .into_tuple()
        .all(db)
        .await?;
    let of = |state: State| {
        counted
            .iter()
            .find(|(code, _)| code == state.code())
            .map(|(_, count)| *count)
    };
    let tally = |state: State| {
        Some(Tally {
            state,
            count: u64::try_from(of(state)?).ok()?,
        })
    };
    Ok(State::ALL.into_iter().filter_map(tally).collect())
}

async fn red(db: &impl ConnectionTrait, ctx: &Ctx) -> Result<(u64, Vec<Red>)> {
    use protection_case::Column;
    let reach = policy::reach(&ctx.actor, Action::View);
    let open = Stage::ALL.into_iter().filter(|stage| stage.is_open());
    let open: Vec<&str> = open.map(Stage::code).collect();
    let found = || {
        protection_case::Entity::find()
            .filter(Column::Stage.is_in(open.iter().copied()))
            .filter(Column::Level.eq(1))
            .filter(casework::scope(&reach))
    };
    let mut rows = found()
        .filter(Column::NextDueAt.is_not_null())
        .order_by_asc(Column::NextDueAt)
        .order_by_asc(Column::Id)
        .limit(NAMED)
        .all(db)
        .await?;
    let count = found().count(db).await?;
    if u64::try_from(rows.len()).is_ok_and(|named| named < NAMED.min(count)) {
        // What nothing is due of stands last, and is not left out.
        let rest = found().filter(Column::NextDueAt.is_null()).order_by_asc(Column::Id);
        rows.extend(rest.limit(NAMED).all(db).await?);
        rows.truncate(usize::try_from(NAMED).unwrap_or(usize::MAX));
    }
    let shown = |row: protection_case::Model| Red {
        id: row.id,
        stage: Stage::parse(&row.stage).map_or("未知", Stage::label),
        due: row.next_due_at,
        number: row.number,
    };
    Ok((count, rows.into_iter().map(shown).collect()))
}

async fn returns(db: &impl ConnectionTrait, ctx: &Ctx) -> Result<Returns> {
    let waiting = orderdesk::waiting(db, ctx).await?;
    let over = |row: &&orderdesk::Waiting| row.due().is_some_and(|due| due <= ctx.now);
    Ok(Returns {
        waiting: waiting.len(),
        over: waiting.iter().filter(over).count(),
        unsafe_numbers: waiting.iter().filter(|row| !row.safe).count(),
    })
}

async fn line(app: &App, ctx: &Ctx, since: DateTime<Utc>) -> Result<Line> {
    let db = app.db.read();
    let held = || {
        outbox::Entity::find()
            .filter(outbox::Column::Topic.eq(sms::TOPIC))
            .filter(outbox::Column::DeliveredAt.is_null())
    };
    let beat = setting::Entity::find_by_id(HEARTBEAT).one(db).await?;
    let worker = beat.map(|mark| mark.updated_at);
    Ok(Line {
        orders: hotline::health(app, ctx, since).await?,
        sms: app.config.sends_sms(),
        sms_waiting: held().filter(outbox::Column::DeadAt.is_null()).count(db).await?,
        sms_dead: held().filter(outbox::Column::DeadAt.is_not_null()).count(db).await?,
        sms_last: hotline::delivered(db, sms::TOPIC).await?,
        worker,
        worker_silent: !worker.is_some_and(|at| ops::is_fresh(at, ctx.now)),
    })
}

impl Board {
    /// How many rows are named on it, for those that are only counted.
    #[must_use]
    pub fn more_drafts(&self) -> u64 {
        self.drafts
            .saturating_sub(u64::try_from(self.oldest.len()).unwrap_or(u64::MAX))
    }

    /// Red cases that are counted and not named.
    #[must_use]
    pub fn more_red(&self) -> u64 {
        self.red
            .saturating_sub(u64::try_from(self.first.len()).unwrap_or(u64::MAX))
    }
}
