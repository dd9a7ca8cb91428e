//! The link by which the softphone dials. It is made only for a number that
//! may be rung up.

use crate::config::Config;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::intake;
use crate::journal::{self, Act, Entry};
use crate::rules::call_back::{Mark, Refusal};
use crate::state::App;
use crate::telephone::number::Number;
use serde_json::json;

/// The link of a number; digits and a leading plus need no escaping.
pub(super) fn link(config: &Config, number: &str) -> String {
    config.softphone.value.replace("{number}", number)
}

/// Whether somebody may dial a number of their own choosing: any but one that
/// was marked unsafe. Asked and answered, it is in the journal without the
/// number.
///
/// # Errors
/// [`Error::Invalid`] for what is no number and for one that must not be rung up.
pub(super) async fn dial(app: &App, ctx: &Ctx, typed: &str) -> Result<(String, Mark)> {
    let Number::Known(number) = Number::read(typed) else {
        return Err(Error::field("number", "填写要拨的号码，只含数字"));
    };
    let known = intake::known_number(app.db.read(), app, &number).await?;
    let refused = known.mark == Mark::Unsafe;
    let entry = Entry::new(Act::NumberChecked).detail(json!({ "refused": refused }));
    let tx = app.db.begin().await?;
    journal::commit(tx, ctx, entry).await?;
    if refused {
        return Err(Error::field("number", Refusal::Unsafe.label()));
    }
    Ok((number, known.mark))
}
