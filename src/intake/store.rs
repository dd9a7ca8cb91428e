//! Rows of a report: loading one for a purpose, opening what was typed, and
//! writing it back.

use super::Seen;
use super::facts::{Caller, ReportInput, said};
use crate::casework;
use crate::ctx::Ctx;
use crate::entity::{CodeList, Sealed, protection_case, recusal, report, report_child, reporter_identity};
use crate::error::{Denial, Error, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::codes;
use crate::rules::level::RiskLevel;
use crate::rules::policy::{self, ReportAction, ReportFacts};
use crate::rules::triage::Suggestion;
use crate::rules::workflow::Stage;
use crate::state::App;
use crate::vault::{Slot, Vault};
use anyhow::Context;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::OnConflict;
use sea_orm::ActiveValue::{self, NotSet, Set};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// 草稿
    Draft,
    /// 已转办
    Routed,
    /// 已并入
    Joined,
    /// 已答复
    Answered,
    /// 已转介
    Referred,
    /// 待复核
    Screening,
    /// 不予受理
    ScreenedOut,
    /// 无效来电
    Dismissed,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Draft,
        Self::Routed,
        Self::Joined,
        Self::Answered,
        Self::Referred,
        Self::Screening,
        Self::ScreenedOut,
        Self::Dismissed,
    ];

    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Routed => "routed",
            Self::Joined => "joined",
            Self::Answered => "answered",
            Self::Referred => "referred",
            Self::Screening => "screening",
            Self::ScreenedOut => "screened_out",
            Self::Dismissed => "dismissed",
        }
    }

    /// The words on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Draft => "草稿",
            Self::Routed => "已转办",
            Self::Joined => "已并入",
            Self::Answered => "已答复",
            Self::Referred => "已转介",
            Self::Screening => "待复核",
            Self::ScreenedOut => "不予受理",
            Self::Dismissed => "无效来电",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// A report opened for reading.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The row.
    pub report: report::Model,
    /// Its state.
    pub state: State,
    /// What was typed; the caller is blank for those who may not know.
    pub input: ReportInput,
    /// The answer, the reason of the screening, or the note of its refusal.
    pub note: Option<String>,
    /// The number of its case, where there is one.
    pub case_number: Option<String>,
}

/// A report for one purpose. One that the person may not even see does not
/// exist for them.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Hidden`], [`Error::Forbidden`].
pub(super) async fn fetch(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    id: Uuid,
    action: ReportAction,
) -> Result<report::Model> {
    let report = report::Entity::find_by_id(id).one(db).await?.ok_or(Error::NotFound)?;
    let facts = ReportFacts {
        opened_by: report.opened_by,
        reporter_account: report.reporter_account,
        recused: recused(db, ctx, report.case_id).await?,
    };
    let may = |action| policy::may_report(&ctx.actor, action, &facts);
    if may(action) {
        return Ok(report);
    }
    let denial = Denial {
        act: format!("report {action:?}"),
        case: None,
        report: Some(id),
    };
    Err(if may(ReportAction::View) {
        Error::Forbidden(denial)
    } else {
        Error::Hidden(denial)
    })
}

/// Whether the asker is kept out of the case of a report.
async fn recused(db: &impl ConnectionTrait, ctx: &Ctx, case: Option<Uuid>) -> Result<bool> {
    let Some(case) = case else { return Ok(false) };
    let who = Condition::any()
        .add(recusal::Column::AccountId.eq(ctx.actor.account))
        .add_option(ctx.actor.unit.map(|unit| recusal::Column::UnitId.eq(unit)));
    let found = recusal::Entity::find()
        .filter(recusal::Column::CaseId.eq(case))
        .filter(who)
        .count(db)
        .await?;
    Ok(found > 0)
}

/// The state of a report.
///
/// # Errors
/// When the stored word is unknown.
pub(super) fn state_of(report: &report::Model) -> Result<State> {
    Ok(State::parse(&report.state).context("state of a report in the database")?)
}

/// A report that the person works on, in the version they saw and in one of
/// the states named.
///
/// # Errors
/// As [`fetch`]; [`Error::Stale`]; [`Error::Conflict`] in another state.
pub(super) async fn fetch_in(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    seen: Seen,
    (action, states): (ReportAction, &[State]),
) -> Result<report::Model> {
    let report = fetch(db, ctx, seen.id, action).await?;
    casework::check_version(seen.version, report.version)?;
    let state = state_of(&report)?;
    if states.contains(&state) {
        Ok(report)
    } else {
        let text = format!("该线索{}，不能再执行此操作；刷新查看最新状态", state.label());
        Err(Error::Conflict(text))
    }
}

