//! One method per route, and the one place that makes calls.
use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::{Method, StatusCode, Url};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    answers::{Asset, Events, Job, Jobs, PipelineVersion, Pipelines, Upload, WatchToken},
    error::Error,
    problem::Problem,
    retry::{Retry, asked_wait, dice},
    submission::{Document, Submission, idempotency_key},
    watch::Watch,
};

/// How long an answer may take when the API is not asked to hold it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Which of the caller's jobs to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only jobs in this state.
    pub state: Option<String>,
    /// Only jobs of this pipeline.
    pub pipeline: Option<String>,
    /// Only jobs with these labels.
    pub labels: BTreeMap<String, String>,
    /// At most so many on a page.
    pub limit: Option<u32>,
    /// Go on from here.
    pub cursor: Option<String>,
}

/// When a call may be made a second time.
#[derive(Clone, Copy)]
pub(crate) enum Again {
    /// Carrying it out twice is the same as once.
    Harmless,
    /// Only where it is certain that nothing happened.
    OnlyIfRefused,
}

/// One request, as often as it takes.
pub(crate) struct Call {
    method: Method,
    url: Url,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    again: Again,
    patience: Duration,
}

/// A caller of one Galley, with one key.
pub struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) base: Url,
    key: String,
    pub(crate) retry: Retry,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

impl Client {
    /// A client of the API at `base`, with an API key or a job token.
    pub fn new(base: &str, key: &str) -> Result<Self, Error> {
        let bad = |cause: String| Error::Address(base.to_owned(), cause);
        let url = Url::parse(base).map_err(|error| bad(error.to_string()))?;
        if url.cannot_be_a_base() || !matches!(url.scheme(), "http" | "https") {
            return Err(bad("it has to start with http:// or https://".into()));
        }
        // The API never redirects; following one could carry the key elsewhere.
        let mut http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .user_agent(concat!("galley/", env!("CARGO_PKG_VERSION")));
        if matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")) {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| bad(error.to_string()))?;
        Ok(Self { http, base: url, key: key.to_owned(), retry: Retry::default() })
    }

    /// The same client with other bounds of trying again.
    pub fn with_retry(self, retry: Retry) -> Self {
        Self { retry, ..self }
    }

    /// Submits a job. A lost answer is asked for again under the same key, so there is never a second job.
    pub async fn submit(&self, submission: &Submission) -> Result<Job, Error> {
        let key = submission.idempotency_key.clone().unwrap_or_else(idempotency_key);
        let call = self
            .call(Method::POST, &["jobs"], Again::Harmless)
            .json(submission)
            .header("idempotency-key", key)
            .holding(submission.wait);
        self.send(call).await
    }

    /// One job.
    pub async fn job(&self, job: &str) -> Result<Job, Error> {
        self.send(self.call(Method::GET, &["jobs", job], Again::Harmless)).await
    }

    /// A page of the caller's jobs.
    pub async fn jobs(&self, filter: &Filter) -> Result<Jobs, Error> {
        let mut call = self.call(Method::GET, &["jobs"], Again::Harmless);
        for (name, value) in &filter.labels {
            call = call.query(&format!("label.{name}"), Some(value));
        }
        let call = call
            .query("state", filter.state.as_deref())
            .query("pipeline", filter.pipeline.as_deref())
            .query("limit", filter.limit.map(|limit| limit.to_string()).as_deref())
            .query("cursor", filter.cursor.as_deref());
        self.send(call).await
    }

    /// Asks a job to stop.
    pub async fn cancel(&self, job: &str) -> Result<Job, Error> {
        self.send(self.call(Method::POST, &["jobs", job, "cancel"], Again::Harmless)).await
    }

    /// Runs an ended job again, keeping what succeeded.
    /// A repetition could start a third run, so after a lost answer the job itself is asked what happened.
    pub async fn retry(&self, job: &str) -> Result<Job, Error> {
        let before = self.job(job).await?.run;
        let call = self.call(Method::POST, &["jobs", job, "retry"], Again::OnlyIfRefused);
        match self.send(call).await {
            Err(error) if error.passes() => {
                let now = self.job(job).await?;
                if now.run > before { Ok(now) } else { Err(error) }
            }
            answer => answer,
        }
    }

    /// The entries of a job's log after number `after`; held up to `wait` for something newer.
    pub async fn events(&self, job: &str, after: u64, wait: Duration) -> Result<Events, Error> {
        let call = self
            .call(Method::GET, &["jobs", job, "events"], Again::Harmless)
            .query("after", Some(&after.to_string()))
            .holding(wait);
        self.send(call).await
    }

