//! 附件: files that an order names by their address. An order is taken whatever
//! becomes of them: they are fetched afterwards, by the worker, from hosts that
//! the security administrator allowed for that partner, and no others.
//! Limits (this service's own): 10 of one order or event, 20 MiB each.

mod fetch;
mod hosts;
mod kind;
mod shown;

pub(super) use fetch::{again, keep_first, retry_refused};
pub use fetch::{fetch, fetch_within};
pub(super) use hosts::Hosts;
pub(super) use kind::Kind;
pub use shown::{Row, of_case};
pub(super) use shown::{Tally, of_order, open, small, tallies};

use super::body::OrderAttachment;
use super::flags::{FlagKind, Raised};
use crate::ctx::Ctx;
use crate::entity::hotline_attachment;
use crate::error::Result;
use crate::journal;
use crate::vault::{Slot, Vault};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use uuid::Uuid;

/// What the outbox calls these errands.
pub const TOPIC: &str = "attachment";
/// Most of one order or event.
const MOST: usize = 10;
/// Longest address, in bytes.
const URL: usize = 2000;
/// Longest name, in characters.
const NAME: usize = 100;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident $code:literal $label:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum $name {
            $(#[doc = $label] $variant,)*
        }

        impl $name {
            const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stored word.
            pub(super) fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The words on screen.
            pub(super) fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)* }
            }

            /// Reads the stored word.
            pub(super) fn parse(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.code() == code)
            }
        }
    };
}

words! {
    /// How far an attachment is.
    State {
        Waiting "waiting" "待取",
        Fetched "fetched" "已取到",
        Refused "refused" "不取",
        Failed "failed" "未取到",
        Gone "gone" "对方已无此文件",
    }
}

words! {
    /// Why an attachment is not here.
    Reason {
        Unreadable "unreadable" "地址无法识别",
        Tls "tls" "https 地址本系统不直接取，经前置 TLS 代理改用 http",
        Host "host" "主机不在该接入方的附件主机名单",
        Inner "inner" "主机名指向未登记的内部地址",
        Redirected "redirected" "对方转往其他地址，不跟随",
        TooLarge "too_large" "超过 20 MB",
        Type "type" "不是图片、PDF 或录音",
        Broken "broken" "图片损坏或像素过大",
        Shut "shut" "接入方已停用",
        Gone "gone" "对方答复没有此文件",
        Status "status" "对方答复异常",
        Unreachable "unreachable" "连接不上或中途断开",
        Slow "slow" "对方太慢，限时内未传完",
    }
}

fn slot(column: &'static str, id: Uuid) -> Slot {
    Slot::new("hotline_attachment", column, id)
}

fn file_slot(column: &'static str, id: Uuid) -> Slot {
    Slot::new("hotline_attachment_file", column, id)
}

/// The references that were sent, read as far as they can be, and what of them
/// a person has to look at. Nothing here is ever a reason to refuse an order.
pub(super) fn read(given: Option<&Value>) -> (Vec<OrderAttachment>, Vec<Raised>) {
    let raise = |kind, pointer: String, given: Option<String>| Raised { kind, pointer, given };
    let items = match given {
        None | Some(Value::Null) => return (Vec::new(), Vec::new()),
        Some(Value::Array(items)) => items,
        Some(other) => {
            let given: String = other.to_string().chars().take(NAME).collect();
            let raised = raise(FlagKind::Faulty, "/attachments".to_owned(), Some(given));
            return (Vec::new(), vec![raised]);
        }
    };
    let (mut taken, mut raised): (Vec<OrderAttachment>, Vec<Raised>) = (Vec::new(), Vec::new());
    if items.len() > MOST {
        raised.push(raise(FlagKind::TooLong, "/attachments".to_owned(), None));
    }
    for (at, item) in items.iter().take(MOST).enumerate() {
        match reference(item) {
            Some(one) if taken.iter().any(|other| other.url == one.url) => {}
            Some(one) => taken.push(one),
            None => raised.push(raise(FlagKind::Faulty, format!("/attachments/{at}"), None)),
        }
    }
    (taken, raised)
}

/// One reference: an object, or the address alone.
fn reference(item: &Value) -> Option<OrderAttachment> {
    let text = |value: &Value| value.as_str().map(|text| text.trim().to_owned());
    let (url, name) = match item {
        Value::String(_) => (text(item), None),
        Value::Object(fields) => (
            fields.get("url").and_then(text),
            fields.get("name").and_then(text).filter(|name| !name.is_empty()),
        ),
        _ => return None,
    };
    let url = url.filter(|url| !url.is_empty() && url.len() <= URL && !url.chars().any(char::is_control))?;
    let name = name.map(|name| name.chars().filter(|letter| !letter.is_control()).take(NAME).collect());
    Some(OrderAttachment { url: Some(url), name })
}

