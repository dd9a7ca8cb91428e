//! Sealed fields. Names, numbers, phones, addresses and narratives are
//! ciphertext before they reach the database; the key stays outside it.
//! Equality is searched by keyed indexes, narratives by keyed bigrams
//! (which leak how often a pair of characters recurs, and nothing else).

mod cipher;
mod index;
mod keys;

pub use cipher::Algorithm;
pub use index::normalise;
pub use keys::KeyRing;

use crate::entity::Sealed;
use anyhow::{Context, bail};
use uuid::Uuid;

/// Where a sealed value lives. It is bound to the ciphertext, so a value moved
/// to another row or column no longer opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Table name.
    pub table: &'static str,
    /// Column name.
    pub column: &'static str,
    /// Primary key of the row.
    pub row: Uuid,
}

impl Slot {
    /// The slot of a column in a row.
    #[must_use]
    pub fn new(table: &'static str, column: &'static str, row: Uuid) -> Self {
        Self { table, column, row }
    }

    fn associated(&self) -> Vec<u8> {
        format!("{}.{}.{}", self.table, self.column, self.row).into_bytes()
    }

    /// Reporters, staff and cases are sealed under different keys.
    fn class(&self) -> Class {
        match self.table {
            "reporter_identity" => Class::Reporter,
            "account" | "unit" => Class::Staff,
            _ => Class::Case,
        }
    }
}

/// Fields that share a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Reporter,
    Staff,
    Case,
}

const CLASSES: [Class; 3] = [Class::Reporter, Class::Staff, Class::Case];

impl Class {
    /// The word that its key is derived with.
    fn name(self) -> &'static str {
        match self {
            Self::Reporter => "reporter",
            Self::Staff => "staff",
            Self::Case => "case",
        }
    }
}

const VERSION: u8 = 1;
const HEADER: usize = 3;
const NONCE: usize = 12;

/// Seals, opens and indexes fields.
#[derive(Debug)]
pub struct Vault {
    ring: KeyRing,
}

impl Vault {
    /// A vault over a key ring.
    #[must_use]
    pub fn new(ring: KeyRing) -> Self {
        Self { ring }
    }

    /// The id of the key that seals new values.
    #[must_use]
    pub fn current_key(&self) -> u8 {
        self.ring.current
    }

    /// Seals bytes for a slot.
    ///
    /// # Errors
    /// When the system gives no randomness or the key ring lost its key.
    pub fn seal_bytes(&self, slot: Slot, plain: &[u8]) -> anyhow::Result<Sealed> {
        let key = self.ring.key(self.ring.current).context("current key")?;
        let mut nonce = [0u8; NONCE];
        getrandom::fill(&mut nonce).map_err(|error| anyhow::anyhow!("randomness: {error}"))?;
        let cipher = key.cipher(key.algorithm, slot.class())?;
        let body = cipher.seal(&nonce, &slot.associated(), plain)?;
        let mut sealed = Vec::with_capacity(HEADER + NONCE + body.len());
        sealed.extend([VERSION, key.algorithm.number(), key.id]);
        sealed.extend(nonce);
        sealed.extend(body);
        Ok(Sealed(sealed))
    }

    /// Opens what [`Vault::seal_bytes`] sealed for the same slot.
    ///
    /// # Errors
    /// An unknown version or key, a flipped bit, or a value from another row.
    pub fn open_bytes(&self, slot: Slot, sealed: &Sealed) -> anyhow::Result<Vec<u8>> {
        let Some((header, rest)) = sealed.0.split_at_checked(HEADER) else {
            bail!("sealed value too short");
        };
        let Some((nonce, body)) = rest.split_at_checked(NONCE) else {
            bail!("sealed value too short");
        };
        if header[0] != VERSION {
            bail!("sealed value of unknown version {}", header[0]);
        }
        let key = self.ring.key(header[2]).with_context(|| format!("key {}", header[2]))?;
        let cipher = key.cipher(Algorithm::parse(header[1])?, slot.class())?;
        cipher
            .open(nonce, &slot.associated(), body)
            .with_context(|| format!("open {}.{}", slot.table, slot.column))
    }

    /// Seals a text.
    ///
    /// # Errors
    /// As [`Vault::seal_bytes`].
    pub fn seal(&self, slot: Slot, plain: &str) -> anyhow::Result<Sealed> {
        self.seal_bytes(slot, plain.as_bytes())
    }

