//! Which reports and cases are about one child: pure, on what was read before.

use super::{Cases, Tip};
use crate::rules::division::{Division, Tier};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Id index, name index, sex, age.
pub(super) type Marks = (Option<String>, Option<String>, String, Option<i16>);
/// What is known of a child that a report or its case is about.
#[derive(Debug)]
pub(super) struct Told {
    /// The report or the case.
    about: Uuid,
    /// The child's own file, where there is one.
    file: Option<Uuid>,
    id_index: Option<String>,
    name_index: Option<String>,
    sex: String,
    age: Option<i16>,
}

impl Told {
    pub(super) fn new(about: Uuid, file: Option<Uuid>, (id_index, name_index, sex, age): Marks) -> Self {
        Self {
            about,
            file,
            id_index,
            name_index,
            sex,
            age,
        }
    }

    fn same(&self, other: &Self, (one, two): (Option<&str>, Option<&str>)) -> bool {
        if self.file.is_some() && self.file == other.file {
            return true;
        }
        if let (Some(own), Some(others)) = (&self.id_index, &other.id_index) {
            return own == others;
        }
        let named = self.name_index.is_some() && self.name_index == other.name_index;
        named && one.is_some() && one == two && self.alike(other)
    }

    /// Sex and age, as far as known of both, agree; at least one of them is.
    fn alike(&self, other: &Self) -> bool {
        let known = |sex: &str| matches!(sex, "1" | "2");
        let by_sex = (known(&self.sex) && known(&other.sex)).then(|| self.sex == other.sex);
        let by_age = self.age.zip(other.age).map(|(one, two)| one.abs_diff(two) <= 1);
        by_sex.or(by_age).is_some() && by_sex.unwrap_or(true) && by_age.unwrap_or(true)
    }
}

/// Those about one child: their reports and cases.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) tips: usize,
    pub(super) newest: Option<DateTime<Utc>>,
    /// Each case with its newest report.
    pub(super) cases: BTreeMap<Uuid, DateTime<Utc>>,
}

/// The case in which a case goes on.
pub(super) fn goes_on(cases: &Cases, id: Uuid) -> Uuid {
    let mut at = id;
    // A merge is never into a merged case, so that this ends; it is bounded
    // all the same.
    for _ in 0..cases.len() {
        match cases.get(&at).and_then(|case| case.merged_into) {
            Some(into) => at = into,
            None => break,
        }
    }
    at
}

/// Sets that grow together: the reports without a case, and the cases.
#[derive(Default)]
struct Together(HashMap<Uuid, Uuid>);

impl Together {
    fn top(&self, mut id: Uuid) -> Uuid {
        while let Some(above) = self.0.get(&id).filter(|above| **above != id) {
            id = *above;
        }
        id
    }

    fn join(&mut self, one: Uuid, two: Uuid) {
        let (one, two) = (self.top(one), self.top(two));
        if one != two {
            self.0.insert(one, two);
        }
    }
}

/// In which county the child of a case or a report is, as far as it is known.
fn counties(tips: &[Tip], cases: &Cases) -> HashMap<Uuid, String> {
    let told = tips.iter().map(|tip| (tip.id, tip.child_location.as_deref()));
    let known = cases.values().map(|case| (case.id, Some(case.division.as_str())));
    told.chain(known)
        .filter_map(|(id, code)| {
            let county = Division::parse(code?).ok()?.at(Tier::County)?;
            Some((id, county.code().to_owned()))
        })
        .collect()
}

/// The reports by what they are about.
pub(super) fn groups(tips: &[Tip], cases: &Cases, children: &[Told]) -> Vec<Group> {
    let mut together = Together::default();
    let counties = counties(tips, cases);
    let county = |told: &Told| counties.get(&told.about).map(String::as_str);
    for (one, two) in pairs(children) {
        if one.same(two, (county(one), county(two))) {
            together.join(goes_on(cases, one.about), goes_on(cases, two.about));
        }
    }
    let mut groups: HashMap<Uuid, Group> = HashMap::new();
    for tip in tips {
        let case = tip.case_id.map(|case| goes_on(cases, case));
        let group = groups.entry(together.top(case.unwrap_or(tip.id))).or_default();
        group.tips += 1;
        group.newest = group.newest.max(Some(tip.submitted_at));
        if let Some(case) = case {
            let newest = group.cases.entry(case).or_insert(tip.submitted_at);
            *newest = tip.submitted_at.max(*newest);
        }
    }
    groups.into_values().collect()
}

/// The children that may be one: those that share a mark.
fn pairs(children: &[Told]) -> Vec<(&Told, &Told)> {
    let mut by_mark: HashMap<String, Vec<&Told>> = HashMap::new();
    for told in children {
        let file = told.file.map(|file| file.to_string());
        for mark in [file.as_ref(), told.id_index.as_ref(), told.name_index.as_ref()]
            .into_iter()
            .flatten()
        {
            by_mark.entry(mark.clone()).or_default().push(told);
        }
    }
    let pairs = by_mark.values().flat_map(|alike| {
        let each = alike.iter().enumerate();
        each.flat_map(|(at, one)| alike[at + 1..].iter().map(|two| (*one, *two)))
    });
    pairs.collect()
}
