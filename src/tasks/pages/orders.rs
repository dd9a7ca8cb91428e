//! Tasks as a form orders them: those suggested, ticked, and a few written out.
//! The form for new tasks and the one for a conference have them alike.

use super::suffix;
use crate::clock;
use crate::clocks;
use crate::ctx::Ctx;
use crate::entity::{protection_case, unit};
use crate::error::{FieldError, Result};
use crate::rules::codes;
use crate::rules::level::RiskLevel;
use crate::rules::taskdue;
use crate::tasks::{NewTask, checks, suggest};
use crate::web::Choice;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// Tasks that may be written out on one page.
const ROWS: usize = 3;

/// The fields as they are posted.
pub(super) type Pairs = Vec<(String, String)>;

/// What was typed, kept as it is.
#[derive(Debug, Clone, Default)]
pub(super) struct Orders {
    picks: Vec<String>,
    /// Ids under which the ticked tasks are opened, by their type.
    ids: Vec<(String, String)>,
    common: String,
    rows: Vec<Row>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) type_code: String,
    pub(super) unit_id: String,
    pub(super) request: String,
    pub(super) due_at: String,
}

impl Row {
    fn is_blank(&self) -> bool {
        [&self.type_code, &self.unit_id, &self.request, &self.due_at]
            .iter()
            .all(|text| text.trim().is_empty())
    }
}

/// One task as the page asks for it.
pub(super) struct RowView {
    pub(super) suffix: String,
    pub(super) which: String,
    pub(super) types: Vec<Choice>,
    pub(super) units: Vec<Choice>,
    pub(super) typed: Row,
    pub(super) filled: bool,
}

/// The orders as the page asks for them.
pub(super) struct OrdersView {
    pub(super) picks: Vec<Choice>,
    pub(super) ids: Vec<(String, String)>,
    pub(super) common: String,
    pub(super) rows: Vec<RowView>,
}

/// Where a task was ordered on the page: ticked, or in a row of this ending.
pub(super) enum Control {
    Pick,
    Row(String),
}

/// The tasks of a form, where each stands on it, and what cannot be read.
pub(super) type Read = (Vec<NewTask>, Vec<Control>, Vec<FieldError>);

impl Orders {
    /// What was posted, or came with the address.
    pub(super) fn of(pairs: &Pairs) -> Self {
        let all = |name: &str| {
            let found = pairs.iter().filter(|(key, _)| key == name);
            found.map(|(_, value)| value.clone()).collect::<Vec<_>>()
        };
        let one = |name: &str| all(name).pop().unwrap_or_default();
        let rows = (0..ROWS).map(|at| {
            let of = |name: &str| one(&format!("{name}{}", suffix(at)));
            Row {
                id: of("id"),
                type_code: of("type_code"),
                unit_id: of("unit_id"),
                request: of("request"),
                due_at: of("due_at"),
            }
        });
        let ids = pairs.iter().filter_map(|(name, value)| {
            let code = name.strip_prefix("id-")?;
            Some((code.to_owned(), value.clone()))
        });
        Self {
            picks: all("pick"),
            ids: ids.collect(),
            common: one("common"),
            rows: rows.collect(),
        }
    }

    /// Whether nothing was ordered.
    pub(super) fn is_empty(&self) -> bool {
        self.picks.is_empty() && self.rows.iter().all(Row::is_blank)
    }

