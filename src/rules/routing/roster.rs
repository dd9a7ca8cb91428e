//! The roster made ready for questions: which units of a kind are in a
//! division, who can be reached there, and who is kept out.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use super::facts::{Person, PostFacts, Recused, Roster, UnitFacts};
use crate::rules::codes;
use crate::rules::division::{Division, Tier};

/// A roster that can be asked quickly.
#[derive(Debug)]
pub struct RosterIndex<'a> {
    by_place: HashMap<&'a str, HashMap<&'a str, Vec<&'a UnitFacts>>>,
    by_id: HashMap<Uuid, &'a UnitFacts>,
    posts: HashMap<Uuid, Vec<&'a PostFacts>>,
    by_account: HashMap<Uuid, Vec<Uuid>>,
    city: Option<&'a Division>,
}

impl<'a> RosterIndex<'a> {
    /// Indexes the active units and their posts. The city of the network is
    /// the one in which the widest unit stands.
    #[must_use]
    pub fn new(roster: &'a Roster) -> Self {
        let mut index = Self {
            by_place: HashMap::new(),
            by_id: HashMap::new(),
            posts: HashMap::new(),
            by_account: HashMap::new(),
            city: None,
        };
        for unit in roster.units.iter().filter(|unit| unit.active) {
            let here = index.by_place.entry(unit.division.code()).or_default();
            here.entry(unit.kind.as_str()).or_default().push(unit);
            index.by_id.insert(unit.id, unit);
            if unit.division.tier() == Tier::City && index.city.is_none() {
                index.city = Some(&unit.division);
            }
        }
        for post in &roster.posts {
            index.posts.entry(post.unit).or_default().push(post);
            for person in [&post.holder, &post.stand_in].into_iter().flatten() {
                index.by_account.entry(person.account).or_default().push(post.unit);
            }
        }
        index
    }

    /// The city of the network.
    pub(super) fn city(&self) -> Option<&'a Division> {
        self.city
    }

    /// Active units of this kind that stand in exactly this division. Where
    /// institutions share the kind of their department (a hospital in the
    /// county's seat), only the department itself, told by its name.
    pub(super) fn units(&self, kind: &str, division: &Division) -> Vec<&'a UnitFacts> {
        let here = self.by_place.get(division.code());
        let units = here.and_then(|kinds| kinds.get(kind)).cloned().unwrap_or_default();
        if units.len() < 2 {
            return units;
        }
        let name = codes::unit_name(kind, division);
        let department = units.iter().copied().find(|unit| name.as_ref() == Some(&unit.name));
        department.map_or(units, |unit| vec![unit])
    }

    /// An active unit by its id.
    pub(super) fn unit(&self, id: Uuid) -> Option<&'a UnitFacts> {
        self.by_id.get(&id).copied()
    }

    /// Active units that stand at the city's own tier.
    pub(super) fn city_units(&self) -> impl Iterator<Item = &'a UnitFacts> {
        let mut units: Vec<_> = self
            .by_id
            .values()
            .copied()
            .filter(|unit| unit.division.tier() == Tier::City)
            .collect();
        units.sort_by_key(|unit| (last_resort(&unit.kind), unit.id));
        units.into_iter()
    }

    /// The posts of a unit.
    pub(super) fn posts(&self, unit: Uuid) -> &[&'a PostFacts] {
        self.posts.get(&unit).map_or(&[], Vec::as_slice)
    }
}

/// In which order the city's units take what nobody else can.
fn last_resort(kind: &str) -> usize {
    const ORDER: [&str; 5] = ["HOT", "MPO", "MPC", "CAB", "WCWC"];
    ORDER.iter().position(|known| *known == kind).unwrap_or(ORDER.len())
}

/// Who is kept out of this case (RT04).
#[derive(Debug)]
pub(super) struct KeptOut<'a> {
    accounts: &'a BTreeSet<Uuid>,
    units: BTreeSet<Uuid>,
    areas: Vec<Division>,
}

