//! The people of the demonstration: one account per kind of user, in 应县 and
//! 右玉县. Nobody of these names and numbers exists.

use super::{EXCHANGE, EXTENSIONS, PARTNER, PASSWORD, TOKEN};
use crate::accounts::{self, NewAccount};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::hotline::clients;
use crate::journal::{self, Act, Entry};
use crate::network;
use crate::rules::division::Division;
use crate::rules::policy::Role;
use crate::state::App;
use crate::telephone;
use serde_json::json;
use uuid::Uuid;

/// One person of the demonstration.
pub(super) struct Person {
    pub(super) username: &'static str,
    name: &'static str,
    role: Role,
    /// Kind of unit and the division it stands in.
    unit: Option<(&'static str, &'static str)>,
    /// A unit of that name is added first: no rule founds it.
    adds: Option<&'static str>,
    posts: &'static [&'static str],
    pub(super) what: &'static str,
}

const fn person(username: &'static str, name: &'static str, role: Role, what: &'static str) -> Person {
    Person {
        username,
        name,
        role,
        unit: None,
        adds: None,
        posts: &[],
        what,
    }
}

impl Person {
    const fn at(mut self, kind: &'static str, division: &'static str, posts: &'static [&'static str]) -> Self {
        self.unit = Some((kind, division));
        self.posts = posts;
        self
    }

    const fn adding(mut self, name: &'static str) -> Self {
        self.adds = Some(name);
        self
    }
}

pub(super) const PEOPLE: &[Person] = &[
    person("operator", "苗小禾", Role::Operator, "话务员").at("HOT", "140600", &[]),
    person("operator2", "闫一帆", Role::Operator, "话务员").at("HOT", "140600", &[]),
    person("lead", "边守正", Role::Lead, "班长（派单）").at("HOT", "140600", &["shift_lead", "city_duty"]),
    person("city", "丰和平", Role::City, "市级统筹").at("MPO", "140600", &["city_duty", "handler"]),
    person("county", "应明理", Role::County, "县级个案经理 · 应县").at(
        "MPC",
        "140622",
        &["county_case_manager", "county_duty"],
    ),
    person("county2", "右清源", Role::County, "县级个案经理 · 右玉县").at(
        "MPC",
        "140623",
        &["county_case_manager", "county_duty"],
    ),
    person("township", "金照人", Role::Township, "儿童督导员 · 应县金城镇").at(
        "TMP",
        "140622100",
        &["township_child_supervisor", "station_duty"],
    ),
    person("township2", "新知秋", Role::Township, "儿童督导员 · 右玉县新城镇").at(
        "TMP",
        "140623100",
        &["township_child_supervisor", "station_duty"],
    ),
    person("village", "田秀兰", Role::Village, "儿童主任 · 应县金城镇一村").at(
        "VIL",
        "140622100",
        &["village_child_director"],
    ),
    person("village2", "谷满仓", Role::Village, "儿童主任 · 右玉县新城镇一村").at(
        "VIL",
        "140623100",
        &["village_child_director"],
    ),
    person("police", "卫平安", Role::Handler, "部门承办人 · 应县公安局").at(
        "PSB",
        "140622",
        &["police_command", "handler"],
    ),
    person("education", "文启蒙", Role::Handler, "部门承办人 · 应县教育局").at("EDU", "140622", &["handler"]),
    person("health", "康济生", Role::Handler, "部门承办人 · 应县卫生健康局").at("HEA", "140622", &["handler"]),
    person("civil", "民惠安", Role::Handler, "部门承办人 · 应县民政局").at("CAB", "140622", &["handler"]),
    person("hospital", "杏若春", Role::Reporter, "强制报告人 · 应县医院（演示）")
        .at("HEA", "140622100", &[])
        .adding("应县演示医院"),
    person("school", "桃李园", Role::Reporter, "强制报告人 · 应县学校（演示）")
        .at("SCH", "140622100", &[])
        .adding("应县演示小学"),
    person("sysadmin", "管系统", Role::SysAdmin, "系统管理员"),
    person("secadmin", "管安全", Role::SecAdmin, "安全保密管理员"),
    person("auditor", "管审计", Role::Auditor, "安全审计员"),
    person(
        "demo-service",
        "演示接口",
        Role::Service,
        "服务账号（只读运行指标和 12345 工单状态）",
    ),
];

