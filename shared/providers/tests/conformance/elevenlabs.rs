//! ElevenLabs: sounds in answers, half sounds in answers, and a history in which lost ones are found.

use domain::Time;
use domain::money::MicroUsd;
use domain::vendor::{Class, Handle, Heard, Limits, Order, Outcome, Webhook};
use doubles::conformance::{Bench, Contract, Tells, now, order};
use doubles::faults::Fault;
use doubles::spec::{Kept, holds};
use providers::desk::Key;
use providers::elevenlabs::ElevenLabs;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn refusal(status: u16, word: &str, class: Class) -> (Fault, Class) {
    let body = json!({ "detail": { "status": word, "message": "No." } });
    (Fault::Instead(status, Vec::new(), body), class)
}

fn speech(model: &str, text: &str) -> Order {
    let params = json!({ "text": text, "language": "de-DE", "seed": 5 });
    let mut order = order("audio.speak", model, params, &[]);
    order.outputs.insert("audio".into(), "audio/mpeg".into());
    order
}

fn contract() -> Contract {
    let rain = json!({ "prompt": "rain on a tin roof", "seconds": 4 });
    let unprocessable = json!({ "detail": [{ "loc": ["body"], "msg": "Wrong", "type": "x" }] });
    Contract {
        vendor: Box::new(ElevenLabs),
        routes: doubles::elevenlabs::routes,
        base: "/v1",
        key: Key { secret: "sk_double_of_elevenlabs".into(), webhook: "wsec_test".into() },
        orders: vec![
            speech("eleven_multilingual_v2", "Every tin tells what is in it, and what is not."),
            speech("eleven_flash_v2_5", "Quickly."),
            order("audio.generate", "eleven_text_to_sound_v2", rain, &[]),
            order("audio.separate", "voice-isolator", json!({}), &["audio"]),
        ],
        refusals: vec![
            refusal(401, "quota_exceeded", Class::Quota),
            refusal(401, "invalid_api_key", Class::Credentials),
            refusal(400, "voice_not_found", Class::Invalid),
            refusal(400, "max_character_limit_exceeded", Class::Invalid),
            refusal(404, "not_found", Class::Elsewhere),
            refusal(429, "too_many_concurrent_requests", Class::Later(3)),
            refusal(429, "system_busy", Class::Later(10)),
            (Fault::Instead(422, Vec::new(), unprocessable), Class::Invalid),
        ],
        start_needs: vec![],
        check_needs: vec![],
        status: None,
        cancels: false,
        finds: true,
        tells: Tells::Never,
        expires: None,
    }
}

doubles::conformance!(elevenlabs, contract);

#[tokio::test]
async fn half_a_sound_at_200_is_none_and_the_whole_one_is_in_the_history() {
    let bench = Bench::open(contract).await;
    bench.double.shop.order_whim("cut");
    let answer = bench.start(&bench.order).await;
    assert_eq!(answer.outcome, Outcome::accepted(Handle::new("hist0001")));
    let drift = answer.drift.clone().unwrap();
    assert_eq!(drift.field, "body");
    assert!(drift.found.starts_with("the sound breaks off after 1."), "{}", drift.found);
    let whole = bench.end(&bench.order, answer).await;
    assert!(matches!(whole.outcome, Outcome::Done(_)), "{whole:?}");
    assert_eq!(bench.double.shop.books().work.len(), 1);
    // What came whole can be had again the same way.
    let Outcome::Done(done) = bench.start(&bench.order).await.outcome else { panic!() };
    let again = bench.check(&bench.order, &Handle::new(done.id.unwrap())).await;
    assert!(matches!(again.outcome, Outcome::Done(_)), "{again:?}");
    let gone = bench.check(&bench.order, &Handle::new("hist0009")).await;
    let why = "elevenlabs 400: history_item_not_found No such item.";
    assert_eq!(gone.outcome, Outcome::Unknown(why.into()));
}

#[tokio::test]
async fn half_a_noise_is_nowhere_else() {
    let bench = Bench::open(contract).await;
    bench.double.shop.order_whim("cut");
    let answer = bench.start(&bench.contract.orders[2]).await;
    let why = "the sound breaks off after 2.0 s, in a frame";
    assert_eq!(answer.outcome, Outcome::Unknown(why.into()));
    assert_eq!(answer.drift.unwrap().found, why);
}

#[tokio::test]
async fn a_noise_that_is_shorter_than_was_asked_for_is_half_a_noise() {
    let bench = Bench::open(contract).await;
    let noise = &bench.contract.orders[2];
    bench.double.shop.order_whim("short");
    let answer = bench.start(noise).await;
    assert_eq!(answer.outcome, Outcome::Unknown("2.0 of 4 seconds of sound came".into()));
    let Outcome::Done(done) = bench.start(noise).await.outcome else { panic!() };
    assert_eq!(done.usd, None, "its credits are not those of the price list");
}

