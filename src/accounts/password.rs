//! Passwords: argon2id, two at a time and off the async threads; and what a
//! new one must be.

use crate::error::{FieldError, Result};
use crate::state::App;
use anyhow::Context;
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use zeroize::Zeroizing;

/// Shortest new password, in characters.
const SHORTEST: usize = 12;
/// Longest password that is looked at, in bytes.
const LONGEST: usize = 512;
/// Twelve characters or more; shorter ones are refused anyway.
const COMMON: &str = include_str!("common.txt");
/// Letters and figures that nobody mistakes for one another.
const PLAIN: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Verified in place of an account that does not exist, with the parameters
/// of every other hash, so that both answers take the same time.
const DUMMY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes a password: a PHC string.
///
/// # Errors
/// When there is no randomness or the process is stopping.
pub async fn hash(app: &App, password: &str) -> Result<String> {
    let password = Zeroizing::new(password.as_bytes().to_vec());
    blocking(app, move || {
        let hash = Argon2::default()
            .hash_password(&password)
            .map_err(|error| anyhow::anyhow!("hash: {error}"))?;
        Ok(hash.to_string())
    })
    .await
}

/// Whether a password is the one of the hash. Without a hash the same work is
/// done for nothing.
///
/// # Errors
/// When the process is stopping.
pub async fn verify(app: &App, hash: Option<&str>, password: &str) -> Result<bool> {
    let known = hash.is_some();
    let hash = hash.unwrap_or(DUMMY).to_owned();
    let fits = password.len() <= LONGEST;
    let password = Zeroizing::new(password.as_bytes().iter().copied().take(LONGEST).collect::<Vec<u8>>());
    blocking(app, move || {
        let hash = PasswordHash::new(&hash).map_err(|error| anyhow::anyhow!("stored hash: {error}"))?;
        let same = Argon2::default().verify_password(&password, &hash).is_ok();
        Ok(same && known && fits)
    })
    .await
}

async fn blocking<T: Send + 'static>(
    app: &App,
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> Result<T> {
    let turn = app.hashing.clone().acquire_owned().await.context("hashing closed")?;
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(turn);
        done
    })
    .await
    .context("hashing")??;
    Ok(done)
}

/// What is wrong with a new password, if anything: in Chinese, for the field.
#[must_use]
pub fn fault(password: &str, username: &str) -> Option<&'static str> {
    let lower = password.to_lowercase();
    if password.chars().count() < SHORTEST {
        return Some("密码至少 12 个字符，可用一句话");
    }
    if password.len() > LONGEST {
        return Some("密码过长，不超过 512 个字节");
    }
    if lower == username.to_lowercase() || COMMON.lines().any(|common| common == lower) || is_run(&lower) {
        return Some("该密码过于常见，换一个他人猜不到的密码");
    }
    None
}

/// [`fault`] as the error of a field.
///
/// # Errors
/// [`crate::error::Error::Invalid`] naming the field.
pub fn check(field: &str, password: &str, username: &str) -> Result<()> {
    match fault(password, username) {
        Some(message) => Err(crate::error::Error::Invalid(vec![FieldError::new(field, message)])),
        None => Ok(()),
    }
}

/// One character again and again, or each the next of the one before.
fn is_run(text: &str) -> bool {
    let codes: Vec<i64> = text.chars().map(|letter| i64::from(u32::from(letter))).collect();
    let steps: Vec<i64> = codes.windows(2).map(|pair| pair[1] - pair[0]).collect();
    steps
        .first()
        .is_some_and(|first| first.abs() <= 1 && steps.iter().all(|step| step == first))
}

/// A one-time password: sixteen characters (80 bits) in groups of four.
///
/// # Errors
/// When there is no randomness.
pub fn one_time() -> Result<String> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("randomness: {error}"))?;
    let letters: Vec<char> = bytes
        .iter()
        .map(|byte| char::from(PLAIN[usize::from(byte % 32)]))
        .collect();
    let groups: Vec<String> = letters.chunks(4).map(|four| four.iter().collect()).collect();
    Ok(groups.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_common_and_running_passwords_are_refused() {
        for bad in [
            "short-1",
            "1qaz2wsx3edc",
            "Password1234",
            "aaaaaaaaaaaa",
            "abcdefghijklm",
            "operator-long",
        ] {
            assert!(fault(bad, "operator-long").is_some(), "{bad}");
        }
        assert_eq!(fault("tonghu-demo-2026", "operator"), None);
        assert_eq!(fault("雨天记得给阳台的花收进来", "operator"), None);
    }

    #[test]
    fn the_list_of_common_passwords_is_lower_case_and_long_enough_to_matter() {
        for common in COMMON.lines() {
            assert_eq!(common, common.to_lowercase());
            assert!(common.chars().count() >= SHORTEST, "{common}");
        }
    }

    #[test]
    fn one_time_passwords_pass_the_policy_and_differ() {
        let (one, other) = (one_time().unwrap(), one_time().unwrap());
        assert_ne!(one, other);
        assert_eq!(fault(&one, "operator"), None);
        assert_eq!(one.len(), 19);
    }

    #[test]
    fn the_stand_in_hash_costs_what_a_real_one_costs() {
        let real = Argon2::default().hash_password(b"whatever it may be").unwrap();
        let dummy = PasswordHash::new(DUMMY).unwrap();
        assert_eq!(dummy.algorithm, real.algorithm);
        assert_eq!(dummy.params.to_string(), real.params.to_string());
        assert_eq!(
            dummy.hash.unwrap().as_bytes().len(),
            real.hash.unwrap().as_bytes().len()
        );
    }
}
