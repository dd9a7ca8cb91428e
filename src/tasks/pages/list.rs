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

/// What nobody has signed stands first: its clock runs out before the others.
fn groups(rows: Vec<TaskRow>) -> Vec<Group> {
    let mut groups = [
        ("sign", "待签收"),
        ("over", "已超期"),
        ("today", "今日到期"),
        ("soon", "三日内到期"),
        ("later", "以后到期"),
        ("done", "已反馈、已办结"),
    ]
    .map(|(code, title)| {
        (
            code,
            Group {
                title,
                rows: Vec::new(),
            },
        )
    });
    for row in rows {
        let pending = row.state == TaskState::Pending.code();
        let place = if pending { "sign" } else { row.due_state };
        if let Some((_, group)) = groups.iter_mut().find(|(code, _)| *code == place) {
            group.rows.push(row);
        }
    }
    groups[0].1.rows.sort_by_key(|row| row.level);
    let filled = groups.into_iter().map(|(_, group)| group);
    filled.filter(|group| !group.rows.is_empty()).collect()
}
