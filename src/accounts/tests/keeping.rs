use super::bench::{Answer, Browser};
use super::*;
use crate::entity::{division, unit};
use axum::http::StatusCode;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

/// A bench with the city, one township's unit and the two who see accounts.
async fn kept() -> (Bench, Uuid) {
    let bench = Bench::new().await;
    crate::network::found(&bench.app, &Ctx::system(bench.app.clock.now()))
        .await
        .unwrap();
    let place = division::Entity::find_by_id("140622100000")
        .one(bench.app.db.read())
        .await
        .unwrap();
    assert!(place.is_some());
    let unit = unit::Entity::find()
        .filter(unit::Column::Division.eq("140622100000"))
        .filter(unit::Column::Kind.eq("TMP"))
        .one(bench.app.db.read())
        .await
        .unwrap()
        .unwrap();
    bench.account("secadmin", Role::SecAdmin, false).await;
    bench.account("sysadmin", Role::SysAdmin, false).await;
    (bench, unit.id)
}

async fn post(browser: &Browser, path: &str, fields: &[(&str, &str)]) -> Answer {
    let token = browser.token().await;
    let mut fields = fields.to_vec();
    fields.push(("csrf", &token));
    browser.form(path, &fields).await
}

fn one_time(answer: &Answer) -> String {
    let rest = answer.body.split("class=\"token\">").nth(1).unwrap();
    rest.split('<').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_security_administrator_adds_an_account_and_its_password_is_shown_once() {
    let (bench, unit) = kept().await;
    let keeper = bench.signed_in("secadmin").await;
    let search = [("unit_q", "金城镇"), ("step", "find")];
    let found = post(&keeper, "/accounts/new", &search).await;
    assert!(found.body.contains(&format!("value=\"{unit}\"")), "{}", found.body);
    let unit = unit.to_string();
    let fields = [
        ("username", "jincheng"),
        ("name", "金照人"),
        ("role", "township"),
        ("unit", unit.as_str()),
    ];
    let answer = post(&keeper, "/accounts/new", &fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let password = one_time(&answer);
    let newcomer = bench.browser("10.3.3.3");
    assert_eq!(newcomer.sign_in("jincheng", &password).await.location(), "/password");
    let again = post(&keeper, "/accounts/new", &fields).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.body.contains("该用户名已被使用") && again.body.contains("value=\"金照人\""));
    let listed = keeper.get("/accounts?q=jin").await;
    assert!(listed.body.contains("金照人") && listed.body.contains("待改密码"));
    assert!(!listed.body.contains(">sysadmin<"));
    assert!(!listed.body.contains(&password));
    assert_eq!(bench.acts().await.last().unwrap(), "accounts_listed");
}

#[tokio::test]
async fn a_role_needs_a_unit_of_its_own_tier() {
    let (bench, unit) = kept().await;
    let keeper = bench.signed_in("secadmin").await;
    let unit = unit.to_string();
    for (role, unit, told) in [
        ("county", unit.as_str(), "县级个案经理须选择县"),
        ("handler", "", "须选择所属机构"),
        ("system", "", "选择角色"),
        ("nobody", "", "选择角色"),
    ] {
        let fields = [("username", "someone"), ("name", "某"), ("role", role), ("unit", unit)];
        let answer = post(&keeper, "/accounts/new", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{role}");
        assert!(answer.body.contains(told), "{role}: {}", answer.body);
    }
}

#[tokio::test]
async fn an_id_number_with_a_wrong_check_digit_is_refused_and_a_right_one_is_only_indexed() {
    let (bench, _) = kept().await;
    let keeper = bench.signed_in("secadmin").await;
    let mut fields = vec![("username", "someone"), ("name", "某"), ("role", "city")];
    fields.extend([("id_number", "140699198001010010"), ("phone", "160000")]);
    let answer = post(&keeper, "/accounts/new", &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("id=\"id_number-error\"") && answer.body.contains("id=\"phone-error\""));
    fields.truncate(3);
    fields.extend([("id_number", "140699198001010019"), ("phone", "0349-0001234")]);
    let answer = post(&keeper, "/accounts/new", &fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let kept = find_by_username(&bench.app.db, "someone").await.unwrap().unwrap();
    assert_eq!(
        kept.id_index,
        Some(bench.app.vault.index("id_number", "140699198001010019"))
    );
    assert_eq!(kept.phone_index, Some(bench.app.vault.index("phone", "03490001234")));
}

#[tokio::test]
async fn enabling_and_resetting_are_confirmed_and_recorded() {
    let (bench, _) = kept().await;
    let id = bench.account("operator", Role::Operator, false).await;
    let operator = bench.signed_in("operator").await;
    let keeper = bench.signed_in("secadmin").await;
    let at = format!("/accounts/{id}");
    let asked = keeper.get(&format!("{at}/confirm/disable")).await;
    assert!(asked.body.contains("停用账号"), "{}", asked.body);
    let unknown = keeper.get(&format!("{at}/confirm/delete")).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let reset = post(&keeper, &format!("{at}/reset"), &[("version", "1")]).await;
    assert_eq!(operator.get("/").await.location(), "/login");
    assert_eq!(
        operator.sign_in("operator", &one_time(&reset)).await.location(),
        "/password"
    );
    let stale = post(&keeper, &format!("{at}/enable"), &[("version", "1")]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!(bench.acts().await.iter().any(|done| done == "account_reset"));
}

#[tokio::test]
async fn the_system_administrator_reads_accounts_and_others_see_none() {
    let (bench, _) = kept().await;
    let id = bench.account("operator", Role::Operator, false).await;
    let reader = bench.signed_in("sysadmin").await;
    let listed = reader.get("/accounts").await;
    assert_eq!(listed.status, StatusCode::OK);
    assert!(!listed.body.contains("/accounts/new"));
    assert!(!reader.get(&format!("/accounts/{id}")).await.body.contains("confirm"));
    let tried = post(&reader, &format!("/accounts/{id}/reset"), &[("version", "1")]).await;
    assert_eq!(tried.status, StatusCode::FORBIDDEN);
    assert_eq!(bench.acts().await.last().unwrap(), "denied");
    let operator = bench.signed_in("operator").await;
    assert_eq!(operator.get("/accounts").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn nobody_changes_their_own_account_and_bad_addresses_are_not_found() {
    let (bench, _) = kept().await;
    let keeper = bench.signed_in("secadmin").await;
    let own = find_by_username(&bench.app.db, "secadmin").await.unwrap().unwrap();
    let path = format!("/accounts/{}/reset", own.id);
    assert_eq!(
        post(&keeper, &path, &[("version", "1")]).await.status,
        StatusCode::CONFLICT
    );
    for path in ["/accounts/no-such", "/accounts/00000000-0000-0000-0000-000000000001"] {
        assert_eq!(keeper.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn fifty_accounts_fill_a_page() {
    let (bench, _) = kept().await;
    let model = find_by_username(&bench.app.db, "sysadmin").await.unwrap().unwrap();
    for at in 0..50 {
        let id = Uuid::now_v7();
        let mut row = model.clone().into_active_model();
        row.id = Set(id);
        row.username = Set(format!("aa-{at:02}"));
        row.name = Set(bench.app.vault.seal(Slot::new("account", "name", id), "某").unwrap());
        row.insert(bench.app.db.upkeep()).await.unwrap();
    }
    let keeper = bench.signed_in("secadmin").await;
    let first = keeper.get("/accounts").await;
    assert!(first.body.contains("下一页") && !first.body.contains("上一页"));
    assert!(!first.body.contains(">secadmin<"));
    let second = keeper.get("/accounts?q=&page=2").await;
    assert!(second.body.contains(">secadmin<") && !second.body.contains("下一页"));
    assert_eq!(keeper.get("/accounts?page=99999999").await.status, StatusCode::OK);
}
