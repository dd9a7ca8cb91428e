//! A measure as its page shows it.

use super::access;
use super::events::{self, Happened};
use super::life::{kinds_of, own, seats};
use super::rows::{self, MeasureRow};
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{account, deadline, measure, protection_case, unit};
use crate::error::Result;
use crate::rules::codes;
use crate::rules::measures::{self, Deed, FieldKind};
use crate::rules::policy::{Action, reach};
use crate::rules::workflow::Stage;
use crate::state::App;
use crate::vault::Slot;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use std::collections::HashMap;
use uuid::Uuid;

/// One clock of a measure.
pub(super) struct ClockLine {
    pub(super) what: String,
    pub(super) unit: String,
    pub(super) due: String,
    pub(super) clock: deadline::Model,
    pub(super) kind: &'static str,
    pub(super) state: String,
    /// The rule, with its source.
    pub(super) rule: String,
}

/// One act of the history.
pub(super) struct ActLine {
    pub(super) label: &'static str,
    pub(super) at: String,
    pub(super) moment: DateTime<Utc>,
    pub(super) who: String,
    /// Label and answer.
    pub(super) fields: Vec<(&'static str, String)>,
}

/// An act that may be done now.
pub(super) struct Next {
    pub(super) href: String,
    pub(super) label: &'static str,
    pub(super) deed: &'static Deed,
    /// `go`, `stop` or nothing.
    pub(super) kind: &'static str,
}

/// Everything that the page of a measure shows.
pub(super) struct Sheet {
    pub(super) row: MeasureRow,
    pub(super) about: &'static str,
    pub(super) basis: &'static str,
    pub(super) state_kind: &'static str,
    pub(super) clocks: Vec<ClockLine>,
    pub(super) history: Vec<ActLine>,
    pub(super) next: Vec<Next>,
    /// For whoever may read the case.
    pub(super) case: Option<(Uuid, String)>,
    pub(super) addressee: String,
    /// Until when a review may be asked for, where the kind knows one.
    pub(super) review_until: String,
    /// The kind of visit that it orders, in words.
    pub(super) visits: Option<String>,
    /// Whether it may be ended by the short form.
    pub(super) may_end: bool,
}

/// The colour of a state.
pub(super) fn state_kind(row: &MeasureRow) -> &'static str {
    use measures::State::{Approved, Awaiting, Booked, InForce, Prepared, Requested};
    match row.state {
        InForce => "on",
        Prepared | Booked | Requested | Approved | Awaiting => "wait",
        _ => "",
    }
}

/// Gathers the sheet. A department reads what was done by units like its own
/// and what the paper says, not what others wrote about the family.
pub(super) async fn of(
    db: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    (measure, case): (&measure::Model, &protection_case::Model),
) -> Result<Sheet> {
    let facts = access::facts(db, case, measure).await?;
    let records = reach(&ctx.actor, Action::Record).covers(&facts.case);
    let reads = reach(&ctx.actor, Action::ReadWork).covers(&facts.case);
    let clocks = deadline::Entity::find()
        .filter(deadline::Column::MeasureId.eq(measure.id))
        .order_by_asc(deadline::Column::DueAt)
        .order_by_asc(deadline::Column::Id)
        .all(db)
        .await?;
    let history = events::of(app, db, measure.id).await?;
    let names = Names::load(db, app, (&clocks, &history, measure)).await?;
    let row = rows::shown(app, measure.clone(), clock::day(ctx.now))?;
    let procedure = measures::procedure(&row.kind);
    let open = Stage::parse(&case.stage).is_some_and(Stage::is_open);
    let deeds = procedure.into_iter().flat_map(|procedure| procedure.open(row.state));
    let visible = |clock: &&deadline::Model| reads || ctx.actor.serves(clock.owner_unit);
    let theirs = |act: &Happened| act.unit.is_some_and(|unit| ctx.actor.serves(unit));
    let readable = |act: &&Happened| reads || theirs(act) || act.deed == "begin";
    let kinds = kinds_of(db, &seats(ctx, &facts.units)).await?;
    Ok(Sheet {
        about: procedure.map_or("", |procedure| procedure.about),
        basis: procedure.map_or("", |procedure| procedure.basis),
        state_kind: state_kind(&row),
        clocks: clocks
            .iter()
            .filter(visible)
            .map(|clock| clock_line(ctx, clock, &names))
            .collect(),
        history: history
            .iter()
            .filter(readable)
            .map(|act| act_line(&row.kind, act, (&names, reads)))
            .collect(),
        next: deeds
            .filter(|deed| open && (records || own(&kinds, deed)))
            .map(|deed| next(case.id, &row, deed))
            .collect(),
        case: reads.then(|| (case.id, case.number.clone())),
        addressee: measure.addressee.map(|id| names.unit(id)).unwrap_or_default(),
        review_until: review_until(measure, procedure),
        visits: procedure
            .and_then(|procedure| procedure.visits)
            .map(|kind| codes::visit_kind(kind).map_or_else(String::new, |row| row.name.clone())),
        may_end: open && records && !row.state.is_over(),
        row,
    })
}

fn next(case: Uuid, row: &MeasureRow, deed: &'static Deed) -> Next {
    let kind = match deed.code {
        "revoke" | "refuse" | "withdraw" | "cancel" => "stop",
        _ if deed.to.is_some() || !deed.meets.is_empty() => "go",
        _ => "",
    };
    Next {
        href: format!("/cases/{case}/measures/{}/do/{}", row.id, deed.code),
        label: deed.label,
        deed,
        kind,
    }
}

