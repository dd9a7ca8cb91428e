//! What must hold after any history: asked of the tables, not of the code that
//! wrote them. Every finding names what it is about.

mod clocks;
mod left;
mod over;
mod owners;
mod places;

use crate::error::Result;
use crate::journal;
use crate::state::App;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Statement, Value};

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
    /// 到期的措施不再有效
    ExpiredOver,
    /// 已移交的个案由移入地主办，其岗位全空时由上级主办
    TakenOver,
    /// 交出的岗位名下没有在办事项
    PostEmptied,
    /// 停用的账号名下没有在办事项和岗位
    AccountEmptied,
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
            Self::ExpiredOver => "到期的措施不再有效",
            Self::TakenOver => "已移交的个案由移入地主办，其岗位全空时由上级主办",
            Self::PostEmptied => "交出的岗位名下没有在办事项",
            Self::AccountEmptied => "停用的账号名下没有在办事项和岗位",
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
    use Invariant as I;
    let db = app.db.read();
    let verdict = |invariant, broken| Verdict { invariant, broken };
    Ok(vec![
        verdict(I::ReportOwned, owners::reports(db).await?),
        verdict(I::CaseOwned, owners::cases(db).await?),
        verdict(I::ClockFired, clocks::forgotten(db, now).await?),
        verdict(I::FiredOnce, clocks::fired(db).await?),
        verdict(
            I::ReturnBound,
            list(db, RETURNED_TOO_OFTEN, [Value::from(RETURNS)]).await?,
        ),
        verdict(I::ClosedDone, over::undone(db, now).await?),
        verdict(I::ExpiredOver, over::expired(db, now).await?),
        verdict(I::TakenOver, places::misplaced(db).await?),
        verdict(I::PostEmptied, left::given_up(db).await?),
        verdict(I::AccountEmptied, left::disabled(db).await?),
        verdict(I::Audited, unaudited(db).await?),
        verdict(I::Chained, chained(app).await?),
    ])
}

const RETURNED_TOO_OFTEN: &str = "SELECT number AS what FROM protection_case WHERE return_count > $1 ORDER BY 1";

const EVENT_UNAUDITED: &str = "SELECT c.number || ' ' || e.kind AS what FROM case_event e \
    JOIN protection_case c ON c.id = e.case_id WHERE NOT EXISTS (SELECT 1 FROM journal_entry j \
    WHERE j.case_id = e.case_id AND j.at = e.entered_at AND j.outcome = 'done') ORDER BY 1";

const VERSION_UNAUDITED: &str = "SELECT c.number || ' ' || c.stage AS what FROM protection_case c LEFT JOIN \
    (SELECT case_id, count(*) AS entries FROM journal_entry WHERE outcome = 'done' GROUP BY case_id) j \
    ON j.case_id = c.id WHERE c.version > coalesce(j.entries, 0) ORDER BY 1";

/// Rows that each have an entry of their own: the table, what names a row, the
/// acts that stand for it, and which rows are meant.
const ROWS: [(&str, &str, &str, &str); 6] = [
    ("task", "number", "'task_opened'", "true"),
    ("visit", "number", "'visit_recorded'", "true"),
    ("assessment", "kind", "'case_assessed', 'case_reviewed'", "true"),
    ("transfer", "number", "'transfer_asked'", "true"),
    // What a joint task brought stands under the entry of its report.
    (
        "measure",
        "kind",
        "'measure_recorded', 'measure_begun'",
        "task_id IS NULL",
    ),
    ("report", "number", "", "true"),
];

async fn list<const N: usize>(db: &impl ConnectionTrait, sql: &str, values: [Value; N]) -> Result<Vec<String>> {
    let ask = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let rows = db.query_all_raw(ask).await?;
    let read = rows.iter().map(|row| row.try_get("", "what"));
    Ok(read.collect::<Result<Vec<String>, sea_orm::DbErr>>()?)
}

/// Changes without an entry.
async fn unaudited(db: &impl ConnectionTrait) -> Result<Vec<String>> {
    let mut found = list(db, EVENT_UNAUDITED, []).await?;
    found.extend(list(db, VERSION_UNAUDITED, []).await?);
    for (table, name, acts, rows) in ROWS {
        let named = match acts {
            "" => "SELECT report_id FROM journal_entry WHERE report_id IS NOT NULL".to_owned(),
            acts => format!("SELECT subject FROM journal_entry WHERE act IN ({acts}) AND subject IS NOT NULL"),
        };
        let sql =
            format!("SELECT '{table} ' || {name} AS what FROM {table} WHERE {rows} AND id NOT IN ({named}) ORDER BY 1");
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
