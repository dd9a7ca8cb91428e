//! Sealing what was typed and writing it back.

use super::State;
use crate::db::{self, insert_all};
use crate::entity::{CodeList, Sealed, report, report_child, reporter_identity};
use crate::error::Result;
use crate::intake::Seen;
use crate::intake::facts::{Caller, ReportInput, said};
use crate::rules::codes;
use crate::rules::level::RiskLevel;
use crate::rules::triage::Suggestion;
use crate::state::App;
use crate::vault::{Slot, Vault};
use anyhow::Context;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// What was typed, sealed whole but for who called: that is kept apart.
fn form_columns(vault: &Vault, id: Uuid, row: &mut report::ActiveModel, input: &ReportInput) -> Result<()> {
    let mut rest = input.clone();
    rest.caller = Caller {
        anonymous: input.caller.anonymous,
        safe_phone: input.caller.safe_phone,
        ..Caller::default()
    };
    let text = serde_json::to_string(&rest).context("form of a report")?;
    row.form = Set(Some(vault.seal(Slot::new("report", "form", id), &text)?));
    // Words typed in place of a code stay in the sealed form alone.
    if let Some(channel) = codes::channel(input.channel()) {
        row.channel = Set(channel.code.clone());
    }
    if let Some(demand) = codes::demand_type(input.demand_type()) {
        row.demand_type = Set(demand.code.clone());
    }
    Ok(())
}

