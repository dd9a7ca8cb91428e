//! Who settles a dispute over a task (争议裁定): the county within one county,
//! the city where more than one county or a city department is concerned, or
//! where the county's own office is a party: nobody judges their own cause.
//!
//! Source: 职责交叉由市级裁定, 指定后不得退回 (潍坊市12345条例§22); the tiers are
//! this system's own.

use super::division::{Division, Tier};

/// Who rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arbiter {
    /// 县级
    County,
    /// 市级
    City,
}

impl Arbiter {
    /// Every arbiter, lower first.
    pub const ALL: [Self; 2] = [Self::County, Self::City];

    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::County => "county",
            Self::City => "city",
        }
    }

    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::County => "县级",
            Self::City => "市级",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|arbiter| arbiter.code() == code)
    }

    /// The kinds of unit in which it sits, the first that is there: in a county
    /// the centre that keeps the duty desk, in the city the coordinating office.
    #[must_use]
    pub fn offices(self) -> [&'static str; 2] {
        match self {
            Self::County => ["MPC", "MPO"],
            Self::City => ["MPO", "MPC"],
        }
    }

    /// Its tier in the network.
    #[must_use]
    pub fn tier(self) -> Tier {
        match self {
            Self::County => Tier::County,
            Self::City => Tier::City,
        }
    }

    /// Who rules between two units.
    #[must_use]
    pub fn between(lead: &Side, department: &Side) -> Self {
        let one_county = match (lead.place.at(Tier::County), department.place.at(Tier::County)) {
            (Some(one), Some(other)) => one == other,
            _ => false,
        };
        let own_cause = [lead, department].iter().any(|side| side.is_office());
        if one_county && !own_cause {
            Self::County
        } else {
            Self::City
        }
    }
}

/// A party to the dispute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// Where its unit stands.
    pub place: Division,
    /// The unit's kind.
    pub kind: String,
}

impl Side {
    /// Whether it is the office in which the county's arbiter sits.
    fn is_office(&self) -> bool {
        self.place.tier() == Tier::County && Arbiter::County.offices().contains(&self.kind.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(place: &str, kind: &str) -> Side {
        Side {
            place: Division::parse(place).unwrap(),
            kind: kind.to_owned(),
        }
    }

    #[test]
    fn the_county_rules_within_itself_and_the_city_over_everything_else() {
        let township = side("140622100", "TMP");
        let cases = [
            ("two of one county", side("140622", "EDU"), Arbiter::County),
            ("another county's department", side("140623", "EDU"), Arbiter::City),
            ("a city department", side("140600", "EDU"), Arbiter::City),
            ("the county's own office", side("140622", "MPC"), Arbiter::City),
        ];
        for (why, department, arbiter) in cases {
            assert_eq!(Arbiter::between(&township, &department), arbiter, "{why}");
        }
        let led_by_county = Arbiter::between(&side("140622", "MPC"), &side("140622", "EDU"));
        assert_eq!(led_by_county, Arbiter::City, "the county leads");
    }

    #[test]
    fn every_code_reads_back_to_its_arbiter() {
        for arbiter in Arbiter::ALL {
            assert_eq!(Arbiter::parse(arbiter.code()), Some(arbiter));
        }
    }
}
