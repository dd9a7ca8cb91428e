//! Reports that are sent at one time are written together. A number is without
//! gaps, so that whoever takes one keeps everybody else waiting up to the
//! commit: reports that come meanwhile wait in one place and then share the
//! numbers' row, the statements and the commit. One that comes alone waits for
//! nobody.

use super::arriving::{self, Arrival};
use super::facts::ReportInput;
use super::idempotent::Key;
use super::outcome::{self, Opened, Ready};
use crate::ctx::Ctx;
use crate::db::insert_all;
use crate::error::{Error, Result};
use crate::journal::{self, Act, Entry};
use crate::state::App;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

/// So many are written together: about a thousand rows, and no more waiting for
/// the last of them than for a page.
const TOGETHER: usize = 16;

/// A report that is to be written, and what its sender is answered.
pub(super) struct Sent {
    pub(super) ctx: Ctx,
    pub(super) input: ReportInput,
    pub(super) ready: Ready,
    /// Under which the answer is kept, in the same transaction.
    pub(super) key: Option<Key>,
    pub(super) answer: fn(&Ctx, &Opened) -> Result<Value>,
}

struct Waiting {
    sent: Sent,
    told: oneshot::Sender<Result<Value>>,
}

/// Those who wait, and whose turn it is.
#[derive(Default)]
struct Queue {
    waiting: Mutex<Vec<Waiting>>,
    turn: tokio::sync::Mutex<()>,
}

impl Queue {
    fn join(&self, one: Waiting) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push(one);
    }

    fn first(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let some = waiting.len().min(TOGETHER);
        waiting.drain(..some).collect()
    }
}

/// Writes a report with its case and answers what its sender is told. Once sent
/// it is written, also when the sender goes away.
///
/// # Errors
/// [`Error::Unavailable`] when the database does not say whether it took it;
/// when the database or the vault refuses, and when the key is used already.
pub(super) async fn send(app: &App, sent: Sent) -> Result<Value> {
    let queue = app.kept.of::<Queue>();
    let (told, answer) = oneshot::channel();
    queue.join(Waiting { sent, told });
    // As many turns as reports, so that none is left; one finds nobody when its
    // own was taken along. Each is a task of its own: whoever goes away takes
    // nothing of the others with them.
    tokio::spawn(turn(app.clone(), queue));
    answer.await.unwrap_or(Err(Error::Unavailable))
}

async fn turn(app: App, queue: Arc<Queue>) {
    let _turn = queue.turn.lock().await;
    let waiting = queue.first();
    if !waiting.is_empty() {
        settle(&app, waiting).await;
    }
}

/// Writes them together, or, where one of them is refused, each by itself.
async fn settle(app: &App, waiting: Vec<Waiting>) {
    let (sent, told): (Vec<Sent>, Vec<_>) = waiting.into_iter().map(|one| (one.sent, one.told)).unzip();
    let outcomes = match write(app, &sent).await {
        Ok(answers) => answers.into_iter().map(Ok).collect(),
        Err(error) if sent.len() == 1 => vec![Err(error)],
        // Perhaps they are written: each may look, and send again.
        Err(Error::Unavailable) => sent.iter().map(|_| Err(Error::Unavailable)).collect(),
        Err(_) => each(app, &sent).await,
    };
    for (told, outcome) in told.into_iter().zip(outcomes) {
        // Who has gone away needs no answer.
        let _gone = told.send(outcome);
    }
}

async fn each(app: &App, sent: &[Sent]) -> Vec<Result<Value>> {
    let mut outcomes = Vec::with_capacity(sent.len());
    for one in sent {
        let answer = write(app, std::slice::from_ref(one)).await;
        outcomes.push(answer.and_then(|mut answers| answers.pop().ok_or(Error::Unavailable)));
    }
    outcomes
}

/// Writes all or none; answers in their order.
async fn write(app: &App, sent: &[Sent]) -> Result<Vec<Value>> {
    let arrivals: Vec<Arrival<'_>> = sent.iter().map(Sent::arrival).collect();
    let tx = app.db.begin().await?;
    let taken = arriving::take_all(&tx, app, &arrivals).await?;
    let (mut answers, mut keys, mut entries) = (Vec::new(), Vec::new(), Vec::new());
    for (one, (opened, tasks)) in sent.iter().zip(taken) {
        let answer = (one.answer)(&one.ctx, &opened)?;
        if let Some(key) = &one.key {
            keys.push(key.row(&app.vault, &one.ctx, &answer)?);
        }
        answers.push(answer);
        let own = [
            Entry::new(Act::ReportSubmitted).report(opened.report.id),
            outcome::entry(&opened),
        ];
        entries.extend(tasks.into_iter().chain(own).map(|entry| (&one.ctx, entry)));
    }
    insert_all(&tx, keys).await?;
    journal::commit_all(tx, entries).await?;
    Ok(answers)
}

impl Sent {
    fn arrival(&self) -> Arrival<'_> {
        Arrival {
            ctx: &self.ctx,
            input: &self.input,
            ready: &self.ready,
        }
    }
}
