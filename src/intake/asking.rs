//! Questions for a child who calls, each asked once: what this call or an
//! earlier report about the child has answered is shown as answered, so that
//! nobody asks a child the same again (保密与边界规则: no questioning as for
//! evidence, the five elements and the danger alone).

use super::facts::{ReportInput, said};
use crate::accounts;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{account, report, report_child};
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::rules::codes::{self, Answer, ChildQuestion};
use crate::sight;
use crate::state::App;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// So many earlier reports are looked at.
const LOOKED_AT: u64 = 20;

/// A question, and what is known of its answer.
#[derive(Debug, Clone)]
pub struct Asking {
    /// The words to say.
    pub text: &'static str,
    /// What this call has answered; empty while it has not.
    pub now: String,
    /// Who was told it before.
    pub earlier: Vec<Earlier>,
}

impl Asking {
    /// Whether it need not be asked any more.
    #[must_use]
    pub fn done(&self) -> bool {
        !self.now.is_empty() || !self.earlier.is_empty()
    }
}

/// An earlier answer.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// Who asked.
    pub by: String,
    /// When.
    pub at: String,
    /// The answer; empty for whoever may not see that report.
    pub answer: String,
}

/// The questions for the child of a report, in the order of asking.
///
/// # Errors
/// When the database refuses.
pub async fn asking(app: &App, ctx: &Ctx, input: &ReportInput, report: Uuid) -> Result<Vec<Asking>> {
    let before = earlier(app, ctx, input, report).await?;
    let situation = situation(input);
    let rows = codes::child_questions().iter();
    let rows = rows.filter(|row| row.situation == "any" || row.situation == situation);
    let ask = |row: &'static ChildQuestion| Asking {
        text: &row.text,
        now: answered_now(input, &row.known),
        earlier: before.iter().filter_map(|known| known.answer_to(&row.known)).collect(),
    };
    Ok(rows.map(ask).collect())
}

/// In which situation the child seems to be, by what was said so far.
fn situation(input: &ReportInput) -> &'static str {
    let choices = input.choices();
    let yes = |code: &str| choices.get(code) == Some(&Answer::Yes);
    let kind = |starts: &[&str]| {
        let mut kinds = input.case_types.iter();
        kinds.any(|code| starts.iter().any(|start| code.starts_with(start)))
    };
    if yes("suicidal") || kind(&["13"]) {
        "crisis"
    } else if yes("weapon_threat") || yes("offender_present") || kind(&["01", "02", "03", "09"]) {
        "harmed"
    } else if yes("young_alone") || kind(&["0403", "05", "06"]) {
        "alone"
    } else {
        ""
    }
}

/// What this call has answered.
fn answered_now(input: &ReportInput, known: &str) -> String {
    match known {
        "location" => input.location().map(|_| "已填地点".to_owned()).unwrap_or_default(),
        "child" => {
            let named = |child: &super::ChildInput| said(child.name.as_ref()).is_some() || child.age.is_some();
            let told = input.known_children().any(named);
            if told { "已填".to_owned() } else { String::new() }
        }
        code => match input.answers.get(code).map(|answer| answer.trim()) {
            None | Some("" | "unknown") => String::new(),
            Some(answer) => Answer::parse(answer).map_or_else(|| "已填".to_owned(), |answer| answer.label().to_owned()),
        },
    }
}

/// An earlier report about the child.
struct Known {
    row: report::Model,
    by: String,
    visible: bool,
}

impl Known {
    fn answer_to(&self, known: &str) -> Option<Earlier> {
        let answer = match known {
            "location" => self.row.child_location.as_ref().map(|_| "已登记地点".to_owned())?,
            // The report is found by the child: that much was asked.
            "child" => "已登记".to_owned(),
            code => {
                let answer = Answer::parse(self.row.safety_answers[code].as_str()?)?;
                if answer == Answer::Unknown {
                    return None;
                }
                answer.label().to_owned()
            }
        };
        Some(Earlier {
            by: self.by.clone(),
            at: clock::minute(self.row.started_at),
            answer: if self.visible { answer } else { String::new() },
        })
    }
}

