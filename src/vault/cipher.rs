//! The ciphers behind one trait, so that a hardware module can stand in.

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, AesGcm};
use anyhow::{anyhow, bail};
use std::sync::Arc;

/// Which cipher sealed a value; its number stands in the envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// SM4-GCM (GB/T 32907, RFC 8998).
    Sm4Gcm,
    /// AES-256-GCM.
    Aes256Gcm,
}

impl Algorithm {
    /// Every cipher.
    pub(super) const ALL: [Self; 2] = [Self::Sm4Gcm, Self::Aes256Gcm];

    /// The number in the envelope.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Sm4Gcm => 1,
            Self::Aes256Gcm => 2,
        }
    }

    /// Reads the number.
    ///
    /// # Errors
    /// An unknown number.
    pub fn parse(number: u8) -> anyhow::Result<Self> {
        match number {
            1 => Ok(Self::Sm4Gcm),
            2 => Ok(Self::Aes256Gcm),
            other => bail!("unknown cipher {other}"),
        }
    }

    /// The word in the key file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sm4Gcm => "sm4-gcm",
            Self::Aes256Gcm => "aes-256-gcm",
        }
    }

    /// Reads the word of the key file.
    ///
    /// # Errors
    /// An unknown word.
    pub fn named(name: &str) -> anyhow::Result<Self> {
        match name {
            "sm4-gcm" => Ok(Self::Sm4Gcm),
            "aes-256-gcm" => Ok(Self::Aes256Gcm),
            _ => bail!("未知的加密算法"),
        }
    }

    /// Builds the cipher from 32 bytes of key material.
    pub(super) fn cipher(self, material: &[u8; 32]) -> Arc<dyn Cipher> {
        match self {
            Self::Sm4Gcm => Arc::new(Gcm::<AesGcm<sm4::Sm4, U12>>::new(&material[..16])),
            Self::Aes256Gcm => Arc::new(Gcm::<Aes256Gcm>::new(material)),
        }
    }
}

/// Authenticated encryption of one value.
pub(super) trait Cipher: Send + Sync {
    fn seal(&self, nonce: &[u8], associated: &[u8], plain: &[u8]) -> anyhow::Result<Vec<u8>>;
    fn open(&self, nonce: &[u8], associated: &[u8], body: &[u8]) -> anyhow::Result<Vec<u8>>;
}

struct Gcm<C>(C);

impl<C: KeyInit> Gcm<C> {
    fn new(key: &[u8]) -> Self {
        Self(C::new_from_slice(key).unwrap_or_else(|_| unreachable!("the keys have the length of their cipher")))
    }
}

impl<C: Aead<NonceSize = U12> + Send + Sync> Cipher for Gcm<C> {
    fn seal(&self, nonce: &[u8], associated: &[u8], plain: &[u8]) -> anyhow::Result<Vec<u8>> {
        let nonce = nonce.try_into().map_err(|_| anyhow!("nonce length"))?;
        let payload = Payload {
            msg: plain,
            aad: associated,
        };
        self.0.encrypt(nonce, payload).map_err(|_| anyhow!("seal"))
    }

    fn open(&self, nonce: &[u8], associated: &[u8], body: &[u8]) -> anyhow::Result<Vec<u8>> {
        let nonce = nonce.try_into().map_err(|_| anyhow!("nonce length"))?;
        let payload = Payload {
            msg: body,
            aad: associated,
        };
        self.0
            .decrypt(nonce, payload)
            .map_err(|_| anyhow!("sealed value does not authenticate"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8998, appendix A.1.
    #[test]
    fn sm4_gcm_agrees_with_the_published_vector() {
        // The cipher takes the first sixteen bytes.
        let mut key = [0u8; 32];
        hex::decode_to_slice("0123456789abcdeffedcba9876543210", &mut key[..16]).unwrap();
        let nonce = hex::decode("00001234567800000000abcd").unwrap();
        let aad = hex::decode("feedfacedeadbeeffeedfacedeadbeefabaddad2").unwrap();
        let plain = hex::decode(concat!(
            "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd",
            "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"
        ))
        .unwrap();
        let cipher = Algorithm::Sm4Gcm.cipher(&key);
        let sealed = cipher.seal(&nonce, &aad, &plain).unwrap();
        assert_eq!(
            hex::encode(sealed),
            concat!(
                "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735",
                "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d",
                "83de3541e4c2b58177e065a9bf7b62ec"
            )
        );
    }
}
