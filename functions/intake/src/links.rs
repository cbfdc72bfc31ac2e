//! One-click links of reviews: a page that shows what is asked and asks once more before it acts, for whoever holds one.

use crate::Intake;
use crate::answer::{self, Answered};
use crate::auth::Asked;
use crate::body;
use crate::clock::first;
use crate::query;
use crate::reviews::desk;
use aws::http::{HttpRequest, HttpResponse};
use domain::id::{PersonId, ReviewId};
use domain::pipeline::Problem;
use domain::ports::Bucket;
use domain::problem::{ProblemDocument, ProblemType};
use domain::record::AssetRecord;
use domain::review::{self, Asked as Wanted, Decision, LINK_MOST_S, LINK_S, Link, ReviewRecord};
use domain::store::from_item;
use serde_json::{Value, json};

/// Small enough to be part of the page.
const STYLE: &str = "body{max-width:48rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif}\
:root{color-scheme:light dark}img{max-width:100%;max-height:70vh}textarea{width:100%;min-height:5rem;box-sizing:border-box}\
button{font:inherit;padding:.6rem 1.2rem;margin:.6rem .6rem 0 0}";
/// Seconds for which pictures of the page can be had.
const PICTURES_S: u32 = 600;
/// Most pictures of the page.
const PICTURES_MOST: usize = 20;

/// `POST /v1/reviews/{id}/link`: for whoever sends it to the person.
pub(crate) async fn create(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let id = ReviewId::parse(asked.id).map_err(|_| asked.nothing())?;
    let review = review::read(intake.table, asked.tenant(), &id).await?;
    let review = review.ok_or_else(|| asked.nothing())?;
    let mut problems = Vec::new();
    let fields = body::object(asked.request, &["person", "valid_s"], &mut problems)?;
    let person = fields.get("person").and_then(Value::as_str);
    let person = person.and_then(|person| PersonId::parse(person).ok());
    if person.is_none() {
        let fix = "name somebody of galley admin people list";
        problems.push(Problem::new("/person", "there is no person's id", fix));
    }
    let valid_s = match fields.get("valid_s") {
        None | Some(Value::Null) => Some(LINK_S),
        Some(given) => {
            let given = given.as_u64().and_then(|s| u32::try_from(s).ok());
            given.filter(|s| (60..=LINK_MOST_S).contains(s))
        }
    };
    if valid_s.is_none() {
        let fix = format!("use a whole number from 60 to {LINK_MOST_S}");
        problems.push(Problem::new("/valid_s", "valid_s is no such number", fix));
    }
    let (Some(person), Some(valid_s), true) = (person, valid_s, problems.is_empty()) else {
        return Err(ProblemDocument::fields(ProblemType::InvalidBody, &problems).into());
    };
    let until = asked.now.plus_s(valid_s).min(review.expires_at);
    let link = Link::new(&review, person, until, first(intake.clock.random()));
    if link.person(intake.table).await?.is_none() {
        let problem = Problem::new(
            "/person",
            format!("there is no person {} with a personal key", link.person),
            "name somebody of galley admin people list",
        );
        return Err(ProblemDocument::fields(ProblemType::InvalidBody, &[problem]).into());
    }
    let path = format!("/review/{}", link.seal(intake.signing_key));
    let body = json!({ "path": path, "person": link.person, "expires_at": until.rfc3339() });
    Ok(HttpResponse::json(201, &body).with("cache-control", "no-store"))
}

/// The link that an address is, with its review; a problem where it is none, or over.
async fn opened(intake: &Intake<'_>, token: &str) -> Answered<(Link, ReviewRecord)> {
    // Nobody learns whether it was forged, is over, or its review is gone.
    let nothing = || answer::no("link", "of a review that is still good");
    let link = Link::open(token, intake.signing_key, intake.clock.now()).ok_or_else(nothing)?;
    let review = review::read(intake.table, &link.tenant, &link.review).await?;
    Ok((link, review.ok_or_else(nothing)?))
}