/// Makes the accounts, fills their posts; does nothing where they exist.
///
/// # Errors
/// When the database refuses.
pub async fn people(app: &App) -> Result<()> {
    let ctx = Ctx::system(app.clock.now());
    network::found(app, &ctx).await?;
    if accounts::find_by_username(&app.db, "operator").await?.is_some() {
        return Ok(());
    }
    // One hash serves all: they share the password that the README prints.
    let hash = accounts::password::hash(app, PASSWORD).await?;
    for person in PEOPLE {
        let place = placed(app, &ctx, person).await?;
        settle(app, &ctx, person, (place, &hash)).await?;
    }
    let (code, secret) = PARTNER;
    let partner = clients::Wanted {
        code: code.to_owned(),
        name: "12345 平台（演示）".to_owned(),
        ..clients::Wanted::default()
    };
    clients::add_with(app, &ctx, &partner, secret).await?;
    exchange(app, &ctx).await
}

/// The telephone exchange and whose telephone is whose.
async fn exchange(app: &App, ctx: &Ctx) -> Result<()> {
    telephone::add_exchange_with(app, ctx, "话务平台（演示）", EXCHANGE).await?;
    for (extension, username) in EXTENSIONS {
        if let Some(account) = accounts::find_by_username(&app.db, username).await? {
            telephone::set_extension(app, ctx, extension, Some(account.id)).await?;
        }
    }
    Ok(())
}

/// The unit and division of a person; a village director gets the first
/// village of the township.
async fn placed(app: &App, ctx: &Ctx, person: &Person) -> Result<Option<(Uuid, Division)>> {
    let Some((kind, code)) = person.unit else {
        return Ok(None);
    };
    let place = Division::parse(code)?;
    if let Some(name) = person.adds {
        let tx = app.db.begin().await?;
        let unit = network::add_unit(&tx, ctx, kind, name, &place).await?;
        let entry = Entry::new(Act::UnitChanged).subject(unit);
        journal::commit(tx, ctx, entry).await?;
        return Ok(Some((unit, place)));
    }
    if kind == "VIL" {
        let villages = network::units_of(app.db.read(), kind, &place).await?;
        let first = villages
            .into_iter()
            .min_by(|one, other| one.division.cmp(&other.division));
        return match first {
            Some(unit) => Ok(Some((unit.id, Division::parse(&unit.division)?))),
            None => Ok(None),
        };
    }
    let unit = network::unit_at(app.db.read(), kind, &place).await?;
    Ok(Some((unit.id, place)))
}

/// The account and its posts, in one transaction.
async fn settle(app: &App, ctx: &Ctx, person: &Person, (place, hash): (Option<(Uuid, Division)>, &str)) -> Result<()> {
    let (unit, division) = match place {
        Some((unit, division)) => (Some(unit), division),
        None => (None, Division::parse("140600")?),
    };
    let new = NewAccount {
        username: person.username.to_owned(),
        name: person.name.to_owned(),
        role: person.role,
        unit_id: unit,
        division,
        phone: None,
        id_number: None,
        password: match person.role {
            Role::Service => TOKEN,
            _ => PASSWORD,
        }
        .to_owned(),
        must_change: false,
    };
    let tx = app.db.begin().await?;
    let account = accounts::insert(app, &tx, ctx, &new, hash.to_owned()).await?;
    for role in person.posts.iter().filter(|_| unit.is_some()) {
        network::appoint(&tx, ctx, unit.unwrap_or_default(), role, account).await?;
    }
    let detail = json!({ "role": person.role.code(), "posts": person.posts });
    journal::commit(tx, ctx, Entry::new(Act::AccountAdded).subject(account).detail(detail)).await
}
