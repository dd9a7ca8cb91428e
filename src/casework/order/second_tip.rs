//! 同一儿童90日内第2次线索: which open case answers for it. Two reports are
//! about one child when they lie on one case (a merged one counts as the case
//! it went into), when their cases have one file of the child, when the id
//! numbers agree, or, where a number is not known of both, when the name agrees
//! with sex and age within one county.

mod grouping;

use crate::ctx::Ctx;
use crate::db::{done_now, due_again, last_done};
use crate::entity::{case_child, child, protection_case, recusal, report, report_child, supervision};
use crate::error::Result;
use crate::rules::level::Sensitivity;
use crate::rules::workflow::Stage;
use crate::state::App;
use chrono::{DateTime, TimeDelta, Utc};
use grouping::{Group, Told, goes_on, groups};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QuerySelect,
};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// The cause of the sheet.
pub(super) const CAUSE: &str = "second_tip";
/// How long ago a second report still counts as the second in 90 days.
const SPAN: TimeDelta = TimeDelta::days(90);
/// The setting that tells when a new report was last sought.
const SOUGHT: &str = "second_tips_sought";
/// The answer is owed within a working day, so repeats are sought this often
/// and not in every round: the reports of ninety days are many.
const EVERY: TimeDelta = TimeDelta::minutes(10);
/// The setting that tells when all reports were last compared and nothing was
/// found: what was found is sought again until its sheet is written.
const COMPARED: &str = "second_tips_compared";
/// Without a new report two may still turn out to be about one child: cases
/// are merged, names completed, files joined. That is looked for this often.
const ANYWAY: TimeDelta = TimeDelta::hours(1);
/// For so long what became of a report may be taken back (撤回).
const SETTLED: TimeDelta = TimeDelta::minutes(10);
/// What became of a report that is a clue without a case of its own: it was
/// answered or sent on. What was refused or dismissed is none.
const HEARD: [&str; 2] = ["answered", "referred"];
/// The demands that bring a clue about a child.
const CLUES: [&str; 2] = ["tipoff", "help_request"];

/// The open cases that answer for a second report; one for each child.
///
/// # Errors
/// When the database refuses.
pub(super) async fn seek(app: &App, ctx: &Ctx) -> Result<Vec<Uuid>> {
    if !due_again(&app.db, SOUGHT, EVERY, ctx.now).await? {
        return Ok(Vec::new());
    }
    let compared = last_done(&app.db, COMPARED).await?;
    let lately = compared.filter(|at| *at <= ctx.now && ctx.now < *at + ANYWAY);
    if let Some(at) = lately
        && !has_settled(app.db.read(), at, ctx.now).await?
    {
        return Ok(Vec::new());
    }
    let found = repeats(app.db.read(), ctx.now).await?;
    if found.is_empty() {
        done_now(&app.db, COMPARED, ctx.now).await?;
    }
    Ok(found)
}

/// Whether a report has settled since all were compared, or lately: two rounds
/// more are given to what becomes of a report only then. What these miss,
/// [`ANYWAY`] finds.
async fn has_settled(db: &impl ConnectionTrait, compared: DateTime<Utc>, now: DateTime<Utc>) -> Result<bool> {
    let since = compared.min(now - EVERY * 2) - SETTLED;
    let one = report::Entity::find()
        .select_only()
        .column(report::Column::Id)
        .filter(counted(now))
        .filter(report::Column::SubmittedAt.gte(since))
        .limit(1);
    Ok(one.into_tuple::<Uuid>().one(db).await?.is_some())
}

/// A report that counts.
#[derive(Debug, FromQueryResult)]
struct Tip {
    id: Uuid,
    case_id: Option<Uuid>,
    child_location: Option<String>,
    submitted_at: DateTime<Utc>,
}

/// What is asked of a case; the rest of it stays where it is.
#[derive(Debug, FromQueryResult)]
struct Held {
    id: Uuid,
    merged_into: Option<Uuid>,
    division: String,
    stage: String,
    sensitivity: i16,
    lead_unit: Uuid,
}

