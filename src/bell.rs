//! The bell: wakes the open pages of a person when something new is theirs.
//! It holds no news itself; whoever wakes looks into the database.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{broadcast, watch};
use uuid::Uuid;

/// Open pages of one person that are rung; further ones show what the page
/// showed when it was loaded.
pub const PAGES: usize = 6;
/// Open pages of all together, well below the connections that the listener
/// takes.
pub const ALL_PAGES: usize = 600;
/// So many rings may wait for a page; one that has missed some looks anyway.
const WAITING: usize = 64;

/// What it rings for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rung {
    /// Something new is theirs.
    News,
    /// Their telephone rings, is answered or falls silent.
    Call,
    /// Rings were missed: it may have been either.
    Both,
}

type Ring = (Rung, Arc<BTreeSet<Uuid>>);

/// Rings for accounts. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Bell {
    rings: broadcast::Sender<Ring>,
    over: watch::Sender<bool>,
    open: Arc<Mutex<HashMap<Uuid, usize>>>,
}

impl Default for Bell {
    fn default() -> Self {
        Self {
            rings: broadcast::Sender::new(WAITING),
            over: watch::Sender::new(false),
            open: Arc::default(),
        }
    }
}

impl Bell {
    /// Wakes the pages of these accounts.
    pub fn ring(&self, accounts: BTreeSet<Uuid>) {
        // Nobody listening is no fault.
        drop(self.rings.send((Rung::News, Arc::new(accounts))));
    }

    /// Tells the pages of these accounts that their telephone has news.
    pub fn call(&self, accounts: BTreeSet<Uuid>) {
        drop(self.rings.send((Rung::Call, Arc::new(accounts))));
    }

    /// Ends every open page's stream: the service stops.
    pub fn silence(&self) {
        self.over.send_replace(true);
    }

    /// A place at the bell for one page; none when the person has too many.
    #[must_use]
    pub fn listen(&self, account: Uuid) -> Option<Listener> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let own = open.get(&account).copied().unwrap_or_default();
        if own >= PAGES || open.values().sum::<usize>() >= ALL_PAGES {
            return None;
        }
        open.insert(account, own + 1);
        Some(Listener {
            account,
            rings: self.rings.subscribe(),
            over: self.over.subscribe(),
            open: self.open.clone(),
        })
    }
}

/// One open page. Dropping it frees its place.
#[derive(Debug)]
pub struct Listener {
    account: Uuid,
    rings: broadcast::Receiver<Ring>,
    over: watch::Receiver<bool>,
    open: Arc<Mutex<HashMap<Uuid, usize>>>,
}

impl Listener {
    /// Waits until it rings for this account; false when the service stops.
    pub async fn rung(&mut self) -> bool {
        self.next().await.is_some()
    }

    /// Waits until it rings for this account and tells what for; none when the
    /// service stops.
    pub async fn next(&mut self) -> Option<Rung> {
        loop {
            if *self.over.borrow() {
                return None;
            }
            let ring = tokio::select! {
                ring = self.rings.recv() => ring,
                _ = self.over.changed() => return None,
            };
            match ring {
                Ok((_, accounts)) if !accounts.contains(&self.account) => {}
                Ok((rung, _)) => return Some(rung),
                Err(broadcast::error::RecvError::Lagged(_)) => return Some(Rung::Both),
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = open.get_mut(&self.account) {
            *own -= 1;
            if *own == 0 {
                open.remove(&self.account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_has_so_many_places_and_a_page_that_closes_frees_its_own() {
        let bell = Bell::default();
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut pages: Vec<_> = (0..PAGES).map(|_| bell.listen(one).unwrap()).collect();
        assert!(bell.listen(one).is_none());
        assert!(bell.listen(two).is_some());
        pages.pop();
        assert!(bell.listen(one).is_some());
    }

    #[tokio::test]
    async fn it_rings_for_those_named_and_stops_with_the_service() {
        let bell = Bell::default();
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut page = bell.listen(one).unwrap();
        bell.ring(BTreeSet::from([two]));
        bell.ring(BTreeSet::from([one, two]));
        assert!(page.rung().await);
        bell.call(BTreeSet::from([two]));
        bell.call(BTreeSet::from([one]));
        assert_eq!(page.next().await, Some(Rung::Call));
        bell.silence();
        assert!(!page.rung().await);
    }
}
