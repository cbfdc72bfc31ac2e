//! Traces across services: W3C `traceparent`, read, continued and written. Pure: randomness is handed in.

use std::fmt::{Display, Formatter};

/// Where in a trace some work belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The trace, 32 hexadecimal digits.
    pub trace_id: String,
    /// This piece of work, 16 hexadecimal digits.
    pub span_id: String,
    /// The piece of work that caused it; `None` at the root.
    pub parent_id: Option<String>,
    /// Whether somebody records it; passed on as it came.
    pub sampled: bool,
}

impl Trace {
    /// A new trace.
    pub fn root(random: [u8; 24]) -> Self {
        let digits = hex(&random);
        let (trace_id, span_id) = digits.split_at(32);
        Self {
            trace_id: trace_id.to_owned(),
            span_id: span_id.to_owned(),
            parent_id: None,
            sampled: true,
        }
    }

    /// The place that a `traceparent` names; `None` if it is not one.
    pub fn parse(traceparent: &str) -> Option<Self> {
        let mut parts = traceparent.trim().split('-');
        let (version, trace_id) = (parts.next()?, parts.next()?);
        let (span_id, flags) = (parts.next()?, parts.next()?);
        // Later versions may add parts; version 00 has four.
        let known = digits(version, 2) && version != "ff";
        let complete = version != "00" || parts.next().is_none();
        let valid = known
            && complete
            && digits(trace_id, 32)
            && digits(span_id, 16)
            && digits(flags, 2)
            && trace_id.bytes().any(|digit| digit != b'0')
            && span_id.bytes().any(|digit| digit != b'0');
        let sampled = u8::from_str_radix(flags, 16).is_ok_and(|flags| flags & 1 == 1);
        valid.then(|| Self {
            trace_id: trace_id.to_owned(),
            span_id: span_id.to_owned(),
            parent_id: None,
            sampled,
        })
    }

    /// A piece of work that this one causes.
    pub fn child(&self, random: [u8; 8]) -> Self {
        Self {
            trace_id: self.trace_id.clone(),
            span_id: hex(&random),
            parent_id: Some(self.span_id.clone()),
            sampled: self.sampled,
        }
    }

    /// The child of what `traceparent` names, or a new trace if that is no `traceparent`.
    pub fn continued(traceparent: Option<&str>, random: [u8; 24]) -> Self {
        match traceparent.and_then(Self::parse) {
            Some(parent) => parent.child(std::array::from_fn(|at| random[16 + at])),
            None => Self::root(random),
        }
    }
}

/// As a `traceparent`.
impl Display for Trace {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "00-{}-{}-{:02x}", self.trace_id, self.span_id, u8::from(self.sampled))
    }
}

fn digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_survives_reading_and_writing() {
        assert_eq!(Trace::parse(PARENT).unwrap().to_string(), PARENT);
        let unsampled = PARENT.replace("-01", "-00");
        assert_eq!(Trace::parse(&unsampled).unwrap().to_string(), unsampled);
    }

    #[test]
    fn a_child_keeps_the_trace_and_names_its_parent() {
        let child = Trace::continued(Some(PARENT), [7; 24]);
        assert_eq!(child.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(child.parent_id.as_deref(), Some("00f067aa0ba902b7"));
        assert_eq!(child.span_id, "0707070707070707");
    }

    #[test]
    fn what_is_no_traceparent_begins_a_trace() {
        for text in [
            "",
            "00-0-0-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        ] {
            assert_eq!(Trace::parse(text), None, "{text}");
            assert_eq!(Trace::continued(Some(text), [1; 24]), Trace::root([1; 24]));
        }
    }

    #[test]
    fn a_later_version_may_say_more() {
        let later = format!("{}-more", PARENT.replacen("00", "01", 1));
        assert!(Trace::parse(&later).is_some());
    }
}
