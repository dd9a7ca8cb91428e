//! 转办立案: a report opens a case by its routing plan, in one transaction.

use super::facts::{ChildInput, ReportInput, said};
use super::store::{self, Decided, Graded};
use super::{Seen, State, emergency, planning};
use crate::casework::{self, NewChild, NewParty, Opening};
use crate::ctx::Ctx;
use crate::entity::{emergency_call, protection_case, report};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::codes;
use crate::rules::idcard;
use crate::rules::level::RiskLevel;
use crate::rules::routing::{Plan, Recused};
use crate::rules::triage::Suggestion;
use crate::state::App;
use crate::tasks;
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use serde_json::json;

/// A case was opened.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The report as it is now.
    pub report: report::Model,
    /// The case.
    pub case: protection_case::Model,
    /// Where it went.
    pub plan: Plan,
    /// What the rules suggested.
    pub suggestion: Suggestion,
    /// What is still missing; noted on the case.
    pub gaps: Vec<String>,
}

/// All that is decided before anything is written.
pub(super) struct Ready {
    graded: Graded,
    plan: Plan,
    recused: Recused,
    received_at: DateTime<Utc>,
    calls: Vec<emergency_call::Model>,
    gaps: Vec<String>,
}

/// 转办立案: opens a case by the routing plan. Sent twice, it happens once.
///
/// # Errors
/// [`Error::Invalid`] for faults (lowering without a reason, no content …),
/// [`Error::Stale`], [`Error::Hidden`].
pub async fn route(app: &App, ctx: &Ctx, seen: Seen, input: &ReportInput) -> Result<Opened> {
    let report = store::fetch_draft(app.db.read(), ctx, seen).await?;
    let ready = prepare(app, ctx, input, Some(&report)).await?;
    let tx = app.db.begin().await?;
    let opened = open(&tx, app, ctx, (&report, input), ready).await?;
    journal::commit(tx, ctx, entry(&opened)).await?;
    Ok(opened)
}

/// The journal's line for an opened case.
pub(super) fn entry(opened: &Opened) -> Entry {
    let detail = json!({
        "level": opened.case.level,
        "suggested": opened.suggestion.level.number(),
        "lead": opened.plan.lead.unit,
        "rule": opened.plan.lead.rule,
    });
    Entry::new(Act::CaseOpened)
        .report(opened.report.id)
        .case(opened.case.id)
        .detail(detail)
}

/// Checks a report and plans its route; nothing is written.
///
/// # Errors
/// [`Error::Invalid`] with every fault; when the database refuses.
pub(super) async fn prepare(
    app: &App,
    ctx: &Ctx,
    input: &ReportInput,
    report: Option<&report::Model>,
) -> Result<Ready> {
    let graded = planning::grade(app, ctx, input, report.map(|report| report.id)).await?;
    let mut faults = input.validate(ctx.now, app.config.demo);
    faults.extend(wanting(input, &graded));
    faults.extend(planning::lowering_fault(input, &graded));
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let received_at = input
        .received_at
        .or(report.map(|report| report.started_at))
        .unwrap_or(ctx.now);
    let facts = planning::routing_facts(app, ctx, input, (&graded, received_at)).await?;
    let plan = planning::plan(app, ctx, &facts).await?;
    let calls = match report {
        Some(report) => emergency::emergency_calls(app, report.id).await?,
        None => Vec::new(),
    };
    Ok(Ready {
        gaps: planning::gaps(input, &graded, !calls.is_empty()),
        graded,
        plan,
        recused: facts.recused,
        received_at,
        calls,
    })
}

/// What a report must say before it goes out. A red one may say little.
fn wanting(input: &ReportInput, graded: &Graded) -> Vec<FieldError> {
    let mut faults = Vec::new();
    let red = graded.level == RiskLevel::Red;
    let told = said(input.content.as_ref()).is_some() || said(input.title.as_ref()).is_some();
    if !told && (!red || graded.suggestion.reasons.is_empty()) {
        faults.push(FieldError::new("content", "写下来电人说了什么"));
    }
    if input.case_types.is_empty() && input.mandatory_situations.is_empty() && !red {
        faults.push(FieldError::new("case_types", "选择主要案件类型，如 0601"));
    }
    faults
}

