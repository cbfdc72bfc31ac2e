//! A post in the bucket is whole, shows what it has, and is written once whatever fails.

use super::*;
use domain::fakes::{NOW, World, every_fault};
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

fn posts(world: &World) -> Posts<'_> {
    let base = Some("https://media.example".to_owned());
    Posts::new(Shelf::new(&world.objects, &world.table, "public", base))
}

fn post() -> Sending {
    let mut post = sending(Able::of("s3").unwrap(), 1, 2);
    post.settings.insert("prefix".into(), json!("journal"));
    (post.since, post.at) = (NOW, NOW);
    post.form.title = Some("Tea <b> & more".into());
    post
}

async fn there(world: &World, key: &str) -> Option<String> {
    let bytes = world.objects.get(Bucket::Public, key, 1 << 20).await.unwrap()?;
    Some(String::from_utf8(bytes).unwrap())
}

async fn read(world: &World, key: &str) -> String {
    there(world, key).await.unwrap()
}

#[tokio::test]
async fn a_post_is_a_document_a_page_and_its_files() {
    let (world, post) = (World::default(), post());
    let told = posts(&world).start(&grant(), &post).await;
    let Went::Done(place) = told.went else { panic!("{told:?}") };
    let stem = format!("acme/journal/{}", post.form.slug.as_deref().unwrap());
    assert_eq!(place.url, format!("https://media.example/{stem}.html"));
    assert_eq!(place.id, format!("{stem}.json"));
    let document: Value = serde_json::from_str(&read(&world, &place.id).await).unwrap();
    let file = &post.files[0];
    let url = format!("https://media.example/{stem}/{}.png", file.sha256);
    assert_eq!(document["media"][0]["url"], url);
    assert_eq!(document["media"][0]["alt"], "A cup of tea, 0");
    assert_eq!(document["disclosed"]["ai"], true);
    let page = read(&world, &format!("{stem}.html")).await;
    let beside = format!("{}/{}.png", stem.rsplit('/').next().unwrap(), post.files[1].sha256);
    for part in [
        "<html lang=\"en\">",
        "<title>Tea &lt;b&gt; &amp; more</title>",
        "<link rel=\"canonical\" href=\"https://brand.example/journal/morning-tea\">",
        "Water <strong>first</strong>.",
        "alt=\"A cup of tea, 0\"",
        &format!("<img src=\"{beside}\" alt=\"A cup of tea, 1\""),
        "<p>Made with AI.</p>",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
}

#[tokio::test]
async fn whatever_fails_the_bucket_has_the_same_post() {
    let act = async |world: &World| {
        let mut post = post();
        for _ in 0..2 {
            match posts(world).check(&grant(), &post).await.went {
                Went::Done(_) => return Ok(()),
                Went::Unknown(why) => return Err(domain::Error::Again(why)),
                _ => {}
            }
            let told = posts(world).start(&grant(), &post).await;
            if let Went::Unknown(why) = told.went {
                return Err(domain::Error::Again(why));
            }
            post.progress = told.progress.unwrap_or_default();
        }
        Ok(())
    };
    every_fault(async || World::default(), act, |world| world.objects.listing()).await;
}

#[tokio::test]
async fn what_is_taken_back_shows_nothing_and_leaves_no_file() {
    let (world, post) = (World::default(), post());
    let told = posts(&world).start(&grant(), &post).await;
    let Went::Done(place) = told.went else { panic!("{told:?}") };
    for _ in 0..2 {
        let told = posts(&world).unpublish(&grant(), &Value::Null, &place).await;
        assert_eq!(told.went, Went::Done(Place::default()));
    }
    let stem = place.id.trim_end_matches(".json").to_owned();
    let file = format!("{stem}/{}.png", post.files[0].sha256);
    for key in [place.id.clone(), format!("{stem}.html"), file] {
        assert_eq!(there(&world, &key).await, None, "{key}");
    }
    assert_eq!(posts(&world).check(&grant(), &post).await.went, Went::On);
}
