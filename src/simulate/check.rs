//! What must hold after any history: asked of the tables, not of the code that
//! wrote them. Every finding names what it is about.

use crate::clock;
use crate::entity::{account, protection_case, unit};
use crate::error::Result;
use crate::journal;
use crate::rules::division::{Division, Tier};
use crate::rules::measures;
use crate::rules::taskflow::TaskState;
use crate::state::App;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Statement, Value};
use std::collections::{BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// From the second return on the ruling is final (≥2次强制裁定).
const RETURNS: i32 = 2;

/// Something that must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Invariant {
    /// 在办线索都有人负责
    ReportOwned,
    /// 在办个案都有主办单位，且逐级找得到人
    CaseOwned,
    /// 到时的提醒、超期和上报都已处理
    ClockFired,
    /// 每个时限的每一步只处理一次
    FiredOnce,
    /// 退回不超过上限
    ReturnBound,
    /// 已结个案没有未完的任务和有效的措施
    ClosedDone,
    /// 每次变更都有审计记录
    Audited,
    /// 审计链完整
    Chained,
    /// 重复提交只算一次
    DoneOnce,
    /// 旧版本不能写入
    NothingOverwritten,
    /// 没有内部错误
    NoFault,
}

impl Invariant {
    /// The words of the summary.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::ReportOwned => "在办线索都有人负责",
            Self::CaseOwned => "在办个案都有主办单位，且逐级找得到人",
            Self::ClockFired => "到时的提醒、超期和上报都已处理",
            Self::FiredOnce => "每个时限的每一步只处理一次",
            Self::ReturnBound => "退回不超过上限",
            Self::ClosedDone => "已结个案没有未完的任务和有效的措施",
            Self::Audited => "每次变更都有审计记录",
            Self::Chained => "审计链完整",
            Self::DoneOnce => "重复提交只算一次",
            Self::NothingOverwritten => "旧版本不能写入",
            Self::NoFault => "没有内部错误",
        }
    }
}

/// Whether something holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What.
    pub invariant: Invariant,
    /// What breaks it: numbers, ids, codes.
    pub broken: Vec<String>,
}

/// Asks the tables for everything that must hold at the virtual moment `now`,
/// just after a round of the worker. Chains the journal to its end first.
///
/// # Errors
/// When the database refuses to be read.
pub async fn check(app: &App, now: DateTime<Utc>) -> Result<Vec<Verdict>> {
    let db = app.db.read();
    let verdict = |invariant, broken| Verdict { invariant, broken };
    Ok(vec![
        verdict(Invariant::ReportOwned, list(db, REPORT_UNOWNED, []).await?),
        verdict(Invariant::CaseOwned, unowned(db).await?),
        verdict(
            Invariant::ClockFired,
            list(db, CLOCK_FORGOTTEN, [Value::from(now)]).await?,
        ),
        verdict(Invariant::FiredOnce, fired(db).await?),
        verdict(
            Invariant::ReturnBound,
            list(db, RETURNED_TOO_OFTEN, [Value::from(RETURNS)]).await?,
        ),
        verdict(Invariant::ClosedDone, undone(db, now).await?),
        verdict(Invariant::Audited, unaudited(db).await?),
        verdict(Invariant::Chained, chained(app).await?),
    ])
}

const REPORT_UNOWNED: &str = "SELECT r.number AS what FROM report r WHERE r.state IN ('draft', 'screening') \
    AND NOT EXISTS (SELECT 1 FROM account a WHERE a.id = r.opened_by AND a.disabled_at IS NULL) \
    AND NOT EXISTS (SELECT 1 FROM unit u WHERE u.id = r.unit_id AND u.active) ORDER BY 1";

const CASE_UNOWNED: &str = "SELECT c.number AS what FROM protection_case c WHERE c.stage NOT IN ('closed', 'merged') \
    AND (NOT EXISTS (SELECT 1 FROM unit u WHERE u.id = c.lead_unit AND u.active) \
    OR NOT EXISTS (SELECT 1 FROM case_unit p WHERE p.case_id = c.id AND p.unit_id = c.lead_unit \
    AND p.part = 'lead' AND p.until IS NULL)) ORDER BY 1";

