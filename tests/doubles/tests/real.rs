//! What doubles promise, held against real servers: a post appears once, wherever a call to one is cut short.
//!
//! `python3 infra/local/stack.py test cms` starts the servers and says in a file where they are.

use domain::ports::Refusal;
use domain::publish::{Grant, Place, Probed, Sending, Spoke, Told, Went};
use doubles::proxy::{Cut, Proxy};
use doubles::targets::conformance::{Bench, Verb, grant, line, sending};
use publishers::{bluesky::Bluesky, directus::Directus, line::Line};
use serde_json::{Value, json};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(3);

/// A real server behind a proxy, and the adapter that talks to it.
struct Real {
    server: Value,
    proxy: Proxy,
    spoke: Box<dyn Spoke>,
    grant: Grant,
    unknown: usize,
}

impl Real {
    async fn open(
        name: &str,
        spoke: fn(Line) -> Box<dyn Spoke>,
        lent: fn(&Value) -> Grant,
    ) -> Self {
        let path = std::env::var("GALLEY_CMS").expect("the runner says where the servers are");
        let text = std::fs::read_to_string(path).expect("it wrote the file");
        let servers: Vec<Value> =
            serde_json::from_str::<Value>(&text).unwrap()["servers"].as_array().unwrap().clone();
        let server = servers.into_iter().find(|server| server["id"] == name).unwrap();
        let port = u16::try_from(server["port"].as_u64().unwrap()).unwrap();
        let proxy = Proxy::before(([127, 0, 0, 1], port).into()).await;
        let address = proxy.address.to_string();
        let mut grant = lent(&server);
        grant.settings.insert("site".into(), format!("http://{address}").into());
        Self { server, proxy, spoke: spoke(line(&address, LIMIT)), grant, unknown: 0 }
    }

    async fn directus() -> Self {
        Self::open(
            "directus",
            |line| Box::new(Directus::new(line)),
            |server| grant(json!({}), json!({ "token": server["token"] })),
        )
        .await
    }

    async fn bluesky() -> Self {
        let lent = |server: &Value| {
            grant(
                json!({ "identifier": server["who"] }),
                json!({ "password": server["app_password"] }),
            )
        };
        Self::open("pds", |line| Box::new(Bluesky::new(line)), lent).await
    }

    /// A post of its own, with a picture.
    fn sending(&self, pieces: usize, id: &str) -> Sending {
        let able = self.spoke.able();
        Sending { id: format!("pub_{id}"), ..sending(able, pieces, 1) }
    }

    async fn verb(&mut self, verb: Verb, sending: &mut Sending) -> Told {
        let told = match verb {
            Verb::Start => self.spoke.start(&self.grant, sending).await,
            Verb::Check => self.spoke.check(&self.grant, sending).await,
            Verb::Finalize => self.spoke.finalize(&self.grant, sending).await,
        };
        if let Some(progress) = &told.progress {
            sending.progress = progress.clone();
        }
        self.unknown += usize::from(matches!(told.went, Went::Unknown(_)));
        assert_eq!(told.drift, [], "{told:?}");
        told
    }

    /// What Galley does with a post until it is there; the call of this number, from 0 on, is cut.
    async fn posted(&mut self, sending: &mut Sending, at: usize, cut: Cut) -> Place {
        let (mut verb, mut starts) = (Verb::Start, 0);
        for _ in 0..20 {
            if verb == Verb::Start {
                if starts == at {
                    self.proxy.cut_next(cut);
                }
                starts += 1;
            }
            let told = self.verb(verb, sending).await;
            verb = match (&told.went, Bench::next(&told)) {
                (Went::Done(place), _) => return place.clone(),
                (Went::Refused(Refusal::Later, _), _) => Verb::Start,
                (_, Some(next)) => next,
                _ => panic!("{cut:?} at {at}: {told:?}"),
            };
        }
        panic!("{cut:?} at {at}: it is never there");
    }

    /// Asks the server itself, past proxy and adapter.
    async fn see(&self, path: &str) -> Value {
        let url = format!("{}{path}", self.server["site"].as_str().unwrap());
        let token = self.server["token"].as_str().unwrap_or_default();
        let mut asked = reqwest::Client::new().get(url);
        if !token.is_empty() {
            asked = asked.bearer_auth(token);
        }
        asked.send().await.unwrap().json().await.unwrap()
    }

    async fn gone(&self, sending: &Sending, place: &Place) {
        for time in ["at first", "again"] {
            let told = self.spoke.unpublish(&self.grant, &sending.progress, place).await;
            assert_eq!(told.went, Went::Done(Place::default()), "{time}");
        }
    }
}

/// Where a call can break.
const CUTS: [Cut; 8] = [
    Cut::Connected,
    Cut::RequestHead,
    Cut::RequestHalf,
    Cut::RequestWhole,
    Cut::Held,
    Cut::StatusLine,
    Cut::AnswerHead,
    Cut::AnswerHalf,
];

