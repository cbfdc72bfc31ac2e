//! Plants of a policy, as the API tells them.
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    client::{Again, Client},
    error::Error,
};

/// Which picture is added.
#[derive(Debug, Clone)]
pub enum PlantOf {
    /// One that was uploaded.
    Upload(String),
    /// One that a job made.
    Asset(String),
}

impl Client {
    /// Adds a picture that is known to be bad to those that a policy may plant.
    pub async fn add_plant(
        &self,
        policy: &str,
        of: &PlantOf,
        why: &str,
        prompt: Option<&str>,
    ) -> Result<Value, Error> {
        let mut body = match of {
            PlantOf::Upload(id) => json!({ "upload": id }),
            PlantOf::Asset(id) => json!({ "asset": id }),
        };
        body["why"] = json!(why);
        if let Some(prompt) = prompt {
            body["prompt"] = json!(prompt);
        }
        let call = self.call(Method::POST, &["policies", policy, "plants"], Again::Harmless);
        self.send(call.json(&body)).await
    }

    /// The pictures that a policy may plant.
    pub async fn plants(&self, policy: &str) -> Result<Vec<Value>, Error> {
        let call = self.call(Method::GET, &["policies", policy, "plants"], Again::Harmless);
        let mut answer: Value = self.send(call).await?;
        Ok(answer["plants"].as_array_mut().map(std::mem::take).unwrap_or_default())
    }

    /// Takes a plant out, by its SHA-256.
    pub async fn remove_plant(&self, id: &str) -> Result<Value, Error> {
        self.send(self.call(Method::DELETE, &["plants", id], Again::OnlyIfRefused)).await
    }
}
