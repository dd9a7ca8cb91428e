//! Files of orders: those that come later, and who sees them.

use super::attachments::{allow, files, with_files};
use super::platform::{Platform, started};
use super::{case_of, event, quiet, send, sent};
use crate::support::App;
use serde_json::json;
use tonghu::worker;

#[tokio::test]
async fn what_comes_later_brings_files_too_each_once_and_before_its_order_as_well() {
    let (app, platform) = started().await;
    allow(&app, &platform.address.to_string()).await;
    let from = |name: &str| format!("http://{}/files/{name}", platform.address);
    let supplement = |id: &str, urls: Vec<String>| json!({ "event_id": id, "kind": "supplement", "at": null, "content": "补充照片", "attachments": urls });
    event(&app, "L-1", supplement("E-1", vec![from("paper.pdf")])).await;
    sent(&app, &with_files(quiet("L-1"), &[from("picture.png")])).await;
    let both = vec![from("picture.png"), from("call.wav"), from("paper.pdf")];
    assert_eq!(event(&app, "L-1", supplement("E-2", both.clone())).await.status, 201);
    assert_eq!(event(&app, "L-1", supplement("E-2", both)).await.status, 200);
    worker::tick(&app.state).await;
    let mut kinds: Vec<String> = files(&app, "L-1")
        .await
        .into_iter()
        .filter_map(|file| file.kind)
        .collect();
    kinds.sort();
    assert_eq!(kinds, ["image", "pdf", "wav"]);
    assert_eq!(
        platform.control("fetched", json!({})).await.as_array().unwrap().len(),
        3
    );
    let again = json!({ "event_id": "E-3", "kind": "call_again", "at": null, "attachments": [from("picture.exe")] });
    assert_eq!(event(&app, "L-1", again).await.status, 201);
    worker::tick(&app.state).await;
    assert!(files(&app, "L-1").await.iter().all(|file| file.state == "fetched"));
}

/// An order with a picture and a recording that are here; their addresses.
async fn brought(app: &App, platform: &Platform) -> (String, String) {
    allow(app, &platform.address.to_string()).await;
    let from = |name: &str| format!("http://{}/files/{name}", platform.address);
    let both = [from("picture.png"), from("call.wav")];
    sent(app, &with_files(quiet("W-1"), &both)).await;
    worker::tick(&app.state).await;
    let [picture, voice] = files(app, "W-1").await.try_into().unwrap();
    let at = |id: uuid::Uuid| format!("/hotline/attachments/{id}");
    (at(picture.id), at(voice.id))
}

async fn seen(app: &App, who: &str, path: &str) -> u16 {
    app.sign_in(who).await.get(path).await.status.as_u16()
}

#[tokio::test]
async fn files_are_seen_by_whoever_reads_the_report_or_the_cases_narrative() {
    let (app, platform) = started().await;
    let (picture, voice) = brought(&app, &platform).await;
    let case = case_of(&app, "W-1").await;
    for who in ["lead", "city"] {
        let both = (seen(&app, who, &picture).await, seen(&app, who, &voice).await);
        assert_eq!(both, (200, 200), "{who}");
    }
    for who in ["county", "township"] {
        assert_eq!(seen(&app, who, &picture).await, 200, "{who}");
        assert_eq!(seen(&app, who, &format!("{picture}/small")).await, 200, "{who}");
        assert_eq!(seen(&app, who, &voice).await, 404, "{who}: a voice tells who called");
        let page = app.sign_in(who).await.get(&format!("/cases/{}", case.id)).await.text();
        assert!(
            page.contains("12345 工单附件") && page.contains(&format!("{picture}/small")),
            "{who}: {page}"
        );
        assert!(page.contains("由热线保管") && !page.contains(&voice), "{who}");
        assert!(
            !page.contains("来电人照片"),
            "{who}: the name of a file may tell who called"
        );
    }
}

#[tokio::test]
async fn files_are_not_there_for_anybody_else() {
    let (app, platform) = started().await;
    let (picture, voice) = brought(&app, &platform).await;
    let small = format!("{picture}/small");
    for who in ["county2", "township2", "village2", "operator", "police", "education"] {
        for path in [&picture, &small, &voice] {
            assert_eq!(seen(&app, who, path).await, 404, "{who}");
        }
    }
    for who in ["secadmin", "sysadmin", "auditor", "hospital", "school"] {
        assert_eq!(seen(&app, who, &picture).await, 403, "{who}");
    }
    let stranger = app.stranger().get(&picture).await;
    assert!(stranger.status == 303 || stranger.status == 401, "{}", stranger.status);
    for nothing in ["not-an-id", "00000000-0000-0000-0000-000000000007"] {
        assert_eq!(
            seen(&app, "lead", &format!("/hotline/attachments/{nothing}")).await,
            404
        );
    }
    assert_eq!(
        seen(&app, "lead", &format!("{voice}/small")).await,
        404,
        "a voice has no small picture"
    );
    let case = case_of(&app, "W-1").await;
    crate::notices::recuse(&app, case.id, "lead").await;
    assert_eq!(
        seen(&app, "lead", &picture).await,
        404,
        "whoever is kept out of the case"
    );
}

#[tokio::test]
async fn several_workers_at_once_fetch_each_file_once_and_a_refused_order_keeps_none() {
    let (app, platform) = started().await;
    allow(&app, &platform.address.to_string()).await;
    let url = format!("http://{}/files/picture.png", platform.address);
    sent(&app, &with_files(quiet("C-1"), std::slice::from_ref(&url))).await;
    let mut other = quiet("C-1");
    other["content"] = json!("另一个内容");
    assert_eq!(send(&app, &with_files(other, &[format!("{url}?2")])).await.status, 409);
    let ctx = tonghu::ctx::Ctx::system(app.clock.now());
    let fetch = || tonghu::hotline::attachments::fetch(&app.state, &ctx);
    let (one, two, three) = tokio::join!(fetch(), fetch(), fetch());
    assert_eq!(one.unwrap() + two.unwrap() + three.unwrap(), 1);
    let asked = platform.control("fetched", json!({})).await;
    assert_eq!(asked.as_array().unwrap().len(), 1, "{asked}");
    assert_eq!(files(&app, "C-1").await.len(), 1);
}

#[tokio::test]
async fn whoever_looks_around_the_demonstration_finds_an_order_with_a_picture() {
    let app = App::start().await;
    let size = tonghu::demo::Size {
        cases: 2,
        children: 2,
        seed: 1,
    };
    assert!(tonghu::demo::load(&app.state, &size).await.unwrap());
    worker::tick(&app.state).await;
    let lead = app.sign_in("lead").await;
    let ledger = lead.get("/hotline/orders").await.text();
    assert!(
        ledger.contains("SZ12345-DEMO-0001") && ledger.contains("1/1</span> 已取到"),
        "{ledger}"
    );
    let file = files(&app, "SZ12345-DEMO-0001").await.remove(0);
    let picture = lead.get(&format!("/hotline/attachments/{}", file.id)).await;
    assert_eq!(image::load_from_memory(&picture.bytes).unwrap().width(), 480);
}
