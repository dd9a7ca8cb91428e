//! Names of units, people and places for one page, fetched once.

use crate::entity::{account, unit};
use crate::error::Result;
use crate::rules::codes;
use crate::rules::division::{Division, Tier};
use crate::vault::{Slot, Vault};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// The names of the units and people that a page mentions.
#[derive(Debug, Default)]
pub(crate) struct Names {
    units: HashMap<Uuid, String>,
    people: HashMap<Uuid, String>,
}

impl Names {
    /// Fetches the names of these units and accounts.
    pub(crate) async fn load(
        db: &impl ConnectionTrait,
        vault: &Vault,
        units: BTreeSet<Uuid>,
        people: BTreeSet<Uuid>,
    ) -> Result<Self> {
        let mut names = Self::default();
        if !units.is_empty() {
            let rows = unit::Entity::find().filter(unit::Column::Id.is_in(units));
            for row in rows.all(db).await? {
                names.units.insert(row.id, row.name);
            }
        }
        if !people.is_empty() {
            let rows = account::Entity::find().filter(account::Column::Id.is_in(people));
            for row in rows.all(db).await? {
                let name = vault.open(Slot::new("account", "name", row.id), &row.name)?;
                names.people.insert(row.id, name);
            }
        }
        Ok(names)
    }

    /// A unit's name.
    pub(crate) fn unit(&self, id: Uuid) -> String {
        self.units.get(&id).cloned().unwrap_or_else(|| "未知单位".to_owned())
    }

    /// A person's name; the system where there is no account.
    pub(crate) fn person(&self, id: Option<Uuid>) -> String {
        match id {
            None => "系统".to_owned(),
            Some(id) => self.people.get(&id).cloned().unwrap_or_else(|| "未知人员".to_owned()),
        }
    }
}

/// `应县 金城镇 东关村`; the city alone says that the county is not known.
pub(crate) fn place(code: &str) -> String {
    let Ok(division) = Division::parse(code) else {
        return "未知".to_owned();
    };
    let names: Vec<&str> = [Tier::County, Tier::Township, Tier::Village]
        .into_iter()
        .filter_map(|tier| division.at(tier))
        .filter_map(|above| codes::division(above.code()))
        .map(|row| row.name.as_str())
        .collect();
    if names.is_empty() {
        "区县未知".to_owned()
    } else {
        names.join(" ")
    }
}

/// The name of a case type, with its code.
pub(crate) fn case_type(code: &str) -> String {
    codes::case_type(code).map_or_else(|| code.to_owned(), |row| format!("{code} {}", row.name))
}
