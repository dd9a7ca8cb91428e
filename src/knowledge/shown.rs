//! What is shown of articles: the list, one of them, and any of its versions.

use super::State;
use super::text::{Block, blocks};
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{account, article, article_version, unit};
use crate::error::{Error, Result};
use crate::network;
use crate::rules::codes;
use crate::rules::policy;
use crate::state::App;
use anyhow::Context;
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;
use uuid::Uuid;

/// No more are listed at once.
const LISTED: u64 = 500;

/// An article in a list.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The article.
    pub row: article::Model,
    /// Its state.
    pub state: State,
    /// The unit that answers for it.
    pub owner: String,
    /// Whether its day of review has come.
    pub review_due: bool,
    /// Whether it no longer holds, or not yet.
    pub out_of_time: bool,
}

/// Which articles are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those in a state.
    In(State),
    /// Published ones whose day of review has come.
    Review,
}

impl Which {
    /// Reads the word of an address; the published ones where it is none.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        match word {
            "review" => Self::Review,
            word => Self::In(State::parse(word).unwrap_or(State::Published)),
        }
    }
}

/// The articles of a list; what is not published is for those who keep them.
///
/// # Errors
/// [`Error::Forbidden`] for drafts and what was taken down; when the database
/// refuses.
pub async fn list(app: &App, ctx: &Ctx, which: Which) -> Result<Vec<Listed>> {
    let today = clock::day(ctx.now);
    let wanted = match which {
        Which::In(State::Published) => Condition::all(),
        _ if policy::keeps_knowledge(ctx.actor.role) => Condition::all(),
        _ => return Err(Error::Forbidden(Error::denied("article.list", None))),
    };
    let wanted = match which {
        Which::In(state) => wanted.add(article::Column::State.eq(state.code())),
        Which::Review => wanted
            .add(article::Column::State.eq(State::Published.code()))
            .add(article::Column::ReviewOn.lte(today)),
    };
    let db = app.db.read();
    let rows = article::Entity::find()
        .filter(wanted)
        .order_by_desc(article::Column::ChangedAt)
        .order_by_asc(article::Column::Number)
        .limit(LISTED)
        .all(db)
        .await?;
    let units = unit::Entity::find()
        .filter(unit::Column::Id.is_in(rows.iter().map(|row| row.owner_unit)))
        .all(db)
        .await?;
    let names: HashMap<Uuid, String> = units.into_iter().map(|unit| (unit.id, unit.name)).collect();
    rows.into_iter()
        .map(|row| {
            Ok(Listed {
                state: State::parse(&row.state).context("state of an article in the database")?,
                owner: names.get(&row.owner_unit).cloned().unwrap_or_default(),
                review_due: row.review_on.is_some_and(|day| day <= today),
                out_of_time: !holds(today, (row.valid_from, row.valid_until)),
                row,
            })
        })
        .collect()
}

fn holds(day: NaiveDate, (from, until): (NaiveDate, Option<NaiveDate>)) -> bool {
    from <= day && until.is_none_or(|until| until >= day)
}

/// A version in the history.
#[derive(Debug, Clone)]
pub struct Past {
    /// Its number.
    pub version: i32,
    /// The state it had.
    pub state: &'static str,
    /// What was changed.
    pub note: String,
    /// By whom: the login name.
    pub who: String,
    /// When.
    pub at: String,
}

/// An article, or one of its versions, ready to be read.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// The article as it stands now.
    pub row: article::Model,
    /// The version that is shown.
    pub shown: article_version::Model,
    /// Its state now.
    pub state: State,
    /// The text in parts.
    pub blocks: Vec<Block>,
    /// The unit that answers for it.
    pub owner: String,
    /// The case types in words.
    pub case_types: Vec<String>,
    /// The demand types in words.
    pub demand_types: Vec<String>,
    /// Whether its day of review has come.
    pub review_due: bool,
    /// Whether it no longer holds, or not yet.
    pub out_of_time: bool,
    /// Every version, latest first.
    pub past: Vec<Past>,
}

/// An article as it stands.
///
/// # Errors
/// [`Error::NotFound`], also for what is not published and not this person's to
/// keep.
pub async fn sheet(app: &App, ctx: &Ctx, id: Uuid) -> Result<Sheet> {
    let row = article::Entity::find_by_id(id)
        .one(app.db.read())
        .await?
        .ok_or(Error::NotFound)?;
    let version = row.version;
    read(app, ctx, row, version).await
}

/// One version of an article. Those that were published stay readable by
/// everybody, so that an answer can be understood later.
///
/// # Errors
/// As [`sheet`].
pub async fn version(app: &App, ctx: &Ctx, id: Uuid, version: i32) -> Result<Sheet> {
    let row = article::Entity::find_by_id(id)
        .one(app.db.read())
        .await?
        .ok_or(Error::NotFound)?;
    read(app, ctx, row, version).await
}

async fn read(app: &App, ctx: &Ctx, row: article::Model, version: i32) -> Result<Sheet> {
    let db = app.db.read();
    let state = State::parse(&row.state).context("state of an article in the database")?;
    let versions = article_version::Entity::find()
        .filter(article_version::Column::ArticleId.eq(row.id))
        .order_by_desc(article_version::Column::Version)
        .all(db)
        .await?;
    let shown = versions.iter().find(|kept| kept.version == version).cloned();
    let shown = shown.ok_or(Error::NotFound)?;
    let open = shown.state == State::Published.code();
    if !open && !policy::keeps_knowledge(ctx.actor.role) {
        return Err(Error::NotFound);
    }
    let people = account::Entity::find()
        .filter(account::Column::Id.is_in(versions.iter().filter_map(|kept| kept.changed_by)))
        .all(db)
        .await?;
    let names: HashMap<Uuid, String> = people.into_iter().map(|row| (row.id, row.username)).collect();
    let past = versions.iter().map(|kept| Past {
        version: kept.version,
        state: State::parse(&kept.state).map_or("", State::label),
        note: kept.note.clone(),
        who: kept
            .changed_by
            .and_then(|id| names.get(&id).cloned())
            .unwrap_or_else(|| "系统".to_owned()),
        at: clock::minute(kept.changed_at),
    });
    let today = clock::day(ctx.now);
    let name =
        |code: &String| codes::case_type(code).map_or_else(|| code.clone(), |row| format!("{code} {}", row.name));
    let demand = |code: &String| codes::demand_type(code).map_or_else(|| code.clone(), |row| row.name.clone());
    Ok(Sheet {
        state,
        blocks: blocks(&shown.body),
        owner: network::unit_name(db, shown.owner_unit).await?,
        case_types: shown.case_types.0.iter().map(name).collect(),
        demand_types: shown.demand_types.0.iter().map(demand).collect(),
        review_due: shown.review_on.is_some_and(|day| day <= today),
        out_of_time: !holds(today, (shown.valid_from, shown.valid_until)),
        past: past.collect(),
        shown,
        row,
    })
}
