//! Secrets from the parameter store, or from Secrets Manager: kept for a while, read again when somebody refuses one.

use crate::clock;
use crate::env::{self, StartError};
use crate::failure;
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_ssm::Client;
use aws_sdk_ssm::types::ParameterType;
use domain::ports::Vault;
use domain::{Error, Result, Time};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

/// How long a value is used before it is read again, in milliseconds.
const FRESH_MS: i64 = 300_000;

/// How long a refusal is not worth another read, in milliseconds: a stranger with a wrong key must not
/// make us ask the parameter store each time.
const ASKED_MS: i64 = 10_000;

/// What [`Secret::source`] gives: the secret's value, other than one that was refused.
pub type Reading = Pin<Box<dyn Future<Output = Result<String>> + Send>>;

/// Where a secret lies.
#[derive(Clone)]
enum Store {
    /// As a `SecureString` in the parameter store.
    Parameters(Client),
    /// In Secrets Manager, as text.
    Manager(aws_sdk_secretsmanager::Client),
}

/// One secret; its value is never printed.
#[derive(Clone)]
pub struct Secret {
    store: Store,
    name: String,
    kept: Arc<Mutex<Option<Kept>>>,
}

#[derive(Clone)]
struct Kept {
    value: String,
    read_at: Time,
    /// Whether it was read because somebody refused the one before.
    doubted: bool,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Secret {
    /// The secret whose name the environment variable `variable` holds.
    pub fn from_env(config: &SdkConfig, variable: &'static str) -> Result<Self, StartError> {
        Ok(Self::new(Client::new(config), env::var(variable)?))
    }

    /// What the operator named in Secrets Manager by the variable `managed`, or else in the parameter store by `variable`:
    /// none where both are absent or empty.
    pub fn if_named(
        config: &SdkConfig,
        managed: &'static str,
        variable: &'static str,
    ) -> Option<Self> {
        let stored = || Some(Self::new(Client::new(config), env::optional(variable)?));
        env::optional(managed).map(|name| Self::managed(config, name)).or_else(stored)
    }

    /// The `SecureString` of this name; read at its first use.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { store: Store::Parameters(client), name: name.into(), kept: Arc::default() }
    }

    /// The secret of this name in Secrets Manager; read at its first use.
    pub fn managed(config: &SdkConfig, name: impl Into<String>) -> Self {
        let store = Store::Manager(aws_sdk_secretsmanager::Client::new(config));
        Self { store, name: name.into(), kept: Arc::default() }
    }

    /// The value; read again after five minutes, so that a rotated secret needs no deploy.
    pub async fn get(&self) -> Result<String> {
        self.at(clock::now(), None).await
    }

    /// The value, read again if the one we know is the one that was refused.
    ///
    /// Somebody may have read a newer one meanwhile; then no call is made.
    pub async fn other_than(&self, refused: &str) -> Result<String> {
        self.at(clock::now(), Some(refused)).await
    }

    /// The secret as a function, for adapters that know nothing of AWS: `None` asks for the value,
    /// `Some` for another one than that.
    pub fn source(&self) -> impl Fn(Option<String>) -> Reading + Send + Sync + 'static {
        let secret = self.clone();
        move |refused| {
            let secret = secret.clone();
            Box::pin(async move { secret.at(clock::now(), refused.as_deref()).await })
        }
    }

    async fn at(&self, now: Time, refused: Option<&str>) -> Result<String> {
        let usable = |kept: &Kept| {
            let age = now.since_ms(kept.read_at);
            age < FRESH_MS
                && (refused != Some(kept.value.as_str()) || (kept.doubted && age < ASKED_MS))
        };
        if let Some(kept) = self.kept().filter(usable) {
            return Ok(kept.value);
        }
        let value = self.read().await?;
        let kept = Kept { value: value.clone(), read_at: now, doubted: refused.is_some() };
        *self.kept.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(kept);
        Ok(value)
    }

    fn kept(&self) -> Option<Kept> {
        self.kept.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    async fn read(&self) -> Result<String> {
        let name = &self.name;
        let (doing, value) = match &self.store {
            Store::Parameters(client) => {
                let doing = format!("ssm read {name}");
                let request = client.get_parameter().name(name).with_decryption(true);
                let answer = request.send().await;
                let answer = answer.map_err(|failure| failure::error(&doing, &failure))?;
                (doing, answer.parameter.and_then(|parameter| parameter.value))
            }
            Store::Manager(client) => {
                let doing = format!("secretsmanager read {name}");
                let answer = client.get_secret_value().secret_id(name).send().await;
                (
                    doing.clone(),
                    answer.map_err(|failure| failure::error(&doing, &failure))?.secret_string,
                )
            }
        };
        value
            .filter(|value| !value.is_empty())
            .ok_or_else(|| Error::Fault(format!("{doing}: it is empty")))
    }
}

