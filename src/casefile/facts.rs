//! What is known: the facts by sensitivity, the children and adults masked,
//! the reports with the kind of their reporter only.

use super::actions::Powers;
use super::names;
use super::page::reduced;
use super::people;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{child, party, protection_case, report};
use crate::error::Result;
use crate::hotline::attachments;
use crate::rules::codes;
use crate::rules::policy::{Action, Role};
use crate::sight;
use crate::state::App;
use crate::vault::{Slot, Vault};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::Value;
use uuid::Uuid;

/// A question of the desk and its answer.
pub(crate) struct Asked {
    pub(crate) question: String,
    pub(crate) answer: String,
    pub(crate) danger: bool,
}

/// A child in masked form.
pub(crate) struct ChildRow {
    pub(crate) id: Uuid,
    pub(crate) short: String,
    pub(crate) id_number: &'static str,
    pub(crate) feature: String,
    pub(crate) categories: String,
    pub(crate) school: String,
    pub(crate) opinion: Option<String>,
    /// From eight years on the child is heard, or it is said why not.
    pub(crate) must_be_heard: bool,
}

/// An adult in masked form.
pub(crate) struct PartyRow {
    pub(crate) kind: &'static str,
    pub(crate) relation: String,
    pub(crate) name: String,
    pub(crate) phone: String,
    pub(crate) marks: String,
    pub(crate) suspect: bool,
}

/// A report that belongs to the case.
pub(crate) struct ReportRow {
    pub(crate) number: String,
    pub(crate) at: String,
    pub(crate) channel: String,
    pub(crate) reporter: String,
    pub(crate) confidential: bool,
}

/// Everything known of a case that this person may read.
pub(crate) struct FactSheet {
    pub(crate) summary: Option<String>,
    /// Files that 12345 sent, for whoever reads the narrative.
    pub(crate) attachments: Vec<attachments::Row>,
    pub(crate) kinds: Vec<String>,
    pub(crate) place: String,
    pub(crate) address: Option<String>,
    pub(crate) residence: String,
    pub(crate) domicile: String,
    pub(crate) opened: String,
    pub(crate) cohabiting: &'static str,
    pub(crate) dangers: Vec<String>,
    pub(crate) asked: Vec<Asked>,
    pub(crate) children: Vec<ChildRow>,
    pub(crate) parties: Vec<PartyRow>,
    pub(crate) reports: Vec<ReportRow>,
    pub(crate) closure: Option<String>,
    pub(crate) close_note: Option<String>,
}

fn open_case(case: &protection_case::Model, column: &'static str) -> Slot {
    Slot::new("protection_case", column, case.id)
}

/// The title, which bears no names.
pub(crate) fn title(app: &App, case: &protection_case::Model) -> Result<String> {
    Ok(app.vault.open(open_case(case, "title"), &case.title)?)
}

/// What everybody who opens the page must not overlook.
pub(crate) fn warnings(case: &protection_case::Model) -> Vec<String> {
    let mut all = Vec::new();
    if case.cohabiting_suspect == "yes" {
        all.push("嫌疑人与儿童同住：不向该住址寄送，不拨打未核验的号码，不透露有人报告。".to_owned());
    }
    if case.sensitivity >= 4 {
        all.push("特别保密：不在村级通报，不在列表显示案由；不做取证式询问。".to_owned());
    }
    all
}

/// The facts of a case.
pub(crate) async fn sheet(
    db: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (case, powers): (&protection_case::Model, &Powers),
) -> Result<FactSheet> {
    let reports = report::Entity::find()
        .filter(report::Column::CaseId.eq(case.id))
        .order_by_asc(report::Column::StartedAt)
        .all(db)
        .await?;
    let children = people::children(db, &[case.id]).await?;
    let parties = party::Entity::find()
        .filter(party::Column::CaseId.eq(case.id))
        .order_by_asc(party::Column::Id)
        .all(db)
        .await?;
    let vault = &app.vault;
    let told = sight::reads_narrative(ctx, case);
    let summary = told.then(|| vault.open(open_case(case, "summary"), &case.summary));
    let reduced = reduced(ctx.actor.role);
    let reads_work = powers.may(Action::ReadWork);
    let note = case.close_note.as_ref().filter(|_| reads_work);
    Ok(FactSheet {
        attachments: files(app, case, told).await?,
        summary: summary.transpose()?,
        kinds: case.case_types.0.iter().map(|code| names::case_type(code)).collect(),
        place: names::place(&case.division),
        address: vault.open_some(open_case(case, "address"), case.address.as_ref())?,
        residence: case.residence.as_deref().map_or("未知".to_owned(), names::place),
        domicile: case.domicile.as_deref().map_or("未知".to_owned(), names::place),
        opened: clock::minute(case.opened_at),
        cohabiting: cohabiting(case),
        dangers: dangers(&reports),
        asked: reports.iter().flat_map(|row| asked(&row.safety_answers)).collect(),
        children: children
            .get(&case.id)
            .into_iter()
            .flatten()
            .map(|row| child_row(app, ctx, row, reads_work))
            .collect::<Result<_>>()?,
        parties: parties.iter().map(|row| party_row(vault, row)).collect::<Result<_>>()?,
        reports: if reduced {
            Vec::new()
        } else {
            reports.iter().map(report_row).collect()
        },
        closure: case
            .closure_type
            .as_deref()
            .map(|code| codes::closure_type(code).map_or(code.to_owned(), |row| row.name.clone())),
        close_note: vault.open_some(open_case(case, "close_note"), note)?,
    })
}

async fn files(app: &App, case: &protection_case::Model, told: bool) -> Result<Vec<attachments::Row>> {
    if told {
        attachments::of_case(app, case.id).await
    } else {
        Ok(Vec::new())
    }
}

