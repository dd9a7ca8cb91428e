//! While the line is down: orders by file, and the line afterwards.

use super::row;
use crate::support::{App, Client, Reply};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use tonghu::entity::{hotline_file_mapping, hotline_flag, hotline_order, journal_entry, report};

const HEADS: &str = "工单编号,受理时间,诉求内容,案件类型,所属区县,来电人,联系电话,记录类型,事件号";
const CODES: [&str; 9] = [
    "ext_order_no",
    "received_at",
    "content",
    "case_types",
    "incident_place.division",
    "caller.name",
    "caller.phone",
    "kind",
    "event_id",
];

pub(super) fn csv(lines: &[&str]) -> Vec<u8> {
    format!("{HEADS}\n{}\n", lines.join("\n")).into_bytes()
}

pub(super) async fn client(app: &App) -> String {
    let partner = tonghu::entity::hotline_client::Entity::find();
    partner.one(app.state.db.read()).await.unwrap().unwrap().code
}

/// Posts a file with the columns as [`CODES`].
pub(super) async fn bring(app: &App, who: &Client, step: &str, bytes: &[u8]) -> Reply {
    let code = client(app).await;
    let names: Vec<String> = (0..CODES.len()).map(|at| format!("map{at}")).collect();
    let mut fields = vec![("client", code.as_str()), ("step", step)];
    fields.extend(names.iter().map(String::as_str).zip(CODES));
    who.multipart(
        "/hotline/orders/import",
        &fields,
        &[("file", "工单.csv", "text/csv", bytes)],
    )
    .await
}

pub(super) async fn orders(app: &App) -> u64 {
    hotline_order::Entity::find().count(app.state.db.read()).await.unwrap()
}

pub(super) async fn reports(app: &App) -> u64 {
    report::Entity::find().count(app.state.db.read()).await.unwrap()
}

pub(super) async fn conflicts(app: &App) -> u64 {
    let flags = hotline_flag::Entity::find().filter(hotline_flag::Column::Kind.eq("conflict"));
    flags.count(app.state.db.read()).await.unwrap()
}

/// The row of [`quiet`] as an export tells it: to the minute, the county only.
pub(super) const QUIET: &str = "F-1,2026/11/23 8:52,邻居总是大声训斥孩子,0301,140622,柳报信,16000000001,,";

#[tokio::test]
async fn a_dry_run_writes_nothing_and_applying_twice_makes_one_order() {
    let app = App::start().await;
    let lead = app.sign_in("lead").await;
    let (before, bytes) = (reports(&app).await, csv(&[QUIET]));
    let tried = bring(&app, &lead, "try", &bytes).await;
    assert_eq!(tried.status, 200, "{}", tried.text());
    assert!(tried.text().contains("试运行结果"));
    assert_eq!((orders(&app).await, reports(&app).await), (0, before));
    for _ in 0..2 {
        let done = bring(&app, &lead, "apply", &bytes).await;
        assert_eq!(done.status, 200, "{}", done.text());
        assert_eq!((orders(&app).await, reports(&app).await), (1, before + 1));
    }
    assert!(row(&app, "F-1").await.by_file);
    assert_eq!(conflicts(&app).await, 0);
}

#[tokio::test]
async fn a_bad_row_is_named_and_blocks_no_good_one() {
    let app = App::start().await;
    let lead = app.sign_in("lead").await;
    let bytes = csv(&[
        ",2026-11-23 08:52,没有号,0301,,,,,",
        "F 3,2026-11-23 08:52,号不对,0301,,,,,",
        "F-4,2026-11-23,没有时分,0301,,,,,",
        "F-5,2026-11-23 08:52,种类不对,0301,,,,回访,E-1",
        "F-6,2026-11-23 08:52,事件没有号,0301,,,,催办,",
        QUIET,
    ]);
    for step in ["try", "apply"] {
        let text = bring(&app, &lead, step, &bytes).await.text();
        for line in 2..=6 {
            assert!(text.contains(&format!("第 {line} 行")), "{step} {line}");
        }
    }
    assert_eq!(orders(&app).await, 1);
    let list = bring(&app, &lead, "refusals", &bytes).await.text();
    assert_eq!(list.lines().count(), 6, "{list}");
    let hostile = csv(&["=1+1,2026-11-23 08:52,x,0301,,,,,"]);
    let list = bring(&app, &lead, "refusals", &hostile).await.text();
    assert!(list.contains("'=1+1") && !list.contains(",=1+1"), "{list}");
}

