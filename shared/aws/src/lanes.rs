//! All that lanes need of AWS, made from the environment once.

use crate::env::{self, StartError};
use crate::{DynamoTable, S3Objects, Secret, SfnFlow, SqsQueue, config};
use domain::lane::{Lanes, Settings};
use domain::ports::Hosts;
use domain::sign::SigningKey;

/// The adapters behind [`Lanes`], and the key that GPU hosts are called with.
#[derive(Debug)]
pub struct LanePorts {
    /// What hosts are called with, and announce themselves with.
    pub endpoint_key: Secret,
    table: DynamoTable,
    objects: S3Objects,
    flow: SfnFlow,
    queue: SqsQueue,
    settings: Settings,
}

impl LanePorts {
    /// Reads the environment, and the signing key.
    pub async fn from_env() -> Result<Self, StartError> {
        let config = config::load().await;
        let signing_key = Secret::from_env(&config, "SIGNING_KEY_PARAM")?.get().await?;
        Ok(Self {
            endpoint_key: Secret::from_env(&config, "ENDPOINT_KEY_PARAM")?,
            table: DynamoTable::from_env(&config)?,
            objects: S3Objects::from_env(&config)?,
            flow: SfnFlow::from_env(&config)?,
            queue: SqsQueue::from_env(&config)?,
            settings: Settings {
                signing_key: SigningKey::new(signing_key),
                api_url: env::var("API_URL")?,
                lease_s: env::parsed("LEASE_S")?,
            },
        })
    }

    /// The lanes, with these hosts.
    pub fn lanes<'a>(&'a self, hosts: &'a dyn Hosts) -> Lanes<'a> {
        Lanes {
            table: &self.table,
            objects: &self.objects,
            flow: &self.flow,
            queue: &self.queue,
            hosts,
            settings: &self.settings,
        }
    }
}
