//! What routing needs to know: the report, and who is where.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::rules::division::{Division, Tier};
use crate::rules::level::RiskLevel;

/// The facts of a report that decide its route.
#[derive(Debug, Clone)]
pub struct RoutingFacts {
    /// 案件类型, primary first.
    pub types: Vec<String>,
    /// 诉求类型.
    pub demand_type: String,
    /// The confirmed (or suggested) level.
    pub level: RiskLevel,
    /// 正在发生或有生命危险 (RT01).
    pub life_danger: bool,
    /// 强制报告单 (RT03).
    pub mandatory_report: bool,
    /// 报告人类型, for the supervising department.
    pub reporter_type: Option<String>,
    /// It happened at school (RT05).
    pub at_school: bool,
    /// The school as a unit of the roster, when it is known.
    pub school: Option<Uuid>,
    /// 儿童现在地, the main key of routing.
    pub child_location: Option<Division>,
    /// 居住地
    pub residence: Option<Division>,
    /// 户籍地
    pub domicile: Option<Division>,
    /// 事发地
    pub incident_place: Option<Division>,
    /// Who must not see or handle it (RT04).
    pub recused: Recused,
    /// When the clocks start.
    pub received_at: DateTime<Utc>,
}

impl RoutingFacts {
    /// Facts of which only the demand, the level and the time are known.
    #[must_use]
    pub fn new(demand_type: &str, level: RiskLevel, received_at: DateTime<Utc>) -> Self {
        Self {
            types: Vec::new(),
            demand_type: demand_type.to_owned(),
            level,
            life_danger: false,
            mandatory_report: false,
            reporter_type: None,
            at_school: false,
            school: None,
            child_location: None,
            residence: None,
            domicile: None,
            incident_place: None,
            recused: Recused::default(),
            received_at,
        }
    }

    /// Every place that may decide the route: who is around these may be needed.
    #[must_use]
    pub fn places(&self) -> Vec<&Division> {
        let places = [
            &self.child_location,
            &self.incident_place,
            &self.residence,
            &self.domicile,
        ];
        places.into_iter().flatten().collect()
    }
}

/// Who is kept out of a case (回避).
#[derive(Debug, Clone, Default)]
pub struct Recused {
    /// Involved persons; the units in which they hold a post are kept out too.
    pub accounts: BTreeSet<Uuid>,
    /// Units kept out.
    pub units: BTreeSet<Uuid>,
    /// An involved official sits at this tier of the child's location: the
    /// tier there and everything below it is kept out.
    pub official_tier: Option<Tier>,
    /// The suspect is on a school's staff: no school is told.
    pub teaching_staff: bool,
}

/// A person who holds a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The account.
    pub account: Uuid,
    /// The name on screen.
    pub name: String,
}

/// A unit of the network.
#[derive(Debug, Clone)]
pub struct UnitFacts {
    /// Its id.
    pub id: Uuid,
    /// Its kind, a code of `data/unit_kinds.csv`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Where it stands; the tier of the division is the tier of the unit.
    pub division: Division,
    /// False for one that no longer takes work.
    pub active: bool,
}

/// A post of a unit.
#[derive(Debug, Clone)]
pub struct PostFacts {
    /// Its id.
    pub id: Uuid,
    /// The unit it belongs to.
    pub unit: Uuid,
    /// A code of `data/post_roles.csv`.
    pub role: String,
    /// Who holds it; nobody when it is vacant.
    pub holder: Option<Person>,
    /// Who stands in.
    pub stand_in: Option<Person>,
    /// Whether the holder is on leave.
    pub on_leave: bool,
}

/// All units and posts.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    /// Units of every kind and tier.
    pub units: Vec<UnitFacts>,
    /// Their posts.
    pub posts: Vec<PostFacts>,
}
