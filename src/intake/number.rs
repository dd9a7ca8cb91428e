//! What the reports and cases say of a telephone number: whether it may be
//! rung up, and how pressing whoever calls from it is.

use super::candidates::called_from;
use super::store;
use crate::entity::{party, report, reporter_identity};
use crate::error::Result;
use crate::rules::call_back::Mark;
use crate::rules::level::RiskLevel;
use crate::state::App;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

/// 儿童本人, among the kinds of reporters.
const CHILD: &str = "V01";
/// Reports looked at, the latest first.
const LOOKED_AT: u64 = 200;

/// What is known of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownNumber {
    /// Whether it may be rung up.
    pub mark: Mark,
    /// A report from it was red.
    pub red: bool,
    /// A child called from it.
    pub child: bool,
}

/// What the reports and cases say of a number. Marked unsafe once, anywhere, or
/// a suspect's own, it is unsafe whatever was said later.
///
/// # Errors
/// When the database refuses.
pub async fn known_number(db: &impl ConnectionTrait, app: &App, number: &str) -> Result<KnownNumber> {
    let mut known = KnownNumber {
        mark: Mark::Unmarked,
        red: false,
        child: false,
    };
    let Some(index) = app.vault.index_some("phone", Some(number)) else {
        return Ok(known);
    };
    let suspects = party::Entity::find()
        .filter(party::Column::PhoneIndex.eq(&index))
        .filter(party::Column::Suspect.eq(true))
        .count(db)
        .await?;
    let mut dangerous = suspects > 0;
    let mut safe = reporter_identity::Entity::find()
        .filter(reporter_identity::Column::PhoneIndex.eq(&index))
        .filter(reporter_identity::Column::SafePhone.eq(true))
        .count(db)
        .await?
        > 0;
    let reports = report::Entity::find()
        .filter(report::Column::Id.in_subquery(called_from(&index)))
        .order_by_desc(report::Column::StartedAt)
        .limit(LOOKED_AT)
        .all(db)
        .await?;
    for report in &reports {
        // What was typed into a draft counts as well.
        let typed = store::open_form(&app.vault, report)?;
        let kinds = [&report.reporter_type, &typed.reporter_type];
        known.red |= report.level == Some(RiskLevel::Red.number());
        known.child |= kinds.into_iter().any(|kind| kind.as_deref() == Some(CHILD));
        match typed.caller.safe_phone {
            Some(false) => dangerous = true,
            Some(true) => safe = true,
            None => {}
        }
    }
    known.mark = match (dangerous, safe) {
        (true, _) => Mark::Unsafe,
        (false, true) => Mark::Safe,
        (false, false) => Mark::Unmarked,
    };
    Ok(known)
}
