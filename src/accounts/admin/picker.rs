//! The parts shared by the forms: the choice of a role and of a unit.

use crate::accounts::directory;
use crate::error::{Error, Result};
use crate::rules::division::Division;
use crate::rules::policy::Role;
use crate::state::App;
use serde::Deserialize;
use uuid::Uuid;

/// One choice of a form.
pub(super) struct Choice {
    pub(super) code: &'static str,
    pub(super) label: &'static str,
    pub(super) on: bool,
}

/// The roles of a new account.
pub(super) fn roles(chosen: &str) -> Vec<Choice> {
    choices(chosen, |_| true)
}

/// The roles that an account may change to: a program stays one, and so does
/// a person.
pub(super) fn roles_beside(held: &str, chosen: &str) -> Vec<Choice> {
    let service = held == Role::Service.code();
    choices(chosen, |role| (role == Role::Service) == service)
}

fn choices(chosen: &str, offered: impl Fn(Role) -> bool) -> Vec<Choice> {
    Role::ALL
        .into_iter()
        .filter(|role| *role != Role::System && offered(*role))
        .map(|role| Choice {
            code: role.code(),
            label: role.label(),
            on: role.code() == chosen,
        })
        .collect()
}

/// A unit to choose, or the one chosen.
pub(super) struct Place {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) division: String,
}

impl From<crate::entity::unit::Model> for Place {
    fn from(unit: crate::entity::unit::Model) -> Self {
        Self {
            id: unit.id,
            name: unit.name,
            division: unit.division,
        }
    }
}

/// The search for a unit, and the unit chosen so far. `unit` is text, so that
/// an address typed by hand is told like any unknown unit.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Picking {
    pub(super) q: String,
    pub(super) unit: String,
}

/// The part of both forms in which a unit is searched and chosen.
pub(super) struct Picker {
    pub(super) q: String,
    pub(super) chosen: Option<Place>,
    pub(super) found: Vec<Place>,
    pub(super) searched: bool,
}

impl Picker {
    pub(super) async fn of(app: &App, picking: &Picking) -> Result<Self> {
        let chosen = match Uuid::parse_str(&picking.unit) {
            Ok(id) => directory::unit(app, id).await?.map(Place::from),
            Err(_) => None,
        };
        let found = directory::units(app, &picking.q).await?;
        Ok(Self {
            q: picking.q.clone(),
            chosen,
            found: found.into_iter().map(Place::from).collect(),
            searched: !picking.q.trim().is_empty(),
        })
    }

    pub(super) fn unit(&self) -> Option<Uuid> {
        self.chosen.as_ref().map(|place| place.id)
    }

    /// An account answers for the division of its unit; without one, for the city.
    pub(super) fn division(&self) -> Result<Division> {
        let code = self.chosen.as_ref().map_or("140600", |place| place.division.as_str());
        Ok(Division::parse(code)?)
    }
}

pub(super) fn role_of(code: &str) -> Result<Role> {
    Role::parse(code)
        .filter(|role| *role != Role::System)
        .ok_or_else(|| Error::field("role", "请选择角色"))
}
