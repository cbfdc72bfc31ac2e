//! Windows: nothing goes out before one opens, once when it does, and not at all where it was canceled.

use super::posted::{Place, call_of, place};
use super::*;
use domain::fakes::every_fault;
use domain::publish::window::{Change, WindowState, change, due, list};
use domain::record::JobRecord;
use domain::review::{Wait, wait};
use domain::state::{JobState, StepState};
use domain::store::Write;
use domain::stuck::Stuck;
use domain::time::Time;

const HOUR: u32 = 3600;

/// A job of which each publish step has a window.
fn with(mut view: JobView, window: Value) -> JobView {
    for step in view.pipeline.steps.iter_mut().filter(|step| step.name.starts_with("publish")) {
        let fields = window.as_object().unwrap().clone().into_iter();
        step.with.extend(fields.map(|(name, value)| (format!("window.{name}"), value)));
    }
    view
}

/// The job of the tests of posts, with a window.
fn windowed(window: Value) -> JobView {
    with(super::posted::job(), window)
}

fn later(seconds: u32) -> Value {
    json!(NOW.plus_s(seconds).rfc3339())
}

fn wave(view: &JobView) -> usize {
    view.plan.wave_of("publish~bluesky").unwrap()
}

async fn call_at(place: &Place, view: &JobView, now: Time) -> Result<Value> {
    place.call_then(Call { wave: wave(view), ..call_of(view) }, now).await
}

async fn states(place: &Place, view: &JobView) -> Vec<(WindowState, StepState, i64)> {
    let view = self::view(&place.world, view).await;
    let of = |window: &domain::publish::window::WindowRecord| {
        let step = view.step(&window.step).state;
        (window.state, step, (window.opens_at.0 - NOW.0) / 1000)
    };
    view.windows.iter().map(of).collect()
}

/// The execution brings its token.
async fn wait_at(place: &Place, view: &JobView, token: &str, now: Time) -> Result<()> {
    let message = Wait {
        review: true,
        job: view.job.id.clone(),
        run: 1,
        round: 1,
        wave: wave(view),
        token: token.into(),
    };
    wait(&place.world.table, (&place.world.flow, &place.world.queue), &message, now).await
}

async fn due_at(place: &Place, view: &JobView, now: Time) -> Result<Option<Stuck>> {
    let world = (&place.world.flow as _, &place.world.queue as _);
    let of = (&view.job.id, "publish~bluesky");
    Ok(due(&place.world.table, world, of, now).await?.map(|hung| hung.stuck))
}

async fn change_at(place: &Place, view: &JobView, what: Change, now: Time) -> Result<String> {
    let world = (&place.world.flow as _, &place.world.queue as _);
    let of = (&view.job.id, "publish~bluesky");
    let answer = change(&place.world.table, world, of, (what, "ada"), now).await?;
    Ok(answer.map_or_else(|why| why.to_string(), |window| window.state.as_str().to_owned()))
}

/// Where something arrived.
fn sent(place: &Place) -> Vec<String> {
    let listing = place.listing();
    let words = listing.lines().filter_map(|line| line.split(' ').next());
    words.filter(|word| ["bluesky", "wordpress"].contains(word)).map(str::to_owned).collect()
}

const OPEN_BOTH: [(WindowState, StepState, i64); 2] = [
    (WindowState::Opened, StepState::Succeeded, 3600),
    (WindowState::Opened, StepState::Succeeded, 3600),
];

#[tokio::test]
async fn nothing_is_sent_before_the_window_opens_and_all_of_it_then() {
    let job = windowed(json!({ "at": later(HOUR) }));
    let place = place(&job);
    let waits = (WindowState::Scheduled, StepState::Waiting, 3600);
    for now in [NOW, NOW.plus_s(60), NOW.plus_s(HOUR - 1)] {
        let told = call_at(&place, &job, now).await.unwrap();
        assert_eq!((&told["review"], told.get("ok")), (&json!(true), None));
        assert_eq!(states(&place, &job).await, [waits, waits]);
        assert_eq!(place.listing(), "\n");
    }
    let told = call_at(&place, &job, NOW.plus_s(HOUR)).await.unwrap();
    assert_eq!((&told["ok"], told.get("review")), (&json!(true), None));
    assert_eq!(states(&place, &job).await, OPEN_BOTH);
    assert_eq!(sent(&place), ["bluesky", "wordpress"]);
    let kinds = kinds(&place.world, &job).await;
    let first =
        "publication.scheduled publication.scheduled publication.started publication.started";
    assert!(kinds.starts_with(first), "{kinds}");
}