/// A draft that the person works on.
///
/// # Errors
/// As [`fetch_in`].
pub(super) async fn fetch_draft(db: &impl ConnectionTrait, ctx: &Ctx, seen: Seen) -> Result<report::Model> {
    fetch_in(db, ctx, seen, (ReportAction::Work, &[State::Draft])).await
}

/// What was typed, sealed whole but for who called: that is kept apart.
fn sealed_form(vault: &Vault, id: Uuid, input: &ReportInput) -> Result<report::ActiveModel> {
    let mut rest = input.clone();
    rest.caller = Caller {
        anonymous: input.caller.anonymous,
        safe_phone: input.caller.safe_phone,
        ..Caller::default()
    };
    let text = serde_json::to_string(&rest).context("form of a report")?;
    Ok(report::ActiveModel {
        form: Set(Some(vault.seal(Slot::new("report", "form", id), &text)?)),
        channel: known(codes::channel(input.channel())),
        demand_type: known(codes::demand_type(input.demand_type())),
        ..Default::default()
    })
}

/// A code for a column that is not sealed: words typed in its place stay in
/// the sealed form alone.
fn known(term: Option<&codes::Term>) -> ActiveValue<String> {
    term.map_or(NotSet, |term| Set(term.code.clone()))
}

/// What was typed, without who called.
///
/// # Errors
/// When it does not open.
pub(super) fn open_form(vault: &Vault, report: &report::Model) -> Result<ReportInput> {
    let slot = Slot::new("report", "form", report.id);
    match vault.open_some(slot, report.form.as_ref())? {
        Some(text) => Ok(serde_json::from_str(&text).context("form of a report")?),
        None => Ok(ReportInput {
            channel: report.channel.clone(),
            demand_type: report.demand_type.clone(),
            ..ReportInput::default()
        }),
    }
}

/// Puts who called back into what was typed.
///
/// # Errors
/// When the database refuses or it does not open.
pub(super) async fn open_caller(
    db: &impl ConnectionTrait,
    vault: &Vault,
    report: Uuid,
    input: &mut ReportInput,
) -> Result<()> {
    let Some(row) = reporter_identity::Entity::find_by_id(report).one(db).await? else {
        return Ok(());
    };
    let slot = |column| Slot::new("reporter_identity", column, report);
    input.caller.name = vault.open_some(slot("name"), row.name.as_ref())?;
    input.caller.phone = vault.open_some(slot("phone"), row.phone.as_ref())?;
    input.caller.safe_time = vault.open_some(slot("safe_time"), row.safe_time.as_ref())?;
    Ok(())
}

