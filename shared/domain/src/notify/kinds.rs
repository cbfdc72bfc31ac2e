//! Which events are news for the outside: how jobs end, what people are asked and decide, what was published.

/// The events that go out, besides those that begin with `review.`.
///
/// The mapping of the table's stream lets exactly these through; a test compares the two.
pub const KINDS: [&str; 10] = [
    "job.succeeded",
    "job.rejected",
    "job.failed",
    "job.canceled",
    "job.expired",
    "publication.done",
    "publication.failed",
    "publication.taken_down",
    "takedown.done",
    "takedown.left",
];

/// What a webhook without a choice of its own is told.
pub(super) const USUAL: [&str; 2] = ["job.*", "review.*"];

/// Whether an event of this type goes out.
pub fn goes_out(kind: &str) -> bool {
    KINDS.contains(&kind) || kind.starts_with("review.")
}

/// Whether one of the patterns means this type: the type itself, `job.*`, or `*`.
pub fn wants(patterns: &[String], kind: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(start) => kind.starts_with(start),
        None => pattern == kind,
    })
}

/// Whether a pattern can ever mean an event that goes out.
pub(super) fn is_pattern(pattern: &str) -> bool {
    let families = ["*", "job.*", "review.*", "publication.*", "takedown.*"];
    families.contains(&pattern) || KINDS.contains(&pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_a_type_a_family_or_all() {
        let wanted = |pattern: &str, kind| wants(&[pattern.into()], kind);
        assert!(wanted("*", "job.failed") && wanted("job.*", "job.failed"));
        assert!(wanted("job.failed", "job.failed"));
        assert!(!wanted("job.failed", "job.succeeded") && !wanted("job.*", "publication.done"));
        assert!(!wants(&[], "job.failed"));
    }

    #[test]
    fn progress_never_goes_out() {
        for kind in ["step.progress", "step.preview", "step.started", "job.accepted"] {
            assert!(!goes_out(kind), "{kind}");
        }
        assert!(goes_out("review.requested") && goes_out("job.expired"));
    }
}
