//! Assets: sought, looked at, downloaded, taken down.

use super::job::{eraser, own, reason};
use super::{framed, jobs, publications};
use crate::answer::{Answered, Trouble, nothing, redirect};
use crate::form::pairs;
use crate::html::parts::{empty, short, size, state, time};
use crate::person::Role;
use crate::{Asked, Console};
use domain::catalog::PipelineRecord;
use domain::id::AssetId;
use domain::ports::Bucket;
use domain::record::{AssetRecord, JobRecord, job_pk};
use domain::review::HumanEdit;
use domain::store::{Query, from_item};
use domain::view::JobView;
use domain::{erase, version};
use maud::{Markup, html};
use std::collections::BTreeSet;

/// Of how many jobs a page shows the assets.
const JOBS: usize = 16;
/// Of how many jobs the assets are compared when something like one is sought.
const COMPARED: usize = 100;
/// How many bits two alike pictures' hashes may differ in.
const ALIKE: u32 = 16;
/// How long a picture's address is good, in seconds.
pub(super) const LOOK_S: u32 = 900;

/// `GET assets`.
pub(super) async fn list(console: &Console<'_>, asked: &Asked<'_>) -> Answered {
    let sought = jobs::sought(asked);
    let like = like(console, asked).await?;
    let most = if like.is_some() { COMPARED } else { JOBS };
    let page = jobs::found(console, asked, &sought, most).await?;
    let mut found = Vec::new();
    for job in &page.jobs {
        found.extend(of(console, job, like.is_some()).await?);
    }
    let kept: Vec<_> = match &like {
        Some((like, print)) => nearest(like, *print, found),
        None => found.into_iter().filter(|(asset, ..)| asset.step != "inputs").collect(),
    };
    let cards = cards(console, kept.iter().map(|(asset, said, _)| (asset, said.as_str()))).await?;
    let pipelines = version::list::<PipelineRecord>(console.table, asked.tenant()).await?;
    let names: Vec<_> = pipelines.iter().map(|record| record.name.as_str()).collect();
    let next = page.next.as_deref().map(|after| jobs::further(console, asked, "assets", after));
    Ok(framed(console, asked, ("assets", "Assets"), |_| {
        html! {
            (jobs::find(console, asked, "assets", &names, false))
            @if let Some((like, _)) = &like {
                p.notice { "Pictures like " a href=(console.place.link(&format!("assets/{}", like.id))) { (short(like.id.as_str())) } ", the most alike first. " a href=(console.place.link("assets")) { "All assets" } }
            }
            @if kept.is_empty() { (empty("No asset fits. Take something out of the search.")) } @else { (cards) }
            @if let Some(next) = next { p { a.button href=(next) rel="next" { "Older assets" } } }
        }
    }))
}

/// An asset, its job in its own words, and what it looks like where that was asked for and is known.
type Found = (AssetRecord, String, Option<u64>);

/// The assets of a job. What they look like may be with a gate's verdict, so that takes more of it.
async fn of(console: &Console<'_>, job: &JobRecord, looks: bool) -> Answered<Vec<Found>> {
    let said = jobs::said(job);
    if looks {
        let view = JobView::expect(console.table, &job.id).await?;
        let each = view.assets.values().map(|it| (it.clone(), said.clone(), looks_like(&view, it)));
        return Ok(each.collect());
    }
    let items = console.table.query(&Query::prefix(job_pk(&job.id), "ASSET#")).await?;
    let assets = items.iter().map(|item| Ok((from_item(item)?, said.clone(), None)));
    Ok(assets.collect::<domain::Result<_>>()?)
}

/// The picture that others should be like, and what it looks like.
async fn like(console: &Console<'_>, asked: &Asked<'_>) -> Answered<Option<(AssetRecord, u64)>> {
    if asked.query("like").is_empty() {
        return Ok(None);
    }
    let (view, asset) = find(console, asked, asked.query("like")).await?;
    let print = looks_like(&view, &asset).ok_or(nothing("picture"))?;
    Ok(Some((asset, print)))
}

/// The most alike first; each content once.
fn nearest(like: &AssetRecord, print: u64, found: Vec<Found>) -> Vec<Found> {
    let mut seen = BTreeSet::from([like.sha256.clone()]);
    let near = found.into_iter().filter_map(|(asset, said, own)| {
        let bits = (own? ^ print).count_ones();
        (bits <= ALIKE && seen.insert(asset.sha256.clone())).then_some((bits, asset, said, own))
    });
    let mut near: Vec<_> = near.collect();
    near.sort_by_key(|(bits, ..)| *bits);
    near.into_iter().map(|(_, asset, said, own)| (asset, said, own)).collect()
}