#[tokio::test]
async fn words_that_are_in_the_history_twice_are_not_told_apart() {
    let bench = Bench::open(contract).await;
    let find = async || bench.contract.vendor.find(&bench.desk(), &bench.order).await.outcome;
    let why = "its history does not have it, or not yet";
    assert_eq!(find().await, Outcome::Unknown(why.into()));
    bench.start(&bench.order).await;
    let Outcome::Done(found) = find().await else { panic!("not found") };
    assert_eq!(found.usd, Some(MicroUsd(bench.double.shop.books().billed())));
    bench.start(&bench.order).await;
    let why = "its history has these words several times";
    assert_eq!(find().await, Outcome::Unknown(why.into()));
    let noise = &bench.contract.orders[2];
    let why = "elevenlabs keeps a history of speech only";
    let found = bench.contract.vendor.find(&bench.desk(), noise).await;
    assert_eq!(found.outcome, Outcome::Unknown(why.into()));
}

#[tokio::test]
async fn what_it_takes_at_once_is_learned_from_its_headers() {
    let bench = Bench::open(contract).await;
    let answer = bench.start(&bench.order).await;
    assert_eq!(answer.limits, Some(Limits { remaining: 4, reset_s: 2 }));
    for (whim, class) in [("busy", Class::Later(3)), ("spent", Class::Quota)] {
        bench.double.shop.order_whim(whim);
        let answer = bench.start(&bench.order).await;
        let Outcome::Refused(refusal) = answer.outcome else { panic!("{answer:?}") };
        assert_eq!(refusal.class, class);
    }
}

#[tokio::test]
async fn its_webhooks_are_known_by_their_signature() {
    let bench = Bench::open(contract).await;
    let signature = "4558277ea3dca2ecc5b44ec0ab321d3fcd9649de21a713dff9a3fa9c741c8375";
    let header = format!("t=1700000000,v0={signature}");
    let headers = BTreeMap::from([("elevenlabs-signature".to_owned(), header)]);
    let webhook = Webhook { headers, body: br#"{"type":"x"}"#.to_vec() };
    let then = Time(1_700_000_000_000);
    let hear = async |webhook: &Webhook, now| {
        bench.contract.vendor.hear(&bench.desk(), webhook, now).await
    };
    assert_eq!(hear(&webhook, then).await, Heard::Nothing);
    assert_eq!(hear(&webhook, then.plus_s(1800)).await, Heard::Nothing);
    let forged = |why: &str| Heard::Forged(why.into());
    assert_eq!(hear(&webhook, then.plus_s(1801)).await, forged("signed too long ago"));
    assert_eq!(hear(&webhook, now()).await, forged("signed too long ago"));
    let altered = Webhook { body: b"{}".to_vec(), ..webhook.clone() };
    assert_eq!(hear(&altered, then).await, forged("signed by nobody we know"));
    let unsigned = Webhook { headers: BTreeMap::new(), ..webhook };
    assert_eq!(hear(&unsigned, then).await, forged("not signed"));
}

#[tokio::test]
async fn what_is_said_is_what_its_schemas_say() {
    let document: Value = serde_json::from_str(include_str!("../specs/elevenlabs.json")).unwrap();
    let bench = Bench::open(contract).await;
    let kept = Kept::default();
    let mut long = speech("eleven_v3", "a");
    long.params.insert("seconds".into(), 99.into());
    long.kind = "audio.generate".into();
    for order in bench.contract.orders.iter().chain([&long]) {
        bench.double.shop.fault(Fault::Kept(kept.clone()));
        bench.start(order).await;
    }
    bench.double.shop.fault(Fault::Kept(kept.clone()));
    bench.contract.vendor.find(&bench.desk(), &bench.order).await;
    let all = kept.all();
    let said: Vec<_> = all.iter().map(|at| (at.call.as_str(), at.status)).collect();
    let speak = "POST /v1/text-to-speech/JBFqnCBsd6RMkjVDRZzb";
    let expected = [
        (speak, 200),
        (speak, 200),
        ("POST /v1/sound-generation", 200),
        ("POST /v1/audio-isolation", 200),
        ("POST /v1/sound-generation", 422),
        ("GET /v1/history", 200),
    ];
    assert_eq!(said, expected);
    for at in &all[..2] {
        holds(&document, "Body_text_to_speech_full", &at.request);
    }
    let noise = "Body_Sound_Generation_v1_sound_generation_post";
    holds(&document, noise, &all[2].request);
    let isolation = "Body_Audio_Isolation_v1_audio_isolation_post";
    holds(&document, isolation, &all[3].request);
    holds(&document, "HTTPValidationError", &all[4].answer);
    holds(&document, "GetSpeechHistoryResponseModel", &all[5].answer);
    holds(&document, "SpeechOutputFormats", &json!("wav_24000"));
    holds(&document, "AllowedOutputFormats", &json!("mp3_44100_128"));
}
