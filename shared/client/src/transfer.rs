//! Bytes up and down: by presigned URLs, never through the API, and checked by their hash.
use std::{path::Path, time::Duration};

use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use crate::{
    Client, Error,
    answers::{Asset, Upload},
    problem::Problem,
    retry::{asked_wait, dice},
};

/// How long one transfer may take.
const PATIENCE: Duration = Duration::from_secs(600);

impl Client {
    /// Uploads a file as the input of a job to come, or for a trigger.
    pub async fn upload(&self, file: &Path, trigger: Option<&str>) -> Result<Upload, Error> {
        let name = file.display().to_string();
        let media_type = media_type_of(file).unwrap_or("application/octet-stream");
        let bytes = tokio::fs::read(file).await.map_err(|error| Error::File(name, error))?;
        let upload = self.create_upload(media_type, bytes.len() as u64, trigger).await?;
        let call = "PUT of the upload";
        let mut made = 0;
        loop {
            made += 1;
            let mut request = self.http.put(&upload.url).timeout(PATIENCE).body(bytes.clone());
            for (header, value) in &upload.headers {
                request = request.header(header, value);
            }
            let (error, asked) = match request.send().await {
                Ok(answer) if answer.status().is_success() => return Ok(upload),
                Ok(answer) => storage_said_no(answer, "upload").await,
                Err(error) => (Error::transport(call, error), None),
            };
            if !error.passes() || made >= self.retry.attempts {
                return Err(error);
            }
            tokio::time::sleep(self.retry.wait(made, asked, dice())).await;
        }
    }

    /// Downloads an asset to `path`. The file appears whole and with the right hash, or not at all.
    pub async fn download(&self, asset: &Asset, path: &Path) -> Result<(), Error> {
        let mut made = 0;
        loop {
            made += 1;
            let (error, asked) = match self.download_once(asset, path, made).await {
                Ok(()) => return Ok(()),
                Err(failed) => failed,
            };
            // A presigned URL may have run out since the job was read; a later round asks for a fresh one.
            let stale = error.status() == Some(403) && made == 1;
            if !(stale || error.passes()) || made >= self.retry.attempts {
                return Err(error);
            }
            tokio::time::sleep(self.retry.wait(made, asked, dice())).await;
        }
    }

    async fn download_once(
        &self,
        asset: &Asset,
        path: &Path,
        round: u32,
    ) -> Result<(), (Error, Option<Duration>)> {
        let plain = |error| (error, None);
        let known = asset.url.clone().filter(|_| round == 1);
        let url = match known {
            Some(url) => url,
            None => self
                .asset(&asset.id)
                .await
                .map_err(plain)?
                .url
                .ok_or_else(|| plain(no_url(asset)))?,
        };
        let call = format!("GET of asset {}", asset.id);
        let lost = |error| (Error::transport(&call, error), None);
        let mut answer = self.http.get(&url).timeout(PATIENCE).send().await.map_err(lost)?;
        if !answer.status().is_success() {
            return Err(storage_said_no(answer, "download").await);
        }
        let part = path.with_added_extension("part");
        let on_disk = |error| plain(Error::File(part.display().to_string(), error));
        let mut file = tokio::fs::File::create(&part).await.map_err(on_disk)?;
        let mut hash = Sha256::new();
        while let Some(chunk) = answer.chunk().await.map_err(lost)? {
            hash.update(&chunk);
            file.write_all(&chunk).await.map_err(on_disk)?;
        }
        file.flush().await.map_err(on_disk)?;
        let received = hex(&hash.finalize());
        if !received.eq_ignore_ascii_case(&asset.sha256) {
            tokio::fs::remove_file(&part).await.map_err(on_disk)?;
            let (asset, promised) = (asset.id.clone(), asset.sha256.clone());
            return Err(plain(Error::Corrupt { asset, promised, received }));
        }
        tokio::fs::rename(&part, path).await.map_err(on_disk)
    }
}

fn no_url(asset: &Asset) -> Error {
    let call = format!("GET asset {}", asset.id);
    Error::Garbled { call, cause: "the asset has no `url`".into() }
}

/// S3 answers in XML; its code is all that helps a reader.
async fn storage_said_no(answer: reqwest::Response, what: &str) -> (Error, Option<Duration>) {
    let (status, asked) = (answer.status(), asked_wait(answer.headers()));
    let body = answer.text().await.unwrap_or_default();
    let inside = |tag: &str| {
        let (_, rest) = body.split_once(&format!("<{tag}>"))?;
        Some(rest.split_once('<')?.0.to_owned())
    };
    let mut problem = Problem::read(status.as_u16(), "", &[]);
    problem.kind = "urn:galley:storage".into();
    problem.title = format!("the storage refused the {what}");
    problem.detail = inside("Code").map(|code| match inside("Message") {
        Some(message) => format!("{code}: {message}"),
        None => code,
    });
    (Error::Problem(Box::new(problem)), asked)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The media type of a file by its extension, for those that Galley takes.
pub fn media_type_of(file: &Path) -> Option<&'static str> {
    let extension = file.extension()?.to_str()?.to_ascii_lowercase();
    Some(match extension.as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "gif" => "image/gif",
        "tif" | "tiff" => "image/tiff",
        "mp4" => "video/mp4",
        "mov" => "video/quicktime",
        "webm" => "video/webm",
        "wav" => "audio/wav",
        "mp3" => "audio/mpeg",
        "flac" => "audio/flac",
        "json" => "application/json",
        "txt" | "md" => "text/plain",
        _ => return None,
    })
}