/// A picture's perceptual hash: its own, or what a gate measured.
fn looks_like(view: &JobView, asset: &AssetRecord) -> Option<u64> {
    let verdicts = view.steps.values().filter_map(|step| step.verdict.as_ref());
    let measured = verdicts.filter_map(|it| it["scores"][asset.id.as_str()]["phash"].as_str());
    let print = asset.phash.as_deref().or_else(|| measured.into_iter().next());
    u64::from_str_radix(print?, 16).ok()
}

/// An asset of this tenant, and its job.
pub(super) async fn find(
    console: &Console<'_>,
    asked: &Asked<'_>,
    id: &str,
) -> Answered<(JobView, AssetRecord)> {
    let id = AssetId::parse(id).map_err(|_| nothing("asset"))?;
    let view = own(console, asked, id.job().as_str()).await.map_err(|trouble| match trouble {
        Trouble::Nothing(_) => nothing("asset"),
        other => other,
    })?;
    let asset = view.assets.get(&id).cloned().ok_or(nothing("asset"))?;
    Ok((view, asset))
}

/// Assets as a gallery, without what callers brought along.
pub(super) async fn gallery(
    console: &Console<'_>,
    assets: impl Iterator<Item = &AssetRecord>,
) -> Answered<Markup> {
    let assets: Vec<_> = assets.collect();
    match assets.is_empty() {
        true => Ok(empty("Nothing was made yet.")),
        false => cards(console, assets.into_iter().map(|asset| (asset, ""))).await,
    }
}

async fn cards<'a>(
    console: &Console<'_>,
    assets: impl Iterator<Item = (&'a AssetRecord, &'a str)>,
) -> Answered<Markup> {
    let mut shown = Vec::new();
    for (asset, said) in assets {
        shown.push((asset, said, shot(console, asset, false).await?));
    }
    Ok(html! {
        ul.gallery data-list {
            @for (asset, said, shot) in shown {
                li data-key=(asset.id) data-edition={ (console.now.0 / (1000 * i64::from(LOOK_S / 2))) "-" (asset.erased.is_some()) } {
                    div.card {
                        a.shot href=(console.place.link(&format!("assets/{}", asset.id))) aria-label={ (asset.step) " " (asset.port) ", " (asset.media_type) } { (shot) }
                        div.words {
                            span { b { (asset.step) } span.quiet { " " (asset.port) } }
                            @if !said.is_empty() { span.prompt { (said) } }
                            span.quiet.small { (measures(asset)) " · " (time(asset.created_at)) }
                            @if asset.erased.is_some() { span { (state("erased")) } }
                        }
                    }
                }
            }
        }
    })
}

/// What there is to see of an asset.
pub(super) async fn shot(
    console: &Console<'_>,
    asset: &AssetRecord,
    controls: bool,
) -> Answered<Markup> {
    let kind = asset.media_type.split('/').next().unwrap_or_default();
    if asset.erased.is_some() {
        return Ok(html! { span.kind { "erased" } });
    }
    if let Some(text) = &asset.text {
        return Ok(html! { span.kind { (text.chars().take(200).collect::<String>()) } });
    }
    let url = console.objects.presign_get(Bucket::Assets, &asset.key, LOOK_S).await?.url;
    let words = format!("{} of step {}", asset.port, asset.step);
    Ok(match kind {
        "image" => {
            html! { img src=(url) alt=(words) loading="lazy" decoding="async" width=[asset.width] height=[asset.height]; }
        }
        "video" => {
            html! { video src=(url) preload="metadata" muted playsinline controls[controls] aria-label=(words) {} }
        }
        "audio" if controls => {
            html! { audio src=(url) preload="metadata" controls aria-label=(words) {} }
        }
        _ => html! { span.kind { (asset.media_type) } },
    })
}