/// A call for files at S3.
async fn call_s3(world: &World, job: &JobView, now: Time) -> Result<Value> {
    let s3 = S3::new(&world.objects, &world.table, "public");
    let targets: Targets<'_> = [("s3", &s3 as &dyn Target)].into();
    let (table, objects) = (&world.table, &world.objects);
    let publishing = Publishing { table, objects, targets: &targets, hub: None, notary: None };
    handle(&publishing, publish_call(job), now).await
}

#[tokio::test]
async fn any_call_to_the_world_may_fail_where_a_window_is_scheduled_and_where_it_opens() {
    let hours = json!({ "from": "00:00", "to": "24:00" });
    let job = with(s3(), json!({ "at": later(HOUR), "spacing_s": 60, "hours": hours }));
    let act = async |world: &World| call_s3(world, &job, NOW).await.map(drop);
    every_fault(async || world(&job), act, super::faults::settled).await;
    let scheduled = async || {
        let world = world(&job);
        call_s3(&world, &job, NOW).await.unwrap();
        world
    };
    let act = async |world: &World| call_s3(world, &job, NOW.plus_s(HOUR)).await.map(drop);
    every_fault(scheduled, act, super::faults::settled).await;
    let world = scheduled().await;
    assert_eq!(public(&world), [""; 0]);
    act(&world).await.unwrap();
    assert_eq!(public(&world).len(), 4);
}

#[tokio::test]
async fn any_call_to_the_world_may_fail_where_the_execution_waits_is_told_or_loses_its_window() {
    let job = with(s3(), json!({ "at": later(HOUR), "spacing_s": 60 }));
    let id = &job.job.id;
    let message = Wait {
        review: true,
        job: id.clone(),
        run: 1,
        round: 1,
        wave: publish_call(&job).wave,
        token: "token".into(),
    };
    let wait_at = async |world: &World, now| {
        wait(&world.table, (&world.flow, &world.queue), &message, now).await
    };
    let scheduled = async || {
        let world = world(&job);
        call_s3(&world, &job, NOW).await.unwrap();
        world
    };
    for now in [NOW, NOW.plus_s(HOUR)] {
        let act = async |world: &World| wait_at(world, now).await;
        every_fault(scheduled, act, super::faults::settled).await;
    }
    let waiting = async || {
        let world = scheduled().await;
        wait_at(&world, NOW).await.unwrap();
        world
    };
    for now in [NOW.plus_s(HOUR - 840), NOW.plus_s(HOUR)] {
        let act = async |world: &World| {
            let told = due(&world.table, (&world.flow, &world.queue), (id, "publish"), now).await;
            told.map(drop)
        };
        every_fault(waiting, act, super::faults::settled).await;
    }
    for what in [Change::Move(NOW.plus_s(120)), Change::Cancel] {
        let act = async |world: &World| {
            let world = (&world.table, (&world.flow as _, &world.queue as _));
            let told =
                change(world.0, world.1, (id, "publish"), (what, "ada"), NOW.plus_s(5)).await?;
            told.map(drop).map_err(|why| Error::Fault(why.to_string()))
        };
        every_fault(waiting, act, super::faults::settled).await;
        let world = waiting().await;
        act(&world).await.unwrap();
        let told = world.flow.completed().into_values().map(|told| told.get("goto").is_some());
        let canceled: &[bool] = if what == Change::Cancel { &[true] } else { &[] };
        assert_eq!(told.collect::<Vec<_>>(), canceled);
    }
}

#[tokio::test]
async fn an_embargo_is_passed_by_no_repetition_no_round_and_nobody() {
    let job = windowed(json!({ "not_before": later(HOUR) }));
    let place = place(&job);
    call_at(&place, &job, NOW).await.unwrap();
    let early = change_at(&place, &job, Change::Move(NOW.plus_s(60)), NOW).await.unwrap();
    let least = NOW.plus_s(HOUR).rfc3339();
    assert_eq!(early, format!("nothing of it may be published before {least}"));
    for round in [1, 2, 2] {
        let call = Call { wave: wave(&job), round, ..call_of(&job) };
        let head = Write::set(JobRecord::key(&job.job.id), json!({ "round": round }));
        place.world.table.plant(head);
        place.call_then(call, NOW.plus_s(HOUR - 1)).await.unwrap();
        assert_eq!(place.listing(), "\n");
    }
}

