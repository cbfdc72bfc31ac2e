//! Signing in and out.

use crate::answer::{Answered, Trouble, page, redirect, seen};
use crate::html::bare;
use crate::oidc::{Attempt, Redeemed};
use crate::place::within;
use crate::session::{Begun, SIGN_IN_S, Session, SignIn, forget_session};
use crate::{Asked, Console, person};
use aws::http::{HttpRequest, HttpResponse};
use domain::sign::same;
use maud::html;

/// `GET signin?to=PAGE`: off to the provider.
pub(crate) async fn begin(console: &Console<'_>, request: &HttpRequest) -> Answered {
    let wanted = request.query.get("to").map_or("", String::as_str);
    let [state, nonce] = [(); 2].map(|()| hex(&(console.random)()));
    let verifier = hex(&[(console.random)(), (console.random)()].concat());
    let (to, now) = (within(wanted).to_owned(), console.now);
    let begun = SignIn { state, nonce, verifier, to, until: now.plus_s(SIGN_IN_S) };
    let redirect_uri = console.place.absolute("callback");
    let attempt = attempt(&begun, &redirect_uri);
    let place = console.oidc.authorize(attempt, now).await?;
    Ok(redirect(&place).cookie(begun.cookie(console.place, console.signing_key)))
}

/// `GET callback?code=…&state=…`: back from the provider.
pub(crate) async fn end(console: &Console<'_>, request: &HttpRequest) -> Answered {
    let given = |name: &str| request.query.get(name).map_or("", String::as_str);
    let begun = SignIn::of(request, console.place, console.signing_key, console.now);
    // Without the cookie of this very browser a code is somebody else's: nobody is signed in as another.
    let begun = begun.filter(|begun| same(given("state"), &begun.state));
    let Some(begun) = begun else {
        let why = "It took too long, or it was begun in another window or browser.";
        return Err(Trouble::NotSignedIn(why.into()));
    };
    if given("code").is_empty() {
        let why = match given("error") {
            "access_denied" => "You turned back at the sign-in page.".into(),
            _ => String::from("The sign-in page sent no code."),
        };
        return Err(Trouble::NotSignedIn(why));
    }
    let redirect_uri = console.place.absolute("callback");
    let attempt = attempt(&begun, &redirect_uri);
    let claims = match console.oidc.redeem(given("code"), attempt, console.now).await? {
        Redeemed::Believed(claims) => claims,
        Redeemed::Refused(why) => {
            tracing::warn!("sign-in refused: {why}");
            return Err(Trouble::NotSignedIn("The sign-in page did not vouch for you.".into()));
        }
    };
    let person = person::of(&claims, console.oidc.settings()).map_err(Trouble::NotLetIn)?;
    tracing::info!(tenant = %person.tenant, person = %person.id, "signed in");
    let session = Session::new(person, hex(&(console.random)()), console.now);
    Ok(redirect(&console.place.link(&begun.to))
        .cookie(SignIn::forgotten(console.place))
        .cookie(session.cookie(console.place, console.signing_key)))
}

/// `POST signout`: here at once, then at the provider, which sends the browser on to `signed-out`.
pub(crate) async fn out(console: &Console<'_>, asked: &Asked<'_>) -> Answered {
    tracing::info!(tenant = %asked.person().tenant, person = %asked.person().id, "signed out");
    let back = console.place.absolute("signed-out");
    // A provider that does not answer keeps nobody signed in here.
    let there = console.oidc.end_session(&back, console.now).await.ok().flatten();
    let next = there.unwrap_or(back);
    // Not a redirect: browsers hold those of a form against `form-action`.
    let shown = page(
        200,
        bare(console.place, "Signing out", html! { p { a href=(next) { "Sign out everywhere" } } }),
    );
    Ok(shown.with("refresh", format!("0; url={next}")).cookie(forget_session(console.place)))
}

/// `GET signed-out`.
pub(crate) fn gone(console: &Console<'_>) -> HttpResponse {
    let again = console.place.link("signin");
    let words = html! {
        p { "You are signed out." }
        p { a.button href=(again) { "Sign in again" } }
    };
    page(200, bare(console.place, "Signed out", words))
}

/// Who asks without a session is sent to sign in, and comes back to the page that was wanted.
pub(crate) fn first(console: &Console<'_>, request: &HttpRequest) -> HttpResponse {
    let wanted = seen(request);
    let query = crate::form::pairs(&[("to", &wanted)]);
    let sign = if query.is_empty() { "" } else { "?" };
    redirect(&console.place.link(&format!("signin{sign}{query}")))
}

fn attempt<'a>(begun: &'a SignIn, redirect: &'a str) -> Attempt<'a> {
    let SignIn { state, nonce, verifier, .. } = begun;
    Attempt { redirect, state, nonce, verifier }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
