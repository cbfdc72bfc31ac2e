//! Signing in at targets that are not there: a page that sends people back with a code, and codes that are good once.

use super::{Call, silent, with};
use crate::books::Books;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// Somebody signs in and agrees: back they go, with a code.
pub(super) fn signed_in(books: &mut Books, call: &Call) -> Response {
    let code = format!("code-{}", books.calls.len());
    let asked = format!("{} {}", call.asked("code_challenge"), call.asked("redirect_uri"));
    books.notes.insert(code.clone(), asked);
    let back = format!("{}?code={code}&state={}", call.asked("redirect_uri"), call.asked("state"));
    with(silent(302), "location", &back)
}

/// Whether a code is good: once, at the same address; and, where a verifier is looked at, for whoever knows it.
pub(super) fn good(books: &mut Books, call: &Call, verified: bool) -> bool {
    let form = call.form();
    let field = |name: &str| form.get(name).map_or("", String::as_str);
    let Some(asked) = books.notes.remove(field("code")) else { return false };
    let (challenge, redirect) = asked.split_once(' ').unwrap_or_default();
    let known = URL_SAFE_NO_PAD.encode(Sha256::digest(field("code_verifier")));
    redirect == field("redirect_uri") && (!verified || challenge == known)
}

/// Who a client says it is: by its header, or by the fields of its form.
pub(super) fn client(call: &Call) -> (String, String) {
    let basic = call.header("authorization").strip_prefix("Basic ");
    let basic = basic.and_then(|basic| STANDARD.decode(basic).ok());
    let basic = basic.map(|basic| String::from_utf8_lossy(&basic).into_owned());
    let form = call.form();
    let field = |name: &str| form.get(name).cloned().unwrap_or_default();
    match basic.as_deref().and_then(|basic| basic.split_once(':')) {
        Some((id, secret)) => (id.to_owned(), secret.to_owned()),
        None => (field("client_id"), field("client_secret")),
    }
}