#[tokio::test]
async fn whoever_waits_is_told_once_it_opens_and_again_until_it_was_heard() {
    let job = windowed(json!({ "at": later(HOUR) }));
    let place = place(&job);
    call_at(&place, &job, NOW).await.unwrap();
    wait_at(&place, &job, "token", NOW).await.unwrap();
    assert!(place.world.flow.completed().is_empty());
    assert_eq!(place.world.queue.sent(), []);
    // A quarter of an hour before, the sweep sends the message that opens it to the second.
    assert_eq!(due_at(&place, &job, NOW.plus_s(HOUR - 840)).await.unwrap(), None);
    let message = json!({ "window_due": format!("{}.publish~bluesky", job.job.id) });
    assert_eq!(place.world.queue.sent(), [(message, 840)]);
    let back = json!({ "goto": wave(&job), "round": 1 });
    for (late, found) in [(0, None), (60, None), (150, Some(Stuck::PublicationOverdue))] {
        assert_eq!(due_at(&place, &job, NOW.plus_s(HOUR + late)).await.unwrap(), found);
        assert_eq!(place.world.flow.completed()["token"], back);
    }
}

#[tokio::test]
async fn a_window_that_opens_soon_has_its_message_as_soon_as_the_execution_waits() {
    let job = windowed(json!({ "at": later(30) }));
    let place = place(&job);
    call_at(&place, &job, NOW).await.unwrap();
    wait_at(&place, &job, "token", NOW.plus_s(1)).await.unwrap();
    let delays: Vec<u32> = place.world.queue.sent().iter().map(|(_, delay)| *delay).collect();
    assert_eq!(delays, [29, 29]);
    // One that opened before the token came is told at once.
    wait_at(&place, &job, "other", NOW.plus_s(31)).await.unwrap();
    assert_eq!(place.world.flow.completed().len(), 1);
}

#[tokio::test]
async fn a_window_can_be_moved_and_canceled_until_it_opens() {
    let job = windowed(json!({ "at": later(HOUR) }));
    let place = place(&job);
    call_at(&place, &job, NOW).await.unwrap();
    wait_at(&place, &job, "token", NOW).await.unwrap();
    let sooner = Change::Move(NOW.plus_s(120));
    assert_eq!(change_at(&place, &job, sooner, NOW).await.unwrap(), "scheduled");
    assert_eq!(change_at(&place, &job, sooner, NOW).await.unwrap(), "scheduled");
    let told = call_at(&place, &job, NOW.plus_s(120)).await.unwrap();
    assert_eq!(told["review"], true, "the other one still waits");
    assert_eq!(sent(&place), ["bluesky"]);
    let over = "its window is open: it can be moved and canceled until it opens";
    for what in [sooner, Change::Cancel] {
        let told = change_at(&place, &job, what, NOW.plus_s(130)).await.unwrap();
        assert_eq!(told, over);
    }
    let kinds = kinds(&place.world, &job).await;
    assert_eq!(kinds.matches("publication.rescheduled").count(), 1, "{kinds}");
}

#[tokio::test]
async fn what_is_canceled_is_never_sent_and_the_job_goes_on_without_it() {
    let job = windowed(json!({ "at": later(HOUR) }));
    let place = place(&job);
    call_at(&place, &job, NOW).await.unwrap();
    wait_at(&place, &job, "token", NOW).await.unwrap();
    let told = change_at(&place, &job, Change::Cancel, NOW.plus_s(5)).await.unwrap();
    assert_eq!(told, "canceled");
    assert_eq!(place.world.flow.completed()["token"]["goto"], wave(&job));
    assert_eq!(call_at(&place, &job, NOW.plus_s(6)).await.unwrap()["review"], true);
    let told = call_at(&place, &job, NOW.plus_s(HOUR)).await.unwrap();
    assert_eq!(told["ok"], true);
    assert!(place.listing().starts_with('\n'), "{}", place.listing());
    let view = self::view(&place.world, &job).await;
    let skipped = view.step("publish~bluesky").skipped.unwrap();
    assert_eq!((skipped.reason.as_str(), skipped.error), ("canceled by ada", false));
    assert!(view.job.degraded.is_empty());
}