async fn repeats(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<Uuid>> {
    let tips = tips(db, now).await?;
    let cases = cases(db, &tips).await?;
    let children = children(db, now).await?;
    let groups = groups(&tips, &cases, &children);
    let twice: Vec<&Group> = groups.iter().filter(|group| group.tips >= 2).collect();
    let sheets = sheets(db, &cases).await?;
    let kept_out = kept_out(db, &twice, &cases).await?;
    let answers = |group: &&Group| answering(group, &cases, &sheets, &kept_out);
    Ok(twice.iter().filter_map(answers).collect())
}

fn counted(now: DateTime<Utc>) -> Condition {
    let own = Condition::all()
        .add(report::Column::CaseId.is_null())
        .add(report::Column::State.is_in(HEARD))
        .add(report::Column::DemandType.is_in(CLUES));
    Condition::all()
        .add(report::Column::SubmittedAt.between(now - SPAN, now - SETTLED))
        .add(Condition::any().add(report::Column::CaseId.is_not_null()).add(own))
}

async fn tips(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<Tip>> {
    use report::Column;
    Ok(report::Entity::find()
        .select_only()
        .columns([Column::Id, Column::CaseId, Column::ChildLocation, Column::SubmittedAt])
        .filter(counted(now))
        .into_model::<Tip>()
        .all(db)
        .await?)
}

/// The cases of the reports, and those that they were merged into.
type Cases = HashMap<Uuid, Held>;

fn asked() -> [protection_case::Column; 6] {
    use protection_case::Column;
    [
        Column::Id,
        Column::MergedInto,
        Column::Division,
        Column::Stage,
        Column::Sensitivity,
        Column::LeadUnit,
    ]
}

async fn cases(db: &impl ConnectionTrait, tips: &[Tip]) -> Result<Cases> {
    let mut cases = Cases::new();
    let mut wanted: Vec<Uuid> = tips.iter().filter_map(|tip| tip.case_id).collect();
    while !wanted.is_empty() {
        wanted.sort_unstable();
        wanted.dedup();
        let mut further = Vec::new();
        for some in wanted.chunks(500) {
            let found = protection_case::Entity::find()
                .select_only()
                .columns(asked())
                .filter(protection_case::Column::Id.is_in(some.iter().copied()))
                .into_model::<Held>()
                .all(db)
                .await?;
            further.extend(found.iter().filter_map(|case| case.merged_into));
            cases.extend(found.into_iter().map(|case| (case.id, case)));
        }
        wanted = further.into_iter().filter(|id| !cases.contains_key(id)).collect();
    }
    Ok(cases)
}

/// Of whom, and the marks.
type Row = (Uuid, Option<String>, Option<String>, String, Option<i16>);

/// The children of the cases, by their files, and of the reports that have no
/// case, as they were told.
async fn children(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<Told>> {
    let reports = |column: report::Column, case: Condition| -> SelectStatement {
        Query::select()
            .column(column)
            .from(report::Entity)
            .cond_where(counted(now).add(case))
            .to_owned()
    };
    let with_case = Condition::all().add(report::Column::CaseId.is_not_null());
    let mut told = files(db, reports(report::Column::CaseId, with_case)).await?;
    let without = Condition::all().add(report::Column::CaseId.is_null());
    let heard: Vec<Row> = report_child::Entity::find()
        .select_only()
        .columns([
            report_child::Column::ReportId,
            report_child::Column::IdIndex,
            report_child::Column::NameIndex,
            report_child::Column::Sex,
            report_child::Column::Age,
        ])
        .filter(report_child::Column::ReportId.in_subquery(reports(report::Column::Id, without)))
        .into_tuple()
        .all(db)
        .await?;
    let heard = heard.into_iter();
    told.extend(heard.map(|(about, id, name, sex, age)| Told::new(about, None, (id, name, sex, age))));
    Ok(told)
}

/// The case, the child's own file, and its marks.
type File = (Uuid, Uuid, Option<String>, Option<String>, String, Option<i16>);

/// The files of children, once for each case that they are of.
async fn files(db: &impl ConnectionTrait, cases: SelectStatement) -> Result<Vec<Told>> {
    let to_child = case_child::Entity::belongs_to(child::Entity)
        .from(case_child::Column::ChildId)
        .to(child::Column::Id)
        .into();
    let found: Vec<File> = case_child::Entity::find()
        .select_only()
        .columns([case_child::Column::CaseId, case_child::Column::ChildId])
        .columns([
            child::Column::IdIndex,
            child::Column::NameIndex,
            child::Column::Sex,
            child::Column::AgeAtIntake,
        ])
        .join(JoinType::InnerJoin, to_child)
        .filter(case_child::Column::CaseId.in_subquery(cases))
        .into_tuple()
        .all(db)
        .await?;
    let told = found.into_iter();
    Ok(told
        .map(|(case, file, id, name, sex, age)| Told::new(case, Some(file), (id, name, sex, age)))
        .collect())
}

/// When each case got its sheet for a second report.
async fn sheets(db: &impl ConnectionTrait, cases: &Cases) -> Result<HashMap<Uuid, DateTime<Utc>>> {
    let rows = supervision::Entity::find().filter(supervision::Column::Cause.eq(CAUSE));
    let mut sheets = HashMap::new();
    for row in rows.all(db).await? {
        let at = sheets.entry(goes_on(cases, row.case_id)).or_insert(row.opened_at);
        *at = row.opened_at.max(*at);
    }
    Ok(sheets)
}

/// The units that may not learn of a case or of one that was merged into it, by
/// case.
async fn kept_out(db: &impl ConnectionTrait, groups: &[&Group], cases: &Cases) -> Result<HashMap<Uuid, Vec<Uuid>>> {
    let looked_at: HashSet<Uuid> = groups.iter().flat_map(|group| group.cases.keys().copied()).collect();
    let parts = cases.keys().filter(|case| looked_at.contains(&goes_on(cases, **case)));
    let parts: Vec<Uuid> = parts.copied().collect();
    let mut kept_out: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for some in parts.chunks(500) {
        let rows = recusal::Entity::find().filter(recusal::Column::CaseId.is_in(some.iter().copied()));
        for row in rows.all(db).await? {
            let units = kept_out.entry(goes_on(cases, row.case_id)).or_default();
            units.extend(row.unit_id);
        }
    }
    Ok(kept_out)
}

/// The case that gets the sheet: the open one with the newest report. None
/// where a sheet was written since that report had settled. None to a unit that is recused
/// from one of the cases, and none on a case of a lower label beside one of the
/// highest: the sheet would tell there that there is another.
fn answering(
    group: &Group,
    cases: &Cases,
    sheets: &HashMap<Uuid, DateTime<Utc>>,
    kept_out: &HashMap<Uuid, Vec<Uuid>>,
) -> Option<Uuid> {
    let told = group.cases.keys().filter_map(|case| sheets.get(case)).max();
    if told.map(|at| *at - SETTLED) >= group.newest {
        return None;
    }
    let blind = |unit: Uuid| {
        group
            .cases
            .keys()
            .any(|case| kept_out.get(case).is_some_and(|units| units.contains(&unit)))
    };
    let highest = Sensitivity::L4.number();
    let label = |case: &Uuid| cases.get(case).map_or(highest, |row| row.sensitivity);
    let secret = group.cases.keys().any(|case| label(case) == highest);
    let open = |case: &Uuid| {
        let row = cases.get(case)?;
        let open = Stage::parse(&row.stage).is_some_and(Stage::is_open);
        let told = secret && row.sensitivity != highest;
        (open && !told && !sheets.contains_key(case) && !blind(row.lead_unit)).then_some(*case)
    };
    let newest = |case: &Uuid| group.cases.get(case).copied();
    group.cases.keys().filter_map(open).max_by_key(newest)
}
