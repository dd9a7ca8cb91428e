//! Photos: the kind read from the content, decoded within limits, turned
//! upright, made small and written anew, so that neither place nor device
//! remain; then sealed.

use super::review;
use crate::casework::fetch_for;
use crate::ctx::Ctx;
use crate::entity::{visit, visit_photo};
use crate::error::{Error, FieldError, Result};
use crate::journal::{self, Act, Entry};
use crate::rules::policy::Action;
use crate::state::App;
use crate::vault::Slot;
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::io::Cursor;
use tokio::sync::Semaphore;
use uuid::Uuid;

/// Largest upload of one photo, in bytes.
pub(super) const BYTES: usize = 20 * 1024 * 1024;
/// Most photos of one visit.
pub(super) const PER_VISIT: u64 = 10;
/// Longest side of what is kept, in pixels.
pub(super) const SIDE: u32 = 1600;
const PIXELS: u64 = 50_000_000;
const MEMORY: u64 = 256 * 1024 * 1024;
const QUALITY: u8 = 82;

/// One picture is decoded at a time: each may take much memory.
static DECODING: Semaphore = Semaphore::const_new(1);

/// A photo ready to be kept: a JPEG without metadata.
#[derive(Clone)]
pub struct Clean {
    jpeg: Vec<u8>,
    sha: String,
}

impl std::fmt::Debug for Clean {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Clean({} bytes)", self.jpeg.len())
    }
}

impl Clean {
    /// The bytes that are kept.
    #[must_use]
    pub fn jpeg(&self) -> &[u8] {
        &self.jpeg
    }
}

/// Checks an upload and writes it anew. Answers the fault of field `photo`
/// where it is no photo, too large or cannot be read.
///
/// # Errors
/// [`Error::Invalid`].
pub async fn clean(bytes: Vec<u8>) -> Result<Clean> {
    let _turn = DECODING.acquire().await.map_err(|_| Error::Unavailable)?;
    tokio::task::spawn_blocking(move || rewrite(&bytes))
        .await
        .map_err(|error| Error::Internal(anyhow::anyhow!("photo: {error}")))?
        .map_err(|fault| Error::Invalid(vec![fault]))
}

/// Longest side of a small picture, in pixels.
const SMALL: u32 = 240;

/// The same with a small picture of it, for a list.
///
/// # Errors
/// As [`clean`].
pub async fn clean_with_small(bytes: Vec<u8>) -> Result<(Clean, Vec<u8>)> {
    let clean = clean(bytes).await?;
    let _turn = DECODING.acquire().await.map_err(|_| Error::Unavailable)?;
    tokio::task::spawn_blocking(move || {
        let small = encode(&decode(&clean.jpeg)?.thumbnail(SMALL, SMALL))?;
        Ok((clean, small))
    })
    .await
    .map_err(|error| Error::Internal(anyhow::anyhow!("photo: {error}")))?
    .map_err(|fault| Error::Invalid(vec![fault]))
}

fn encode(image: &DynamicImage) -> Result<Vec<u8>, FieldError> {
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
        .encode_image(&image.to_rgb8())
        .map_err(|_| fault("照片无法处理，换一张重试"))?;
    Ok(jpeg)
}

fn fault(message: &str) -> FieldError {
    FieldError::new("photo", message)
}

fn rewrite(bytes: &[u8]) -> Result<Clean, FieldError> {
    if bytes.len() > BYTES {
        return Err(fault("照片不超过 20 MB，压缩后再传"));
    }
    let image = decode(bytes)?;
    let image = if image.width().max(image.height()) > SIDE {
        image.thumbnail(SIDE, SIDE)
    } else {
        image
    };
    Ok(Clean {
        jpeg: encode(&image)?,
        sha: hex::encode(Sha256::digest(bytes)),
    })
}

fn decode(bytes: &[u8]) -> Result<DynamicImage, FieldError> {
    let unreadable = || fault("照片损坏，重新拍摄或换一张");
    let kind = image::guess_format(bytes).ok();
    let Some(kind @ (ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) = kind else {
        return Err(fault("只收 JPEG、PNG、WebP 照片；该文件不是照片"));
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), kind);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| unreadable())?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS {
        return Err(fault("照片像素过大，缩小后再传"));
    }
    let upright = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(|_| unreadable())?;
    image.apply_orientation(upright);
    Ok(image)
}

