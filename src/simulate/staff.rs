//! People who come and go: leave with and without a stand-in, resignations and
//! posts given up with everything handed over, vacancies that somebody fills.

use super::habits;
use super::people;
use super::queue::Event;
use super::world::World;
use crate::clock;
use crate::ctx::Ctx;
use crate::entity::{account, post};
use crate::error::Result;
use crate::handover::{self, Wanted};
use crate::journal::{self, Act, Entry};
use crate::network::{self, PostChange};
use crate::rules::division::Tier;
use crate::rules::level::RiskLevel;
use crate::rules::policy::Role;
use crate::sight;
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use uuid::Uuid;

/// So many of a role must stay for the service to go on.
const LEAST: usize = 2;

/// A place that somebody left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Vacancy {
    unit: Uuid,
    /// Whoever left.
    who: usize,
    /// Whether they have left the service, and not only the post.
    left: bool,
}

impl World<'_> {
    /// Somebody goes on leave, some with a stand-in that the post names.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn leave(&mut self, who: usize) -> Result<()> {
        if self.people.all[who].gone {
            return Ok(());
        }
        let habit = habits::of(self.people.all[who].role());
        let days = i64::try_from(1 + self.dice.below(habit.leave_days)).unwrap_or(1);
        self.people.all[who].away = Some(self.now() + TimeDelta::days(days));
        let next = habit.leave_every * (50 + self.dice.below(100)) / 100;
        let next = TimeDelta::days(days + i64::try_from(next).unwrap_or(30));
        self.later(next, Event::Leave(who));
        if self.chance(400) {
            self.said_so(who, days).await?;
        }
        Ok(())
    }

    /// The leave is entered at the post that the person holds.
    async fn said_so(&mut self, who: usize, days: i64) -> Result<()> {
        let held = self.post_of(who).await?;
        let above = self.people.present_as(Role::City, self.now());
        let (Some(post), false) = (held, above.is_empty()) else {
            return Ok(());
        };
        let others = self.people.stand_ins_for(who, post.unit_id, self.now());
        let stand_in = (!others.is_empty()).then(|| *self.dice.pick(&others));
        let today = clock::day(self.now());
        let change = &PostChange {
            holder: Some(self.people.all[who].username.clone()),
            stand_in: stand_in.map(|other| self.people.all[other].username.clone()),
            leave_from: Some(today),
            leave_until: Some(today + TimeDelta::days(days)),
            version: post.version,
        };
        let by = *self.dice.pick(&above);
        let (app, id) = (self.app, post.id);
        let entered = self
            .act(by, ("leave", ""), |ctx| async move {
                network::change_post(app, &ctx, id, change).await
            })
            .await;
        if let (Ok(_), Some(other)) = (entered, stand_in) {
            // The day after the last one it is over.
            self.later(TimeDelta::days(days + 1), Event::Seat(other));
            let account = self.people.all[other].actor().account;
            self.stands_in(&post, Some(account)).await?;
        }
        self.stands_in(&post, None).await
    }

    /// Somebody may stand in at a post from now on; who did so before perhaps
    /// does no longer.
    async fn stands_in(&mut self, post: &post::Model, new: Option<Uuid>) -> Result<()> {
        for account in [new, post.stand_in_id, post.holder_id].into_iter().flatten() {
            if let Some(who) = self.people.behind(account) {
                self.people.stands_in(who, post.unit_id);
                self.seated(who).await?;
            }
        }
        Ok(())
    }

    /// Looks up where a person serves now, as every request does.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn seated(&mut self, who: usize) -> Result<()> {
        let db = self.app.db.read();
        let id = self.people.all[who].actor().account;
        let Some(row) = account::Entity::find_by_id(id).one(db).await? else {
            return Ok(());
        };
        if let Some(actor) = sight::actors(db, &[row], self.now()).await?.pop() {
            self.people.all[who].becomes(actor);
        }
        Ok(())
    }

    /// One of the posts that a person holds.
    async fn post_of(&mut self, who: usize) -> Result<Option<post::Model>> {
        let holder = self.people.all[who].actor().account;
        let held = post::Entity::find()
            .filter(post::Column::HolderId.eq(holder))
            .order_by_asc(post::Column::Id)
            .all(self.app.db.read())
            .await?;
        Ok((!held.is_empty()).then(|| self.dice.pick(&held).clone()))
    }

    /// Somebody resigns, or gives up their post: what they had goes to others.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn resigns(&mut self) -> Result<()> {
        let who = usize::try_from(self.dice.below(self.people.all.len() as u64)).unwrap_or(0);
        let role = self.people.all[who].role();
        let enough = self.people.present_as(role, self.now()).len() > LEAST;
        let held = self.post_of(who).await?;
        let (Some(post), Some(by), true) = (held, self.manager(who), enough) else {
            // Nobody there to accept it: another day.
            self.later(TimeDelta::hours(30), Event::Resign);
            return Ok(());
        };
        let left = self.chance(700);
        let (app, key) = (self.app, (post.id, post.version));
        let name = if left { "resign" } else { "leave_post" };
        let handed = self
            .act(by, (name, ""), |ctx| async move {
                if left {
                    return handover::resign(app, &ctx, key, &Wanted::default()).await;
                }
                handover::leave_post(app, &ctx, (key, None), &Wanted::default()).await
            })
            .await;
        if handed.is_ok() {
            self.people.all[who].gone = left;
            self.later(TimeDelta::days(12), Event::Fill(self.vacancies.len()));
            let unit = post.unit_id;
            self.vacancies.push(Vacancy { unit, who, left });
            self.stands_in(&post, None).await?;
        }
        Ok(())
    }

    /// Whoever manages a person's posts and is there: the township for its
    /// villages, the county, the city.
    fn manager(&self, who: usize) -> Option<usize> {
        let (now, place) = (self.now(), self.people.all[who].actor().division.clone());
        let role = self.people.all[who].role();
        let at = |kind, tier| self.people.unit_at(kind, place.at(tier).as_ref());
        let township = at("TMP", Tier::Township).filter(|_| role == Role::Village);
        let units = [township, at("MPC", Tier::County), at("MPO", Tier::City)];
        let there: Vec<usize> = units
            .into_iter()
            .flatten()
            .flat_map(|unit| self.people.at_work(unit, now))
            .filter(|by| *by != who)
            .collect();
        there.first().copied()
    }

    /// Somebody takes the place that another one left: a new person, or a
    /// colleague where only the post was given up.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) async fn filled(&mut self, at: usize) -> Result<()> {
        let vacancy = self.vacancies[at];
        let above = self.people.present_as(Role::City, self.now());
        if above.is_empty() || self.clockwork.is_broken() || self.forgets(above[0], RiskLevel::Blue).is_some() {
            self.later(TimeDelta::days(5), Event::Fill(at));
            return Ok(());
        }
        let role = self.people.all[vacancy.who].role();
        let who = if vacancy.left {
            Some(self.hired(vacancy.unit, role).await?)
        } else {
            // In a village a director of another one takes this one as well.
            let others = self.people.stand_ins_for(vacancy.who, vacancy.unit, self.now());
            (!others.is_empty()).then(|| *self.dice.pick(&others))
        };
        let Some(who) = who else { return Ok(()) };
        let vacant = post::Entity::find()
            .filter(post::Column::UnitId.eq(vacancy.unit))
            .filter(post::Column::HolderId.is_null())
            .filter(post::Column::Active.eq(true))
            .order_by_asc(post::Column::Id)
            .all(self.app.db.read())
            .await?;
        for post in vacant.iter().filter(|post| people::fits(&post.role, role)) {
            let change = &PostChange {
                holder: Some(self.people.all[who].username.clone()),
                version: post.version,
                ..PostChange::default()
            };
            let (app, id) = (self.app, post.id);
            let appointed = self
                .act(above[0], ("appoint", ""), |ctx| async move {
                    network::change_post(app, &ctx, id, change).await
                })
                .await;
            drop(appointed);
            let account = self.people.all[who].actor().account;
            self.stands_in(post, Some(account)).await?;
        }
        Ok(())
    }

    /// A new person for a unit.
    async fn hired(&mut self, unit: Uuid, role: Role) -> Result<usize> {
        let (app, ctx) = (self.app, Ctx::system(self.now()));
        let unit = network::unit(app.db.read(), unit).await?;
        let number = self.people.all.len();
        let tx = app.db.begin().await?;
        let person = people::add(app, &tx, (&ctx, &mut self.dice), (&unit, role, number)).await?;
        let entry = Entry::new(Act::AccountAdded).subject(person.actor().account);
        journal::commit(tx, &ctx, entry.detail(json!({ "role": role.code() }))).await?;
        let who = self.people.seat(&unit, person);
        self.later(TimeDelta::days(60), Event::Leave(who));
        Ok(who)
    }
}
