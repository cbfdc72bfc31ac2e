//! A deployment as an operator opens it: its table, bucket, queue and signing key.
pub(crate) mod outputs;

use aws::{Buckets, DynamoTable, S3Objects, SfnFlow, SqsQueue};
use aws_config::{Region, SdkConfig, retry::RetryConfig};
use aws_sdk_dynamodb::config::{Builder, Credentials, SharedCredentialsProvider};
use domain::sign::SigningKey;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

use crate::{
    failure::Failure,
    session::Session,
    settings::{self, Place},
};

/// Where the secrets of vendors lie, unless the stack's parameter says otherwise.
const VENDORS_PATH: &str = "/galley/vendors";

pub(crate) struct Deployment {
    pub(crate) table: DynamoTable,
    place: Place,
    config: SdkConfig,
}

/// Buckets by name, for deployments of which nothing is known here.
#[derive(Default, clap::Args)]
pub(super) struct Named {
    /// Bucket of assets; the local stack's or the profile's own by default
    #[arg(long, env = "GALLEY_ASSETS_BUCKET", hide_env_values = true, value_name = "NAME")]
    assets_bucket: Option<String>,
    /// Bucket of uploads
    #[arg(long, env = "GALLEY_UPLOADS_BUCKET", hide_env_values = true, value_name = "NAME")]
    uploads_bucket: Option<String>,
    /// Bucket of what is published
    #[arg(long, env = "GALLEY_PUBLIC_BUCKET", hide_env_values = true, value_name = "NAME")]
    public_bucket: Option<String>,
}

/// The secrets of a local stack, those that are used here.
#[derive(Deserialize)]
struct Secrets {
    signing_key: String,
}

/// Which deployment is meant, where it is not the local stack or the profile's.
#[derive(clap::Args)]
pub(crate) struct Which {
    /// The table of the deployment
    #[arg(long, global = true, env = "GALLEY_TABLE", hide_env_values = true, value_name = "NAME")]
    table: Option<String>,
    /// Name of the deployment's CloudFormation stack, whose outputs say the rest
    #[arg(long, global = true, env = "GALLEY_STACK", hide_env_values = true, value_name = "NAME")]
    stack: Option<String>,
}

/// Opens the deployment that is meant: the stack or the table that is named, or the place in use.
pub(crate) async fn open(session: &Session, which: Which) -> Result<Deployment, Failure> {
    let own = session.place()?;
    let place = match which.stack.filter(|stack| !stack.is_empty()).or(own.stack_alone()) {
        Some(stack) => {
            // A stack of another name is another deployment: nothing of this place holds for it.
            let ours = own.stack.as_ref() == Some(&stack);
            let own = if ours { own } else { Place::default() };
            outputs::place(&config(&own).await, &stack, own).await?
        }
        None => own,
    };
    let (name, place) = chosen(place, which.table)?;
    let config = config(&place).await;
    // The adapter decides itself what may be tried again.
    let table = Builder::from(&config).retry_config(RetryConfig::disabled()).build();
    let table = DynamoTable::new(aws_sdk_dynamodb::Client::from_conf(table), name);
    Ok(Deployment { table, place, config })
}

/// The made-up credentials of a local stack.
fn credentials(local: settings::Credentials) -> SharedCredentialsProvider {
    let (id, secret) = (local.access_key_id, local.secret_access_key);
    SharedCredentialsProvider::new(Credentials::new(id, secret, None, None, "galley"))
}

/// Credentials, region and address for calls to the place.
async fn config(place: &Place) -> SdkConfig {
    let mut config = aws::config::load().await.into_builder();
    if let Some(region) = &place.region {
        config = config.region(Region::new(region.clone()));
    }
    if let Some(endpoint) = &place.endpoint_url {
        config = config.endpoint_url(endpoint);
    }
    if let Some(local) = place.credentials.clone() {
        config = config.credentials_provider(credentials(local));
    }
    config.build()
}

impl Deployment {
    /// The name of its CloudFormation stack, where that is known.
    pub(crate) fn stack(&self) -> Option<&str> {
        self.place.stack.as_deref()
    }

    /// The base address of its API.
    pub(crate) fn api(&self) -> Option<&str> {
        self.place.api.as_deref()
    }

