//! Worlds with something going on: a host, a job, a render that was made.

use super::World;
use crate::gpu::{Made, News, Render, Report};
use crate::id::{AttemptId, JobId, TenantId};
use crate::job::{Request, accept};
use crate::lane::{Announcement, HostState, Message, Rank, register};
use crate::pipeline::{Mandate, Pipeline};
use crate::ports::Bucket;
use crate::record::MadeBy;
use crate::sign::sha256;
use crate::store::from_item;
use crate::tenant::TenantRecord;
use crate::time::Time;
use serde_json::Value;

/// When scenes begin.
pub const NOW: Time = Time(1_700_000_000_000);

/// What the hosts of scenes can do.
const KINDS: [&str; 5] = [
    "image.generate",
    "image.remove_background",
    "image.upscale",
    "video.generate",
    "audio.generate",
];

/// The first bytes of an MP4 with a video: enough to be sniffed.
pub const MP4: &[u8] = b"\0\0\0\x1cftypiso5\0\0\x02\0 and some boxes";

/// The first bytes of a PNG: enough to be sniffed.
pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and some pixels";

impl World {
    /// Lets a host announce itself.
    pub async fn host(&self, name: &str, slots: u32) {
        let said = Announcement {
            host: name.into(),
            address: format!("http://{name}:8000"),
            slots,
            models: vec!["sketch-1".into()],
            kinds: KINDS.map(String::from).into(),
            usd_per_slot_second: 0.0004,
            state: HostState::Ready,
            renew_s: 1200,
            boot: None,
            ahead: false,
        };
        register(&self.table, &said, NOW).await.expect("a scene's host registers");
    }

    /// Accepts a job for tenant `acme`; the same number gives the same id.
    pub async fn job(&self, number: u8, pipeline: &str, inputs: Value) -> JobId {
        let id = JobId::new(NOW, [number; 10]);
        self.job_of(("acme", Rank::default()), id, (pipeline, inputs), NOW).await
    }

    /// Accepts a job for a tenant of some rank.
    pub async fn job_of(
        &self,
        (tenant, rank): (&str, Rank),
        id: JobId,
        (pipeline, inputs): (&str, Value),
        now: Time,
    ) -> JobId {
        let pipeline = Pipeline::parse(pipeline).expect("a scene's pipeline is right");
        let bound = pipeline.bound(&inputs, &Default::default()).expect("a scene's inputs fit");
        // As everybody who makes jobs does: under the mandate of the tenant's record, if there is one.
        let payer = TenantId::parse(tenant).expect("it is a tenant's name");
        let tenant = self.table.peek(&TenantRecord::key(&payer));
        let tenant: Option<TenantRecord> =
            tenant.map(|item| from_item(&item).expect("it is a tenant's record"));
        let mandate = tenant.map_or_else(Mandate::default, |tenant| tenant.mandate);
        let gated = mandate.over(bound.pipeline).expect("a scene's job is not too large");
        let request = Request {
            tenant: payer,
            pipeline: gated,
            version: Some(1),
            inputs: bound.inputs,
            assets: Vec::new(),
            labels: Default::default(),
            keep: Default::default(),
            webhook: None,
            idempotency: None,
            rank,
            not_before: None,
            submitted_by: None,
            traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into(),
            beside: Vec::new(),
        };
        accept(&self.table, &self.flow, request, id.clone(), now)
            .await
            .expect("a scene's job is accepted");
        id
    }

    /// The message that the state machine sends for the first step of a wave.
    pub fn message(&self, job: &JobId, wave: usize) -> Message {
        Message {
            job: job.clone(),
            run: 1,
            round: 1,
            wave,
            item: 0,
            token: format!("token-{job}-{wave}-1"),
            traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into(),
            event: 1,
        }
    }

    /// What a host was asked for an attempt.
    pub fn render(&self, attempt: &AttemptId) -> Render {
        let renders = self.hosts.renders();
        renders.get(attempt).map(|(_, render)| render.clone()).expect("the render was started")
    }

    /// A report of an attempt, as its host would send it.
    pub fn report(&self, attempt: &AttemptId, seq: u64, news: News) -> Report {
        let context = self.render(attempt).report.context;
        let made_by = Some(MadeBy { model: "sketch-1".into(), procedural: true });
        let slot_seconds = Some(1.5);
        Report { attempt: attempt.clone(), seq, context, news, slot_seconds, made_by, usd: None }
    }

    /// A success: the outputs are put where the host was told, and reported.
    pub fn success(&self, attempt: &AttemptId, seq: u64) -> Report {
        let outputs = self.render(attempt).outputs.into_iter().map(|output| {
            let first = if output.media_type == "video/mp4" { MP4 } else { PNG };
            let bytes = [first, attempt.as_str().as_bytes()].concat();
            self.objects.plant(
                Bucket::Assets,
                &crate::lane::incoming(attempt, &output.name),
                bytes.clone(),
            );
            Made {
                name: output.name,
                media_type: output.media_type,
                sha256: sha256(&bytes),
                bytes: bytes.len() as u64,
                width: Some(64),
                height: Some(36),
                seconds: (first == MP4).then_some(4.0),
            }
        });
        let outputs = outputs.collect();
        self.report(attempt, seq, News::Succeeded { outputs })
    }
}
