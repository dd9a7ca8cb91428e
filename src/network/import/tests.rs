use super::*;
use crate::entity::{account, division, journal_entry, post, setting, unit};
use crate::network::tests::{founded, noon};
use crate::network::{coverage, resolve, unit_at, units_of};
use crate::rules::division::Division;
use crate::rules::policy::Role;
use crate::vault::Slot;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};
use uuid::Uuid;

fn place(code: &str) -> Division {
    Division::parse(code).unwrap()
}

async fn bring(app: &App, what: &str, text: &str, apply: bool) -> Report {
    let ctx = Ctx::system(noon());
    import(app, &ctx, what, ("test.csv", text.as_bytes()), apply)
        .await
        .unwrap()
}

/// An account that may sit in posts of its role.
async fn hire(app: &App, username: &str, role: Role, code: &str) -> Uuid {
    let id = Uuid::now_v7();
    let row = account::Model {
        id,
        username: username.to_owned(),
        name: app.vault.seal(Slot::new("account", "name", id), "田野").unwrap(),
        role: role.code().to_owned(),
        unit_id: None,
        division: place(code).code().to_owned(),
        password_hash: String::new(),
        token_hash: None,
        must_change: false,
        disabled_at: None,
        phone: None,
        phone_index: None,
        id_index: None,
        epoch: 0,
        created_at: noon(),
        version: 1,
    };
    row.into_active_model()
        .reset_all()
        .insert(app.db.schema())
        .await
        .unwrap();
    id
}

#[tokio::test]
async fn a_bad_row_names_its_line_and_changes_nothing() {
    let (_dir, app) = founded().await;
    let text =
        "代码,名称\n140622100990,新立村\n14062210099x,错码村\n140699001,无上级乡\n140622100990,重复村\n140622100991,\n";
    let report = bring(&app, "divisions", text, true).await;
    let lines: Vec<usize> = report.faults.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [3, 4, 5, 6], "{:?}", report.faults);
    assert!(!report.applied);
    assert_eq!(division::Entity::find().count(app.db.read()).await.unwrap(), 1358);
    assert_eq!(resolve(app.db.read(), "新立村").await.unwrap(), None);
    let entries = journal_entry::Entity::find().count(app.db.read()).await.unwrap();
    assert_eq!(entries, 1, "only the founding");
}

#[tokio::test]
async fn a_dry_run_shows_what_applying_then_does() {
    let (_dir, app) = founded().await;
    let text = "代码,名称,备注\n140622100990,新立村村委会,\n140622100000,金城镇,驻地\n";
    let shown = bring(&app, "divisions", text, false).await;
    assert!(!shown.applied && shown.faults.is_empty(), "{shown:?}");
    assert_eq!(resolve(app.db.read(), "新立村").await.unwrap(), None);
    let done = bring(&app, "divisions", text, true).await;
    assert!(done.applied);
    assert_eq!(done.changes, shown.changes);
    assert_eq!(
        resolve(app.db.read(), "新立村").await.unwrap(),
        Some(place("140622100990"))
    );
    let unit = unit_at(app.db.read(), "VIL", &place("140622100990")).await.unwrap();
    let posts = post::Entity::find().filter(post::Column::UnitId.eq(unit.id));
    assert_eq!(posts.count(app.db.read()).await.unwrap(), 2);
    let again = bring(&app, "divisions", text, true).await;
    assert!(again.changes.is_empty() && !again.applied, "{again:?}");
}

#[tokio::test]
async fn the_embedded_list_brings_nothing_new() {
    let (_dir, app) = founded().await;
    let report = bring(&app, "divisions", include_str!("../../../data/divisions.csv"), false).await;
    assert_eq!(
        (report.rows, report.changes.len(), report.faults.len()),
        (1358, 0, 0),
        "{report:?}"
    );
}

