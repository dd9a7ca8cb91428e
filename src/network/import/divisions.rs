//! Divisions from a list: new ones with their units and posts, renamed ones.
//! None is removed: cases refer to them.

use super::plan::{Plan, Standing};
use super::sheet::{Row, Sheet};
use crate::ctx::Ctx;
use crate::entity::division;
use crate::network::change::name_fault;
use crate::network::found::{posts_of, units_of};
use crate::network::keys::Keys;
use crate::rules::division::{Division, Tier};

const CODE: &[&str] = &["代码", "区划代码", "code"];
const NAME: &[&str] = &["名称", "区划名称", "name"];
const KIND: &[&str] = &["类别", "kind"];
const STATUTORY: &[&str] = &["法定", "statutory"];
const NOTE: &[&str] = &["备注", "note"];
const TIER: &[&str] = &["层级", "level"];

pub(super) fn plan(plan: &mut Plan, mut standing: Standing, ctx: &Ctx, sheet: &Sheet) {
    if let Err(reason) = sheet.needs(&[CODE, NAME]) {
        plan.fault(1, &reason);
        return;
    }
    // Wider divisions first, so that a list may bring a township with its villages.
    let mut rows: Vec<(Option<Division>, &Row)> = sheet
        .rows
        .iter()
        .map(|row| (Division::parse(row.get(CODE)).ok(), row))
        .collect();
    rows.sort_by_key(|(place, row)| (place.as_ref().map(Division::tier), row.line));
    for (place, row) in rows {
        match read(row, place, &standing) {
            Ok(read) if !plan.first(read.code.clone()) => plan.fault(row.line, "代码与前面的行重复"),
            Ok(read) => take(plan, &mut standing, ctx, read),
            Err(reason) => plan.fault(row.line, &reason),
        }
    }
    plan.report.faults.sort();
}

/// The division of a row.
fn read(row: &Row, place: Option<Division>, standing: &Standing) -> Result<division::Model, String> {
    let place = place.ok_or("代码应为 6、9 或 12 位数字")?;
    let tier = place.tier();
    let told = row.get(TIER);
    if !told.is_empty() && told != tier.code() && told != tier.label() {
        return Err(format!("层级与代码不符，按代码应为{}", tier.label()));
    }
    let parent = place.parent();
    match &parent {
        Some(parent) if !standing.divisions.contains_key(parent.code()) => {
            return Err(format!("上级区划 {parent} 不存在，先导入上级"));
        }
        None if !standing.divisions.contains_key(place.code()) => return Err("不属于本市".to_owned()),
        _ => {}
    }
    if let Some(fault) = name_fault(row.get(NAME)) {
        return Err(fault.to_owned());
    }
    let statutory = match row.get(STATUTORY) {
        "" | "是" | "1" | "yes" | "true" => true,
        "否" | "0" | "no" | "false" => false,
        _ => return Err("“法定”列应为 是 或 否".to_owned()),
    };
    let note = row.get(NOTE);
    if note.chars().count() > 200 || note.chars().any(char::is_control) {
        return Err("备注不超过 200 字，且不含换行".to_owned());
    }
    let keys = Keys::of(row.get(NAME));
    Ok(division::Model {
        code: place.code().to_owned(),
        name: row.get(NAME).to_owned(),
        tier: tier.code().to_owned(),
        parent: parent.map(|parent| parent.code().to_owned()),
        kind: kind_of(row, tier, standing.divisions.get(place.code())),
        statutory,
        initials: keys.initials,
        pinyin: keys.pinyin,
        note: note.to_owned(),
    })
}

fn kind_of(row: &Row, tier: Tier, known: Option<&division::Model>) -> String {
    let told = row.get(KIND);
    if !told.is_empty() {
        return told.chars().take(20).filter(|ch| !ch.is_control()).collect();
    }
    let usual = match (tier, row.get(NAME)) {
        (Tier::City, _) => "地级市",
        (Tier::County, name) if name.ends_with('区') => "市辖区",
        (Tier::County, _) => "县",
        (Tier::Township, name) if name.ends_with("街道") => "街道",
        (Tier::Township, name) if name.ends_with('镇') => "镇",
        (Tier::Township, _) => "乡",
        (Tier::Village, name) if name.contains("社区") => "社区",
        (Tier::Village, _) => "村",
    };
    known.map_or_else(|| usual.to_owned(), |known| known.kind.clone())
}

fn take(plan: &mut Plan, standing: &mut Standing, ctx: &Ctx, row: division::Model) {
    match standing.divisions.get(&row.code) {
        Some(known) if *known == row => return,
        Some(known) => {
            let words = if known.name == row.name {
                format!("更新 {} {}", row.code, row.name)
            } else {
                format!("更名 {} {} 为 {}", row.code, known.name, row.name)
            };
            plan.change(words);
            plan.divisions.push(row.clone());
        }
        None => {
            plan.change(format!("新增 {} {}", row.code, row.name));
            plan.new_divisions.push(row.clone());
            if row.statutory {
                found(plan, ctx, &row);
            }
        }
    }
    standing.divisions.insert(row.code.clone(), row);
}

/// The units and vacant posts of a new division.
fn found(plan: &mut Plan, ctx: &Ctx, row: &division::Model) {
    for unit in units_of(ctx, row) {
        plan.change(format!("新增机构 {}", unit.name));
        let posts = posts_of(ctx, &unit);
        plan.new_posts.extend(posts.into_iter().map(|post| (post.id, post)));
        plan.new_units.insert(unit.id, unit);
    }
}
