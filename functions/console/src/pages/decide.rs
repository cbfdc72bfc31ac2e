//! What people do to a review: claim it, let it go, decide, take back.

use crate::answer::{Answered, Trouble, nothing, redirect};
use crate::html::parts::sentence;
use crate::{Asked, Console};
use domain::Time;
use domain::id::{AssetId, ReviewId};
use domain::review::{
    self, Asked as Wanted, Decision, Desk, Focal, Refusal, ReviewRecord, ReviewState,
};

/// `POST reviews/{id}/claim`, `release`, `decide` and `undo`.
pub(super) async fn act(console: &Console<'_>, asked: &Asked<'_>, id: &str, act: &str) -> Answered {
    let id = ReviewId::parse(id).map_err(|_| nothing("review"))?;
    let (table, objects, queue) = (console.table, console.objects, console.queue);
    let desk = Desk { table, objects, queue, undo_s: console.undo_s };
    let (person, now) = (asked.person(), console.now);
    let random = (console.random)();
    let salt = std::array::from_fn(|at| random[at]);
    let said = match act {
        "claim" => review::claim(&desk, person, &id, now).await?,
        "release" => review::release(&desk, person, &id, now).await?,
        "undo" => review::undo(&desk, person, &id, salt, now).await?,
        "decide" => {
            review::decide(&desk, person, &id, &wanted(console, asked, &id)?, salt, now).await?
        }
        _ => return Err(nothing("page")),
    };
    let review = said.map_err(trouble)?;
    tracing::info!(review = %review.id, person = %person.id, "{act}");
    let own = format!("reviews/{}", review.id);
    let page = match act {
        "decide" if review.state != ReviewState::Open => next(console, asked, &review).await?,
        _ => own,
    };
    Ok(redirect(&console.place.link(&page)))
}

/// The next review that waits, or the queue; with a word on this one.
async fn next(console: &Console<'_>, asked: &Asked<'_>, review: &ReviewRecord) -> Answered<String> {
    let waiting = review::list(console.table, asked.tenant(), (true, None), 50).await?;
    // The list may be a little late.
    let open = |other: &&ReviewRecord| other.state == ReviewState::Open && other.id != review.id;
    let for_me = |other: &&ReviewRecord| {
        asked.person().among(&other.groups)
            && other.held_by_other(&asked.person().id, console.now).is_none()
    };
    let page = waiting
        .iter()
        .filter(open)
        .find(for_me)
        .map_or("reviews".into(), |next| format!("reviews/{}", next.id));
    Ok(format!("{page}?done={}", review.id))
}

/// The decision that a form asks for.
fn wanted(console: &Console<'_>, asked: &Asked<'_>, id: &ReviewId) -> Answered<Wanted> {
    let given =
        |name: &str| Some(asked.field(name)).filter(|text| !text.is_empty()).map(str::to_owned);
    let unread = |what: &str| Trouble::Form(format!("The form's {what} cannot be read."));
    let decision = Decision::parse(asked.field("decision")).ok_or_else(|| unread("decision"))?;
    let edit = decision == Decision::Edit;
    let subject = given("subject").filter(|_| edit).map(|id| AssetId::parse(&id)).transpose();
    let share = |name: &str| asked.field(name).parse::<f64>().ok().map(|percent| percent / 100.0);
    let focal = share("x").zip(share("y")).map(|(x, y)| Focal { x, y });
    Ok(Wanted {
        note: given("note"),
        upload: given("upload").filter(|_| edit),
        subject: subject.map_err(|_| unread("candidate"))?,
        alt: given("alt"),
        caption: given("caption"),
        focal,
        shown: shown(console, asked, id),
        ..Wanted::new(decision)
    })
}

/// Since when the review was before them; none where the form does not say, or says it of another.
fn shown(console: &Console<'_>, asked: &Asked<'_>, id: &ReviewId) -> Option<Time> {
    let opened = console.signing_key.open("console shown", asked.field("shown"));
    opened.filter(|(of, _): &(ReviewId, Time)| of == id).map(|(_, at)| at)
}

fn trouble(refusal: Refusal) -> Trouble {
    match refusal {
        Refusal::Unknown => nothing("review"),
        Refusal::Role(_, role) => Trouble::Forbidden(role.as_str()),
        Refusal::Incomplete(_) | Refusal::NotShown(_) | Refusal::Upload(_) => {
            Trouble::Form(sentence(&refusal.to_string()))
        }
        other => Trouble::Late(sentence(&other.to_string())),
    }
}
