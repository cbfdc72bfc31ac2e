//! One post on its way to one target: what it is, whose account it goes to, and what is sent.

mod back;
mod drive;
mod files;
mod left;

use crate::Publishing;
use domain::call::Call;
use domain::error::{Error, Result};
use domain::ports::{Bucket, Vault, Waits};
use domain::post::{self, Able, Form, Making, Medium, Shape};
use domain::publish::connection::{Connection, Standing};
use domain::publish::{
    self, CountsRecord, End, Fact, Finding, Grant, NotCleared, Posting, Sending, Spoke, cleared,
    planted, post_of, ready, same_bytes,
};
use domain::record::{AssetRecord, Gone, PostingRecord, PublicationState};
use domain::store::{Write, Written};
use domain::time::Time;
use domain::view::JobView;
use std::collections::BTreeMap;

pub(crate) use back::Back;

/// How long whoever is at a posting has it to itself, in seconds: longer than any one verb takes.
pub(crate) const LEASE_S: u32 = 15;
/// The largest medium of a post.
const MEDIUM_MOST: u64 = 64 << 20;

/// The targets of posts, by the kind that pipelines name.
pub type Spokes<'a> = BTreeMap<&'static str, &'a dyn Spoke>;

/// What publishing posts needs of the world besides.
#[derive(Clone, Copy)]
pub struct Hub<'a> {
    /// Where posts go.
    pub spokes: &'a Spokes<'a>,
    /// What opens accounts.
    pub vault: &'a dyn Vault,
    /// Waits.
    pub waits: &'a dyn Waits,
    /// What the public bucket is called by everybody, such as `https://media.example.com`; none where it is not public.
    pub public_url: Option<&'a str>,
}

/// One post on its way to one target.
pub(crate) struct Sent<'a> {
    pub(crate) step: String,
    pub(crate) posting: Posting,
    pub(crate) gone: Vec<Gone>,
    /// What the ledger said before this call.
    pub(crate) old: Option<PostingRecord>,
    /// What it says now.
    pub(crate) record: Option<PostingRecord>,
    /// What is sent, and with whose grant; or why it cannot be.
    ready: Option<Ready<'a>>,
    /// What became of it in this call; none where somebody else has it now.
    pub(crate) end: Option<End>,
}

/// All that a target's verbs are asked with.
struct Ready<'a> {
    spoke: &'a dyn Spoke,
    connection: Option<Connection>,
    grant: Grant,
    sending: Sending,
}

impl Sent<'_> {
    /// Whether it was there before this call.
    pub(crate) fn was_done(&self) -> bool {
        self.old.as_ref().is_some_and(|old| old.state == PublicationState::Done)
    }

    /// Until when somebody else is at it.
    pub(crate) fn busy(&self, now: Time) -> Option<Time> {
        self.old.as_ref()?.busy_until.filter(|until| now < *until)
    }

    fn form(&self) -> Option<&Form> {
        self.ready.as_ref().map(|ready| &ready.sending.form)
    }

    /// What the ledger learns of it, and what the step does.
    pub(crate) fn found(&self, call: &Call, now: Time) -> Result<(Vec<Fact>, Finding)> {
        let Some(end) = &self.end else {
            return Ok((Vec::new(), Finding::Again(format!("somebody else is at {}", self.step))));
        };
        if self.was_done() {
            return Ok((Vec::new(), Finding::There(String::new())));
        }
        let Some(record) = &self.record else {
            return Ok((Vec::new(), Finding::Again(format!("{} is not on the ledger", self.step))));
        };
        let fact = publish::ended(&call.job, record, self.form(), end, now)?;
        let last = publish::TRIES_MOST <= record.tries;
        let finding = match end {
            End::There(place) => Finding::There(place.url.clone()),
            End::Again { why, .. } if last => Finding::Never(why.clone()),
            End::Again { why, .. } => Finding::Again(why.clone()),
            End::Never(why) => Finding::Never(why.clone()),
        };
        let mut facts = vec![fact];
        if let (End::There(_), Some(counts)) =
            (end, CountsRecord::fresh(&self.step, &record.target, now))
        {
            let write = Write::put(CountsRecord::key(&call.job, &self.step), &counts)?;
            facts.push(Fact { write, event: None });
        }
        Ok((facts, finding))
    }
}

