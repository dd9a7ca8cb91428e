//! Photos: cleaned, sealed, counted, refused by their content.

use super::{case, count, seen, send};
use crate::support::{App, Client};
use axum::http::StatusCode;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use std::io::Cursor;
use tonghu::entity::{journal_entry, protection_case, visit_photo};
use tonghu::rules::level::Sensitivity;
use tonghu::vault::Slot;
use uuid::Uuid;

#[tokio::test]
async fn the_form_reports_a_visit_with_its_photo_in_one_go() {
    let app = App::start().await;
    let case = case(&app, Sensitivity::L2, 1).await;
    let village = app.sign_in("village").await;
    let page = format!("/cases/{}/visits/new", case.id);
    let id = Uuid::now_v7().to_string();
    let fields = [
        ("id", id.as_str()),
        ("kind", "routine"),
        ("method", "home"),
        ("started_at", "2026-11-23T09:00"),
        ("seen", "yes"),
        ("injury", "yes"),
        ("injury_note", "左前臂"),
        ("danger", "yes"),
        ("hazards", "gas"),
        ("hazards", "water"),
    ];
    let fake = (
        "photo",
        "房屋.jpg",
        "image/jpeg",
        &b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..],
    );
    let reply = village.multipart(&page, &fields, &[fake]).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(reply.text().contains("不是照片") && reply.text().contains("左前臂"));
    assert_eq!(count(&app, case.id).await, 0);
    let jpeg = camera_jpeg(320, 200);
    let photo = ("photo", "房屋.jpg", "image/jpeg", jpeg.as_slice());
    for _ in 0..2 {
        let reply = village.multipart(&page, &fields, &[photo]).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
        assert_eq!(reply.location(), format!("/visits/{id}?saved=1"));
    }
    assert_eq!(count(&app, case.id).await, 1);
    let photos = visit_photo::Entity::find().count(app.state.db.read()).await.unwrap();
    assert_eq!(photos, 1);
    let shown = village.get(&format!("/visits/{id}?saved=1")).await.text();
    for words in [
        "已上报",
        "ZF-20261123-0001",
        "2026-11-23 09:00",
        "tel:110",
        "煤气、水域",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
}

/// A JPEG with an EXIF block that holds a place and says "turn me right".
fn camera_jpeg(width: u32, height: u32) -> Vec<u8> {
    let mut plain = Vec::new();
    let picture = image::RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([u8::try_from(x % 256).unwrap(), u8::try_from(y % 256).unwrap(), 90])
    });
    picture
        .write_to(&mut Cursor::new(&mut plain), image::ImageFormat::Jpeg)
        .unwrap();
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    tiff.extend(2u16.to_le_bytes());
    // Orientation 6, then the pointer to the GPS block.
    tiff.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0]);
    tiff.extend([0x25, 0x88, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0]);
    tiff.extend([0; 4]);
    tiff.extend(1u16.to_le_bytes());
    tiff.extend([0x01, 0x00, 2, 0, 2, 0, 0, 0]);
    tiff.extend(*b"N\0\0\0");
    tiff.extend([0; 4]);
    tiff.extend(*b"GPSPLACE39.55N113.19E");
    let mut app1 = b"Exif\0\0".to_vec();
    app1.extend(tiff);
    let length = u16::try_from(app1.len() + 2).unwrap();
    let mut jpeg = plain[..2].to_vec();
    jpeg.extend([0xff, 0xe1]);
    jpeg.extend(length.to_be_bytes());
    jpeg.extend(app1);
    jpeg.extend(&plain[2..]);
    jpeg.extend(*b"<script>alert(1)</script>");
    jpeg
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

pub(super) async fn photographed(app: &App) -> (protection_case::Model, Client, Uuid) {
    let case = case(app, Sensitivity::L2, 1).await;
    let village = app.sign_in("village").await;
    let visit = seen(&case);
    assert_eq!(send(&village, &visit).await.status, StatusCode::CREATED);
    let id = visit["id"].as_str().unwrap().parse().unwrap();
    (case, village, id)
}

