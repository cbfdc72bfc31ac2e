//! A tenant at the HTTP API, with a key of its own.

use super::world::World;
use aws::clock;
use domain::id::{JobId, TenantId};
use domain::store::Write;
use domain::tenant::{ApiKey, TenantRecord};
use reqwest::Method;
use serde_json::{Value, json};

/// Who calls.
pub(crate) struct Caller<'a> {
    world: &'a World,
    pub(crate) tenant: TenantId,
    pub(crate) key: ApiKey,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    /// The id of the job in it.
    pub(crate) fn job(&self) -> JobId {
        JobId::parse(self.body["id"].as_str().unwrap_or_default())
            .unwrap_or_else(|_| panic!("no job in {self:?}"))
    }
}

impl World {
    /// A tenant that nobody else uses.
    pub(crate) async fn tenant(&self) -> Caller<'_> {
        let random: [u8; 6] = clock::random();
        let name: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let tenant = TenantId::parse(&format!("test-{name}")).expect("it is a tenant's name");
        let key = ApiKey::new(&tenant, clock::random());
        let record = TenantRecord::new(tenant.clone(), "standard", clock::now());
        let record =
            Write::create(TenantRecord::key(&tenant), &record).expect("a tenant serialises");
        self.write(vec![record, key.issue(clock::now()).expect("a key serialises")]).await;
        Caller { world: self, tenant, key }
    }
}

impl Caller<'_> {
    /// Asks the API, with more headers.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Answer {
        self.ask(method, path, headers, body).await.expect("the API answers")
    }

    /// The same where a busy machine may not answer.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> reqwest::Result<Answer> {
        let mut request =
            self.world.http.request(method, format!("{}{path}", self.world.stack.api_url));
        request = request.bearer_auth(self.key.reveal());
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let text = answer.text().await?;
        Ok(Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) })
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, &[], Some(body.to_string())).await
    }

    /// A job of an inline pipeline without inputs.
    pub(crate) async fn submit(&self, pipeline: &Value) -> JobId {
        let answer = self.post("/v1/jobs", &json!({ "pipeline": pipeline, "inputs": {} })).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        answer.job()
    }

    /// Cancels a job.
    pub(crate) async fn cancel(&self, job: &JobId) -> Answer {
        self.post(&format!("/v1/jobs/{job}/cancel"), &json!({})).await
    }
}
