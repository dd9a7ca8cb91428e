//! Reading the journal: the auditor sees who did, saw or was refused what,
//! never what a case says.

mod pages;

pub use pages::routes;

use crate::clock;
use crate::entity::{account, journal_entry, protection_case, report, unit};
use crate::error::Result;
use crate::journal::Act;
use crate::rules::policy::Role;
use crate::state::App;
use chrono::{DateTime, Days, NaiveDate, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Rows on a page.
pub const PAGE: u64 = 50;

/// What is looked for; empty means anything.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Login name of the actor.
    pub username: String,
    /// Code of the act.
    pub act: String,
    /// `done`, `viewed` or `denied`.
    pub outcome: String,
    /// Number of a case or report.
    pub number: String,
    /// First day, in Shanghai.
    pub from: Option<NaiveDate>,
    /// Last day, in Shanghai.
    pub until: Option<NaiveDate>,
    /// The last entry of the page before.
    pub before: Option<Uuid>,
}

/// One entry, ready for the screen.
#[derive(Debug, Clone)]
pub struct Row {
    /// The entry.
    pub id: Uuid,
    /// When.
    pub at: String,
    /// Login name, or 系统.
    pub who: String,
    /// Role in Chinese.
    pub role: String,
    /// Unit.
    pub unit: String,
    /// What.
    pub what: String,
    /// 完成、查看、拒绝.
    pub outcome: &'static str,
    /// Number of the case or report.
    pub subject: String,
    /// Codes and ids.
    pub detail: String,
    /// From where.
    pub address: String,
    /// Position in the chain, once sealed.
    pub seq: Option<i64>,
}

/// One page of the journal, latest first.
///
/// # Errors
/// When the database refuses.
pub async fn search(app: &App, filter: &Filter) -> Result<Vec<Row>> {
    let Some(query) = narrowed(app, filter).await? else {
        return Ok(Vec::new());
    };
    let entries = query
        .order_by_desc(journal_entry::Column::Id)
        .limit(PAGE)
        .all(app.db.read())
        .await?;
    let names = Names::of(app, &entries).await?;
    Ok(entries.into_iter().map(|entry| names.row(entry)).collect())
}

/// The query of a filter; nothing when it names somebody or something that
/// does not exist.
async fn narrowed(app: &App, filter: &Filter) -> Result<Option<Select<journal_entry::Entity>>> {
    let mut query = journal_entry::Entity::find();
    if !filter.username.is_empty() {
        let found = account::Entity::find()
            .filter(account::Column::Username.eq(filter.username.clone()))
            .one(app.db.read())
            .await?;
        let Some(account) = found else { return Ok(None) };
        query = query.filter(journal_entry::Column::ActorId.eq(account.id));
    }
    if !filter.number.is_empty() {
        let Some(condition) = numbered(app, &filter.number).await? else {
            return Ok(None);
        };
        query = query.filter(condition);
    }
    if !filter.act.is_empty() {
        query = query.filter(journal_entry::Column::Act.eq(filter.act.clone()));
    }
    if !filter.outcome.is_empty() {
        query = query.filter(journal_entry::Column::Outcome.eq(filter.outcome.clone()));
    }
    if let Some(from) = filter.from.and_then(midnight) {
        query = query.filter(journal_entry::Column::At.gte(from));
    }
    if let Some(end) = filter
        .until
        .and_then(|day| day.checked_add_days(Days::new(1)))
        .and_then(midnight)
    {
        query = query.filter(journal_entry::Column::At.lt(end));
    }
    if let Some(before) = filter.before {
        query = query.filter(journal_entry::Column::Id.lt(before));
    }
    Ok(Some(query))
}

async fn numbered(app: &App, number: &str) -> Result<Option<sea_orm::sea_query::SimpleExpr>> {
    let db = app.db.read();
    let case = protection_case::Entity::find()
        .filter(protection_case::Column::Number.eq(number))
        .one(db)
        .await?;
    if let Some(case) = case {
        return Ok(Some(journal_entry::Column::CaseId.eq(case.id)));
    }
    let report = report::Entity::find()
        .filter(report::Column::Number.eq(number))
        .one(db)
        .await?;
    Ok(report.map(|report| journal_entry::Column::ReportId.eq(report.id)))
}

fn midnight(day: NaiveDate) -> Option<DateTime<Utc>> {
    day.and_hms_opt(0, 0, 0)
        .and_then(|time| time.and_local_timezone(clock::shanghai()).single())
        .map(|time| time.to_utc())
}

/// The words behind the ids of a page of entries.
struct Names {
    accounts: HashMap<Uuid, String>,
    units: HashMap<Uuid, String>,
    numbers: HashMap<Uuid, String>,
}

impl Names {
    async fn of(app: &App, entries: &[journal_entry::Model]) -> Result<Self> {
        let db = app.db.read();
        let ids =
            |pick: fn(&journal_entry::Model) -> Option<Uuid>| entries.iter().filter_map(pick).collect::<BTreeSet<_>>();
        let accounts = account::Entity::find()
            .filter(account::Column::Id.is_in(ids(|entry| entry.actor_id)))
            .all(db)
            .await?;
        let units = unit::Entity::find()
            .filter(unit::Column::Id.is_in(ids(|entry| entry.actor_unit)))
            .all(db)
            .await?;
        let cases = protection_case::Entity::find()
            .filter(protection_case::Column::Id.is_in(ids(|entry| entry.case_id)))
            .all(db)
            .await?;
        let reports = report::Entity::find()
            .filter(report::Column::Id.is_in(ids(|entry| entry.report_id)))
            .all(db)
            .await?;
        let cases = cases.into_iter().map(|case| (case.id, case.number));
        let reports = reports.into_iter().map(|report| (report.id, report.number));
        Ok(Self {
            accounts: accounts
                .into_iter()
                .map(|account| (account.id, account.username))
                .collect(),
            units: units.into_iter().map(|unit| (unit.id, unit.name)).collect(),
            numbers: cases.chain(reports).collect(),
        })
    }

    fn row(&self, entry: journal_entry::Model) -> Row {
        let word =
            |map: &HashMap<Uuid, String>, id: Option<Uuid>| id.and_then(|id| map.get(&id).cloned()).unwrap_or_default();
        let who = match entry.actor_id {
            Some(_) => word(&self.accounts, entry.actor_id),
            None => "—".to_owned(),
        };
        Row {
            id: entry.id,
            at: clock::minute(entry.at),
            who,
            role: Role::parse(&entry.actor_role).map_or("", Role::label).to_owned(),
            unit: word(&self.units, entry.actor_unit),
            what: Act::parse(&entry.act).map_or("", Act::label).to_owned(),
            outcome: outcome(&entry.outcome),
            subject: word(&self.numbers, entry.case_id.or(entry.report_id)),
            detail: detail(&entry.detail),
            address: entry.address,
            seq: entry.seq,
        }
    }
}

fn outcome(code: &str) -> &'static str {
    match code {
        "viewed" => "查看",
        "denied" => "拒绝",
        _ => "完成",
    }
}

/// `{"step":"sign"}` as `step=sign`; an empty object as nothing.
fn detail(value: &serde_json::Value) -> String {
    let Some(fields) = value.as_object() else {
        return String::new();
    };
    let words: Vec<String> = fields
        .iter()
        .map(|(key, value)| match value.as_str() {
            Some(text) => format!("{key}={text}"),
            None => format!("{key}={value}"),
        })
        .collect();
    words.join(" ")
}
