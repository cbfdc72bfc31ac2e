//! What is read of publications: their lines first, and of those that are shown all that is known.

use super::about::About;
use crate::answer::Answered;
use crate::{Asked, Console};
use domain::id::TenantId;
use domain::label;
use domain::publish::{CountsRecord, Listed, lines};
use domain::record::{
    JobRecord, PostingRecord, PublicationRecord, PublicationState, StepRecord, job_pk,
};
use domain::store::{From, Key, Query, from_item, sort_key};
use futures_util::future::try_join_all;

/// How many lines a page about one thing reads at once, how often, and how many publications it shows.
const READ: u32 = 500;
const READS: usize = 4;
const SHOWN: usize = 100;
/// How many assets of one step are looked at.
const ASSETS: u32 = 60;

/// A step that publishes, with what is known of it.
pub(super) struct Row {
    pub(super) listed: Listed,
    pub(super) job: JobRecord,
    /// A post; none where assets go by themselves.
    pub(super) posting: Option<PostingRecord>,
    /// Assets that go by themselves.
    pub(super) sent: Vec<PublicationRecord>,
    pub(super) counts: Option<CountsRecord>,
    /// Whether it failed before, and its job is at it again.
    pub(super) again: bool,
}

impl Row {
    /// How it stands as a whole: the worst of its parts.
    pub(super) fn state(&self) -> &'static str {
        if self.again {
            return "started";
        }
        let of = |state: PublicationState, gone: bool| match (gone, state) {
            (true, _) => "taken_down",
            (_, PublicationState::Failed) => "failed",
            (_, PublicationState::Unknown) => "unknown",
            (_, PublicationState::Started) => "started",
            (_, PublicationState::Done) => "done",
        };
        let posting = self.posting.iter().map(|one| of(one.state, one.taken_down.is_some()));
        let sent = self.sent.iter().map(|one| of(one.state, one.taken_down.is_some()));
        let all: Vec<&str> = posting.chain(sent).collect();
        let worst = ["failed", "unknown", "started", "done", "taken_down"];
        worst.into_iter().find(|state| all.contains(state)).unwrap_or("started")
    }
}

/// All that is known of these: four records each, and no more.
pub(super) async fn rows(console: &Console<'_>, listed: Vec<Listed>) -> Answered<Vec<Row>> {
    if listed.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<Key> = listed
        .iter()
        .flat_map(|Listed { job, step, .. }| {
            [
                JobRecord::key(job),
                PostingRecord::key(job, step),
                CountsRecord::key(job, step),
                StepRecord::key(job, step),
            ]
        })
        .collect();
    let found = console.table.get(&keys).await?;
    // Who has no job any more has no row.
    let own = listed.into_iter().zip(found.chunks_exact(4));
    let own = own.filter_map(|(listed, records)| Some((listed, records[0].as_ref()?, records)));
    let each = own.map(async |(listed, job, records)| {
        let job: JobRecord = from_item(job)?;
        let posting: Option<PostingRecord> = records[1].as_ref().map(from_item).transpose()?;
        let counts: Option<CountsRecord> = records[2].as_ref().map(from_item).transpose()?;
        let step: Option<StepRecord> = records[3].as_ref().map(from_item).transpose()?;
        let sent = match posting {
            Some(_) => Vec::new(),
            None => assets(console, &listed).await?,
        };
        let failed = posting.iter().any(|posting| posting.state != PublicationState::Done)
            || sent.iter().any(|sent| sent.state == PublicationState::Failed);
        // What came to its end in an earlier round is to be done once more.
        let wanted = job.only.as_ref().is_none_or(|only| *only == listed.step);
        let early = step.is_some_and(|step| step.round < job.round);
        let again = job.state.open() && wanted && failed && early;
        Ok(Row { listed, job, posting, sent, counts, again })
    });
    try_join_all(each).await
}

/// The assets of a step that go by themselves.
async fn assets(console: &Console<'_>, listed: &Listed) -> domain::Result<Vec<PublicationRecord>> {
    let prefix = format!("PUBLICATION#{}#", listed.step);
    let query = Query { limit: ASSETS, ..Query::prefix(job_pk(&listed.job), &prefix) };
    console.table.query(&query).await?.iter().map(from_item).collect()
}

/// The newest publications of one target or label, and in words how many those are of all.
pub(super) async fn within_bounds(
    console: &Console<'_>,
    asked: &Asked<'_>,
    about: About<'_>,
) -> Answered<(Vec<Row>, String)> {
    let tenant = asked.tenant();
    let Some(mut after) = begin(console, tenant, about).await? else {
        return Ok((Vec::new(), String::new()));
    };
    let fits = |one: &Listed| match about {
        About::Target(kind) => one.line.target == kind,
        About::Label(name, value) => one.line.labels.get(name).is_some_and(|it| it == value),
    };
    let (mut found, mut looked, mut whole) = (Vec::new(), 0, false);
    for _ in 0..READS {
        let page = lines(console.table, tenant, after.as_deref(), READ).await?;
        looked += page.len();
        whole = page.len() < READ as usize;
        after = page.last().map(Listed::cursor);
        found.extend(page.into_iter().filter(fits));
        if whole || SHOWN < found.len() {
            break;
        }
    }
    let more = SHOWN < found.len();
    found.truncate(SHOWN);
    let since = found.last().map(|last| last.line.at.day()).unwrap_or_default();
    let bounds = match (more, whole) {
        (true, _) => format!("The newest {SHOWN}, since {since}: older ones are not counted here."),
        (false, true) if found.len() == 1 => "One publication.".into(),
        (false, true) => format!("All {} publications.", found.len()),
        (false, false) => format!(
            "{} among the newest {looked} publications, since {since}: older ones are not counted here.",
            found.len()
        ),
    };
    Ok((rows(console, found).await?, bounds))
}

/// Behind which line the reading begins: a label's newest job may be old. None where there is no such job.
async fn begin(
    console: &Console<'_>,
    tenant: &TenantId,
    about: About<'_>,
) -> Answered<Option<Option<String>>> {
    let About::Label(name, value) = about else { return Ok(Some(None)) };
    let pk = label::partition(tenant, name, value);
    let from = From::Partition { pk, prefix: String::new(), after: None };
    let newest = console.table.query(&Query { from, backwards: true, limit: 1 }).await?;
    // All lines of that job, and none of a later one: `#` stands before what follows here.
    Ok(newest.first().map(|entry| Some(format!("{}$", sort_key(entry)))))
}
