//! What every request shares.

use crate::bell::Bell;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::vault::Vault;
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
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
    /// What modules keep in memory.
    pub kept: Kept,
}

/// What modules keep in memory for as long as the process runs, one of a kind
/// each. Nothing that must outlast the process is kept here.
#[derive(Clone, Debug, Default)]
pub struct Kept(Arc<Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>>);

impl Kept {
    /// The one of its kind; the first who asks makes it.
    #[must_use]
    pub fn of<T: Any + Default + Send + Sync>(&self) -> Arc<T> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = kept.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default()));
        Arc::clone(own).downcast().unwrap_or_default()
    }
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
            kept: Kept::default(),
        }
    }
}
