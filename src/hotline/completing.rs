//! 补全: what was told once is told again with more in it, by the line after a
//! file or by a file after the line. What is new reaches the case or the draft
//! by itself as far as it can; the rest is laid before a person. Nothing of
//! either telling is lost, and told a third time it does nothing.

use super::attachments::{self, Belongs};
use super::body::{OrderEvent, WorkOrder};
use super::clean::{self, Reading};
use super::door::Signed;
use super::flags::{self, FlagKind, Raised};
use super::orders::tell_lead;
use super::tellings::{self, Compared, compare};
use super::{events, orders, places};
use crate::casework;
use crate::entity::{hotline_event, hotline_order};
use crate::error::{Error, Result};
use crate::intake::ReportInput;
use crate::intake::partner::{self, Place};
use crate::journal::{self, Act, Entry};
use crate::notices::{self, Kind, Notice, To};
use crate::rules::level::RiskLevel;
use crate::rules::triage;
use crate::state::App;
use anyhow::Context;
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde_json::{Value, json};

/// What of an addition goes on by itself: types and situations, dangers and
/// level, words, and children who are not in the case yet.
const CARRIED: [&str; 6] = [
    "content",
    "case_types",
    "mandatory_situations",
    "danger_flags",
    "urgency",
    "attachments",
];
/// As much of an addition is laid before a person, in characters.
const SHOWN: usize = 500;

/// How something that came stands to what is here already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// Its number is new.
    No,
    /// It is here and says the same, or less.
    Same,
    /// It is here and is told with more in it now.
    Fuller,
    /// Its number stands for something else.
    Other,
}

/// Judges a further telling by both bodies. A file is compared with whatever is
/// here; the line is compared with what a file told, and has the last word.
pub(super) fn judge(signed: &Signed, is_by_file: bool, (kept, value): (&Value, &Value)) -> Known {
    match (signed.by_file, is_by_file) {
        (false, false) => Known::Other,
        (false, true) => Known::Fuller,
        (true, _) => {
            let compared = compare(kept, value);
            if !compared.differs.is_empty() {
                Known::Other
            } else if compared.added.is_empty() {
                Known::Same
            } else {
                Known::Fuller
            }
        }
    }
}

/// Both tellings as one, the line's words before the file's.
fn together(signed: &Signed, kept: &Value, value: &Value) -> Value {
    if signed.by_file {
        tellings::merge(value, kept)
    } else {
        tellings::merge(kept, value)
    }
}

/// Takes in what a second telling of an order adds, and keeps both as one.
///
/// # Errors
/// [`Error::Unavailable`] when somebody else was faster: it is to come again.
pub(super) async fn order(
    app: &App,
    signed: &Signed,
    order: &hotline_order::Model,
    (hash, kept, value): (&str, &Value, &Value),
) -> Result<()> {
    let told = compare(kept, value);
    let whole = together(signed, kept, value);
    let tx = app.db.begin().await?;
    let body = app.vault.seal(orders::slot("body", order.id), &whole.to_string())?;
    let mut row = hotline_order::ActiveModel {
        body: Set(body),
        ..Default::default()
    };
    if !signed.by_file {
        row.body_hash = Set(hash.to_owned());
        row.by_file = Set(false);
    }
    let once = hotline_order::Entity::update_many()
        .set(row)
        .filter(hotline_order::Column::Id.eq(order.id))
        .filter(hotline_order::Column::Body.eq(order.body.clone()))
        .exec(&tx)
        .await?;
    if once.rows_affected == 0 {
        return Err(Error::Unavailable);
    }
    let whole: WorkOrder = serde_json::from_value(whole).context("both tellings")?;
    let read = |body: Value| serde_json::from_value::<WorkOrder>(body).context("order");
    let telling = Telling {
        order,
        event: None,
        told: &told,
        first: read(kept.clone())?,
        added: read(json!(told.added))?,
        whole,
    };
    finish(tx, app, signed, telling).await
}

/// Takes in what a second telling of an event adds, and keeps both as one. An
/// event whose order has not come is applied as a whole when it comes.
///
/// # Errors
/// As [`order`].
pub(super) async fn event(
    app: &App,
    signed: &Signed,
    event: &hotline_event::Model,
    (hash, kept, value): (&str, &Value, &Value),
) -> Result<()> {
    let told = compare(kept, value);
    let whole = together(signed, kept, value);
    let tx = app.db.begin().await?;
    let mut row = hotline_event::ActiveModel {
        body: Set(app.vault.seal(events::slot(event.id), &whole.to_string())?),
        ..Default::default()
    };
    if !signed.by_file {
        row.body_hash = Set(hash.to_owned());
        row.by_file = Set(false);
    }
    let once = hotline_event::Entity::update_many()
        .set(row)
        .filter(hotline_event::Column::Id.eq(event.id))
        .filter(hotline_event::Column::Body.eq(event.body.clone()))
        // Applied meanwhile, it was applied without what this adds.
        .filter(match event.applied_at {
            Some(_) => hotline_event::Column::AppliedAt.is_not_null(),
            None => hotline_event::Column::AppliedAt.is_null(),
        })
        .exec(&tx)
        .await?;
    if once.rows_affected == 0 {
        return Err(Error::Unavailable);
    }
    let order = orders::by_number(&tx, &event.ext_order_no).await?;
    let (Some(order), Some(_)) = (order, event.applied_at) else {
        let entry = Entry::new(Act::HotlineFileCompleted).subject(event.id);
        return journal::commit(tx, &signed.ctx, entry).await;
    };
    let read = |body: Value| serde_json::from_value::<OrderEvent>(body).context("event");
    let telling = Telling {
        order: &order,
        event: Some(event),
        told: &told,
        first: read(kept.clone())?.as_order(&order.ext_order_no),
        added: read(json!(told.added))?.as_order(&order.ext_order_no),
        whole: read(whole)?.as_order(&order.ext_order_no),
    };
    finish(tx, app, signed, telling).await
}

