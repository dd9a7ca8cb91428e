//! Visits ready for the screen.

use super::choices::{self, Answers};
use super::input::VisitInput;
use super::photo;
use super::record::skew_minutes;
use crate::clock;
use crate::entity::{account, case_child, child, visit, visit_photo};
use crate::error::Result;
use crate::rules::codes;
use crate::rules::division::{Division, Tier};
use crate::state::App;
use crate::vault::Slot;
use anyhow::Context;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// One answer of a question on a form.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// The value sent.
    pub code: String,
    /// The words.
    pub label: String,
    /// A remark; may be empty.
    pub hint: String,
    /// Whether it is chosen.
    pub on: bool,
}

impl Choice {
    pub(super) fn new(code: &str, label: &str, on: bool) -> Self {
        Self {
            code: code.to_owned(),
            label: label.to_owned(),
            hint: String::new(),
            on,
        }
    }
}

/// The answers of a question with those chosen marked.
pub(super) fn offered(answers: Answers, chosen: &[&str]) -> Vec<Choice> {
    answers
        .iter()
        .map(|(code, label)| Choice::new(code, label, chosen.contains(code)))
        .collect()
}

/// A visit as a row of the case page and of the queue.
#[derive(Debug, Clone)]
pub struct VisitRow {
    /// The visit.
    pub id: Uuid,
    /// Its number.
    pub number: String,
    /// Its case.
    pub case_id: Uuid,
    /// When it took place.
    pub when: String,
    /// When it was entered.
    pub entered: String,
    /// Kind.
    pub kind: String,
    /// Method.
    pub method: String,
    /// Who visited.
    pub author: String,
    /// 见到儿童, or why not.
    pub seen: String,
    /// Whether the child was seen.
    pub was_seen: bool,
    /// Whether a danger was found.
    pub danger: bool,
    /// Entered after the case closed, or on a later day.
    pub late: bool,
    /// Where it stands with its reviewer.
    pub review: String,
    /// The mark's kind: `ok`, `wait`, `on`.
    pub review_kind: &'static str,
    /// Whether it waits for its reviewer.
    pub waits: bool,
    /// Whether a later record corrects it.
    pub corrected: bool,
    /// How many photos it has.
    pub photos: usize,
    /// For the conditional update.
    pub version: i32,
}

/// The visits of a case, latest first.
///
/// # Errors
/// When the database or the vault refuses.
pub async fn of_case(app: &App, db: &impl ConnectionTrait, case: Uuid) -> Result<Vec<VisitRow>> {
    let visits = visit::Entity::find()
        .filter(visit::Column::CaseId.eq(case))
        .order_by_desc(visit::Column::StartedAt)
        .order_by_desc(visit::Column::Id)
        .all(db)
        .await?;
    rows(app, db, visits).await
}

pub(super) async fn rows(app: &App, db: &impl ConnectionTrait, visits: Vec<visit::Model>) -> Result<Vec<VisitRow>> {
    let ids: Vec<Uuid> = visits.iter().map(|visit| visit.id).collect();
    let mut photos: BTreeMap<Uuid, usize> = BTreeMap::new();
    let held: Vec<Uuid> = visit_photo::Entity::find()
        .select_only()
        .column(visit_photo::Column::VisitId)
        .filter(visit_photo::Column::VisitId.is_in(ids.iter().copied()))
        .into_tuple()
        .all(db)
        .await?;
    for id in held {
        *photos.entry(id).or_default() += 1;
    }
    let corrected: BTreeSet<Uuid> = visit::Entity::find()
        .filter(visit::Column::Supersedes.is_in(ids))
        .all(db)
        .await?
        .into_iter()
        .filter_map(|row| row.supersedes)
        .collect();
    let names = names(app, db, visits.iter().map(|visit| visit.author)).await?;
    Ok(visits
        .into_iter()
        .map(|visit| {
            let author = names.get(&visit.author).cloned().unwrap_or_default();
            let corrected = corrected.contains(&visit.id);
            let photos = photos.get(&visit.id).copied().unwrap_or_default();
            row(&visit, (author, corrected, photos))
        })
        .collect())
}

