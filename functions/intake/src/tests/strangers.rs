//! What belongs to another tenant, or lies beyond a token, does not exist: on every route of the list.

use super::*;
use crate::routes::{Needs, ROUTES, Route};
use domain::ports::Bucket;
use domain::publish::window::WindowState;
use domain::store::from_item;
use domain::tenant::{KeyRecord, rotate};

/// How a route is tried with what is another's.
enum Case {
    /// It names something: acme's, and one that nobody has.
    Names(String, String),
    /// Each tenant has names of its own: beta's request must leave acme's record alone.
    OwnNames(String, domain::store::Key),
}

/// A new route without a case fails the test.
fn case(route: &Route, job: &JobId) -> Case {
    let absent = JobId::new(NOW, [200; 10]);
    match route.path {
        path if path.starts_with("/v1/jobs/{id}") => {
            Case::Names(job.to_string(), absent.to_string())
        }
        "/v1/deliveries/{id}/retry" => {
            Case::Names(format!("{job}.00000002"), format!("{absent}.00000002"))
        }
        "/v1/assets/{id}" => {
            Case::Names(format!("{job}.inputs.photo.0"), format!("{absent}.inputs.photo.0"))
        }
        path if path.starts_with("/v1/reviews/{id}") => {
            Case::Names(format!("{job}.good.1"), format!("{absent}.good.1"))
        }
        "/v1/pipelines/{name}" if route.method == "GET" => {
            Case::Names("acme-only".into(), "nobodys".into())
        }
        "/v1/pipelines/{name}" => {
            let key = domain::store::Key::new("TENANT#acme", "PIPELINE#acme-too");
            Case::OwnNames("acme-too".into(), key)
        }
        "/v1/policies/{name}/plants" => Case::Names("acme-only".into(), "nobodys".into()),
        "/v1/plants/{id}" => {
            Case::Names(domain::sign::sha256(domain::fakes::PNG), domain::sign::sha256(b"none"))
        }
        "/v1/policies/{name}" if route.method == "GET" => {
            Case::Names("acme-only".into(), "nobodys".into())
        }
        "/v1/policies/{name}" => {
            let key = domain::store::Key::new("TENANT#acme", "POLICY#acme-too");
            Case::OwnNames("acme-too".into(), key)
        }
        "/v1/triggers/{name}" if route.method == "PUT" => {
            Case::OwnNames("acme-put".into(), domain::trigger::key(&tenant("acme"), "acme-put"))
        }
        path if path.starts_with("/v1/triggers/{name}") => {
            Case::Names("acme-hook".into(), "nobodys".into())
        }
        "/v1/connections/{name}" if route.method == "PUT" => {
            let key = domain::publish::Connection::key(&tenant("acme"), "acme-put");
            Case::OwnNames("acme-put".into(), key)
        }
        "/v1/connections/{name}" | "/v1/connections/{name}/test" => {
            Case::Names("acme-brand".into(), "nobodys".into())
        }
        "/v1/takedowns/{id}" => Case::Names("tkd_acme".into(), "tkd_nobodys".into()),
        path if path.starts_with("/v1/publications/{id}") => {
            Case::Names(format!("{job}.publish"), format!("{absent}.publish"))
        }
        path => panic!("add a case for {} {path}", route.method),
    }
}

/// Whether a route asks for a key or a token.
fn keyed(route: &Route) -> bool {
    matches!(route.needs, Needs::Tenant | Needs::TenantOrToken | Needs::Person(_))
}

fn ask(route: &Route, id: &str) -> HttpRequest {
    let variable = route.path.split('/').find(|part| part.starts_with('{')).unwrap();
    let asked = request(route.method, &route.path.replace(variable, id));
    match route.method {
        "PUT" if route.path.starts_with("/v1/triggers") => asked.body(&super::hooks::document()),
        "PUT" if route.path.starts_with("/v1/connections") => {
            asked.body(&json!({ "kind": "bluesky", "secret": { "password": "x" } }))
        }
        "PUT" if route.path.starts_with("/v1/policies") => {
            asked.text("application/yaml", &super::policies::named(id))
        }
        "POST" if route.path.ends_with("/reschedule") => {
            asked.body(&json!({ "at": NOW.plus_s(7200).rfc3339() }))
        }
        "PUT" => asked
            .text("application/yaml", &HERO.replace("name: hero-image", &format!("name: {id}"))),
        _ => asked,
    }
}

/// A request in the name of a tenant, or of one of its people where the route asks for a person.
fn by(route: &Route, asked: HttpRequest, name: &str) -> HttpRequest {
    match route.needs {
        Needs::Person(_) => super::people::as_person_of(asked, name, "rita"),
        _ => asked.by(name),
    }
}