/// Where references belong to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Belongs {
    pub(super) order: Uuid,
    pub(super) event: Option<Uuid>,
    pub(super) client: Uuid,
    pub(super) report: Uuid,
}

/// Keeps references and sends the worker for them. The same address of the same
/// order is the same attachment. The caller commits.
///
/// # Errors
/// When the database or the vault refuses.
pub(super) async fn keep(
    tx: &impl ConnectionTrait,
    vault: &Vault,
    ctx: &Ctx,
    belongs: Belongs,
    given: Vec<OrderAttachment>,
) -> Result<usize> {
    let mut kept = 0;
    for one in given {
        let Some(url) = one.url else { continue };
        let url_index = vault.index(TOPIC, &url);
        let known = hotline_attachment::Entity::find()
            .filter(hotline_attachment::Column::OrderId.eq(belongs.order))
            .filter(hotline_attachment::Column::UrlIndex.eq(&url_index))
            .one(tx)
            .await?;
        if known.is_some() {
            continue;
        }
        let id = ctx.new_id();
        let row = hotline_attachment::ActiveModel {
            id: Set(id),
            order_id: Set(belongs.order),
            event_id: Set(belongs.event),
            client_id: Set(belongs.client),
            report_id: Set(belongs.report),
            url: Set(vault.seal(slot("url", id), &url)?),
            url_index: Set(url_index),
            name: Set(vault.seal_some(slot("name", id), one.name.as_deref())?),
            state: Set(State::Waiting.code().to_owned()),
            reason: Set(None),
            kind: Set(None),
            size: Set(None),
            asked: Set(0),
            came_at: Set(ctx.now),
            settled_at: Set(None),
        };
        hotline_attachment::Entity::insert(row)
            .exec_without_returning(tx)
            .await?;
        send_for(tx, ctx, (id, 0)).await?;
        kept += 1;
    }
    Ok(kept)
}

fn lane(id: Uuid) -> String {
    format!("attachment:{id}")
}

/// Sends the worker for an attachment, as often as it was asked for.
async fn send_for(tx: &impl ConnectionTrait, ctx: &Ctx, (id, asked): (Uuid, i32)) -> Result<()> {
    let errand = json!({ "attachment": id });
    journal::announce_in(tx, ctx, (TOPIC, Some((lane(id), asked))), &errand).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_as_far_as_they_can_be_and_refuse_nothing() {
        let (taken, raised) = read(Some(&json!([
            { "url": " http://files.example.cn/1 ", "name": "照片\u{0}1.jpg" },
            "http://files.example.cn/2",
            { "url": "http://files.example.cn/1" },
            { "name": "没有地址" }, 7, null, { "url": 7 }, { "url": "" },
        ])));
        let urls: Vec<&str> = taken.iter().filter_map(|one| one.url.as_deref()).collect();
        assert_eq!(urls, ["http://files.example.cn/1", "http://files.example.cn/2"]);
        assert_eq!(taken[0].name.as_deref(), Some("照片1.jpg"));
        let at: Vec<&str> = raised.iter().map(|one| one.pointer.as_str()).collect();
        let wrong = [
            "/attachments/3",
            "/attachments/4",
            "/attachments/5",
            "/attachments/6",
            "/attachments/7",
        ];
        assert_eq!(at, wrong);
        for none in [None, Some(Value::Null), Some(json!([]))] {
            let (taken, raised) = read(none.as_ref());
            assert!(taken.is_empty() && raised.is_empty());
        }
        for odd in [json!("http://files.example.cn/1"), json!({}), json!(true)] {
            let (taken, raised) = read(Some(&odd));
            assert!(taken.is_empty() && raised[0].kind == FlagKind::Faulty, "{odd}");
        }
        let many: Vec<String> = (0..30).map(|at| format!("http://files.example.cn/{at}")).collect();
        let (taken, raised) = read(Some(&json!(many)));
        assert_eq!((taken.len(), raised[0].kind), (MOST, FlagKind::TooLong));
    }

    #[test]
    fn every_state_and_reason_has_words_of_its_own() {
        let mut seen = std::collections::BTreeSet::new();
        for state in State::ALL {
            assert_eq!(State::parse(state.code()), Some(*state));
            assert!(seen.insert(state.label()));
        }
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.code()), Some(*reason));
            assert!(seen.insert(reason.label()));
        }
    }
}
