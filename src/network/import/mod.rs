//! Bringing in lists: a plan is made from the file and the network as it is;
//! a dry run shows it, applying writes all of it or nothing.

mod divisions;
mod holidays;
mod plan;
mod sheet;
#[cfg(test)]
mod tests;
mod units;

pub use holidays::{EXTRA_DAYS, WORKING_HOURS, calendar};

use super::rights;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::state::App;
use plan::{Plan, Standing};
use sea_orm::ConnectionTrait;
use serde_json::json;
pub(crate) use sheet::{Row as SheetRow, Sheet};

/// The largest file that is read, in bytes.
pub const LARGEST: usize = 2 * 1024 * 1024;

/// What a list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// 区划: columns 代码, 名称, 类别, 法定, 备注.
    Divisions,
    /// 机构, with their posts where the columns are there: 区划代码, 机构类别,
    /// 机构名称, 值班电话, 启用, 岗位, 登录名, 代班登录名, 请假开始, 请假结束.
    Units,
    /// 岗位 of units that exist: the columns of [`What::Units`].
    Posts,
    /// 节假日与调休: columns 日期, 类型, 名称.
    Holidays,
}

impl What {
    /// Every kind of list.
    pub const ALL: [Self; 4] = [Self::Divisions, Self::Units, Self::Posts, Self::Holidays];

    /// The word on the command line.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Divisions => "divisions",
            Self::Units => "units",
            Self::Posts => "posts",
            Self::Holidays => "holidays",
        }
    }

    /// The words on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Divisions => "区划",
            Self::Units => "机构（可含岗位）",
            Self::Posts => "岗位任职",
            Self::Holidays => "节假日与调休",
        }
    }

    /// The columns of such a list.
    #[must_use]
    pub fn columns(self) -> &'static str {
        match self {
            Self::Divisions => "代码、名称、类别、法定、备注",
            Self::Units => "区划代码、机构类别、机构名称、值班电话、启用、岗位、登录名、代班登录名、请假开始、请假结束",
            Self::Posts => "区划代码、机构类别、机构名称、岗位、登录名、代班登录名、请假开始、请假结束",
            Self::Holidays => "日期、类型（节假日或调休上班）、名称",
        }
    }

    /// Reads the word of the command line.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.code() == code)
    }
}

/// What an import does, did, or why it does not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows read.
    pub rows: usize,
    /// Changes, one line each.
    pub changes: Vec<String>,
    /// Lines that cannot be brought in, and why; with any, nothing is applied.
    /// A fault of the file as a whole stands at its first line.
    pub faults: Vec<(usize, String)>,
    /// Whether the changes were made.
    pub applied: bool,
}

impl Report {
    /// A list that cannot be read at all.
    pub(crate) fn refused(reason: String) -> Self {
        Self {
            faults: vec![(1, reason)],
            ..Self::default()
        }
    }
}

/// Brings in a file, or shows what it would change. A file with a fault
/// changes nothing; the faults are in the report. `what` is a word of
/// [`What::code`]; the name of the file only tells people which one it was.
///
/// # Errors
/// [`Error::BadRequest`] for another kind of list, [`Error::Forbidden`] for
/// whoever may not import, or when the database refuses.
pub async fn import(app: &App, ctx: &Ctx, what: &str, file: (&str, &[u8]), apply: bool) -> Result<Report> {
    let what = What::parse(what).ok_or_else(|| {
        let known: Vec<&str> = What::ALL.iter().map(|what| what.code()).collect();
        Error::BadRequest(format!("可导入的名册：{}", known.join("、")))
    })?;
    if !rights::imports(&ctx.actor) {
        return Err(Error::Forbidden(Error::denied("network.import", None)));
    }
    let (name, bytes) = file;
    if bytes.len() > LARGEST {
        return Ok(Report::refused(format!("{name} 超过 2 MiB，分成几个文件")));
    }
    let sheet = match Sheet::read(bytes) {
        Ok(sheet) => sheet,
        Err(reason) => return Ok(Report::refused(reason)),
    };
    if !apply {
        return Ok(planned(app, app.db.read(), ctx, (what, &sheet)).await?.report);
    }
    let tx = app.db.begin().await?;
    let mut plan = planned(app, &tx, ctx, (what, &sheet)).await?;
    if !plan.report.faults.is_empty() || plan.report.changes.is_empty() {
        return Ok(plan.report);
    }
    plan.write(&tx).await?;
    let detail = json!({ "what": what.code(), "rows": plan.report.rows, "changes": plan.report.changes.len() });
    journal::commit(tx, ctx, Entry::new(Act::NetworkImported).detail(detail)).await?;
    plan.report.applied = true;
    Ok(plan.report)
}

async fn planned(app: &App, db: &impl ConnectionTrait, ctx: &Ctx, list: (What, &Sheet)) -> Result<Plan> {
    let (what, sheet) = list;
    let mut plan = Plan::default();
    plan.report.rows = sheet.rows.len();
    match what {
        What::Divisions => {
            let standing = Standing::load(db).await?;
            divisions::plan(&mut plan, standing, ctx, sheet);
        }
        What::Units | What::Posts => {
            let standing = Standing::load(db).await?;
            units::plan(&mut plan, standing, (app, ctx), sheet, what == What::Units)?;
        }
        What::Holidays => holidays::plan(&mut plan, holidays::stored(db).await?, ctx, sheet),
    }
    Ok(plan)
}
