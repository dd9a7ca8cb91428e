use super::bench::PASSWORD;
use super::*;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};

#[tokio::test]
async fn a_stranger_is_led_to_the_door_and_the_right_password_leads_home() {
    let bench = Bench::new().await;
    bench.account("operator", Role::Operator, false).await;
    let browser = bench.browser("10.1.1.1");
    assert_eq!(browser.get("/").await.location(), "/login");
    assert_eq!(browser.get("/password").await.location(), "/login");
    let answer = browser.sign_in("Operator ", PASSWORD).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/intake"));
    assert_eq!(browser.get("/").await.location(), "/intake");
    assert_eq!(browser.get("/login").await.location(), "/intake");
    let page = browser.get("/password").await;
    assert!(page.body.contains("薛圐圙"), "the name is opened");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_told_alike() {
    let bench = Bench::new().await;
    bench.account("operator", Role::Operator, false).await;
    let browser = bench.browser("10.1.1.1");
    let known = browser.sign_in("operator", "wrong-password-1").await;
    let unknown = browser.sign_in("nobody-there", "wrong-password-1").await;
    assert_eq!(known.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(known.body.contains("<title>错误：登录"));
    assert!(known.body.contains("用户名或密码不正确"));
    assert!(
        !known.body.contains("wrong-password-1"),
        "a password is never sent back"
    );
    assert_eq!(known.body.replace("operator", "nobody-there"), unknown.body);
    let acts = bench.acts().await;
    assert_eq!(acts, ["account_added", "sign_in_failed", "sign_in_failed"]);
}

#[tokio::test]
async fn the_session_gets_a_new_id_at_sign_in_and_the_old_one_is_dead() {
    let bench = Bench::new().await;
    bench.account("operator", Role::Operator, false).await;
    bench.account("lead", Role::Lead, false).await;
    let browser = bench.signed_in("operator").await;
    let before = browser.cookie.lock().unwrap().clone();
    let token = browser.token().await;
    let fields = [("username", "lead"), ("password", PASSWORD), ("csrf", &token)];
    assert_eq!(browser.form("/login", &fields).await.location(), "/cases");
    let after = browser.cookie.lock().unwrap().clone();
    assert_ne!(before, after);
    let thief = bench.browser("10.1.1.1");
    *thief.cookie.lock().unwrap() = before;
    assert_eq!(thief.get("/").await.location(), "/login");
    *thief.cookie.lock().unwrap() = Some("tonghu=AAAAAAAAAAAAAAAAAAAAAA".to_owned());
    thief.sign_in("lead", PASSWORD).await;
    let given = thief.cookie.lock().unwrap().clone().unwrap();
    assert_ne!(
        given, "tonghu=AAAAAAAAAAAAAAAAAAAAAA",
        "an id chosen by the client is not taken"
    );
}

#[tokio::test]
async fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let bench = Bench::new().await;
    bench.account("operator", Role::Operator, false).await;
    let answer = bench.browser("10.1.1.1").sign_in("operator", PASSWORD).await;
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
    for part in ["tonghu=", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    assert!(!cookie.contains("Max-Age") && !cookie.contains("Secure"), "{cookie}");
}

#[tokio::test]
async fn sign_out_needs_the_token_and_ends_the_session_for_good() {
    let bench = Bench::new().await;
    bench.account("operator", Role::Operator, false).await;
    let browser = bench.signed_in("operator").await;
    let cookie = browser.cookie.lock().unwrap().clone();
    assert_eq!(browser.form("/logout", &[]).await.status, StatusCode::FORBIDDEN);
    let wrong = browser.form("/logout", &[("csrf", &"0".repeat(64))]).await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    let token = browser.token().await;
    assert_eq!(browser.form("/logout", &[("csrf", &token)]).await.location(), "/login");
    *browser.cookie.lock().unwrap() = cookie;
    assert_eq!(browser.get("/").await.location(), "/login");
    assert_eq!(bench.acts().await.last().unwrap(), "signed_out");
}

#[tokio::test]
async fn a_form_sent_by_another_site_is_refused() {
    let bench = Bench::new().await;
    bench.account("operator", Role::Operator, false).await;
    let browser = bench.browser("10.1.1.1");
    let body = format!("username=operator&password={PASSWORD}");
    for (name, value) in [("origin", "https://elsewhere.test"), ("sec-fetch-site", "cross-site")] {
        let request = Request::post("/login")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(name, value);
        let answer = browser.send(request, Body::from(body.clone())).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}");
        assert!(answer.headers.get(header::SET_COOKIE).is_none());
    }
}

#[tokio::test]
async fn an_initial_password_must_be_changed_before_anything_else() {
    let bench = Bench::new().await;
    bench.account("secadmin", Role::SecAdmin, true).await;
    let browser = bench.browser("10.1.1.1");
    assert_eq!(browser.sign_in("secadmin", PASSWORD).await.location(), "/password");
    let elsewhere = bench.signed_in("secadmin").await;
    let token = browser.token().await;
    let change = |current: &str, new: &str, again: &str| {
        let fields = [("csrf", &*token), ("current", current), ("new", new), ("again", again)];
        let fields: Vec<(String, String)> = fields.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec();
        fields
    };
    let tries = [
        (
            "not-the-current",
            "a-new-long-password",
            "a-new-long-password",
            "当前密码不正确",
        ),
        (PASSWORD, PASSWORD, PASSWORD, "须与当前密码不同"),
        (PASSWORD, "short", "short", "至少 12 个字符"),
        (PASSWORD, "a-new-long-password", "another-password", "不一致"),
    ];
    for (current, new, again, told) in tries {
        let fields = change(current, new, again);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (&**k, &**v)).collect();
        let answer = browser.form("/password", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains(told), "{told}");
    }
    let fields = change(PASSWORD, "a-new-long-password", "a-new-long-password");
    let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (&**k, &**v)).collect();
    assert_eq!(browser.form("/password", &fields).await.location(), "/accounts");
    assert_eq!(browser.get("/").await.location(), "/accounts");
    assert_eq!(elsewhere.get("/").await.location(), "/login", "other sessions end");
}

#[tokio::test]
async fn a_program_signs_in_and_out_over_json() {
    let bench = Bench::new().await;
    let id = bench.account("operator", Role::Operator, false).await;
    let browser = bench.browser("10.1.1.1");
    let path = "/api/v1/session";
    let wrong = json!({ "username": "operator", "password": "wrong-password-1" });
    let answer = browser.json(Method::POST, path, wrong).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json");
    let right = json!({ "username": "operator", "password": PASSWORD });
    let answer = browser.json(Method::POST, path, right).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let state: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(state["account"], id.to_string());
    assert_eq!(state["role"], "operator");
    assert_eq!(state["must_change"], false);
    let gone = browser.json(Method::DELETE, path, json!({})).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let again = browser.json(Method::DELETE, path, json!({})).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED);
}
