//! The rows of the picture: one for each unit's part, joint task and paper.

use crate::clock;
use crate::entity::{case_unit, measure, protection_case, task};
use crate::measures;
use crate::rules::codes;
use crate::rules::policy::Part;
use crate::rules::taskflow::TaskState;
use crate::rules::workflow::Stage;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use std::collections::HashMap;
use uuid::Uuid;

/// Due within this time counts as near.
const NEAR: TimeDelta = TimeDelta::hours(24);

/// How a part stands. Always a word beside its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// 待签收
    Unsigned,
    /// 办理中
    Working,
    /// 即将到期
    Near,
    /// 已超期
    Over,
    /// 待确认
    Reported,
    /// 争议中
    Disputed,
    /// 已免办
    Waived,
    /// 已完成
    Done,
    /// 已撤销
    Cancelled,
}

impl Mark {
    /// The word.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Unsigned => "待签收",
            Self::Working => "办理中",
            Self::Near => "即将到期",
            Self::Over => "已超期",
            Self::Reported => "待确认",
            Self::Disputed => "争议中",
            Self::Waived => "已免办",
            Self::Done => "已完成",
            Self::Cancelled => "已撤销",
        }
    }

    /// The class of its colour.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Self::Unsigned | Self::Reported | Self::Near | Self::Disputed => "wait",
            Self::Working => "on",
            Self::Over => "bad",
            Self::Done => "ok",
            Self::Cancelled | Self::Waived => "",
        }
    }

    /// Whether something is still owed.
    #[must_use]
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Done | Self::Cancelled | Self::Waived)
    }
}

/// One row.
#[derive(Debug, Clone)]
pub struct Line {
    /// 主办, 协办, 督办, 协办任务 or 文书.
    pub part: &'static str,
    /// Who holds it.
    pub who: String,
    /// What it is.
    pub what: String,
    /// Where it is on screen.
    pub href: Option<String>,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Due when.
    pub due: Option<DateTime<Utc>>,
    /// Done when.
    pub done: Option<DateTime<Utc>>,
    /// How it stands.
    pub mark: Mark,
}

impl Line {
    /// Since when, on screen.
    #[must_use]
    pub fn since_text(&self) -> String {
        clock::minute(self.since)
    }

    /// Due when, on screen.
    #[must_use]
    pub fn due_text(&self) -> String {
        self.due.map_or_else(|| "—".to_owned(), clock::minute)
    }
}

/// What the rows are made from.
pub(super) struct Records<'a> {
    pub(super) case: &'a protection_case::Model,
    pub(super) parts: &'a [case_unit::Model],
    pub(super) tasks: &'a [task::Model],
    pub(super) papers: &'a [measure::Model],
    pub(super) names: &'a HashMap<Uuid, String>,
    pub(super) whole: bool,
}

impl Records<'_> {
    fn name(&self, unit: Uuid) -> String {
        self.names.get(&unit).cloned().unwrap_or_else(|| "未知单位".to_owned())
    }

    fn is_open(&self) -> bool {
        Stage::parse(&self.case.stage).is_some_and(Stage::is_open)
    }
}

/// Every row: the parts, then the tasks, then the papers.
pub(super) fn of(records: &Records<'_>, now: DateTime<Utc>) -> Vec<Line> {
    let parts = records.parts.iter().map(|row| part(records, row, now));
    let tasks = records.tasks.iter().map(|row| joint_task(records, row, now));
    let papers = records.papers.iter().map(|row| paper(records, row, now));
    parts.chain(tasks).chain(papers).collect()
}

