//! 措施台账: the measures that are not over, of the cases that the person may
//! read, and those on which their own unit owes something.

use crate::casework::scope;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{deadline, measure, protection_case};
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::measures::{rows, view};
use crate::rules::measures::{PROCEDURES, State};
use crate::rules::policy::{Action, Role, reach};
use crate::state::App;
use crate::web::{Choice, Shell, render};
use askama::Template;
use axum::extract::{Query, State as Has};
use axum::response::Response;
use sea_orm::sea_query::{Query as Sql, SelectStatement};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;
use uuid::Uuid;

/// The longest list; a narrower choice shows what is beyond it.
const MOST: u64 = 200;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    kind: String,
}

/// One measure.
struct Line {
    case: Uuid,
    number: String,
    id: Uuid,
    name: String,
    paper_no: String,
    state: &'static str,
    state_kind: &'static str,
    validity: String,
    /// The next clock: what is owed, and by when.
    next: String,
    due: String,
    over: bool,
}

#[derive(Template)]
#[template(path = "measures/list.html")]
struct ListPage {
    shell: Shell,
    kinds: Vec<Choice>,
    lines: Vec<Line>,
    cut: bool,
}

impl ListPage {
    fn chosen(&self) -> bool {
        self.kinds.iter().any(|kind| kind.on)
    }
}

pub(super) async fn show(Has(app): Has<App>, ctx: Ctx, Query(asked): Query<Asked>) -> Result<Response> {
    let db = app.db.read();
    let mut found = measure::Entity::find()
        .filter(measure::Column::State.is_in(open_states()))
        .filter(measure::Column::Kind.is_in(PROCEDURES.iter().map(|procedure| procedure.kind)))
        .filter(within(&ctx));
    if !asked.kind.is_empty() {
        found = found.filter(measure::Column::Kind.eq(&asked.kind));
    }
    let rows = found
        .order_by_asc(measure::Column::ExpiresOn)
        .order_by_asc(measure::Column::Id)
        .limit(MOST)
        .all(db)
        .await?;
    let entry = Entry::new(Act::MeasuresListed).detail(json!({ "count": rows.len() }));
    journal::viewed(&app.db, &ctx, entry).await?;
    let mut page = ListPage {
        shell: Shell::new(&app, &ctx, "措施", "/measures"),
        kinds: kinds(&asked.kind),
        cut: rows.len() as u64 == MOST,
        lines: lines(&app, &ctx, rows).await?,
    };
    page.lines
        .sort_by(|one, other| (one.due.is_empty(), &one.due).cmp(&(other.due.is_empty(), &other.due)));
    render(&page)
}

fn open_states() -> impl Iterator<Item = &'static str> {
    let open = State::ALL
        .into_iter()
        .filter(|state| !state.is_over() && *state != State::Recorded);
    open.map(State::code)
}

fn kinds(chosen: &str) -> Vec<Choice> {
    PROCEDURES
        .iter()
        .map(|procedure| Choice::new(procedure.kind, procedure.name, chosen))
        .collect()
}

/// The measures of the cases whose handling the person reads; a department
/// also those on which it owes something.
fn within(ctx: &Ctx) -> Condition {
    let reads = reach(&ctx.actor, Action::ReadWork);
    let mut cases = Sql::select();
    cases
        .column(protection_case::Column::Id)
        .from(protection_case::Entity)
        .cond_where(scope(&reads));
    let own = ctx.actor.unit.filter(|_| ctx.actor.role == Role::Handler).map(|unit| {
        Condition::any()
            .add(measure::Column::Id.in_subquery(owed(unit)))
            .add(measure::Column::Addressee.eq(unit))
    });
    let blind = measure::Column::CaseId.not_in_subquery(crate::casework::blind_to(&reads));
    Condition::all().add(blind).add(
        Condition::any()
            .add(measure::Column::CaseId.in_subquery(cases))
            .add_option(own),
    )
}

fn owed(unit: Uuid) -> SelectStatement {
    let mut query = Sql::select();
    query
        .column(deadline::Column::MeasureId)
        .from(deadline::Entity)
        .cond_where(
            Condition::all()
                .add(deadline::Column::OwnerUnit.eq(unit))
                .add(deadline::Column::MeasureId.is_not_null()),
        );
    query
}

async fn lines(app: &App, ctx: &Ctx, found: Vec<measure::Model>) -> Result<Vec<Line>> {
    let db = app.db.read();
    let numbers: HashMap<Uuid, String> = protection_case::Entity::find()
        .filter(protection_case::Column::Id.is_in(found.iter().map(|row| row.case_id)))
        .all(db)
        .await?
        .into_iter()
        .map(|case| (case.id, case.number))
        .collect();
    let reads = ctx.actor.role != Role::Handler;
    let mut next: HashMap<Uuid, deadline::Model> = HashMap::new();
    let running = deadline::Entity::find()
        .filter(deadline::Column::MeasureId.is_in(found.iter().map(|row| row.id)))
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
        .order_by_desc(deadline::Column::DueAt)
        .all(db)
        .await?;
    for clock in running {
        let own = Some(clock.owner_unit) == ctx.actor.unit;
        if let Some(id) = clock.measure_id.filter(|_| reads || own) {
            next.insert(id, clock);
        }
    }
    found
        .into_iter()
        .map(|row| {
            let (case, clock) = (row.case_id, next.get(&row.id));
            let shown = rows::shown(app, row, clock::day(ctx.now))?;
            let what = clock.and_then(|clock| crate::rules::measures::milestone(&clock.milestone));
            Ok(Line {
                case,
                number: numbers.get(&case).cloned().unwrap_or_default(),
                id: shown.id,
                state: shown.state.label(),
                state_kind: view::state_kind(&shown),
                name: shown.kind_name,
                paper_no: shown.paper_no,
                validity: shown.validity,
                next: what.unwrap_or_default().to_owned(),
                due: clock.map(|clock| clock::minute(clock.due_at)).unwrap_or_default(),
                over: clock.is_some_and(|clock| clock.due_at <= ctx.now),
            })
        })
        .collect()
}
