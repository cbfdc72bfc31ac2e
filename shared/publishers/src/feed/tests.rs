//! Entries appear once, the newest first, whoever publishes at the same time and whatever fails.

use super::*;
use domain::fakes::{World, every_fault};
use domain::id::TenantId;
use domain::ports::{Bucket, Objects as _};
use doubles::targets::conformance::sending;
use serde_json::Map;

fn grant() -> Grant {
    Grant {
        tenant: TenantId::parse("acme").unwrap(),
        connection: String::new(),
        settings: Map::new(),
        secret: Map::new(),
        expires_at: None,
    }
}

fn post(n: i64) -> Sending {
    let mut post = sending(Able::of("feed").unwrap(), 1, 1);
    post.id = format!("pub_{n:04}");
    post.form.title = Some(format!("Tea <{n}> & more"));
    post.form.slug = Some(format!("tea-{n}"));
    (post.since, post.at) =
        (Time(1_800_000_000_000 + n * 1000), Time(1_800_000_000_000 + n * 1000));
    post
}

fn feed(world: &World) -> Feed<'_> {
    let base = Some("https://media.example".to_owned());
    Feed::new(Shelf::new(&world.objects, &world.table, "public", base))
}

async fn read(world: &World, name: &str) -> String {
    let key = format!("acme/feed/{name}");
    let bytes = world.objects.get(Bucket::Public, &key, 1 << 20).await.unwrap().unwrap();
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn an_entry_has_its_words_and_its_picture_in_both_feeds() {
    let world = World::default();
    let told = feed(&world).start(&grant(), &post(1)).await;
    let Went::Done(place) = told.went else { panic!("{told:?}") };
    assert_eq!(place.url, "https://media.example/acme/feed/feed.xml");
    let rss = read(&world, "feed.xml").await;
    for part in [
        "<title>Tea &lt;1&gt; &amp; more</title>",
        "<guid isPermaLink=\"false\">urn:galley:pub_0001</guid>",
        "<pubDate>Fri, 15 Jan 2027 08:00:01 +0000</pubDate>",
        "<link>https://brand.example/journal/morning-tea</link>",
        "<enclosure url=\"https://media.example/acme/cup-0.png\"",
        "alt=&quot;A cup of tea, 0&quot;",
        "<category>tea</category>",
    ] {
        assert!(rss.contains(part), "{part} in {rss}");
    }
    let atom = read(&world, "atom.xml").await;
    for part in [
        "<id>urn:galley:pub_0001</id>",
        "<published>2027-01-15T08:00:01.000Z</published>",
        "<entry xml:lang=\"en\">",
        "<content type=\"html\">",
    ] {
        assert!(atom.contains(part), "{part} in {atom}");
    }
}

#[tokio::test]
async fn what_is_published_twice_is_one_entry_and_the_newest_come_first() {
    let world = World::default();
    let feed = feed(&world);
    for n in [1, 3, 2, 3] {
        feed.start(&grant(), &post(n)).await;
    }
    let rss = read(&world, "feed.xml").await;
    let places: Vec<_> =
        (1..=3).map(|n| rss.find(&format!("urn:galley:pub_000{n}")).unwrap()).collect();
    assert!(places[2] < places[1] && places[1] < places[0], "{rss}");
    assert_eq!(rss.matches("<item>").count(), 3);
    let told = feed.check(&grant(), &post(2)).await;
    assert!(matches!(told.went, Went::Done(_)), "{told:?}");
    assert_eq!(feed.check(&grant(), &post(9)).await.went, Went::On);
}

#[tokio::test]
async fn what_is_taken_back_is_in_no_feed() {
    let world = World::default();
    let feed = feed(&world);
    feed.start(&grant(), &post(1)).await;
    let told = feed.start(&grant(), &post(2)).await;
    let Went::Done(place) = &told.went else { panic!("{told:?}") };
    for _ in 0..2 {
        let gone = feed.unpublish(&grant(), told.progress.as_ref().unwrap(), place).await;
        assert_eq!(gone.went, Went::Done(Place::default()));
    }
    let rss = read(&world, "feed.xml").await;
    assert!(!rss.contains("pub_0002") && rss.contains("pub_0001"), "{rss}");
    assert_eq!(feed.check(&grant(), &post(2)).await.went, Went::On);
}

#[tokio::test]
async fn two_that_publish_at_once_are_both_in_it() {
    let world = World::default();
    let feed = feed(&world);
    let (grant, one, two) = (grant(), post(1), post(2));
    let both = futures_util::future::join(feed.start(&grant, &one), feed.start(&grant, &two));
    both.await;
    let rss = read(&world, "feed.xml").await;
    assert!(rss.contains("pub_0001") && rss.contains("pub_0002"), "{rss}");
}

#[tokio::test]
async fn only_so_many_are_in_it() {
    let world = World::default();
    let feed = feed(&world);
    for n in 1..=40 {
        feed.start(&grant(), &post(n)).await;
    }
    let rss = read(&world, "feed.xml").await;
    assert_eq!(rss.matches("<item>").count(), ENTRIES);
    assert!(rss.contains("pub_0040") && !rss.contains("pub_0010"));
}

/// What is in the feeds, seen from outside the test's faults.
fn both(world: &World) -> String {
    let text = |name: &str| {
        let object = world.objects.peek(Bucket::Public, &format!("acme/feed/{name}"));
        object.map(|(bytes, _)| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    };
    text("atom.xml") + &text("feed.xml")
}

#[tokio::test]
async fn whatever_fails_on_the_way_it_is_in_both_feeds_once() {
    let prepare = async || {
        let world = World::default();
        feed(&world).start(&grant(), &post(1)).await;
        world
    };
    let act = async |world: &World| {
        let told = feed(world).check(&grant(), &post(2)).await;
        let told = match told.went {
            Went::On => feed(world).start(&grant(), &post(2)).await,
            _ => told,
        };
        match told.went {
            Went::Done(_) => Ok(()),
            other => Err(domain::Error::Again(format!("{other:?}"))),
        }
    };
    every_fault(prepare, act, both).await;
}