/// The secrets below one path of the parameter store, each read when it is first asked for.
#[derive(Clone)]
pub struct Secrets {
    client: Client,
    path: String,
    known: Arc<Mutex<BTreeMap<String, Secret>>>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secrets").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Secrets {
    /// The secrets of vendors, below the path that the environment variable `VENDORS_PATH` holds.
    pub fn from_env(config: &SdkConfig) -> Result<Self, StartError> {
        Ok(Self::new(Client::new(config), env::var("VENDORS_PATH")?))
    }

    /// What opens the accounts that tenants connected, below the path of `CONNECTIONS_PATH`.
    pub fn of_connections(config: &SdkConfig) -> Result<Self, StartError> {
        Ok(Self::new(Client::new(config), env::var("CONNECTIONS_PATH")?))
    }

    /// The secrets below this path.
    pub fn new(client: Client, path: impl Into<String>) -> Self {
        Self { client, path: path.into(), known: Arc::default() }
    }

    /// Puts a secret in its place, instead of what was there.
    pub async fn put(&self, name: &str, value: &str) -> Result<()> {
        let name = format!("{}/{name}", self.path);
        let secure = ParameterType::SecureString;
        let request = self.client.put_parameter().name(&name).value(value).r#type(secure);
        let answer = request.overwrite(true).send().await;
        answer.map(drop).map_err(|failure| failure::error(&format!("ssm write {name}"), &failure))
    }

    /// Removes a secret; one that is not there is gone already.
    pub async fn remove(&self, name: &str) -> Result<()> {
        let name = format!("{}/{name}", self.path);
        match self.client.delete_parameter().name(&name).send().await {
            Err(failure)
                if failure.as_service_error().is_some_and(|why| why.is_parameter_not_found()) =>
            {
                Ok(())
            }
            Err(failure) => Err(failure::error(&format!("ssm delete {name}"), &failure)),
            Ok(_) => Ok(()),
        }
    }

    /// The secret of this name.
    pub fn named(&self, name: &str) -> Secret {
        let mut known = self.known.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let new = || Secret::new(self.client.clone(), format!("{}/{name}", self.path));
        known.entry(name.to_owned()).or_insert_with(new).clone()
    }

    /// The secrets as a function of their names, as [`Secret::source`] is of one.
    pub fn source(&self) -> impl Fn(&str, Option<String>) -> Reading + Send + Sync + 'static {
        let secrets = self.clone();
        move |name, refused| {
            let secret = secrets.named(name);
            Box::pin(async move { secret.at(clock::now(), refused.as_deref()).await })
        }
    }
}

#[async_trait]
impl Vault for Secrets {
    async fn read(&self, name: &str) -> Result<Option<String>> {
        // Never from memory: whoever renewed it last may have been somebody else.
        let name = format!("{}/{name}", self.path);
        let request = self.client.get_parameter().name(&name).with_decryption(true);
        match request.send().await {
            Err(failure)
                if failure.as_service_error().is_some_and(|why| why.is_parameter_not_found()) =>
            {
                Ok(None)
            }
            Err(failure) => Err(failure::error("ssm read a connection", &failure)),
            Ok(answer) => Ok(answer.parameter.and_then(|parameter| parameter.value)),
        }
    }

    async fn keep(&self, name: &str, value: &str) -> Result<()> {
        self.put(name, value).await
    }

    async fn forget(&self, name: &str) -> Result<()> {
        self.remove(name).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Wire, config};
    use serde_json::{Value, json};

    fn secret(wire: &Wire) -> Secret {
        let config = aws_sdk_ssm::config::Builder::from(&config(wire)).build();
        Secret::new(Client::from_conf(config), "/galley/endpoint-key")
    }

