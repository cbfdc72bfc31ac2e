//! What is skipped, with whom, and what the job then is: decided from records alone.

mod conditions;
mod items;

use super::*;
use crate::id::AssetId;
use crate::pipeline::Pipeline;
use crate::record::{Skipped, StepRecord};
use crate::state::StepState;
use crate::view::{JobView, PlanRecord};
use serde_json::{Value, json};

/// A job of which nothing was done yet.
fn job(text: &str, inputs: Value) -> JobView {
    let pipeline = Pipeline::parse(text).unwrap_or_else(|problems| panic!("{problems:?}"));
    let bound = pipeline.bound(&inputs, &Default::default());
    let pipeline = bound.unwrap_or_else(|problems| panic!("{problems:?}")).pipeline;
    let id = "j01hf7yat000e1c70w3gh0s6r2w";
    let job = json!({
        "id": id, "tenant": "acme", "state": "running", "run": 1, "round": 1, "pipeline": "job",
        "inputs": inputs, "budget": 1_000_000, "labels": { "campaign": "spring" },
        "created_at": 0, "updated_at": 0, "traceparent": "", "tenant_jobs": "acme", "sk_job": id,
    });
    let plan = PlanRecord { plan: pipeline.plan(), pipeline, mandate: None };
    JobView::fresh(serde_json::from_value(job).unwrap(), plan)
}

impl JobView {
    fn put(&mut self, name: &str, state: StepState) -> &mut StepRecord {
        let mut record = StepRecord::pending(name, self.job.round);
        record.state = state;
        self.steps.insert(name.into(), record);
        self.steps.get_mut(name).unwrap()
    }

    /// The steps were made, each with an output on its first port; a gate passed.
    fn done(&mut self, names: &[&str]) {
        for name in names {
            let spec = self.pipeline.step(name).unwrap().kind.spec();
            let port = spec.outputs.first().map_or("", |output| output.name);
            let asset = AssetId::new(&self.job.id, name, "1", 0);
            let record = self.put(name, StepState::Succeeded);
            match port {
                "verdict" => record.verdict = Some(json!({ "verdict": "pass" })),
                port => drop(record.outputs.insert(port.into(), vec![asset])),
            }
        }
    }

    /// What failed or was decided otherwise, as its handler would record it.
    fn end(&mut self, ending: Ending) {
        let name = ending.step().to_owned();
        ending.close(self.put(&name, ending.state), crate::time::Time(0));
    }

    fn fails(&mut self, name: &str) {
        self.end(Ending::failed(self, name, StepState::Failed, "no luck"));
    }

    fn passed_over(&mut self, name: &str, error: bool) {
        let skipped = Skipped { run: self.job.run, reason: "because".into(), error };
        self.end(Ending::skipped(self, name, skipped));
    }

    /// Why a step's turn does not come; none where it does.
    fn not(&self, name: &str) -> Option<Ending> {
        match turn(self, name, self.job.run).unwrap() {
            Turn::Make => None,
            Turn::Not(ending) => Some(ending),
        }
    }

    /// What is written down of a step whose turn does not come.
    fn why(&self, name: &str) -> Option<String> {
        let data = self.not(name)?.event(crate::time::Time(0)).data;
        let why = data.get("error").or(data.get("reason")).unwrap();
        Some(why.as_str().unwrap().to_owned())
    }
}
