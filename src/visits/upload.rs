//! Reading a form that may carry photos: fields become those of an ordinary
//! form, files become bytes.

use super::photo;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::state::App;
use crate::web::{Form, Kept, csrf_holds};
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;

/// Longest field that is no file, in bytes.
const FIELD: usize = 64 * 1024;
/// Most fields of a form.
const FIELDS: usize = 200;

/// Fields and photos of one request, its token already checked.
#[derive(Debug)]
pub(super) struct Upload<T> {
    /// The fields.
    pub form: T,
    /// The files of field `photo`; empty ones are left out.
    pub photos: Vec<Vec<u8>>,
}

fn broken(error: &axum::extract::multipart::MultipartError) -> Error {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Error::TooLarge
    } else {
        Error::BadRequest("上传中断，重试".to_owned())
    }
}

impl<T: DeserializeOwned> Upload<T> {
    /// Reads a multipart or an ordinary form.
    ///
    /// # Errors
    /// [`Error::BadRequest`] for a wrong token, a broken or oversized body;
    /// [`Error::Invalid`] for too many photos.
    pub(super) async fn read(app: &App, ctx: &Ctx, request: Request) -> Result<Self> {
        let multipart = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.starts_with("multipart/form-data"));
        if !multipart {
            let Form(form) = Form::<T>::from_request(request, app).await?;
            let photos = Vec::new();
            return Ok(Self { form, photos });
        }
        let kept = request.extensions().get::<Kept>().cloned();
        let body = Multipart::from_request(request, app)
            .await
            .map_err(|_| Error::BadRequest("表单格式不符，刷新页面后重试".to_owned()))?;
        let (fields, photos) = parts(body).await?;
        let token = fields.iter().find(|(name, _)| name == "csrf");
        if !csrf_holds(ctx, token.map(|(_, value)| value.as_str())) {
            return Err(Error::NotFromHere("页面已过期，刷新后重新提交"));
        }
        let unreadable = || Error::BadRequest("表单内容无法读取，刷新页面后重试".to_owned());
        let encoded = serde_html_form::to_string(&fields).map_err(|_| unreadable())?;
        let form = serde_html_form::from_str(&encoded).map_err(|_| unreadable())?;
        if let Some(kept) = kept {
            kept.keep(encoded.into());
        }
        Ok(Self { form, photos })
    }
}

type Fields = Vec<(String, String)>;

async fn parts(mut body: Multipart) -> Result<(Fields, Vec<Vec<u8>>)> {
    let (mut fields, mut photos) = (Fields::new(), Vec::new());
    while let Some(part) = body.next_field().await.map_err(|error| broken(&error))? {
        let name = part.name().unwrap_or_default().to_owned();
        let is_file = part.file_name().is_some();
        let bytes = part.bytes().await.map_err(|error| broken(&error))?;
        if is_file {
            if name == "photo" && !bytes.is_empty() {
                photos.push(bytes.to_vec());
            }
        } else {
            fields.push((name, text(&bytes)?));
        }
        if fields.len() > FIELDS {
            return Err(Error::BadRequest("表单内容无法读取，刷新页面后重试".to_owned()));
        }
        if u64::try_from(photos.len()).unwrap_or(u64::MAX) > photo::PER_VISIT {
            let message = format!("一次走访最多 {} 张照片", photo::PER_VISIT);
            return Err(Error::field("photo", &message));
        }
    }
    Ok((fields, photos))
}

fn text(bytes: &[u8]) -> Result<String> {
    let unusable = || Error::BadRequest("内容含有不可用的字符，删除后重试".to_owned());
    if bytes.len() > FIELD || bytes.contains(&0) {
        return Err(unusable());
    }
    String::from_utf8(bytes.to_vec()).map_err(|_| unusable())
}
