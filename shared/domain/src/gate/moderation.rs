//! `gate.moderation`: prompts by terms, pictures by their likeness to known ones, and nothing else.
//!
//! What a picture shows is not judged, and the verdict says so.

use super::terms::{Pattern, Prompt};
use super::verdict::{Judgement, Verdict};
use crate::error::{Error, Result};
use crate::id::TenantId;
use crate::ports::{Bucket, Objects};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The most bytes that a tenant's lists may have.
pub const LISTS_MOST: u64 = 4 << 20;

/// What a tenant will not have: one JSON document in the bucket of assets, where it may grow beyond what
/// a record of the table may hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lists {
    /// Terms that no prompt may have.
    #[serde(default)]
    pub terms: Vec<Term>,
    /// Pictures that may not be shown.
    #[serde(default)]
    pub banned: Vec<Known>,
    /// Pictures that belong to somebody else.
    #[serde(default)]
    pub protected: Vec<Known>,
    /// Pictures that a person rejected: what is remembered of them is bounded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<Known>,
    /// Pictures that were published: what is remembered of them is bounded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub published: Vec<Known>,
}

/// A word or phrase, and what it leads to. A plain text is a term that fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written")]
pub struct Term {
    /// The word or phrase.
    pub term: String,
    /// What it leads to.
    pub action: Action,
}

/// What a match leads to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// The gate fails.
    #[default]
    Fail,
    /// A person decides.
    Review,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Plain(String),
    Full {
        term: String,
        #[serde(default)]
        action: Action,
    },
}

impl From<Written> for Term {
    fn from(written: Written) -> Self {
        match written {
            Written::Plain(term) => Self { term, action: Action::Fail },
            Written::Full { term, action } => Self { term, action },
        }
    }
}

/// A picture on a list. Without a perceptual hash only the very same bytes are found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its perceptual hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phash: Option<Fingerprint>,
    /// Why it is on the list.
    #[serde(default)]
    pub reason: String,
}

/// A perceptual hash of 64 bits, written as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint(pub u64);

impl Fingerprint {
    /// How many bits differ.
    pub fn distance(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        let wrong = || Error::Invalid(format!("{text:?} is not a perceptual hash: 16 hex digits"));
        if text.len() != 16 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        u64::from_str_radix(&text, 16).map(Self).map_err(|_| wrong())
    }
}

impl From<Fingerprint> for String {
    fn from(hash: Fingerprint) -> Self {
        format!("{:016x}", hash.0)
    }
}

impl Lists {
    /// Where a tenant's lists lie in the bucket of assets.
    pub fn object_key(tenant: &TenantId) -> String {
        format!("moderation/{tenant}.json")
    }

    /// Reads a tenant's lists; empty ones where there are none. Lists that cannot be read are a fault,
    /// so that nothing passes unjudged.
    pub async fn read(objects: &dyn Objects, tenant: &TenantId) -> Result<Self> {
        let key = Self::object_key(tenant);
        match objects.get(Bucket::Assets, &key, LISTS_MOST).await {
            Ok(None) => Ok(Self::default()),
            Ok(Some(bytes)) => serde_json::from_slice(&bytes)
                .map_err(|cause| Error::Fault(format!("lists {key} do not parse: {cause}"))),
            Err(Error::Invalid(cause)) => Err(Error::Fault(format!("lists {key}: {cause}"))),
            Err(cause) => Err(cause),
        }
    }
}

/// Up to this distance two pictures are taken for the same one, recompressed, resized or brightened.
const SAME_MOST: u32 = 6;
/// Up to this distance they may be; a person decides.
const NEAR_MOST: u32 = 10;

/// Looks for terms in a prompt; each that is found is a reason. `name` is what it is called there.
pub fn prompt(name: &str, text: &str, terms: &[Term], judgement: &mut Judgement) {
    let prompt = Prompt::new(text);
    judgement.scores.insert("terms_compared".into(), terms.len().into());
    for Term { term, action } in terms {
        let verdict = match action {
            Action::Fail => Verdict::Fail,
            Action::Review => Verdict::Review,
        };
        match Pattern::of(term) {
            Some(pattern) if prompt.has(&pattern) => {
                judgement.object(verdict, format!("{name} has the term {term:?}"));
            }
            Some(_) => {}
            None => {
                let reason = format!("the term {term:?} cannot be looked for");
                if !judgement.reasons.contains(&reason) {
                    judgement.object(Verdict::Review, reason);
                }
            }
        }
    }
}

