//! What a partner's work order brings: a report that is checked and planned
//! first and written in the transaction of whoever brings it, further calls
//! that join its case, and additions. Nothing a partner sends is refused for
//! what it is about: what cannot be routed waits as a draft for a person.

use super::arriving::Arrival;
use super::facts::{ChildInput, ReportInput, said};
use super::joining::{is_open, level_of, take_in};
use super::outcome::{self, Ready};
use super::store::{self, Decided, Graded};
use super::{Seen, State, arriving, draft, planning};
use crate::casework;
use crate::ctx::Ctx;
use crate::entity::{protection_case, report};
use crate::error::{Error, FieldError, Result};
use crate::journal::{Act, Entry};
use crate::rules::level::RiskLevel;
use crate::state::App;
use anyhow::Context;
use sea_orm::{DatabaseTransaction, EntityTrait};
use serde_json::json;
use uuid::Uuid;

/// How many cases one may have been merged into after another.
const MERGES: usize = 20;

/// A report that was checked and planned and is not written yet.
#[derive(Debug)]
pub struct Brought {
    input: ReportInput,
    way: Way,
    /// Whether a level was given that is lower than the rules suggest: it does
    /// not hold.
    pub lowered: bool,
}

enum Way {
    /// It opens a case.
    Routed(Box<Ready>),
    /// It waits for a person, who corrects these.
    Held(Vec<FieldError>),
}

impl std::fmt::Debug for Way {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Routed(_) => "Routed",
            Self::Held(_) => "Held",
        })
    }
}

/// A report that a partner brought, as it is now.
#[derive(Debug)]
pub struct Taken {
    /// The report.
    pub report: report::Model,
    /// The case it opened.
    pub case: Option<protection_case::Model>,
    /// Whether there is danger to life: the three-way call is due.
    pub life_danger: bool,
    /// The journal's lines; whoever commits writes them.
    pub entries: Vec<Entry>,
}

impl Brought {
    /// What keeps it from being routed; empty when it is routed.
    #[must_use]
    pub fn faults(&self) -> &[FieldError] {
        match &self.way {
            Way::Routed(_) => &[],
            Way::Held(faults) => faults,
        }
    }
}

/// Checks a report and plans its route; nothing is written. A level lower than
/// suggested is dropped: only a person lowers, with a reason.
///
/// # Errors
/// When the database refuses.
pub async fn plan(app: &App, ctx: &Ctx, mut input: ReportInput) -> Result<Brought> {
    let graded = planning::grade(app, ctx, &input, None).await?;
    let lowered = planning::lowering_fault(&input, &graded).is_some();
    if lowered {
        input.urgency = None;
    }
    let way = match outcome::prepare(app, ctx, &input, None).await {
        Ok(ready) => Way::Routed(Box::new(ready)),
        Err(Error::Invalid(faults)) => Way::Held(faults),
        Err(other) => return Err(other),
    };
    Ok(Brought { input, way, lowered })
}

/// Writes what was planned: the report with its case, or a draft that waits for
/// a person. The caller commits.
///
/// # Errors
/// When the database or the vault refuses.
pub async fn take(tx: &DatabaseTransaction, app: &App, ctx: &Ctx, brought: Brought) -> Result<Taken> {
    let Brought { input, way, .. } = brought;
    match way {
        Way::Routed(ready) => {
            let life_danger = ready.graded().suggestion.life_danger;
            let arrival = Arrival {
                ctx,
                input: &input,
                ready: &ready,
            };
            let (opened, mut entries) = arriving::take(tx, app, arrival).await?;
            entries.push(Entry::new(Act::ReportSubmitted).report(opened.report.id));
            entries.push(outcome::entry(&opened));
            Ok(Taken {
                report: opened.report,
                case: Some(opened.case),
                life_danger,
                entries,
            })
        }
        Way::Held(_) => {
            let started = input.received_at.filter(|at| *at <= ctx.now).unwrap_or(ctx.now);
            let draft = draft::insert(tx, ctx, input.channel(), started).await?;
            let seen = Seen {
                id: draft.id,
                version: draft.version,
            };
            let report = store::write_form(tx, app, seen, &input).await?;
            let entries = vec![Entry::new(Act::DraftOpened).report(report.id)];
            Ok(Taken {
                report,
                case: None,
                life_danger: planning::graded(&input, 0).suggestion.life_danger,
                entries,
            })
        }
    }
}

/// Where something further about a report went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Into its open case.
    Case(Uuid),
    /// Into its draft.
    Draft,
    /// Nowhere: what it belongs to has ended, and a person decides.
    Ended,
}

/// The open case of a report, whatever it was merged into; held until the
/// transaction ends. None where there is none or it has ended.
///
/// # Errors
/// When the database refuses.
pub async fn open_case(tx: &DatabaseTransaction, report: &report::Model) -> Result<Option<protection_case::Model>> {
    let mut next = report.case_id;
    for _ in 0..MERGES {
        let Some(id) = next else { return Ok(None) };
        let case = casework::load(tx, id).await?;
        match case.merged_into {
            Some(into) => next = Some(into),
            None => return Ok(Some(case).filter(is_open)),
        }
    }
    Ok(None)
}

/// Adds what a partner told later to the case or the draft of a report. What
/// asks for a higher level raises the case.
///
/// # Errors
/// When the database or the vault refuses.
pub async fn add(tx: &DatabaseTransaction, app: &App, ctx: &Ctx, report: Uuid, more: &ReportInput) -> Result<Place> {
    let found = report::Entity::find_by_id(report).one(tx).await?;
    let found = found.ok_or(Error::NotFound)?;
    if found.state == State::Draft.code() {
        add_to_draft(tx, app, &found, more).await?;
        return Ok(Place::Draft);
    }
    let Some(case) = open_case(tx, &found).await? else {
        return Ok(Place::Ended);
    };
    let graded = no_lower(planning::graded(more, 0), level_of(&case)?);
    take_in(tx, app, ctx, (&case, more), (&graded, Act::NoteAdded)).await?;
    Ok(Place::Case(case.id))
}

