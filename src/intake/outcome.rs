//! 转办立案: a report opens a case by its routing plan, in one transaction.

use super::facts::{ChildInput, ReportInput, said};
use super::store::{self, Decided, Graded};
use super::{Seen, State, emergency, planning};
use crate::casework::{self, NewCase, NewChild, NewParty, Opening};
use crate::clocks;
use crate::ctx::Ctx;
use crate::entity::{emergency_call, protection_case, report};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act};
use crate::network;
use crate::notices;
use crate::rules::codes;
use crate::rules::division::Division;
use crate::rules::idcard;
use crate::rules::level::RiskLevel;
use crate::rules::routing::{Plan, Recused, Roster, RoutingFacts};
use crate::rules::rulebook::Rulebook;
use crate::rules::triage::Suggestion;
use crate::state::App;
use crate::tasks::FirstTasks;
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use uuid::Uuid;

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
    /// Where the case will be, as a path of names.
    place: String,
    /// The rules of time that it was planned by.
    book: Arc<Rulebook>,
}

impl Ready {
    /// The level and what suggested it.
    pub(super) fn graded(&self) -> &Graded {
        &self.graded
    }

    /// Where it goes.
    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What became of it.
    pub(super) fn opened(&self, report: report::Model, case: protection_case::Model) -> Opened {
        Opened {
            report,
            case,
            plan: self.plan.clone(),
            suggestion: self.graded.suggestion.clone(),
            gaps: self.gaps.clone(),
        }
    }
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
    let (opened, mut entries) = open(&tx, app, ctx, (&report, input), ready).await?;
    entries.push(entry(&opened));
    journal::commit_all(tx, entries.into_iter().map(|entry| (ctx, entry)).collect()).await?;
    Ok(opened)
}

/// The journal's line for an opened case.
pub(super) fn entry(opened: &Opened) -> journal::Entry {
    let suggested = opened.suggestion.level;
    line((opened.report.id, &opened.case, suggested), &opened.plan)
}

/// The same before it is written.
pub(super) fn line(
    (report, case, suggested): (Uuid, &protection_case::Model, RiskLevel),
    plan: &Plan,
) -> journal::Entry {
    let detail = json!({
        "level": case.level,
        "suggested": suggested.number(),
        "lead": plan.lead.unit,
        "rule": plan.lead.rule,
    });
    journal::Entry::new(Act::CaseOpened)
        .report(report)
        .case(case.id)
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
    let calls = match report {
        Some(report) => emergency::emergency_calls(app, report.id).await?,
        None => Vec::new(),
    };
    let started = report.map(|report| report.started_at);
    ready(app, ctx, input, (graded, started, calls), &mut Network::default()).await
}

/// What of the network is read once for many reports: it stands still while
/// they are loaded.
#[derive(Debug, Default)]
pub(super) struct Network {
    rosters: HashMap<Vec<String>, Roster>,
    paths: HashMap<String, String>,
    book: Option<Arc<Rulebook>>,
}

/// Plans the route of a report of a known level.
///
/// # Errors
/// As [`prepare`].
pub(super) async fn ready(
    app: &App,
    ctx: &Ctx,
    input: &ReportInput,
    (graded, started, calls): (Graded, Option<DateTime<Utc>>, Vec<emergency_call::Model>),
    network: &mut Network,
) -> Result<Ready> {
    let mut faults = input.validate(ctx.now, app.config.demo);
    faults.extend(wanting(input, &graded));
    faults.extend(planning::lowering_fault(input, &graded));
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let received_at = input.received_at.or(started).unwrap_or(ctx.now);
    let facts = planning::routing_facts(app, ctx, input, (&graded, received_at)).await?;
    let book = network.book(app, ctx).await?;
    let plan = network.plan(app, ctx, (&facts, &book)).await?;
    let place = network.path(app, input, &plan).await?;
    Ok(Ready {
        gaps: planning::gaps(input, &graded, !calls.is_empty()),
        graded,
        plan,
        recused: facts.recused,
        received_at,
        calls,
        place,
        book,
    })
}

