//! 疑似重复: fields are named, contents shown only to those who may see the case.

use super::facts::{ChildInput, ReportInput, said};
use super::store;
use crate::casework;
use crate::ctx::Ctx;
use crate::entity::{
    case_child, child, journal_entry, protection_case, recusal, report, report_child, reporter_identity,
};
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::division::Tier;
use crate::rules::policy::ReportAction;
use crate::rules::workflow::Stage;
use crate::state::App;
use crate::vault::{Slot, Vault};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use uuid::Uuid;

const PHONE: &str = "来电号码相同";
const ID_NUMBER: &str = "证件号相同";
const NAME: &str = "儿童姓名相同";
const LIKE: &str = "性别年龄相符";
const PLACE: &str = "同村90日内";
const WIDER_PLACE: &str = "同乡镇90日内";
const DAYS: i64 = 90;
const SHOWN: usize = 8;
const WIDER_SHOWN: usize = 3;
const LOOKED_AT: u64 = 30;

/// Which fields agree, by case.
type Matches = BTreeMap<Uuid, BTreeSet<&'static str>>;

/// A case that may be about the same child.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The case.
    pub case: Uuid,
    /// Its number.
    pub number: String,
    /// Which fields agree: 来电号码相同, 儿童姓名相同, 同村90日内 …
    pub fields: Vec<&'static str>,
    /// Whether the asker may open the case.
    pub visible: bool,
    /// Title and stage, when it is visible.
    pub summary: Option<String>,
    /// Whether it is open, so that the report can join it.
    pub open: bool,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// What was decided of it for this report.
    pub decided: Option<Decision>,
}

/// What a person says of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// 关联
    Related,
    /// 不是
    Different,
}

impl Decision {
    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Related => "related",
            Self::Different => "different",
        }
    }

    /// The words on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Related => "已标为关联",
            Self::Different => "已标为不同",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Related, Self::Different]
            .into_iter()
            .find(|decision| decision.code() == code)
    }
}

/// Cases that may be about the same child. Recorded when there are any.
///
/// # Errors
/// When the database refuses.
pub async fn candidates(app: &App, ctx: &Ctx, input: &ReportInput, report: Option<Uuid>) -> Result<Vec<Candidate>> {
    let db = app.db.read();
    let found = find(db, &app.vault, ctx, input).await?;
    let rows = describe(db, app, ctx, (found, report)).await?;
    if !rows.is_empty() {
        let fields: BTreeSet<_> = rows.iter().flat_map(|row| row.fields.iter().copied()).collect();
        let detail = json!({ "count": rows.len(), "fields": fields });
        let mut entry = Entry::new(Act::CandidatesShown).detail(detail);
        if let Some(report) = report {
            entry = entry.report(report);
        }
        journal::viewed(&app.db, ctx, entry).await?;
    }
    Ok(rows)
}

/// Whether a case is one of a report's candidates.
///
/// # Errors
/// When the database refuses.
pub(super) async fn is_candidate(app: &App, ctx: &Ctx, input: &ReportInput, case: Uuid) -> Result<bool> {
    let db = app.db.read();
    let mut found = find(db, &app.vault, ctx, input).await?;
    found.retain(|id, _| *id == case);
    Ok(!describe(db, app, ctx, (found, None)).await?.is_empty())
}

async fn find(db: &impl ConnectionTrait, vault: &Vault, ctx: &Ctx, input: &ReportInput) -> Result<Matches> {
    let mut found = Matches::new();
    by_phone(db, vault, input, &mut found).await?;
    by_child(db, vault, input, &mut found).await?;
    by_place(db, ctx, input, &mut found).await?;
    Ok(found)
}

/// Reports with this number, as a subquery of their ids.
pub(super) fn called_from(index: &str) -> SelectStatement {
    Query::select()
        .column(reporter_identity::Column::ReportId)
        .from(reporter_identity::Entity)
        .cond_where(reporter_identity::Column::PhoneIndex.eq(index))
        .to_owned()
}

