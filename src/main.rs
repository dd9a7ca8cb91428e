//! The `tonghu` command.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    tonghu::cli::main().await
}
