//! The linked lines in force: the rows of `data/referral_lines.csv` with what
//! was changed on screen laid over them, one version more each time. Numbers
//! other than 12345 and 12338 are common knowledge of the trade and are tried
//! out one by one before use: 本地可配置.

use crate::casework::steps::{words, words_if_any};
use crate::ctx::Ctx;
use crate::db::insert_models;
use crate::entity::{account, referral_line};
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::codes;
use crate::rules::policy;
use crate::state::App;
use crate::vault::Slot;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, SqlErr};
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

/// A line as it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The short number people know it by.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// What the desk dials to transfer, where that is another number.
    pub dial: String,
    /// When somebody answers there.
    pub hours: String,
    /// To whom a letter is addressed.
    pub recipient: String,
    /// Whether it is offered.
    pub active: bool,
    /// What the row rests on.
    pub source: String,
    /// 1 for the row of the file.
    pub version: i32,
    /// Since when.
    pub since: Option<DateTime<Utc>>,
}

impl Line {
    /// `12355 青少年服务台`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{} {}", self.code, self.name)
    }

    /// Whether it may differ from place to place: everything that the plan of
    /// the city does not name.
    #[must_use]
    pub fn is_local(&self) -> bool {
        !matches!(self.code.as_str(), "12345" | "12338")
    }

    /// The rule of its answer.
    #[must_use]
    pub fn rule(&self) -> String {
        let own = format!("REF-{}", self.code);
        match codes::deadline_rule(&own) {
            Some(_) => own,
            None => "REF-other".to_owned(),
        }
    }

    /// Whether its three-way call is the emergency key's.
    #[must_use]
    pub fn is_emergency(&self) -> bool {
        matches!(self.code.as_str(), "110" | "119" | "120")
    }

    fn of_file(row: &codes::ReferralLine) -> Self {
        Self {
            code: row.code.clone(),
            name: row.name.clone(),
            purpose: row.purpose.clone(),
            dial: String::new(),
            hours: String::new(),
            recipient: String::new(),
            active: true,
            source: row.source.clone(),
            version: 1,
            since: None,
        }
    }

    fn of_row(row: referral_line::Model) -> Self {
        Self {
            code: row.code,
            name: row.name,
            purpose: row.purpose,
            dial: row.dial,
            hours: row.hours,
            recipient: row.recipient,
            active: row.active,
            source: row.source,
            version: row.version,
            since: Some(row.valid_from),
        }
    }
}

/// Every line, in the order of the file, those added on screen after them.
#[derive(Debug, Clone, Default)]
pub struct Lines(Vec<Line>);

impl Lines {
    /// All of them, also those no longer offered.
    pub fn all(&self) -> impl Iterator<Item = &Line> {
        self.0.iter()
    }

    /// Those that are offered.
    pub fn offered(&self) -> impl Iterator<Item = &Line> {
        self.0.iter().filter(|line| line.active)
    }

    /// A line by its number, offered or not.
    #[must_use]
    pub fn find(&self, code: &str) -> Option<&Line> {
        self.0.iter().find(|line| line.code == code.trim())
    }

    /// `12355 青少年服务台`; the number alone for one that nobody knows.
    #[must_use]
    pub fn label(&self, code: &str) -> String {
        self.find(code).map_or_else(|| code.to_owned(), Line::label)
    }
}

/// The lines in force.
///
/// # Errors
/// When the database refuses.
pub async fn lines(db: &impl ConnectionTrait) -> Result<Lines> {
    let mut all: Vec<Line> = codes::referral_lines().iter().map(Line::of_file).collect();
    let changed = referral_line::Entity::find()
        .order_by_asc(referral_line::Column::ValidFrom)
        .order_by_asc(referral_line::Column::Version)
        .all(db)
        .await?;
    for row in changed {
        let line = Line::of_row(row);
        match all.iter_mut().find(|known| known.code == line.code) {
            Some(known) if known.version < line.version => *known = line,
            Some(_) => {}
            None => all.push(line),
        }
    }
    Ok(Lines(all))
}

/// What a line is to be.
#[derive(Debug, Clone, Default)]
pub struct LineWish {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// What the desk dials.
    pub dial: String,
    /// When somebody answers.
    pub hours: String,
    /// To whom letters go.
    pub recipient: String,
    /// Whether it is offered.
    pub active: bool,
    /// What it rests on.
    pub source: String,
    /// Why it is changed.
    pub reason: String,
}

