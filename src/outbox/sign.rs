//! The signature of a call between this service and a partner, the same in both
//! directions: HMAC-SM3 over method, target, time, nonce and the body's SM3.

use anyhow::Context;
use hmac::{Hmac, KeyInit, Mac};
use sm3::{Digest, Sm3};
use subtle::ConstantTimeEq;

/// Whose secret it is.
pub const CLIENT: &str = "x-tonghu-client";
/// Unix seconds.
pub const TIMESTAMP: &str = "x-tonghu-timestamp";
/// A word that is used once.
pub const NONCE: &str = "x-tonghu-nonce";
/// The signature, lower-case hexadecimal.
pub const SIGNATURE: &str = "x-tonghu-signature";

/// What a signature covers.
#[derive(Debug, Clone, Copy)]
pub struct Signable<'a> {
    /// `POST`
    pub method: &'a str,
    /// The path with its query, as it stands in the request line.
    pub target: &'a str,
    /// As it stands in the header.
    pub timestamp: &'a str,
    /// As it stands in the header.
    pub nonce: &'a str,
    /// Every byte of the body; empty for none.
    pub body: &'a [u8],
}

impl Signable<'_> {
    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        let Self {
            method,
            target,
            timestamp,
            nonce,
            body,
        } = self;
        let digest = hex::encode(Sm3::digest(body));
        format!("{method}\n{target}\n{timestamp}\n{nonce}\n{digest}")
    }
}

/// The signature under a secret.
///
/// # Errors
/// When the secret cannot be a key.
pub fn sign(secret: &str, signed: &Signable<'_>) -> anyhow::Result<String> {
    let mut mac = <Hmac<Sm3> as KeyInit>::new_from_slice(secret.as_bytes()).context("签名密钥")?;
    mac.update(signed.text().as_bytes());
    Ok(hex::encode(mac.finalize().into_bytes()))
}

/// Whether a signature is the one under a secret, compared in constant time.
#[must_use]
pub fn holds(secret: &str, signed: &Signable<'_>, signature: &str) -> bool {
    sign(secret, signed).is_ok_and(|own| own.as_bytes().ct_eq(signature.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_an_empty_body_is_that_of_the_standard() {
        let signed = Signable {
            method: "GET",
            target: "/api/v1/hotline/work-orders/A-1?x=1",
            timestamp: "1764032400",
            nonce: "0123456789abcdef",
            body: b"",
        };
        let text = signed.text();
        let lines: Vec<&str> = text.split('\n').collect();
        assert_eq!(
            lines[..4],
            [
                "GET",
                "/api/v1/hotline/work-orders/A-1?x=1",
                "1764032400",
                "0123456789abcdef"
            ]
        );
        assert_eq!(
            lines[4],
            "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"
        );
    }

    #[test]
    fn every_part_is_covered_and_upper_case_is_another_signature() {
        let signed = Signable {
            method: "POST",
            target: "/p",
            timestamp: "1",
            nonce: "n",
            body: b"{}",
        };
        let signature = sign("secret", &signed).unwrap();
        assert!(holds("secret", &signed, &signature));
        assert!(!holds("other", &signed, &signature));
        assert!(!holds("secret", &signed, &signature.to_uppercase()));
        for other in [
            Signable {
                method: "GET",
                ..signed
            },
            Signable {
                target: "/p?",
                ..signed
            },
            Signable {
                timestamp: "2",
                ..signed
            },
            Signable { nonce: "m", ..signed },
            Signable { body: b"{ }", ..signed },
        ] {
            assert!(!holds("secret", &other, &signature), "{other:?}");
        }
    }
}
