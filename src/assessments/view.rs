//! Assessments as a case page shows them.

use super::input::{CONCLUSIONS, Findings, INTERVIEWED, Kind, WAYS, label};
use crate::clock;
use crate::entity::{account, assessment};
use crate::error::Result;
use crate::rules::assessment::Dimension;
use crate::rules::level::RiskLevel;
use crate::state::App;
use crate::vault::Slot;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::Value;
use uuid::Uuid;

/// An assessment as a case page shows it.
#[derive(Debug, Clone)]
pub struct AssessmentRow {
    /// Its id.
    pub id: Uuid,
    /// `评估` or `复评`.
    pub kind_label: &'static str,
    /// 1–4.
    pub level: i16,
    /// The level in words.
    pub level_label: &'static str,
    /// `2026-11-23 15:00`.
    pub at: String,
    /// Who assessed.
    pub by: String,
    /// The conclusion in words.
    pub conclusion: String,
    /// One line for each dimension: `监护风险 62/100 蓝·三级`.
    pub scores: Vec<String>,
    /// `2026-11-23 入户，应县金城镇，张某`.
    pub investigation: String,
    /// Whether the child was spoken to alone, in words.
    pub interviewed: String,
    /// The child's words in short, or empty.
    pub child_words: String,
    /// How safe the place is.
    pub scene: String,
    /// The child's opinion or why it was not asked, or empty.
    pub child_opinion: String,
    /// Whether temporary custody is needed.
    pub temp_custody: bool,
}

/// The assessments of a case, latest first.
///
/// # Errors
/// When the database refuses or a field cannot be opened.
pub async fn of_case(app: &App, db: &impl ConnectionTrait, case: Uuid) -> Result<Vec<AssessmentRow>> {
    let found = assessment::Entity::find()
        .filter(assessment::Column::CaseId.eq(case))
        .order_by_desc(assessment::Column::Id)
        .all(db)
        .await?;
    let people = account::Entity::find()
        .filter(account::Column::Id.is_in(found.iter().map(|row| row.assessed_by)))
        .all(db)
        .await?;
    found
        .iter()
        .map(|row| {
            let by = people.iter().find(|person| person.id == row.assessed_by);
            let by = by
                .map(|person| app.vault.open(Slot::new("account", "name", person.id), &person.name))
                .transpose()?;
            shown(app, row, by.unwrap_or_default())
        })
        .collect()
}

fn shown(app: &App, row: &assessment::Model, by: String) -> Result<AssessmentRow> {
    let slot = |column| Slot::new("assessment", column, row.id);
    let findings: Findings =
        serde_json::from_str(&app.vault.open(slot("findings"), &row.findings)?).map_err(anyhow::Error::new)?;
    let opinion = app.vault.open_some(slot("child_opinion"), row.child_opinion.as_ref())?;
    let ways: Vec<_> = findings.ways.iter().map(|way| label(&WAYS, way)).collect();
    let on = findings.on.map(|on| on.to_string()).unwrap_or_default();
    Ok(AssessmentRow {
        id: row.id,
        kind_label: Kind::parse(&row.kind).map_or("", Kind::label),
        level: row.level,
        level_label: RiskLevel::from_number(row.level).map_or("", RiskLevel::label),
        at: clock::minute(row.assessed_at),
        by,
        conclusion: label(&CONCLUSIONS, &row.conclusion),
        scores: lines(&row.scores),
        investigation: format!("{on} {}，{}，{}", ways.join("、"), findings.place, findings.who),
        interviewed: label(&INTERVIEWED, &findings.interviewed),
        child_words: findings.child_words,
        scene: findings.scene,
        child_opinion: opinion.unwrap_or_default(),
        temp_custody: row.temp_custody,
    })
}

fn lines(scores: &Value) -> Vec<String> {
    let dimensions = scores["dimensions"].as_array().map_or(&[][..], Vec::as_slice);
    dimensions.iter().map(line).collect()
}

fn line(result: &Value) -> String {
    let name = result["code"]
        .as_str()
        .and_then(Dimension::parse)
        .map_or("", Dimension::label);
    let level = result["level"]
        .as_str()
        .and_then(RiskLevel::parse)
        .map_or("不适用", RiskLevel::label);
    let veto = result["vetoes"].as_array().is_some_and(|vetoes| !vetoes.is_empty());
    let veto = if veto { "（一票否决）" } else { "" };
    format!("{name} {}/{} {level}{veto}", result["points"], result["max"])
}