/// A picture as it is compared: its bytes' hash, and its looks where it could be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample<'a> {
    /// What it is called in reasons.
    pub name: &'a str,
    /// The SHA-256 of its bytes.
    pub sha256: &'a str,
    /// Its perceptual hash.
    pub phash: Option<Fingerprint>,
}

/// Compares a picture with the known ones; gives its scores. Each likeness is a reason.
///
/// Mirroring, turning and heavy cropping hide a picture from this: it finds copies, not contents.
pub fn likeness(sample: &Sample<'_>, lists: &Lists, judgement: &mut Judgement) -> Value {
    judgement.thresholds.insert("same_distance_most".into(), SAME_MOST.into());
    judgement.thresholds.insert("near_distance_most".into(), NEAR_MOST.into());
    let mut scores = json!({ "phash": sample.phash });
    for (list, known) in [("banned", &lists.banned), ("protected", &lists.protected)] {
        let mut nearest: Option<(u32, &Known)> = None;
        for known in known {
            let same = known.sha256.eq_ignore_ascii_case(sample.sha256);
            let looks = sample.phash.zip(known.phash).map(|(one, other)| one.distance(other));
            let distance = if same { Some(0) } else { looks };
            if let Some(distance) = distance.filter(|d| nearest.is_none_or(|(best, _)| *d < best)) {
                nearest = Some((distance, known));
            }
        }
        let Some((distance, known)) = nearest else { continue };
        scores[format!("{list}_distance")] = distance.into();
        let why = if known.reason.is_empty() { "no reason on record" } else { &known.reason };
        let name = sample.name;
        if distance <= SAME_MOST {
            judgement.object(Verdict::Fail, format!("{name} is a {list} picture ({why})"));
        } else if distance <= NEAR_MOST {
            let reason = format!("{name} is like a {list} picture ({why})");
            judgement.object(Verdict::Review, reason);
        }
    }
    scores
}

/// Compares a picture with sets of known ones, of which `banned` counts among the rejected.
///
/// Within `same` bits it is a copy, within `near` a person looks; each match is a reason that shows what it matches.
pub fn copies(
    sample: &Sample<'_>,
    lists: &Lists,
    sets: &[&str],
    (same, near): (u32, u32),
    judgement: &mut Judgement,
) {
    let all: [(&str, &str, &[Known]); 4] = [
        ("rejected", "a rejected", &lists.rejected),
        ("rejected", "a banned", &lists.banned),
        ("published", "a published", &lists.published),
        ("protected", "a protected", &lists.protected),
    ];
    for (_, what, known) in all.into_iter().filter(|(set, ..)| sets.contains(set)) {
        let nearest = known
            .iter()
            .filter_map(|known| {
                let bytes = known.sha256.eq_ignore_ascii_case(sample.sha256);
                let looks = sample.phash.zip(known.phash).map(|(one, other)| one.distance(other));
                let distance = if bytes { Some(0) } else { looks };
                distance.map(|distance| (distance, bytes, known))
            })
            .min_by_key(|(distance, bytes, _)| (*distance, !bytes));
        let Some((distance, bytes, known)) = nearest else { continue };
        let which = known.sha256.get(..12).unwrap_or(&known.sha256);
        let why = if known.reason.is_empty() { "no reason on record" } else { &known.reason };
        let name = sample.name;
        if bytes {
            let reason = format!("{name} is {what} picture, byte for byte: {which} ({why})");
            judgement.object(Verdict::Fail, reason);
        } else if distance <= same {
            let reason = format!("{name} is {what} picture: {which}, {distance} bits off ({why})");
            judgement.object(Verdict::Fail, reason);
        } else if distance <= near {
            let reason =
                format!("{name} is like {what} picture: {which}, {distance} bits off ({why})");
            judgement.object(Verdict::Review, reason);
        }
    }
}