#[tokio::test]
async fn a_photo_loses_its_place_and_keeps_its_upright() {
    let app = App::start().await;
    let (_, village, id) = photographed(&app).await;
    let jpeg = camera_jpeg(320, 200);
    assert!(holds(&jpeg, b"GPSPLACE"));
    let path = format!("/visits/{id}/photos");
    let photo = ("photo", "IMG_0001.JPG", "image/jpeg", jpeg.as_slice());
    for _ in 0..2 {
        let reply = village.multipart(&path, &[], &[photo]).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
    }
    let rows = visit_photo::Entity::find().all(app.state.db.read()).await.unwrap();
    assert_eq!(rows.len(), 1, "the same picture again is the one kept");
    assert!(!holds(&rows[0].content.0, &[0xff, 0xd8, 0xff]), "sealed");
    let slot = Slot::new("visit_photo", "content", rows[0].id);
    let kept = app.state.vault.open_bytes(slot, &rows[0].content).unwrap();
    for trace in [&b"Exif"[..], b"GPSPLACE", b"<script>", b"39.55N"] {
        assert!(!holds(&kept, trace));
    }
    let picture = image::load_from_memory(&kept).unwrap();
    assert_eq!((picture.width(), picture.height()), (200, 320));
    let shown = village.get(&format!("{path}/{}", rows[0].id)).await;
    assert_eq!(shown.bytes, kept);
    assert_eq!(shown.header("content-type"), Some("image/jpeg"));
    assert!(shown.header("content-disposition").unwrap().starts_with("attachment"));
    assert!(shown.header("content-security-policy").unwrap().contains("sandbox"));
    let viewed = journal_entry::Entity::find()
        .filter(journal_entry::Column::Act.eq("photo_viewed"))
        .count(app.state.db.read())
        .await
        .unwrap();
    assert_eq!(viewed, 1);
    let other = app.sign_in("village2").await;
    let hidden = other.get(&format!("{path}/{}", rows[0].id)).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
}

/// A PNG head that claims more pixels than anybody's camera has.
fn bomb() -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut head = b"IHDR".to_vec();
    head.extend(50_000u32.to_be_bytes());
    head.extend(50_000u32.to_be_bytes());
    head.extend([8, 2, 0, 0, 0]);
    png.extend(13u32.to_be_bytes());
    png.extend(&head);
    png.extend(crc(&head).to_be_bytes());
    png.extend(1u32.to_be_bytes());
    png.extend(*b"IDAT\x78");
    png.extend(crc(b"IDAT\x78").to_be_bytes());
    png
}

fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    };
    !bytes.iter().fold(u32::MAX, step)
}

#[tokio::test]
async fn what_is_no_photo_or_too_large_is_refused_by_its_content() {
    let app = App::start().await;
    let (_, village, id) = photographed(&app).await;
    let path = format!("/visits/{id}/photos");
    let cut = camera_jpeg(64, 64)[..120].to_vec();
    let cases: [(&str, &[u8], &str); 7] = [
        ("a.jpg", b"<!DOCTYPE html><script>1</script>", "不是照片"),
        ("a.jpg", b"<?xml version='1.0'?><svg/>", "不是照片"),
        ("a.png", b"PK\x03\x04aaaaaaaa", "不是照片"),
        ("a.gif", b"GIF89a\x01\0\x01\0\0\0\0;", "不是照片"),
        ("../../x.png", &bomb(), "像素过大"),
        ("a.jpg", &cut, "损坏"),
        ("a.jpg", b"", "选择照片"),
    ];
    for (name, bytes, words) in cases {
        let file = ("photo", name, "image/jpeg", bytes);
        let reply = village.multipart(&path, &[], &[file]).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(reply.text().contains(words), "{name}: {}", reply.text());
    }
    let kept = visit_photo::Entity::find().count(app.state.db.read()).await.unwrap();
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn a_visit_holds_ten_photos() {
    let app = App::start().await;
    let (_, village, id) = photographed(&app).await;
    let path = format!("/visits/{id}/photos");
    for width in 1..=11 {
        let jpeg = camera_jpeg(width, 8);
        let reply = village
            .multipart(&path, &[], &[("photo", "a.jpg", "image/jpeg", &jpeg)])
            .await;
        let expected = if width <= 10 { 303 } else { 422 };
        assert_eq!(reply.status.as_u16(), expected, "{width}");
    }
}
