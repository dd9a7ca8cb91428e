//! Bringing a file in, row by row: each is a commit of its own, by the very
//! operation that takes a pushed order, so that a bad row blocks no good one.

use super::mapping::Mapping;
use super::rows::{self, Said};
use crate::ctx::Ctx;
use crate::entity::{division, hotline_client};
use crate::error::{Error, Result};
use crate::hotline::body::{self, OrderEvent, WorkOrder};
use crate::hotline::completing::Known;
use crate::hotline::door::Signed;
use crate::hotline::tellings::{self, compare};
use crate::hotline::{events, orders};
use crate::journal::{self, Act, Entry};
use crate::network::Sheet;
use crate::rules::policy;
use crate::state::App;
use anyhow::Context;
use axum::body::Bytes;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// One request takes rows in for so long; the rest waits for the next.
const STRETCH: Duration = Duration::from_secs(12);

/// What becomes of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is new: taken, or to be taken.
    New,
    /// It is here and says the same.
    Same,
    /// It is here, and what the row adds is taken in.
    Fuller,
    /// Its number stands for something else; a person is told.
    Other,
    /// It cannot be taken, and why.
    Refused(String),
}

/// What became of a file.
#[derive(Debug, Default)]
pub(crate) struct Run {
    /// The line of every row that was looked at, its number, and the outcome.
    pub(crate) rows: Vec<(usize, String, Outcome)>,
    /// Rows that earlier stretches took in.
    pub(crate) before: usize,
    /// Rows that were not come to in this stretch.
    pub(crate) left: usize,
}

/// What is to be done with a file.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Task {
    /// Nothing is written.
    Try,
    /// Rows are taken in, those after so many.
    Apply(usize),
}

impl Run {
    /// How many rows came out so.
    pub(crate) fn count(&self, of: impl Fn(&Outcome) -> bool) -> usize {
        self.rows.iter().filter(|(.., outcome)| of(outcome)).count()
    }
}

/// Tries a file, or takes it in from where the last stretch ended. What was
/// taken before is passed over.
///
/// # Errors
/// [`Error::Forbidden`] for whoever does not keep the orders;
/// [`Error::Invalid`] for a mapping that cannot be; when the database refuses.
pub(crate) async fn bring(
    app: &App,
    ctx: &Ctx,
    client: &hotline_client::Model,
    (sheet, mapping): (&Sheet, &Mapping),
    task: Task,
) -> Result<Run> {
    if !policy::keeps_hotline_orders(ctx.actor.role) {
        return Err(Error::Forbidden(Error::denied("hotline.files", None)));
    }
    mapping.check(sheet)?;
    let names = names(app).await?;
    let signed = as_partner(ctx, client);
    let before = match task {
        Task::Try => 0,
        Task::Apply(from) => from.min(sheet.rows.len()),
    };
    let mut run = Run {
        before,
        ..Run::default()
    };
    let mut seen = HashMap::new();
    let began = Instant::now();
    for row in sheet.rows.iter().skip(before) {
        if began.elapsed() > STRETCH {
            break;
        }
        let (number, outcome) = match rows::read(row, mapping, &names) {
            Err(why) => (String::new(), Outcome::Refused(why)),
            Ok(said) if matches!(task, Task::Apply(_)) => {
                let taken = take(app, &signed, &said).await;
                (said.number, outcome(row.line, taken))
            }
            Ok(said) => (said.number.clone(), look(app, &signed, &said, &mut seen).await?),
        };
        run.rows.push((row.line, number, outcome));
    }
    run.left = sheet.rows.len() - before - run.rows.len();
    if matches!(task, Task::Apply(_)) {
        note(app, ctx, client, (mapping, &run)).await?;
    }
    Ok(run)
}

/// Keeps the mapping and writes down who brought what in.
async fn note(app: &App, ctx: &Ctx, client: &hotline_client::Model, (mapping, run): (&Mapping, &Run)) -> Result<()> {
    let tx = app.db.begin().await?;
    let version = mapping.save(&tx, ctx, client.id).await?;
    let detail = json!({
        "rows": run.rows.len(), "left": run.left, "mapping": version,
        "new": run.count(|one| *one == Outcome::New), "same": run.count(|one| *one == Outcome::Same),
        "fuller": run.count(|one| *one == Outcome::Fuller), "other": run.count(|one| *one == Outcome::Other),
    });
    let entry = Entry::new(Act::HotlineFileImported).subject(client.id).detail(detail);
    journal::commit(tx, ctx, entry).await
}

