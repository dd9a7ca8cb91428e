//! The `tonghu` command.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    Box::pin(tonghu::cli::main()).await
}