/// Opens the case of a draft. The caller commits.
///
/// # Errors
/// [`Error::Stale`]; when the database refuses.
pub(super) async fn open(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (draft, input): (&report::Model, &ReportInput),
    ready: Ready,
) -> Result<Opened> {
    let opening = opening(input, &ready);
    let case = casework::open(tx, app, ctx, &opening).await?;
    tasks::first_response(tx, app, ctx, &case, &ready.plan).await?;
    let seen = Seen {
        id: draft.id,
        version: draft.version,
    };
    let decided = Decided {
        case: Some(case.id),
        ..Decided::new(State::Routed, "route", ctx.now)
    };
    let report = store::write(tx, app, seen, (input, &ready.graded), decided).await?;
    for call in &ready.calls {
        if call.line == emergency::STARTED {
            continue;
        }
        let refs = json!({ "lines": [call.line] });
        let receipt = emergency::receipt(&app.vault, call)?;
        let told = (Act::EmergencyCalled, call.at, receipt.as_deref(), refs);
        casework::tell(tx, &app.vault, ctx, case.id, told).await?;
    }
    if !ready.gaps.is_empty() {
        let text = format!("待补：{}", ready.gaps.join("、"));
        let told = (
            Act::NoteAdded,
            ctx.now,
            Some(text.as_str()),
            json!({ "gaps": ready.gaps.len() }),
        );
        casework::tell(tx, &app.vault, ctx, case.id, told).await?;
    }
    Ok(Opened {
        report,
        case,
        plan: ready.plan,
        suggestion: ready.graded.suggestion,
        gaps: ready.gaps,
    })
}

fn opening<'a>(input: &ReportInput, ready: &'a Ready) -> Opening<'a> {
    let address = input.child_location.as_ref().and_then(|place| place.address.clone());
    let title = title(input);
    Opening {
        summary: said(input.content.as_ref()).unwrap_or(&title).to_owned(),
        title,
        address,
        division: planning::here(input),
        residence: super::facts::division(input.residence.as_ref()),
        domicile: super::facts::division(input.domicile.as_ref()),
        level: ready.graded.level,
        sensitivity: ready.graded.suggestion.sensitivity,
        case_types: input.case_types.clone(),
        cohabiting_suspect: input.cohabiting().code().to_owned(),
        received_at: ready.received_at,
        children: input.known_children().map(new_child).collect(),
        parties: suspect(input).into_iter().collect(),
        recused: ready.recused.clone(),
        plan: &ready.plan,
    }
}

/// The title as typed, or one made up without names: 约7岁女童 · 监护缺失.
pub(super) fn title(input: &ReportInput) -> String {
    if let Some(title) = said(input.title.as_ref()) {
        return title.to_owned();
    }
    let kind = input.case_types.first().and_then(|code| codes::case_type(code));
    let matter = kind.map_or("待核实线索", |kind| {
        kind.name.split(['（', '(']).next().unwrap_or(&kind.name)
    });
    let child = input.known_children().next().map(in_short);
    match child {
        Some(child) => format!("{child} · {matter}"),
        None => matter.to_owned(),
    }
}

/// 约7岁女童
fn in_short(child: &ChildInput) -> String {
    let age = child.age.map(|age| format!("约{age}岁")).unwrap_or_default();
    let noun = match child.sex() {
        "1" => "男童",
        "2" => "女童",
        _ => "儿童",
    };
    format!("{age}{noun}")
}

/// A child of the report as a child of the case: the identity number tells
/// birth date and sex.
pub(super) fn new_child(child: &ChildInput) -> NewChild {
    let card = said(child.id_number.as_ref()).and_then(|number| idcard::parse(number).ok());
    let sex = match (child.sex(), &card) {
        ("0", Some(card)) => card.sex.code(),
        (sex, _) => sex,
    };
    NewChild {
        name: said(child.name.as_ref()).map(str::to_owned),
        sex: sex.to_owned(),
        age: child.age,
        birth_date: card.as_ref().map(|card| card.birth),
        id_number: card.map(|card| card.number),
        feature: said(child.feature.as_ref()).map(str::to_owned),
    }
}

/// The suspect, as far as anything is known.
pub(super) fn suspect(input: &ReportInput) -> Option<NewParty> {
    let text = |text: &Option<String>| said(text.as_ref()).map(str::to_owned);
    let (name, relation) = (text(&input.suspect_name), text(&input.suspect_relation));
    (name.is_some() || relation.is_some()).then(|| NewParty {
        kind: "suspect".to_owned(),
        relation,
        name,
        phone: text(&input.suspect_phone),
        lives_with_child: input.cohabiting() == codes::Answer::Yes,
        suspect: true,
    })
}
