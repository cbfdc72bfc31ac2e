//! Identifiers: parsed once, so that no later code meets an empty or a foreign one.

use crate::error::{Error, Result};
use crate::time::Time;
use serde::{Deserialize, Serialize};

macro_rules! id {
    ($name:ident, $what:literal, $valid:expr) => {
        #[doc = concat!("The id of ", $what, ".")]
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl TryFrom<String> for $name {
            type Error = Error;

            fn try_from(text: String) -> Result<Self> {
                let valid: fn(&str) -> bool = $valid;
                if valid(&text) {
                    Ok(Self(text))
                } else {
                    Err(Error::Invalid(format!("{text:?} is not the id of {}", $what)))
                }
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The id that this text names.
            pub fn parse(text: &str) -> Result<Self> {
                Self::try_from(text.to_owned())
            }
        }
    };
}

/// First parts of object keys that are not a tenant's.
const RESERVED: [&str; 5] = ["chunks", "incoming", "moderation", "previews", "uploads"];

id!(TenantId, "a tenant", |text| (1..=40).contains(&text.len())
    && !RESERVED.contains(&text)
    && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
id!(PersonId, "a person", |text| (1..=64).contains(&text.len())
    && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.@+".contains(&b)));
id!(JobId, "a job", |text| text.len() == 27
    && text.starts_with('j')
    && text[1..].bytes().all(|b| CROCKFORD.contains(&b)));
id!(AttemptId, "an attempt", |text| {
    let mut parts = text.split('.');
    let (job, step, number) = (parts.next(), parts.next(), parts.next());
    parts.next().is_none()
        && job.is_some_and(|job| JobId::parse(job).is_ok())
        && step.is_some_and(|step| !step.is_empty())
        && number.is_some_and(|number| number.parse::<u32>().is_ok())
});
id!(ReviewId, "a review", |text| AttemptId::parse(text).is_ok());
id!(AssetId, "an asset", |text| {
    let mut parts = text.split('.');
    parts.next().is_some_and(|job| JobId::parse(job).is_ok())
        && parts.clone().count() == 3
        && parts.all(|part| !part.is_empty())
});

const CROCKFORD: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl JobId {
    /// A new id: 48 bits of time, so that ids sort by age, and 80 random bits (a ULID in lower case).
    pub fn new(now: Time, random: [u8; 10]) -> Self {
        let mut bits = (now.0.max(0) as u128) << 80;
        for (place, byte) in random.iter().rev().enumerate() {
            bits |= u128::from(*byte) << (8 * place);
        }
        let text =
            (0..26).rev().map(|place| CROCKFORD[(bits >> (5 * place)) as usize & 31] as char);
        Self(std::iter::once('j').chain(text).collect())
    }

    /// The name of a run's execution.
    pub fn execution(&self, run: u32) -> String {
        format!("{self}-{run}")
    }

    /// The job and the run that an execution's name tells.
    pub fn of_execution(name: &str) -> Result<(Self, u32)> {
        let (job, run) = name
            .rsplit_once('-')
            .ok_or_else(|| Error::Invalid(format!("execution {name:?} is not one of ours")))?;
        let run = run.parse().map_err(|_| Error::Invalid(format!("{name:?} names no run")))?;
        Ok((Self::parse(job)?, run))
    }
}

impl AttemptId {
    /// The id of the `number`th attempt of a step.
    pub fn new(job: &JobId, step: &str, number: u32) -> Self {
        Self(format!("{job}.{step}.{number}"))
    }

    /// The job it is an attempt of.
    pub fn job(&self) -> JobId {
        JobId(self.part(0).to_owned())
    }

    /// The step it is an attempt of.
    pub fn step(&self) -> &str {
        self.part(1)
    }

    /// Its number among the step's attempts, from 1.
    pub fn number(&self) -> u32 {
        self.part(2).parse().unwrap_or(0)
    }

    fn part(&self, index: usize) -> &str {
        self.0.split('.').nth(index).unwrap_or("")
    }
}

impl ReviewId {
    /// The id of the review of a gate's verdict in a round.
    pub fn new(job: &JobId, gate: &str, round: u32) -> Self {
        Self(format!("{job}.{gate}.{round}"))
    }

    /// The job it belongs to.
    pub fn job(&self) -> JobId {
        JobId(self.part(0).to_owned())
    }

    /// The gate that asked for it.
    pub fn gate(&self) -> &str {
        self.part(1)
    }

    /// The round of the gate's verdict.
    pub fn round(&self) -> u32 {
        self.part(2).parse().unwrap_or(0)
    }

    fn part(&self, index: usize) -> &str {
        self.0.split('.').nth(index).unwrap_or("")
    }
}

impl AssetId {
    /// The id of an output: `made` tells one making of the step's outputs from the next.
    pub fn new(job: &JobId, step: &str, made: &str, index: usize) -> Self {
        Self(format!("{job}.{step}.{made}.{index}"))
    }

    /// The job it was made for.
    pub fn job(&self) -> JobId {
        JobId(self.0.split('.').next().unwrap_or("").to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_jobs_sort_after_earlier_ones() {
        let earlier = JobId::new(Time(1_700_000_000_000), [255; 10]);
        let later = JobId::new(Time(1_700_000_000_001), [0; 10]);
        assert!(earlier < later);
        assert_eq!(JobId::parse(earlier.as_str()), Ok(earlier));
    }

    #[test]
    fn an_execution_names_its_job_and_run() {
        let job = JobId::new(Time(5), [7; 10]);
        assert_eq!(JobId::of_execution(&job.execution(2)), Ok((job, 2)));
        assert!(JobId::of_execution("another-machine-1").is_err());
    }

    #[test]
    fn no_tenant_is_called_like_a_place_of_objects() {
        assert!(TenantId::parse("acme").is_ok());
        for name in RESERVED {
            assert!(TenantId::parse(name).is_err(), "{name}");
        }
    }

    #[test]
    fn an_attempt_names_its_job_and_step() {
        let job = JobId::new(Time(5), [7; 10]);
        let attempt = AttemptId::new(&job, "generate", 2);
        assert_eq!((attempt.job(), attempt.step(), attempt.number()), (job, "generate", 2));
        assert!(AttemptId::parse("j1.generate.1").is_err());
    }
}