fn clock_line(ctx: &Ctx, clock: &deadline::Model, names: &Names) -> ClockLine {
    let (kind, state) = match (clock.met_at, clock.cancelled_at) {
        (Some(met), _) if met <= clock.due_at => ("ok", format!("按时完成 {}", clock::minute(met))),
        (Some(met), _) => ("bad", format!("超期完成 {}", clock::minute(met))),
        (None, Some(_)) => ("", "已停止".to_owned()),
        (None, None) if clock.due_at <= ctx.now => ("bad", format!("超期 {}", span(ctx.now, clock.due_at))),
        (None, None) => ("wait", format!("还有 {}", span(clock.due_at, ctx.now))),
    };
    let what = measures::milestone(&clock.milestone).unwrap_or("其他时限");
    ClockLine {
        what: what.to_owned(),
        unit: names.unit(clock.owner_unit),
        due: clock::minute(clock.due_at),
        kind,
        state,
        rule: rule_words(&clock.rule_code),
        clock: clock.clone(),
    }
}

/// The rule with its source; what is no law says so.
fn rule_words(code: &str) -> String {
    codes::deadline_rule(code).map_or_else(String::new, |row| format!("{}：{}", row.rule, row.source))
}

fn span(later: DateTime<Utc>, earlier: DateTime<Utc>) -> String {
    let length = later - earlier;
    match (length.num_days(), length.num_hours(), length.num_minutes()) {
        (0, 0, minutes) => format!("{minutes} 分钟"),
        (0, hours, _) => format!("{hours} 小时"),
        (days, ..) => format!("{days} 天"),
    }
}

/// A department reads of the first act what it needs to do its part, not the
/// free words.
fn act_line(kind: &str, act: &Happened, (names, reads): (&Names, bool)) -> ActLine {
    let order = |name: &str| {
        let deed = measures::procedure(kind).and_then(|procedure| {
            if act.deed == "begin" {
                Some(&procedure.begin)
            } else {
                procedure.deed(&act.deed)
            }
        });
        deed.and_then(|deed| deed.fields.iter().position(|field| field.name == name))
    };
    let mut told: Vec<(Option<usize>, &'static str, String)> = act
        .fields
        .iter()
        .filter_map(|(name, value)| {
            let field = events::field(kind, &act.deed, name)?;
            let long = matches!(field.kind, FieldKind::Text(_));
            (reads || !long || act.deed != "begin").then(|| (order(name), field.label, names.words(field, value)))
        })
        .collect();
    told.sort_by_key(|(at, ..)| *at);
    ActLine {
        label: events::label(kind, &act.deed),
        at: clock::minute(act.at),
        moment: act.at,
        who: match (act.unit, act.actor) {
            (Some(unit), Some(actor)) => format!("{} {}", names.unit(unit), names.person(actor)),
            (_, Some(actor)) => names.person(actor),
            _ => "系统".to_owned(),
        },
        fields: told.into_iter().map(|(_, label, words)| (label, words)).collect(),
    }
}

fn review_until(row: &measure::Model, procedure: Option<&measures::Procedure>) -> String {
    let within = procedure.and_then(|procedure| procedure.deeds.iter().find_map(|deed| deed.within));
    let open = row.state == measures::State::InForce.code();
    let Some(rule) = within.filter(|_| open).and_then(codes::deadline_rule) else {
        return String::new();
    };
    let from = row.in_force_from.unwrap_or(row.issued_on);
    let days = u64::try_from(rule.amount).unwrap_or_default();
    let last = from.checked_add_days(chrono::Days::new(days));
    last.map_or_else(String::new, |last| format!("{last}（{}）", rule.source))
}

/// Names of the units and people on the page.
struct Names {
    units: HashMap<Uuid, String>,
    people: HashMap<Uuid, String>,
}

impl Names {
    async fn load(
        db: &impl ConnectionTrait,
        app: &App,
        (clocks, history, row): (&[deadline::Model], &[Happened], &measure::Model),
    ) -> Result<Self> {
        let mut ids: Vec<Uuid> = clocks.iter().map(|clock| clock.owner_unit).collect();
        ids.extend(history.iter().filter_map(|act| act.unit));
        ids.extend(row.addressee);
        let rows = unit::Entity::find().filter(unit::Column::Id.is_in(ids)).all(db).await?;
        let units = rows.into_iter().map(|row| (row.id, row.name)).collect();
        let actors = history.iter().filter_map(|act| act.actor);
        let rows = account::Entity::find()
            .filter(account::Column::Id.is_in(actors))
            .all(db)
            .await?;
        let people = rows
            .into_iter()
            .map(|row| Ok((row.id, app.vault.open(Slot::new("account", "name", row.id), &row.name)?)))
            .collect::<Result<_>>()?;
        Ok(Self { units, people })
    }

    fn unit(&self, id: Uuid) -> String {
        self.units.get(&id).cloned().unwrap_or_else(|| "未知单位".to_owned())
    }

    fn person(&self, id: Uuid) -> String {
        self.people.get(&id).cloned().unwrap_or_else(|| "未知人员".to_owned())
    }

    /// An answer in words.
    fn words(&self, field: &measures::Field, value: &str) -> String {
        match field.kind {
            FieldKind::Choice(of) | FieldKind::Many(of) => value
                .split(' ')
                .map(|code| {
                    of.iter()
                        .find(|(known, _)| *known == code)
                        .map_or(code, |(_, word)| *word)
                })
                .collect::<Vec<_>>()
                .join("、"),
            FieldKind::Unit => Uuid::parse_str(value).map_or_else(|_| String::new(), |id| self.unit(id)),
            _ => value.to_owned(),
        }
    }
}
