//! Function publish dies while posts go out, and targets take what they do not answer: each post is at each target
//! once, and each job ends and says what it lacks.

use super::dispatch_dies::kills;
use crate::harness::api::Caller;
use crate::harness::hosts;
use crate::harness::lambdas::{running, try_signal};
use crate::harness::stack::home;
use crate::harness::targets::{blog, connect, open, sky, told, town};
use crate::harness::until::until;
use crate::harness::world::World;
use crate::scenarios::command::{file, galley};
use aws::clock;
use domain::id::JobId;
use domain::record::{PostingRecord, PublicationState};
use domain::store::Write;
use domain::takedown::PUBLISHED;
use domain::view::JobView;
use doubles::Double;
use doubles::faults::Fault;
use doubles::made::png;
use doubles::targets::{bluesky, mastodon, wordpress};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const BLOG: u16 = 8815;
const SKY: u16 = 8816;
const TOWN: u16 = 8817;
/// What makes a post at each of them.
const MAKES: [&str; 3] =
    ["POST /wp-json/wp/v2/posts", "POST /xrpc/com.atproto.repo.putRecord", "POST /api/v1/statuses"];
/// How many posts and kills per round.
const POSTS: usize = 3;
const KILLS: usize = 6;
/// How often a person tries again what a job lacks.
const RETRIES: usize = 12;

/// A post with a picture for three platforms and a bucket.
fn pipeline(title: &str) -> Value {
    json!({
        "name": "posts-die", "budget_usd": 0.1, "inputs": { "photo": { "type": "image" } },
        "steps": {
            "good": { "kind": "gate.quality", "with": { "images": "{{ inputs.photo }}", "min_width": 64 } },
            "announce": { "kind": "publish", "after": ["good"], "with": {
                "targets": [
                    { "kind": "wordpress", "connection": "blog" },
                    { "kind": "bluesky", "connection": "sky" },
                    { "kind": "mastodon", "connection": "town" },
                    { "kind": "s3", "prefix": "die" },
                ],
                "post": {
                    "title": title, "body": format!("{title} is **lit**."),
                    "media": [{ "asset": "{{ inputs.photo }}", "alt": "A lighthouse" }],
                },
            } },
        },
    })
}

/// Targets that take some of what they do not answer, and refuse some.
fn trouble(targets: &[Double], posts: usize) {
    for (target, makes) in targets.iter().zip(MAKES) {
        for _ in 0..posts {
            let [chance]: [u8; 1] = clock::random();
            let fault = match chance % 6 {
                0 => Fault::CutAfter(0),
                1 => Fault::DoneBut(504, json!({})),
                2 => Fault::Instead(503, Vec::new(), json!({})),
                3 => Fault::Slow(Duration::from_millis(1500)),
                _ => Fault::None,
            };
            target.shop.fault_on(makes, fault);
        }
        // Accepted, and answered when nobody waits any more.
        target.shop.fault_on(makes, Fault::Slow(Duration::from_secs(11)));
    }
}

fn calls(targets: &[Double]) -> usize {
    targets.iter().map(|target| target.shop.books().calls.len()).sum()
}

/// Kills whoever publishes: as soon as a target was asked something, or at any moment.
async fn storm(world: &World, targets: &[Double], most: usize) -> usize {
    let (mut killed, over) = (0, Instant::now() + Duration::from_secs(40 + 2 * most as u64));
    while killed < most && Instant::now() < over {
        let [chance, wait]: [u8; 2] = clock::random();
        let (before, from) = (calls(targets), Instant::now());
        let patience = Duration::from_millis(u64::from(wait) * 8);
        while from.elapsed() < patience && (chance < 64 || calls(targets) == before) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        for pid in running(&world.stack, "publish") {
            try_signal(pid, "KILL");
            killed += 1;
        }
    }
    killed
}

async fn submitted(world: &World, caller: &Caller<'_>, posts: usize) -> Vec<JobId> {
    let photo = home().join("tmp").join(format!("{}-lighthouse.png", caller.tenant));
    std::fs::write(&photo, png("lighthouse", 320, 240)).unwrap();
    let photo = format!("photo=@{}", photo.display());
    let mut jobs = Vec::new();
    for n in 0..posts {
        let document = file("posts-die", &pipeline(&format!("Light {n}")));
        let words = ["submit", document.to_str().unwrap(), "--input", &photo];
        let submitted = galley(world, caller.key.reveal(), &words).await;
        jobs.push(JobId::parse(&told(&submitted)).unwrap());
    }
    jobs
}

