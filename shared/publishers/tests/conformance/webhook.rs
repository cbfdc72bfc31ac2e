//! Posts to receivers against their double: it cannot be asked what it got, and takes each message once.

use domain::fakes::World;
use domain::publish::Went;
use doubles::faults::Fault;
use doubles::targets::conformance::{Bench, Contract, Next, Verb, grant};
use doubles::targets::webhook::{KEY, routes};
use publishers::Signed;
use publishers::webhook::Posts;
use serde_json::json;

const HOOK: &str = "POST /hook";

fn fault(status: u16) -> Fault {
    Fault::Instead(status, Vec::new(), json!({}))
}

pub(crate) fn contract() -> Contract {
    let limit = |status| Fault::Instead(status, vec![("retry-after", "15".into())], json!({}));
    Contract {
        spoke: |line| {
            // A world for as long as the test runs.
            let world: &'static World = Box::leak(Box::default());
            let key = |_| -> publishers::Reading { Box::pin(async { Ok(KEY.to_owned()) }) };
            let client = line.client().clone();
            Box::new(Posts::new(Signed::new(&world.objects, &world.table, client, key)))
        },
        routes,
        grant: |base| grant(json!({ "url": format!("{base}/hook") }), json!({})),
        makes: HOOK,
        changes: Vec::new(),
        refusals: vec![
            (fault(302), Next::Never),
            (fault(400), Next::Never),
            (fault(401), Next::Never),
            (fault(410), Next::Never),
            (fault(503), Next::Later),
        ],
        limits: vec![(limit(429), 15), (limit(503), 15)],
        needs: Vec::new(),
        opens: "",
        renews: None,
        again: true,
        alts: true,
    }
}

// It has no account that could be asked for or renewed, and it says nothing that could be looked up.
doubles::spoke_clauses!(contract;
    a_post_appears_once_with_its_media_and_their_words,
    a_post_of_words_alone_appears,
    each_refusal_has_its_next_move,
    a_limit_is_kept_for_as_long_as_it_says,
    what_got_no_answer_is_looked_up_and_sent_once,
    what_came_too_late_is_looked_up_and_sent_once,
    whoever_dies_before_writing_down_what_was_told_sends_nothing_twice,
    what_is_changed_is_changed_there,
    what_is_taken_back_is_gone,
    figures_are_told_where_there_are_any,
    nothing_is_told_that_is_secret
);

#[tokio::test]
async fn whoever_remembers_nothing_sends_the_same_message_in_vain() {
    let mut bench = Bench::open(contract).await;
    let (mut sending, first) = bench.posted().await;
    sending.progress = serde_json::Value::Null;
    assert_eq!(bench.verb(Verb::Check, &mut sending).await.went, Went::On);
    assert_eq!(bench.drive(&mut sending).await.went, first.went);
    assert_eq!(bench.seen(), (1, true));
}
