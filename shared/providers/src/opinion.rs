//! What classifiers and scorers say, in one form: a score from 0 to 1, the higher the better, and why.

use domain::money::MicroUsd;
use domain::vendor::{Answer, Done, Media, Order, Outcome, Source};
use serde_json::{Map, Value, json};

/// What was made of words or pictures.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Opinion {
    /// How much of each fault there is, from 0 to 1.
    pub(crate) faults: Map<String, Value>,
    /// Whether the vendor itself would not let it through.
    pub(crate) flagged: bool,
}

impl Opinion {
    /// Notes a fault; of several looks the worst counts.
    pub(crate) fn note(&mut self, name: &str, share: f64) {
        let known = self.faults.get(name).and_then(Value::as_f64).unwrap_or(-1.0);
        if known < share {
            self.faults.insert(name.to_owned(), json!(share));
        }
    }

    fn worst(&self) -> (f64, &str) {
        let all = self.faults.iter().filter_map(|(name, share)| Some((share.as_f64()?, name)));
        all.fold(
            (0.0, ""),
            |worst, (share, name)| {
                if worst.0 < share { (share, name.as_str()) } else { worst }
            },
        )
    }

    /// As gates read it.
    pub(crate) fn done(&self, order: &Order, model: Option<String>, usd: MicroUsd) -> Answer {
        let (worst, name) = self.worst();
        let reason = if name.is_empty() { String::new() } else { format!("{name} {worst:.2}") };
        let score = (1.0 - worst).clamp(0.0, 1.0);
        let said = json!({
            "score": score, "reason": reason, "flagged": self.flagged, "faults": self.faults,
        });
        let source = Source::Bytes(said.to_string().into_bytes());
        let media = vec![Media { port: order.output().0.to_owned(), source }];
        Outcome::Done(Done { media, usd: Some(usd), model, id: None }).into()
    }
}

/// The pictures of an order, in the order that they were given in.
pub(crate) fn shown(order: &Order) -> Vec<&domain::gpu::Input> {
    let mut shown: Vec<_> = order.inputs.iter().collect();
    // The tenth comes after the second.
    shown.sort_by_key(|(port, _)| (port.len(), port.as_str()));
    shown.into_iter().map(|(_, input)| input).collect()
}
