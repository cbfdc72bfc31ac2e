//! Posts at their targets, and the accounts that they go to.
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    answers::Job,
    client::{Again, Client},
    error::Error,
};

impl Client {
    /// Connects an account, in place of one of that name.
    pub async fn put_connection(&self, name: &str, connection: &Value) -> Result<Value, Error> {
        let call = self.call(Method::PUT, &["connections", name], Again::Harmless);
        self.send(call.json(connection)).await
    }

    /// The caller's connections, by name.
    pub async fn connections(&self) -> Result<Vec<Value>, Error> {
        let call = self.call(Method::GET, &["connections"], Again::Harmless);
        let mut answer: Value = self.send(call).await?;
        Ok(answer["connections"].as_array_mut().map(std::mem::take).unwrap_or_default())
    }

    /// Disconnects an account.
    pub async fn delete_connection(&self, name: &str) -> Result<Value, Error> {
        self.send(self.call(Method::DELETE, &["connections", name], Again::OnlyIfRefused)).await
    }

    /// What each target would get of a post: `{ post, targets, ai }`.
    pub async fn preview(&self, asked: &Value) -> Result<Vec<Value>, Error> {
        let call = self.call(Method::POST, &["publications", "preview"], Again::Harmless);
        let mut answer: Value = self.send(call.json(asked)).await?;
        Ok(answer["targets"].as_array_mut().map(std::mem::take).unwrap_or_default())
    }

    /// What became of a post at one target.
    pub async fn publication(&self, id: &str) -> Result<Value, Error> {
        self.send(self.call(Method::GET, &["publications", id], Again::Harmless)).await
    }

    /// Asks a target whether a connection opens an account.
    pub async fn test_connection(&self, name: &str) -> Result<Value, Error> {
        let call = self.call(Method::POST, &["connections", name, "test"], Again::Harmless);
        self.send(call).await
    }

    /// Publications that have a window, from one time to another.
    pub async fn scheduled(
        &self,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<Vec<Value>, Error> {
        let call = self.call(Method::GET, &["publications"], Again::Harmless);
        let call = call.query("from", from).query("to", to);
        let mut answer: Value = self.send(call).await?;
        Ok(answer["publications"].as_array_mut().map(std::mem::take).unwrap_or_default())
    }

    /// Moves a publication to another time, until its window opens.
    pub async fn reschedule(&self, id: &str, at: &str) -> Result<Value, Error> {
        let call = self.call(Method::POST, &["publications", id, "reschedule"], Again::Harmless);
        self.send(call.json(&json!({ "at": at }))).await
    }

    /// Takes a publication out, until its window opens.
    pub async fn cancel_publication(&self, id: &str) -> Result<Value, Error> {
        let call = self.call(Method::POST, &["publications", id, "cancel"], Again::Harmless);
        self.send(call.json(&json!({}))).await
    }

    /// Publishes once more at one target, and nothing else of its job.
    pub async fn retry_publication(&self, id: &str) -> Result<Job, Error> {
        let call = self.call(Method::POST, &["publications", id, "retry"], Again::OnlyIfRefused);
        self.send(call).await
    }

    /// What a target counts of a publication.
    pub async fn metrics(&self, id: &str) -> Result<Value, Error> {
        self.send(self.call(Method::GET, &["publications", id, "metrics"], Again::Harmless)).await
    }

    /// Takes down whatever was published of an asset: `{ asset, reason }`. The same asset again is the same take-down.
    pub async fn take_down(&self, asked: &Value) -> Result<Value, Error> {
        let call = self.call(Method::POST, &["takedowns"], Again::Harmless);
        self.send(call.json(asked)).await
    }

    /// How a take-down stands.
    pub async fn takedown(&self, id: &str) -> Result<Value, Error> {
        self.send(self.call(Method::GET, &["takedowns", id], Again::Harmless)).await
    }
}
