//! The words that went into assets, read from their lineage: what a tenant's gate looks for terms in.

use crate::error::Result;
use crate::id::{AssetId, JobId};
use crate::pipeline::{Step, Type};
use crate::ports::Table;
use crate::record::AssetRecord;
use crate::view::JobView;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Most earlier jobs whose words are looked up.
const JOBS_MOST: usize = 20;

/// Words, and where they stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Where, as reasons name it: `prompt of generate`.
    pub place: String,
    /// The text.
    pub text: String,
}

/// All words that steps were told which made these assets, or what they were made from, be it in an earlier job;
/// or why nobody can say. Only earlier jobs are read.
pub async fn words(
    table: &dyn Table,
    view: &JobView,
    assets: &[&AssetRecord],
) -> Result<Result<Vec<Word>, String>> {
    let mut reached = Reached::default();
    let own = assets.iter().map(|asset| asset.id.clone()).collect();
    if let Err(why) = reached.within(view, own, "") {
        return Ok(Err(why));
    }
    let mut jobs = 0;
    while let Some((job, assets)) = reached.elsewhere.pop_first() {
        jobs += 1;
        if JOBS_MOST < jobs {
            return Ok(Err(format!("it was made by way of more than {JOBS_MOST} jobs")));
        }
        let Some(earlier) = JobView::read(table, &job).await? else {
            return Ok(Err(format!("what it was made from is gone with job {job}")));
        };
        if let Err(why) = reached.within(&earlier, assets, &format!(" in job {job}")) {
            return Ok(Err(why));
        }
    }
    Ok(Ok(reached.found.into_iter().map(|(place, text)| Word { place, text }).collect()))
}

/// What was found so far.
#[derive(Default)]
struct Reached {
    found: BTreeMap<String, String>,
    assets: BTreeSet<AssetId>,
    /// Assets of other jobs.
    elsewhere: BTreeMap<JobId, Vec<AssetId>>,
}

impl Reached {
    fn within(&mut self, view: &JobView, mut next: Vec<AssetId>, of: &str) -> Result<(), String> {
        let mut steps: BTreeSet<String> = BTreeSet::new();
        while let Some(id) = next.pop() {
            if !self.assets.insert(id.clone()) {
                continue;
            }
            let job = id.job();
            if job != view.job.id {
                self.assets.remove(&id);
                self.elsewhere.entry(job).or_default().push(id);
                continue;
            }
            let asset = view.assets.get(&id).ok_or_else(|| format!("nothing is known of {id}"))?;
            if let Some(text) = &asset.text {
                self.add(format!("{} of {}{of}", asset.port, asset.step), text);
            }
            steps.insert(asset.step.clone());
            next.extend(asset.made_from.iter().cloned());
        }
        // What a caller brought was made by no step of ours.
        for step in steps.iter().filter_map(|step| view.pipeline.step(step)) {
            self.told(view, step, of)?;
        }
        Ok(())
    }

    /// All words that a step was told.
    fn told(&mut self, view: &JobView, step: &Step, of: &str) -> Result<(), String> {
        let name = &step.name;
        let lost = |cause: &str| format!("what {name} was told{of} is not known any more{cause}");
        let params = step.kind.spec().params;
        if params.iter().any(|param| param.required && !step.with.contains_key(param.name)) {
            return Err(lost(": it was erased"));
        }
        let told = view.parameters(name).map_err(|cause| lost(&format!(": {cause}")))?;
        for param in params {
            let Some(value) = told.get(param.name) else { continue };
            match param.ty {
                // A model's name is no word of anybody's.
                Type::Text { .. } if param.name != "model" => {
                    self.add(format!("{} of {name}{of}", param.name), &said(value));
                }
                Type::Records { fields, .. } => {
                    let items = value.as_array().into_iter().flatten();
                    for (item, field) in
                        items.flat_map(|item| fields.iter().map(move |f| (item, f)))
                    {
                        let word = item.get(field.name).filter(|_| is_text(field.ty));
                        word.into_iter().for_each(|word| {
                            self.add(format!("{} of {name}{of}", field.name), &said(word));
                        });
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn add(&mut self, place: String, text: &str) {
        let all = self.found.entry(place).or_default();
        if !all.is_empty() {
            all.push('\n');
        }
        all.push_str(text);
    }
}

fn is_text(ty: Type) -> bool {
    matches!(ty, Type::Text { .. })
}

fn said(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