fn measures(asset: &AssetRecord) -> String {
    let pixels = asset.width.zip(asset.height).map(|(width, height)| format!("{width}×{height}"));
    let seconds = asset.seconds.map(|seconds| format!("{seconds:.1} s"));
    let all = [pixels, seconds, Some(size(asset.bytes))];
    all.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// `GET assets/{id}`.
pub(super) async fn show(console: &Console<'_>, asked: &Asked<'_>, id: &str) -> Answered {
    let (view, asset) = find(console, asked, id).await?;
    let shot = shot(console, &asset, true).await?;
    let from: Vec<_> = asset.made_from.iter().filter_map(|id| view.assets.get(id)).collect();
    let into = view.assets.values().filter(|other| other.made_from.contains(&asset.id));
    let (into, made_from) = (into.collect::<Vec<_>>(), !from.is_empty());
    let from = cards(console, from.into_iter().map(|asset| (asset, ""))).await?;
    let made = !into.is_empty();
    let into = cards(console, into.into_iter().map(|asset| (asset, ""))).await?;
    let link = |page: &str| console.place.link(&format!("assets/{}{page}", asset.id));
    let title = format!("{} of {}", asset.port, asset.step);
    Ok(framed(console, asked, ("assets", &title), |frame| {
        html! {
            div.wide-left {
                div.stack {
                    figure.sheet { div.look { (shot) } }
                    @if made_from { section.stack aria-labelledby="from" { h2 #from { "Made from" } (from) } }
                    @if made { section.stack aria-labelledby="into" { h2 #into { "Made into" } (into) } }
                }
                div.stack {
                    section.sheet aria-labelledby="facts" {
                        h2 #facts { "Asset" }
                        dl.facts {
                            dt { "Job" } dd { a href=(console.place.link(&format!("jobs/{}", view.job.id))) { (jobs::said(&view.job)) } }
                            dt { "Type" } dd { (asset.media_type) }
                            dt { "Size" } dd { (measures(&asset)) }
                            dt { "Made" } dd { (time(asset.created_at)) }
                            dt { "SHA-256" } dd { code { (asset.sha256) } }
                            @if let Some(edit) = &asset.edited { (edited(edit)) }
                            @if let Some(erased) = &asset.erased { dt { "Erased" } dd { (time(erased.at)) ": " (erased.reason) } }
                        }
                        @if asset.erased.is_none() {
                            div.row {
                                a.button.main href=(link("/file")) { "Download" }
                                @if looks_like(&view, &asset).is_some() { a.button href={ (console.place.link("assets")) "?" (pairs(&[("like", asset.id.as_str())])) } { "Similar pictures" } }
                            }
                        }
                    }
                    @if asked.person().has(Role::Editor) || asked.person().has(Role::Operator) {
                        section.sheet #takedown aria-labelledby="taken" { h2 #taken { "Take down" } (publications::form(frame.csrf(console), &link("/takedown"))) }
                    }
                    @if asset.erased.is_none() && view.job.state.terminal() && asked.person().has(Role::Editor) {
                        section.sheet aria-labelledby="erase" { h2 #erase { "Erase" } (eraser(frame.csrf(console), &link("/erase"), "Erase")) }
                    }
                }
            }
        }
    }))
}

/// What a person changed of it, or wrote to go with it.
fn edited(edit: &HumanEdit) -> Markup {
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    html! {
        dt { @if edit.replaced.is_some() { "Replaced by" } @else { "Edited by" } } dd { (edit.by) ", " (time(edit.at)) }
        @if let Some(alt) = &edit.alt { dt { "Alt text" } dd { (alt) } }
        @if let Some(caption) = &edit.caption { dt { "Caption" } dd { (caption) } }
        @if let Some(focal) = &edit.focal { dt { "In view" } dd { (percent(focal.x)) " from left, " (percent(focal.y)) " from top" } }
    }
}

/// `GET assets/{id}/file`: its bytes, by an address that is good for a while.
pub(super) async fn file(console: &Console<'_>, asked: &Asked<'_>, id: &str) -> Answered {
    let (_, asset) = find(console, asked, id).await?;
    if let Some(erased) = &asset.erased {
        return Err(Trouble::Late(format!("The asset was {erased}.")));
    }
    let signed = console.objects.presign_get(Bucket::Assets, &asset.key, LOOK_S).await?;
    Ok(redirect(&signed.url))
}

/// `POST assets/{id}/erase`.
pub(super) async fn erase(console: &Console<'_>, asked: &Asked<'_>, id: &str) -> Answered {
    asked.needs(&[Role::Editor])?;
    let (view, asset) = find(console, asked, id).await?;
    if !view.job.state.terminal() {
        return Err(Trouble::Late(
            "Its job is not over. Cancel it, wait for its end, then take it down.".into(),
        ));
    }
    let roots = BTreeSet::from([asset.id.clone()]);
    erase::ask_job(console.table, &view.job.id, Some(&roots), &reason(asked)?, console.now).await?;
    tracing::info!(job = %view.job.id, person = %asked.person().id, "asked to take an asset down");
    Ok(redirect(&console.place.link(&format!("assets/{id}"))))
}