fn row(visit: &visit::Model, (author, corrected, photos): (String, bool, usize)) -> VisitRow {
    let seen = match &visit.not_seen_reason {
        Some(reason) if !visit.seen => format!("没见到：{}", choices::not_seen(reason)),
        _ => "见到儿童".to_owned(),
    };
    VisitRow {
        id: visit.id,
        number: visit.number.clone(),
        case_id: visit.case_id,
        when: clock::minute(visit.started_at),
        entered: clock::minute(visit.received_at),
        kind: choices::kind(&visit.kind),
        method: choices::label(choices::METHODS, &visit.method),
        author,
        seen,
        was_seen: visit.seen,
        danger: visit.danger,
        late: visit.late,
        review: choices::label(choices::REVIEW, &visit.review_state),
        waits: matches!(visit.review_state.as_str(), "pending" | "replied"),
        review_kind: match visit.review_state.as_str() {
            "accepted" => "ok",
            "queried" => "wait",
            _ => "on",
        },
        corrected,
        photos,
        version: visit.version,
    }
}

/// The names of accounts.
pub(super) async fn names(
    app: &App,
    db: &impl ConnectionTrait,
    ids: impl Iterator<Item = Uuid>,
) -> Result<BTreeMap<Uuid, String>> {
    let ids: BTreeSet<Uuid> = ids.collect();
    let accounts = account::Entity::find()
        .filter(account::Column::Id.is_in(ids))
        .all(db)
        .await?;
    let mut names = BTreeMap::new();
    for account in accounts {
        let name = app
            .vault
            .open(Slot::new("account", "name", account.id), &account.name)?;
        names.insert(account.id, name);
    }
    Ok(names)
}

/// A question and its answer.
#[derive(Debug, Clone)]
pub struct Line {
    /// The question.
    pub label: &'static str,
    /// The answer.
    pub value: String,
}

/// A visit in full.
#[derive(Debug, Clone)]
pub struct VisitView {
    /// What the lists show.
    pub row: VisitRow,
    /// Every answer that was given, in the order of the form.
    pub lines: Vec<Line>,
    /// 设备时间与接收时间相差, where more than ten minutes.
    pub skew: Option<i64>,
    /// The reviewer's words.
    pub review_note: Option<String>,
    /// Who reviewed and when.
    pub reviewed: Option<String>,
    /// The author's answer.
    pub reply: Option<String>,
    /// The photos.
    pub photos: Vec<Uuid>,
    /// The visit that this one corrects.
    pub supersedes: Option<Uuid>,
    /// The raw state.
    pub state: String,
    /// The author's account.
    pub author: Uuid,
}

/// Opens a visit for the screen.
pub(super) async fn open(app: &App, db: &impl ConnectionTrait, visit: visit::Model) -> Result<VisitView> {
    let slot = |column| Slot::new("visit", column, visit.id);
    let body = app.vault.open(slot("body"), &visit.body)?;
    let input: VisitInput = serde_json::from_str(&body).context("visit in the database")?;
    let review_note = app.vault.open_some(slot("review_note"), visit.review_note.as_ref())?;
    let reply = app.vault.open_some(slot("reply"), visit.reply.as_ref())?;
    let names = names(app, db, visit.reviewed_by.into_iter()).await?;
    let by_whom = visit.reviewed_by.and_then(|id| names.get(&id).cloned());
    let reviewed = visit
        .reviewed_at
        .map(|at| format!("{} {}", by_whom.unwrap_or_default(), clock::minute(at)));
    let skew = skew_minutes(&visit);
    let (supersedes, state, author) = (visit.supersedes, visit.review_state.clone(), visit.author);
    let photos = photo::of_visit(db, visit.id).await?;
    let row = rows(app, db, vec![visit]).await?.pop().context("row of a visit")?;
    Ok(VisitView {
        lines: lines(&input),
        row,
        skew,
        review_note,
        reviewed,
        reply,
        photos,
        supersedes,
        state,
        author,
    })
}