pub(super) async fn inhabited() -> (World, JobId) {
    let world = world().await;
    world.objects.plant(Bucket::Uploads, "uploads/acme/direct/cup.png", domain::fakes::PNG);
    let body = json!({
        "pipeline": "product-photo", "inputs": { "photo": { "upload": "direct/cup.png" } },
    });
    let job = submitted(&world, &body, "k1").await;
    for name in ["name: acme-only", "name: acme-too"] {
        let document = PHOTO.replace("name: product-photo", name);
        let pipeline = Pipeline::parse(&document).unwrap();
        catalog::put(&world.table, &tenant("acme"), pipeline, NOW).await.unwrap();
    }
    for name in ["acme-only", "acme-too"] {
        let put = request("PUT", &format!("/v1/policies/{name}"));
        let put = put.text("application/yaml", &super::policies::named(name));
        super::people::with(&world, "ed", &[domain::person::Role::Editor], &[]);
        assert_eq!(send(&world, super::people::as_person(put, "ed")).await.status, 201);
    }
    super::plants::added(&world, "acme-only").await;
    super::webhooks::delivery(&world, &job, 2, "dead");
    super::people::review(&world, &job, "open");
    for name in ["acme", "beta"] {
        super::people::of(&world, name, "rita", &domain::person::Role::ALL, &[]);
    }
    for name in ["acme-hook", "acme-put"] {
        let put = request("PUT", &format!("/v1/triggers/{name}"));
        assert_eq!(send(&world, put.body(&super::hooks::document())).await.status, 201);
    }
    for name in ["acme-brand", "acme-put"] {
        let put = request("PUT", &format!("/v1/connections/{name}"));
        let body = json!({ "kind": "bluesky", "secret": { "password": "hush" } });
        assert_eq!(send(&world, put.body(&body)).await.status, 201);
    }
    super::publications::plant(&world, &job);
    super::publications::plant_window(&world, &job, WindowState::Scheduled);
    super::takedowns::plant(&world, &job);
    (world, job)
}

#[tokio::test]
async fn anothers_id_reads_like_one_that_nobody_has_on_every_route() {
    let (world, job) = inhabited().await;
    let mut tried = 0;
    for route in ROUTES.iter().filter(|route| keyed(route) && route.path.contains('{')) {
        let name = format!("{} {}", route.method, route.path);
        match case(route, &job) {
            Case::Names(own, absent) => {
                let theirs = send(&world, by(route, ask(route, &own), "beta")).await;
                let nobodys = send(&world, by(route, ask(route, &absent), "beta")).await;
                assert_eq!(theirs.status, 404, "{name}");
                let body = theirs.body.replace(&own, "ID");
                assert_eq!(body, nobodys.body.replace(&absent, "ID"), "{name}");
                assert_eq!(theirs.headers, nobodys.headers, "{name}");
                let own = send(&world, by(route, ask(route, &own), "acme")).await;
                assert_ne!(own.status, 404, "{name}: the id is not even its owner's");
            }
            Case::OwnNames(own, key) => {
                let before = world.table.peek(&key);
                // Nobody in person has beta's key.
                let expected = if matches!(route.needs, Needs::Person(_)) { 403 } else { 201 };
                let answer = send(&world, ask(route, &own).by("beta")).await;
                assert_eq!(answer.status, expected, "{name}");
                assert!(before.is_some() && world.table.peek(&key) == before, "{name}");
            }
        }
        tried += 1;
    }
    assert!(0 < tried);
}

#[tokio::test]
async fn a_job_token_reads_its_job_its_events_and_its_assets_and_nothing_else() {
    let (world, job) = inhabited().await;
    let other = submitted(&world, &hero(), "k2").await;
    let own = token(&world, &job, "acme", NOW.plus_s(1));
    for route in ROUTES.iter().filter(|route| keyed(route)) {
        let name = format!("{} {}", route.method, route.path);
        let readable = [
            "/v1/jobs/{id}",
            "/v1/jobs/{id}/events",
            "/v1/jobs/{id}/playlist.m3u8",
            "/v1/assets/{id}",
        ];
        let renewed = route.path == "/v1/jobs/{id}/token";
        let may = renewed || route.method == "GET" && readable.contains(&route.path);
        let asked = |job: &JobId| match route.path.contains('{') {
            true => match case(route, job) {
                Case::Names(id, _) | Case::OwnNames(id, _) => ask(route, &id),
            },
            false => request(route.method, route.path).body(&hero()),
        };
        let answer = send(&world, asked(&job).with("authorization", &own)).await;
        // The photograph is seen, and makes nothing to play.
        let seen = if route.path.ends_with(".m3u8") { 409 } else { 200 };
        assert_eq!(answer.status, if may { seen } else { 404 }, "{name}");
        let answer = send(&world, asked(&other).with("authorization", &own)).await;
        assert_eq!(answer.status, 404, "{name} of another job");
        let foreign = token(&world, &job, "beta", NOW.plus_s(1));
        let answer = send(&world, asked(&job).with("authorization", &foreign)).await;
        assert_eq!(answer.status, 404, "{name} with a token of another tenant");
    }
    for late in [NOW, Time(0)] {
        let late = token(&world, &job, "acme", late);
        let read = request("GET", &format!("/v1/jobs/{job}")).with("authorization", &late);
        assert_eq!(send(&world, read).await.status, 401);
    }
}

