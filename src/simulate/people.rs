//! The people who act: an account for every seat of the network in the chosen
//! places, and who of them is there at a moment.

use crate::accounts::{self, NewAccount};
use crate::ctx::Ctx;
use crate::demo::Dice;
use crate::entity::{post, unit};
use crate::error::Result;
use crate::journal::{self, Act, Entry};
use crate::network;
use crate::rules::codes;
use crate::rules::division::{Division, Tier};
use crate::rules::policy::{Actor, Role};
use crate::state::App;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Somebody.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) username: String,
    ctx: Ctx,
    /// Away until then.
    pub(super) away: Option<DateTime<Utc>>,
    /// Has resigned.
    pub(super) gone: bool,
}

impl Person {
    pub(super) fn role(&self) -> Role {
        self.ctx.actor.role
    }

    pub(super) fn actor(&self) -> &Actor {
        &self.ctx.actor
    }

    /// What the service knows of the person from now on.
    pub(super) fn becomes(&mut self, actor: Actor) {
        self.ctx.actor = actor;
    }

    /// The person's context at a moment.
    pub(super) fn at(&self, now: DateTime<Utc>) -> Ctx {
        Ctx {
            now,
            ..self.ctx.clone()
        }
    }
}

/// Everybody, and where they sit.
#[derive(Debug, Default)]
pub(super) struct People {
    pub(super) all: Vec<Person>,
    seats: HashMap<Uuid, Vec<usize>>,
    units: HashMap<(String, String), Uuid>,
    accounts: HashMap<Uuid, usize>,
    /// Those who may have to stand in at a unit that is not their own.
    stand_ins: HashMap<Uuid, Vec<usize>>,
    /// The directors of the villages of each township.
    directors: HashMap<String, Vec<usize>>,
    /// The villages and townships where children live.
    pub(super) places: Vec<String>,
}

impl People {
    /// The people of a unit, in the order of their seats.
    pub(super) fn of(&self, unit: Uuid) -> &[usize] {
        self.seats.get(&unit).map_or(&[], Vec::as_slice)
    }

    /// Whoever of them is there, those who stand in last.
    pub(super) fn at_work(&self, unit: Uuid, now: DateTime<Utc>) -> Vec<usize> {
        let others = self.stand_ins.get(&unit).map_or(&[][..], Vec::as_slice);
        let here = |who: &usize| self.present(*who, now);
        let serves = |who: &usize| self.all[*who].actor().serves(unit);
        let others = others.iter().copied().filter(serves);
        self.of(unit).iter().copied().chain(others).filter(here).collect()
    }

    /// Who may stand in for somebody of a unit: a colleague, or in a village
    /// the director of another one of the township.
    pub(super) fn stand_ins_for(&self, who: usize, unit: Uuid, now: DateTime<Utc>) -> Vec<usize> {
        let role = self.all[who].role();
        let town = self.all[who].actor().division.at(Tier::Township);
        let near = town.and_then(|town| self.directors.get(town.code()));
        let near = near.filter(|_| role == Role::Village).map_or(&[][..], Vec::as_slice);
        let fits = |other: &usize| *other != who && self.all[*other].role() == role && self.present(*other, now);
        let all = self.of(unit).iter().chain(near).copied();
        all.filter(fits).collect()
    }

    /// The person behind an account.
    pub(super) fn behind(&self, account: Uuid) -> Option<usize> {
        self.accounts.get(&account).copied()
    }

    /// Somebody may have to stand in at a unit from now on.
    pub(super) fn stands_in(&mut self, who: usize, unit: Uuid) {
        let others = self.stand_ins.entry(unit).or_default();
        if !others.contains(&who) {
            others.push(who);
        }
    }

    /// The unit of a kind that stands exactly at a place.
    pub(super) fn unit_at(&self, kind: &str, place: Option<&Division>) -> Option<Uuid> {
        let place = place?.code().to_owned();
        self.units.get(&(kind.to_owned(), place)).copied()
    }

    /// Whether a person is there.
    pub(super) fn present(&self, who: usize, now: DateTime<Utc>) -> bool {
        let person = &self.all[who];
        !person.gone && person.away.is_none_or(|until| until <= now)
    }

    /// Those of a role who are there, in order.
    pub(super) fn present_as(&self, role: Role, now: DateTime<Utc>) -> Vec<usize> {
        let everybody = 0..self.all.len();
        everybody
            .filter(|who| self.all[*who].role() == role && self.present(*who, now))
            .collect()
    }

    /// Gives somebody a seat in a unit; answers their position.
    pub(super) fn seat(&mut self, unit: &unit::Model, person: Person) -> usize {
        let who = self.all.len();
        let place = Division::parse(&unit.division).map(|place| place.code().to_owned());
        let key = (unit.kind.clone(), place.unwrap_or_default());
        if person.role() == Role::Village
            && let Some(town) = person.actor().division.at(Tier::Township)
        {
            self.directors.entry(town.code().to_owned()).or_default().push(who);
        }
        self.units.entry(key).or_insert(unit.id);
        self.seats.entry(unit.id).or_default().push(who);
        self.accounts.insert(person.actor().account, who);
        self.all.push(person);
        who
    }
}

