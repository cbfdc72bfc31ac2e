//! `galley pipelines test` on the deployed stack: a version beside the one before, on the fixtures of a sample.

use super::command::galley;
use crate::harness::hosts;
use crate::harness::stack::{home, root};
use crate::harness::world::World;
use std::process::Output;

const CARD: &str = include_str!("../../infra/pipelines/social-card.yaml");

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
async fn a_version_is_compared_with_the_one_before_and_publishes_nothing_where_it_says() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let key = caller.key.reveal();
    let file = home().join("tmp").join(format!("card-{}.yaml", caller.tenant));
    let push = async |document: &str| {
        std::fs::write(&file, document).unwrap();
        let pushed = galley(&world, key, &["pipelines", "push", file.to_str().unwrap()]).await;
        assert!(pushed.status.success(), "{pushed:?}");
    };
    push(CARD).await;
    let fixtures = root().join("tests/fixtures/social-card");
    let test = async |words: &[&str]| {
        let all = ["pipelines", "test", words[0], "--fixtures", fixtures.to_str().unwrap()];
        galley(&world, key, &[&all, &words[1..]].concat()).await
    };
    // Version 1 has none before it.
    let first = test(&["social-card"]).await;
    assert_eq!(first.status.code(), Some(0), "{first:?}");
    assert!(text(&first).contains("same  coffee  succeeded"), "{first:?}");

    push(&CARD.replace("widths: [600, 1200]", "widths: [600, 900, 1200]")).await;
    let second = test(&["social-card"]).await;
    assert_eq!(second.status.code(), Some(1), "`expect` names four publications: {second:?}");
    let told = text(&second);
    assert!(told.contains("social-card@2  against social-card@1"), "{told}");
    assert!(told.contains("expected: publications 4, but it is 6"), "{told}");
    assert!(told.contains("ladder outputs  4: image/jpeg 600×315"), "{told}");

    // The same document as a draft differs in nothing from what is stored.
    let draft = test(&[file.to_str().unwrap(), "--against", "social-card@2", "--json"]).await;
    let differences =
        text(&draft).lines().filter(|line| line.contains(r#""differences":[]"#)).count();
    assert_eq!(differences, 2, "{draft:?}");

    let jobs = caller.get("/v1/jobs?label.test=social-card&limit=100").await.body;
    let published = jobs["jobs"].as_array().unwrap().iter();
    for job in published {
        let job = caller.get(job["links"]["self"].as_str().unwrap()).await.body;
        for publication in job["publications"].as_array().unwrap() {
            let location = publication["location"].as_str().unwrap_or_default();
            assert!(location.contains("tests/social-card"), "{publication}");
        }
    }
}
