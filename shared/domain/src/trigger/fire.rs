//! Which triggers an event fires, and with which inputs.

use super::mapping::{fill_text, input};
use super::pattern::{Miss, Pattern, is_own};
use super::{On, TriggerRecord, tells};
use crate::id::JobId;
use crate::label::{self, Labels};
use crate::time::Time;
use crate::upload;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Something that happened outside.
#[derive(Clone, Debug, Default, PartialEq)]
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
    /// What else its envelope says, such as the account.
    pub rest: Map<String, Value>,
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
    /// The job's labels: the author's, and the trigger's name.
    pub labels: Labels,
    /// The job's id: the same whenever the event is delivered.
    pub job: JobId,
}

/// The triggers that an event of the bus fires.
pub fn matching<'a>(triggers: &'a [TriggerRecord], event: &Occurrence) -> Vec<Match<'a>> {
    let waits = |trigger: &&TriggerRecord| {
        let bus = matches!(trigger.on, On::S3 { .. } | On::EventBridge { .. });
        bus && trigger.misses(event).is_empty()
    };
    let fired = triggers.iter().filter(waits);
    fired.map(|trigger| Match { trigger, fired: trigger.fire(event) }).collect()
}

impl Occurrence {
    /// As paths and patterns see it.
    pub fn value(&self) -> Value {
        let mut value = json!({
            "id": self.id, "source": self.source, "detail-type": self.detail_type,
            "time": self.time, "detail": self.detail,
        });
        for (name, rest) in &self.rest {
            value[name.as_str()] = rest.clone();
        }
        value
    }

    /// An event as EventBridge hands it over; missing parts are empty.
    pub fn of_envelope(event: &Value) -> Self {
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let known = ["id", "source", "detail-type", "time", "detail", "traceparent"];
        let rest = event.as_object().into_iter().flatten();
        let rest = rest.filter(|(name, _)| !known.contains(&name.as_str()));
        Self {
            id: text("id"),
            source: text("source"),
            detail_type: text("detail-type"),
            time: text("time"),
            detail: event["detail"].clone(),
            rest: rest.map(|(name, value)| (name.clone(), value.clone())).collect(),
        }
    }

    /// Whether a publication or a notice of Galley's came back.
    fn is_own_webhook(&self) -> bool {
        let agent = self.rest.get("headers").and_then(|headers| headers["user-agent"].as_str());
        agent.is_some_and(|agent| agent.starts_with("galley/"))
    }

    fn upload(&self) -> Option<&str> {
        let created = self.source == "aws.s3" && self.detail_type == "Object Created";
        created.then(|| self.detail["object"]["key"].as_str())?
    }
}

impl TriggerRecord {
    /// All that keeps an event from firing it; none where it fires.
    pub fn misses(&self, event: &Occurrence) -> Vec<Miss> {
        match &self.on {
            On::S3 { prefix, suffix } => self.upload_misses(event, prefix, suffix.as_deref()),
            On::EventBridge { .. } if is_own(&event.source) => {
                let detail =
                    format!("{} tells of Galley's own work; no trigger hears it", event.source);
                vec![Miss::new("/source", detail)]
            }
            On::EventBridge { pattern } => pattern_misses(pattern, event),
            On::Webhook(_) if event.is_own_webhook() => {
                vec![Miss::new("/headers/user-agent", "Galley's own webhooks fire no trigger")]
            }
            On::Webhook(webhook) if webhook.scheme.is_cms() => {
                let of_entry = tells(webhook.scheme, &event.detail).err();
                let pattern = webhook.pattern.as_ref();
                let misses = pattern.map_or_else(Vec::new, |it| pattern_misses(it, event));
                of_entry.map(|why| Miss::new("/detail", why)).into_iter().chain(misses).collect()
            }
            On::Webhook(webhook) => {
                webhook.pattern.as_ref().map_or_else(Vec::new, |it| pattern_misses(it, event))
            }
            On::Schedule(_) => self.schedule_misses(event),
        }
    }