/// `GET /review/{token}`: shows, and changes nothing, however often somebody looks.
pub(crate) async fn show(intake: &Intake<'_>, token: &str) -> Answered {
    let (link, review) = opened(intake, token).await?;
    let mut pictures = String::new();
    for subject in review.subjects.iter().take(PICTURES_MOST) {
        let items = intake.table.get(&[AssetRecord::record_key(&subject.asset)]).await?;
        let asset: Option<AssetRecord> = items[0].as_ref().map(from_item).transpose()?;
        let asset = asset.or_else(|| review.replacement(&subject.asset).cloned());
        if let Some(asset) = asset.filter(|asset| asset.media_type.starts_with("image/")) {
            let url = intake.objects.presign_get(Bucket::Assets, &asset.key, PICTURES_S).await?;
            let (url, alt) = (plain(&url.url), plain(asset.id.as_str()));
            pictures.push_str(&format!("<p><img src=\"{url}\" alt=\"{alt}\"></p>"));
        }
    }
    let reasons = review.verdict.get("reasons").and_then(Value::as_array);
    let reasons = reasons.into_iter().flatten().filter_map(Value::as_str);
    let reasons: String = reasons.map(|why| format!("<li>{}</li>", plain(why))).collect();
    let form = match review.state.waits() && review.decided.is_none() {
        true => "<form method=\"post\"><label>Note<textarea name=\"note\" maxlength=\"2000\"></textarea></label>\
                 <button name=\"decision\" value=\"approve\">Approve</button>\
                 <button name=\"decision\" value=\"reject\">Reject</button>\
                 <button name=\"decision\" value=\"regenerate\">Make it again, as the note says</button></form>"
            .to_owned(),
        false => format!("<p>The review is {}.</p>", review.state.as_str()),
    };
    let gate = plain(review.id.gate());
    let body = format!(
        "<h1>{}: is this good?</h1><p>{} decides, for the gate {gate}.</p><ul>{reasons}</ul>{pictures}{form}",
        plain(&review.pipeline),
        plain(link.person.as_str()),
    );
    Ok(page(200, &body))
}

/// `POST /review/{token}`: decides in its person's name, once.
pub(crate) async fn act(intake: &Intake<'_>, request: &HttpRequest, token: &str) -> Answered {
    let (link, _) = opened(intake, token).await?;
    let form = form(&request.body);
    let said =
        |name: &str| form.iter().find(|(one, _)| one == name).map(|(_, value)| value.clone());
    let decision = said("decision").as_deref().and_then(Decision::parse);
    let Some(decision) = decision.filter(|decision| *decision != Decision::Edit) else {
        let fix = "send decision=approve, reject or regenerate, and a note, as the page does";
        let detail = "the form names no decision";
        return Err(ProblemDocument::body(ProblemType::InvalidBody, detail, fix).into());
    };
    let Some(person) = link.person(intake.table).await? else {
        return Ok(page(409, "<p>This person decides no more.</p>"));
    };
    let note = said("note").filter(|note| !note.trim().is_empty());
    let wanted = Wanted { note, link: Some(link.nonce.clone()), ..Wanted::new(decision) };
    let (salt, now) = (first(intake.clock.random()), intake.clock.now());
    let answer = review::decide(&desk(intake), &person, &link.review, &wanted, salt, now).await?;
    Ok(match answer {
        Ok(review) => {
            let undo = plain(&format!("galley reviews undo {}", review.id));
            page(
                200,
                &format!(
                    "<p>Thank you: {decision}.</p><p>To take it back: <code>{undo}</code></p>"
                ),
            )
        }
        Err(refusal) => page(409, &format!("<p>{}</p>", plain(&refusal.to_string()))),
    })
}

fn page(status: u16, body: &str) -> HttpResponse {
    let body = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Review</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"robots\" content=\"noindex\"><meta name=\"referrer\" content=\"no-referrer\">\
         <style>{STYLE}</style><main>{body}</main></html>"
    );
    let policy = "default-src 'none'; img-src https: http:; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";
    HttpResponse { body, ..HttpResponse::empty(status) }
        .with("content-type", "text/html; charset=utf-8")
        .with("content-security-policy", policy)
        .with("x-content-type-options", "nosniff")
        .with("cache-control", "no-store")
}

/// Text that is no markup.
fn plain(text: &str) -> String {
    let escape = |c: char| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&#39;".to_owned(),
        other => other.to_string(),
    };
    text.chars().map(escape).collect()
}

/// The fields of a form as browsers send them.
fn form(body: &[u8]) -> Vec<(String, String)> {
    let pairs = body.split(|byte| *byte == b'&');
    let pair = |pair: &[u8]| {
        let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let value = pair.get(at + 1..).unwrap_or_default();
        (decoded(&pair[..at]), decoded(value))
    };
    pairs.map(pair).collect()
}

fn decoded(text: &[u8]) -> String {
    let (mut bytes, mut at) = (Vec::with_capacity(text.len()), 0);
    while let Some(byte) = text.get(at) {
        let hex = text.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        let coded = hex.filter(|_| *byte == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (byte, coded) {
            (_, Some(coded)) => {
                bytes.push(coded);
                at += 2;
            }
            (b'+', _) => bytes.push(b' '),
            (other, _) => bytes.push(*other),
        }
        at += 1;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_browsers_send_it() {
        let read = form(b"decision=regenerate&note=brighter%2C+and+no+hat%21%0D%0A%E2%82%AC%");
        let note = "brighter, and no hat!\r\n\u{20ac}%";
        assert_eq!(read[0], ("decision".into(), "regenerate".into()));
        assert_eq!(read[1], ("note".into(), note.into()));
    }
}
