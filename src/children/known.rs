//! The children whose files a list may meet: by id number, and those without
//! one by name and birth date.

use super::row::Told;
use crate::casework;
use crate::ctx::Ctx;
use crate::entity::{case_child, child, protection_case};
use crate::error::Result;
use crate::rules::policy::Role;
use crate::state::App;
use crate::vault::Slot;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Values in one IN list.
const CHUNK: usize = 500;

/// A child with a file.
pub(super) struct Known {
    pub(super) child: child::Model,
    /// The cases that the importer may see.
    pub(super) cases: Vec<protection_case::Model>,
    /// Whether a case of the child is out of the importer's sight: then the
    /// list leaves the file alone.
    pub(super) withheld: bool,
}

/// The files that a list may meet.
#[derive(Default)]
pub(super) struct Files {
    by_number: HashMap<String, Uuid>,
    by_name: HashMap<(String, String), Uuid>,
    known: HashMap<Uuid, Known>,
}

impl Files {
    /// Looks the children of a list up.
    pub(super) async fn load(db: &impl ConnectionTrait, app: &App, ctx: &Ctx, told: &[Told]) -> Result<Self> {
        let mut files = Self::default();
        let numbers = told
            .iter()
            .filter_map(|one| app.vault.index_some("id_number", one.number.as_deref()));
        let unnumbered = told.iter().filter(|one| one.number.is_none());
        let names = unnumbered.map(|one| app.vault.index("name", &one.name));
        for (column, values) in [
            (child::Column::IdIndex, numbers.collect::<Vec<_>>()),
            (child::Column::NameIndex, names.collect()),
        ] {
            for chunk in values.chunks(CHUNK) {
                let found = child::Entity::find().filter(column.is_in(chunk)).all(db).await?;
                files.take(app, found)?;
            }
        }
        files.link(db, ctx).await?;
        Ok(files)
    }

    fn take(&mut self, app: &App, found: Vec<child::Model>) -> Result<()> {
        for child in found {
            if let Some(index) = &child.id_index {
                self.by_number.insert(index.clone(), child.id);
            } else if let (Some(name), Some(birth)) = (&child.name_index, &child.birth_date) {
                let birth = app.vault.open(Slot::new("child", "birth_date", child.id), birth)?;
                self.by_name.insert((name.clone(), birth), child.id);
            }
            let known = Known {
                child,
                cases: Vec::new(),
                withheld: false,
            };
            self.known.insert(known.child.id, known);
        }
        Ok(())
    }

    /// Which cases the children are of, and which of them the importer sees.
    async fn link(&mut self, db: &impl ConnectionTrait, ctx: &Ctx) -> Result<()> {
        let ids: Vec<Uuid> = self.known.keys().copied().collect();
        for chunk in ids.chunks(CHUNK) {
            let links = case_child::Entity::find()
                .filter(case_child::Column::ChildId.is_in(chunk.iter().copied()))
                .all(db)
                .await?;
            let cases: HashSet<Uuid> = links.iter().map(|link| link.case_id).collect();
            let seen = if ctx.actor.role == Role::System {
                protection_case::Entity::find()
            } else {
                casework::visible(ctx)
            };
            let seen = seen
                .filter(protection_case::Column::Id.is_in(cases))
                .limit(None)
                .all(db)
                .await?;
            let seen: HashMap<Uuid, protection_case::Model> = seen.into_iter().map(|case| (case.id, case)).collect();
            for link in links {
                let Some(known) = self.known.get_mut(&link.child_id) else {
                    continue;
                };
                match seen.get(&link.case_id) {
                    Some(case) => known.cases.push(case.clone()),
                    None => known.withheld = true,
                }
            }
        }
        Ok(())
    }

    /// The file of the child of a line.
    pub(super) fn of(&self, app: &App, told: &Told) -> Option<&Known> {
        let id = match app.vault.index_some("id_number", told.number.as_deref()) {
            Some(index) => self.by_number.get(&index),
            None => self
                .by_name
                .get(&(app.vault.index("name", &told.name), told.birth.to_string())),
        };
        id.and_then(|id| self.known.get(id))
    }
}
