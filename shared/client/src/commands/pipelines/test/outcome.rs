//! What came of a job, as far as two versions can be compared by it.
use client::{Asset, Job};
use serde_json::{Map, Value, json};

/// A job's end without what differs each time: ids, times, hosts.
pub(super) struct Outcome<'a>(&'a Job);

impl<'a> Outcome<'a> {
    pub(super) fn of(job: &'a Job) -> Self {
        Self(job)
    }

    pub(super) fn json(&self) -> Value {
        let job = self.0;
        let mut steps = Map::new();
        for step in &job.steps {
            let mut said = json!({ "state": step.state, "outputs": self.outputs(&step.outputs) });
            if let Some(verdict) = step.verdict.as_ref().and_then(|it| it["verdict"].as_str()) {
                said["verdict"] = verdict.into();
            }
            steps.insert(step.name.clone(), said);
        }
        let published = job.publications.iter().filter(|it| it.state == "done").count();
        json!({
            "state": job.state, "reason": job.reason, "steps": steps, "publications": published,
            "attempts": job.cost.attempts, "usd": job.cost.usd,
        })
    }

    fn outputs(&self, ids: &[String]) -> Vec<String> {
        let assets = ids.iter().filter_map(|id| self.0.assets.iter().find(|it| it.id == *id));
        assets.map(shape).collect()
    }
}

/// `image/webp 960×540`.
fn shape(asset: &Asset) -> String {
    match (asset.width, asset.height) {
        (Some(width), Some(height)) => format!("{} {width}×{height}", asset.media_type),
        _ => asset.media_type.clone(),
    }
}