/// The earlier reports about a child of the same number, or of the same name in
/// the same township. Looking them up stands in the journal.
async fn earlier(app: &App, ctx: &Ctx, input: &ReportInput, own: Uuid) -> Result<Vec<Known>> {
    let rows = about(app, input, own).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let db = app.db.read();
    let visible: BTreeSet<Uuid> = report::Entity::find()
        .filter(report::Column::Id.is_in(rows.iter().map(|row| row.id)))
        .filter(sight::reports(ctx))
        .all(db)
        .await?
        .into_iter()
        .map(|row| row.id)
        .collect();
    let people = account::Entity::find()
        .filter(account::Column::Id.is_in(rows.iter().filter_map(|row| row.opened_by)))
        .all(db)
        .await?;
    let mut names = HashMap::new();
    for person in people {
        names.insert(person.id, accounts::name(app, &person)?);
    }
    let detail = json!({ "reports": rows.iter().map(|row| row.id).collect::<Vec<_>>() });
    let entry = Entry::new(Act::CandidatesShown).report(own).detail(detail);
    journal::viewed_span(&app.db, ctx, entry).await?;
    let by = |row: &report::Model| row.opened_by.and_then(|by| names.get(&by).cloned());
    let known = |row: report::Model| Known {
        by: by(&row).unwrap_or_else(|| "自动受理".to_owned()),
        visible: visible.contains(&row.id),
        row,
    };
    Ok(rows.into_iter().map(known).collect())
}

/// The reports themselves, latest first.
async fn about(app: &App, input: &ReportInput, own: Uuid) -> Result<Vec<report::Model>> {
    let index = |kind, text: &Option<String>| app.vault.index_some(kind, said(text.as_ref()));
    let numbers: BTreeSet<String> = input
        .known_children()
        .filter_map(|child| index("id_number", &child.id_number))
        .collect();
    let names: BTreeSet<String> = input
        .known_children()
        .filter_map(|child| index("name", &child.name))
        .collect();
    if numbers.is_empty() && names.is_empty() {
        return Ok(Vec::new());
    }
    let db = app.db.read();
    let same = Condition::any()
        .add(report_child::Column::IdIndex.is_in(numbers.iter().cloned()))
        .add(report_child::Column::NameIndex.is_in(names));
    let children = report_child::Entity::find()
        .filter(same)
        .filter(report_child::Column::ReportId.ne(own))
        .order_by_desc(report_child::Column::Id)
        .limit(LOOKED_AT)
        .all(db)
        .await?;
    let is_sure = |child: &&report_child::Model| child.id_index.as_ref().is_some_and(|index| numbers.contains(index));
    let sure: BTreeSet<Uuid> = children.iter().filter(is_sure).map(|child| child.report_id).collect();
    let mut rows = report::Entity::find()
        .filter(report::Column::Id.is_in(children.iter().map(|child| child.report_id)))
        .order_by_desc(report::Column::StartedAt)
        .all(db)
        .await?;
    let here = input.location();
    rows.retain(|row| sure.contains(&row.id) || same_township(here.as_ref(), row.child_location.as_deref()));
    Ok(rows)
}

/// One name may be two children: only in one township it is taken for one.
fn same_township(here: Option<&crate::rules::division::Division>, there: Option<&str>) -> bool {
    use crate::rules::division::{Division, Tier};
    let there = there.and_then(|code| Division::parse(code).ok());
    let township = |place: &Division| place.at(Tier::Township);
    match (here.and_then(township), there.as_ref().and_then(township)) {
        (Some(here), Some(there)) => here == there,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_situation_follows_what_was_said() {
        let mut input = ReportInput::default();
        assert_eq!(situation(&input), "");
        input.case_types = vec!["0403".to_owned()];
        assert_eq!(situation(&input), "alone");
        input.answers.insert("offender_present".to_owned(), "yes".to_owned());
        assert_eq!(situation(&input), "harmed");
        input.answers.insert("suicidal".to_owned(), "yes".to_owned());
        assert_eq!(situation(&input), "crisis");
    }

    #[test]
    fn every_question_is_known_by_something_that_can_be_answered() {
        for row in codes::child_questions() {
            let known = row.known == "location" || row.known == "child" || codes::safety_question(&row.known).is_some();
            assert!(known, "{}", row.code);
            assert!(row.source.contains("本系统默认（可配置）"), "{}", row.code);
        }
    }

    #[test]
    fn an_answer_given_in_this_call_is_not_asked_again() {
        let mut input = ReportInput::default();
        assert_eq!(answered_now(&input, "safe_now"), "");
        input.answers.insert("safe_now".to_owned(), "no".to_owned());
        input.answers.insert("where_hurt".to_owned(), "胳膊".to_owned());
        input.answers.insert("suicidal".to_owned(), "unknown".to_owned());
        assert_eq!(answered_now(&input, "safe_now"), "否");
        assert_eq!(answered_now(&input, "where_hurt"), "已填");
        assert_eq!(answered_now(&input, "suicidal"), "", "what is not clear is asked");
    }
}