/// What a target gets none of, whoever asks again.
type Never = std::result::Result<(), String>;

impl<'a> Publishing<'a> {
    /// The post of a step, with bytes read just now; or why nothing of it may be published.
    pub(crate) async fn post(
        &self,
        view: &JobView,
        step: &str,
        now: Time,
    ) -> Result<std::result::Result<Sent<'a>, NotCleared>> {
        if let Err(why) = ready(view, step) {
            return Ok(Err(why));
        }
        let posting = post_of(view, step, &view.parameters(step)?)?;
        let old = view.postings.iter().find(|posting| posting.step == step).cloned();
        let (record, ready, end) = (old.clone(), None, None);
        let step = step.to_owned();
        let mut sent = Sent { step, posting, gone: Vec::new(), old, record, ready, end };
        if sent.was_done() {
            sent.end = Some(End::There(publish::Place::default()));
            return Ok(Ok(sent));
        }
        let assets = sent.posting.assets(view)?;
        if let Some(why) = planted(self.table, view, &assets).await? {
            return Ok(Err(why));
        }
        let mut bytes: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for asset in assets {
            if let Err(why) = cleared(view, asset) {
                return Ok(Err(why));
            }
            match self.objects.get(Bucket::Assets, &asset.key, MEDIUM_MOST).await? {
                None => return Ok(Err(NotCleared::Gone(asset.id.clone()))),
                Some(read) => {
                    if let Err(why) = same_bytes(asset, &read) {
                        return Ok(Err(why));
                    }
                    bytes.insert(asset.id.to_string(), read);
                }
            }
        }
        if let Err(why) = self.prepare(view, &mut sent, bytes, now).await? {
            sent.end = Some(End::Never(why));
        }
        Ok(Ok(sent))
    }

    /// Whose account it is, and what is sent there.
    async fn prepare(
        &self,
        view: &JobView,
        sent: &mut Sent<'a>,
        bytes: BTreeMap<String, Vec<u8>>,
        now: Time,
    ) -> Result<Never> {
        let kind = sent.posting.kind.as_str();
        let hub = self.hub.as_ref();
        let Some((hub, spoke)) = hub.and_then(|hub| Some((hub, *hub.spokes.get(kind)?))) else {
            return Ok(Err(format!("nothing here publishes posts at {kind}")));
        };
        let (connection, grant) = match self.lent(hub, view, &sent.posting, now).await? {
            Ok(lent) => lent,
            Err(Shut::Never(why)) => return Ok(Err(why)),
            Err(Shut::Until(why, still)) => {
                let name = sent.posting.connection.as_deref().unwrap_or_default();
                return match self.waits_for(view, (&sent.step, name), *still, now).await? {
                    true => Ok(Err(why)),
                    false => Err(Error::Again(format!("{name} was connected meanwhile"))),
                };
            }
        };
        let id = PostingRecord::own_id(&view.job.id, &sent.step);
        let form = match formed(spoke.able(), &sent.posting, view, (&id, &|of| self.room(of))) {
            Ok(form) => form,
            Err(why) => return Ok(Err(why)),
        };
        let files = match self.files(hub, view, spoke.able(), (&id, &form), bytes).await? {
            Ok(files) => files,
            Err(why) => return Ok(Err(why)),
        };
        sent.gone = gone(view, &form, &files)?;
        let sending = Sending {
            id,
            form,
            files,
            settings: sent.posting.settings.clone(),
            since: sent.old.as_ref().map_or(now, |old| old.started_at),
            at: now,
            progress: sent.old.as_ref().map(|old| old.progress.clone()).unwrap_or_default(),
        };
        sent.ready = Some(Ready { spoke, connection, grant, sending });
        Ok(Ok(()))
    }

    /// Puts on record that a post waits for a connection, with what has to hold or to be known then; whether it does.
    async fn waits_for(
        &self,
        view: &JobView,
        (step, connection): (&str, &str),
        also: Write,
        now: Time,
    ) -> Result<bool> {
        let of = (&view.job.tenant, connection);
        let mut writes = publish::pauses(of, (&view.job.id, step), now)?;
        writes.push(also);
        Ok(self.table.write(writes).await? == Written::Done)
    }

    /// The grant of a connection; or why there is none.
    async fn lent(
        &self,
        hub: &Hub<'_>,
        view: &JobView,
        posting: &Posting,
        now: Time,
    ) -> Result<std::result::Result<(Option<Connection>, Grant), Shut>> {
        let tenant = &view.job.tenant;
        let Some(name) = &posting.connection else {
            return Ok(Ok((
                None,
                Grant {
                    tenant: tenant.clone(),
                    connection: String::new(),
                    settings: posting.settings.clone(),
                    secret: Default::default(),
                    expires_at: None,
                },
            )));
        };
        let Some(connection) = Connection::read(self.table, tenant, name).await? else {
            let fix = format!("galley connections put {name} --kind {}", posting.kind);
            let why =
                format!("there is no connection {name}: connect it, and this goes on ({fix})");
            let still = publish::still_absent((tenant, name));
            return Ok(Err(Shut::Until(why, Box::new(still))));
        };
        if connection.kind != posting.kind {
            let (is, wanted) = (&connection.kind, &posting.kind);
            let why = format!("connection {name} is one to {is}, not to {wanted}");
            return Ok(Err(Shut::Never(why)));
        }
        if connection.state == Standing::Expired {
            let why = connection.error.as_deref().unwrap_or("its grant is over");
            let still = connection.still_over(tenant);
            return Ok(Err(Shut::Until(over(name, why), Box::new(still))));
        }
        if let Some(until) = connection.resting(now) {
            let still = connection.still_rests(tenant);
            return Ok(Err(Shut::Until(rests(name, until), Box::new(still))));
        }
        match connection.grant(hub.vault, tenant).await? {
            Some(grant) => Ok(Ok((Some(connection), grant))),
            None => {
                let why = "its secret is not there";
                let still = stands(view, &connection, Some(why), now);
                Ok(Err(Shut::Until(over(name, why), Box::new(still))))
            }
        }
    }
}

