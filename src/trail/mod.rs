//! Reading the journal: the auditor sees who did, saw or was refused what,
//! never what a case says.

mod pages;
mod words;

pub use pages::routes;
pub use words::Said;

use crate::clock;
use crate::entity::{account, journal_entry, post, protection_case, report, unit};
use crate::error::Result;
use crate::journal::Act;
use crate::rules::codes;
use crate::rules::policy::Role;
use crate::state::App;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Rows on a page.
pub const PAGE: u64 = 50;

/// What is looked for; empty means anything.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Login name of who acted or whose account it is about.
    pub username: String,
    /// Code of the act.
    pub act: String,
    /// `done`, `viewed` or `denied`.
    pub outcome: String,
    /// Number of a case or report.
    pub number: String,
    /// From this moment on.
    pub from: Option<DateTime<Utc>>,
    /// Before this moment.
    pub until: Option<DateTime<Utc>>,
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
    /// Login name; empty for the system.
    pub who: String,
    /// Role in Chinese.
    pub role: String,
    /// Unit.
    pub unit: String,
    /// What.
    pub what: String,
    /// 完成、查看、拒绝.
    pub outcome: &'static str,
    /// Number of the case or report, or the account, unit or post.
    pub subject: String,
    /// What more it says, in words.
    pub detail: Vec<Said>,
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
        // What they did, and what was done to their account.
        let about = Condition::any()
            .add(journal_entry::Column::ActorId.eq(account.id))
            .add(journal_entry::Column::Subject.eq(account.id));
        query = query.filter(about);
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
    if let Some(from) = filter.from {
        query = query.filter(journal_entry::Column::At.gte(from));
    }
    if let Some(end) = filter.until {
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

/// The words behind the ids of a page of entries.
struct Names {
    known: HashMap<Uuid, String>,
}

impl Names {
    async fn of(app: &App, entries: &[journal_entry::Model]) -> Result<Self> {
        let mut ids = BTreeSet::new();
        for entry in entries {
            let own = [
                entry.actor_id,
                entry.actor_unit,
                entry.case_id,
                entry.report_id,
                entry.subject,
            ];
            ids.extend(own.into_iter().flatten());
            words::ids(&entry.detail, &mut ids);
        }
        let mut known = HashMap::new();
        let ids: Vec<Uuid> = ids.into_iter().collect();
        for some in ids.chunks(500) {
            name(app, some, &mut known).await?;
        }
        Ok(Self { known })
    }

    fn row(&self, entry: journal_entry::Model) -> Row {
        let word = |id: Option<Uuid>| id.and_then(|id| self.known.get(&id).cloned()).unwrap_or_default();
        // Somebody's own account is no further matter.
        let subject = entry.subject.filter(|subject| Some(*subject) != entry.actor_id);
        Row {
            id: entry.id,
            at: clock::minute(entry.at),
            who: word(entry.actor_id),
            role: Role::parse(&entry.actor_role).map_or("", Role::label).to_owned(),
            unit: word(entry.actor_unit),
            what: Act::parse(&entry.act).map_or("", Act::label).to_owned(),
            outcome: outcome(&entry.outcome),
            subject: word(entry.case_id.or(entry.report_id).or(subject)),
            detail: words::said(&entry.detail, &self.known),
            address: entry.address,
            seq: entry.seq,
        }
    }
}

/// What the ids are called: login names, units, posts, numbers of cases and
/// reports; nobody's own name.
async fn name(app: &App, ids: &[Uuid], known: &mut HashMap<Uuid, String>) -> Result<()> {
    let db = app.db.read();
    let among = || ids.iter().copied();
    let accounts = account::Entity::find()
        .filter(account::Column::Id.is_in(among()))
        .all(db)
        .await?;
    known.extend(accounts.into_iter().map(|row| (row.id, row.username)));
    let posts = post::Entity::find()
        .filter(post::Column::Id.is_in(among()))
        .all(db)
        .await?;
    let of_posts = posts.iter().map(|row| row.unit_id);
    let units = unit::Entity::find()
        .filter(unit::Column::Id.is_in(among().chain(of_posts)))
        .all(db)
        .await?;
    known.extend(units.into_iter().map(|row| (row.id, row.name)));
    for row in posts {
        let unit = known.get(&row.unit_id).cloned().unwrap_or_default();
        let role = codes::post_role(&row.role).map_or("", |role| &role.name);
        known.insert(row.id, format!("{unit} {role}"));
    }
    let cases = protection_case::Entity::find()
        .filter(protection_case::Column::Id.is_in(among()))
        .all(db)
        .await?;
    known.extend(cases.into_iter().map(|row| (row.id, row.number)));
    let reports = report::Entity::find()
        .filter(report::Column::Id.is_in(among()))
        .all(db)
        .await?;
    known.extend(reports.into_iter().map(|row| (row.id, row.number)));
    Ok(())
}

fn outcome(code: &str) -> &'static str {
    match code {
        "viewed" => "查看",
        "denied" => "拒绝",
        _ => "完成",
    }
}
