//! All that lanes need of AWS, made from the environment once.

use crate::env::{self, StartError};
use crate::secrets::Reading;
use crate::{HeardTable, S3Objects, Secret, Secrets, SfnFlow, SqsQueue, config, heard_table};
use aws_config::SdkConfig;
use domain::Result;
use domain::lane::{Blind, Lanes, Settings};
use domain::ports::Hosts;
use domain::sign::SigningKey;
use domain::vendor::Models;
use std::sync::Arc;

/// The adapters behind [`Lanes`], and the key that GPU hosts are called with.
#[derive(Debug)]
pub struct LanePorts {
    /// What hosts are called with, and announce themselves with.
    pub endpoint_key: Secret,
    /// What vendors are called with.
    pub vendors: Secrets,
    /// Deliveries that are to be posted.
    pub notices: SqsQueue,
    signing_key: Secret,
    table: HeardTable,
    objects: S3Objects,
    flow: SfnFlow,
    queue: SqsQueue,
    /// Attempts whose vendor is to be called.
    pub calls: SqsQueue,
    api_url: String,
    lease_s: u32,
    models: Arc<Models>,
    config: SdkConfig,
}

impl LanePorts {
    /// Reads the environment; nothing is called before the first event.
    pub async fn from_env() -> Result<Self, StartError> {
        let config = config::load().await;
        Ok(Self {
            endpoint_key: Secret::from_env(&config, "ENDPOINT_KEY_PARAM")?,
            vendors: Secrets::from_env(&config)?,
            signing_key: Secret::from_env(&config, "SIGNING_KEY_PARAM")?,
            table: heard_table(&config)?,
            objects: S3Objects::from_env(&config)?,
            flow: SfnFlow::from_env(&config)?,
            queue: SqsQueue::from_env(&config)?,
            calls: SqsQueue::calls_from_env(&config)?,
            notices: SqsQueue::notices_from_env(&config)?,
            api_url: env::var("API_URL")?,
            lease_s: env::parsed("LEASE_S")?,
            models: Arc::default(),
            config,
        })
    }

    /// The same, with what vendors can do: for whoever chooses among them.
    #[must_use]
    pub fn knowing(self, models: Models) -> Self {
        Self { models: Arc::new(models), ..self }
    }

    /// What the function itself is known by, as a key of AWS.
    pub fn own_key(&self) -> impl Fn() -> Reading + Send + Sync + 'static {
        let config = self.config.clone();
        move || {
            let config = config.clone();
            Box::pin(async move { config::own_key(&config).await })
        }
    }

    /// How lanes are set up; the signing key is read anew every few minutes.
    pub async fn settings(&self) -> Result<Settings> {
        Ok(Settings {
            signing_key: SigningKey::new(self.signing_key.get().await?),
            api_url: self.api_url.clone(),
            lease_s: self.lease_s,
            models: self.models.clone(),
        })
    }

    /// The lanes, with these hosts.
    pub fn lanes<'a>(&'a self, hosts: &'a dyn Hosts, settings: &'a Settings) -> Lanes<'a> {
        Lanes {
            table: &self.table,
            objects: &self.objects,
            flow: &self.flow,
            queue: &self.queue,
            calls: &self.calls,
            hosts,
            eyes: &Blind,
            settings,
        }
    }
}
