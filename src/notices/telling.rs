//! Telling: who sits where now, who of them may see what it is about, one row
//! for each.

use super::choices::{self, Choices};
use super::matters::{About, Matters};
use super::{Notice, To, settling};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::{insert_models, one_of};
use crate::entity::{account, notice, post};
use crate::error::Result;
use crate::network;
use crate::rules::policy::{Actor, Role};
use crate::sight;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter};
use std::collections::{BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// Tells whoever is meant and may see it, but not the one who did it. The
/// caller commits: what is rolled back was never told.
///
/// # Errors
/// When the database refuses.
pub async fn tell(tx: &impl ConnectionTrait, ctx: &Ctx, notice: &Notice) -> Result<()> {
    tell_all(tx, ctx, std::slice::from_ref(notice)).await
}

/// Tells several things at once, in as many statements as one. Who is meant
/// twice by the same thing is told once.
///
/// # Errors
/// When the database refuses.
pub async fn tell_all(tx: &impl ConnectionTrait, ctx: &Ctx, notices: &[Notice]) -> Result<()> {
    tell_each(tx, &[(ctx, notices)]).await
}

/// Tells what several people did at one time, each not to themselves, in as
/// many statements as one.
///
/// # Errors
/// When the database refuses.
pub async fn tell_each(tx: &impl ConnectionTrait, told: &[(&Ctx, &[Notice])]) -> Result<()> {
    let notices: Vec<&Notice> = told.iter().flat_map(|(_, notices)| *notices).collect();
    let Some((first, _)) = told.first().filter(|_| !notices.is_empty()) else {
        return Ok(());
    };
    settling::answered(tx, first.now, &notices).await?;
    let matters = Matters::load(tx, notices.iter().map(|notice| About::from(*notice))).await?;
    let people = People::load(tx, first.now, &notices, &matters).await?;
    let mut rows = Vec::new();
    for (ctx, notices) in told {
        rows.extend(people.rows(ctx, notices, &matters));
    }
    Ok(insert_models(tx, rows).await?)
}

/// By what two notices to one person are the same.
fn about(notice: &Notice) -> impl Eq + std::hash::Hash + use<> {
    (notice.kind, notice.case, notice.report, notice.task, notice.measure)
}

/// The row of one recipient, unless they do not want this kind.
fn row(ctx: &Ctx, account: Uuid, (notice, red): (&Notice, bool), choices: &Choices) -> Option<notice::Model> {
    let pressing = red || notice.kind.is_urgent();
    if !pressing && choices.mutes(notice.kind) {
        return None;
    }
    Some(notice::Model {
        id: ctx.new_id(),
        account_id: account,
        kind: notice.kind.code().to_owned(),
        case_id: notice.case,
        report_id: notice.report,
        task_id: notice.task,
        measure_id: notice.measure,
        deadline_id: notice.clock,
        red,
        sms: pressing && choices.sms,
        created_at: ctx.now,
        held_until: choices.held_until(ctx.now).filter(|_| !pressing),
        seq: None,
        seen_at: None,
        settled_at: None,
    })
}

/// Who may be meant, which units they sit in, and what they wish.
struct People {
    actors: Vec<Actor>,
    seats: HashMap<Uuid, HashSet<Uuid>>,
    choices: HashMap<Uuid, Choices>,
}

impl People {
    async fn load(
        tx: &impl ConnectionTrait,
        now: DateTime<Utc>,
        notices: &[&Notice],
        matters: &Matters,
    ) -> Result<Self> {
        let (units, wanted) = asked(notices, matters);
        let mut seats = seated(tx, now, &units).await?;
        let seated: BTreeSet<Uuid> = seats.values().flatten().copied().collect();
        let wanted = wanted
            .add_option(one_of(account::Column::UnitId, units))
            .add_option(one_of(account::Column::Id, seated));
        let meant = account::Entity::find()
            .filter(account::Column::DisabledAt.is_null())
            .filter(wanted.clone());
        // Nobody is meant where nothing is asked for.
        let accounts = if wanted.is_empty() {
            Vec::new()
        } else {
            meant.all(tx).await?
        };
        for account in &accounts {
            if let Some(unit) = account.unit_id {
                seats.entry(unit).or_default().insert(account.id);
            }
        }
        let ids: Vec<Uuid> = accounts.iter().map(|account| account.id).collect();
        Ok(Self {
            actors: sight::actors(tx, &accounts, now).await?,
            seats,
            choices: choices::of(tx, &ids).await?,
        })
    }

    /// The rows of what one person did.
    fn rows(&self, ctx: &Ctx, notices: &[Notice], matters: &Matters) -> Vec<notice::Model> {
        let mut told = HashSet::new();
        let mut rows = Vec::new();
        for notice in notices {
            let red = notice.red || matters.is_red(notice.case);
            for actor in self.meant(notice, matters) {
                let own = Some(actor.account) == ctx.account();
                if own || !matters.shows(actor, &notice.into()) || !told.insert((actor.account, about(notice))) {
                    continue;
                }
                let choices = self.choices.get(&actor.account).cloned().unwrap_or_default();
                rows.extend(row(ctx, actor.account, (notice, red), &choices));
            }
        }
        rows
    }

    fn meant(&self, notice: &Notice, matters: &Matters) -> impl Iterator<Item = &Actor> {
        self.actors.iter().filter(move |actor| match notice.to {
            To::Unit(unit) => self.sits(actor, unit),
            To::Account(account) => actor.account == account,
            To::Role(role) => actor.role == role,
            To::Able(action) => matters.able(actor, action, notice.case),
        })
    }

    fn sits(&self, actor: &Actor, unit: Uuid) -> bool {
        self.seats
            .get(&unit)
            .is_some_and(|seats| seats.contains(&actor.account))
    }
}

/// The units that are meant, and the accounts that are meant by themselves.
fn asked(notices: &[&Notice], matters: &Matters) -> (BTreeSet<Uuid>, Condition) {
    let mut units = BTreeSet::new();
    let mut wanted = Condition::any();
    for notice in notices {
        match notice.to {
            To::Unit(unit) => {
                units.insert(unit);
            }
            To::Account(account) => wanted = wanted.add(account::Column::Id.eq(account)),
            To::Role(role) => wanted = wanted.add(account::Column::Role.eq(role.code())),
            To::Able(_) => {
                units.extend(matters.parts(notice.case));
                if let Some(county) = matters.county(notice.case) {
                    let manager = Condition::all()
                        .add(account::Column::Role.eq(Role::County.code()))
                        .add(account::Column::Division.eq(county.code()));
                    wanted = wanted.add(manager);
                }
            }
        }
    }
    (units, wanted)
}

/// Who holds a post of these units now: the holder, unless on leave; the
/// stand-in of whoever is away.
async fn seated(
    tx: &impl ConnectionTrait,
    now: DateTime<Utc>,
    units: &BTreeSet<Uuid>,
) -> Result<HashMap<Uuid, HashSet<Uuid>>> {
    let mut seats: HashMap<Uuid, HashSet<Uuid>> = HashMap::new();
    if units.is_empty() {
        return Ok(seats);
    }
    let posts = post::Entity::find()
        .filter(post::Column::UnitId.is_in(units.iter().copied()))
        .filter(post::Column::Active.eq(true))
        .all(tx)
        .await?;
    let today = clock::day(now);
    for post in posts {
        let holder = post.holder_id.filter(|_| !network::on_leave(&post, today));
        let sits = holder.or(post.stand_in_id);
        seats.entry(post.unit_id).or_default().extend(sits);
    }
    Ok(seats)
}
