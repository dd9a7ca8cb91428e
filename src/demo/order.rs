//! One order of 12345 with a picture, so that whoever looks around sees how
//! such a thing stands there. The picture is drawn here: nobody's house.

use super::PARTNER;
use crate::clock;
use crate::ctx::Ctx;
use crate::hotline;
use crate::state::App;
use anyhow::Context;
use chrono::TimeDelta;
use image::{ImageFormat, Rgb, RgbImage};
use serde_json::json;
use std::io::Cursor;

const WIDTH: u32 = 480;
const HEIGHT: u32 = 320;

/// A wall with a window of which one pane is broken.
fn pixel(x: u32, y: u32) -> Rgb<u8> {
    let wall = Rgb([196, 182, 160]);
    let frame = Rgb([92, 70, 48]);
    let glass = Rgb([150, 190, 215]);
    let hole = Rgb([30, 34, 40]);
    if !(120..360).contains(&x) || !(70..250).contains(&y) {
        return wall;
    }
    let inside = (132..348).contains(&x) && (82..238).contains(&y);
    let on_frame = !inside || (234..246).contains(&x) || (154..166).contains(&y);
    // A star-shaped hole in the upper right pane.
    let (across, down) = (x.abs_diff(297), y.abs_diff(118));
    if on_frame {
        frame
    } else if across + down < 26 || (across < 4 && down < 34) || (down < 4 && across < 44) {
        hole
    } else {
        glass
    }
}

fn picture() -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    RgbImage::from_fn(WIDTH, HEIGHT, pixel)
        .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
        .context("picture of the demonstration")?;
    Ok(bytes)
}

/// Brings the order in.
///
/// # Errors
/// When it is not taken: the demonstration is then not what it claims.
pub(super) async fn load(app: &App) -> anyhow::Result<()> {
    let ctx = Ctx::system(app.clock.now());
    let received = (ctx.now - TimeDelta::minutes(20)).with_timezone(&clock::shanghai());
    let order = json!({
        "ext_order_no": "SZ12345-DEMO-0001", "received_at": received.to_rfc3339(), "channel": "phone",
        "demand_type": "help_request", "case_types": ["1603"], "title": "窗户破损，孩子房间透风",
        "content": "奶奶带着孩子住，窗玻璃碎了没钱换，天冷透风，想问能不能帮助。附有照片。",
        "caller": { "phone": "16000000077", "anonymous": true }, "reporter_type": "V03", "relation_to_child": "62",
        "confidential": true, "child_location": { "division": "140623100" }, "cohabiting_suspect": "no",
        "children": [{ "sex": "1", "age": 8 }],
        "attachments": [{ "url": "http://127.0.0.1/demo/window.png", "name": "窗户.png" }]
    });
    hotline::demonstrate(app, &ctx, PARTNER.0, &order, picture()?).await?;
    Ok(())
}
