//! Functions die while vendors work for them: nothing is asked for twice, and what can be found is adopted.

use super::dispatch_dies::kills;
use crate::harness::api::Caller;
use crate::harness::lambdas::{running, try_signal};
use crate::harness::pipelines::{painted_by, written_by};
use crate::harness::shops::{self, Shops};
use crate::harness::until::until;
use crate::harness::world::World;
use aws::clock;
use domain::id::JobId;
use domain::record::AttemptRecord;
use domain::state::{AttemptState, JobState};
use domain::view::JobView;
use doubles::books::Work;
use doubles::faults::Fault;
use serde_json::json;
use std::time::{Duration, Instant};

/// The only one of them that lets one look for work whose handle is lost.
const FINDABLE: &str = "fal";
const MODELS: [(&str, &str); 4] = [
    ("chat", "chat/gpt-5-mini"),
    ("openai", "openai/gpt-image-1"),
    (FINDABLE, "fal/fal-ai/flux/schnell"),
    ("stability", "stability/stable-image-core"),
];
/// What may die while a vendor works.
const MORTAL: [&str; 3] = ["call", "callback", "dispatch"];
/// How many kills per round.
const KILLS: usize = 24;

/// A job that one vendor does, under words by which its books know it.
struct Asked {
    vendor: &'static str,
    words: String,
    job: JobId,
}

impl Asked {
    async fn of(caller: &Caller<'_>, vendor: &'static str, model: &str) -> Self {
        let random: [u8; 6] = clock::random();
        let words = format!("tin {random:02x?}");
        let pipeline = match vendor {
            "chat" => {
                let mut pipeline = written_by(model);
                pipeline["steps"]["generate"]["with"]["prompt"] = json!(words);
                pipeline
            }
            _ => {
                let with = json!({ "prompt": words, "width": 1024, "height": 1024 });
                painted_by(&[model], json!({ "with": with }))
            }
        };
        Self { vendor, words, job: caller.submit(&pipeline).await }
    }

    fn work(&self, shops: &Shops) -> Vec<Work> {
        shops.of(self.vendor).work_of(&self.job, &self.words)
    }

    fn billed(&self, shops: &Shops) -> i64 {
        self.work(shops).iter().map(|work| work.micros).sum()
    }

    /// Waits until it is over, or reported; settle looks for what hangs meanwhile, as it does every minute.
    async fn over(&self, world: &World) -> JobView {
        until(&format!("{} is over, or reported", self.vendor), 180, async || {
            world.sweep().await;
            tokio::time::sleep(Duration::from_millis(900)).await;
            let view = world.job(&self.job).await;
            (view.job.state.terminal() || view.attempts.iter().any(reported)).then_some(view)
        })
        .await
    }
}

/// Nobody knows what came of it, though somebody looked.
fn reported(attempt: &AttemptRecord) -> bool {
    attempt.state == AttemptState::Unknown && 2 <= attempt.called.looks
}

fn kill(world: &World, function: &str) {
    for pid in running(&world.stack, function) {
        try_signal(pid, "KILL");
    }
}

#[tokio::test]
async fn a_caller_killed_while_vendors_work_is_followed_within_a_lease_and_nothing_is_billed_twice()
{
    let world = World::open().await;
    let (shops, _turn) = shops::open(&world).await;
    let caller = world.tenant().await;
    let mut asked = Vec::new();
    for (vendor, model) in [MODELS[1], MODELS[2]] {
        // They have it, and bill it, long before they answer.
        shops.of(vendor).shop().fault(Fault::Slow(Duration::from_secs(90)));
        asked.push(Asked::of(&caller, vendor, model).await);
    }
    until("both vendors work", 30, async || {
        asked.iter().all(|asked| !asked.work(shops).is_empty()).then_some(())
    })
    .await;
    kill(&world, "call");
    let killed = Instant::now();
    let [openai, fal] = &asked[..] else { panic!("two were asked") };
    until("the next caller says that nobody knows", 60, async || {
        let view = world.job(&openai.job).await;
        view.attempts.iter().any(|attempt| attempt.state == AttemptState::Unknown).then_some(())
    })
    .await;
    println!("the next caller was there after {:.1} s", killed.elapsed().as_secs_f64());
    let found = world.ends(&fal.job, JobState::Succeeded, 60).await;
    assert_eq!(found.attempts.len(), 1, "{:?}", found.attempts);
    let view = openai.over(&world).await;
    assert_eq!(view.attempts.len(), 1, "{:?}", view.attempts);
    for asked in &asked {
        assert_eq!(asked.work(shops).len(), 1, "{}", asked.vendor);
    }
    caller.cancel(&openai.job).await;
    shops::resolve(&world, &openai.job, openai.billed(shops)).await;
}

/// Kills what may die, one after the other, for a while.
async fn storm(world: &World) {
    for turn in 0..KILLS * kills() {
        kill(world, MORTAL[turn % MORTAL.len()]);
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
}

#[tokio::test]
async fn jobs_of_vendors_end_or_are_reported_and_none_is_billed_twice_whatever_is_killed_meanwhile()
{
    let world = World::open().await;
    let (shops, _turn) = shops::open(&world).await;
    let caller = world.tenant().await;
    let submissions = async {
        let mut asked = Vec::new();
        for _ in 0..2 * kills() {
            for (vendor, model) in MODELS {
                shops.of(vendor).shop().fault(Fault::Slow(Duration::from_millis(700)));
                asked.push(Asked::of(&caller, vendor, model).await);
            }
        }
        asked
    };
    let (asked, ()) = tokio::join!(submissions, storm(&world));
    for (vendor, _) in MODELS {
        shops.of(vendor).shop().no_faults();
        shops::trust(&world, vendor).await;
    }
    println!("vendor     state           accepted  billed");
    for asked in &asked {
        let (vendor, view) = (asked.vendor, asked.over(&world).await);
        let (work, billed) = (asked.work(shops), asked.billed(shops));
        println!("{vendor:10} {:15} {:8} {billed:7}", view.job.state.as_str(), work.len());
        assert!(work.len() <= 1, "{vendor}: asked for {} times: {:?}", work.len(), view.attempts);
        if view.job.state == JobState::Succeeded {
            let made = view.attempts.iter().filter(|one| one.state == AttemptState::Succeeded);
            assert_eq!((made.count(), work.len()), (1, 1), "{vendor}: {:?}", view.attempts);
            let paid: i64 = view.attempts.iter().filter_map(|one| one.usd).map(|usd| usd.0).sum();
            assert_eq!(view.job.spent.0, paid, "{vendor}");
            continue;
        }
        assert!(view.attempts.iter().any(reported), "{vendor}: {:?}", view.job.reason);
        // What can be found is adopted; what cannot is at least reported.
        assert!(vendor != FINDABLE || billed == 0, "{vendor}: billed and not adopted");
        caller.cancel(&asked.job).await;
        shops::resolve(&world, &asked.job, billed).await;
    }
}
