//! Signing in at a target: state and verifier are in a cookie of this browser, the code goes to `publish`.

use super::{ROLES, own, show};
use crate::answer::{Answered, Trouble, redirect};
use crate::form::pairs;
use crate::session::{Begun, Lending, SIGN_IN_S};
use crate::{Asked, Console};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use domain::publish::{Question, SignedIn};
use domain::sign::same;
use sha2::{Digest, Sha256};

const CALLBACK: &str = "connections/callback";

/// `GET connections/{name}/signin`: off to the target.
pub(crate) async fn begin(console: &Console<'_>, asked: &Asked<'_>, name: &str) -> Answered {
    asked.needs(&ROLES)?;
    let connection = own(console, asked, name).await?;
    let Some(at) = connection.signs_in() else {
        return Err(Trouble::Form("Nobody signs in for this connection.".into()));
    };
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let lending = Lending {
        connection: name.to_owned(),
        tenant: asked.tenant().clone(),
        state: hex(&(console.random)()),
        verifier: hex(&[(console.random)(), (console.random)()].concat()),
        until: console.now.plus_s(SIGN_IN_S),
    };
    let challenge = BASE64.encode(Sha256::digest(&lending.verifier));
    let query = pairs(&[
        ("response_type", "code"),
        ("client_id", &at.client),
        ("redirect_uri", &console.place.absolute(CALLBACK)),
        ("scope", at.scope),
        ("state", &lending.state),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    let sign = if at.authorize.contains('?') { '&' } else { '?' };
    let cookie = lending.cookie(console.place, console.signing_key);
    Ok(redirect(&format!("{}{sign}{query}", at.authorize)).cookie(cookie))
}

/// `GET connections/callback?code=…&state=…`: back from the target.
pub(crate) async fn end(console: &Console<'_>, asked: &Asked<'_>) -> Answered {
    asked.needs(&ROLES)?;
    let lending = Lending::of(asked.request, console.place, console.signing_key, console.now);
    // Without the cookie of this very browser a code is somebody else's account.
    let lending = lending.filter(|lending| {
        same(asked.query("state"), &lending.state) && lending.tenant == *asked.tenant()
    });
    let Some(lending) = lending else {
        let why = "It took too long, or it was begun in another window or browser.";
        return Err(Trouble::Form(why.into()));
    };
    if asked.query("code").is_empty() {
        return Err(Trouble::Form("You turned back at the target; nothing is connected.".into()));
    }
    let signed_in = SignedIn {
        code: asked.query("code").to_owned(),
        verifier: lending.verifier,
        redirect: console.place.absolute(CALLBACK),
    };
    let tenant = asked.tenant().clone();
    let name = lending.connection;
    let question = Question { tenant, connection: name.clone(), signed_in: Some(signed_in) };
    let tried = console.accounts.ask(&question).await?;
    let page = show(console, asked, Some((&name, tried.opens, tried.said))).await?;
    Ok(page.cookie(Lending::forgotten(console.place)))
}