/// What is open: over, near, or at work.
fn open_mark(due: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Mark {
    match due {
        Some(due) if due <= now => Mark::Over,
        Some(due) if due <= now + NEAR => Mark::Near,
        _ => Mark::Working,
    }
}

fn part(records: &Records<'_>, row: &case_unit::Model, now: DateTime<Utc>) -> Line {
    let part = Part::parse(&row.part);
    let leads = part == Some(Part::Lead);
    let due = records.case.next_due_at.filter(|_| leads);
    let mark = match (records.is_open(), open_mark(due, now)) {
        (false, _) => Mark::Done,
        (true, Mark::Over) => Mark::Over,
        (true, _) if row.signed_at.is_none() && part != Some(Part::Oversee) => Mark::Unsigned,
        (true, mark) => mark,
    };
    Line {
        part: part.map_or("参与", Part::label),
        who: records.name(row.unit_id),
        what: if leads { "个案办理" } else { "参与办理" }.to_owned(),
        href: None,
        since: row.since,
        due: due.filter(|_| records.is_open()),
        done: records.case.closed_at.filter(|_| !records.is_open()),
        mark,
    }
}

fn joint_task(records: &Records<'_>, row: &task::Model, now: DateTime<Utc>) -> Line {
    let open = open_mark(row.due_at, now);
    let mark = match TaskState::parse(&row.state) {
        Some(TaskState::Done) => Mark::Done,
        Some(TaskState::Cancelled) => Mark::Cancelled,
        Some(TaskState::Reported) => Mark::Reported,
        Some(TaskState::Disputed) => Mark::Disputed,
        Some(TaskState::Waived) => Mark::Waived,
        Some(TaskState::Pending) if open != Mark::Over => Mark::Unsigned,
        _ => open,
    };
    let kind = codes::task_type(&row.type_code).map_or(row.type_code.as_str(), |kind| &kind.name);
    Line {
        part: "协办任务",
        who: records.name(row.unit_id),
        what: format!("{kind} {}", row.number),
        href: Some(format!("/tasks/{}", row.id)),
        since: row.created_at,
        due: row.due_at.filter(|_| mark.is_open()),
        done: row.done_at,
        mark,
    }
}

fn paper(records: &Records<'_>, row: &measure::Model, now: DateTime<Utc>) -> Line {
    let at = |day: NaiveDate| clock::midnight(day).unwrap_or(row.created_at);
    let ends = row.expires_on.map(|last| at(last) + TimeDelta::days(1));
    let ended = row.ended_on.map(at).or(ends.filter(|ends| *ends <= now));
    let mark = match (ended, open_mark(ends, now)) {
        (Some(_), _) => Mark::Done,
        (None, mark) => mark,
    };
    let task = row
        .task_id
        .and_then(|id| records.tasks.iter().find(|task| task.id == id));
    Line {
        part: "文书",
        who: task.map_or_else(
            || records.name(records.case.lead_unit),
            |task| records.name(task.unit_id),
        ),
        what: measures::kind_name(&row.kind),
        href: None,
        since: at(row.in_force_from.unwrap_or(row.issued_on)),
        due: ends.filter(|_| ended.is_none()),
        done: ended,
        mark,
    }
}

/// What the picture shows, in a sentence.
pub(super) fn finding(lines: &[Line], records: &Records<'_>) -> String {
    let lead = records.name(records.case.lead_unit);
    let tasks: Vec<&Line> = lines.iter().filter(|line| line.part == "协办任务").collect();
    let count = |mark: Mark| lines.iter().filter(|line| line.mark == mark).count();
    let open = tasks.iter().filter(|line| line.mark.is_open()).count();
    let mut said = vec![if records.whole {
        format!("{lead}主办")
    } else {
        format!("{lead}主办，以下为本单位承担的部分")
    }];
    said.push(match (tasks.len(), open) {
        (0, _) => "没有协办任务".to_owned(),
        (all, 0) => format!("{all} 项协办任务都已办结"),
        (all, open) => format!("{all} 项协办任务中 {open} 项未办结"),
    });
    for (mark, words) in [
        (Mark::Over, "项已超期"),
        (Mark::Near, "项24小时内到期"),
        (Mark::Unsigned, "项待签收"),
    ] {
        let number = count(mark);
        if number > 0 {
            said.push(format!("{number} {words}"));
        }
    }
    let open = lines.iter().filter(|line| line.mark.is_open());
    let next = open.filter_map(|line| line.due).min();
    let next = next.map(|next| format!("；最近的时限是 {}", clock::minute(next)));
    format!("{}{}。", said.join("，"), next.unwrap_or_default())
}