/// Why an account is not open to a post.
enum Shut {
    /// It never is.
    Never(String),
    /// It waits until it is connected; this write holds only as long as it is not.
    Until(String, Box<Write>),
}

impl Shut {
    fn why(self) -> String {
        match self {
            Self::Never(why) | Self::Until(why, _) => why,
        }
    }
}

/// What is said of a connection that opens nothing any more.
fn over(name: &str, why: &str) -> String {
    format!("connection {name} is over ({why}): connect it again, and this goes on")
}

/// What is said of a connection whose target takes nothing more for a while.
fn rests(name: &str, until: Time) -> String {
    format!(
        "the target of connection {name} takes no more until {}: then this goes on",
        until.rfc3339()
    )
}

fn formed(
    able: &Able,
    posting: &Posting,
    view: &JobView,
    (id, room): (&str, &(dyn Fn(&str) -> u64 + Sync)),
) -> std::result::Result<Form, String> {
    let shape = |medium: &Medium| view.assets.get(&medium.asset).map(|asset| shape(asset, room));
    let making = Making { id, shape: &shape, ai: posting.ai, settings: &posting.settings };
    post::form(able, &posting.content, &making).map_err(|problems| {
        let told = problems.iter().map(|problem| format!("{}: {}", problem.detail, problem.fix));
        told.collect::<Vec<_>>().join("; ")
    })
}

/// What an asset is, with as many bytes as it may come to have when it is sealed.
fn shape(asset: &AssetRecord, room: &(dyn Fn(&str) -> u64 + Sync)) -> Shape {
    Shape {
        media_type: asset.media_type.clone(),
        bytes: asset.bytes + room(&asset.media_type),
        width: asset.width,
        height: asset.height,
        seconds: asset.seconds,
    }
}

/// What goes, by the bytes that were cleared and those that are sent.
fn gone(view: &JobView, form: &Form, files: &[publish::File]) -> Result<Vec<Gone>> {
    let each = form.media.iter().zip(files).map(|(medium, file)| {
        let asset = view.asset(medium.asset.as_str())?;
        let sent = (file.sha256 != asset.sha256).then(|| file.sha256.clone());
        Ok(Gone { asset: asset.id.clone(), sha256: asset.sha256.clone(), sent })
    });
    each.collect()
}

/// How a connection stands from now on.
pub(crate) fn stands(
    view: &JobView,
    connection: &Connection,
    why: Option<&str>,
    now: Time,
) -> Write {
    let state = if why.is_some() { Standing::Expired } else { Standing::Ok };
    connection.stands(&view.job.tenant, state, why, now)
}