const CLOCK_FORGOTTEN: &str = "SELECT coalesce(c.number, '') || ' ' || d.milestone AS what FROM deadline d \
    LEFT JOIN protection_case c ON c.id = d.case_id WHERE d.met_at IS NULL AND d.cancelled_at IS NULL \
    AND d.paused_at IS NULL AND (d.next_at <= $1 OR (d.overdue_at IS NULL AND d.due_at <= $1)) ORDER BY 1";

const FIRED_TWICE: &str = "SELECT coalesce(c.number, '') || ' ' || d.milestone AS what FROM deadline d \
    LEFT JOIN protection_case c ON c.id = d.case_id WHERE d.id IN (SELECT subject FROM journal_entry \
    WHERE act IN ('deadline_warned', 'deadline_missed', 'deadline_escalated') AND subject IS NOT NULL \
    GROUP BY subject, act, CAST(detail AS TEXT) HAVING count(*) > 1) ORDER BY 1";

const FIRED_SILENTLY: &str = "SELECT coalesce(c.number, '') || ' ' || d.milestone AS what FROM deadline d \
    LEFT JOIN protection_case c ON c.id = d.case_id WHERE d.overdue_at IS NOT NULL \
    AND d.id NOT IN (SELECT subject FROM journal_entry WHERE act = 'deadline_missed' AND subject IS NOT NULL) ORDER BY 1";

const RETURNED_TOO_OFTEN: &str = "SELECT number AS what FROM protection_case WHERE return_count > $1 ORDER BY 1";

const CLOSED_OVER_TASK: &str = "SELECT c.number || ' ' || t.number AS what FROM task t \
    JOIN protection_case c ON c.id = t.case_id WHERE c.stage = 'closed' AND t.state = $1 ORDER BY 1";

const EVENT_UNAUDITED: &str = "SELECT c.number || ' ' || e.kind AS what FROM case_event e \
    JOIN protection_case c ON c.id = e.case_id WHERE NOT EXISTS (SELECT 1 FROM journal_entry j \
    WHERE j.case_id = e.case_id AND j.at = e.entered_at AND j.outcome = 'done') ORDER BY 1";

const VERSION_UNAUDITED: &str = "SELECT c.number || ' ' || c.stage AS what FROM protection_case c LEFT JOIN \
    (SELECT case_id, count(*) AS entries FROM journal_entry WHERE outcome = 'done' GROUP BY case_id) j \
    ON j.case_id = c.id WHERE c.version > coalesce(j.entries, 0) ORDER BY 1";

/// Rows that each have an entry of their own, and the acts that stand for them.
const ROWS: [(&str, &str, &str); 4] = [
    ("task", "number", "'task_opened'"),
    ("visit", "number", "'visit_recorded'"),
    ("assessment", "kind", "'case_assessed', 'case_reviewed'"),
    ("report", "number", ""),
];

async fn list<const N: usize>(db: &impl ConnectionTrait, sql: &str, values: [Value; N]) -> Result<Vec<String>> {
    let ask = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let rows = db.query_all_raw(ask).await?;
    let read = rows.iter().map(|row| row.try_get("", "what"));
    Ok(read.collect::<Result<Vec<String>, sea_orm::DbErr>>()?)
}

/// Open cases without a lead, or whose lead finds nobody: not in the unit, nor
/// at the township's station, the county's centre or the city's office.
async fn unowned(db: &impl ConnectionTrait) -> Result<Vec<String>> {
    let mut found = list(db, CASE_UNOWNED, []).await?;
    let open = protection_case::Entity::find()
        .filter(protection_case::Column::Stage.is_not_in(["closed", "merged"]))
        .order_by_asc(protection_case::Column::Number)
        .all(db)
        .await?;
    let manned: HashSet<Uuid> = account::Entity::find()
        .filter(account::Column::DisabledAt.is_null())
        .all(db)
        .await?
        .into_iter()
        .filter_map(|account| account.unit_id)
        .collect();
    let units: HashMap<Uuid, unit::Model> = unit::Entity::find()
        .all(db)
        .await?
        .into_iter()
        .map(|unit| (unit.id, unit))
        .collect();
    let above: HashMap<(&str, &str), Uuid> = units
        .values()
        .filter(|unit| unit.active)
        .map(|unit| ((unit.kind.as_str(), unit.division.as_str()), unit.id))
        .collect();
    let reached =
        |lead: &Uuid| manned.contains(lead) || units.get(lead).is_some_and(|unit| climbs(unit, &above, &manned));
    let leads: BTreeSet<Uuid> = open.iter().map(|case| case.lead_unit).collect();
    let lost: BTreeSet<Uuid> = leads.into_iter().filter(|lead| !reached(lead)).collect();
    found.extend(
        open.into_iter()
            .filter(|case| lost.contains(&case.lead_unit))
            .map(|case| case.number),
    );
    Ok(found)
}