#[tokio::test]
async fn at_directus_a_post_with_its_picture_appears_once_wherever_a_call_is_cut() {
    let mut real = Real::directus().await;
    for (n, cut) in CUTS.into_iter().enumerate() {
        for at in 0..2 {
            let mut sending = real.sending(1, &format!("directus{n}{at}"));
            let title = format!("Tea {n} {at}");
            sending.form.title = Some(title.clone());
            real.unknown = 0;
            let place = real.posted(&mut sending, at, cut).await;
            assert!(cut == Cut::Connected || 0 < real.unknown, "{cut:?} at {at} was not lost");
            let items = real.see("/items/articles?limit=-1&fields=*,image.*").await;
            let mine: Vec<&Value> = items["data"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|item| item["title"] == *title)
                .collect();
            assert_eq!(mine.len(), 1, "{cut:?} at {at}: {items}");
            assert_eq!(mine[0]["id"], *place.id);
            assert_eq!(mine[0]["status"], "published");
            assert_eq!(mine[0]["tags"], json!(["tea", "morning"]));
            assert_eq!(mine[0]["image"]["description"], "A cup of tea, 0");
            assert_eq!(mine[0]["image"]["type"], "image/png");
            let size = sending.files[0].bytes.len().to_string();
            assert_eq!(mine[0]["image"]["filesize"].to_string().trim_matches('"'), size);
            real.gone(&sending, &place).await;
            let items = real.see("/items/articles?limit=-1").await;
            assert!(items["data"].as_array().unwrap().iter().all(|item| item["id"] != *place.id));
            let file = real.see(&format!("/files/{}", sending.uuid("file-0"))).await;
            assert_eq!(file["errors"][0]["extensions"]["code"], "FORBIDDEN", "{file}");
        }
    }
}

#[tokio::test]
async fn at_bluesky_a_thread_with_its_picture_appears_once_wherever_a_call_is_cut() {
    let mut real = Real::bluesky().await;
    assert_eq!(real.spoke.probe(&real.grant).await, Probed::Open("@galley.test".into()));
    let did = real.server["did"].as_str().unwrap().to_owned();
    let list =
        format!("/xrpc/com.atproto.repo.listRecords?repo={did}&collection=app.bsky.feed.post");
    for (n, cut) in CUTS.into_iter().enumerate() {
        for at in 0..3 {
            let mut sending = real.sending(2, &format!("bluesky{n}{at}"));
            real.unknown = 0;
            let place = real.posted(&mut sending, at, cut).await;
            assert!(cut == Cut::Connected || 0 < real.unknown, "{cut:?} at {at} was not lost");
            let seen = real.see(&list).await;
            let records = seen["records"].as_array().unwrap();
            assert_eq!(records.len(), 2, "{cut:?} at {at}: {seen}");
            let first = records.iter().find(|record| record["uri"] == *place.id).unwrap();
            let image = &first["value"]["embed"]["images"][0];
            assert_eq!(image["alt"], "A cup of tea, 0");
            assert_eq!(image["image"]["size"], sending.files[0].bytes.len());
            let reply = records.iter().find(|record| record["uri"] != *place.id).unwrap();
            assert_eq!(reply["value"]["reply"]["root"]["uri"], *place.id);
            let facet = &first["value"]["facets"][0];
            assert_eq!(facet["features"][0]["uri"], "https://brand.example/journal/tea-0");
            real.gone(&sending, &place).await;
        }
    }
    assert_eq!(real.see(&list).await["records"], json!([]));
}

#[tokio::test]
async fn what_opens_nothing_there_is_over() {
    for (mut real, name) in [(Real::directus().await, "token"), (Real::bluesky().await, "password")]
    {
        real.grant.secret.insert(name.into(), "wrong-wrong-wrong-wrong".into());
        assert!(matches!(real.spoke.probe(&real.grant).await, Probed::Shut(_)), "{name}");
        let mut sending = real.sending(1, "shut");
        let told = real.verb(Verb::Start, &mut sending).await;
        assert!(told.grant_over, "{told:?}");
    }
}

#[tokio::test]
async fn a_field_that_the_collection_lacks_is_refused_as_the_double_refuses_it() {
    let mut real = Real::directus().await;
    real.grant.settings.insert("fields".into(), json!({ "title": "headline" }));
    let mut sending = real.sending(1, "lacking");
    real.verb(Verb::Start, &mut sending).await;
    let told = real.verb(Verb::Start, &mut sending).await;
    let Went::Refused(Refusal::Elsewhere, why) = told.went else { panic!("{told:?}") };
    assert!(why.starts_with("directus answered 403: FORBIDDEN You don't have permission to access field \"headline\" in collection \"articles\""), "{why}");
}

#[tokio::test]
async fn what_an_administrator_sends_to_a_field_that_is_not_there_is_lost_and_told() {
    let mut real = Real::directus().await;
    real.grant.settings.insert("fields".into(), json!({ "summary": "teaser" }));
    real.grant.secret.insert("token".into(), real.server["admin_token"].clone());
    let mut sending = real.sending(1, "lost");
    let told = real.spoke.start(&real.grant, &sending).await;
    sending.progress = told.progress.unwrap();
    let told = real.spoke.start(&real.grant, &sending).await;
    assert_eq!(told.drift[0].field, "data.teaser");
    let Went::Done(place) = told.went else { panic!("{told:?}") };
    sending.progress = told.progress.unwrap();
    real.gone(&sending, &place).await;
}

#[tokio::test]
async fn a_text_over_the_limit_is_refused_for_good() {
    let mut real = Real::bluesky().await;
    let mut sending = real.sending(1, "long");
    real.verb(Verb::Start, &mut sending).await;
    sending.form.pieces[0].text = "🫖".repeat(301);
    sending.form.pieces[0].facets.clear();
    let told = real.verb(Verb::Start, &mut sending).await;
    assert!(matches!(told.went, Went::Refused(Refusal::Never, _)), "{told:?}");
}