#[tokio::test]
async fn nothing_is_answered_without_a_key_but_what_a_problem_means() {
    let world = world().await;
    for route in ROUTES {
        let path = route.path.replace("{slug}", "not-found").replace(['{', '}'], "");
        let answer = send(&world, request(route.method, &path).without("authorization")).await;
        let expected = match route.needs {
            Needs::Nobody => 200,
            // Nobody knows what lies there.
            Needs::Signature => 404,
            Needs::Tenant | Needs::TenantOrToken | Needs::Person(_) => 401,
        };
        assert_eq!(answer.status, expected, "{} {path}", route.method);
    }
}

#[tokio::test]
async fn anothers_upload_asset_and_pipeline_cannot_be_put_into_a_job() {
    let (world, job) = inhabited().await;
    let asset = format!("{job}.inputs.photo.0");
    for given in [json!({ "upload": "direct/cup.png" }), json!({ "asset": asset })] {
        let body = json!({ "pipeline": "product-photo", "inputs": { "photo": given } });
        let submit = request("POST", "/v1/jobs").body(&body);
        let refused = send(&world, submit.clone().by("beta")).await;
        assert_eq!(
            (refused.status, &json_of(&refused)["type"]),
            (422, &json!("/v1/errors/invalid-inputs"))
        );
        let taken = send_at(&world, &Stopped::at(NOW).drawing(70), submit).await;
        assert_ne!(taken.status, 422, "{}", taken.body);
    }
    let body = json!({ "pipeline": "acme-only", "inputs": {} });
    let refused = send(&world, request("POST", "/v1/jobs").body(&body).by("beta")).await;
    assert_eq!(json_of(&refused)["type"], "/v1/errors/unknown-pipeline");
}

#[tokio::test]
async fn a_cursor_of_another_tenant_is_none() {
    let world = world().await;
    for key in ["k1", "k2"] {
        submitted(&world, &hero(), key).await;
    }
    let page = json_of(&send(&world, request("GET", "/v1/jobs?limit=1")).await);
    let path = format!("/v1/jobs?cursor={}", page["next"].as_str().unwrap());
    assert_eq!(send(&world, request("GET", &path)).await.status, 200);
    assert_eq!(send(&world, request("GET", &path).by("beta")).await.status, 400);
}

#[tokio::test]
async fn two_keys_are_valid_while_rotating_and_a_third_ends_the_first() {
    let world = world().await;
    let mut keys = vec![ApiKey::new(&tenant("acme"), SECRET)];
    for round in 1..=2 {
        let now = NOW.plus_s(round.into());
        let new = ApiKey::new(&tenant("acme"), [round; 16]);
        let present: Vec<(domain::store::Key, KeyRecord)> = keys
            .iter()
            .map(|key| key.record_key())
            .map(|key| (key.clone(), from_item(&world.table.peek(&key).unwrap()).unwrap()))
            .collect();
        world.faults.clear();
        domain::ports::Table::write(&world.table, rotate(&new, &present, now).unwrap())
            .await
            .unwrap();
        keys.push(new);
    }
    let ask = async |key: &ApiKey, after_s: u32| {
        let bearer = format!("Bearer {}", key.reveal());
        let list = request("GET", "/v1/jobs").with("authorization", &bearer);
        send_at(&world, &Stopped::at(NOW.plus_s(after_s)), list).await.status
    };
    assert_eq!(
        [ask(&keys[0], 3).await, ask(&keys[1], 3).await, ask(&keys[2], 3).await],
        [401, 200, 200]
    );
    let day = 24 * 3600;
    assert_eq!([ask(&keys[1], day).await, ask(&keys[1], day + 2).await], [200, 401]);
    assert_eq!(ask(&keys[2], 10 * day).await, 200);
    alter(&world, keys[2].record_key(), json!({ "valid_until": NOW.plus_s(5) }));
    assert_eq!(ask(&keys[2], 6).await, 401, "a revoked key");
}