fn cohabiting(case: &protection_case::Model) -> &'static str {
    match case.cohabiting_suspect.as_str() {
        "yes" => "是",
        "no" => "否",
        _ => "未知",
    }
}

/// The flags that were ticked, and those for which a dangerous answer stands.
fn dangers(reports: &[report::Model]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let answered = reports.iter().flat_map(|row| answered(&row.safety_answers));
    let told = answered
        .filter(|(question, answer)| is_danger(question, answer))
        .map(|(question, _)| &question.flag)
        .filter(|flag| !flag.is_empty());
    for code in reports.iter().flat_map(|row| &row.danger_flags.0).chain(told) {
        let name = codes::danger_flag(code).map_or(code.clone(), |row| row.name.clone());
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

/// The questions of the call that were answered, in the order of asking.
fn answered(answers: &Value) -> impl Iterator<Item = (&'static codes::SafetyQuestion, &str)> {
    codes::safety_questions().iter().filter_map(|question| {
        let short = format!("q{}", question.number);
        let answer = answers.get(&question.code).or_else(|| answers.get(&short))?.as_str()?;
        Some((question, answer)).filter(|(_, answer)| !answer.is_empty())
    })
}

fn is_danger(question: &codes::SafetyQuestion, answer: &str) -> bool {
    let known = codes::Answer::parse(answer);
    question.red_line && known.is_some() && known == question.danger
}

fn asked(answers: &Value) -> Vec<Asked> {
    answered(answers)
        .map(|(question, answer)| Asked {
            question: question.text.clone(),
            answer: codes::Answer::parse(answer).map_or_else(|| answer.to_owned(), |known| known.label().to_owned()),
            danger: is_danger(question, answer),
        })
        .collect()
}

fn child_row(app: &App, ctx: &Ctx, row: &child::Model, reads_work: bool) -> Result<ChildRow> {
    let slot = |column| Slot::new("child", column, row.id);
    let categories: Vec<&str> = row
        .categories
        .0
        .iter()
        .filter_map(|code| codes::child_category(code))
        .map(|category| category.name.as_str())
        .collect();
    let vault = &app.vault;
    let school = if ctx.actor.role == Role::Village {
        None
    } else {
        row.school.as_ref()
    };
    Ok(ChildRow {
        id: row.id,
        short: people::short(vault, row, ctx.now)?,
        id_number: if row.id_number.is_some() { "已登记" } else { "未知" },
        feature: vault
            .open_some(slot("feature"), row.feature.as_ref())?
            .unwrap_or_default(),
        categories: categories.join("、"),
        school: vault.open_some(slot("school"), school)?.unwrap_or_default(),
        opinion: vault.open_some(slot("opinion"), row.opinion.as_ref().filter(|_| reads_work))?,
        must_be_heard: row.age_at_intake.is_none_or(|age| age >= 8),
    })
}

/// The kinds of party, code and word.
pub(crate) const PARTY_KINDS: [(&str, &str); 4] = [
    ("guardian", "监护人"),
    ("carer", "照料人"),
    ("contact", "可联系人"),
    ("suspect", "嫌疑人"),
];

/// The word of a kind of party.
pub(crate) fn party_kind(kind: &str) -> &'static str {
    PARTY_KINDS
        .into_iter()
        .find(|(code, _)| *code == kind)
        .map_or("其他", |(_, word)| word)
}

fn party_row(vault: &Vault, row: &party::Model) -> Result<PartyRow> {
    let slot = |column| Slot::new("party", column, row.id);
    let name = vault.open_some(slot("name"), row.name.as_ref())?;
    let phone = vault.open_some(slot("phone"), row.phone.as_ref())?;
    let marks: Vec<&str> = [(row.lives_with_child, "与儿童同住"), (row.suspect, "涉嫌")]
        .into_iter()
        .filter_map(|(on, word)| on.then_some(word))
        .collect();
    Ok(PartyRow {
        kind: party_kind(&row.kind),
        relation: relation(row.relation.as_deref()),
        name: name.map_or("未知".to_owned(), |name| people::mask(&name)),
        phone: phone.map_or("未知".to_owned(), |phone| hide(&phone)),
        marks: marks.join("、"),
        suspect: row.suspect,
    })
}

/// The words of a relation, from either list.
pub(crate) fn relation(code: Option<&str>) -> String {
    let Some(code) = code else { return "未知".to_owned() };
    codes::relation(code)
        .or_else(|| codes::suspect_type(code))
        .map_or(code.to_owned(), |row| row.name.clone())
}

/// The last four characters of a number.
fn hide(phone: &str) -> String {
    let length = phone.chars().count();
    let tail: String = phone.chars().skip(length.saturating_sub(4)).collect();
    format!("****{tail}")
}

fn report_row(row: &report::Model) -> ReportRow {
    ReportRow {
        number: row.number.clone(),
        at: clock::minute(row.submitted_at.unwrap_or(row.started_at)),
        channel: codes::channel(&row.channel).map_or(row.channel.clone(), |term| term.name.clone()),
        reporter: reporter_kind(row),
        confidential: row.confidential,
    }
}

/// 「热心群众」 or 「义务主体（…）」: never who it was.
fn reporter_kind(row: &report::Model) -> String {
    let kind = row.reporter_type.as_deref().and_then(codes::reporter_type);
    match kind {
        Some(kind) if kind.mandated || row.mandated => format!("义务主体（{}）", kind.name),
        Some(kind) if kind.code.starts_with('S') => kind.name.clone(),
        _ => "热心群众".to_owned(),
    }
}
