//! Bodies of several parts (`multipart/form-data`), for vendors and targets that take files, or nothing but forms.

use domain::sign::sha256;
use domain::sniff::extension;
use reqwest::RequestBuilder;

/// A form: fields and files, in order. Names are ours; values may be anything.
#[derive(Clone, Debug, Default)]
pub struct Form(Vec<(String, Vec<u8>)>);

impl Form {
    /// The same with a field.
    #[must_use]
    pub fn text(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        let head = format!("Content-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        self.0.push((head, value.to_string().into_bytes()));
        self
    }

    /// The same with a field, where there is something to say.
    #[must_use]
    pub fn some(self, name: &str, value: Option<impl std::fmt::Display>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    /// The same with a file, which is called by its field and type, such as `image.png`.
    #[must_use]
    pub fn file(self, name: &str, media_type: &str, bytes: Vec<u8>) -> Self {
        let called = format!("{}.{}", name.trim_end_matches("[]"), extension(media_type));
        self.called(name, &called, media_type, bytes)
    }

    /// The same with a file that is called so; of its name only letters, digits and one of `-._` are kept.
    #[must_use]
    pub fn called(mut self, name: &str, file: &str, media_type: &str, bytes: Vec<u8>) -> Self {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        let called: String = file.chars().map(|c| if fits(c) { c } else { '-' }).collect();
        let head = format!(
            "Content-Disposition: form-data; name=\"{name}\"; filename=\"{called}\"\r\n\
             Content-Type: {media_type}\r\n\r\n"
        );
        self.0.push((head, bytes));
        self
    }

    /// The request with this form as its body.
    pub fn on(self, request: RequestBuilder) -> RequestBuilder {
        let (boundary, body) = self.body();
        let media_type = format!("multipart/form-data; boundary={boundary}");
        request.header("content-type", media_type).body(body)
    }

    /// The boundary, and the body. No part can contain the boundary: it is made of what the parts are.
    pub fn body(self) -> (String, Vec<u8>) {
        let parts: Vec<Vec<u8>> =
            self.0.into_iter().map(|(head, value)| [head.as_bytes(), &value].concat()).collect();
        let hashes: String = parts.iter().map(|part| sha256(part)).collect();
        let boundary = format!("galley-{}", &sha256(hashes.as_bytes())[..40]);
        let mut body = Vec::new();
        for part in parts {
            body.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
            body.extend_from_slice(&part);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        (boundary, body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_its_parts_between_boundaries_that_no_part_contains() {
        let form = Form::default()
            .text("prompt", "eine Tüte\r\n--galley")
            .some("seed", Some(7))
            .some("mode", None::<u8>)
            .file("image[]", "image/png", vec![0, 255]);
        let (boundary, body) = form.body();
        let line = format!("--{boundary}");
        let expected = [
            format!(
                "{line}\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\neine Tüte\r\n--galley\r\n\
                 {line}\r\nContent-Disposition: form-data; name=\"seed\"\r\n\r\n7\r\n\
                 {line}\r\nContent-Disposition: form-data; name=\"image[]\"; filename=\"image.png\"\r\n\
                 Content-Type: image/png\r\n\r\n"
            )
            .as_bytes(),
            &[0, 255],
            format!("\r\n{line}--\r\n").as_bytes(),
        ]
        .concat();
        assert_eq!(body, expected);
        assert!(boundary.len() <= 70);
    }

    #[test]
    fn the_same_parts_make_the_same_body() {
        let body = || Form::default().text("prompt", "a tin").body();
        assert_eq!(body(), body());
        assert_ne!(body().0, Form::default().text("prompt", "a tub").body().0);
    }
}
