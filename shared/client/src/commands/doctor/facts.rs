//! What can be found out about a deployment, each thing by itself: one that cannot be had hides no other.
use std::collections::BTreeMap;

use domain::lane::LaneView;

use super::credentials::Certified;

/// What was found, or why it could not be.
pub(super) type Found<T> = Result<T, String>;

/// A deployment as it was found.
pub(super) struct Facts {
    /// This command's version.
    pub(super) own_version: String,
    /// Who the AWS credentials belong to.
    pub(super) identity: Found<String>,
    /// The state of the CloudFormation stack; none where no stack is named.
    pub(super) stack: Option<Found<String>>,
    pub(super) api: Found<Api>,
    /// The status that the key was answered with; none where there is no key.
    pub(super) key: Option<Found<u16>>,
    /// Where people sign in to the console; none where there is no API to ask.
    pub(super) console: Option<Found<String>>,
    /// What this machine's clock is ahead of the API's, in seconds.
    pub(super) ahead_s: Option<i64>,
    /// The tenants, each with what is wrong with its moderation lists, if anything.
    pub(super) tenants: Found<BTreeMap<String, Option<String>>>,
    /// Tenants whose reviews wait while nobody with a personal key can decide them, each with how many wait.
    pub(super) unheard: BTreeMap<String, usize>,
    /// The length of each secret, by what it is for.
    pub(super) secrets: BTreeMap<&'static str, Found<usize>>,
    /// What signs that which is published; none where nothing is named.
    pub(super) certified: Option<Found<Certified>>,
    pub(super) lane: Found<LaneView>,
    /// Dead letters by queue.
    pub(super) dead_letters: BTreeMap<String, Found<u64>>,
    /// How many functions the account may run at once.
    pub(super) concurrency: Found<u64>,
    /// Alarms that ring.
    pub(super) alarms: Found<Vec<String>>,
}

/// What the API says of itself.
pub(super) struct Api {
    pub(super) address: String,
    pub(super) version: String,
}
