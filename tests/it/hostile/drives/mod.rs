//! A valid request for every form and JSON endpoint that changes something,
//! each with recognisable words wherever words may be written.

#![expect(
    clippy::unused_async,
    reason = "every drive is made in one way, whether it looks anything up or not"
)]

mod case_rows;
mod cases;
mod desk;
mod handling;
mod hotline;
mod measures;
mod notices;
mod offices;
mod order_rows;
mod quality;
mod telephone;
mod sisters;
mod transfers;
mod visits;

use super::world::{Shot, World};
use std::pin::Pin;

type Making<'a> = Pin<Box<dyn Future<Output = Shot> + 'a>>;

/// How one address is used.
pub struct Drive {
    /// The route as the access list has it.
    pub route: &'static str,
    /// Which use of it.
    pub what: String,
    make: Box<dyn for<'a> Fn(&'a World) -> Making<'a>>,
}

impl Drive {
    fn new(route: &'static str, what: &str, make: impl for<'a> Fn(&'a World) -> Making<'a> + 'static) -> Self {
        Self {
            route,
            what: what.to_owned(),
            make: Box::new(make),
        }
    }

    /// Prepares what it needs and answers the request, not sent yet.
    pub async fn shot(&self, world: &World) -> Shot {
        (self.make)(world).await
    }

    pub fn name(&self) -> String {
        format!("{} {}", self.route, self.what)
    }
}

/// Every drive of a founded network.
pub fn all() -> Vec<Drive> {
    let parts = [
        desk::drives(),
        cases::forms(),
        cases::steps(),
        handling::drives(),
        transfers::drives(),
        measures::drives(),
        visits::drives(),
        offices::drives(),
        notices::drives(),
        hotline::drives(),
        telephone::drives(),
        sisters::drives(),
        quality::drives(),
    ];
    parts.into_iter().flatten().collect()
}

pub use offices::set_up;
