//! Pipelines with their versions.

use super::framed;
use crate::answer::{Answered, nothing};
use crate::html::parts::{empty, short, time};
use crate::{Asked, Console};
use domain::catalog::{self, PipelineRecord};
use domain::money::MicroUsd;
use domain::pipeline::{Pipeline, document};
use domain::store::from_item;
use domain::version::{self, VersionRef};
use maud::{Markup, html};

/// How many earlier versions are offered.
const VERSIONS: u32 = 50;

/// `GET pipelines`.
pub(super) async fn list(console: &Console<'_>, asked: &Asked<'_>) -> Answered {
    let records = version::list::<PipelineRecord>(console.table, asked.tenant()).await?;
    Ok(framed(console, asked, ("pipelines", "Pipelines"), |_| {
        html! {
            div.sheet {
                @if records.is_empty() { (empty("No pipeline is stored. `galley pipelines push FILE` stores one.")) }
                @else {
                    table.cards {
                        thead { tr { th { "Pipeline" } th.number { "Version" } th { "Steps" } th.number { "Budget" } th { "Stored" } } }
                        tbody data-list {
                            @for record in &records {
                                tr {
                                    td {
                                        a href=(console.place.link(&format!("pipelines/{}", record.name))) { (record.name) }
                                        span.sub { (record.pipeline.description) }
                                    }
                                    td.number data-name="version" { (record.version) }
                                    td { (kinds(&record.pipeline)) }
                                    td.number data-name="budget" { (crate::html::parts::usd(MicroUsd(record.pipeline.budget_micros))) }
                                    td.nowrap { (time(record.created_at)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }))
}

fn kinds(pipeline: &Pipeline) -> String {
    let names: Vec<_> = pipeline.steps.iter().map(|step| step.name.as_str()).collect();
    names.join(" → ")
}

/// `GET pipelines/{name}?version=N`.
pub(super) async fn show(console: &Console<'_>, asked: &Asked<'_>, name: &str) -> Answered {
    if !catalog::is_name(name) {
        return Err(nothing("pipeline"));
    }
    let version = asked.query("version").parse().ok().filter(|version| 0 < *version);
    let latest = VersionRef { name: name.into(), version: None };
    let which = VersionRef { version, ..latest.clone() };
    let keys =
        [latest.key::<PipelineRecord>(asked.tenant()), which.key::<PipelineRecord>(asked.tenant())];
    let wanted = if version.is_some() { &keys[..] } else { &keys[..1] };
    let records = console.table.get(wanted).await?;
    let mut records =
        records.iter().map(|item| item.as_ref().map(from_item::<PipelineRecord>).transpose());
    let latest = records.next().transpose()?.flatten().ok_or(nothing("pipeline"))?;
    let record = match records.next().transpose()? {
        None => latest.clone(),
        Some(found) => found.ok_or(nothing("pipeline"))?,
    };
    let title = format!("{}@{}", record.name, record.version);
    Ok(framed(console, asked, ("pipelines", &title), |_| {
        html! {
            @if !record.pipeline.description.is_empty() { p.quiet { (record.pipeline.description) } }
            div.wide-left {
                div.stack {
                    section.sheet aria-labelledby="steps" { h2 #steps { "Steps" } (steps(&record.pipeline)) }
                    section.sheet aria-labelledby="document" {
                        h2 #document { "Document" }
                        pre tabindex="0" role="group" aria-label="The document as JSON" { code { (serde_json::to_string_pretty(&document(&record.pipeline)).unwrap_or_default()) } }
                    }
                }
                section.sheet aria-labelledby="versions" {
                    h2 #versions { "Versions" }
                    ul.stack {
                        @for version in (latest.version.saturating_sub(VERSIONS).max(1)..=latest.version).rev() {
                            li.row {
                                a href={ (console.place.link(&format!("pipelines/{name}"))) "?version=" (version) } aria-current=[(version == record.version).then_some("true")] { (name) "@" (version) }
                                @if version == latest.version { span.quiet { "latest" } }
                                @if version == record.version { span.quiet { "stored " (time(record.created_at)) ", " code { (short(&record.sha256)) } } }
                            }
                        }
                    }
                }
            }
        }
    }))
}

fn steps(pipeline: &Pipeline) -> Markup {
    let plan = pipeline.plan();
    html! {
        div.scroll {
            table.cards {
                thead { tr { th { "Step" } th { "Kind" } th { "Needs" } th { "When" } } }
                tbody {
                    @for wave in &plan.waves { @for name in &wave.steps {
                        @if let Some(step) = pipeline.step(name) {
                            tr {
                                td { b { (name) } }
                                td { code { (step.kind.as_str()) } }
                                td { (plan.needs.get(name).map(|needs| needs.join(", ")).unwrap_or_default()) }
                                td { @if let Some(when) = &step.when { code { (when) } } }
                            }
                        }
                    } }
                }
            }
        }
    }
}