impl Network {
    async fn plan(&mut self, app: &App, ctx: &Ctx, (facts, book): (&RoutingFacts, &Rulebook)) -> Result<Plan> {
        let places = facts.places();
        let mut key: Vec<String> = places.iter().map(|place| place.code().to_owned()).collect();
        key.extend(facts.school.map(|school| school.to_string()));
        let roster = match self.rosters.entry(key) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(planning::roster(app, ctx, facts).await?),
        };
        planning::plan(facts, roster, book)
    }

    /// The rules of time.
    async fn book(&mut self, app: &App, ctx: &Ctx) -> Result<Arc<Rulebook>> {
        if let Some(known) = &self.book {
            return Ok(Arc::clone(known));
        }
        let book = Arc::new(clocks::book(app.db.read(), ctx.now).await?);
        self.book = Some(Arc::clone(&book));
        Ok(book)
    }

    /// Where the case will be, for the departments that are given a task.
    async fn path(&mut self, app: &App, input: &ReportInput, plan: &Plan) -> Result<String> {
        if FirstTasks::count(plan) == 0 {
            return Ok(String::new());
        }
        let place = planning::here(input).map_or_else(|| Division::parse("140600"), Ok)?;
        if let Some(path) = self.paths.get(place.code()) {
            return Ok(path.clone());
        }
        let path = network::path_of(app.db.read(), &place).await?;
        self.paths.insert(place.code().to_owned(), path.clone());
        Ok(path)
    }
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

/// Opens the case of a draft; answers the journal's lines for its tasks as
/// well. The caller commits.
///
/// # Errors
/// [`Error::Stale`]; when the database refuses.
async fn open(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (draft, input): (&report::Model, &ReportInput),
    ready: Ready,
) -> Result<(Opened, Vec<journal::Entry>)> {
    let numbers = casework::next_numbers(tx, &numbers(ctx, &ready).collect::<Vec<_>>()).await?;
    let (case, first) = compose(tx, app, ctx, (input, &ready), numbers).await?;
    let seen = Seen {
        id: draft.id,
        version: draft.version,
    };
    let decided = Decided {
        case: Some(case.case().id),
        ..Decided::new(State::Routed, "route", ctx.now)
    };
    let report = store::write(tx, app, seen, (input, &ready.graded), decided).await?;
    let (row, entries) = (case.case().clone(), first.entries().collect());
    let told: Vec<_> = case.notices().into_iter().chain(first.notices()).collect();
    NewCase::write(tx, vec![case]).await?;
    FirstTasks::write(tx, vec![first]).await?;
    notices::tell_all(tx, ctx, &told).await?;
    Ok((ready.opened(report, row), entries))
}

/// The numbers that a case and its first tasks need, in this order.
pub(super) fn numbers(ctx: &Ctx, ready: &Ready) -> impl Iterator<Item = (&'static str, DateTime<Utc>)> {
    let tasks = std::iter::repeat_n("RW", FirstTasks::count(&ready.plan));
    let now = ctx.now;
    std::iter::once("TH").chain(tasks).map(move |prefix| (prefix, now))
}

/// The case that a report opens, with its first tasks, not written yet.
///
/// # Errors
/// When the database or the vault refuses.
pub(super) async fn compose(
    db: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (input, ready): (&ReportInput, &Ready),
    numbers: Vec<String>,
) -> Result<(NewCase, FirstTasks)> {
    let vault = &app.vault;
    let opening = opening(input, ready);
    let blind = casework::kept_out(db, &opening).await?;
    let mut numbers = numbers.into_iter();
    let number = numbers.next().unwrap_or_default();
    let mut case = NewCase::compose(vault, ctx, &opening, (number, &blind))?;
    let first = FirstTasks::compose(app, ctx, &mut case, &opening, (&ready.book, &ready.place, numbers))?;
    for call in &ready.calls {
        if call.line == emergency::STARTED {
            continue;
        }
        case.meet(emergency::TRANSFER_CLOCK, call.at);
        let refs = json!({ "lines": [call.line] });
        let receipt = emergency::receipt(vault, call)?;
        let told = (Act::EmergencyCalled, call.at, receipt.as_deref(), refs);
        case.tell(vault, ctx, told)?;
    }
    if !ready.gaps.is_empty() {
        let text = format!("待补：{}", ready.gaps.join("、"));
        let refs = json!({ "gaps": ready.gaps.len() });
        case.tell(vault, ctx, (Act::NoteAdded, ctx.now, Some(&text), refs))?;
    }
    Ok((case, first))
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
