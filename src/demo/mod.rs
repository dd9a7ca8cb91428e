//! The demonstration: invented people over the real divisions, the same for
//! the same seed, and a clock that may be moved ahead. Only `--demo` serves it.

mod cases;
mod clock;
mod dice;
mod knowledge;
mod order;
mod people;
mod quality;
mod stories;

pub(crate) use dice::Dice;
pub use people::people;

use crate::ctx::Ctx;
use crate::entity::protection_case;
use crate::hotline::clients;
use crate::journal;
use crate::state::App;
use crate::web::{Access, Routes};
use sea_orm::{EntityTrait, PaginatorTrait};

/// The password of every demonstration account; the demonstration listens on
/// this machine only.
pub const PASSWORD: &str = "tonghu-demo-2026";

/// The token of the demonstration's service account.
pub const TOKEN: &str = "tonghu-demo-service";

/// The demonstration's partner of 12345, and what it signs with.
pub const PARTNER: (&str, &str) = ("demo-12345", "tonghu-demo-12345-secret");

/// The token of the demonstration's telephone exchange.
pub const EXCHANGE: &str = "demo-cti";

/// Whose telephone is whose in the demonstration.
pub const EXTENSIONS: [(&str, &str); 3] = [("8001", "operator"), ("8002", "operator2"), ("8003", "lead")];

/// How much is loaded.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Cases.
    pub cases: u32,
    /// Children, at least as many as cases.
    pub children: u32,
    /// The same seed gives the same data.
    pub seed: u64,
}

impl Default for Size {
    fn default() -> Self {
        Self {
            cases: 24,
            children: 36,
            seed: 1,
        }
    }
}

/// Routes that only the demonstration has.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().post("/demo/clock", Access::Public, clock::advance)
}

/// Loads people and cases, with a bar for the person at the terminal; does
/// nothing where there are cases already. Answers whether it did.
///
/// # Errors
/// When the database refuses.
pub async fn load(app: &App, size: &Size) -> anyhow::Result<bool> {
    people(app).await?;
    if protection_case::Entity::find().count(app.db.read()).await? > 0 {
        return Ok(false);
    }
    let bar = indicatif::ProgressBar::new(u64::from(size.cases));
    cases::load(app, size, |done| bar.set_position(u64::from(done))).await?;
    bar.finish_and_clear();
    knowledge::load(app).await?;
    Box::pin(order::load(app)).await?;
    quality::load(app).await?;
    while journal::seal(app).await? == journal::BATCH {}
    app.db.learn().await?;
    tracing::info!(
        cases = size.cases,
        children = size.children,
        seed = size.seed,
        "demonstration"
    );
    Ok(true)
}

/// Lets the answers of the demonstration's partner go to the stand-in at an
/// address.
///
/// # Errors
/// When nothing can be sent there.
pub async fn answer_at(app: &App, url: &str) -> anyhow::Result<()> {
    let ctx = Ctx::system(app.clock.now());
    let back = format!("{url}{}", platform::BACK);
    clients::answer_at(app, &ctx, PARTNER.0, &back).await?;
    Ok(())
}

/// What the person who starts the demonstration is told.
#[must_use]
pub fn banner(url: &str) -> Vec<String> {
    let mut lines = vec![
        format!("童护演示已在 {url} 提供服务（仅限本机，数据均为虚构）"),
        format!("账号口令均为 {PASSWORD}"),
    ];
    let told = |person: &people::Person| format!("  {:<12} {}", person.username, person.what);
    lines.extend(people::PEOPLE.iter().map(told));
    let (client, secret) = PARTNER;
    lines.push(format!("12345 接入方 {client}，签名密钥 {secret}"));
    let seats = EXTENSIONS.map(|(extension, person)| format!("{extension} {person}"));
    lines.push(format!("话务平台令牌 {EXCHANGE}，分机 {}", seats.join("、")));
    lines.push(format!("服务账号不用口令，令牌为 {TOKEN}"));
    lines
}
