//! What a target says of its own end, or leaves out, is on record, whatever becomes of the post.

use super::posted::{job, place};
use domain::id::AttemptId;
use domain::ports::Refusal;
use domain::publish::Told;
use domain::vendor::{Drift, Drifted};

#[tokio::test]
async fn a_version_that_is_about_to_end_is_on_record_with_the_post_that_met_it() {
    let job = job();
    let place = place(&job);
    let drift = Drift { field: "Sunset".into(), found: "Sat, 31 Oct 2026 23:59:59 GMT".into() };
    let said = Told::refused(Refusal::Never, "this version is over").drifted([drift.clone()]);
    place.bluesky.says(Some(said));
    assert_eq!(place.call(&job).await.unwrap()["ok"], true, "the other target goes on");
    let known = Drifted::all(&place.world.table).await.unwrap();
    let [known] = known.as_slice() else { panic!("{known:?}") };
    assert_eq!(
        (&known.vendor[..], &known.field, &known.found),
        ("bluesky", &drift.field, &drift.found)
    );
    assert_eq!(
        (known.count, &known.attempt),
        (1, &AttemptId::new(&job.job.id, "publish~bluesky", 1))
    );
}
