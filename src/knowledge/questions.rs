//! `GET /knowledge/questions`: what a child who calls is asked, in the order of
//! asking, by the situation that the child seems to be in. The words are
//! configuration (`data/child_questions.csv`), each with its source.

use crate::ctx::Ctx;
use crate::error::Result;
use crate::rules::codes::{self, ChildQuestion};
use crate::state::App;
use crate::web::{Shell, render};
use askama::Template;
use axum::extract::State;
use axum::response::Response;

/// The situations, in the order of the page.
const SITUATIONS: [(&str, &str, &str); 4] = [
    ("any", "每个来电的儿童", "先问这些；答过的不再问"),
    ("harmed", "疑似受到侵害", "不做取证式询问，只问五要素和危险"),
    ("alone", "独自一人、无人照料", ""),
    ("crisis", "心理危机", ""),
];

struct Group {
    code: &'static str,
    label: &'static str,
    hint: &'static str,
    rows: Vec<&'static ChildQuestion>,
}

#[derive(Template)]
#[template(path = "knowledge/questions.html")]
struct QuestionsPage {
    shell: Shell,
    groups: Vec<Group>,
}

pub(super) async fn show(State(app): State<App>, ctx: Ctx) -> Result<Response> {
    let of = |situation: &str| {
        let rows = codes::child_questions().iter();
        rows.filter(|row| row.situation == situation).collect::<Vec<_>>()
    };
    let groups = SITUATIONS
        .into_iter()
        .map(|(code, label, hint)| Group {
            code,
            label,
            hint,
            rows: of(code),
        })
        .collect();
    render(&QuestionsPage {
        shell: Shell::new(&app, &ctx, "儿童问话", "/knowledge"),
        groups,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_stands_under_a_situation() {
        for row in codes::child_questions() {
            let known = SITUATIONS.iter().any(|(code, ..)| *code == row.situation);
            assert!(known, "{}: {}", row.code, row.situation);
        }
    }
}
