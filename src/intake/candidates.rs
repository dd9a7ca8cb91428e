//! 疑似重复: fields are named, contents shown only to those who may see the case.

mod matching;

use matching::{Matches, WIDER_PLACE, find, weight};
pub(super) use matching::{called_from, prior_reports};

use super::facts::ReportInput;
use super::store;
use crate::casework;
use crate::ctx::Ctx;
use crate::entity::{journal_entry, protection_case, recusal};
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::policy::ReportAction;
use crate::rules::workflow::Stage;
use crate::state::App;
use crate::vault::{Slot, Vault};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use std::collections::{BTreeSet, HashMap, HashSet};
use uuid::Uuid;

const SHOWN: usize = 8;
const WIDER_SHOWN: usize = 3;

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

/// Cases that may be about the same child. Recorded when there are any; the
/// same ones shown again while the caller talks are one view.
///
/// # Errors
/// When the database refuses.
pub async fn candidates(app: &App, ctx: &Ctx, input: &ReportInput, report: Option<Uuid>) -> Result<Vec<Candidate>> {
    let db = app.db.read();
    let found = find(db, &app.vault, ctx, input).await?;
    let rows = describe(db, app, ctx, (found, report)).await?;
    if !rows.is_empty() {
        let fields: BTreeSet<_> = rows.iter().flat_map(|row| row.fields.iter().copied()).collect();
        let cases: BTreeSet<Uuid> = rows.iter().map(|row| row.case).collect();
        let detail = json!({ "count": rows.len(), "fields": fields, "cases": cases });
        let mut entry = Entry::new(Act::CandidatesShown).detail(detail);
        if let Some(report) = report {
            entry = entry.report(report);
        }
        journal::viewed_span(&app.db, ctx, entry).await?;
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