/// A second telling that is being taken in.
struct Telling<'a> {
    order: &'a hotline_order::Model,
    event: Option<&'a hotline_event::Model>,
    told: &'a Compared,
    first: WorkOrder,
    added: WorkOrder,
    whole: WorkOrder,
}

async fn finish(tx: DatabaseTransaction, app: &App, signed: &Signed, telling: Telling<'_>) -> Result<()> {
    let (ctx, order) = (&signed.ctx, telling.order);
    let event = telling.event.map(|event| event.id);
    let by = Reading {
        now: ctx.now,
        synthetic: app.config.demo,
        push_url: None,
    };
    let Additions {
        more,
        mut raised,
        worse,
        danger,
    } = additions(&telling, by)?;
    let report = event_report(&telling);
    let carried = |name: &String| CARRIED.contains(&name.as_str()) || name == "children";
    if worse || telling.told.added.keys().any(carried) {
        match partner::add(&tx, app, ctx, report, &more).await? {
            Place::Case(case) => {
                let case = casework::load(&tx, case).await?;
                let notice = Notice::new(Kind::PartnerAdded, To::Unit(case.lead_unit)).case(case.id);
                notices::tell(&tx, ctx, &notice).await?;
            }
            Place::Draft => {}
            Place::Ended => raised.push(Raised::whole(FlagKind::Late)),
        }
    }
    let belongs = Belongs {
        order: order.id,
        event,
        client: order.client_id,
        report,
    };
    let (files, _) = attachments::read(telling.added.attachments.as_ref());
    attachments::keep(&tx, &app.vault, ctx, belongs, files).await?;
    flags::raise(&tx, &app.vault, ctx, (order.id, event), &raised).await?;
    if !raised.is_empty() {
        tell_lead(&tx, ctx, order.report_id, danger).await?;
    }
    let entry = Entry::new(Act::HotlineFileCompleted)
        .report(report)
        .subject(event.unwrap_or(order.id))
        .detail(json!({ "by_file": signed.by_file, "flags": raised.len() }));
    journal::commit(tx, ctx, entry).await
}

/// The report that an event became, or that of its order.
fn event_report(telling: &Telling<'_>) -> uuid::Uuid {
    let own = telling.event.and_then(|event| event.report_id);
    own.unwrap_or(telling.order.report_id)
}

/// What a second telling adds.
struct Additions {
    /// As a report of its own, at the level of both tellings.
    more: ReportInput,
    /// What a person has to look at.
    raised: Vec<Raised>,
    /// Whether both together weigh more than the first.
    worse: bool,
    /// Whether there is danger to life that the first did not tell of.
    danger: bool,
}

/// The level and the danger to life of a telling.
fn weight(telling: &WorkOrder, by: Reading<'_>) -> Result<(RiskLevel, bool)> {
    let (input, _) = clean::report(telling, None, by)?;
    let suggested = triage::suggest(&input.triage(0));
    let level = input
        .chosen()
        .map_or(suggested.level, |chosen| chosen.min(suggested.level));
    Ok((level, suggested.life_danger))
}

/// Weighs both tellings: facts may weigh more together than each by itself.
fn additions(telling: &Telling<'_>, by: Reading<'_>) -> Result<Additions> {
    let (mut more, mut raised) = clean::report(&telling.added, None, by)?;
    // What the addition leaves out stands in the first telling.
    raised.retain(|one| !matches!(one.kind, FlagKind::Untyped | FlagKind::Lowered));
    if telling.added.case_types.is_none() {
        more.case_types.clear();
    }
    let ((before, known), (level, danger)) = (weight(&telling.first, by)?, weight(&telling.whole, by)?);
    more.urgency = Some(level.code().to_owned());
    let danger = danger && !known;
    raised.extend(danger.then(|| Raised::whole(FlagKind::LifeDanger)));
    for (name, part) in &telling.told.added {
        let pointer = format!("/{name}");
        let differs = telling.told.differs.iter().any(|at| at.starts_with(&pointer));
        let kind = match name.as_str() {
            _ if differs => FlagKind::FileDiffers,
            name if CARRIED.contains(&name) => continue,
            _ => FlagKind::Completed,
        };
        let given = places::told(name, part).chars().take(SHOWN).collect();
        raised.push(Raised {
            kind,
            pointer,
            given: Some(given),
        });
    }
    Ok(Additions {
        more,
        raised,
        worse: level.above(before),
        danger,
    })
}
