//! Somebody signs in at a double's page, as a browser does.

use domain::publish::SignedIn;
use doubles::targets::conformance::Bench;

/// What they bring back who signed in at this page.
pub(crate) async fn signed_in(bench: &Bench, page: &str) -> SignedIn {
    let redirect = "https://galley.test/console/connections/callback".to_owned();
    let verifier = "0f".repeat(48);
    // The SHA-256 of the verifier, as whoever began it sent it along.
    let challenge = base64::Engine::encode(
        &base64::engine::general_purpose::URL_SAFE_NO_PAD,
        <sha2::Sha256 as sha2::Digest>::digest(&verifier),
    );
    let query = format!("code_challenge={challenge}&redirect_uri={redirect}&state=s");
    let page = format!("{}{page}?{query}", bench.double.base());
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let client = client.build().expect("it can be built");
    let answer = client.get(page).send().await.expect("the page answers");
    let place = answer.headers()["location"].to_str().expect("it is an address").to_owned();
    let (_, code) = place.split_once("code=").expect("they come back with a code");
    let code = code.split('&').next().unwrap_or_default().to_owned();
    SignedIn { code, verifier, redirect }
}