#[tokio::test]
async fn a_canceled_job_gives_its_times_back_and_tells_who_waits() {
    let job = windowed(json!({ "at": later(HOUR), "spacing_s": 600 }));
    let place = place(&job);
    call_at(&place, &job, NOW).await.unwrap();
    wait_at(&place, &job, "token", NOW).await.unwrap();
    let World { table, flow, queue, .. } = &place.world;
    domain::job::cancel(table, flow, queue, &job.job.id, NOW.plus_s(9)).await.unwrap();
    let canceled = (WindowState::Canceled, StepState::Canceled, 3600);
    assert_eq!(states(&place, &job).await, [canceled, canceled]);
    assert_eq!(flow.completed()["token"], json!({ "end": JobState::Canceled }));
    let listing = place.world.listing();
    assert_eq!(listing.matches(r#""taken":{}"#).count(), 2, "{listing}");
    assert_eq!(call_at(&place, &job, NOW.plus_s(HOUR)).await.unwrap()["end"], "canceled");
    assert_eq!(place.listing(), "\n");
}

#[tokio::test]
async fn two_jobs_keep_their_distance_at_one_account_also_when_moved() {
    let window = json!({ "at": later(HOUR), "spacing_s": 1800 });
    let (one, mut two) = (windowed(window.clone()), windowed(window));
    two.job.id = domain::id::JobId::new(NOW, [8; 10]);
    two.assets.clear();
    let place = place(&one);
    place.world.plant_job(&two);
    for job in [&one, &two] {
        call_at(&place, job, NOW).await.unwrap();
    }
    let times = |states: Vec<(WindowState, StepState, i64)>| -> Vec<i64> {
        states.into_iter().map(|(_, _, at)| at).collect()
    };
    assert_eq!(times(states(&place, &one).await), [3600, 3600]);
    assert_eq!(times(states(&place, &two).await), [5400, 5400]);
    let near = change_at(&place, &two, Change::Move(NOW.plus_s(HOUR + 60)), NOW).await.unwrap();
    let free = NOW.plus_s(HOUR + 1800).rfc3339();
    assert_eq!(
        near,
        format!("another one of its target is too near; the next free time is {free}")
    );
    change_at(&place, &one, Change::Cancel, NOW).await.unwrap();
    let told = change_at(&place, &two, Change::Move(NOW.plus_s(HOUR + 60)), NOW).await.unwrap();
    assert_eq!(told, "scheduled");
}

#[tokio::test]
async fn what_was_not_approved_in_time_is_dropped() {
    let job = windowed(json!({ "approved_by": "2020-01-01T00:00:00Z", "else": "drop" }));
    let place = place(&job);
    assert_eq!(call_at(&place, &job, NOW).await.unwrap()["ok"], true);
    assert_eq!(place.listing(), "\n");
    let skipped = view(&place.world, &job).await.step("publish~bluesky").skipped.unwrap();
    assert_eq!(skipped.reason, "it was not approved by 2020-01-01T00:00:00.000Z");
}

#[tokio::test]
async fn a_job_that_came_to_a_bad_end_frees_its_times_and_is_in_no_calendar() {
    let job = windowed(json!({ "at": later(HOUR), "spacing_s": 600 }));
    let running = JobRecord { state: JobState::Running, ..job.job.clone() };
    let scheduled = async || {
        let place = place(&job);
        place.world.table.plant(Write::put(JobRecord::key(&job.job.id), &running).unwrap());
        call_at(&place, &job, NOW).await.unwrap();
        place
    };
    let ends = async |world: &World, end| {
        let (job, reason) = (job.job.id.clone(), None);
        let end = domain::job::End { job, run: 1, end, event: 0, reason };
        domain::job::settle(&world.table, &end, NOW.plus_s(9)).await.map(drop)
    };
    let listed = async |world: &World| {
        let span = (NOW, NOW.plus_s(2 * HOUR));
        list(&world.table, &job.job.tenant, span, 10).await.unwrap().len()
    };
    for end in [JobState::Failed, JobState::Rejected, JobState::Expired, JobState::Canceled] {
        let place = scheduled().await;
        assert_eq!(listed(&place.world).await, 2);
        // Twice, as whoever settles is called again where it died.
        for _ in 0..2 {
            ends(&place.world, end).await.unwrap();
        }
        let view = view(&place.world, &job).await;
        assert!(view.windows.iter().all(|one| one.state == WindowState::Canceled), "{end}");
        let listing = place.world.listing();
        assert_eq!(listing.matches(r#""taken":{}"#).count(), 2, "{end}: {listing}");
        assert_eq!(listed(&place.world).await, 0, "{end}");
    }
    let act = async |world: &World| ends(world, JobState::Failed).await;
    every_fault(async || scheduled().await.world, act, World::listing).await;
}
