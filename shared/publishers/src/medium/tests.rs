//! A document to import, which is written once and can be read by Medium's importer.

use super::*;
use domain::fakes::World;
use domain::id::TenantId;
use domain::ports::{Bucket, Objects as _};
use doubles::targets::conformance::sending;
use serde_json::{Map, json};

fn grant() -> Grant {
    Grant {
        tenant: TenantId::parse("acme").unwrap(),
        connection: String::new(),
        settings: Map::new(),
        secret: Map::new(),
        expires_at: None,
    }
}

#[tokio::test]
async fn a_document_begins_with_its_fields_and_shows_its_pictures() {
    let world = World::default();
    let medium = Medium::new(Shelf::new(&world.objects, &world.table, "public", None));
    let mut post = sending(Able::of("medium").unwrap(), 1, 2);
    post.settings.insert("prefix".into(), json!("exports/../medium"));
    assert_eq!(medium.check(&grant(), &post).await.went, Went::On);
    for _ in 0..2 {
        let told = medium.start(&grant(), &post).await;
        let Went::Done(place) = &told.went else { panic!("{told:?}") };
        assert_eq!(
            place.url,
            "s3://public/acme/exports/-/medium/pub_3f9a2c0d1e4b5a69788796a5b4c3d2e1.md"
        );
    }
    assert!(matches!(medium.check(&grant(), &post).await.went, Went::Done(_)));
    let key = key(&grant(), &post);
    let text = world.objects.get(Bucket::Public, &key, 1 << 20).await.unwrap().unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.starts_with("---\ntitle: \"Morning tea & more\"\n"), "{text}");
    assert!(
        text.contains("canonical_url: \"https://brand.example/journal/morning-tea\""),
        "{text}"
    );
    assert!(text.contains("![A cup of tea, 1](https://media.example/acme/cup-1.png)"), "{text}");
    let place = Place { url: String::new(), id: key.clone() };
    medium.unpublish(&grant(), &Value::Null, &place).await;
    let left = world.objects.get(Bucket::Public, &key, 1 << 20).await.unwrap();
    assert_eq!(left, None);
    assert_eq!(medium.check(&grant(), &post).await.went, Went::On);
}
