//! Everything that the process says into its log, kept to be read by a test.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

static LINES: OnceLock<Lines> = OnceLock::new();

/// Keeps the log of this process from now on, in every detail that somebody
/// may turn on.
pub fn keep() {
    LINES.get_or_init(|| {
        let lines = Lines::default();
        tracing_subscriber::fmt()
            .json()
            .with_max_level(tracing::Level::DEBUG)
            .with_writer(lines.clone())
            .init();
        lines
    });
}

/// What was said since then.
pub fn kept() -> Vec<u8> {
    let lines = LINES.get().unwrap();
    lines.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
