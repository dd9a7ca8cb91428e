//! The signature by the contract, written for the stand-in alone: HMAC over
//! SM3 by hand, from RFC 2104.

use sm3::{Digest, Sm3};

const BLOCK: usize = 64;

fn sm3(parts: &[&[u8]]) -> [u8; 32] {
    let mut digest = Sm3::new();
    for part in parts {
        digest.update(part);
    }
    digest.finalize().into()
}

/// HMAC-SM3 under a key.
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0; BLOCK];
    if key.len() > BLOCK {
        block[..32].copy_from_slice(&sm3(&[key]));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = sm3(&[&block.map(|byte| byte ^ 0x36), message]);
    sm3(&[&block.map(|byte| byte ^ 0x5c), &inner])
}

/// The parts of a call that a signature covers.
#[derive(Clone, Copy)]
pub(crate) struct Parts<'a> {
    pub(crate) method: &'a str,
    pub(crate) target: &'a str,
    pub(crate) time: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) body: &'a [u8],
}

/// The signature of a call, lower-case hexadecimal.
pub(crate) fn sign(secret: &str, parts: &Parts<'_>) -> String {
    let body = hex::encode(sm3(&[parts.body]));
    let text = [parts.method, parts.target, parts.time, parts.nonce, &body].join("\n");
    hex::encode(hmac(secret.as_bytes(), text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digests_are_those_of_the_standard() {
        for (text, digest) in [
            (
                "abc",
                "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
            ),
            (
                &"abcd".repeat(16),
                "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
            ),
            ("", "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"),
        ] {
            assert_eq!(hex::encode(sm3(&[text.as_bytes()])), digest, "{text}");
        }
    }

    #[test]
    fn a_key_longer_than_a_block_is_digested_first() {
        let long = "k".repeat(BLOCK + 1);
        assert_eq!(hmac(long.as_bytes(), b"m"), hmac(&sm3(&[long.as_bytes()]), b"m"));
        let full = "k".repeat(BLOCK);
        assert_ne!(hmac(full.as_bytes(), b"m"), hmac(&sm3(&[full.as_bytes()]), b"m"));
    }

    #[test]
    fn the_example_of_the_contract_is_signed_as_it_says() {
        let body = r#"{"ext_order_no":"SZ12345-20261123-000017","received_at":"2026-11-23T08:52:00+08:00","content":"邻居家孩子被打"}"#;
        let post = Parts {
            method: "POST",
            target: "/api/v1/hotline/work-orders",
            time: "1795395600",
            nonce: "5f2b7c0e9a4d4e0c8f1a",
            body: body.as_bytes(),
        };
        let secret = "tonghu-demo-12345-secret";
        let signature = "45dd5acae31a09cf9b7bc8f5d8eb2ecc4d4227ba6f41a58bfaadc4c3b651a4f7";
        assert_eq!(sign(secret, &post), signature);
        let get = Parts {
            method: "GET",
            target: "/api/v1/hotline/work-orders/SZ12345-20261123-000017",
            body: b"",
            ..post
        };
        let signature = "d995bbf14c43accaec476d48606d717e12e31334ccda6db07acdc302a2f6cd82";
        assert_eq!(sign(secret, &get), signature);
    }
}
