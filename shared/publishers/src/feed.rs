//! RSS and Atom in the public bucket: one entry per post, the newest first, however many publish at a time.
//!
//! Each entry is a document of its own, and a line in the table, which has the order. Whoever publishes writes both
//! feeds from the lines, and looks again: so whoever writes last has seen the lines unchanged after it.

mod entry;
pub(crate) mod xml;

use crate::line::Said;
use crate::shelf::{Shelf, folder, name, told};
use async_trait::async_trait;
use domain::ports::Refusal;
use domain::post::Able;
use domain::publish::{Grant, Place, Probed, Sending, Spoke, Told, Went};
use domain::store::{Key, Query, Write, from_item};
use domain::time::Time;
use entry::Entry;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// So many entries are in a feed.
const ENTRIES: usize = 30;
/// How often a feed is written where others write it at the same time.
const RACES: usize = 10;

/// A feed's line of an entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Line {
    /// Where the entry's document is.
    key: String,
    /// When it changed last.
    at: Time,
    /// Whether it was taken back.
    gone: bool,
}

/// Feeds.
#[derive(Clone, Debug)]
pub struct Feed<'a>(Shelf<'a>);

impl<'a> Feed<'a> {
    /// Feeds on this shelf.
    pub fn new(shelf: Shelf<'a>) -> Self {
        Self(shelf)
    }

    async fn publish(&self, grant: &Grant, sending: &Sending) -> Said {
        let folder = folder(grant, sending, "feed");
        let key = format!("{folder}/entries/{}.json", name(sending));
        let entry = Entry::of(sending);
        self.0.put(&key, "application/json", json!(entry).to_string()).await?;
        let row = row(grant, &folder, sending.since, &sending.id);
        let line = Line { key: key.clone(), at: sending.at, gone: false };
        self.keep(row, &line).await?;
        self.write(grant, &folder).await?;
        Ok(self.there(&folder, &key, sending))
    }

    fn there(&self, folder: &str, key: &str, sending: &Sending) -> Told {
        let url = self.0.url(&format!("{folder}/feed.xml"));
        let progress = json!({ "folder": folder, "since": sending.since, "id": sending.id });
        Told::done(url, key).knowing(progress)
    }

    /// An entry is there where its document and its line are; the feeds are written again in any case.
    async fn look(&self, grant: &Grant, sending: &Sending) -> Said {
        let folder = folder(grant, sending, "feed");
        let lines = self.lines(grant, &folder).await?;
        let key = format!("{folder}/entries/{}.json", name(sending));
        let there = lines.iter().any(|line| line.key == key && !line.gone);
        let feed = self.0.get(&format!("{folder}/feed.xml")).await?.unwrap_or_default();
        let shown = String::from_utf8_lossy(&feed).contains(&entry::id(&sending.id));
        Ok(match there && shown {
            true => self.there(&folder, &key, sending),
            false => Told::new(Went::On),
        })
    }

    async fn keep(&self, row: Key, line: &Line) -> Result<(), Told> {
        let write = Write::put(row, line).map_err(told)?;
        self.0.table.write(vec![write]).await.map(drop).map_err(told)
    }

    /// The newest lines, the newest first.
    async fn lines(&self, grant: &Grant, folder: &str) -> Result<Vec<Line>, Told> {
        let query = Query::prefix(format!("TENANT#{}", grant.tenant), &rows(folder));
        let unknown = |cause: domain::Error| Told::unknown(cause.to_string());
        let items = self.0.table.query(&query).await.map_err(unknown)?;
        let newest = items.iter().rev().map(from_item::<Line>);
        let newest: Result<Vec<Line>, _> = newest.take(ENTRIES * 2).collect();
        newest.map_err(unknown)
    }

    /// Writes both feeds from the lines, until the lines are still the same afterwards.
    async fn write(&self, grant: &Grant, folder: &str) -> Result<(), Told> {
        for _ in 0..RACES {
            let lines = self.lines(grant, folder).await?;
            let mut entries = Vec::new();
            for line in lines.iter().filter(|line| !line.gone).take(ENTRIES) {
                let read = self.0.get(&line.key).await?;
                entries.extend(read.and_then(|read| serde_json::from_slice::<Entry>(&read).ok()));
            }
            let about = xml::About {
                title: grant.setting("title").unwrap_or(grant.tenant.as_str()).to_owned(),
                link: grant.setting("site").unwrap_or_default().to_owned(),
                base: self.0.url(folder),
                at: lines.iter().map(|line| line.at).max().unwrap_or_default(),
            };
            let rss = xml::rss(&about, &entries);
            let atom = xml::atom(&about, &entries);
            let (rss_at, atom_at) = (format!("{folder}/feed.xml"), format!("{folder}/atom.xml"));
            // The one that is looked at comes last: where it has an entry, the other has it.
            self.0.put(&atom_at, "application/atom+xml; charset=utf-8", atom).await?;
            self.0.put(&rss_at, "application/rss+xml; charset=utf-8", rss).await?;
            if self.lines(grant, folder).await? == lines {
                return Ok(());
            }
        }
        Err(Told::unknown("others write the same feed"))
    }

    async fn take_back(&self, grant: &Grant, progress: &Value, place: &Place) -> Said {
        let known = |name: &str| progress[name].as_str().map(str::to_owned);
        let since = progress["since"].as_i64().map(Time);
        let (Some(folder), Some(id), Some(since)) = (known("folder"), known("id"), since) else {
            let why = "nobody knows any more which feed it is in";
            return Err(Told::refused(Refusal::Never, why));
        };
        let line = Line { key: place.id.clone(), at: since, gone: true };
        self.keep(row(grant, &folder, since, &id), &line).await?;
        self.0.clear(&place.id).await?;
        self.write(grant, &folder).await?;
        Ok(Told::new(Went::Done(Place::default())))
    }
}

fn rows(folder: &str) -> String {
    format!("FEED#{folder}#")
}

/// Where a line lies: in order of when it was first asked for.
fn row(grant: &Grant, folder: &str, since: Time, id: &str) -> Key {
    Key::new(
        format!("TENANT#{}", grant.tenant),
        format!("{}{}#{id}", rows(folder), since.rfc3339()),
    )
}

#[async_trait]
impl Spoke for Feed<'_> {
    fn able(&self) -> &'static Able {
        Able::of("feed").expect("the table has its row")
    }

    async fn start(&self, grant: &Grant, sending: &Sending) -> Told {
        self.publish(grant, sending).await.unwrap_or_else(|told| told)
    }

    async fn check(&self, grant: &Grant, sending: &Sending) -> Told {
        self.look(grant, sending).await.unwrap_or_else(|told| told)
    }

    async fn update(&self, grant: &Grant, sending: &Sending) -> Told {
        self.publish(grant, sending).await.unwrap_or_else(|told| told)
    }

    async fn unpublish(&self, grant: &Grant, progress: &Value, place: &Place) -> Told {
        self.take_back(grant, progress, place).await.unwrap_or_else(|told| told)
    }

    async fn probe(&self, _grant: &Grant) -> Probed {
        Probed::Open("the public bucket".into())
    }
}

#[cfg(test)]
mod tests;