#[tokio::test]
async fn units_come_with_their_posts_and_people() {
    let (_dir, app) = founded().await;
    let director = hire(&app, "director", Role::Village, "140622100001").await;
    hire(&app, "teacher", Role::Handler, "140622").await;
    let villages = units_of(app.db.read(), "VIL", &place("140622100")).await.unwrap();
    let (one, two) = (&villages[0], &villages[1]);
    let text = format!(
        "区划代码,机构类别,机构名称,值班电话,岗位,登录名\n\
         140622100,SCH,金城镇第一小学,0349-0001234,承办人,\n\
         {},VIL,,,儿童主任,director\n{},VIL,,,village_child_director,director\n",
        one.division, two.division
    );
    let report = bring(&app, "units", &text, true).await;
    assert!(report.applied, "{report:?}");
    let school = unit_at(app.db.read(), "SCH", &place("140622100")).await.unwrap();
    let phone = school.phone.expect("sealed");
    assert_eq!(
        app.vault.open(Slot::new("unit", "phone", school.id), &phone).unwrap(),
        "0349-0001234"
    );
    let held = post::Entity::find().filter(post::Column::HolderId.eq(director));
    let held = held.all(app.db.read()).await.unwrap();
    assert_eq!(held.len(), 2);
    assert!(held.iter().all(|post| post.vacant_since.is_none() && post.version == 2));
    let county = coverage(app.db.read(), &place("140600"), noon()).await.unwrap();
    let county = county.iter().find(|row| row.division == place("140622")).unwrap();
    assert_eq!(county.villages.held, 2);
}

#[tokio::test]
async fn posts_of_strangers_and_wrong_people_are_refused_by_line() {
    let (_dir, app) = founded().await;
    hire(&app, "far", Role::Village, "140623100001").await;
    hire(&app, "teacher", Role::Handler, "140622").await;
    let villages = units_of(app.db.read(), "VIL", &place("140622100")).await.unwrap();
    let code = &villages[0].division;
    let text = format!(
        "区划代码,机构类别,岗位,登录名\n{code},VIL,儿童主任,far\n{code},VIL,儿童主任,teacher\n\
         {code},VIL,儿童主任,nobody\n{code},VIL,值班长,\n{code},XYZ,儿童主任,\n140622100,SCH,承办人,\n"
    );
    let report = bring(&app, "posts", &text, true).await;
    assert!(!report.applied);
    let lines: Vec<usize> = report.faults.iter().map(|(line, _)| *line).collect();
    assert!([5, 6, 7].iter().all(|line| lines.contains(line)), "{:?}", report.faults);
    assert!(lines.contains(&2), "{:?}", report.faults);
    let held = post::Entity::find().filter(post::Column::HolderId.is_not_null());
    assert_eq!(held.count(app.db.read()).await.unwrap(), 0);
    assert_eq!(
        unit::Entity::find()
            .filter(unit::Column::Kind.eq("SCH"))
            .count(app.db.read())
            .await
            .unwrap(),
        0
    );
}

#[tokio::test]
async fn imported_holidays_lie_over_the_calendar() {
    let (_dir, app) = founded().await;
    let text = "日期,类型,名称\n2027-01-01,节假日,元旦\n2027-01-03,调休上班,元旦\n";
    assert!(bring(&app, "holidays", text, true).await.applied);
    assert!(
        bring(&app, "holidays", "日期,类型,名称\n2027-05-01,holiday,劳动节\n", true)
            .await
            .applied
    );
    let calendar = calendar(app.db.read()).await.unwrap();
    let day = |text: &str| text.parse().unwrap();
    assert_eq!(calendar.is_workday(day("2027-01-01")), Ok(false));
    assert_eq!(calendar.is_workday(day("2027-01-03")), Ok(true));
    assert_eq!(calendar.is_workday(day("2027-05-01")), Ok(false));
    let bad = bring(
        &app,
        "holidays",
        "日期,类型\n2027-13-01,节假日\n2027-02-01,放假\n",
        true,
    )
    .await;
    assert_eq!(bad.faults.len(), 2);
    assert_eq!(setting::Entity::find().count(app.db.read()).await.unwrap(), 1);
}