    /// What a job can be watched with over a WebSocket.
    pub async fn watch_token(&self, job: &str) -> Result<WatchToken, Error> {
        let call = self.call(Method::POST, &["jobs", job, "token"], Again::Harmless);
        self.send(call).await
    }

    /// Follows a job's log from after number `after` to the job's end.
    pub fn watch(&self, job: &str, after: u64) -> Watch<'_> {
        Watch::new(self, job, after)
    }

    /// Stores a version of a pipeline; the document that is there already keeps its version.
    pub async fn put_pipeline(
        &self,
        name: &str,
        document: &Document,
    ) -> Result<PipelineVersion, Error> {
        let call = self.call(Method::PUT, &["pipelines", name], Again::Harmless).document(document);
        self.send(call).await
    }

    /// The caller's stored pipelines, the newest version of each.
    pub async fn pipelines(&self) -> Result<Vec<PipelineVersion>, Error> {
        let call = self.call(Method::GET, &["pipelines"], Again::Harmless);
        self.send::<Pipelines>(call).await.map(|answer| answer.pipelines)
    }

    /// A stored pipeline; the newest version where none is said.
    pub async fn pipeline(&self, name: &str, version: Option<u64>) -> Result<Value, Error> {
        let version = version.map(|version| version.to_string());
        let call = self
            .call(Method::GET, &["pipelines", name], Again::Harmless)
            .query("version", version.as_deref());
        self.send(call).await
    }

    /// Has the API check a document without storing it.
    pub async fn validate_pipeline(&self, document: &Document) -> Result<Value, Error> {
        let call = self.call(Method::POST, &["pipelines", "validate"], Again::Harmless);
        self.send(call.document(document)).await
    }

    /// Stores a version of a policy; the document that is there already keeps its version.
    pub async fn put_policy(&self, name: &str, document: &Document) -> Result<Value, Error> {
        let call = self.call(Method::PUT, &["policies", name], Again::Harmless).document(document);
        self.send(call).await
    }

    /// The caller's stored policies, the newest version of each.
    pub async fn policies(&self) -> Result<Vec<Value>, Error> {
        let call = self.call(Method::GET, &["policies"], Again::Harmless);
        let mut answer: Value = self.send(call).await?;
        Ok(answer["policies"].as_array_mut().map(std::mem::take).unwrap_or_default())
    }

    /// How good the gates are over so many days: of one policy, or of each that judged something.
    pub async fn gates_report(&self, policy: Option<&str>, days: u32) -> Result<Vec<Value>, Error> {
        let call = self
            .call(Method::GET, &["gates", "report"], Again::Harmless)
            .query("policy", policy)
            .query("days", Some(&days.to_string()));
        let mut answer: Value = self.send(call).await?;
        Ok(answer["reports"].as_array_mut().map(std::mem::take).unwrap_or_default())
    }

    /// A stored policy; the newest version where none is said.
    pub async fn policy(&self, name: &str, version: Option<u64>) -> Result<Value, Error> {
        let version = version.map(|version| version.to_string());
        let call = self
            .call(Method::GET, &["policies", name], Again::Harmless)
            .query("version", version.as_deref());
        self.send(call).await
    }

    /// Has the API check a policy without storing it.
    pub async fn validate_policy(&self, document: &Document) -> Result<Value, Error> {
        let call = self.call(Method::POST, &["policies", "validate"], Again::Harmless);
        self.send(call.document(document)).await
    }

    /// Stores a trigger, in place of one of that name.
    pub async fn put_trigger(&self, name: &str, document: &Value) -> Result<Value, Error> {
        let call = self.call(Method::PUT, &["triggers", name], Again::Harmless);
        self.send(call.json(document)).await
    }

    /// The caller's triggers, by name.
    pub async fn triggers(&self) -> Result<Vec<Value>, Error> {
        let call = self.call(Method::GET, &["triggers"], Again::Harmless);
        let mut answer: Value = self.send(call).await?;
        Ok(answer["triggers"].as_array_mut().map(std::mem::take).unwrap_or_default())
    }

    /// One trigger.
    pub async fn trigger(&self, name: &str) -> Result<Value, Error> {
        self.send(self.call(Method::GET, &["triggers", name], Again::Harmless)).await
    }

    /// Takes a trigger out.
    pub async fn delete_trigger(&self, name: &str) -> Result<Value, Error> {
        self.send(self.call(Method::DELETE, &["triggers", name], Again::OnlyIfRefused)).await
    }

    /// The job that a trigger would make of an event; of a schedule's next time where none is given.
    pub async fn test_trigger(&self, name: &str, event: Option<&Value>) -> Result<Value, Error> {
        let call = self.call(Method::POST, &["triggers", name, "test"], Again::Harmless);
        match event {
            Some(event) => self.send(call.json(event)).await,
            None => self.send(call).await,
        }
    }

    /// Gives a trigger's webhook another secret: the one given, or one that is made.
    pub async fn rotate_trigger_secret(
        &self,
        name: &str,
        secret: Option<&str>,
    ) -> Result<Value, Error> {
        let call = self.call(Method::POST, &["triggers", name, "secret"], Again::OnlyIfRefused);
        self.send(call.json(&serde_json::json!({ "secret": secret }))).await
    }

    /// One asset, with a presigned URL.
    pub async fn asset(&self, asset: &str) -> Result<Asset, Error> {
        self.send(self.call(Method::GET, &["assets", asset], Again::Harmless)).await
    }

    /// A place to PUT `bytes` bytes to; `trigger` says which trigger the upload is meant for.
    pub async fn create_upload(
        &self,
        media_type: &str,
        bytes: u64,
        trigger: Option<&str>,
    ) -> Result<Upload, Error> {
        let mut body = serde_json::json!({"media_type": media_type, "bytes": bytes});
        if let Some(trigger) = trigger {
            body["trigger"] = trigger.into();
        }
        // A second upload that is never used expires by itself.
        self.send(self.call(Method::POST, &["uploads"], Again::Harmless).json(&body)).await
    }

    pub(crate) fn call(&self, method: Method, path: &[&str], again: Again) -> Call {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("v1").extend(path);
        }
        Call { method, url, headers: Vec::new(), body: Vec::new(), again, patience: PATIENCE }
    }

    pub(crate) async fn send<T: DeserializeOwned>(&self, call: Call) -> Result<T, Error> {
        let mut made = 0;
        loop {
            made += 1;
            let (error, asked) = match self.send_once(&call).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            let again = match call.again {
                Again::Harmless => error.passes(),
                Again::OnlyIfRefused => error.refused(),
            };
            if !again || made >= self.retry.attempts {
                return Err(error);
            }
            tokio::time::sleep(self.retry.wait(made, asked, dice())).await;
        }
    }

    async fn send_once<T: DeserializeOwned>(
        &self,
        call: &Call,
    ) -> Result<T, (Error, Option<Duration>)> {
        let name = format!("{} {}", call.method, call.url);
        let mut request = self.http.request(call.method.clone(), call.url.clone());
        for (header, value) in &call.headers {
            request = request.header(*header, value);
        }
        let request = request.bearer_auth(&self.key).body(call.body.clone()).timeout(call.patience);
        let lost = |error| (Error::transport(&name, error), None);
        let answer = request.send().await.map_err(lost)?;
        let (status, asked) = (answer.status(), asked_wait(answer.headers()));
        let body = answer.bytes().await.map_err(lost)?;
        if status.is_success() {
            let garbled = |error: serde_json::Error| {
                (Error::Garbled { call: name.clone(), cause: error.to_string() }, None)
            };
            return serde_json::from_slice(&body).map_err(garbled);
        }
        Err((no(status, &body), asked))
    }
}

fn no(status: StatusCode, body: &[u8]) -> Error {
    let reason = status.canonical_reason().unwrap_or("unknown status");
    Error::Problem(Box::new(Problem::read(status.as_u16(), reason, body)))
}

impl Call {
    fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn query(mut self, name: &str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            self.url.query_pairs_mut().append_pair(name, value);
        }
        self
    }

    pub(crate) fn json(mut self, body: &impl serde::Serialize) -> Self {
        self.body = serde_json::to_vec(body).expect("requests have string keys only");
        self.header("content-type", "application/json".into())
    }

    fn document(mut self, document: &Document) -> Self {
        let (content_type, body) = document.body();
        self.body = body;
        self.header("content-type", content_type.into())
    }

    pub(crate) fn holding(mut self, wait: Duration) -> Self {
        if wait.is_zero() {
            return self;
        }
        self.patience = PATIENCE + wait;
        let seconds = wait.as_secs().max(1);
        self.header("prefer", format!("wait={seconds}"))
    }
}
