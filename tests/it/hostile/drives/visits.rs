//! Visits: the phone form, the API, photos, asking back.

use super::super::world::{Body, STEM, Shot, World};
use super::Drive;
use super::cases::child_of;
use crate::{fields, form};
use serde_json::json;
use std::io::Cursor;
use tonghu::rules::level::RiskLevel::Red;
use uuid::Uuid;

pub(super) fn drives() -> Vec<Drive> {
    vec![
        Drive::new("/cases/{id}/visits/new", "form", |w| Box::pin(visit_form(w, false))),
        Drive::new("/cases/{id}/visits/new", "with a photo", |w| {
            Box::pin(visit_form(w, true))
        }),
        Drive::new("/cases/{id}/visits/new", "not seen", |w| Box::pin(not_seen(w))),
        Drive::new("/api/v1/visits", "", |w| Box::pin(visit_json(w))),
        Drive::new("/visits/{id}/photos", "", |w| Box::pin(photo(w))),
        Drive::new("/visits/{id}/accept", "", |w| Box::pin(review(w, "accept"))),
        Drive::new("/visits/{id}/query", "", |w| Box::pin(review(w, "query"))),
        Drive::new("/visits/{id}/reply", "", |w| Box::pin(reply(w))),
    ]
}

async fn visit_json(w: &World) -> Shot {
    let case = w.case(Red, "accepted").await;
    Shot {
        who: "village",
        path: "/api/v1/visits".to_owned(),
        body: Body::Json(json!({
            "id": Uuid::now_v7(), "case_id": case.id, "child_id": child_of(w, case.id).await, "kind": "routine",
            "method": "home", "planned_on": "2026-11-23", "started_at": "2026-11-23T08:40:00+08:00",
            "ended_at": "2026-11-23T08:55:00+08:00", "seen": true, "danger": false, "talked_with": ["child"],
            "injury": "yes", "injury_note": w.sentence(), "mood": "afraid", "school": "attending", "care": "poor",
            "hazards": ["gas"], "guardian_contact": "weekly", "carer": "good", "services": w.sentence(),
            "child_opinion": w.sentence(), "new_risk": w.sentence(), "handling": w.sentence(),
            "next_on": "2026-11-25", "device_at": "2026-11-23T08:59:00+08:00",
        })),
    }
}

fn fields(w: &World) -> Vec<(String, String)> {
    fields! {
        "id" => Uuid::now_v7(), "child_id" => "", "kind" => "routine", "method" => "home",
        "planned_on" => "2026-11-23", "started_at" => "2026-11-23T08:40", "ended_at" => "2026-11-23T08:55",
        "seen" => "yes", "danger" => "no", "talked_with" => "child", "injury" => "yes",
        "injury_note" => w.sentence(), "mood" => "afraid", "school" => "attending", "care" => "poor",
        "hazards" => "gas", "guardian_contact" => "weekly", "carer" => "good", "services" => w.sentence(),
        "child_opinion" => w.sentence(), "new_risk" => w.sentence(), "handling" => w.sentence(),
        "next_on" => "2026-11-25", "device_at" => "2026-11-23T08:59:00+08:00", "supersedes" => "",
    }
}

async fn visit_form(w: &World, with_photo: bool) -> Shot {
    let case = w.case(Red, "accepted").await;
    let files = vec![("photo".to_owned(), format!("{}.jpg", w.name()), jpeg(w))];
    Shot {
        who: "village",
        path: format!("/cases/{}/visits/new", case.id),
        body: if with_photo {
            Body::Files(fields(w), files)
        } else {
            Body::Form(fields(w))
        },
    }
}

async fn not_seen(w: &World) -> Shot {
    let mut shot = visit_form(w, false).await;
    if let Body::Form(fields) = &mut shot.body {
        for (name, value) in fields.iter_mut().filter(|(name, _)| name == "seen") {
            assert_eq!(name, "seen");
            "no".clone_into(value);
        }
        fields.push(("not_seen_reason".to_owned(), "other".to_owned()));
        fields.push(("not_seen_note".to_owned(), w.sentence()));
    }
    shot
}

/// A picture that tells in its metadata whose it is.
fn jpeg(w: &World) -> Vec<u8> {
    let mut plain = Vec::new();
    let shade = u8::try_from(w.next() % 256).unwrap();
    image::RgbImage::from_pixel(24, 16, image::Rgb([shade, 40, 90]))
        .write_to(&mut Cursor::new(&mut plain), image::ImageFormat::Jpeg)
        .unwrap();
    let mut told = plain[..2].to_vec();
    for (marker, head) in [(0xfe_u8, &b""[..]), (0xe1, b"Exif\0\0")] {
        let words = [head, w.sentence().as_bytes(), w.phone().as_bytes()].concat();
        told.extend([0xff, marker]);
        told.extend(u16::try_from(words.len() + 2).unwrap().to_be_bytes());
        told.extend(words);
    }
    told.extend(&plain[2..]);
    told.extend(STEM.as_bytes());
    told
}

/// A visit of the village that was reported.
async fn reported(w: &World) -> String {
    let shot = visit_json(w).await;
    let Body::Json(body) = &shot.body else {
        unreachable!("JSON")
    };
    let id = body["id"].as_str().unwrap().to_owned();
    assert_eq!(shot.send(w).await.status, 201);
    id
}

async fn photo(w: &World) -> Shot {
    let id = reported(w).await;
    Shot {
        who: "village",
        path: format!("/visits/{id}/photos"),
        body: Body::Files(
            Vec::new(),
            vec![("photo".to_owned(), format!("{}.jpg", w.name()), jpeg(w))],
        ),
    }
}

async fn review(w: &World, step: &str) -> Shot {
    let id = reported(w).await;
    Shot {
        who: "township",
        path: format!("/visits/{id}/{step}"),
        body: form! { "version" => 1, "note" => w.sentence(), "question" => w.sentence() },
    }
}

async fn reply(w: &World) -> Shot {
    let shot = review(w, "query").await;
    let path = shot.path.replace("/query", "/reply");
    let asked = shot.send(w).await;
    assert_eq!(asked.status, 303, "{}", asked.text());
    Shot {
        who: "village",
        path,
        body: form! { "version" => 2, "reply" => w.sentence() },
    }
}
