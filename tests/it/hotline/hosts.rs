//! Where answers go and where files come from: what the security administrator
//! may say of it.

use super::acts;
use super::partners::admitted;
use crate::support::App;
use sea_orm::EntityTrait;
use tonghu::entity::hotline_client;

/// What is no list of hosts, or leads where nothing is ever fetched from.
const WRONG: [&str; 12] = [
    "http://files.example.cn/",
    "files.example.cn:0",
    "files.example.cn:99999",
    "*.example.cn",
    "169.254.169.254",
    "169.254.0.0/16",
    "[fe80::1]:80",
    "100.100.100.200:80",
    "0.0.0.0:80",
    "127.1",
    "10.0.0.0/40",
    "文件主机",
];

#[tokio::test]
async fn hosts_are_kept_as_they_are_meant_and_wrong_ones_are_named_and_kept_on_the_page() {
    let app = App::start().await;
    let keeper = app.sign_in("secadmin").await;
    let (client, _) = admitted(&app, &keeper, "").await;
    let page = format!("/hotline/partners/{}", client.id);
    assert_eq!(client.attachment_hosts, "", "nothing is allowed from the start");
    let fields = |version: &'static str, hosts: &'static str| {
        [
            ("version", version),
            ("name", "市热线平台"),
            ("addresses", ""),
            ("push_url", ""),
            ("attachment_hosts", hosts),
        ]
    };
    for bad in WRONG {
        let reply = keeper.post(&page, &fields("1", bad)).await;
        assert_eq!(reply.status, 422, "{bad}");
        assert!(
            reply.text().contains("填写主机名或地址") && reply.text().contains(bad),
            "{bad}: {}",
            reply.text()
        );
    }
    let good = "  Files.Example.cn:8080   10.1.2.0/24 [2001:db9::7]:81 ";
    assert_eq!(keeper.post(&page, &fields("1", good)).await.status, 303);
    let kept = hotline_client::Entity::find_by_id(client.id)
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        kept.attachment_hosts,
        "files.example.cn:8080 10.1.2.0/24 [2001:db9::7]:81"
    );
    assert_eq!(
        keeper.post(&page, &fields("1", "")).await.status,
        409,
        "somebody was faster"
    );
    assert_eq!(acts(&app, "partner_changed").await, 1);
    assert!(keeper.get(&page).await.text().contains("files.example.cn:8080"));
    for who in ["lead", "sysadmin", "city"] {
        assert_eq!(
            app.sign_in(who).await.post(&page, &fields("2", "")).await.status,
            403,
            "{who}"
        );
    }
}

#[tokio::test]
async fn answers_go_to_an_adapter_in_the_network_and_never_to_link_local_or_metadata_addresses() {
    let app = App::start().await;
    let keeper = app.sign_in("secadmin").await;
    let (client, _) = admitted(&app, &keeper, "").await;
    let page = format!("/hotline/partners/{}", client.id);
    let say = |version: i32, url: &'static str| {
        let (keeper, page, version) = (keeper.clone(), page.clone(), version.to_string());
        async move {
            let fields = [("version", version.as_str()), ("name", "市热线平台"), ("push_url", url)];
            keeper.post(&page, &fields).await
        }
    };
    for bad in [
        "http://169.254.169.254/latest/meta-data",
        "http://169.254.1.1:9000/12345",
        "http://[fe80::1]/12345",
        "http://100.100.100.200/latest",
        "http://[::ffff:169.254.169.254]/x",
        "http://0.0.0.0:9000/12345",
        "http://224.0.0.1/12345",
        "http://[fd00:ec2::254]/x",
        "https://10.1.2.3/12345",
        "ftp://10.1.2.3/12345",
        "10.1.2.3:9000",
    ] {
        let reply = say(1, bad).await;
        assert_eq!(reply.status, 422, "{bad}");
        assert!(
            reply.text().contains("地址形如") && reply.text().contains(bad),
            "{bad}: {}",
            reply.text()
        );
    }
    for (at, good) in [
        "http://127.0.0.1:9000/12345",
        "http://10.1.2.3:9000/12345",
        "http://adapter:9000/x",
        "",
    ]
    .into_iter()
    .enumerate()
    {
        let version = i32::try_from(at).unwrap() + 1;
        assert_eq!(say(version, good).await.status, 303, "{good}");
    }
}