    /// A parameter of the parameter store.
    pub(crate) fn secret(&self, name: &str) -> aws::Secret {
        aws::Secret::new(aws_sdk_ssm::Client::new(&self.config), name)
    }

    /// A secret of Secrets Manager.
    pub(crate) fn managed(&self, name: &str) -> aws::Secret {
        aws::Secret::managed(&self.config, name)
    }

    /// A key of KMS.
    pub(crate) fn kms_key(&self, id: &str) -> aws::KmsKey {
        aws::KmsKey::new(&self.config, id)
    }

    /// The secrets of vendors: below the path that is named, or the place's own.
    pub(crate) fn vendors(&self, named: Option<String>) -> aws::Secrets {
        let own = || self.place.rest.get("vendors_path")?.as_str().map(str::to_owned);
        let path = named.or_else(own).unwrap_or_else(|| VENDORS_PATH.to_owned());
        aws::Secrets::new(aws_sdk_ssm::Client::new(&self.config), path)
    }

    /// One action of a service that takes forms: its answer, in XML.
    pub(crate) async fn ask(
        &self,
        service: &str,
        fields: &[(&str, &str)],
    ) -> Result<String, Failure> {
        outputs::form(&self.config, service, fields).await
    }

    /// What a service answers to a GET.
    pub(crate) async fn read(&self, service: &str, path: &str) -> Result<String, Failure> {
        outputs::call(&self.config, service, path, "application/json", String::new()).await
    }

    /// The bucket of assets, the one named or the place's own.
    pub(crate) fn assets(&self, named: Option<String>) -> Result<S3Objects, Failure> {
        let own = self.place.buckets.as_ref().map(|buckets| buckets.assets.clone());
        let Some(assets) = named.or(own) else {
            return Err(Failure::here(
                "no bucket of assets: none given, and none known of this table's deployment",
                "pass --bucket NAME or set GALLEY_ASSETS_BUCKET; the deployment's outputs name it",
            ));
        };
        let (uploads, public) = (String::new(), String::new());
        Ok(self.objects(Buckets { assets, uploads, public }))
    }

    /// All three buckets, those named or the place's own.
    pub(super) fn buckets(&self, named: Named) -> Result<S3Objects, Failure> {
        let own = self.place.buckets.clone();
        let known = |named: Option<String>, own: Option<&String>, which: &str| {
            named.or_else(|| own.filter(|own| !own.is_empty()).cloned()).ok_or_else(|| {
                let what = format!(
                    "no bucket of {which}: none given, and none known of this table's deployment"
                );
                let next = format!("pass --{which}-bucket NAME; the deployment's outputs name it");
                Failure::here(what, next)
            })
        };
        let own = own.as_ref();
        Ok(self.objects(Buckets {
            assets: known(named.assets_bucket, own.map(|own| &own.assets), "assets")?,
            uploads: known(named.uploads_bucket, own.map(|own| &own.uploads), "uploads")?,
            public: known(named.public_bucket, own.map(|own| &own.public), "public")?,
        }))
    }

    fn objects(&self, buckets: Buckets) -> S3Objects {
        // An emulator has no name for each bucket.
        let config = aws_sdk_s3::config::Builder::from(&self.config)
            .force_path_style(self.place.endpoint_url.is_some());
        let distribution = self.place.rest.get("distribution").and_then(Value::as_str);
        S3Objects::new(aws_sdk_s3::Client::from_conf(config.build()), buckets)
            .behind(&self.config, distribution)
    }

    /// The dispatch queue, the one named or the place's own; none where none is known.
    pub(crate) fn dispatch(&self, named: Option<String>) -> Option<SqsQueue> {
        let url = named.or_else(|| self.place.dispatch_queue_url.clone())?;
        Some(SqsQueue::new(aws_sdk_sqs::Client::new(&self.config), url, Vec::new()))
    }

    /// The dispatch queue, for those who can do nothing without it.
    pub(crate) fn queue(&self) -> Result<SqsQueue, Failure> {
        self.dispatch(None).ok_or_else(|| unknown("dispatch queue"))
    }