impl<'a> KeptOut<'a> {
    /// An involved person keeps out every unit in which they hold a post or
    /// stand in. A township that is kept out keeps out its villages, because
    /// they report to it; so does an involved official's tier with all below
    /// it. Of the city, only units that are named are kept out: there is no
    /// tier above it in the network.
    pub(super) fn new(recused: &'a Recused, here: Option<&Division>, roster: &RosterIndex<'_>) -> Self {
        let mut units = recused.units.clone();
        for account in &recused.accounts {
            units.extend(roster.by_account.get(account).into_iter().flatten());
        }
        let townships = units.iter().filter_map(|id| roster.unit(*id));
        let mut areas: Vec<Division> = townships
            .filter(|unit| unit.kind == "TMP" && unit.division.tier() == Tier::Township)
            .map(|unit| unit.division.clone())
            .collect();
        if let (Some(tier), Some(here)) = (recused.official_tier, here)
            && tier != Tier::City
        {
            areas.extend(here.at(tier));
        }
        Self {
            accounts: &recused.accounts,
            units,
            areas,
        }
    }

    /// Whether this unit must not know of the case.
    pub(super) fn unit(&self, unit: &UnitFacts) -> bool {
        self.units.contains(&unit.id) || self.areas.iter().any(|area| area.contains(&unit.division))
    }

    fn person(&self, person: &Person) -> bool {
        self.accounts.contains(&person.account)
    }
}

/// Who takes the case in a unit.
#[derive(Debug)]
pub(super) struct Seat<'a> {
    /// The post's role.
    pub(super) role: &'a str,
    /// Who sits there.
    pub(super) person: &'a Person,
    /// Roles before it that nobody fills.
    pub(super) missed: Vec<&'static str>,
}

/// The roles of a unit's kind in the order in which they are called. At danger
/// to life the post on duty comes first (RT01).
fn roles(unit: &UnitFacts, on_duty_first: bool) -> &'static [&'static str] {
    match (unit.kind.as_str(), unit.division.tier()) {
        ("VIL", _) => &["village_child_director", "village_secretary"],
        ("TMP", _) => &["township_child_supervisor", "station_duty", "township_leader"],
        ("MPC" | "MPO", Tier::County) if on_duty_first => &["county_duty", "county_case_manager", "handler"],
        ("MPC" | "MPO", Tier::County) => &["county_case_manager", "county_duty", "handler"],
        ("HOT", _) => &["shift_lead", "city_duty"],
        ("MPC" | "MPO", _) => &["city_duty", "handler"],
        ("PSB", _) => &["police_command", "handler"],
        _ => &["handler"],
    }
}

/// The first seat of the unit that somebody fills who may know of the case.
pub(super) fn seat<'a>(
    roster: &RosterIndex<'a>,
    unit: &UnitFacts,
    kept_out: &KeptOut<'_>,
    on_duty_first: bool,
) -> Result<Seat<'a>, Vec<&'static str>> {
    let posts = roster.posts(unit.id);
    let mut missed = Vec::new();
    for role in roles(unit, on_duty_first) {
        let mut of_role = posts.iter().filter(|post| post.role == *role);
        match of_role.find_map(|post| sitting(post, kept_out).map(|person| (post, person))) {
            Some((post, person)) => {
                return Ok(Seat {
                    role: &post.role,
                    person,
                    missed,
                });
            }
            None => missed.push(*role),
        }
    }
    Err(missed)
}

/// The holder, or the stand-in when the holder is missing, on leave or kept out.
fn sitting<'a>(post: &'a PostFacts, kept_out: &KeptOut<'_>) -> Option<&'a Person> {
    let holder = post
        .holder
        .as_ref()
        .filter(|person| !post.on_leave && !kept_out.person(person));
    holder.or_else(|| post.stand_in.as_ref().filter(|person| !kept_out.person(person)))
}