async fn by_phone(db: &impl ConnectionTrait, vault: &Vault, input: &ReportInput, found: &mut Matches) -> Result<()> {
    let Some(index) = vault.index_some("phone", said(input.caller.phone.as_ref())) else {
        return Ok(());
    };
    let cases: Vec<Option<Uuid>> = report::Entity::find()
        .select_only()
        .column(report::Column::CaseId)
        .filter(report::Column::Id.in_subquery(called_from(&index)))
        .filter(report::Column::CaseId.is_not_null())
        .order_by_desc(report::Column::StartedAt)
        .limit(LOOKED_AT)
        .into_tuple()
        .all(db)
        .await?;
    for case in cases.into_iter().flatten() {
        found.entry(case).or_default().insert(PHONE);
    }
    Ok(())
}

async fn by_child(db: &impl ConnectionTrait, vault: &Vault, input: &ReportInput, found: &mut Matches) -> Result<()> {
    let clues: Vec<Clue<'_>> = input.known_children().map(|child| Clue::new(vault, child)).collect();
    let names = clues.iter().filter_map(|clue| clue.name.clone());
    let ids = clues.iter().filter_map(|clue| clue.id.clone());
    let wanted = Condition::any()
        .add(child::Column::NameIndex.is_in(names))
        .add(child::Column::IdIndex.is_in(ids));
    if clues.iter().all(|clue| clue.name.is_none() && clue.id.is_none()) {
        return Ok(());
    }
    let children = child::Entity::find()
        .filter(wanted)
        .order_by_desc(child::Column::CreatedAt)
        .limit(LOOKED_AT)
        .all(db)
        .await?;
    let links = case_child::Entity::find()
        .filter(case_child::Column::ChildId.is_in(children.iter().map(|child| child.id)))
        .all(db)
        .await?;
    let by_id: HashMap<Uuid, &child::Model> = children.iter().map(|child| (child.id, child)).collect();
    for link in links {
        let Some(child) = by_id.get(&link.child_id) else {
            continue;
        };
        let fields = found.entry(link.case_id).or_default();
        fields.extend(clues.iter().flat_map(|clue| clue.agrees(child)));
    }
    Ok(())
}

/// What is known of one child, made comparable.
struct Clue<'a> {
    child: &'a ChildInput,
    name: Option<String>,
    id: Option<String>,
}

impl<'a> Clue<'a> {
    fn new(vault: &Vault, child: &'a ChildInput) -> Self {
        Self {
            child,
            name: vault.index_some("name", said(child.name.as_ref())),
            id: vault.index_some("id_number", said(child.id_number.as_ref())),
        }
    }

    fn agrees(&self, known: &child::Model) -> Vec<&'static str> {
        let mut fields = Vec::new();
        if self.id.is_some() && self.id == known.id_index {
            fields.push(ID_NUMBER);
        }
        if self.name.is_some() && self.name == known.name_index {
            fields.push(NAME);
        }
        if !fields.is_empty() && alike(self.child, &known.sex, known.age_at_intake) == Some(true) {
            fields.push(LIKE);
        }
        fields
    }
}

/// Whether sex and age (a year up or down) agree; nothing when neither is
/// known of both.
fn alike(child: &ChildInput, sex: &str, age: Option<i16>) -> Option<bool> {
    let known = |sex: &str| matches!(sex, "1" | "2");
    let by_sex = (known(child.sex()) && known(sex)).then(|| child.sex() == sex);
    let by_age = child.age.zip(age).map(|(one, other)| one.abs_diff(other) <= 1);
    match (by_sex, by_age) {
        (None, None) => None,
        (by_sex, by_age) => Some(by_sex.unwrap_or(true) && by_age.unwrap_or(true)),
    }
}

async fn by_place(db: &impl ConnectionTrait, ctx: &Ctx, input: &ReportInput, found: &mut Matches) -> Result<()> {
    let Some(place) = input.location().or_else(|| input.incident()) else {
        return Ok(());
    };
    let field = match place.tier() {
        Tier::Village => PLACE,
        Tier::Township => WIDER_PLACE,
        Tier::City | Tier::County => return Ok(()),
    };
    let cases: Vec<Uuid> = protection_case::Entity::find()
        .select_only()
        .column(protection_case::Column::Id)
        .filter(protection_case::Column::Division.eq(place.code()))
        .filter(protection_case::Column::OpenedAt.gte(ctx.now - TimeDelta::days(DAYS)))
        .order_by_desc(protection_case::Column::OpenedAt)
        .limit(LOOKED_AT)
        .into_tuple()
        .all(db)
        .await?;
    let known = children_of(db, &cases).await?;
    for case in cases {
        let alike = likeness(input, known.get(&case).map_or(&[], Vec::as_slice));
        // A whole township has many cases: one about quite another child is none of these.
        if field == WIDER_PLACE && alike == Some(false) && !found.contains_key(&case) {
            continue;
        }
        let fields = found.entry(case).or_default();
        fields.insert(field);
        if alike == Some(true) {
            fields.insert(LIKE);
        }
    }
    Ok(())
}

