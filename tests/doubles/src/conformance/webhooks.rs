//! What a vendor tells by webhook, and who may tell it.

use super::{Bench, Contract, Tells, now};
use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::routing::post;
use domain::vendor::{Heard, Outcome, Webhook};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The end is told; a webhook that is altered or old is nobody's; the same one twice tells the same.
pub async fn the_end_is_told_and_verified(contract: fn() -> Contract) {
    let mut bench = Bench::open(contract).await;
    if bench.contract.tells == Tells::Never {
        return;
    }
    let heard = Arc::new(Mutex::new(Vec::new()));
    let receiver = receiver(heard.clone()).await;
    bench.order.webhook = Some(format!("{}/hook", receiver.base()));
    let start = bench.start(&bench.order).await;
    let Outcome::Accepted { handle, .. } = start.outcome.clone() else { panic!("{start:?}") };
    let answer = bench.end(&bench.order, start).await;
    assert!(matches!(answer.outcome, Outcome::Done(_)), "{:?}", answer.outcome);
    let webhook = last(&heard).await;
    let now = now();
    let hear = async |webhook: &Webhook, now| {
        bench.contract.vendor.hear(&bench.desk(), webhook, now).await
    };
    for _ in 0..2 {
        match hear(&webhook, now).await {
            Heard::News(news) => assert_eq!(news.id, handle.id),
            other => panic!("{other:?}"),
        }
    }
    if bench.contract.tells == Tells::Signed {
        let old = hear(&webhook, now.plus_s(3600)).await;
        assert!(matches!(old, Heard::Forged(_)), "an hour later: {old:?}");
        let mut altered = webhook.clone();
        altered.body.push(b' ');
        let altered = hear(&altered, now).await;
        assert!(matches!(altered, Heard::Forged(_)), "altered: {altered:?}");
        let unsigned = Webhook { headers: Default::default(), ..webhook };
        let unsigned = hear(&unsigned, now).await;
        assert!(matches!(unsigned, Heard::Forged(_)), "unsigned: {unsigned:?}");
    }
    let nonsense = Webhook { headers: Default::default(), body: b"{}".to_vec() };
    let nonsense = hear(&nonsense, now).await;
    assert!(!matches!(nonsense, Heard::News(_)), "nonsense: {nonsense:?}");
}

async fn receiver(heard: Arc<Mutex<Vec<Webhook>>>) -> crate::Double {
    crate::Double::open(|_| {
        let take = async move |headers: HeaderMap, body: Bytes| {
            let headers = headers.iter().filter_map(|(name, value)| {
                Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
            });
            let webhook = Webhook { headers: headers.collect(), body: body.to_vec() };
            heard.lock().expect("nobody panics while holding it").push(webhook);
        };
        Router::new().route("/hook", post(take))
    })
    .await
}

/// The last webhook, once one came.
async fn last(heard: &Mutex<Vec<Webhook>>) -> Webhook {
    for _ in 0..500 {
        if let Some(webhook) = heard.lock().expect("nobody panics while holding it").last() {
            return webhook.clone();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no webhook came");
}
