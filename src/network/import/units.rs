//! Units and posts from a list: one row a unit, or one row a post of it.

use super::plan::{Plan, Standing};
use super::sheet::{Row, Sheet};
use crate::ctx::Ctx;
use crate::entity::{post, unit};
use crate::error::Result;
use crate::network::change::{name_fault, phone_fault};
use crate::network::directory::role_name;
use crate::network::found::{posts_of, vacant};
use crate::network::rights;
use crate::rules::codes::{self, UnitKind};
use crate::rules::division::Division;
use crate::state::App;
use crate::vault::Slot;
use chrono::{Datelike, NaiveDate};
use uuid::Uuid;

const PLACE: &[&str] = &["区划代码", "division"];
const KIND: &[&str] = &["机构类别", "kind"];
const NAME: &[&str] = &["机构名称", "name"];
const PHONE: &[&str] = &["值班电话", "phone"];
const ACTIVE: &[&str] = &["启用", "active"];
const ROLE: &[&str] = &["岗位", "role"];
const HOLDER: &[&str] = &["登录名", "holder"];
const STAND_IN: &[&str] = &["代班登录名", "stand_in"];
const FROM: &[&str] = &["请假开始", "leave_from"];
const UNTIL: &[&str] = &["请假结束", "leave_until"];
/// What a list writes to vacate a post; an empty cell leaves it as it is.
const NOBODY: &str = "空缺";

/// Plans the rows; `build` says whether units may be added and changed.
pub(super) fn plan(plan: &mut Plan, standing: Standing, by: (&App, &Ctx), sheet: &Sheet, build: bool) -> Result<()> {
    let needed: &[&[&str]] = if build { &[PLACE, KIND] } else { &[PLACE, KIND, ROLE] };
    if let Err(reason) = sheet.needs(needed) {
        plan.fault(1, &reason);
        return Ok(());
    }
    let mut reader = Reader {
        plan,
        standing,
        by,
        build,
    };
    for row in &sheet.rows {
        if let Err(reason) = reader.take(row)? {
            reader.plan.fault(row.line, &reason);
        }
    }
    Ok(())
}

/// Nothing, or why a row cannot be brought in.
type Taken<T = ()> = std::result::Result<T, String>;

struct Reader<'a> {
    plan: &'a mut Plan,
    standing: Standing,
    by: (&'a App, &'a Ctx),
    build: bool,
}