/// Writes who called, sealed under the reporters' own key.
///
/// # Errors
/// When the database refuses.
pub(in crate::intake) async fn write_caller(
    tx: &impl ConnectionTrait,
    vault: &Vault,
    report: Uuid,
    caller: &Caller,
) -> Result<()> {
    use reporter_identity::Column;
    let row = caller_row(vault, report, caller)?;
    let changed = [
        Column::Name,
        Column::Position,
        Column::Phone,
        Column::PhoneIndex,
        Column::Anonymous,
        Column::SafePhone,
        Column::SafeTime,
    ];
    reporter_identity::Entity::insert(row)
        .on_conflict(OnConflict::column(Column::ReportId).update_columns(changed).to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Who called, sealed, not written yet.
///
/// # Errors
/// When the vault refuses.
pub(in crate::intake) fn caller_row(
    vault: &Vault,
    report: Uuid,
    caller: &Caller,
) -> Result<reporter_identity::ActiveModel> {
    let slot = |column| Slot::new("reporter_identity", column, report);
    Ok(reporter_identity::ActiveModel {
        report_id: Set(report),
        name: Set(vault.seal_some(slot("name"), caller.name.as_deref())?),
        position: Set(vault.seal_some(slot("position"), caller.position.as_deref())?),
        phone: Set(vault.seal_some(slot("phone"), caller.phone.as_deref())?),
        phone_index: Set(vault.index_some("phone", caller.phone.as_deref())),
        anonymous: Set(caller.anonymous),
        safe_phone: Set(caller.safe_phone == Some(true)),
        safe_time: Set(vault.seal_some(slot("safe_time"), caller.safe_time.as_deref())?),
    })
}

/// Writes what was typed and nothing else: a draft.
///
/// # Errors
/// [`Stale`](crate::error::Error::Stale); when the database refuses.
pub(in crate::intake) async fn write_form(
    tx: &impl ConnectionTrait,
    app: &App,
    seen: Seen,
    input: &ReportInput,
) -> Result<report::Model> {
    write_caller(tx, &app.vault, seen.id, &input.caller).await?;
    let mut row = report::ActiveModel::default();
    form_columns(&app.vault, seen.id, &mut row, input)?;
    db::update(tx, (seen.id, seen.version), row).await
}

/// The level of a report, what suggested it and why it is lower than that.
#[derive(Debug, Clone)]
pub(in crate::intake) struct Graded {
    /// What the rules suggest.
    pub(in crate::intake) suggestion: Suggestion,
    /// What holds.
    pub(in crate::intake) level: RiskLevel,
}

/// What becomes of a report.
#[derive(Debug)]
pub(in crate::intake) struct Decided<'a> {
    pub(in crate::intake) state: State,
    pub(in crate::intake) outcome: &'a str,
    pub(in crate::intake) at: DateTime<Utc>,
    pub(in crate::intake) case: Option<Uuid>,
    pub(in crate::intake) note: Option<Sealed>,
    pub(in crate::intake) line: Option<&'a str>,
    pub(in crate::intake) proposed_by: Option<Uuid>,
}

impl<'a> Decided<'a> {
    /// An outcome without anything further.
    pub(in crate::intake) fn new(state: State, outcome: &'a str, at: DateTime<Utc>) -> Self {
        Self {
            state,
            outcome,
            at,
            case: None,
            note: None,
            line: None,
            proposed_by: None,
        }
    }

    fn write(self, row: &mut report::ActiveModel) {
        row.state = Set(self.state.code().to_owned());
        row.outcome = Set(Some(self.outcome.to_owned()));
        row.case_id = Set(self.case);
        row.outcome_note = Set(self.note);
        row.referred_to = Set(self.line.map(str::to_owned));
        row.proposed_by = Set(self.proposed_by);
        row.submitted_at = Set(Some(self.at));
        row.decided_at = Set(Some(self.at));
    }
}

/// Writes a report with all its columns, its children and who called.
///
/// # Errors
/// [`Stale`](crate::error::Error::Stale); when the database refuses.
pub(in crate::intake) async fn write(
    tx: &impl ConnectionTrait,
    app: &App,
    seen: Seen,
    (input, graded): (&ReportInput, &Graded),
    decided: Decided<'_>,
) -> Result<report::Model> {
    let vault = &app.vault;
    let mut row = report::ActiveModel::default();
    fill(vault, (seen.id, &mut row), (input, graded), decided)?;
    write_caller(tx, vault, seen.id, &input.caller).await?;
    report_child::Entity::delete_many()
        .filter(report_child::Column::ReportId.eq(seen.id))
        .exec(tx)
        .await?;
    insert_all(tx, child_rows(vault, seen.id, input)?).await?;
    db::update(tx, (seen.id, seen.version), row).await
}

/// Puts all that is known into a row.
///
/// # Errors
/// When the vault refuses.
pub(in crate::intake) fn fill(
    vault: &Vault,
    (id, row): (Uuid, &mut report::ActiveModel),
    (input, graded): (&ReportInput, &Graded),
    decided: Decided<'_>,
) -> Result<()> {
    form_columns(vault, id, row, input)?;
    code_columns(row, input, graded);
    sealed_columns(vault, id, row, input)?;
    decided.write(row);
    Ok(())
}

fn code_columns(row: &mut report::ActiveModel, input: &ReportInput, graded: &Graded) {
    let code = |text: Option<&String>| said(text).map(str::to_owned);
    let place = |division: Option<crate::rules::division::Division>| division.map(|place| place.code().to_owned());
    let suggestion = &graded.suggestion;
    let reasons = suggestion.reasons.iter();
    row.case_types = Set(CodeList(input.case_types.clone()));
    row.mandatory_situations = Set(CodeList(input.mandatory_situations.clone()));
    row.danger_flags = Set(CodeList(input.danger_flags.clone()));
    let answers = input.choices();
    row.safety_answers = Set(json!(
        answers
            .iter()
            .map(|(code, answer)| (code.clone(), answer.code()))
            .collect::<std::collections::BTreeMap<_, _>>()
    ));
    row.suggested_level = Set(Some(suggestion.level.number()));
    row.suggestion = Set(json!(
        reasons
            .map(|reason| json!([reason.rule, reason.text]))
            .collect::<Vec<_>>()
    ));
    row.level = Set(Some(graded.level.number()));
    row.sensitivity = Set(suggestion.sensitivity.number());
    row.reporter_type = Set(code(input.reporter_type.as_ref()));
    row.relation_to_child = Set(code(input.relation_to_child.as_ref()));
    row.confidential = Set(input.confidential.unwrap_or(true));
    row.mandated = Set(suggestion.mandated);
    row.child_location = Set(place(input.location()));
    row.incident_place = Set(place(input.incident()));
    row.residence = Set(place(crate::intake::facts::division(input.residence.as_ref())));
    row.domicile = Set(place(crate::intake::facts::division(input.domicile.as_ref())));
    row.cohabiting_suspect = Set(input.cohabiting().code().to_owned());
    row.suspect_relation = Set(code(input.suspect_relation.as_ref()));
    row.official_tier = Set(code(input.involved_official.as_ref()));
    row.teaching_staff = Set(input.teaching_staff);
    row.at_school = Set(input.at_school);
    row.reported_to_police = Set(input.reported_to_police == Some(true));
    row.discovered_at = Set(input.discovered_at);
    row.ext_order_no = Set(code(input.ext_order_no.as_ref()));
}

fn sealed_columns(vault: &Vault, id: Uuid, row: &mut report::ActiveModel, input: &ReportInput) -> Result<()> {
    let seal = |column, text: Option<&String>| vault.seal_some(Slot::new("report", column, id), said(text));
    let address = |place: Option<&crate::intake::facts::PlaceInput>| place.and_then(|place| place.address.clone());
    row.level_reason = Set(seal("level_reason", input.urgency_reason.as_ref())?);
    row.child_address = Set(seal("child_address", address(input.child_location.as_ref()).as_ref())?);
    row.incident_address = Set(seal(
        "incident_address",
        address(input.incident_place.as_ref()).as_ref(),
    )?);
    row.suspect_name = Set(seal("suspect_name", input.suspect_name.as_ref())?);
    row.police_receipt = Set(seal("police_receipt", input.police_receipt_no.as_ref())?);
    row.title = Set(seal("title", input.title.as_ref())?);
    row.content = Set(seal("content", input.content.as_ref())?);
    Ok(())
}

/// The children, sealed, not written yet.
///
/// # Errors
/// When the vault refuses.
pub(in crate::intake) fn child_rows(
    vault: &Vault,
    report: Uuid,
    input: &ReportInput,
) -> Result<Vec<report_child::ActiveModel>> {
    let mut rows = Vec::new();
    for (child, position) in input.known_children().zip(1i16..) {
        let id = Uuid::now_v7();
        let slot = |column| Slot::new("report_child", column, id);
        rows.push(report_child::ActiveModel {
            id: Set(id),
            report_id: Set(report),
            position: Set(position),
            name: Set(vault.seal_some(slot("name"), child.name.as_deref())?),
            name_index: Set(vault.index_some("name", child.name.as_deref())),
            sex: Set(child.sex().to_owned()),
            age: Set(child.age),
            id_number: Set(vault.seal_some(slot("id_number"), child.id_number.as_deref())?),
            id_index: Set(vault.index_some("id_number", child.id_number.as_deref())),
            feature: Set(vault.seal_some(slot("feature"), child.feature.as_deref())?),
        });
    }
    Ok(rows)
}
