//! A choice of a form control, as the macros of `parts/forms.html` read it.

/// One option.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// The value that is posted.
    pub code: String,
    /// The words on screen.
    pub label: String,
    /// A remark beside them, may be empty.
    pub hint: String,
    /// Whether it is chosen.
    pub on: bool,
}

impl Choice {
    /// An option; chosen when its code is the one given.
    #[must_use]
    pub fn new(code: &str, label: &str, chosen: &str) -> Self {
        Self {
            code: code.to_owned(),
            label: label.to_owned(),
            hint: String::new(),
            on: code == chosen,
        }
    }

    /// The options of a plain list.
    #[must_use]
    pub fn list(options: &[(&str, &str)], chosen: &str) -> Vec<Self> {
        options
            .iter()
            .map(|(code, label)| Self::new(code, label, chosen))
            .collect()
    }
}
