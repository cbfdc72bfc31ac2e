//! The parts of a form (`multipart/form-data`), as doubles read them.

use axum::extract::{FromRequest, Multipart, Request};

/// The parts of a form, in order.
#[derive(Clone, Debug, Default)]
pub struct Parts(pub Vec<Part>);

/// One part of a form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    /// Its field.
    pub name: String,
    /// What the file is called; empty where it is none.
    pub file: String,
    /// What it says that it is; empty where it does not.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Parts {
    /// The parts of a request; none where it is no form. The router must not limit bodies.
    pub async fn of(request: Request) -> Option<Self> {
        let mut form = Multipart::from_request(request, &()).await.ok()?;
        let mut parts = Vec::new();
        while let Some(field) = form.next_field().await.ok()? {
            let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
            let (name, file) = (text(field.name()), text(field.file_name()));
            let media_type = text(field.content_type());
            let bytes = field.bytes().await.ok()?.to_vec();
            parts.push(Part { name, file, media_type, bytes });
        }
        Some(Self(parts))
    }

    /// All parts of a field.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Part> {
        let named = self.0.iter().filter(|part| part.name == name);
        named.collect::<Vec<_>>().into_iter()
    }

    /// The bytes of a file; none where the field has none.
    pub fn file(&self, name: &str) -> Option<&[u8]> {
        let mut files = self.all(name).filter(|part| !part.file.is_empty());
        files.next().map(|part| part.bytes.as_slice())
    }

    /// A field that is text; empty where there is none.
    pub fn text(&self, name: &str) -> &str {
        let first = self.all(name).find(|part| part.file.is_empty());
        first.and_then(|part| std::str::from_utf8(&part.bytes).ok()).unwrap_or_default()
    }

    /// A field that is a number, if it is one.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.text(name).parse().ok()
    }
}
