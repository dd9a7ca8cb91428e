//! Notices (通知): whoever has something to do learns of it in the transaction
//! that made it so. A notice holds a kind and ids, never a person's data, and
//! nobody gets one about what they may not see.

mod api;
mod badge;
mod choices;
mod digest;
mod inbox;
mod kind;
mod matters;
mod numbering;
mod pages;
mod purge;
mod settling;
pub mod sms;
mod stream;
mod telling;

pub use api::openapi;
pub use badge::counted;
pub use choices::{Choices, keep, load as choices, this_shift};
pub use digest::digest;
pub use inbox::{Asked, Item, Page, list, mark, read, unread};
pub use kind::Kind;
pub use numbering::{last, number, ring, run};
pub use purge::purge;
pub use settling::settle;
pub use telling::{tell, tell_all, tell_each};

use crate::rules::policy::{Action, Role};
use crate::web::Routes;
use uuid::Uuid;

/// The routes of the feature.
#[must_use]
pub fn routes() -> Routes {
    pages::routes().merge(api::routes())
}

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum To {
    /// Everybody who sits in the unit now: its accounts, the holders of its
    /// posts, and the stand-ins of those who are away.
    Unit(Uuid),
    /// One person.
    Account(Uuid),
    /// Everybody of a role.
    Role(Role),
    /// Whoever may do this to the notice's case: the people of the units that
    /// take part in it and the county managers of its place.
    Able(Action),
}

/// Something to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice {
    /// What it is about.
    pub kind: Kind,
    /// Who is told.
    pub to: To,
    /// The case.
    pub case: Option<Uuid>,
    /// The report.
    pub report: Option<Uuid>,
    /// The joint task.
    pub task: Option<Uuid>,
    /// The measure.
    pub measure: Option<Uuid>,
    /// The clock that it reminds of: once that has ended there is nothing left
    /// to be reminded of.
    pub clock: Option<Uuid>,
    /// Whether it is red by itself; a red case's notices are red anyway.
    pub red: bool,
}

impl Notice {
    /// Something about nothing in particular yet.
    #[must_use]
    pub fn new(kind: Kind, to: To) -> Self {
        Self {
            kind,
            to,
            case: None,
            report: None,
            task: None,
            measure: None,
            clock: None,
            red: false,
        }
    }

    /// On a case.
    #[must_use]
    pub fn case(mut self, id: Uuid) -> Self {
        self.case = Some(id);
        self
    }

    /// On a report.
    #[must_use]
    pub fn report(mut self, id: Uuid) -> Self {
        self.report = Some(id);
        self
    }

    /// A reminder of a clock.
    #[must_use]
    pub fn clock(mut self, id: Uuid) -> Self {
        self.clock = Some(id);
        self
    }

    /// On a joint task of a case.
    #[must_use]
    pub fn task(mut self, case: Uuid, task: Uuid) -> Self {
        self.case = Some(case);
        self.task = Some(task);
        self
    }

    /// On a measure of a case.
    #[must_use]
    pub fn measure(mut self, case: Uuid, measure: Uuid) -> Self {
        self.case = Some(case);
        self.measure = Some(measure);
        self
    }
}
