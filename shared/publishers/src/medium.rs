//! Medium, whose API is closed: a Markdown document to import, in the public bucket.

use crate::line::Said;
use crate::shelf::{Shelf, folder, name, urls};
use async_trait::async_trait;
use domain::post::Able;
use domain::publish::{Grant, Place, Probed, Sending, Spoke, Told, Went};
use serde_json::Value;

/// The media type of a document.
const KIND: &str = "text/markdown; charset=utf-8";

/// Documents for Medium.
#[derive(Clone, Debug)]
pub struct Medium<'a>(Shelf<'a>);

impl<'a> Medium<'a> {
    /// Documents on this shelf.
    pub fn new(shelf: Shelf<'a>) -> Self {
        Self(shelf)
    }

    async fn written(&self, grant: &Grant, sending: &Sending) -> Said {
        let key = key(grant, sending);
        self.0.put(&key, KIND, document(sending)).await?;
        Ok(Told::done(self.0.url(&key), key))
    }

    async fn look(&self, grant: &Grant, sending: &Sending) -> Said {
        let key = key(grant, sending);
        let there = self.0.get(&key).await?;
        Ok(match there.is_some_and(|there| there == document(sending).into_bytes()) {
            true => Told::done(self.0.url(&key), key),
            false => Told::new(Went::On),
        })
    }
}

fn key(grant: &Grant, sending: &Sending) -> String {
    format!("{}/{}.md", folder(grant, sending, "medium"), name(sending))
}

fn document(sending: &Sending) -> String {
    sending.form.body.as_ref().map(|body| body.with(&urls(sending))).unwrap_or_default()
}

#[async_trait]
impl Spoke for Medium<'_> {
    fn able(&self) -> &'static Able {
        Able::of("medium").expect("the table has its row")
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
        match self.0.clear(&place.id).await {
            Ok(()) => Told::new(Went::Done(Place::default())),
            Err(told) => told,
        }
    }

    async fn probe(&self, _grant: &Grant) -> Probed {
        Probed::Open("the public bucket".into())
    }
}

#[cfg(test)]
mod tests;