    fn holds(value: &str) -> Value {
        json!({ "Parameter": { "Name": "/galley/endpoint-key", "Value": value } })
    }

    #[tokio::test]
    async fn a_secret_is_read_once_in_five_minutes() {
        let wire = Wire::new().answers(holds("first")).answers(holds("second"));
        let secret = secret(&wire);
        for at in [0, 1, FRESH_MS - 1] {
            assert_eq!(secret.at(Time(at), None).await.unwrap(), "first");
        }
        assert_eq!(secret.at(Time(FRESH_MS), None).await.unwrap(), "second");
        assert_eq!(wire.requests()[0].body["WithDecryption"], true);
    }

    #[tokio::test]
    async fn a_refused_secret_is_read_again_at_once() {
        let wire = Wire::new().answers(holds("old")).answers(holds("new"));
        let source = secret(&wire).source();
        assert_eq!(source(None).await.unwrap(), "old");
        assert_eq!(source(Some("old".into())).await.unwrap(), "new");
        assert_eq!(source(Some("old".into())).await.unwrap(), "new", "known by now: no third call");
    }

    #[tokio::test]
    async fn a_stranger_with_wrong_keys_causes_one_read_in_ten_seconds() {
        let wire = Wire::new().answers(holds("ours")).answers(holds("ours")).answers(holds("ours"));
        let secret = secret(&wire);
        for at in [0, 1, 2, 5_000] {
            secret.at(Time(at), Some("ours")).await.unwrap();
        }
        assert_eq!(wire.requests().len(), 1);
        secret.at(Time(ASKED_MS), Some("ours")).await.unwrap();
        assert_eq!(wire.requests().len(), 2);
    }

    #[tokio::test]
    async fn an_absent_secret_is_our_fault() {
        let wire = Wire::new().fails(400, "ParameterNotFound");
        let error = secret(&wire).get().await.unwrap_err();
        assert!(matches!(&error, Error::Fault(why) if why.contains("/galley/endpoint-key")));
    }

    #[tokio::test]
    async fn a_secret_of_secrets_manager_is_read_by_its_name_and_kept_as_long() {
        let held = |value| json!({ "Name": "galley/certificate", "SecretString": value });
        let wire = Wire::new().answers(held("first")).answers(held("second"));
        let secret = Secret::managed(&config(&wire), "galley/certificate");
        for at in [0, FRESH_MS - 1] {
            assert_eq!(secret.at(Time(at), None).await.unwrap(), "first");
        }
        assert_eq!(secret.at(Time(FRESH_MS), None).await.unwrap(), "second");
        assert_eq!(wire.requests()[0].operation(), "GetSecretValue");
        assert_eq!(wire.requests()[0].body["SecretId"], "galley/certificate");
        let wire = Wire::new().fails(400, "ResourceNotFoundException");
        let why = Secret::managed(&config(&wire), "gone").get().await.unwrap_err();
        let told = "secretsmanager read gone: 400 ResourceNotFoundException: no";
        assert_eq!(why, Error::Fault(told.into()));
    }

    #[tokio::test]
    async fn a_secret_is_never_printed() {
        let wire = Wire::new().answers(holds("hush"));
        let secret = secret(&wire);
        secret.get().await.unwrap();
        assert!(!format!("{secret:?}").contains("hush"));
    }

    #[tokio::test]
    async fn a_vendors_secret_is_put_encrypted_and_one_that_is_gone_can_be_removed() {
        let wire = Wire::new().answers(json!({ "Version": 1 })).fails(400, "ParameterNotFound");
        let config = aws_sdk_ssm::config::Builder::from(&config(&wire)).build();
        let secrets = Secrets::new(Client::from_conf(config), "/galley/vendors");
        secrets.put("fal", "hush").await.unwrap();
        secrets.remove("fal").await.unwrap();
        let put = &wire.requests()[0].body;
        assert_eq!(put["Name"], "/galley/vendors/fal");
        assert_eq!((&put["Type"], &put["Overwrite"]), (&json!("SecureString"), &json!(true)));
        assert_eq!(wire.requests()[1].body["Name"], "/galley/vendors/fal");
    }
}
