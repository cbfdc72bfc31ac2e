//! Posts at the `s3` target: `{prefix}/{slug}.json`, the same as a page in `.html`, and the media beside them.
//!
//! All keys follow from the post, so to write again does no harm. The JSON comes last: where it is, all is.

use crate::document::document;
use crate::feed::xml::escaped;
use crate::line::Said;
use crate::shelf::{Shelf, folder, name};
use async_trait::async_trait;
use domain::ports::Refusal;
use domain::post::Able;
use domain::publish::{File, Grant, Place, Probed, Sending, Spoke, Told, Went};
use domain::sniff::extension;
use serde_json::{Value, json};

const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";

/// Posts in the public bucket.
#[derive(Clone, Debug)]
pub struct Posts<'a>(Shelf<'a>);

impl<'a> Posts<'a> {
    /// Posts on this shelf.
    pub fn new(shelf: Shelf<'a>) -> Self {
        Self(shelf)
    }

    async fn written(&self, grant: &Grant, sending: &Sending) -> Said {
        let stem = stem(grant, sending);
        for file in &sending.files {
            self.0.keep(&medium(&stem, file), &file.media_type, file.bytes.clone()).await?;
        }
        self.0.put(&format!("{stem}.html"), HTML, page(&stem, sending)).await?;
        self.0.put(&format!("{stem}.json"), JSON, self.document(&stem, sending)).await?;
        Ok(self.there(&stem))
    }

    fn there(&self, stem: &str) -> Told {
        let told = Told::done(self.0.url(&format!("{stem}.html")), format!("{stem}.json"));
        told.knowing(json!({ "stem": stem }))
    }

    fn document(&self, stem: &str, sending: &Sending) -> String {
        let urls = sending.files.iter().map(|file| self.0.url(&medium(stem, file)));
        let mut document = document(sending, &urls.collect::<Vec<_>>());
        let keys = sending.files.iter().map(|file| json!([medium(stem, file), file.media_type]));
        // By these it is taken back.
        document["keys"] = keys.collect();
        document.to_string()
    }

    async fn look(&self, grant: &Grant, sending: &Sending) -> Said {
        let stem = stem(grant, sending);
        let there = self.0.get(&format!("{stem}.json")).await?;
        Ok(match there.is_some_and(|there| there == self.document(&stem, sending).into_bytes()) {
            true => self.there(&stem),
            false => Told::new(Went::On),
        })
    }

    async fn take_back(&self, place: &Place) -> Said {
        let Some(stem) = place.id.strip_suffix(".json") else {
            return Err(Told::refused(Refusal::Never, "nobody knows any more where it lies"));
        };
        let there = self.0.get(&place.id).await?.unwrap_or_default();
        let there: Value = serde_json::from_slice(&there).unwrap_or_default();
        for key in there["keys"].as_array().into_iter().flatten() {
            if let Some(key) = key[0].as_str() {
                self.0.clear(key).await?;
            }
        }
        self.0.clear(&format!("{stem}.html")).await?;
        // Last: what it names is gone by then.
        self.0.clear(&place.id).await?;
        Ok(Told::new(Went::Done(Place::default())))
    }
}

/// What all keys of a post begin with: it stays, whatever its title becomes.
fn stem(grant: &Grant, sending: &Sending) -> String {
    let known = sending.known("stem").and_then(Value::as_str).map(str::to_owned);
    known.unwrap_or_else(|| format!("{}/{}", folder(grant, sending, "posts"), name(sending)))
}

fn medium(stem: &str, file: &File) -> String {
    format!("{stem}/{}.{}", file.sha256, extension(&file.media_type))
}

/// The post as a page of its own, which shows its media from beside it.
fn page(stem: &str, sending: &Sending) -> String {
    let form = &sending.form;
    let folder = stem.rsplit_once('/').map_or("", |(folder, _)| folder);
    let beside = |file| medium(stem, file)[folder.len() + 1..].to_owned();
    let urls: Vec<String> = sending.files.iter().map(beside).collect();
    let text = |text: &Option<String>| escaped(text.as_deref().unwrap_or_default());
    let (title, language) = (text(&form.title), text(&form.language));
    let mut head = format!("<meta charset=\"utf-8\">\n<title>{title}</title>\n");
    if form.summary.is_some() {
        let summary = text(&form.summary);
        head += &format!("<meta name=\"description\" content=\"{summary}\">\n");
    }
    if !form.tags.is_empty() {
        let tags = escaped(&form.tags.join(", "));
        head += &format!("<meta name=\"keywords\" content=\"{tags}\">\n");
    }
    if form.canonical_url.is_some() {
        let home = text(&form.canonical_url);
        head += &format!("<link rel=\"canonical\" href=\"{home}\">\n");
    }
    let cover = form.media.iter().zip(&urls).find(|(medium, _)| medium.cover);
    let cover = cover.map(|(medium, url)| {
        format!("<p><img src=\"{}\" alt=\"{}\"></p>\n", escaped(url), escaped(&medium.alt))
    });
    let cover = cover.unwrap_or_default();
    let body = form.body.as_ref().map(|body| body.html(&urls)).unwrap_or_default();
    let made = match form.disclosed.ai && form.disclosed.text.is_none() {
        true => "<footer><p>Made with AI.</p></footer>\n",
        false => "",
    };
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n{head}</head>\n<body>\n<article>\n<h1>{title}</h1>\n{cover}{body}\n{made}</article>\n</body>\n</html>\n"
    )
}

#[async_trait]
impl Spoke for Posts<'_> {
    fn able(&self) -> &'static Able {
        Able::of("s3").expect("the table has its row")
    }

    async fn start(&self, grant: &Grant, sending: &Sending) -> Told {
        self.written(grant, sending).await.unwrap_or_else(|told| told)
    }

    async fn check(&self, grant: &Grant, sending: &Sending) -> Told {
        self.look(grant, sending).await.unwrap_or_else(|told| told)
    }

    async fn update(&self, grant: &Grant, sending: &Sending) -> Told {
        self.written(grant, sending).await.unwrap_or_else(|told| told)
    }

    async fn unpublish(&self, _grant: &Grant, _progress: &Value, place: &Place) -> Told {
        self.take_back(place).await.unwrap_or_else(|told| told)
    }

    async fn probe(&self, _grant: &Grant) -> Probed {
        Probed::Open("the public bucket".into())
    }
}

#[cfg(test)]
mod tests;
