//! An application of its own for every test, and people who use it.

pub mod binary;
mod client;
mod database;
pub mod log;
pub mod wire;

pub use client::{Client, Reply};
pub use database::Home;

use chrono::{DateTime, Utc};
use sea_orm_migration::MigratorTrait;
use tonghu::clock::Clock;
use tonghu::config::{Config, Flags};
use tonghu::db::Db;
use tonghu::vault::{KeyRing, Vault};

/// Monday morning in Shanghai.
pub const MORNING: &str = "2026-11-23T09:00:00+08:00";

/// A running application with the demonstration's accounts and no cases.
pub struct App {
    pub state: tonghu::state::App,
    pub clock: Clock,
    router: axum::Router,
    home: database::Home,
}

impl App {
    /// Starts on a fresh copy of the founded network.
    pub async fn start() -> Self {
        Self::over(Home::fresh().await).await
    }

    /// Starts on a migrated database in which nobody has an account.
    pub async fn blank() -> Self {
        let app = Self::over(Home::blank().await).await;
        migrations::Migrator::up(app.state.db.schema(), None).await.unwrap();
        app
    }

    /// Starts on a database that is there.
    pub async fn over(home: Home) -> Self {
        Self::with(home, |_| {}).await
    }

    /// The same under another configuration.
    pub async fn with(home: Home, change: impl FnOnce(&mut Config)) -> Self {
        let clock = Clock::fixed(morning());
        let mut state = assemble(&home, clock.clone()).await;
        let mut config = Config::clone(&state.config);
        change(&mut config);
        state.config = config.into();
        let router = tonghu::app::router(&state);
        Self {
            state,
            clock,
            router,
            home,
        }
    }

    /// Somebody who has not signed in.
    pub fn stranger(&self) -> Client {
        Client::new(self.router.clone())
    }

    /// Somebody who has not signed in, at an address.
    pub fn stranger_at(&self, address: &str) -> Client {
        let peer: std::net::SocketAddr = address.parse().unwrap();
        let router = self.router.clone();
        Client::new(router.layer(axum::Extension(axum::extract::ConnectInfo(peer))))
    }

    /// The demonstration's partner of 12345.
    pub fn partner(&self) -> Client {
        self.stranger().signing(&self.clock, tonghu::demo::PARTNER)
    }

    /// One of the demonstration's people, signed in.
    pub async fn sign_in(&self, username: &str) -> Client {
        let mut client = self.stranger();
        client.sign_in(username, tonghu::demo::PASSWORD).await;
        client
    }

    /// Where its data is.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// The path of the SQLite file, where it is one.
    pub fn database_file(&self) -> Option<std::path::PathBuf> {
        self.home.file()
    }
}

pub fn morning() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(MORNING).unwrap().into()
}

pub(crate) async fn assemble(home: &database::Home, clock: Clock) -> tonghu::state::App {
    let db = Db::connect(&home.url).await.unwrap();
    let ring = KeyRing::read(&home.keys).unwrap();
    let mut config = Config::load(&Flags::default()).unwrap();
    config.demo = true;
    tonghu::state::App::new(db, Vault::new(ring), clock, config)
}
