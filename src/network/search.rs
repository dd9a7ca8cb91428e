//! Places by what people type: a code, Chinese, pinyin or its initials.

use super::keys::{self, short};
use crate::entity::division::{Column, Entity, Model};
use crate::error::Result;
use crate::rules::codes;
use crate::rules::division::{Division, Tier};
use sea_orm::sea_query::LikeExpr;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use std::collections::HashMap;

/// Longer terms are cut: no place has such a name.
const LONGEST: usize = 100;

/// A division that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DivisionHit {
    /// Twelve digits.
    pub code: String,
    /// Its name.
    pub name: String,
    /// County to division, e.g. `应县 金城镇`.
    pub path: String,
    /// Its tier.
    pub tier: Tier,
}

/// Finds divisions: by the start of the code, any part of the name, the start
/// of the pinyin or of its initials (`jcz` finds 金城镇). Words before the last
/// narrow the place (`yx jcz`, `应县 金城镇`). Exact matches stand before
/// prefixes, these before parts; then the wider tier.
///
/// # Errors
/// When the database refuses.
pub async fn search(db: &impl ConnectionTrait, q: &str, limit: usize) -> Result<Vec<DivisionHit>> {
    let cut: String = q.chars().take(LONGEST).collect();
    let text = keys::typed(&cut).to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    let Some((last, narrower)) = words.split_last() else {
        return Ok(Vec::new());
    };
    let found = Entity::find()
        .filter(matches(last))
        .order_by_asc(Column::Code)
        .all(db)
        .await?;
    let mut places = Places::around(db, &found).await?;
    let mut hits: Vec<(u8, Model)> = found
        .into_iter()
        .filter(|row| {
            narrower
                .iter()
                .all(|word| places.above(row).any(|above| rank(above, word).is_some()))
        })
        .filter_map(|row| Some((rank(&row, last)?, row)))
        .collect();
    if hits.is_empty() {
        let joined = words.concat();
        let all = Entity::find().order_by_asc(Column::Code).all(db).await?;
        places = Places::of(all.iter().cloned());
        hits = places.by_joined_path(all, &joined);
    }
    hits.sort_by(|(one, a), (two, b)| (one, tier(a), &a.code).cmp(&(two, tier(b), &b.code)));
    hits.truncate(limit);
    Ok(hits.iter().map(|(_, row)| places.hit(row)).collect())
}

/// The division that a typed text means: a code, a name or a path that only
/// one division bears. Nothing when it could mean several.
///
/// # Errors
/// When the database refuses.
pub async fn resolve(db: &impl ConnectionTrait, text: &str) -> Result<Option<Division>> {
    let text = text.trim();
    if let Ok(code) = Division::parse(text) {
        let row = Entity::find_by_id(code.code()).one(db).await?;
        return Ok(row.map(|_| code));
    }
    let hits = search(db, text, 2000).await?;
    let joined = without_city(&text.split_whitespace().collect::<String>()).to_owned();
    let exact = |hit: &&DivisionHit| {
        let path: String = hit.path.split_whitespace().collect();
        [short(&path), path, short(&hit.name), hit.name.clone()].contains(&joined)
    };
    let exact: Vec<&DivisionHit> = hits.iter().filter(exact).collect();
    let only = match (exact.as_slice(), hits.as_slice()) {
        ([one], _) => one,
        ([], [one]) => one,
        _ => return Ok(None),
    };
    Ok(Division::parse(&only.code).ok())
}

/// What to do about words that mean no division.
pub const UNCLEAR: &str = "没有找到或有多处同名，从列表中选一个；写不准的部分填到详细地址";

/// What a place control means: a code that was chosen and the words beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meant {
    /// Nothing was typed.
    Nothing,
    /// The words mean no division, or several.
    Unclear,
    /// A division and its path, as the control shows it from now on.
    Place(Division, String),
}

/// Reads a place control: the code when the words still belong to it,
/// otherwise what the words mean.
///
/// # Errors
/// When the database refuses.
pub async fn meant(db: &impl ConnectionTrait, code: &str, text: &str) -> Result<Meant> {
    let text = text.trim();
    if let Ok(chosen) = Division::parse(code.trim())
        && Entity::find_by_id(chosen.code()).one(db).await?.is_some()
    {
        let path = path_of(db, &chosen).await?;
        if text.is_empty() || text == path {
            return Ok(Meant::Place(chosen, path));
        }
    }
    if text.is_empty() {
        return Ok(Meant::Nothing);
    }
    match resolve(db, text).await? {
        Some(found) => {
            let path = path_of(db, &found).await?;
            Ok(Meant::Place(found, path))
        }
        None => Ok(Meant::Unclear),
    }
}

/// `应县 金城镇 某村`: county to division; the city's own name for the city.
///
/// # Errors
/// When the database refuses.
pub async fn path_of(db: &impl ConnectionTrait, place: &Division) -> Result<String> {
    let codes: Vec<String> = Tier::ALL
        .into_iter()
        .filter_map(|tier| place.at(tier))
        .map(|above| above.code().to_owned())
        .collect();
    let rows = Entity::find().filter(Column::Code.is_in(codes)).all(db).await?;
    Ok(Places::of(rows).path(place))
}

