//! Choosing a unit within a form: the search belongs to the form and its finds
//! are choices of it, so that nothing that was typed elsewhere is lost.

use super::directory;
use crate::entity::unit;
use crate::error::Result;
use crate::rules::codes;
use crate::rules::division::{Division, Tier};
use crate::state::App;
use crate::web::Choice;
use uuid::Uuid;

/// The part of a form in which a unit is searched and chosen.
pub(super) struct Picker {
    pub(super) q: String,
    pub(super) choices: Vec<Choice>,
    /// Words were given and no unit bears them.
    pub(super) none: bool,
    chosen: Option<unit::Model>,
}

impl Picker {
    /// What the search finds, and the unit chosen so far. `unit` is text, so
    /// that a value typed by hand is told like any unknown unit.
    pub(super) async fn of(app: &App, q: &str, unit: &str) -> Result<Self> {
        let chosen = match Uuid::parse_str(unit) {
            Ok(id) => directory::unit(app, id).await?,
            Err(_) => None,
        };
        let found = directory::units(app, q).await?;
        let none = !q.trim().is_empty() && found.is_empty();
        let id = chosen.as_ref().map(|unit| unit.id);
        let mut choices = vec![Choice {
            hint: "负责全市；督导员、儿童主任、个案经理、承办人、报告人须选机构".to_owned(),
            on: id.is_none(),
            ..Choice::new("", "不设机构", "-")
        }];
        let others = found.into_iter().filter(|unit| Some(unit.id) != id);
        choices.extend(chosen.clone().into_iter().chain(others).map(|unit| Choice {
            hint: path(&unit.division),
            on: Some(unit.id) == id,
            ..Choice::new(&unit.id.to_string(), &unit.name, "")
        }));
        Ok(Self {
            q: q.to_owned(),
            choices,
            none,
            chosen,
        })
    }

    /// The unit chosen.
    pub(super) fn unit(&self) -> Option<Uuid> {
        self.chosen.as_ref().map(|unit| unit.id)
    }

    /// An account answers for the division of its unit; without one, for the city.
    pub(super) fn division(&self) -> Result<Division> {
        let code = self.chosen.as_ref().map_or("140600", |unit| unit.division.as_str());
        Ok(Division::parse(code)?)
    }
}

/// Where a unit stands, for telling two of one name apart: 应县 金城镇.
fn path(code: &str) -> String {
    let Ok(place) = Division::parse(code) else {
        return String::new();
    };
    let tiers = Tier::ALL
        .into_iter()
        .filter(|tier| *tier != Tier::City || place.tier() == Tier::City);
    let names = tiers.filter_map(|tier| Some(codes::division(place.at(tier)?.code())?.name.clone()));
    names.collect::<Vec<_>>().join(" ")
}
