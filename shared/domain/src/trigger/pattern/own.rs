//! Which senders a pattern could hear: a conservative answer, so that no job can set off the next.

use super::matcher::{Matcher, Part, parts};
use super::{Field, Pattern};

/// How the sources begin whose events tell of Galley's own work: its own news, and what AWS reports of
/// its buckets, functions and executions.
pub const OWN: [&str; 2] = ["galley", "aws."];

/// Whether events of this sender tell of Galley's own work.
pub fn is_own(source: &str) -> bool {
    OWN.iter().any(|own| source.starts_with(own))
}

impl Pattern {
    /// The beginning of a source of Galley's own that this pattern could fit; none where it surely fits none.
    pub fn hears_own(&self) -> Option<&'static str> {
        OWN.into_iter().find(|own| self.may_begin(own))
    }

    /// Whether every source that this pattern could fit is among these; `cms.*` stands for all that begin so.
    pub fn hears_only(&self, granted: &[String]) -> bool {
        let here = self.sources().is_some_and(|matchers| {
            matchers.iter().all(|matcher| granted.iter().any(|grant| within(matcher, grant)))
        });
        let branches = !self.branches.is_empty();
        here || (branches && self.branches.iter().all(|branch| branch.hears_only(granted)))
    }

    fn sources(&self) -> Option<&[Matcher]> {
        self.fields.iter().find_map(|(name, field)| match field {
            Field::OneOf(matchers) if name == "source" => Some(matchers.as_slice()),
            _ => None,
        })
    }

    /// Whether some source that begins so could fit. What is not sure counts as yes.
    fn may_begin(&self, own: &str) -> bool {
        let here = self
            .sources()
            .is_none_or(|matchers| matchers.iter().any(|matcher| may_begin(matcher, own)));
        let branches =
            self.branches.is_empty() || self.branches.iter().any(|branch| branch.may_begin(own));
        here && branches
    }
}

fn overlap(one: &str, other: &str) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

fn may_begin(matcher: &Matcher, own: &str) -> bool {
    match matcher {
        Matcher::Is(value) => value.as_str().is_some_and(|text| text.starts_with(own)),
        Matcher::Prefix(prefix) if prefix.any_case => overlap(&prefix.text.to_lowercase(), own),
        Matcher::Prefix(prefix) => overlap(&prefix.text, own),
        // Whatever the end, something that begins so has it.
        Matcher::Suffix(_) => true,
        Matcher::IgnoreCase(text) => text.to_lowercase().starts_with(own),
        Matcher::Wildcard(text) => {
            let (fixed, open) = beginning(text);
            if open { overlap(&fixed, own) } else { fixed.starts_with(own) }
        }
        // A source is a text, no address, and always there.
        Matcher::Cidr(_) | Matcher::Numeric(_) | Matcher::Exists(false) => false,
        Matcher::Exists(true) => true,
        Matcher::AnythingBut(those) => !those.iter().any(|that| takes_all(that, own)),
    }
}

/// Whether everything that begins so surely fits.
fn takes_all(matcher: &Matcher, own: &str) -> bool {
    match matcher {
        Matcher::Prefix(prefix) if prefix.any_case => own.starts_with(&prefix.text.to_lowercase()),
        Matcher::Prefix(prefix) => own.starts_with(&prefix.text),
        Matcher::Wildcard(text) => {
            let (fixed, open) = beginning(text);
            open && own.starts_with(&fixed)
                && parts(text).last() == Some(&Part::Any)
                && parts(text).iter().filter(|part| **part == Part::Any).count() == 1
        }
        _ => false,
    }
}

/// What a wildcard's text begins with up to its first `*`, and whether there is one.
fn beginning(text: &str) -> (String, bool) {
    let parts = parts(text);
    let fixed = parts.iter().map_while(|part| match part {
        Part::One(c) => Some(*c),
        Part::Any => None,
    });
    (fixed.collect(), parts.contains(&Part::Any))
}

/// Whether all that fits the matcher is what an operator granted.
fn within(matcher: &Matcher, grant: &str) -> bool {
    let Some(prefix) = grant.strip_suffix('*') else {
        return matches!(matcher, Matcher::Is(value) if value.as_str() == Some(grant));
    };
    match matcher {
        Matcher::Is(value) => value.as_str().is_some_and(|text| text.starts_with(prefix)),
        Matcher::Prefix(given) => !given.any_case && given.text.starts_with(prefix),
        Matcher::Wildcard(text) => beginning(text).0.starts_with(prefix),
        _ => false,
    }
}