/// Makes the accounts for a number of townships with all that stands above
/// and below them, fills their posts.
///
/// # Errors
/// When the database refuses.
pub(super) async fn settle(app: &App, dice: &mut Dice, (towns, cases): (usize, u32)) -> Result<People> {
    let ctx = Ctx::system(app.clock.now());
    let towns = townships(towns);
    let tx = app.db.begin().await?;
    let mut units = standing(&tx, &towns).await?;
    for town in &towns {
        units.push(school(&tx, &ctx, town).await?);
    }
    let mut people = People::default();
    for unit in &units {
        let posts = posts(&tx, unit.id).await?;
        let mut held = BTreeSet::new();
        for role in roles(&unit.kind, &unit.division, cases) {
            let person = add(app, &tx, (&ctx, &mut *dice), (unit, role, people.all.len())).await?;
            for post in posts.iter().filter(|post| fits(&post.role, role)) {
                if held.insert(post.id) {
                    network::appoint(&tx, &ctx, unit.id, &post.role, person.ctx.actor.account).await?;
                }
            }
            people.seat(unit, person);
        }
    }
    let villages = units.iter().filter(|unit| unit.kind == "VIL" || unit.kind == "TMP");
    people.places = villages.map(|unit| unit.division.clone()).collect();
    let detail = json!({ "simulated": people.all.len() });
    journal::commit(tx, &ctx, Entry::new(Act::AccountAdded).detail(detail)).await?;
    Ok(people)
}

/// So many townships, from one county after the other.
fn townships(most: usize) -> Vec<Division> {
    let real = codes::divisions().iter().filter(|row| row.statutory);
    let towns = real.filter(|row| row.tier == Some(Tier::Township));
    let mut towns: Vec<Division> = towns.filter_map(|row| Division::parse(&row.code).ok()).collect();
    // The tenth of each county before the eleventh of any.
    towns.sort_by_key(|town| (town.code()[6..].to_owned(), town.code().to_owned()));
    towns.truncate(most.max(1));
    towns
}

/// The units of the city, of the counties and townships chosen, and of their
/// villages.
async fn standing(db: &impl ConnectionTrait, towns: &[Division]) -> Result<Vec<unit::Model>> {
    let counties: BTreeSet<String> = towns
        .iter()
        .filter_map(|town| town.at(Tier::County))
        .map(|county| county.code().to_owned())
        .collect();
    let all = unit::Entity::find()
        .filter(unit::Column::Active.eq(true))
        .order_by_asc(unit::Column::Division)
        .order_by_asc(unit::Column::Kind)
        .order_by_asc(unit::Column::Id)
        .all(db)
        .await?;
    let chosen = |unit: &unit::Model| {
        Division::parse(&unit.division).is_ok_and(|place| match place.tier() {
            Tier::City => true,
            Tier::County => counties.contains(place.code()),
            _ => towns.iter().any(|town| town.contains(&place)),
        })
    };
    Ok(all.into_iter().filter(chosen).collect())
}

/// A school, which no rule founds.
async fn school(tx: &impl ConnectionTrait, ctx: &Ctx, town: &Division) -> Result<unit::Model> {
    let name = format!("{}模拟小学", town.code());
    let id = network::add_unit(tx, ctx, "SCH", &name, town).await?;
    network::unit(tx, id).await
}

async fn posts(db: &impl ConnectionTrait, unit: Uuid) -> Result<Vec<post::Model>> {
    Ok(post::Entity::find()
        .filter(post::Column::UnitId.eq(unit))
        .order_by_asc(post::Column::Id)
        .all(db)
        .await?)
}

/// The roles of those who sit in a unit.
fn roles(kind: &str, division: &str, cases: u32) -> Vec<Role> {
    let tier = Division::parse(division).map(|place| place.tier());
    let many = |least: u32, per: u32| usize::try_from((least + cases / per).min(40)).unwrap_or(1);
    match (kind, tier) {
        ("HOT", _) => [
            vec![Role::Operator; many(3, 500)],
            vec![Role::Lead; many(2, 2000).min(8)],
        ]
        .concat(),
        ("MPO" | "MPC", Ok(Tier::City)) => vec![Role::City; 3],
        ("MPO" | "MPC", Ok(Tier::County)) => vec![Role::County; 3],
        ("TMP", _) => vec![Role::Township; 2],
        ("VIL", _) => vec![Role::Village],
        ("SCH", _) => vec![Role::Handler, Role::Reporter],
        _ => vec![Role::Handler; 2],
    }
}

/// Whether a person of the role holds such a post.
pub(super) fn fits(post: &str, role: Role) -> bool {
    match role {
        Role::Reporter => false,
        Role::Operator => post != "shift_lead",
        _ => true,
    }
}

/// Makes an account for somebody in a unit. Nobody signs in with it: no
/// password fits.
///
/// # Errors
/// When the database refuses.
pub(super) async fn add(
    app: &App,
    tx: &DatabaseTransaction,
    (ctx, dice): (&Ctx, &mut Dice),
    (unit, role, number): (&unit::Model, Role, usize),
) -> Result<Person> {
    let division = Division::parse(&unit.division)?;
    let new = NewAccount {
        username: format!("sim.{number:04}"),
        name: dice.name(),
        role,
        unit_id: Some(unit.id),
        division: division.clone(),
        phone: None,
        id_number: None,
        password: String::new(),
        must_change: false,
    };
    let account = accounts::insert(app, tx, ctx, &new, "-".to_owned()).await?;
    let actor = Actor {
        account,
        role,
        unit: Some(unit.id),
        unit_kind: unit.kind.clone(),
        division,
        also: Vec::new(),
    };
    Ok(Person {
        username: new.username,
        ctx: Ctx {
            actor,
            name: new.name,
            unit_name: unit.name.clone(),
            address: "127.0.0.1".to_owned(),
            ..ctx.clone()
        },
        away: None,
        gone: false,
    })
}
