//! A place for the file that is to take an asset's place: browsers put it straight into the bucket, however large.

use crate::answer::{Answered, Trouble, nothing};
use crate::html::parts::size;
use crate::person::Role;
use crate::{Asked, Console};
use aws::http::HttpResponse;
use domain::id::ReviewId;
use domain::ports::Bucket;
use domain::review::{self, ReviewState};
use domain::upload;
use serde_json::json;

/// How long the address is good, in seconds: for a large file on a slow line.
const VALID_S: u32 = 1800;
/// What some browsers call a type, and what it is called here.
const ALIASES: [(&str, &str); 6] = [
    ("audio/x-wav", "audio/wav"),
    ("audio/vnd.wave", "audio/wav"),
    ("audio/x-flac", "audio/flac"),
    ("audio/mp3", "audio/mpeg"),
    ("audio/x-m4a", "audio/mp4"),
    ("audio/m4a", "audio/mp4"),
];

/// `POST reviews/{id}/upload`: an address to put a file to. What is put there is looked at when it is decided on.
pub(super) async fn ticket(console: &Console<'_>, asked: &Asked<'_>, id: &str) -> Answered {
    asked.needs(&[Role::Reviewer])?;
    let id = ReviewId::parse(id).map_err(|_| nothing("review"))?;
    let review =
        review::read(console.table, asked.tenant(), &id).await?.ok_or(nothing("review"))?;
    if review.state != ReviewState::Open {
        return Err(Trouble::Late(format!("The review is {}.", review.state.as_str())));
    }
    let given = asked.field("media_type");
    let known = ALIASES.iter().find(|(alias, _)| *alias == given).map_or(given, |(_, known)| known);
    if !upload::MEDIA_TYPES.contains(&known) {
        let most = upload::MEDIA_TYPES.join(", ");
        let is = if given.is_empty() { "of no type that is known" } else { given };
        return Err(Trouble::Form(format!("The file is {is}. Choose one of {most}.")));
    }
    let bytes = asked.field("bytes").parse::<u64>().ok();
    if !bytes.is_some_and(|bytes| (1..=upload::BYTES_MOST).contains(&bytes)) {
        let (is, most) = (size(bytes.unwrap_or_default()), size(upload::BYTES_MOST));
        return Err(Trouble::Form(format!("The file has {is}, and at most {most} are taken.")));
    }
    let random = (console.random)();
    let name = upload::new_id(upload::DIRECT, std::array::from_fn(|at| random[at]), known);
    let key = upload::key(asked.tenant(), &name);
    let signed = console.objects.presign_put(Bucket::Uploads, &key, known, VALID_S).await?;
    let body = json!({ "upload": name, "url": signed.url, "headers": signed.headers });
    Ok(HttpResponse::json(201, &body))
}