fn lines(input: &VisitInput) -> Vec<Line> {
    let one = |answers, code: &Option<String>| code.as_deref().map(|code| choices::label(answers, code));
    let many = |answers, codes: &[String]| {
        let words: Vec<String> = codes.iter().map(|code| choices::label(answers, code)).collect();
        Some(words.join("、")).filter(|words| !words.is_empty())
    };
    let yes = |yes: bool| Some(if yes { "有" } else { "没有" }.to_owned());
    let answers = [
        ("计划日期", input.planned_on.map(|day| day.to_string())),
        ("结束时间", input.ended_at.map(clock::minute)),
        ("未见到说明", input.not_seen_note.clone()),
        ("现实危险", yes(input.danger)),
        ("外伤", one(choices::INJURY, &input.injury)),
        ("受伤部位", input.injury_note.clone()),
        ("情绪", one(choices::MOODS, &input.mood)),
        ("就学出勤", one(choices::SCHOOL, &input.school)),
        ("家庭照料", one(choices::CARE, &input.care)),
        ("安全隐患", many(choices::HAZARDS, &input.hazards)),
        ("监护人联系", one(choices::GUARDIAN_CONTACT, &input.guardian_contact)),
        ("受托照护人", one(choices::CARER, &input.carer)),
        ("与谁谈", many(choices::TALKED_WITH, &input.talked_with)),
        ("儿童意见", input.child_opinion.clone()),
        ("服务落实", input.services.clone()),
        ("新风险", input.new_risk.clone()),
        ("处理", input.handling.clone()),
        ("下次日期", input.next_on.map(|day| day.to_string())),
    ];
    answers
        .into_iter()
        .filter_map(|(label, value)| value.map(|value| Line { label, value }))
        .collect()
}

/// The children of a case: id, and a few words that name nobody in full.
pub(super) async fn children(app: &App, db: &impl ConnectionTrait, case: Uuid) -> Result<Vec<(Uuid, String)>> {
    let ids: Vec<Uuid> = case_child::Entity::find()
        .select_only()
        .column(case_child::Column::ChildId)
        .filter(case_child::Column::CaseId.eq(case))
        .into_tuple()
        .all(db)
        .await?;
    let rows = child::Entity::find()
        .filter(child::Column::Id.is_in(ids))
        .order_by_asc(child::Column::Id)
        .all(db)
        .await?;
    rows.iter().map(|child| Ok((child.id, in_short(app, child)?))).collect()
}

fn in_short(app: &App, child: &child::Model) -> Result<String> {
    let name = app
        .vault
        .open_some(Slot::new("child", "name", child.id), child.name.as_ref())?;
    let sex = match child.sex.as_str() {
        "1" => "男",
        "2" => "女",
        _ => "儿童",
    };
    let about = if child.age_estimated { "约" } else { "" };
    let age = child
        .age_at_intake
        .map_or_else(String::new, |age| format!("，{about}{age} 岁"));
    let name = name.map_or_else(|| "姓名未知".to_owned(), |name| masked(&name));
    Ok(format!("{name}，{sex}{age}"))
}

/// The first character and nothing more.
fn masked(name: &str) -> String {
    let first: String = name.trim().chars().take(1).collect();
    format!("{first}某")
}

/// A place in words: township and village where known, else county or city.
pub(super) fn place(code: &str) -> String {
    let Ok(division) = Division::parse(code) else {
        return String::new();
    };
    let name = |tier| {
        let at = division.at(tier)?;
        codes::division(at.code()).map(|row| row.name.as_str())
    };
    let near: Vec<&str> = [Tier::Township, Tier::Village].into_iter().filter_map(name).collect();
    if near.is_empty() {
        name(Tier::County)
            .or_else(|| name(Tier::City))
            .unwrap_or_default()
            .to_owned()
    } else {
        near.join(" ")
    }
}