/// The children of cases.
async fn children_of(db: &impl ConnectionTrait, cases: &[Uuid]) -> Result<HashMap<Uuid, Vec<child::Model>>> {
    let links = case_child::Entity::find()
        .filter(case_child::Column::CaseId.is_in(cases.iter().copied()))
        .all(db)
        .await?;
    let children = child::Entity::find()
        .filter(child::Column::Id.is_in(links.iter().map(|link| link.child_id)))
        .all(db)
        .await?;
    let by_id: HashMap<Uuid, child::Model> = children.into_iter().map(|child| (child.id, child)).collect();
    let mut known: HashMap<Uuid, Vec<child::Model>> = HashMap::new();
    for link in links {
        if let Some(child) = by_id.get(&link.child_id) {
            known.entry(link.case_id).or_default().push(child.clone());
        }
    }
    Ok(known)
}

/// Whether one of the children may be one of the case's; nothing when too
/// little is known to say.
fn likeness(input: &ReportInput, known: &[child::Model]) -> Option<bool> {
    let pairs = input
        .known_children()
        .flat_map(|one| known.iter().map(move |other| (one, other)));
    let found: Vec<Option<bool>> = pairs
        .map(|(one, other)| alike(one, &other.sex, other.age_at_intake))
        .collect();
    if found.contains(&Some(true)) {
        return Some(true);
    }
    (!found.is_empty() && !found.contains(&None)).then_some(false)
}

/// How much the fields that agree say: the number or the child itself most.
fn weight(fields: &[&'static str]) -> u32 {
    let one = |field: &&str| match *field {
        ID_NUMBER => 8,
        PHONE | NAME => 4,
        PLACE => 2,
        _ => 1,
    };
    fields.iter().map(one).sum()
}

/// The cases as they may be shown, the likeliest first. Of a case from which
/// the asker is kept out not even the number.
async fn describe(
    db: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (found, report): (Matches, Option<Uuid>),
) -> Result<Vec<Candidate>> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = found.keys().copied().collect();
    let cases = protection_case::Entity::find()
        .filter(protection_case::Column::Id.is_in(ids.clone()))
        .filter(protection_case::Column::Id.not_in_subquery(kept_out(ctx)))
        .all(db)
        .await?;
    let visible: HashSet<Uuid> = casework::visible(ctx)
        .select_only()
        .column(protection_case::Column::Id)
        .filter(protection_case::Column::Id.is_in(ids))
        .into_tuple()
        .all(db)
        .await?
        .into_iter()
        .collect();
    let decided = decisions(db, report).await?;
    let mut rows = Vec::new();
    for case in cases {
        let fields = found.get(&case.id).into_iter().flatten().copied().collect();
        let shown = (visible.contains(&case.id), decided.get(&case.id).copied());
        rows.push(row(&app.vault, case, fields, shown)?);
    }
    rows.sort_by_key(|row| (std::cmp::Reverse(weight(&row.fields)), std::cmp::Reverse(row.opened_at)));
    // Of cases that only lie in the same township a few are enough.
    let mut wider = 0;
    rows.retain(|row| {
        wider += usize::from(row.fields == [WIDER_PLACE]);
        row.fields != [WIDER_PLACE] || wider <= WIDER_SHOWN
    });
    rows.truncate(SHOWN);
    Ok(rows)
}

