//! Styles, scripts and icons, embedded in the binary.

use super::{Access, Routes};
use crate::error::Error;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Assets;

/// `/assets/…`.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get("/assets/{*path}", Access::Public, serve)
}

async fn serve(Path(path): Path<String>) -> Result<Response, Error> {
    let file = Assets::get(&path).ok_or(Error::NotFound)?;
    let kind = file.metadata.mimetype().to_owned();
    let tag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..8]));
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=300".to_owned()),
        (header::ETAG, tag),
    ];
    Ok((headers, file.data.into_owned()).into_response())
}