/// Keeps a photo with its visit; the same picture again is the one kept.
///
/// # Errors
/// [`Error::Invalid`] when the visit holds as many as it may.
pub(super) async fn keep(
    tx: &impl ConnectionTrait,
    app: &App,
    ctx: &Ctx,
    visit: &visit::Model,
    photo: Clean,
) -> Result<visit_photo::Model> {
    // Under a key: whoever has a picture cannot look it up in a stolen database.
    let sha = app.vault.index("photo", &photo.sha);
    let of_visit = || visit_photo::Entity::find().filter(visit_photo::Column::VisitId.eq(visit.id));
    let known = of_visit().filter(visit_photo::Column::Sha.eq(&sha)).one(tx).await?;
    if let Some(known) = known {
        return Ok(known);
    }
    if of_visit().count(tx).await? >= PER_VISIT {
        let message = format!("一次走访最多 {PER_VISIT} 张照片");
        return Err(Error::field("photo", &message));
    }
    let id = ctx.new_id();
    let content = app
        .vault
        .seal_bytes(Slot::new("visit_photo", "content", id), &photo.jpeg)?;
    let row = visit_photo::ActiveModel {
        id: Set(id),
        visit_id: Set(visit.id),
        case_id: Set(visit.case_id),
        mime: Set("image/jpeg".to_owned()),
        sha: Set(sha),
        content: Set(content),
        size: Set(i32::try_from(photo.jpeg.len()).unwrap_or(i32::MAX)),
        added_by: Set(ctx.actor.account),
        added_at: Set(ctx.now),
    };
    Ok(row.insert(tx).await?)
}

/// Adds a photo to a visit.
///
/// # Errors
/// Those of [`clean`], of the policy, and when the visit is full.
pub async fn add(app: &App, ctx: &Ctx, visit: Uuid, bytes: Vec<u8>) -> Result<visit_photo::Model> {
    // Who may not add one is told so before anything is decoded.
    review::fetch(app.db.read(), ctx, visit, Action::RecordVisit).await?;
    let photo = clean(bytes).await?;
    let tx = app.db.begin().await?;
    let visit = review::fetch(&tx, ctx, visit, Action::RecordVisit).await?;
    let photo = keep(&tx, app, ctx, &visit, photo).await?;
    let entry = Entry::new(Act::PhotoAdded)
        .case(visit.case_id)
        .subject(photo.id)
        .detail(json!({ "visit": visit.id, "bytes": photo.size }));
    journal::commit(tx, ctx, entry).await?;
    Ok(photo)
}

/// The photos of a visit, oldest first, without their content.
///
/// # Errors
/// When the database refuses.
pub(super) async fn of_visit(db: &impl ConnectionTrait, visit: Uuid) -> Result<Vec<Uuid>> {
    let rows = visit_photo::Entity::find()
        .filter(visit_photo::Column::VisitId.eq(visit))
        .order_by_asc(visit_photo::Column::Id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// A photo's bytes, for those who may view the case; recorded before shown.
///
/// # Errors
/// [`Error::NotFound`], those of the policy, or a vault that cannot open it.
pub async fn open(app: &App, ctx: &Ctx, visit: Uuid, photo: Uuid) -> Result<Vec<u8>> {
    let row = visit_photo::Entity::find_by_id(photo)
        .filter(visit_photo::Column::VisitId.eq(visit))
        .one(app.db.read())
        .await?
        .ok_or(Error::NotFound)?;
    fetch_for(app.db.read(), ctx, row.case_id, Action::ReadWork).await?;
    let entry = Entry::new(Act::PhotoViewed).case(row.case_id).subject(photo);
    journal::viewed(&app.db, ctx, entry).await?;
    let slot = Slot::new("visit_photo", "content", photo);
    Ok(app.vault.open_bytes(slot, &row.content)?)
}
