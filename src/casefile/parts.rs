//! Who takes part, by which rule, and who must not know.

use super::actions::Powers;
use super::names::Names;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{account, case_unit, recusal, unit};
use crate::error::Result;
use crate::rules::policy::{Action, Part};
use crate::state::App;
use crate::vault::Slot;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

/// One unit's part.
pub(crate) struct UnitRow {
    pub(crate) part: &'static str,
    pub(crate) unit: String,
    pub(crate) person: String,
    pub(crate) rule: String,
    pub(crate) why: String,
    pub(crate) until: Option<String>,
    pub(crate) signed: Option<String>,
}

/// The parts of a case, those that ended included, the present ones first.
pub(crate) async fn of_case(db: &impl ConnectionTrait, case: Uuid) -> Result<Vec<case_unit::Model>> {
    let mut rows = case_unit::Entity::find()
        .filter(case_unit::Column::CaseId.eq(case))
        .order_by_asc(case_unit::Column::Id)
        .all(db)
        .await?;
    rows.sort_by_key(|row| {
        let rank = Part::ALL.iter().position(|part| part.code() == row.part);
        (row.until.is_some(), rank)
    });
    Ok(rows)
}

/// Whether the actor's own unit takes part now and has not signed.
pub(crate) fn unsigned(ctx: &Ctx, rows: &[case_unit::Model]) -> bool {
    rows.iter()
        .any(|row| ctx.actor.serves(row.unit_id) && row.until.is_none() && row.signed_at.is_none())
}

/// In words.
pub(crate) fn rows(rows: Vec<case_unit::Model>, names: &Names) -> Vec<UnitRow> {
    rows.into_iter()
        .map(|row| UnitRow {
            part: Part::parse(&row.part).map_or("参与", Part::label),
            unit: names.unit(row.unit_id),
            person: row.account_id.map(|id| names.person(Some(id))).unwrap_or_default(),
            rule: row.rule,
            why: row.why,
            until: row.until.map(clock::minute),
            signed: row
                .signed_at
                .map(|at| format!("{} {}", clock::minute(at), names.person(row.signed_by))),
        })
        .collect()
}

/// Who was recused, for those who rule on it.
pub(crate) async fn recusals(db: &impl ConnectionTrait, app: &App, powers: &Powers, case: Uuid) -> Result<Vec<String>> {
    if !powers.may(Action::Dispatch) {
        return Ok(Vec::new());
    }
    let rows = recusal::Entity::find()
        .filter(recusal::Column::CaseId.eq(case))
        .order_by_asc(recusal::Column::Id)
        .all(db)
        .await?;
    let mut said = Vec::with_capacity(rows.len());
    for row in rows {
        let who = match (row.account_id, row.unit_id) {
            (Some(id), _) => match account::Entity::find_by_id(id).one(db).await? {
                Some(found) => app.vault.open(Slot::new("account", "name", id), &found.name)?,
                None => "未知人员".to_owned(),
            },
            (None, Some(id)) => match unit::Entity::find_by_id(id).one(db).await? {
                Some(found) => found.name,
                None => "未知单位".to_owned(),
            },
            (None, None) => continue,
        };
        said.push(format!("{who}（{}，{}）", row.rule, clock::minute(row.at)));
    }
    Ok(said)
}