fn row(
    vault: &Vault,
    case: protection_case::Model,
    fields: Vec<&'static str>,
    (visible, decided): (bool, Option<Decision>),
) -> Result<Candidate> {
    let stage = Stage::parse(&case.stage);
    let summary = if visible {
        let title = vault.open(Slot::new("protection_case", "title", case.id), &case.title)?;
        Some(format!("{title} · {}", stage.map_or("", Stage::label)))
    } else {
        None
    };
    Ok(Candidate {
        case: case.id,
        number: case.number,
        fields,
        visible,
        summary,
        open: stage.is_some_and(Stage::is_open),
        opened_at: case.opened_at,
        decided,
    })
}

/// Cases from which the asker is kept out.
fn kept_out(ctx: &Ctx) -> SelectStatement {
    let who = Condition::any()
        .add(recusal::Column::AccountId.eq(ctx.actor.account))
        .add_option(ctx.actor.unit.map(|unit| recusal::Column::UnitId.eq(unit)));
    Query::select()
        .column(recusal::Column::CaseId)
        .from(recusal::Entity)
        .cond_where(who)
        .to_owned()
}

/// What was decided of the candidates of a report; the last word counts.
async fn decisions(db: &impl ConnectionTrait, report: Option<Uuid>) -> Result<HashMap<Uuid, Decision>> {
    let Some(report) = report else {
        return Ok(HashMap::new());
    };
    let entries = journal_entry::Entity::find()
        .filter(journal_entry::Column::Act.eq(Act::CandidateDecided.code()))
        .filter(journal_entry::Column::ReportId.eq(report))
        .order_by_asc(journal_entry::Column::Id)
        .all(db)
        .await?;
    let decided = entries.into_iter().filter_map(|entry| {
        let decision = entry.detail.get("decision")?.as_str().and_then(Decision::parse)?;
        Some((entry.case_id?, decision))
    });
    Ok(decided.collect())
}

/// Records what a person says of a candidate.
///
/// # Errors
/// When the report is out of reach or the database refuses.
pub async fn decide_candidate(app: &App, ctx: &Ctx, report: Uuid, case: Uuid, decision: Decision) -> Result<()> {
    store::fetch(app.db.read(), ctx, report, ReportAction::Work).await?;
    let known = protection_case::Entity::find_by_id(case).one(app.db.read()).await?;
    known.ok_or(Error::NotFound)?;
    let tx = app.db.begin().await?;
    let entry = Entry::new(Act::CandidateDecided)
        .report(report)
        .case(case)
        .detail(json!({ "decision": decision.code() }));
    journal::commit(tx, ctx, entry).await
}

/// How many reports of the last 90 days were about one of these children: the
/// same number, or the same name with nothing that speaks against it.
///
/// # Errors
/// When the database refuses.
pub(super) async fn prior_reports(app: &App, ctx: &Ctx, input: &ReportInput, report: Option<Uuid>) -> Result<u32> {
    let clues: Vec<Clue<'_>> = input
        .known_children()
        .map(|child| Clue::new(&app.vault, child))
        .collect();
    if clues.iter().all(|clue| clue.name.is_none() && clue.id.is_none()) {
        return Ok(0);
    }
    let wanted = Condition::any()
        .add(report_child::Column::NameIndex.is_in(clues.iter().filter_map(|clue| clue.name.clone())))
        .add(report_child::Column::IdIndex.is_in(clues.iter().filter_map(|clue| clue.id.clone())));
    let recent = Query::select()
        .column(report::Column::Id)
        .from(report::Entity)
        .cond_where(report::Column::StartedAt.gte(ctx.now - TimeDelta::days(DAYS)))
        .to_owned();
    let children = report_child::Entity::find()
        .filter(wanted)
        .filter(report_child::Column::ReportId.in_subquery(recent))
        .limit(100)
        .all(app.db.read())
        .await?;
    let same = |known: &report_child::Model| {
        clues.iter().any(|clue| {
            let by_id = clue.id.is_some() && clue.id == known.id_index;
            let by_name = clue.name.is_some() && clue.name == known.name_index;
            by_id || (by_name && alike(clue.child, &known.sex, known.age) != Some(false))
        })
    };
    let reports: HashSet<Uuid> = children
        .iter()
        .filter(|known| Some(known.report_id) != report && same(known))
        .map(|known| known.report_id)
        .collect();
    Ok(u32::try_from(reports.len()).unwrap_or(u32::MAX))
}