#[tokio::test]
async fn only_the_city_and_administrators_bring_in_lists() {
    let (_dir, app) = founded().await;
    let mut ctx = Ctx::system(noon());
    ctx.actor.role = Role::County;
    let refused = import(&app, &ctx, "units", ("a.csv", b"x"), false).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
    ctx.actor.role = Role::City;
    let unknown = import(&app, &ctx, "secrets", ("a.csv", b"x"), false).await;
    assert!(matches!(unknown, Err(Error::BadRequest(_))));
}

#[tokio::test]
async fn a_workbook_is_read_like_a_list() {
    let (_dir, app) = founded().await;
    let cell = |at: &str, text: &str| format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let sheet = format!(
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>\
         <row r=\"1\">{}{}</row><row r=\"2\"><c r=\"A2\"><v>140622100990</v></c>{}</row>\
         <row r=\"4\"><c r=\"A4\"><v>15</v></c>{}</row></sheetData></worksheet>",
        cell("A1", "代码"),
        cell("B1", "名称"),
        cell("B2", "新立村村委会"),
        cell("B4", "错码村")
    );
    let ctx = Ctx::system(noon());
    let book = workbook(&sheet);
    let report = import(&app, &ctx, "divisions", ("a.xlsx", &book), false).await.unwrap();
    assert_eq!(report.rows, 2);
    assert_eq!(
        report.faults.iter().map(|(line, _)| *line).collect::<Vec<_>>(),
        [4],
        "{report:?}"
    );
    assert!(report.changes[0].contains("新立村村委会"), "{report:?}");
}

/// A workbook with one sheet, its parts stored without compression.
fn workbook(sheet: &str) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let book = format!(
        "<workbook xmlns=\"{main}\" xmlns:r=\"{rel}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
    );
    let to = |id: &str, kind: &str, target: &str| {
        format!(
            "<Relationships xmlns=\"{package}\"><Relationship Id=\"{id}\" Type=\"{rel}/{kind}\" Target=\"{target}\"/></Relationships>"
        )
    };
    let parts = [
        ("_rels/.rels", to("r0", "officeDocument", "xl/workbook.xml")),
        ("xl/workbook.xml", book),
        (
            "xl/_rels/workbook.xml.rels",
            to("r1", "worksheet", "worksheets/sheet1.xml"),
        ),
        ("xl/worksheets/sheet1.xml", sheet.to_owned()),
    ];
    archive(&parts)
}

/// An archive of stored parts: local headers, central directory, its end.
fn archive(parts: &[(&str, String); 4]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in parts {
        let offset = u32::try_from(file.len()).unwrap();
        let size = u32::try_from(text.len()).unwrap().to_le_bytes();
        let mut head = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        head.extend(crc(text.as_bytes()).to_le_bytes());
        head.extend([size, size].concat());
        head.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        head.extend([0, 0]);
        file.extend(
            b"PK\x03\x04"
                .iter()
                .chain(&head)
                .chain(name.as_bytes())
                .chain(text.as_bytes()),
        );
        directory.extend(b"PK\x01\x02\x14\x00".iter().chain(&head));
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.bytes());
    }
    let start = u32::try_from(file.len()).unwrap().to_le_bytes();
    let size = u32::try_from(directory.len()).unwrap().to_le_bytes();
    file.extend(directory);
    file.extend(
        b"PK\x05\x06\0\0\0\0\x04\0\x04\0"
            .iter()
            .chain(&size)
            .chain(&start)
            .chain(&[0, 0]),
    );
    file
}

fn crc(bytes: &[u8]) -> u32 {
    let bit = |crc: u32| {
        if crc & 1 == 1 {
            (crc >> 1) ^ 0xedb8_8320
        } else {
            crc >> 1
        }
    };
    let byte = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |crc, _| bit(crc));
    !bytes.iter().fold(u32::MAX, byte)
}