/// Writes who called, sealed under the reporters' own key.
///
/// # Errors
/// When the database refuses.
pub(super) async fn write_caller(
    tx: &impl ConnectionTrait,
    vault: &Vault,
    report: Uuid,
    caller: &Caller,
) -> Result<()> {
    use reporter_identity::Column;
    let slot = |column| Slot::new("reporter_identity", column, report);
    let row = reporter_identity::ActiveModel {
        report_id: Set(report),
        name: Set(vault.seal_some(slot("name"), caller.name.as_deref())?),
        phone: Set(vault.seal_some(slot("phone"), caller.phone.as_deref())?),
        phone_index: Set(vault.index_some("phone", caller.phone.as_deref())),
        anonymous: Set(caller.anonymous),
        safe_phone: Set(caller.safe_phone == Some(true)),
        safe_time: Set(vault.seal_some(slot("safe_time"), caller.safe_time.as_deref())?),
    };
    let changed = [
        Column::Name,
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

/// Writes what was typed and nothing else: a draft.
///
/// # Errors
/// [`Error::Stale`]; when the database refuses.
pub(super) async fn write_form(
    tx: &impl ConnectionTrait,
    app: &App,
    seen: Seen,
    input: &ReportInput,
) -> Result<report::Model> {
    write_caller(tx, &app.vault, seen.id, &input.caller).await?;
    update(tx, seen, sealed_form(&app.vault, seen.id, input)?).await
}

/// The level of a report, what suggested it and why it is lower than that.
#[derive(Debug, Clone)]
pub(super) struct Graded {
    /// What the rules suggest.
    pub(super) suggestion: Suggestion,
    /// What holds.
    pub(super) level: RiskLevel,
}

/// What becomes of a report.
#[derive(Debug)]
pub(super) struct Decided<'a> {
    pub(super) state: State,
    pub(super) outcome: &'a str,
    pub(super) at: DateTime<Utc>,
    pub(super) case: Option<Uuid>,
    pub(super) note: Option<Sealed>,
    pub(super) line: Option<&'a str>,
    pub(super) proposed_by: Option<Uuid>,
}

impl<'a> Decided<'a> {
    /// An outcome without anything further.
    pub(super) fn new(state: State, outcome: &'a str, at: DateTime<Utc>) -> Self {
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
/// [`Error::Stale`]; when the database refuses.
pub(super) async fn write(
    tx: &impl ConnectionTrait,
    app: &App,
    seen: Seen,
    (input, graded): (&ReportInput, &Graded),
    decided: Decided<'_>,
) -> Result<report::Model> {
    let vault = &app.vault;
    let mut row = sealed_form(vault, seen.id, input)?;
    code_columns(&mut row, input, graded);
    sealed_columns(vault, seen.id, &mut row, input)?;
    decided.write(&mut row);
    write_caller(tx, vault, seen.id, &input.caller).await?;
    write_children(tx, vault, seen.id, input).await?;
    update(tx, seen, row).await
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
    row.residence = Set(place(super::facts::division(input.residence.as_ref())));
    row.domicile = Set(place(super::facts::division(input.domicile.as_ref())));
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
    let address = |place: Option<&super::facts::PlaceInput>| place.and_then(|place| place.address.clone());
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

async fn write_children(tx: &impl ConnectionTrait, vault: &Vault, report: Uuid, input: &ReportInput) -> Result<()> {
    report_child::Entity::delete_many()
        .filter(report_child::Column::ReportId.eq(report))
        .exec(tx)
        .await?;
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
    if !rows.is_empty() {
        report_child::Entity::insert_many(rows)
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// One conditional update decides between two at once.
///
/// # Errors
/// [`Error::Stale`]; when the database refuses.
pub(super) async fn update(
    tx: &impl ConnectionTrait,
    seen: Seen,
    mut row: report::ActiveModel,
) -> Result<report::Model> {
    row.version = Set(seen.version.saturating_add(1));
    let changed = report::Entity::update_many()
        .set(row)
        .filter(report::Column::Id.eq(seen.id))
        .filter(report::Column::Version.eq(seen.version))
        .exec(tx)
        .await?;
    let after = report::Entity::find_by_id(seen.id)
        .one(tx)
        .await?
        .ok_or(Error::NotFound)?;
    if changed.rows_affected == 1 {
        Ok(after)
    } else {
        Err(Error::Stale {
            seen: seen.version,
            now: after.version,
        })
    }
}

/// Reads a report. Recorded.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Hidden`].
pub async fn read(app: &App, ctx: &Ctx, id: Uuid) -> Result<Reading> {
    let db = app.db.read();
    let report = fetch(db, ctx, id, ReportAction::View).await?;
    let mut input = open_form(&app.vault, &report)?;
    let facts = ReportFacts {
        opened_by: report.opened_by,
        reporter_account: report.reporter_account,
        recused: false,
    };
    let caller = policy::may_report(&ctx.actor, ReportAction::Caller, &facts);
    if caller {
        open_caller(db, &app.vault, id, &mut input).await?;
    }
    let note = Slot::new("report", "outcome_note", id);
    let note = app.vault.open_some(note, report.outcome_note.as_ref())?;
    let case_number = case_of(app, &report).await?.map(|case| case.number);
    let others = report.opened_by != ctx.account();
    let act = if caller && others {
        Act::ReporterOpened
    } else {
        Act::ReportViewed
    };
    journal::viewed(&app.db, ctx, Entry::new(act).report(id)).await?;
    Ok(Reading {
        state: state_of(&report)?,
        report,
        input,
        note,
        case_number,
    })
}

/// The case of a report.
///
/// # Errors
/// When the database refuses.
pub(super) async fn case_of(app: &App, report: &report::Model) -> Result<Option<protection_case::Model>> {
    match report.case_id {
        Some(case) => Ok(protection_case::Entity::find_by_id(case).one(app.db.read()).await?),
        None => Ok(None),
    }
}

/// A report and the stage of its case.
pub(super) struct ReportStanding {
    pub(super) report: report::Model,
    pub(super) stage: Option<Stage>,
}

/// How a report stands.
///
/// # Errors
/// When the database refuses.
pub(super) async fn standing(app: &App, report: report::Model) -> Result<ReportStanding> {
    let case = case_of(app, &report).await?;
    let stage = case.and_then(|case| Stage::parse(&case.stage));
    Ok(ReportStanding { report, stage })
}