/// Whether somebody sits above a unit.
fn climbs(unit: &unit::Model, above: &HashMap<(&str, &str), Uuid>, manned: &HashSet<Uuid>) -> bool {
    let Ok(place) = Division::parse(&unit.division) else {
        return false;
    };
    let steps = [(Tier::Township, "TMP"), (Tier::County, "MPC"), (Tier::City, "MPO")];
    steps.into_iter().any(|(tier, kind)| {
        let top = place.at(tier);
        let next = top.as_ref().and_then(|top| above.get(&(kind, top.code())));
        next.is_some_and(|unit| manned.contains(unit))
    })
}

async fn fired(db: &impl ConnectionTrait) -> Result<Vec<String>> {
    let mut found = list(db, FIRED_TWICE, []).await?;
    found.extend(list(db, FIRED_SILENTLY, []).await?);
    Ok(found)
}

/// Closed cases with something still open.
async fn undone(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for state in TaskState::ALL.into_iter().filter(|state| state.is_open()) {
        found.extend(list(db, CLOSED_OVER_TASK, [Value::from(state.code())]).await?);
    }
    found.extend(in_force(db, clock::day(now)).await?);
    Ok(found)
}

/// Papers in force, of the kinds that hold a case open, on closed cases.
async fn in_force(db: &impl ConnectionTrait, today: NaiveDate) -> Result<Vec<String>> {
    let sql = "SELECT c.number AS what, m.kind AS kind, m.state AS state, m.expires_on AS last FROM measure m \
        JOIN protection_case c ON c.id = m.case_id WHERE c.stage = 'closed' ORDER BY 1";
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?;
    let mut found = Vec::new();
    for row in rows {
        let kind: String = row.try_get("", "kind")?;
        let last: Option<NaiveDate> = row.try_get("", "last")?;
        let state: String = row.try_get("", "state")?;
        if measures::blocks_closing(&kind, measures::standing(&kind, &state, last, today)) {
            let number: String = row.try_get("", "what")?;
            found.push(format!("{number} {kind}"));
        }
    }
    Ok(found)
}

/// Changes without an entry.
async fn unaudited(db: &impl ConnectionTrait) -> Result<Vec<String>> {
    let mut found = list(db, EVENT_UNAUDITED, []).await?;
    found.extend(list(db, VERSION_UNAUDITED, []).await?);
    for (table, name, acts) in ROWS {
        let named = match acts {
            "" => "SELECT report_id FROM journal_entry WHERE report_id IS NOT NULL".to_owned(),
            acts => format!("SELECT subject FROM journal_entry WHERE act IN ({acts}) AND subject IS NOT NULL"),
        };
        let sql = format!("SELECT '{table} ' || {name} AS what FROM {table} WHERE id NOT IN ({named}) ORDER BY 1");
        found.extend(list(db, &sql, []).await?);
    }
    Ok(found)
}

async fn chained(app: &App) -> Result<Vec<String>> {
    loop {
        match journal::seal(app).await {
            Ok(count) if count < journal::BATCH => break,
            Ok(_) => {}
            // A chain that does not end at its mark is not carried on.
            Err(error) => return Ok(vec![error.to_string()]),
        }
    }
    Ok(match journal::verify(app).await? {
        Ok(_) => Vec::new(),
        Err(broken) => vec![format!("{} {}", broken.seq, broken.why)],
    })
}
