//! The key ring: read from a file outside the database, extended by rotation,
//! never logged.

use super::cipher::{Algorithm, Cipher};
use super::{CLASSES, Class};
use anyhow::{Context, bail};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sm3::Sm3;
use std::fmt;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use zeroize::Zeroizing;

/// One key of the ring, with its ciphers at hand: deriving one and setting up
/// its tables costs more than sealing a name with it.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) id: u8,
    pub(super) algorithm: Algorithm,
    secret: Zeroizing<[u8; 32]>,
    ciphers: Vec<(Algorithm, Class, Arc<dyn Cipher>)>,
}

impl Key {
    fn new(id: u8, algorithm: Algorithm, secret: Zeroizing<[u8; 32]>) -> Self {
        let of_class = |class: Class| {
            // The class' own key, derived so that reporters, staff and cases differ.
            let field = keyed(&secret).chain_update(format!("field:{}", class.name()));
            let material: Zeroizing<[u8; 32]> = Zeroizing::new(field.finalize().into_bytes().into());
            Algorithm::ALL.map(|algorithm| (algorithm, class, algorithm.cipher(&material)))
        };
        let ciphers = CLASSES.into_iter().flat_map(of_class).collect();
        Self {
            id,
            algorithm,
            secret,
            ciphers,
        }
    }

    /// The cipher of a class of fields.
    pub(super) fn cipher(&self, algorithm: Algorithm, class: Class) -> anyhow::Result<&dyn Cipher> {
        let found = self
            .ciphers
            .iter()
            .find(|known| (known.0, known.1) == (algorithm, class));
        found.map(|(_, _, cipher)| &**cipher).context("cipher of a class")
    }
}

/// All keys that may still be needed to read, and the one that seals.
#[derive(Clone)]
pub struct KeyRing {
    pub(super) current: u8,
    keys: Vec<Key>,
    index: Zeroizing<[u8; 32]>,
    /// Of the index key; copied for each text.
    keyed: Hmac<Sm3>,
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "KeyRing(current {}, {} keys)", self.current, self.keys.len())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    current: u8,
    index: String,
    keys: Vec<StoredKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredKey {
    id: u8,
    algorithm: String,
    secret: String,
}

impl KeyRing {
    /// A new ring with one key.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn generate(algorithm: Algorithm) -> anyhow::Result<Self> {
        Ok(Self::of(1, vec![Key::new(1, algorithm, random()?)], random()?))
    }

    fn of(current: u8, keys: Vec<Key>, index: Zeroizing<[u8; 32]>) -> Self {
        let keyed = keyed(&index);
        Self {
            current,
            keys,
            index,
            keyed,
        }
    }

    /// Adds a key and makes it the one that seals; old keys go on reading.
    ///
    /// # Errors
    /// When the system gives no randomness or 255 keys exist.
    pub fn rotate(&mut self, algorithm: Algorithm) -> anyhow::Result<()> {
        let last = self.keys.iter().map(|key| key.id).max().unwrap_or(0);
        let id = last.checked_add(1).context("no key number left")?;
        self.keys.push(Key::new(id, algorithm, random()?));
        self.current = id;
        Ok(())
    }

    /// Reads a ring from its file.
    ///
    /// # Errors
    /// A missing or malformed file.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text =
            Zeroizing::new(std::fs::read_to_string(path).with_context(|| format!("密钥文件 {}", path.display()))?);
        // The cause may quote a key: it is not passed on.
        let malformed = |_| anyhow::anyhow!("密钥文件 {} 不是有效的密钥文件", path.display());
        let stored: Stored = serde_json::from_str(&text).map_err(malformed)?;
        let keys = stored
            .keys
            .iter()
            .map(|key| {
                Ok(Key::new(
                    key.id,
                    Algorithm::named(&key.algorithm)?,
                    secret(&key.secret)?,
                ))
            })
            .collect::<anyhow::Result<Vec<_>>>()
            .with_context(|| format!("密钥文件 {}", path.display()))?;
        if !keys.iter().any(|key| key.id == stored.current) {
            bail!("密钥文件 {} 缺少当前密钥 {}", path.display(), stored.current);
        }
        let index = secret(&stored.index).with_context(|| format!("密钥文件 {}", path.display()))?;
        Ok(Self::of(stored.current, keys, index))
    }

    /// Writes the ring to a file that only its owner may read, whole or not
    /// at all. Refuses to overwrite unless told so.
    ///
    /// # Errors
    /// An existing file, or a disk that does not take it.
    pub fn write(&self, path: &Path, overwrite: bool) -> anyhow::Result<()> {
        if path.exists() && !overwrite {
            bail!("密钥文件已存在：{}", path.display());
        }
        if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
            std::fs::create_dir_all(dir)?;
        }
        let stored = Stored {
            current: self.current,
            index: hex::encode(&self.index[..]),
            keys: self.keys.iter().map(stored_key).collect(),
        };
        let text = Zeroizing::new(serde_json::to_string_pretty(&stored)?);
        let mut file = tempfile_beside(path)?;
        file.1.write_all(text.as_bytes())?;
        file.1.sync_all()?;
        std::fs::rename(&file.0, path)?;
        Ok(())
    }

    pub(super) fn key(&self, id: u8) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == id)
    }

    pub(super) fn index(&self, kind: &str, text: &str) -> String {
        hex::encode(&self.mac(&format!("{kind}:{text}"))[..16])
    }

    pub(super) fn token(&self, pair: &str) -> i64 {
        let full = self.mac(&format!("pair:{pair}"));
        let mut first = [0u8; 8];
        first.copy_from_slice(&full[..8]);
        i64::from_be_bytes(first)
    }

    fn mac(&self, text: &str) -> [u8; 32] {
        self.keyed.clone().chain_update(text).finalize().into_bytes().into()
    }
}

fn stored_key(key: &Key) -> StoredKey {
    StoredKey {
        id: key.id,
        algorithm: key.algorithm.name().to_owned(),
        secret: hex::encode(&key.secret[..]),
    }
}

fn tempfile_beside(path: &Path) -> anyhow::Result<(std::path::PathBuf, std::fs::File)> {
    use std::os::unix::fs::OpenOptionsExt;
    let beside = path.with_extension("keys.new");
    let file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside)?;
    Ok((beside, file))
}

fn random() -> anyhow::Result<Zeroizing<[u8; 32]>> {
    let mut bytes = Zeroizing::new([0u8; 32]);
    getrandom::fill(&mut bytes[..]).map_err(|error| anyhow::anyhow!("randomness: {error}"))?;
    Ok(bytes)
}

fn secret(text: &str) -> anyhow::Result<Zeroizing<[u8; 32]>> {
    let mut bytes = Zeroizing::new([0u8; 32]);
    hex::decode_to_slice(text, &mut bytes[..]).context("密钥应为 64 位十六进制")?;
    Ok(bytes)
}

fn keyed(key: &[u8; 32]) -> Hmac<Sm3> {
    <Hmac<Sm3> as KeyInit>::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_survives_its_file_and_is_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ring.keys");
        let ring = KeyRing::generate(Algorithm::Sm4Gcm).unwrap();
        ring.write(&path, false).unwrap();
        assert!(ring.write(&path, false).is_err());
        let read = KeyRing::read(&path).unwrap();
        assert_eq!(read.index("name", "甲"), ring.index("name", "甲"));
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn debug_shows_no_secret() {
        let ring = KeyRing::generate(Algorithm::Sm4Gcm).unwrap();
        assert_eq!(format!("{ring:?}"), "KeyRing(current 1, 1 keys)");
    }
}
