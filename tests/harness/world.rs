//! The world after the act: table, objects, executions, logs, through the same adapters that Galley uses.

use super::cloud::Cloud;
use super::stack::{Secrets, Stack};
use super::until::until;
use aws::{Buckets, DynamoTable, S3Objects, SfnFlow, Sockets, SqsQueue, clock};
use aws_sdk_dynamodb::config::{Credentials, Region};
use domain::event::{self, Event};
use domain::id::{AttemptId, JobId, TenantId};
use domain::job::{Request, accept};
use domain::lane::{GPU, LaneView};
use domain::pipeline::{Mandate, Pipeline};
use domain::ports::{Bucket, Flow, Objects, Table};
use domain::record::AttemptRecord;
use domain::sign::SigningKey;
use domain::state::JobState;
use domain::store::{Query, Write, Written};
use domain::view::JobView;
use serde_json::{Value, json};

/// Everything that a test may look at, with connections of its own.
pub(crate) struct World {
    pub(crate) stack: Stack,
    pub(crate) secrets: Secrets,
    pub(crate) http: reqwest::Client,
    pub(crate) cloud: Cloud,
    pub(crate) table: DynamoTable,
    pub(crate) objects: S3Objects,
    pub(crate) flow: SfnFlow,
    pub(crate) queue: SqsQueue,
    pub(crate) sfn: aws_sdk_sfn::Client,
    pub(crate) sqs: aws_sdk_sqs::Client,
    pub(crate) sockets: Sockets,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) ssm: aws_sdk_ssm::Client,
    pub(crate) cloudfront: aws_sdk_cloudfront::Client,
}

/// A flow that starts nothing: whoever accepted the job died before.
pub(crate) struct NoFlow;

#[async_trait::async_trait]
impl Flow for NoFlow {
    async fn start(&self, _: &str, _: &Value) -> domain::Result<()> {
        Ok(())
    }

    async fn complete(&self, _: &str, _: &Value) -> domain::Result<domain::ports::Completion> {
        Ok(domain::ports::Completion::Over)
    }
}

impl World {
    /// Opens the stack that is up.
    pub(crate) async fn open() -> Self {
        let stack = Stack::read();
        let root = &stack.credentials;
        let credentials = Credentials::new(
            &root.access_key_id,
            &root.secret_access_key,
            None,
            None,
            "stack.json",
        );
        let config = aws_config::defaults(aws_config::BehaviorVersion::latest())
            .endpoint_url(&stack.endpoint_url)
            .region(Region::new(stack.region.clone()))
            .credentials_provider(credentials)
            .load()
            .await;
        let s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
        let s3 = aws_sdk_s3::Client::from_conf(s3);
        let bucket = |name: &str| stack.buckets[name].clone();
        let buckets = Buckets {
            assets: bucket("assets"),
            uploads: bucket("uploads"),
            public: bucket("public"),
        };
        let sfn = aws_sdk_sfn::Client::new(&config);
        let sqs = aws_sdk_sqs::Client::new(&config);
        let http = reqwest::Client::new();
        Self {
            secrets: stack.secrets(),
            cloud: Cloud::new(http.clone(), stack.clone()),
            table: DynamoTable::new(aws_sdk_dynamodb::Client::new(&config), &stack.table),
            objects: S3Objects::new(s3.clone(), buckets),
            flow: SfnFlow::new(sfn.clone(), &stack.state_machine_arn),
            sockets: Sockets::new(&config, &stack.stream_url),
            queue: SqsQueue::new(sqs.clone(), &stack.dispatch_queue_url, Vec::new()),
            http,
            ssm: aws_sdk_ssm::Client::new(&config),
            cloudfront: aws_sdk_cloudfront::Client::new(&config),
            sfn,
            sqs,
            s3,
            stack,
        }
    }

    /// Writes to the table; panics where the table refuses.
    pub(crate) async fn write(&self, writes: Vec<Write>) {
        let written = self.table.write(writes).await.expect("the table can be written");
        assert_eq!(written, Written::Done);
    }

    /// The key that signs job tokens and report contexts.
    pub(crate) fn signing_key(&self) -> SigningKey {
        SigningKey::new(&self.secrets.signing_key)
    }

    /// A job as it stands in the table.
    pub(crate) async fn job(&self, id: &JobId) -> JobView {
        JobView::expect(&self.table, id).await.expect("the job is on record")
    }

    /// The GPU lane as it stands.
    pub(crate) async fn lane(&self) -> LaneView {
        LaneView::read(&self.table, GPU).await.expect("the lane can be read")
    }

    /// All events of a job, which are numbered from 1 without a gap.
    pub(crate) async fn events(&self, id: &JobId) -> Vec<Event> {
        let items =
            self.table.query(&Query::partition(event::log(id))).await.expect("a log can be read");
        let events: Vec<Event> = items
            .iter()
            .map(|item| domain::store::from_item(item).expect("an event parses"))
            .collect();
        for (place, event) in events.iter().enumerate() {
            assert_eq!(event.n, place as u64 + 1, "a gap in the events of {id}");
        }
        events
    }

