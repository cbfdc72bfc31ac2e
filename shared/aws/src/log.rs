//! Log lines: one flat JSON object each, with the fields of the work it belongs to.

use crate::{clock, env};
use serde_json::{Map, Value};
use std::fmt::Write;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

/// Crates whose everyday news is not ours.
const STRANGERS: [&str; 8] =
    ["aws_", "h2", "hyper", "lambda_runtime", "reqwest", "rustls", "tokio", "tower"];

/// Sends log lines to standard output, from the level that the function's settings name.
pub(crate) fn start() {
    let level = env::optional("AWS_LAMBDA_LOG_LEVEL").and_then(|level| level.parse().ok());
    let lines =
        Lines { level: level.unwrap_or(LevelFilter::INFO), write: |line| println!("{line}") };
    // A second start in one process finds the first one at work.
    let _ = tracing_subscriber::registry().with(lines).try_init();
}

/// Turns events into lines.
struct Lines<W> {
    level: LevelFilter,
    write: W,
}

/// What a span adds to the lines within it.
struct Fields(Map<String, Value>);

impl<W> Lines<W> {
    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        let stranger = STRANGERS.iter().any(|prefix| metadata.target().starts_with(prefix));
        let most = if stranger { self.level.min(LevelFilter::WARN) } else { self.level };
        // The runtime repeats what a handler returned, without saying for which job; panics it tells first.
        let echo = metadata.target().starts_with("lambda_runtime::layers::panic")
            && metadata.is_event()
            && metadata.fields().field("error").is_none();
        *metadata.level() <= most && !echo
    }
}

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Fn(String) + 'static,
{
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.wants(metadata)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Map::new();
        attributes.record(&mut Visitor(&mut fields));
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(Fields(fields));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(Fields(fields)) = span.extensions_mut().get_mut()
        {
            values.record(&mut Visitor(fields));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut line = Map::new();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(Fields(fields)) = span.extensions().get() {
                line.extend(fields.clone());
            }
        }
        event.record(&mut Visitor(&mut line));
        line.insert("time".into(), clock::now().rfc3339().into());
        line.insert("level".into(), event.metadata().level().as_str().into());
        (self.write)(Value::Object(line).to_string());
    }
}

/// Puts fields into a line.
struct Visitor<'a>(&'a mut Map<String, Value>);

impl Visitor<'_> {
    fn put(&mut self, field: &Field, value: Value) {
        self.0.insert(field.name().to_owned(), value);
    }
}

impl Visit for Visitor<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let mut text = String::new();
        let _ = write!(text, "{value:?}");
        self.put(field, text.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    fn lines(work: impl FnOnce()) -> Vec<Value> {
        let written = Arc::new(Mutex::new(Vec::new()));
        let sink = written.clone();
        let write = move |line: String| sink.lock().unwrap().push(line);
        let lines = Lines { level: LevelFilter::INFO, write };
        let subscriber = tracing_subscriber::registry().with(lines);
        tracing::subscriber::with_default(subscriber, work);
        let written = written.lock().unwrap();
        written.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_line_is_flat_and_carries_the_fields_of_its_work() {
        let lines = lines(|| {
            let outer = tracing::info_span!("invocation", request_id = "r1");
            let _outer = outer.enter();
            let step = None::<&str>;
            let inner = tracing::info_span!("call", job = "j1", step, trace_id = "t");
            let _inner = inner.enter();
            tracing::info!(duration_ms = 12, "stored {}", "a.png");
        });
        let line = &lines[0];
        assert_eq!(line["message"], "stored a.png");
        assert_eq!(line["level"], "INFO");
        assert_eq!((&line["request_id"], &line["job"]), (&"r1".into(), &"j1".into()));
        assert_eq!(line["duration_ms"], 12);
        assert_eq!(line.get("step"), None, "what is not known is not said");
        assert!(line["time"].as_str().unwrap().ends_with('Z'));
    }

    #[test]
    fn a_span_may_learn_a_field_later() {
        let lines = lines(|| {
            let span = tracing::info_span!("call", job = tracing::field::Empty);
            span.record("job", "j2");
            span.in_scope(|| tracing::warn!("late"));
        });
        assert_eq!(lines[0]["job"], "j2");
    }

    #[test]
    fn everyday_news_of_other_crates_is_left_out() {
        let lines = lines(|| {
            tracing::info!(target: "hyper_util::client", "pooling");
            tracing::debug!("detail");
            tracing::warn!(target: "aws_config", "no region");
        });
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["message"], "no region");
    }
}
