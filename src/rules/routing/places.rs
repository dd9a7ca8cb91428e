//! Where a child is, lives, belongs and was harmed.

use super::facts::RoutingFacts;
use crate::rules::division::{Division, Tier};

/// The four places, as far as they lie in the city of the network.
#[derive(Debug)]
pub(super) struct Places<'a> {
    pub(super) location: Option<&'a Division>,
    pub(super) residence: Option<&'a Division>,
    pub(super) domicile: Option<&'a Division>,
    pub(super) incident: Option<&'a Division>,
}

impl<'a> Places<'a> {
    pub(super) fn new(facts: &'a RoutingFacts, city: Option<&Division>) -> Self {
        let inside = |place: &'a Option<Division>| {
            let place = place.as_ref()?;
            (place.tier() != Tier::City && city?.contains(place)).then_some(place)
        };
        Self {
            location: inside(&facts.child_location),
            residence: inside(&facts.residence),
            domicile: inside(&facts.domicile),
            incident: inside(&facts.incident_place),
        }
    }

    /// Where the child is, or the best guess at it.
    pub(super) fn here(&self) -> Option<&'a Division> {
        self.location.or(self.incident).or(self.residence).or(self.domicile)
    }
}