/// A path without the city it begins with; the city itself stays.
fn without_city(joined: &str) -> &str {
    let mut cities = codes::divisions().iter().filter(|row| row.tier == Some(Tier::City));
    let rest = cities.find_map(|city| joined.strip_prefix(&city.name));
    rest.filter(|rest| !rest.is_empty()).unwrap_or(joined)
}

/// What the database is asked for one word.
fn matches(word: &str) -> Condition {
    let escaped = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let like = |column: Column, pattern: String| column.like(LikeExpr::new(pattern).escape('\\'));
    let any = Condition::any();
    if word.bytes().all(|byte| byte.is_ascii_digit()) {
        return any
            .add(like(Column::Code, format!("{escaped}%")))
            .add(like(Column::Name, format!("%{escaped}%")));
    }
    if !word.is_ascii() {
        return any.add(like(Column::Name, format!("%{escaped}%")));
    }
    [Column::Initials, Column::Pinyin].into_iter().fold(any, |any, column| {
        any.add(like(column, format!("{escaped}%")))
            .add(like(column, format!("% {escaped}%")))
    })
}

/// How well a word fits a division: 0 exactly, 1 from the start, 2 in part.
fn rank(row: &Model, word: &str) -> Option<u8> {
    let said = short(&row.name);
    let names = [row.name.as_str(), said.as_str(), row.code.as_str()];
    let keys = || row.initials.split(' ').chain(row.pinyin.split(' '));
    let trimmed = row.code.trim_end_matches("000");
    if names.contains(&word) || trimmed == word || keys().any(|key| key == word) {
        Some(0)
    } else if names.iter().any(|name| name.starts_with(word)) || keys().any(|key| key.starts_with(word)) {
        Some(1)
    } else {
        row.name.contains(word).then_some(2)
    }
}

fn tier(row: &Model) -> Tier {
    Tier::parse(&row.tier).unwrap_or(Tier::Village)
}

/// Divisions at hand, to tell where one lies.
struct Places(HashMap<String, Model>);

impl Places {
    fn of(rows: impl IntoIterator<Item = Model>) -> Self {
        Self(rows.into_iter().map(|row| (row.code.clone(), row)).collect())
    }

    /// The found divisions with everything above them.
    async fn around(db: &impl ConnectionTrait, found: &[Model]) -> Result<Self> {
        let mut codes: Vec<String> = found
            .iter()
            .filter_map(|row| Division::parse(&row.code).ok())
            .flat_map(|place| Tier::ALL.into_iter().filter_map(move |tier| place.at(tier)))
            .map(|above| above.code().to_owned())
            .collect();
        codes.sort_unstable();
        codes.dedup();
        let mut places = Self::of(found.iter().cloned());
        codes.retain(|code| !places.0.contains_key(code));
        for some in codes.chunks(500) {
            let rows = Entity::find()
                .filter(Column::Code.is_in(some.iter().cloned()))
                .all(db)
                .await?;
            places.0.extend(rows.into_iter().map(|row| (row.code.clone(), row)));
        }
        Ok(places)
    }

    /// The divisions above one, without the city.
    fn above<'a>(&'a self, row: &Model) -> impl Iterator<Item = &'a Model> {
        let place = Division::parse(&row.code).ok();
        let parent = place.and_then(|place| place.parent());
        [Tier::County, Tier::Township]
            .into_iter()
            .filter_map(move |tier| parent.as_ref()?.at(tier))
            .filter_map(|above| self.0.get(above.code()))
    }

    fn path(&self, place: &Division) -> String {
        let mut names: Vec<&str> = Vec::new();
        for tier in Tier::ALL {
            if tier == Tier::City && place.tier() != Tier::City {
                continue;
            }
            let row = place.at(tier).and_then(|above| self.0.get(above.code()));
            names.extend(row.map(|row| row.name.as_str()));
        }
        names.join(" ")
    }

    fn hit(&self, row: &Model) -> DivisionHit {
        let place = Division::parse(&row.code).ok();
        DivisionHit {
            code: row.code.clone(),
            name: row.name.clone(),
            path: place.map_or_else(|| row.name.clone(), |place| self.path(&place)),
            tier: tier(row),
        }
    }

    /// Divisions whose path without blanks is, begins with or contains the
    /// text (应县金城镇).
    fn by_joined_path(&self, rows: Vec<Model>, joined: &str) -> Vec<(u8, Model)> {
        let joined = without_city(joined);
        if joined.is_empty() {
            return Vec::new();
        }
        let rank = |row: &Model| {
            let path: String = self
                .path(&Division::parse(&row.code).ok()?)
                .split_whitespace()
                .collect();
            if path == joined || short(&path) == joined {
                Some(0)
            } else if path.starts_with(joined) {
                Some(1)
            } else {
                path.contains(joined).then_some(2)
            }
        };
        rows.into_iter().filter_map(|row| Some((rank(&row)?, row))).collect()
    }
}