    /// Opens a text.
    ///
    /// # Errors
    /// As [`Vault::open_bytes`].
    pub fn open(&self, slot: Slot, sealed: &Sealed) -> anyhow::Result<String> {
        String::from_utf8(self.open_bytes(slot, sealed)?).context("sealed text is not UTF-8")
    }

    /// Opens a text that stood in the clear once and was left behind empty when
    /// its column was sealed.
    ///
    /// # Errors
    /// As [`Vault::open_bytes`].
    pub fn open_or_empty(&self, slot: Slot, sealed: &Sealed) -> anyhow::Result<String> {
        if sealed.0.is_empty() {
            return Ok(String::new());
        }
        self.open(slot, sealed)
    }

    /// Seals a text where there is one; blank counts as none.
    ///
    /// # Errors
    /// As [`Vault::seal_bytes`].
    pub fn seal_some(&self, slot: Slot, plain: Option<&str>) -> anyhow::Result<Option<Sealed>> {
        plain
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(|text| self.seal(slot, text))
            .transpose()
    }

    /// Opens a text where there is one.
    ///
    /// # Errors
    /// As [`Vault::open_bytes`].
    pub fn open_some(&self, slot: Slot, sealed: Option<&Sealed>) -> anyhow::Result<Option<String>> {
        sealed.map(|sealed| self.open(slot, sealed)).transpose()
    }

    /// The blind index of a value for equality search: hexadecimal, keyed per
    /// kind of value (`name`, `phone`, `id_number`), over the normalised text.
    #[must_use]
    pub fn index(&self, kind: &str, text: &str) -> String {
        self.ring.index(kind, &normalise(text))
    }

    /// The blind index where there is a value.
    #[must_use]
    pub fn index_some(&self, kind: &str, text: Option<&str>) -> Option<String> {
        text.map(normalise)
            .filter(|text| !text.is_empty())
            .map(|text| self.ring.index(kind, &text))
    }

    /// Keyed tokens of the character pairs of a text, without repeats.
    #[must_use]
    pub fn tokens(&self, text: &str) -> Vec<i64> {
        index::bigrams(text).iter().map(|pair| self.ring.token(pair)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn vault() -> Vault {
        Vault::new(KeyRing::generate(Algorithm::Sm4Gcm).unwrap())
    }

    fn slot(row: u128) -> Slot {
        Slot::new("child", "name", Uuid::from_u128(row))
    }

    #[test]
    fn a_value_moved_to_another_row_does_not_open() {
        let vault = vault();
        let sealed = vault.seal(slot(1), "薛圐圙").unwrap();
        assert_eq!(vault.open(slot(1), &sealed).unwrap(), "薛圐圙");
        assert!(vault.open(slot(2), &sealed).is_err());
    }

    #[test]
    fn a_flipped_bit_is_noticed_at_every_byte() {
        let vault = vault();
        let sealed = vault.seal(slot(1), "约7岁女童").unwrap();
        for at in 0..sealed.0.len() {
            let mut broken = sealed.clone();
            broken.0[at] ^= 1;
            assert!(vault.open(slot(1), &broken).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_rotated_ring_still_opens_old_values() {
        let mut ring = KeyRing::generate(Algorithm::Sm4Gcm).unwrap();
        let old = Vault::new(ring.clone()).seal(slot(1), "旧").unwrap();
        ring.rotate(Algorithm::Aes256Gcm).unwrap();
        let vault = Vault::new(ring);
        let new = vault.seal(slot(1), "新").unwrap();
        assert_ne!(old.0[2], new.0[2]);
        assert_eq!(vault.open(slot(1), &old).unwrap(), "旧");
        assert_eq!(vault.open(slot(1), &new).unwrap(), "新");
    }

    #[test]
    fn two_installations_index_alike_values_differently() {
        let phone = "1600000 0001";
        let here = vault();
        assert_eq!(here.index("phone", phone), here.index("phone", "１６０００００-0001"));
        assert_ne!(here.index("phone", phone), here.index("name", phone));
        assert_ne!(here.index("phone", phone), vault().index("phone", phone));
    }

    proptest! {
        #[test]
        fn whatever_is_sealed_opens_again(text in ".*", row in any::<u128>()) {
            let vault = vault();
            let sealed = vault.seal(slot(row), &text).unwrap();
            prop_assert_eq!(vault.open(slot(row), &sealed).unwrap(), text);
        }
    }
}