impl Reader<'_> {
    fn take(&mut self, row: &Row) -> Result<Taken> {
        let found = match self.unit(row) {
            Ok(found) => found,
            Err(reason) => return Ok(Err(reason)),
        };
        let built = match found {
            Ok(id) => id,
            Err(unit) => self.add(unit),
        };
        if self.build
            && let Err(reason) = self.attributes(row, built)?
        {
            return Ok(Err(reason));
        }
        Ok(self.post(row, built))
    }

    /// The unit of a row: one that stands, or a new one.
    fn unit(&self, row: &Row) -> Taken<std::result::Result<Uuid, unit::Model>> {
        let place = Division::parse(row.get(PLACE)).map_err(|error| error.to_string())?;
        let Some(division) = self.standing.divisions.get(place.code()) else {
            return Err(format!("区划 {place} 不存在，核对代码"));
        };
        let kind = kind_of(row.get(KIND)).ok_or("机构类别不在代码表内，填类别码（如 SCH）或名称")?;
        let name = row.get(NAME);
        let mut same = self.standing.units.values().filter(|unit| {
            unit.division == place.code() && unit.kind == kind.code && (name.is_empty() || unit.name == name)
        });
        match (same.next(), same.next()) {
            (Some(unit), None) => return Ok(Ok(unit.id)),
            (Some(_), Some(_)) => return Err("该区划有多个同类机构，填写机构名称".to_owned()),
            (None, _) if !self.build => return Err("没有这个机构，先在机构名册中导入".to_owned()),
            (None, _) => {}
        }
        if let Some(fault) = name_fault(name) {
            return Err(fault.to_owned());
        }
        if !division.statutory && !kind.tiers.contains(&place.tier()) {
            return Err("统计单元不设机构".to_owned());
        }
        Ok(Err(unit::Model {
            id: self.by.1.new_id(),
            kind: kind.code.clone(),
            name: name.to_owned(),
            division: place.code().to_owned(),
            active: true,
            phone: None,
            version: 1,
        }))
    }

    fn add(&mut self, unit: unit::Model) -> Uuid {
        self.plan.change(format!("新增机构 {}（{}）", unit.name, unit.division));
        for post in posts_of(self.by.1, &unit) {
            self.plan.new_posts.insert(post.id, post.clone());
            self.standing.posts.insert(post.id, post);
        }
        let id = unit.id;
        self.plan.new_units.insert(id, unit.clone());
        self.standing.units.insert(id, unit);
        id
    }

    /// Phone and state of a unit; an empty cell leaves them as they are.
    fn attributes(&mut self, row: &Row, id: Uuid) -> Result<Taken> {
        let Some(unit) = self.standing.units.get(&id).cloned() else {
            return Ok(Ok(()));
        };
        let mut changed = unit.clone();
        changed.active = match row.get(ACTIVE) {
            "" => unit.active,
            "是" | "1" | "yes" | "true" => true,
            "否" | "0" | "no" | "false" => false,
            _ => return Ok(Err("“启用”列应为 是 或 否".to_owned())),
        };
        let phone = row.get(PHONE);
        if let Some(fault) = phone_fault(phone) {
            return Ok(Err(fault.to_owned()));
        }
        let slot = Slot::new("unit", "phone", id);
        let vault = &self.by.0.vault;
        let known = vault.open_some(slot, unit.phone.as_ref())?.unwrap_or_default();
        if !phone.is_empty() && phone != known {
            changed.phone = vault.seal_some(slot, Some(phone))?;
        }
        if changed != unit {
            self.plan.change(format!("更新机构 {}", unit.name));
            match self.plan.new_units.get_mut(&id) {
                Some(new) => *new = changed.clone(),
                None => {
                    self.plan.units.insert(id, changed.clone());
                }
            }
            self.standing.units.insert(id, changed);
        }
        Ok(Ok(()))
    }

    /// The post of a row, where it names one.
    fn post(&mut self, row: &Row, id: Uuid) -> Taken {
        let word = row.get(ROLE);
        let Some(unit) = self.standing.units.get(&id).cloned() else {
            return Ok(());
        };
        if word.is_empty() {
            let stray = [HOLDER, STAND_IN, FROM, UNTIL]
                .iter()
                .any(|names| !row.get(names).is_empty());
            return if stray || !self.build {
                Err("填写岗位".to_owned())
            } else {
                Ok(())
            };
        }
        let role = codes::post_roles()
            .iter()
            .find(|role| role.code == word || role.name == word);
        let role = role
            .filter(|role| role.kinds.contains(&unit.kind))
            .ok_or("该类机构没有这个岗位")?;
        if !self.plan.first(format!("{id} {}", role.code)) {
            return Err("同一岗位在前面的行已出现".to_owned());
        }
        let held = self
            .standing
            .posts
            .values()
            .find(|post| post.unit_id == id && post.role == role.code);
        let post = held.cloned().unwrap_or_else(|| vacant(self.by.1, id, &role.code));
        let known = held.is_some();
        let changed = self.seat(row, &post, &unit)?;
        if known && changed == post {
            return Ok(());
        }
        self.plan.change(format!(
            "{} {}：{}",
            unit.name,
            role_name(&post.role),
            words(row, &changed)
        ));
        let fresh = !known || self.plan.new_posts.contains_key(&post.id);
        let target = if fresh {
            &mut self.plan.new_posts
        } else {
            &mut self.plan.posts
        };
        target.insert(changed.id, changed.clone());
        self.standing.posts.insert(changed.id, changed);
        Ok(())
    }

    /// The post as the row wants it.
    fn seat(&self, row: &Row, post: &post::Model, unit: &unit::Model) -> Taken<post::Model> {
        let mut changed = post.clone();
        changed.holder_id = self.person(row.get(HOLDER), post.holder_id, (&post.role, unit))?;
        changed.stand_in_id = self.person(row.get(STAND_IN), post.stand_in_id, (&post.role, unit))?;
        changed.leave_from = day(row.get(FROM), post.leave_from)?;
        changed.leave_until = day(row.get(UNTIL), post.leave_until)?;
        if changed.holder_id != post.holder_id {
            changed.vacant_since = changed.holder_id.is_none().then_some(self.by.1.now);
            if changed.holder_id.is_none() {
                (changed.alerted_at, changed.alerted_above_at) = (None, None);
            }
            if row.get(FROM).is_empty() && row.get(UNTIL).is_empty() {
                (changed.leave_from, changed.leave_until) = (None, None);
            }
        }
        if changed.holder_id.is_some() && changed.holder_id == changed.stand_in_id {
            return Err("代班人不能是任职人本人".to_owned());
        }
        match (changed.leave_from, changed.leave_until) {
            (Some(_), _) if changed.holder_id.is_none() => Err("岗位空缺时不填请假日期".to_owned()),
            (None, Some(_)) => Err("填写请假起始日期".to_owned()),
            (Some(from), Some(until)) if until < from => Err("请假结束不得早于开始".to_owned()),
            _ => Ok(changed),
        }
    }

    fn person(&self, word: &str, now: Option<Uuid>, (role, unit): (&str, &unit::Model)) -> Taken<Option<Uuid>> {
        match word {
            "" => Ok(now),
            NOBODY => Ok(None),
            username => {
                let account = self.standing.accounts.get(username);
                let account = account.ok_or("没有这个登录名，核对后重填")?;
                match rights::unfit(account, role, unit) {
                    Some(why) => Err(why),
                    None => Ok(Some(account.id)),
                }
            }
        }
    }
}

fn day(text: &str, now: Option<NaiveDate>) -> Taken<Option<NaiveDate>> {
    if text.is_empty() {
        return Ok(now);
    }
    text.parse::<NaiveDate>()
        .ok()
        .filter(|day| (2000..2100).contains(&day.year()))
        .map(Some)
        .ok_or_else(|| "请假日期应为 2026-11-23 的样子".to_owned())
}

fn kind_of(word: &str) -> Option<&'static UnitKind> {
    codes::unit_kinds()
        .iter()
        .find(|kind| kind.code == word || kind.name == word)
}

/// What becomes of a post, in user names: the list already has them.
fn words(row: &Row, post: &post::Model) -> String {
    let holder = match (post.holder_id, row.get(HOLDER)) {
        (None, _) => NOBODY.to_owned(),
        (Some(_), "") => "任职人不变".to_owned(),
        (Some(_), username) => format!("任职 {username}"),
    };
    match row.get(STAND_IN) {
        "" => holder,
        stand_in => format!("{holder}，代班 {stand_in}"),
    }
}