    /// How often an event of this type is in a job's log.
    pub(crate) async fn count(&self, id: &JobId, kind: &str) -> usize {
        self.events(id).await.iter().filter(|event| event.kind == kind).count()
    }

    /// Waits until a job is over, and returns it.
    pub(crate) async fn ended(&self, id: &JobId, seconds: u64) -> JobView {
        let over = std::time::Instant::now() + std::time::Duration::from_secs(seconds);
        loop {
            let view = self.job(id).await;
            if view.job.state.terminal() {
                self.events(id).await;
                return view;
            }
            if over < std::time::Instant::now() {
                let events = self.events(id).await;
                let steps: Vec<_> =
                    view.steps.values().map(|step| (&step.name, step.state)).collect();
                panic!("{id} is {} after {seconds} s; {steps:?}; {events:#?}", view.job.state);
            }
            tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        }
    }

    /// Waits until a job is over, and insists on how.
    #[track_caller]
    pub(crate) fn ends(
        &self,
        id: &JobId,
        state: JobState,
        seconds: u64,
    ) -> impl Future<Output = JobView> {
        let caller = std::panic::Location::caller();
        async move {
            let view = self.ended(id, seconds).await;
            let events = self.events(id).await;
            assert_eq!(view.job.state, state, "{caller}: {:?} {events:#?}", view.job.reason);
            view
        }
    }

    /// Waits until an attempt is on the ledger in a state that is wanted.
    pub(crate) async fn attempt(
        &self,
        id: &AttemptId,
        seconds: u64,
        wanted: impl Fn(&AttemptRecord) -> bool,
    ) -> AttemptRecord {
        until(&format!("{id} is as expected"), seconds, async || {
            let view = self.job(&id.job()).await;
            view.attempts.into_iter().find(|attempt| attempt.id == *id).filter(&wanted)
        })
        .await
    }

    /// Writes a job as intake would, with a flow that may start nothing.
    pub(crate) async fn accept(
        &self,
        tenant: &TenantId,
        pipeline: &Value,
        flow: &dyn Flow,
    ) -> JobId {
        let pipeline = Pipeline::from_value(pipeline).expect("the pipeline is right");
        self.accept_checked(tenant, pipeline, flow).await
    }

    /// Writes a job of a pipeline that was checked, and perhaps changed since.
    pub(crate) async fn accept_checked(
        &self,
        tenant: &TenantId,
        pipeline: Pipeline,
        flow: &dyn Flow,
    ) -> JobId {
        self.accept_with(tenant, pipeline, &json!({}), flow).await
    }

    /// The same with inputs.
    pub(crate) async fn accept_with(
        &self,
        tenant: &TenantId,
        pipeline: Pipeline,
        inputs: &Value,
        flow: &dyn Flow,
    ) -> JobId {
        let inputs = pipeline.bind(inputs).expect("the inputs fit the pipeline");
        let id = JobId::new(clock::now(), clock::random());
        let request = Request {
            tenant: tenant.clone(),
            pipeline: Mandate::default().over(pipeline).expect("the job is not too large"),
            version: None,
            inputs,
            assets: Vec::new(),
            labels: Default::default(),
            keep: Default::default(),
            webhook: None,
            idempotency: None,
            rank: Default::default(),
            not_before: None,
            submitted_by: None,
            traceparent: aws::trace::Trace::root(clock::random()).to_string(),
            beside: Vec::new(),
        };
        accept(&self.table, flow, request, id.clone(), clock::now())
            .await
            .expect("the job is accepted");
        id
    }

    /// The statuses of a job's executions, by run.
    pub(crate) async fn executions(&self, id: &JobId) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let pages = self.sfn.list_executions().state_machine_arn(&self.stack.state_machine_arn);
        let mut pages = pages.into_paginator().items().send();
        while let Some(execution) = pages.next().await {
            let execution = execution.expect("executions can be listed");
            if execution.name().starts_with(id.as_str()) {
                found.push((execution.name().to_owned(), execution.status().as_str().to_owned()));
            }
        }
        found.sort();
        found
    }

    /// The bytes of an object; panics where there is none.
    pub(crate) async fn bytes(&self, bucket: Bucket, key: &str) -> Vec<u8> {
        let bytes = self.objects.get(bucket, key, 1 << 30).await.expect("S3 answers");
        bytes.unwrap_or_else(|| panic!("there is no object {key}"))
    }

    /// Lets settle look for what hangs, now; returns what it says it found.
    pub(crate) async fn sweep(&self) -> Vec<Value> {
        let answer = self.cloud.invoke("settle", &json!({ "sweep": true })).await;
        answer["found"].as_array().cloned().unwrap_or_default()
    }

    /// Makes the sweep look at a job at once.
    pub(crate) async fn due_now(&self, id: &JobId) {
        let due = json!({ "due_pk": domain::record::DUE, "due_at": clock::now() });
        self.write(vec![Write::set(domain::record::JobRecord::key(id), due)]).await;
    }
}