    fn upload_misses(&self, event: &Occurrence, prefix: &str, suffix: Option<&str>) -> Vec<Miss> {
        let Some(key) = event.upload() else {
            let detail =
                format!("{:?} of {:?} is no finished upload", event.detail_type, event.source);
            return vec![Miss::new(
                "/detail-type",
                format!("{detail}; wanted: \"Object Created\" of \"aws.s3\""),
            )];
        };
        let at = "/detail/object/key";
        // The key says whose it is and what for, whatever a stored prefix may say.
        let own = upload::key(&self.tenant, &format!("{}/", self.name));
        let mut misses = Vec::new();
        for prefix in [own.as_str(), prefix] {
            if misses.is_empty() && !key.starts_with(prefix) {
                misses.push(Miss::new(at, format!("{key:?} does not begin with {prefix:?}")));
            }
        }
        let ends = |suffix: &&str| key.to_ascii_lowercase().ends_with(&suffix.to_ascii_lowercase());
        if let Some(suffix) = suffix.filter(|suffix| !ends(suffix)) {
            misses.push(Miss::new(at, format!("{key:?} does not end with {suffix:?}")));
        }
        misses
    }

    fn schedule_misses(&self, event: &Occurrence) -> Vec<Miss> {
        let Some(calendar) = self.calendar() else {
            return vec![Miss::new("/time", "the schedule cannot be read")];
        };
        let Some(time) = instant(&event.time) else {
            return vec![Miss::new("/time", format!("{:?} is no time in RFC 3339", event.time))];
        };
        if calendar.last(time) == Some(time) {
            return Vec::new();
        }
        let next = calendar.next(time).map_or("never".into(), Time::rfc3339);
        let detail = format!("the schedule is not due at {}; the next time is {next}", event.time);
        vec![Miss::new("/time", detail)]
    }

    /// What it makes of an event that fires it, or why it can make nothing of it.
    pub fn fire(&self, event: &Occurrence) -> Result<Fired, String> {
        let whole = event.value();
        let named = self.dedupe.iter().map(|text| fill_text(text, &whole));
        let dedupe = match self.dedupe.is_empty() {
            true => self.usual(event),
            false => named.collect::<Result<Vec<_>, _>>()?.join("/"),
        };
        let mut inputs = Map::new();
        for (name, given) in &self.inputs {
            let value = input(&self.tenant, given, &whole);
            inputs.insert(name.clone(), value.map_err(|why| format!("input {name}: {why}"))?);
        }
        let mut labels = Labels::from([("trigger".to_owned(), self.name.clone())]);
        for (name, given) in &self.labels {
            let text = fill_text(given, &whole).map_err(|why| format!("label {name}: {why}"))?;
            if let Some((detail, _)) = label::value_misfit(&text) {
                return Err(format!("label {name}: {detail}"));
            }
            labels.insert(name.clone(), text);
        }
        let at = instant(&event.time).unwrap_or_default();
        let digest = Sha256::digest(format!("{}\0{}\0{dedupe}", self.tenant, self.name));
        let job = JobId::new(at, std::array::from_fn(|at| digest[at]));
        Ok(Fired { dedupe, inputs, labels, job })
    }

    /// The same bytes under the same key are the same upload, also where they were sent twice.
    fn usual(&self, event: &Occurrence) -> String {
        let Some(key) = event.upload() else { return event.id.clone() };
        let object = &event.detail["object"];
        let version = ["etag", "sequencer"].iter().find_map(|name| object[name].as_str());
        let bucket = event.detail["bucket"]["name"].as_str().unwrap_or_default();
        format!("{bucket}/{key}/{}", version.unwrap_or(&event.id))
    }
}

fn pattern_misses(pattern: &Value, event: &Occurrence) -> Vec<Miss> {
    match Pattern::read(pattern, "") {
        Ok(pattern) => pattern.misses(&event.value()),
        // It was checked when it was stored; a later release may be stricter.
        Err(_) => vec![Miss::new("", "the pattern cannot be read; put the trigger again")],
    }
}

fn instant(text: &str) -> Option<Time> {
    text.parse().ok().map(|time: jiff::Timestamp| Time(time.as_millisecond()))
}