#[tokio::test]
async fn columns_are_guessed_saved_for_the_partner_and_used_again() {
    let app = App::start().await;
    let lead = app.sign_in("lead").await;
    let code = client(&app).await;
    let (bytes, ..) = encoding_rs::GB18030.encode("工单编号,甲列\nF-7,邻居总是大声训斥孩子\n");
    let file = [("file", "工单.csv", "text/csv", &*bytes)];
    let first = lead
        .multipart("/hotline/orders/import", &[("client", &code)], &file)
        .await
        .text();
    assert!(first.contains("value=\"ext_order_no\" selected") && !first.contains("value=\"content\" selected"));
    let fields = [
        ("client", code.as_str()),
        ("step", "apply"),
        ("map0", "ext_order_no"),
        ("map1", "content"),
    ];
    lead.multipart("/hotline/orders/import", &fields, &file).await;
    lead.multipart("/hotline/orders/import", &fields, &file).await;
    let again = lead
        .multipart("/hotline/orders/import", &[("client", &code)], &file)
        .await
        .text();
    assert!(again.contains("value=\"content\" selected"));
    let saved = hotline_file_mapping::Entity::find()
        .all(app.state.db.read())
        .await
        .unwrap();
    assert_eq!(saved.len(), 1, "the same mapping is no new version");
    let acts = journal_entry::Entity::find().filter(journal_entry::Column::Act.eq("hotline_file_imported"));
    assert_eq!(acts.count(app.state.db.read()).await.unwrap(), 2);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_refused_beside_its_field() {
    let app = App::start().await;
    let lead = app.sign_in("lead").await;
    for (bytes, why) in [
        (&b""[..], "选择要导入的文件"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "已加密"),
        (b"PK\x03\x04zip", "损坏"),
        (b"\xff\xff\xff", "编码"),
        ("工单号,工单号\n1,2\n".as_bytes(), "重复"),
        ("工单号\n".as_bytes(), "没有数据行"),
    ] {
        let reply = bring(&app, &lead, "apply", bytes).await;
        assert_eq!(reply.status, 422, "{why}");
        assert!(reply.text().contains(why), "{why}");
    }
    let code = client(&app).await;
    let fields = [("client", code.as_str()), ("step", "apply")];
    let file = [("file", "a.csv", "text/csv", "甲,乙\n1,2\n".as_bytes())];
    let unmapped = lead.multipart("/hotline/orders/import", &fields, &file).await;
    assert_eq!(unmapped.status, 422);
    let nobody = lead
        .multipart("/hotline/orders/import", &[("client", "nobody-1")], &file)
        .await;
    assert_eq!(nobody.status, 422);
    assert_eq!(orders(&app).await, 0);
}

#[tokio::test]
async fn only_who_keeps_the_ledger_brings_files_in() {
    let app = App::start().await;
    for who in [
        "operator", "county", "township", "police", "secadmin", "sysadmin", "auditor",
    ] {
        let person = app.sign_in(who).await;
        assert_eq!(person.get("/hotline/orders/import").await.status, 403, "{who}");
        assert_eq!(bring(&app, &person, "apply", &csv(&[QUIET])).await.status, 403, "{who}");
    }
    assert_eq!(orders(&app).await, 0);
}

#[tokio::test]
async fn names_stand_for_their_codes_and_what_is_no_name_is_looked_at_by_a_person() {
    let app = App::start().await;
    let lead = app.sign_in("lead").await;
    let code = client(&app).await;
    let text = "工单号,内容,类型,区划,能否回拨,报告人\nN-1,邻居总是大声训斥孩子,精神暴力：经常性谩骂、恐吓,金城镇,否,没有这种人\n";
    let fields = [
        ("client", code.as_str()),
        ("step", "apply"),
        ("map0", "ext_order_no"),
        ("map1", "content"),
        ("map2", "case_types"),
        ("map3", "child_location.division"),
        ("map4", "caller.safe_phone"),
        ("map5", "reporter_type"),
    ];
    let file = [("file", "工单.csv", "text/csv", text.as_bytes())];
    let done = lead.multipart("/hotline/orders/import", &fields, &file).await;
    assert_eq!(done.status, 200, "{}", done.text());
    let flags = super::flags(&app, "N-1").await;
    assert!(
        flags.contains(&("unknown_code".to_owned(), "/reporter_type".to_owned())),
        "{flags:?}"
    );
    let found = super::report_of(&app, "N-1").await;
    assert_eq!(found.case_types.0, ["0301"]);
}

#[tokio::test]
async fn a_long_file_goes_on_where_the_last_stretch_ended() {
    let app = App::start().await;
    let lead = app.sign_in("lead").await;
    let code = client(&app).await;
    let rows: Vec<String> = (1..=6)
        .map(|at| format!("L-{at},邻居总是大声训斥孩子,0301,140622"))
        .collect();
    let text = format!("工单号,内容,类型,区划\n{}\n", rows.join("\n"));
    let go = async |from: &str| {
        let fields = [
            ("client", code.as_str()),
            ("step", "apply"),
            ("from", from),
            ("map0", "ext_order_no"),
            ("map1", "content"),
            ("map2", "case_types"),
            ("map3", "incident_place.division"),
        ];
        let file = [("file", "工单.csv", "text/csv", text.as_bytes())];
        lead.multipart("/hotline/orders/import", &fields, &file).await
    };
    let rest = go("4").await;
    assert!(
        rest.text().contains("前 <span class=\"num\">4</span> 行此前已处理"),
        "{}",
        rest.text()
    );
    assert_eq!(orders(&app).await, 2);
    // Broken off anywhere, the whole file brought again fills the gaps and doubles nothing.
    go("0").await;
    assert_eq!((orders(&app).await, conflicts(&app).await), (6, 0));
    for far in ["6", "99999999999999999999", "-1", "x"] {
        assert_eq!(go(far).await.status, 200, "{far}");
    }
    assert_eq!(orders(&app).await, 6);
}

#[tokio::test]
async fn a_workbook_is_read_as_a_list_is_and_its_times_keep_their_minute() {
    let app = App::start().await;
    let lead = app.sign_in("lead").await;
    let code = client(&app).await;
    let book = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/hotline/orders.xlsx")).unwrap();
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let file = [("file", "工单.xlsx", kind, book.as_slice())];
    let first = lead
        .multipart("/hotline/orders/import", &[("client", &code)], &file)
        .await;
    assert!(first.text().contains("2026-11-23 08:52:00"), "{}", first.text());
    let fields = [
        ("client", code.as_str()),
        ("step", "apply"),
        ("map0", "ext_order_no"),
        ("map1", "received_at"),
        ("map2", "content"),
    ];
    let done = lead.multipart("/hotline/orders/import", &fields, &file).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert_eq!(
        row(&app, "W-1").await.received_at.to_rfc3339(),
        "2026-11-23T00:52:00+00:00"
    );
}