/// Changes a line, or adds one when its number is new and 0 was seen; answers
/// its version.
///
/// # Errors
/// [`Error::Forbidden`] for whoever does not keep the lines, [`Error::NotFound`],
/// [`Error::Stale`], [`Error::Invalid`] with each field that cannot be kept.
pub async fn change_line(app: &App, ctx: &Ctx, code: &str, seen: i32, wish: &LineWish) -> Result<i32> {
    if !policy::keeps_lines(ctx.actor.role) {
        return Err(Error::Forbidden(Error::denied("referral_line.change", None)));
    }
    let tx = app.db.begin().await?;
    let known = lines(&tx).await?.find(code).map(|line| line.version);
    let now = known.unwrap_or_default();
    if known.is_none() && seen > 0 {
        return Err(Error::NotFound);
    }
    if known.is_some() && seen == 0 {
        return Err(Error::field("code", "这个号码已在列表中，打开原有的一行修改"));
    }
    if seen != now {
        return Err(Error::Stale { seen, now });
    }
    let id = ctx.new_id();
    let row = row(app, ctx, (id, code.trim(), seen + 1), wish)?;
    let version = row.version;
    insert_models(&tx, vec![row])
        .await
        .map_err(|error| faster(error, seen))?;
    let detail = json!({ "line": code.trim(), "version": version, "active": wish.active });
    journal::commit(tx, ctx, Entry::new(Act::LineChanged).subject(id).detail(detail)).await?;
    Ok(version)
}

fn row(app: &App, ctx: &Ctx, (id, code, version): (Uuid, &str, i32), wish: &LineWish) -> Result<referral_line::Model> {
    let mut faults = Vec::new();
    let mut kept = |found: Result<Option<String>>| match found {
        Ok(text) => Ok(text.unwrap_or_default()),
        Err(Error::Invalid(more)) => {
            faults.extend(more);
            Ok(String::new())
        }
        Err(other) => Err(other),
    };
    let digits = (3..=12).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit());
    let coded = if digits {
        Ok(None)
    } else {
        Err(Error::field("code", "号码写 3 到 12 位数字，如 12355"))
    };
    kept(coded)?;
    let name = kept(words("name", "名称", &wish.name, 40).map(Some))?;
    let purpose = kept(words("purpose", "用途", &wish.purpose, 100).map(Some))?;
    let dial = kept(dialled(&wish.dial))?;
    let hours = kept(words_if_any("hours", "服务时间", Some(&wish.hours), 100))?;
    let recipient = kept(words_if_any("recipient", "收函单位", Some(&wish.recipient), 100))?;
    let source = kept(words("source", "依据与来源", &wish.source, 200).map(Some))?;
    let reason = kept(words("reason", "变更理由", &wish.reason, 500).map(Some))?;
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    Ok(referral_line::Model {
        id,
        code: code.to_owned(),
        version,
        name,
        purpose,
        dial,
        hours,
        recipient,
        active: wish.active,
        source,
        reason: app.vault.seal(slot(id), &reason)?,
        valid_from: ctx.now,
        changed_by: ctx.account(),
    })
}

/// The number to dial: digits, with hyphens as people write them.
fn dialled(text: &str) -> Result<Option<String>> {
    let text = words_if_any("dial", "转接号码", Some(text), 20)?;
    let wrong = text
        .as_ref()
        .is_some_and(|text| !text.chars().all(|c| c.is_ascii_digit() || c == '-'));
    if wrong {
        return Err(Error::field("dial", "转接号码只写数字和短横线，如 0349-0001234"));
    }
    Ok(text)
}

/// Two people wrote the same version at once.
fn faster(error: DbErr, seen: i32) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::Stale { seen, now: seen + 1 },
        _ => error.into(),
    }
}

fn slot(id: Uuid) -> Slot {
    Slot::new("referral_line", "reason", id)
}

/// A changed version of a line, who made it and why.
#[derive(Debug, Clone)]
pub struct Made {
    /// The line in this version.
    pub line: Line,
    /// The login name of who changed it.
    pub who: String,
    /// Why.
    pub reason: String,
}

/// The versions of a line that were made on screen, latest first.
///
/// # Errors
/// When the database refuses.
pub async fn history(app: &App, code: &str) -> Result<Vec<Made>> {
    let db = app.db.read();
    let rows = referral_line::Entity::find()
        .filter(referral_line::Column::Code.eq(code))
        .order_by_desc(referral_line::Column::Version)
        .all(db)
        .await?;
    let people = account::Entity::find()
        .filter(account::Column::Id.is_in(rows.iter().filter_map(|row| row.changed_by)))
        .all(db)
        .await?;
    let names: HashMap<Uuid, String> = people.into_iter().map(|row| (row.id, row.username)).collect();
    rows.into_iter()
        .map(|row| {
            let who = row.changed_by.and_then(|id| names.get(&id).cloned());
            Ok(Made {
                who: who.unwrap_or_else(|| "系统".to_owned()),
                reason: app.vault.open(slot(row.id), &row.reason)?,
                line: Line::of_row(row),
            })
        })
        .collect()
}
