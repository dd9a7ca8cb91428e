//! What every request shares.

use crate::bell::Bell;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::vault::Vault;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// The application: cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    /// The pools.
    pub db: Db,
    /// Seals and opens fields.
    pub vault: Arc<Vault>,
    /// The one clock.
    pub clock: Clock,
    /// The configuration.
    pub config: Arc<Config>,
    /// Wakes open pages when something new is theirs.
    pub bell: Bell,
    /// Two password hashes at a time: more would take the memory that calls need.
    pub hashing: Arc<Semaphore>,
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(db: Db, vault: Vault, clock: Clock, config: Config) -> Self {
        Self {
            db,
            vault: Arc::new(vault),
            clock,
            config: Arc::new(config),
            bell: Bell::default(),
            hashing: Arc::new(Semaphore::new(2)),
        }
    }
}