    /// The tasks. An empty form is read as one empty row, so that it is
    /// answered where somebody would begin.
    pub(super) fn read(&self) -> Read {
        let (mut news, mut controls, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
        for code in &self.picks {
            let id = self.ids.iter().find(|(kind, _)| kind == code);
            news.push(NewTask {
                id: id.and_then(|(_, id)| Uuid::parse_str(id).ok()),
                type_code: code.clone(),
                request: request(&self.common, code),
                ..NewTask::default()
            });
            controls.push(Control::Pick);
        }
        for (at, row) in self.rows.iter().enumerate() {
            if row.is_blank() && !(at == 0 && self.picks.is_empty()) {
                continue;
            }
            let suffix = suffix(at);
            let mut bad = |field: &str, text: &str| wrong.push(FieldError::new(&format!("{field}{suffix}"), text));
            let unit = Uuid::parse_str(&row.unit_id).ok();
            if unit.is_none() && !row.unit_id.is_empty() {
                bad("unit_id", "从列表中选择单位");
            }
            let due_at = clock::read_minute(&row.due_at);
            if due_at.is_none() && !row.due_at.trim().is_empty() {
                bad("due_at", "时间写成 2026-11-24 09:00 的样子");
            }
            news.push(NewTask {
                id: Uuid::parse_str(&row.id).ok(),
                type_code: row.type_code.clone(),
                unit_id: unit,
                request: row.request.clone(),
                due_at,
                conference: None,
            });
            controls.push(Control::Row(suffix));
        }
        (news, controls, wrong)
    }

    /// What the page shows.
    pub(super) async fn view(
        self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        case: &protection_case::Model,
    ) -> Result<OrdersView> {
        let units = checks::candidates(db, case).await?;
        let book = clocks::book(db, ctx.now).await?;
        let level = RiskLevel::from_number(case.level).unwrap_or(RiskLevel::Red);
        let picks = suggest::types(db, case).await?.into_iter().map(|kind| {
            let unit = codes::unit_kind(&kind.kind).map_or("", |row| row.name.as_str());
            let rule = taskdue::rule(&book, kind, level).map(taskdue::words);
            Choice {
                code: kind.code.clone(),
                label: format!("{}（{unit}）· {}", kind.name, rule.unwrap_or_default()),
                hint: String::new(),
                on: self.picks.contains(&kind.code),
            }
        });
        let picks: Vec<Choice> = picks.collect();
        let ids = picks.iter().map(|pick| {
            let sent = self.ids.iter().find(|(code, _)| *code == pick.code);
            let id = sent.map_or_else(|| ctx.new_id().to_string(), |(_, id)| id.clone());
            (format!("id-{}", pick.code), id)
        });
        let rows = self.rows.iter().enumerate();
        Ok(OrdersView {
            ids: ids.collect(),
            common: self.common.clone(),
            rows: rows.map(|(at, row)| row_view(ctx, (at, row.clone()), &units)).collect(),
            picks,
        })
    }
}

fn row_view(ctx: &Ctx, (at, mut row): (usize, Row), units: &[unit::Model]) -> RowView {
    let filled = !row.is_blank();
    if row.id.is_empty() {
        row.id = ctx.new_id().to_string();
    }
    let types = codes::task_types().iter().map(|kind| {
        let unit = codes::unit_kind(&kind.kind).map_or("", |row| row.name.as_str());
        let label = format!("{} {}（{unit}）", kind.code, kind.name);
        Choice::new(&kind.code, &label, &row.type_code)
    });
    let units = units.iter();
    RowView {
        suffix: suffix(at),
        which: if at == 0 {
            String::new()
        } else {
            format!("第{}项", at + 1)
        },
        types: types.collect(),
        units: units
            .map(|unit| Choice::new(&unit.id.to_string(), &unit.name, &row.unit_id))
            .collect(),
        typed: row,
        filled,
    }
}

/// What a ticked task asks for: the words common to all, else its own.
fn request(common: &str, code: &str) -> String {
    let common = common.trim();
    if common.is_empty() {
        let name = codes::task_type(code).map_or(code, |kind| kind.name.as_str());
        format!("按职责办理“{name}”，在时限内反馈办理情况和文书号。")
    } else {
        common.to_owned()
    }
}

/// A fault of the n-th task beside its control; others stay where they are.
pub(super) fn beside(fault: FieldError, controls: &[Control]) -> FieldError {
    let mut parts = fault.field.splitn(3, '/');
    if parts.next() != Some("tasks") {
        return fault;
    }
    let (at, field) = (parts.next(), parts.next());
    let control = at
        .and_then(|at| at.parse::<usize>().ok())
        .and_then(|at| controls.get(at));
    let name = match (control, field) {
        (Some(Control::Row(suffix)), Some(field)) => format!("{field}{suffix}"),
        (Some(Control::Pick), Some("request")) => "common".to_owned(),
        (Some(Control::Pick), Some(_)) => "pick".to_owned(),
        _ => "type_code".to_owned(),
    };
    FieldError {
        field: name,
        message: fault.message,
    }
}