    /// A client of the deployment's queues.
    pub(crate) fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.config)
    }

    /// The state machine.
    pub(crate) fn flow(&self) -> Result<SfnFlow, Failure> {
        let machine = self.place.state_machine_arn.clone();
        let machine = machine.ok_or_else(|| unknown("state machine"))?;
        Ok(SfnFlow::new(aws_sdk_sfn::Client::new(&self.config), machine))
    }

    /// The URL of the queue that is called so, such as `dispatch_queue_url`.
    pub(crate) fn url(&self, name: &str) -> Option<String> {
        match name {
            "dispatch_queue_url" => self.place.dispatch_queue_url.clone(),
            _ => self.place.rest.get(name)?.as_str().map(str::to_owned),
        }
    }

    /// The queues of dead letters by name, such as `dispatch`.
    pub(crate) fn dead_letters(&self) -> Result<BTreeMap<String, String>, Failure> {
        let named = self.place.rest.iter().filter_map(|(name, url)| {
            Some((name.strip_suffix("_dead_letters_url")?.to_owned(), url.as_str()?.to_owned()))
        });
        let queues: BTreeMap<_, _> = named.collect();
        if queues.is_empty() {
            return Err(unknown("queues of dead letters"));
        }
        Ok(queues)
    }

    /// Invokes a function by its alias and waits for its answer.
    pub(crate) async fn invoke(&self, function: &str, event: &Value) -> Result<Value, Failure> {
        let functions = self.place.rest.get("functions");
        let name = functions.and_then(|functions| functions.get(function)?.as_str());
        let name = name.ok_or_else(|| unknown(&format!("function {function}")))?;
        outputs::invoke(&self.config, &format!("{name}:live"), event).await
    }

    /// The signing key: of the parameter that is named, or the place's own.
    ///
    /// There is no usual name: the key of another deployment would give secrets that fit nowhere.
    pub(crate) async fn signing_key(&self, named: Option<String>) -> Result<SigningKey, Failure> {
        if let Some(name) = named.or_else(|| self.place.signing_key.clone()) {
            let client = aws_sdk_ssm::Client::new(&self.config);
            let value = aws::Secret::new(client, name).get().await.map_err(|error| {
                let next = "check --signing-key, region, and the right to ssm:GetParameter";
                Failure::here(error.to_string(), next)
            })?;
            return Ok(SigningKey::new(value));
        }
        let Some(file) = &self.place.secrets else {
            return Err(Failure::here(
                "no signing key: no parameter given, and none known of this table's deployment",
                "pass --signing-key NAME or set GALLEY_SIGNING_KEY_NAME; it is the deployment's parameter SigningKeyName",
            ));
        };
        let bad = |error| client::Error::File(file.display().to_string(), error);
        let text = std::fs::read_to_string(file).map_err(bad)?;
        let secrets: Secrets = serde_json::from_str(&text).map_err(|error| {
            Failure::here(format!("{}: {error}", file.display()), "`make down up` writes it anew")
        })?;
        Ok(SigningKey::new(secrets.signing_key))
    }
}

fn unknown(what: &str) -> Failure {
    Failure::here(
        format!("the {what} of this deployment is not known"),
        "pass --stack NAME or set GALLEY_STACK: the stack's outputs name it",
    )
}

/// A table of another name is another deployment's: what is known of this place does not hold for it.
fn chosen(place: Place, named: Option<String>) -> Result<(String, Place), Failure> {
    match (named, place.table.clone()) {
        (Some(named), Some(own)) if named == own => Ok((own, place)),
        (Some(named), _) => Ok((named, Place::default())),
        (None, Some(own)) => Ok((own, place)),
        (None, None) => Err(Failure::here(
            "no table: none given, no .galley/stack.json upward, no profile that names one",
            "pass --table NAME or set GALLEY_TABLE; the deployment's outputs name it",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local() -> Place {
        let endpoint_url = Some("http://127.0.0.1:4566".into());
        Place { table: Some("galley".into()), endpoint_url, ..Place::default() }
    }

    #[test]
    fn the_local_endpoint_is_not_used_for_another_table() {
        let (name, place) = chosen(local(), Some("galley-production".into())).unwrap();
        assert_eq!((name.as_str(), place.endpoint_url), ("galley-production", None));
        let (name, place) = chosen(local(), None).unwrap();
        assert_eq!((name.as_str(), place.endpoint_url.is_some()), ("galley", true));
        assert!(chosen(Place::default(), None).is_err());
    }
}
