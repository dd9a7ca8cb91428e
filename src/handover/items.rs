//! What a person leaves behind: everything open that carries their name.

use super::Scope;
use crate::entity::{case_unit, protection_case, report, task, visit};
use crate::error::Result;
use crate::rules::policy::Part;
use crate::rules::taskflow::TaskState;
use crate::rules::workflow::Stage;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

/// A kind of open item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// 主办个案
    Case,
    /// 协办、督办个案
    Part,
    /// 已签收未办结的协办任务
    Task,
    /// 待答复的走访退问
    Visit,
    /// 未处理完的线索
    Report,
}

impl Kind {
    /// Every kind, in the order of the page.
    pub const ALL: [Self; 5] = [Self::Case, Self::Part, Self::Task, Self::Visit, Self::Report];

    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Case => "主办个案",
            Self::Part => "协办、督办个案",
            Self::Task => "协办任务",
            Self::Visit => "待答复的走访",
            Self::Report => "未处理完的线索",
        }
    }
}

/// One open item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// The row that carries the person's name.
    pub id: Uuid,
    /// Its number, to speak about it.
    pub number: String,
    /// The case it belongs to.
    pub case: Option<Uuid>,
    /// The unit that answers for it; nothing for the desk's reports.
    pub unit: Option<Uuid>,
    /// The level, 1–4; 0 for none.
    pub level: i16,
    /// When it is due next.
    pub due_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// The open items of a person, of one unit or of all, most urgent first.
///
/// # Errors
/// When the database refuses.
pub async fn items(db: &impl ConnectionTrait, person: Uuid, scope: Scope) -> Result<Vec<Item>> {
    let mut all = cases(db, person).await?;
    all.extend(parts(db, person).await?);
    all.extend(tasks(db, person).await?);
    all.extend(visits(db, person).await?);
    all.extend(reports(db, person).await?);
    if let Scope::Unit(unit) = scope {
        all.retain(|item| item.unit == Some(unit));
    }
    all.sort_by_key(|item| (item.kind, item.level, item.due_at, item.id));
    Ok(all)
}

fn open_stages() -> Vec<&'static str> {
    let open = Stage::ALL.into_iter().filter(|stage| stage.is_open());
    open.map(Stage::code).collect()
}

fn open_cases() -> SelectStatement {
    Query::select()
        .column(protection_case::Column::Id)
        .from(protection_case::Entity)
        .and_where(protection_case::Column::Stage.is_in(open_stages()))
        .to_owned()
}

async fn cases(db: &impl ConnectionTrait, person: Uuid) -> Result<Vec<Item>> {
    let found = protection_case::Entity::find()
        .filter(protection_case::Column::Assignee.eq(person))
        .filter(protection_case::Column::Stage.is_in(open_stages()))
        .all(db)
        .await?;
    let item = |row: protection_case::Model| Item {
        kind: Kind::Case,
        id: row.id,
        number: row.number,
        case: Some(row.id),
        unit: Some(row.lead_unit),
        level: row.level,
        due_at: row.next_due_at,
    };
    Ok(found.into_iter().map(item).collect())
}

/// The parts but the lead's, which goes with the case.
async fn parts(db: &impl ConnectionTrait, person: Uuid) -> Result<Vec<Item>> {
    let found = case_unit::Entity::find()
        .filter(case_unit::Column::AccountId.eq(person))
        .filter(case_unit::Column::Until.is_null())
        .filter(case_unit::Column::CaseId.in_subquery(open_cases()))
        .all(db)
        .await?;
    let mut items = Vec::with_capacity(found.len());
    for row in found {
        let Some(case) = protection_case::Entity::find_by_id(row.case_id).one(db).await? else {
            continue;
        };
        if row.part == Part::Lead.code() && case.assignee == Some(person) {
            continue;
        }
        items.push(Item {
            kind: Kind::Part,
            id: row.id,
            number: case.number,
            case: Some(case.id),
            unit: Some(row.unit_id),
            level: case.level,
            due_at: case.next_due_at,
        });
    }
    Ok(items)
}

async fn tasks(db: &impl ConnectionTrait, person: Uuid) -> Result<Vec<Item>> {
    let open = TaskState::ALL.into_iter().filter(|state| state.is_open());
    let found = task::Entity::find()
        .filter(task::Column::SignedBy.eq(person))
        .filter(task::Column::State.is_in(open.map(TaskState::code)))
        .all(db)
        .await?;
    let item = |row: task::Model| Item {
        kind: Kind::Task,
        id: row.id,
        number: row.number,
        case: Some(row.case_id),
        unit: Some(row.unit_id),
        level: row.level,
        due_at: row.due_at,
    };
    Ok(found.into_iter().map(item).collect())
}

/// Visits about which somebody asked and nobody has answered.
async fn visits(db: &impl ConnectionTrait, person: Uuid) -> Result<Vec<Item>> {
    let found = visit::Entity::find()
        .filter(visit::Column::Author.eq(person))
        .filter(visit::Column::ReviewState.eq("queried"))
        .filter(visit::Column::CaseId.in_subquery(open_cases()))
        .all(db)
        .await?;
    let item = |row: visit::Model| Item {
        kind: Kind::Visit,
        id: row.id,
        number: row.number,
        case: Some(row.case_id),
        unit: row.unit_id,
        level: 0,
        due_at: None,
    };
    Ok(found.into_iter().map(item).collect())
}

async fn reports(db: &impl ConnectionTrait, person: Uuid) -> Result<Vec<Item>> {
    let found = report::Entity::find()
        .filter(report::Column::OpenedBy.eq(person))
        .filter(report::Column::DecidedAt.is_null())
        .order_by_asc(report::Column::Id)
        .all(db)
        .await?;
    let item = |row: report::Model| Item {
        kind: Kind::Report,
        id: row.id,
        number: row.number,
        case: row.case_id,
        unit: None,
        level: row.level.unwrap_or(0),
        due_at: None,
    };
    Ok(found.into_iter().map(item).collect())
}
