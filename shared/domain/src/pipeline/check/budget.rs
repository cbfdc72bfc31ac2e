//! Whether the budget can pay for one attempt of everything.

use super::super::problem::Problems;
use super::super::read::{Draft, micros};

pub(super) fn check(draft: &Draft, problems: &mut Problems) {
    let Some(budget) = draft.budget_micros else { return };
    let costs: Vec<(&str, i64)> = draft
        .steps
        .iter()
        .filter_map(|step| Some((step.name.as_str(), step.floor_micros()?)))
        .filter(|(_, floor)| *floor > 0)
        .collect();
    let floor: i64 = costs.iter().map(|(_, floor)| floor).sum();
    if budget < floor {
        let items: Vec<String> =
            costs.iter().map(|(name, floor)| format!("{name} ${}", micros(*floor))).collect();
        let detail = format!(
            "${} cannot pay for one attempt of each lane step: at least ${} ({})",
            micros(budget),
            micros(floor),
            items.join(", ")
        );
        problems.add("/budget_usd", detail, format!("use {} or more", micros(floor)));
    }
}
