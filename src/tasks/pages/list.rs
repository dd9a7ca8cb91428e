//! The list of joint tasks.

use crate::ctx::Ctx;
use crate::error::Result;
use crate::rules::policy::Role;
use crate::rules::taskflow::TaskState;
use crate::state::App;
use crate::tasks::{Asked, TaskRow, list};
use crate::web::{Shell, render};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    state: Option<String>,
    cursor: Option<String>,
}

struct Group {
    title: &'static str,
    rows: Vec<TaskRow>,
}

struct Tab {
    href: &'static str,
    label: &'static str,
    current: bool,
}

#[derive(Template)]
#[template(path = "tasks/list.html")]
struct ListPage {
    shell: Shell,
    heading: &'static str,
    tabs: Vec<Tab>,
    groups: Vec<Group>,
    prev: Option<String>,
    next: Option<String>,
}

pub(super) async fn index(State(app): State<App>, ctx: Ctx, Query(wanted): Query<Wanted>) -> Result<Response> {
    let state = wanted.state.unwrap_or_else(|| "open".to_owned());
    let asked = Asked {
        state: Some(state.clone()).filter(|state| state != "all"),
        // A department works on its own unit's tasks.
        mine: ctx.actor.role == Role::Handler,
        cursor: wanted.cursor,
        limit: 50,
    };
    let page = list(&app, &ctx, &asked).await?;
    let tabs = [
        ("/tasks", "open", "未办结"),
        ("/tasks?state=reported", "reported", "待确认"),
        ("/tasks?state=disputed", "disputed", "争议中"),
        ("/tasks?state=done", "done", "已完成"),
        ("/tasks?state=all", "all", "全部"),
    ];
    render(&ListPage {
        shell: Shell::new(&app, &ctx, "协办任务", "/tasks"),
        heading: if asked.mine {
            "本单位协办任务"
        } else {
            "协办任务"
        },
        tabs: tabs
            .map(|(href, code, label)| Tab {
                href,
                label,
                current: code == state,
            })
            .into(),
        next: page.next.map(|cursor| format!("/tasks?state={state}&cursor={cursor}")),
        groups: groups(page.rows),
        prev: asked.cursor.map(|_| format!("/tasks?state={state}")),
    })
}

/// The groups of the list, by what is to be done next. What nobody has signed
/// stands first: its clock runs out before the others.
const GROUPS: [(&str, &str); 8] = [
    ("sign", "待签收"),
    ("over", "超期"),
    ("back", "被退回补办"),
    ("soon", "将到期"),
    ("work", "办理中"),
    ("disputed", "争议中"),
    ("reported", "已反馈，待确认"),
    ("ended", "已办结"),
];

/// The group of a task.
fn place(row: &TaskRow) -> &'static str {
    match TaskState::parse(row.state) {
        Some(TaskState::Pending) => "sign",
        Some(TaskState::Disputed) => "disputed",
        Some(TaskState::Reported) => "reported",
        Some(TaskState::Working) => match row.due_state {
            "over" => "over",
            _ if row.sent_back > 0 => "back",
            "today" | "soon" => "soon",
            _ => "work",
        },
        _ => "ended",
    }
}

fn groups(rows: Vec<TaskRow>) -> Vec<Group> {
    let mut groups = GROUPS.map(|(_, title)| Group {
        title,
        rows: Vec::new(),
    });
    for row in rows {
        let code = place(&row);
        let at = GROUPS.iter().position(|(known, _)| *known == code);
        if let Some(group) = at.and_then(|at| groups.get_mut(at)) {
            group.rows.push(row);
        }
    }
    groups[0].rows.sort_by_key(|row| row.level);
    groups.into_iter().filter(|group| !group.rows.is_empty()).collect()
}
