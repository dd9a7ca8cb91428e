//! What was typed into a step's form, kept as it was typed.

use serde::Deserialize;
use uuid::Uuid;

/// The fields of a form in their order, repeated ones included.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Typed(pub(crate) Vec<(String, String)>);

impl Typed {
    /// The first value of a field; empty where there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value.as_str())
    }

    /// The value of a field that was sent, blank or not.
    pub(crate) fn sent(&self, name: &str) -> Option<String> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.trim().to_owned())
    }

    /// The value of a field that was filled in.
    pub(crate) fn filled(&self, name: &str) -> Option<String> {
        self.sent(name).filter(|text| !text.is_empty())
    }

    /// Every value of a repeated field.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        self.0
            .iter()
            .filter(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.clone())
            .collect()
    }

    /// Whether a box was ticked.
    pub(crate) fn on(&self, name: &str) -> bool {
        self.text(name) == "true"
    }

    pub(crate) fn id(&self, name: &str) -> Option<Uuid> {
        Uuid::parse_str(self.text(name)).ok()
    }

    /// The version that the person saw; zero, which never holds, where none
    /// was sent.
    pub(crate) fn version(&self) -> i32 {
        self.text("version").parse().unwrap_or(0)
    }

    pub(crate) fn put(&mut self, name: &str, value: String) {
        self.0.push((name.to_owned(), value));
    }
}
