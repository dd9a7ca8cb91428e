//! Screens of the reviews: what is drawn and waits, a review, one's own, the
//! score sheet.

mod card;
mod desk;
mod sheets;

use crate::rules::policy::Role;
use crate::web::{Access, Routes};

const KEEPERS: Access = Access::Roles(&[Role::Lead, Role::City]);
const CHECKERS: Access = Access::Roles(&[Role::Lead, Role::City, Role::Auditor]);
const READERS: Access = Access::Roles(&[Role::Operator, Role::Lead, Role::City]);
const HOME: &str = "/quality";
const MINE: &str = "/quality/mine";

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/quality", CHECKERS, desk::show)
        .post("/quality/draw", KEEPERS, desk::draw)
        .get("/quality/samples/{id}", CHECKERS, desk::sample)
        .get("/quality/mine", Access::DESK, desk::mine)
        .get("/quality/reviews/{id}", READERS, card::show)
        .post("/quality/reviews/{id}", KEEPERS, card::save)
        .post("/quality/reviews/{id}/objection", Access::DESK, card::object)
        .post("/quality/reviews/{id}/ruling", KEEPERS, card::rule)
        .get("/quality/sheet", READERS, sheets::show)
        .post("/quality/sheet", KEEPERS, sheets::change)
}

/// A form whose fields depend on the score sheet, as it was sent.
pub(super) type Fields = Vec<(String, String)>;

/// The value of a field; empty where it was not sent.
fn value<'a>(fields: &'a Fields, name: &str) -> &'a str {
    let found = fields.iter().find(|(known, _)| known == name);
    found.map_or("", |(_, value)| value.as_str())
}

/// The version that was seen; one that is no number was never seen.
fn seen(fields: &Fields) -> i32 {
    value(fields, "version").trim().parse().unwrap_or_default()
}