/// A row is taken as the line's would be, in the system's name.
fn as_partner(ctx: &Ctx, client: &hotline_client::Model) -> Signed {
    Signed {
        client: client.clone(),
        ctx: Ctx {
            request_id: ctx.request_id,
            address: ctx.address.clone(),
            ..Ctx::system(ctx.now)
        },
        body: Bytes::new(),
        is_json: true,
        by_file: true,
    }
}

/// Codes by names that only one place has.
async fn names(app: &App) -> Result<HashMap<String, String>> {
    let mut names: HashMap<String, Option<String>> = HashMap::new();
    for place in division::Entity::find().all(app.db.read()).await? {
        let code = Some(place.code);
        names.entry(place.name).and_modify(|code| *code = None).or_insert(code);
    }
    Ok(names
        .into_iter()
        .filter_map(|(name, code)| Some((name, code?)))
        .collect())
}

/// Takes a row as the line would.
async fn take(app: &App, signed: &Signed, said: &Said) -> Result<Outcome> {
    if said.event {
        let event: OrderEvent = serde_json::from_value(said.body.clone()).context("row")?;
        let taken = Box::pin(events::take(app, signed, &said.number, (&said.body, &event))).await?;
        return Ok(match taken {
            events::Taken::New(_) => Outcome::New,
            events::Taken::Again(_) => Outcome::Same,
            events::Taken::Completed(_) => Outcome::Fuller,
        });
    }
    let order: WorkOrder = serde_json::from_value(said.body.clone()).context("row")?;
    let taken = Box::pin(orders::take(app, signed, &said.body, &order)).await?;
    Ok(match taken {
        orders::Taken::New(_) => Outcome::New,
        orders::Taken::Again(_) => Outcome::Same,
        orders::Taken::Completed(_) => Outcome::Fuller,
    })
}

fn outcome(line: usize, taken: Result<Outcome>) -> Outcome {
    match taken {
        Ok(outcome) => outcome,
        Err(Error::Conflict(_)) => Outcome::Other,
        Err(Error::Invalid(faults)) => refused(&faults),
        // One that fails never stops the rest; it is taken when the file comes again.
        Err(error) => {
            tracing::warn!(line, error = %error, "row of a file");
            Outcome::Refused("暂未写入，稍后再次导入同一文件即可补上".to_owned())
        }
    }
}

fn refused(faults: &[crate::error::FieldError]) -> Outcome {
    let one = |fault: &crate::error::FieldError| format!("{}：{}", super::fields::short(&fault.field), fault.message);
    Outcome::Refused(faults.iter().map(one).collect::<Vec<_>>().join("；"))
}

/// What would become of a row, beside what is here and what stands above it in
/// the file; nothing is written.
async fn look(app: &App, signed: &Signed, said: &Said, seen: &mut HashMap<(bool, String), Value>) -> Result<Outcome> {
    let text = |name: &str| said.body[name].as_str().map(str::to_owned);
    let number = match body::number("ext_order_no", Some(&said.number)) {
        Ok(number) => number,
        Err(Error::Invalid(faults)) => return Ok(refused(&faults)),
        Err(error) => return Err(error),
    };
    let key = if said.event {
        match body::number("event_id", text("event_id").as_ref()) {
            Ok(id) => (true, id),
            Err(Error::Invalid(faults)) => return Ok(refused(&faults)),
            Err(error) => return Err(error),
        }
    } else {
        (false, number.clone())
    };
    let known = if said.event {
        let hash = body::hash(&app.vault, &json!([number, said.body]));
        let came = (key.1.as_str(), hash.as_str(), &said.body);
        events::known(app, signed, (&number, came)).await?.0
    } else {
        let hash = body::hash(&app.vault, &said.body);
        orders::known(app, signed, (&number, &hash, &said.body)).await?.0
    };
    Ok(match known {
        Known::Same => Outcome::Same,
        Known::Fuller => Outcome::Fuller,
        Known::Other => Outcome::Other,
        Known::No => beside(seen, key, &said.body),
    })
}

/// A row that is new beside the rows above it.
fn beside(seen: &mut HashMap<(bool, String), Value>, key: (bool, String), body: &Value) -> Outcome {
    let Some(above) = seen.get_mut(&key) else {
        seen.insert(key, body.clone());
        return Outcome::New;
    };
    let compared = compare(above, body);
    if !compared.differs.is_empty() {
        Outcome::Other
    } else if compared.added.is_empty() {
        Outcome::Same
    } else {
        *above = tellings::merge(above, body);
        Outcome::Fuller
    }
}
