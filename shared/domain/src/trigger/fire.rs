//! Which triggers an event fires, and with which inputs.

use super::{On, TriggerRecord, path};
use crate::id::JobId;
use crate::time::Time;
use crate::upload;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Something that happened outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Occurrence {
    /// Its id; the same when it is delivered again.
    pub id: String,
    /// Who sent it.
    pub source: String,
    /// What kind it is.
    pub detail_type: String,
    /// When it happened, in RFC 3339.
    pub time: String,
    /// What happened.
    pub detail: Value,
}

/// A trigger that an event fires; or would fire, were the event whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Match<'a> {
    /// The trigger.
    pub trigger: &'a TriggerRecord,
    /// What it makes of the event, or why it can make nothing of it.
    pub fired: Result<Fired, String>,
}

/// What a trigger makes of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Fired {
    /// What tells this occurrence from the next one.
    pub dedupe: String,
    /// The inputs, as a caller would have sent them.
    pub inputs: Map<String, Value>,
    /// The job's id: the same whenever the event is delivered.
    pub job: JobId,
}

/// The triggers that an event fires.
pub fn matching<'a>(triggers: &'a [TriggerRecord], event: &Occurrence) -> Vec<Match<'a>> {
    let whole = event.value();
    let fired = triggers.iter().filter(|trigger| trigger.waits_for(event));
    fired.map(|trigger| Match { trigger, fired: trigger.fire(event, &whole) }).collect()
}

impl Occurrence {
    /// As paths see it.
    fn value(&self) -> Value {
        json!({
            "id": self.id, "source": self.source, "detail-type": self.detail_type,
            "time": self.time, "detail": self.detail,
        })
    }

    fn upload(&self) -> Option<&str> {
        let created = self.source == "aws.s3" && self.detail_type == "Object Created";
        created.then(|| self.detail["object"]["key"].as_str())?
    }
}

impl TriggerRecord {
    fn waits_for(&self, event: &Occurrence) -> bool {
        match &self.on {
            On::S3 { prefix, suffix } => event.upload().is_some_and(|key| {
                // The key says whose it is and what for, whatever a stored prefix may say.
                let own = upload::key(&self.tenant, &format!("{}/", self.name));
                let ends = |suffix: &String| {
                    key.to_ascii_lowercase().ends_with(&suffix.to_ascii_lowercase())
                };
                key.starts_with(&own) && key.starts_with(prefix) && suffix.iter().all(ends)
            }),
            On::EventBridge { source, detail_type } => {
                *source == event.source && *detail_type == event.detail_type
            }
        }
    }

    fn fire(&self, event: &Occurrence, whole: &Value) -> Result<Fired, String> {
        let named = self.dedupe.iter().map(|path| find(path, whole).map(text));
        let dedupe = match self.dedupe.is_empty() {
            true => self.usual(event),
            false => named.collect::<Result<Vec<_>, _>>()?.join("/"),
        };
        let mut inputs = Map::new();
        for (name, given) in &self.inputs {
            let value = self.input(given, whole).map_err(|why| format!("input {name}: {why}"))?;
            inputs.insert(name.clone(), value);
        }
        let at = event.time.parse().map_or(0, |time: jiff::Timestamp| time.as_millisecond());
        let digest = Sha256::digest(format!("{}\0{}\0{dedupe}", self.tenant, self.name));
        let job = JobId::new(Time(at), std::array::from_fn(|at| digest[at]));
        Ok(Fired { dedupe, inputs, job })
    }

    /// The same bytes under the same key are the same upload, also where they were sent twice.
    fn usual(&self, event: &Occurrence) -> String {
        let Some(key) = event.upload() else { return event.id.clone() };
        let object = &event.detail["object"];
        let version = ["etag", "sequencer"].iter().find_map(|name| object[name].as_str());
        let bucket = event.detail["bucket"]["name"].as_str().unwrap_or_default();
        format!("{bucket}/{key}/{}", version.unwrap_or(&event.id))
    }

    fn input(&self, given: &Value, whole: &Value) -> Result<Value, String> {
        let resolved = |given: &Value| match given {
            Value::String(text) if path(text).is_some() => find(text, whole).cloned(),
            literal => Ok(literal.clone()),
        };
        let Some(key) = given.get("upload_key") else { return resolved(given) };
        let key = text(&resolved(key)?);
        let id = upload::id_at(&self.tenant, &key);
        let prefix = upload::prefix(&self.tenant);
        let id = id.ok_or_else(|| format!("{key:?} is no upload: its key begins with {prefix}"))?;
        Ok(json!({ "upload": id }))
    }
}

fn find<'a>(reference: &str, whole: &'a Value) -> Result<&'a Value, String> {
    let names = path(reference).unwrap_or_default();
    let found = names.iter().try_fold(whole, |value, name| match value {
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        value => value.get(name),
    });
    let found = found.filter(|value| !value.is_null());
    found.ok_or_else(|| format!("the event has no {}", names.join(".")))
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
