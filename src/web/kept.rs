//! What was typed into a form that could not be saved: the page that says so
//! gives it back, ready to be sent again.

use axum::body::Bytes;
use axum::http::StatusCode;
use std::sync::{Arc, OnceLock};

/// The body of a form, left by whoever reads it for whoever tells of a fault.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept(Arc<OnceLock<Bytes>>);

/// A form to be sent again.
#[derive(Debug)]
pub(super) struct Again {
    /// Where to.
    pub(super) action: String,
    /// Every field in its order, without the token.
    pub(super) fields: Vec<(String, String)>,
    /// Those that a person wrote, for reading.
    pub(super) words: Vec<String>,
}

impl Kept {
    /// Keeps a body; the first one counts.
    pub(crate) fn keep(&self, body: Bytes) {
        // A second reader of the same request brings the same body.
        drop(self.0.set(body));
    }

    /// The form for the page, when nothing of it was saved and it holds no
    /// password.
    pub(super) fn again(&self, action: &str, status: StatusCode) -> Option<Again> {
        let unsaved = matches!(
            status,
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::INTERNAL_SERVER_ERROR
        );
        let secret = ["/login", "/password", "/setup/"]
            .iter()
            .any(|path| action.starts_with(path));
        if !unsaved || secret {
            return None;
        }
        let mut fields: Vec<(String, String)> = serde_html_form::from_bytes(self.0.get()?).ok()?;
        fields.retain(|(name, _)| name != "csrf");
        let words = fields.iter().map(|(_, value)| value.trim());
        let words = words.filter(|value| !value.is_ascii()).map(str::to_owned).collect();
        Some(Again {
            action: action.to_owned(),
            fields,
            words,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_not_saved_and_holds_no_password_is_given_back() {
        let kept = Kept::default();
        kept.keep(Bytes::from_static("csrf=1&version=3&text=外婆来了".as_bytes()));
        let again = kept.again("/cases/1/do/note", StatusCode::SERVICE_UNAVAILABLE).unwrap();
        assert_eq!(again.fields.len(), 2);
        assert_eq!(again.words, ["外婆来了"]);
        assert!(kept.again("/cases/1/do/note", StatusCode::CONFLICT).is_none());
        assert!(kept.again("/password", StatusCode::SERVICE_UNAVAILABLE).is_none());
    }
}
