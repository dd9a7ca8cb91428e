//! 启封报告人: who reported is kept apart and opened by few, each time with a
//! reason that stays on record.

use super::{finish, words};
use crate::casework::fetch_for;
use crate::ctx::Ctx;
use crate::entity::{report, reporter_identity};
use crate::error::Result;
use crate::journal::Act;
use crate::rules::policy::Action;
use crate::state::App;
use crate::vault::Slot;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use uuid::Uuid;

/// Who reported, in the clear. Never part of a case's page or of the API's case.
#[derive(Clone, PartialEq, Eq)]
pub struct ReporterIdentity {
    /// The report.
    pub report: Uuid,
    /// The report's number.
    pub report_number: String,
    /// Name, when given.
    pub name: Option<String>,
    /// Position, of somebody who reports for a unit.
    pub position: Option<String>,
    /// Phone, when given.
    pub phone: Option<String>,
    /// Whether they asked to stay unnamed.
    pub anonymous: bool,
    /// Whether it is safe to call back.
    pub safe_phone: bool,
    /// When it is safe to call back.
    pub safe_time: Option<String>,
}

impl std::fmt::Debug for ReporterIdentity {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "ReporterIdentity({})", self.report)
    }
}

/// Opens the identities of those who reported a case, earliest report first.
/// The case itself does not change, so no version is asked for.
///
/// # Errors
/// Those of [`fetch_for`]; [`crate::error::Error::Invalid`] without a reason.
pub async fn open_reporter(app: &App, ctx: &Ctx, id: Uuid, reason: &str) -> Result<Vec<ReporterIdentity>> {
    let reason = words("reason", "启封理由", reason, 500)?;
    let tx = app.db.begin().await?;
    fetch_for(&tx, ctx, id, Action::OpenReporter).await?;
    let reports = report::Entity::find()
        .filter(report::Column::CaseId.eq(id))
        .order_by_asc(report::Column::Id)
        .all(&tx)
        .await?;
    let mut opened = Vec::new();
    for report in reports {
        let row = reporter_identity::Entity::find_by_id(report.id).one(&tx).await?;
        if let Some(row) = row {
            opened.push(open(app, &row, report.number)?);
        }
    }
    let refs = json!({ "reports": opened.iter().map(|one| one.report).collect::<Vec<_>>() });
    finish(tx, app, ctx, id, (Act::ReporterOpened, Some(&reason), refs)).await?;
    Ok(opened)
}

fn open(app: &App, row: &reporter_identity::Model, report_number: String) -> Result<ReporterIdentity> {
    let slot = |column| Slot::new("reporter_identity", column, row.report_id);
    Ok(ReporterIdentity {
        report: row.report_id,
        report_number,
        name: app.vault.open_some(slot("name"), row.name.as_ref())?,
        position: app.vault.open_some(slot("position"), row.position.as_ref())?,
        phone: app.vault.open_some(slot("phone"), row.phone.as_ref())?,
        anonymous: row.anonymous,
        safe_phone: row.safe_phone,
        safe_time: app.vault.open_some(slot("safe_time"), row.safe_time.as_ref())?,
    })
}