fn no_lower(mut graded: Graded, than: RiskLevel) -> Graded {
    graded.level = graded.level.min(than);
    graded
}

async fn add_to_draft(tx: &DatabaseTransaction, app: &App, draft: &report::Model, more: &ReportInput) -> Result<()> {
    let mut input = store::open_form(&app.vault, draft)?;
    store::open_caller(tx, &app.vault, draft.id, &mut input).await?;
    if let Some(text) = said(more.content.as_ref()) {
        let before = said(input.content.as_ref()).map(str::to_owned).unwrap_or_default();
        input.content = Some(format!("{before}\n补充：{text}").trim().to_owned());
    }
    for (into, from) in [
        (&mut input.case_types, &more.case_types),
        (&mut input.mandatory_situations, &more.mandatory_situations),
        (&mut input.danger_flags, &more.danger_flags),
    ] {
        let new: Vec<String> = from.iter().filter(|code| !into.contains(code)).cloned().collect();
        into.extend(new);
    }
    for child in more.known_children() {
        match input.children.iter_mut().find(|known| may_be(known, child)) {
            Some(known) => fill_child(known, child),
            None => input.children.push(child.clone()),
        }
    }
    fill(&mut input, more);
    let seen = Seen {
        id: draft.id,
        version: draft.version,
    };
    store::write_form(tx, app, seen, &input).await?;
    Ok(())
}

/// Whether a child that is told may be one that is known: nothing that both
/// tell speaks against it, and something that both tell speaks for it.
fn may_be(known: &ChildInput, told: &ChildInput) -> bool {
    let pairs = [
        (said(known.name.as_ref()), said(told.name.as_ref())),
        (said(known.id_number.as_ref()), said(told.id_number.as_ref())),
    ];
    let both: Vec<bool> = pairs
        .into_iter()
        .filter_map(|(known, told)| Some(known? == told?))
        .collect();
    !both.is_empty() && both.iter().all(|same| *same)
}

fn fill_child(known: &mut ChildInput, told: &ChildInput) {
    known.name = known.name.take().or_else(|| told.name.clone());
    known.sex = known.sex.take().or_else(|| told.sex.clone());
    known.age = known.age.or(told.age);
    known.id_number = known.id_number.take().or_else(|| told.id_number.clone());
}

/// What a draft does not say yet is filled in; what it says stands.
fn fill(draft: &mut ReportInput, more: &ReportInput) {
    let caller = &more.caller;
    for (into, from) in [
        (&mut draft.title, &more.title),
        (&mut draft.reporter_type, &more.reporter_type),
        (&mut draft.relation_to_child, &more.relation_to_child),
        (&mut draft.cohabiting_suspect, &more.cohabiting_suspect),
        (&mut draft.recording_id, &more.recording_id),
        (&mut draft.caller.name, &caller.name),
        (&mut draft.caller.phone, &caller.phone),
        (&mut draft.caller.safe_time, &caller.safe_time),
    ] {
        if said(into.as_ref()).is_none() {
            into.clone_from(from);
        }
    }
    for (into, from) in [
        (&mut draft.incident_place, &more.incident_place),
        (&mut draft.child_location, &more.child_location),
    ] {
        if into
            .as_ref()
            .is_none_or(|place| said(place.division.as_ref()).is_none())
        {
            *into = from.clone().or_else(|| into.take());
        }
    }
    draft.caller.safe_phone = draft.caller.safe_phone.or(caller.safe_phone);
    draft.confidential = draft.confidential.or(more.confidential);
    draft.reported_to_police = draft.reported_to_police.or(more.reported_to_police);
    let level = planning::graded(draft, 0).level;
    if let Some(worse) = more.chosen().filter(|chosen| chosen.above(level)) {
        draft.urgency = Some(worse.code().to_owned());
    }
}

/// A further call about the matter of a report: where its case is open, a
/// report of its own that joins the case, as a repeated one does, and raises
/// it. None where the case has ended: the call is then a new report.
///
/// # Errors
/// When the database or the vault refuses.
pub async fn call_again(
    tx: &DatabaseTransaction,
    app: &App,
    ctx: &Ctx,
    (first, input): (&report::Model, &ReportInput),
) -> Result<Option<Taken>> {
    let Some(case) = open_case(tx, first).await? else {
        return Ok(None);
    };
    // It is the second report about this child at least.
    let graded = no_lower(planning::graded(input, 1), level_of(&case)?);
    let raised = graded.level.above(level_of(&case)?);
    let after = take_in(tx, app, ctx, (&case, input), (&graded, Act::ReportJoined)).await?;
    let number = casework::next_number(tx, draft::PREFIX, ctx.now).await?;
    let started = input.received_at.unwrap_or(ctx.now);
    let blank = draft::blank(ctx, number, input.channel(), started);
    let id = blank.id.clone().take().context("id of a report")?;
    let decided = Decided {
        case: Some(case.id),
        ..Decided::new(State::Joined, "join", ctx.now)
    };
    let new = arriving::NewReport::compose(&app.vault, (id, blank), (input, &graded), decided)?;
    let report = new.write(tx).await?;
    let detail = json!({ "level": after.level, "raised": raised });
    let entry = Entry::new(Act::ReportJoined).report(id).case(case.id).detail(detail);
    Ok(Some(Taken {
        report,
        case: Some(after),
        life_danger: graded.suggestion.life_danger,
        entries: vec![entry],
    }))
}