fn there(view: &JobView) -> usize {
    let done = |state| state == PublicationState::Done;
    view.postings.iter().filter(|posting| done(posting.state)).count()
}

/// Waits until a job is over, which says then of each target that has it not why that is.
async fn over(world: &World, job: &JobId, run: u32) -> JobView {
    let view = until("the job is over", 240, async || {
        world.sweep().await;
        tokio::time::sleep(Duration::from_millis(900)).await;
        let view = world.job(job).await;
        (run <= view.job.run && view.job.state.terminal()).then_some(view)
    })
    .await;
    for posting in view.postings.iter().filter(|one| one.state != PublicationState::Done) {
        let lacks = view.job.degraded.iter().any(|lacking| lacking.step == posting.step);
        assert!(lacks || view.job.reason.is_some(), "{posting:?} of {:?}", view.job);
        assert_eq!(posting.busy_until.filter(|until| clock::now().plus_s(20) < *until), None);
    }
    view
}

/// Whoever looks for what was left open says what became of it, and sends nothing.
async fn looked_up(world: &World, job: &JobId) -> JobView {
    let open = |posting: &PostingRecord| {
        matches!(posting.state, PublicationState::Started | PublicationState::Unknown)
    };
    for posting in world.job(job).await.postings.iter().filter(|posting| open(posting)) {
        let due = json!({ "due_pk": PUBLISHED, "due_at": clock::now() });
        let due = Write::set(PostingRecord::key(job, &posting.step), due).plus("rev", 1);
        world.write(vec![due]).await;
    }
    until("nothing of it is open any more", 60, async || {
        world.sweep().await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        let view = world.job(job).await;
        (!view.postings.iter().any(open)).then_some(view)
    })
    .await
}

#[tokio::test]
async fn posts_are_at_each_target_once_although_whoever_publishes_is_killed_again_and_again() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    let targets = [
        open(BLOG, wordpress::routes).await,
        open(SKY, bluesky::routes).await,
        open(TOWN, mastodon::routes).await,
    ];
    let caller = world.tenant().await;
    for (name, account) in [("blog", blog(BLOG)), ("sky", sky(SKY)), ("town", town(TOWN))] {
        connect(&world, &caller, name, &account, &[]).await;
    }
    let posts = POSTS * kills();
    trouble(&targets, posts);
    let begun = Instant::now();
    let (jobs, killed) =
        tokio::join!(submitted(&world, &caller, posts), storm(&world, &targets, KILLS * kills()));
    for target in &targets {
        target.shop.no_faults();
    }
    let (mut retries, mut left) = (0, 0);
    for job in &jobs {
        let before = there(&over(&world, job, 1).await);
        let mut view = looked_up(&world, job).await;
        left += there(&view) - before;
        // What was killed as often as it was called is told, and a person tries again.
        while there(&view) < 4 {
            retries += 1;
            assert!(retries < RETRIES * posts, "{:?} {:?}", view.job, view.postings);
            let again = galley(&world, caller.key.reveal(), &["retry", job.as_str()]).await;
            assert!(again.status.success(), "{again:?} {:?}", view.job);
            view = over(&world, job, view.job.run + 1).await;
        }
    }
    let seconds = begun.elapsed().as_secs();
    println!("posts  targets  kills  found  retries  seconds");
    println!("{posts:5}  {:7}  {killed:5}  {left:5}  {retries:7}  {seconds:7}", 4);
    assert!(0 < killed, "nobody was killed");
    for (target, makes) in targets.iter().zip(MAKES) {
        let books = target.shop.books();
        let keys: BTreeSet<&str> = books.visible().map(|shown| shown.key.as_str()).collect();
        let times: Vec<u32> = books.shown.iter().map(|shown| shown.times).collect();
        assert_eq!((keys.len(), times), (posts, vec![1; posts]), "{makes}: {:?}", books.shown);
        assert!(books.visible().all(|shown| !shown.files.is_empty()), "{makes}");
    }
    for job in &jobs {
        let done = world.count(job, "publication.done").await;
        assert_eq!(done, 4, "{:?}", world.events(job).await);
    }
}
