//! Doubles of targets for the deployed stack, each on a port that the stack may call, and accounts there.

use super::api::Caller;
use super::stack::home;
use super::world::World;
use crate::scenarios::command::galley;
use axum::Router;
use domain::record::PublicationState;
use domain::view::JobView;
use doubles::targets::{bluesky, hashnode, mastodon, wordpress};
use doubles::{Double, Shop};
use serde_json::{Value, json};
use std::process::Output;
use tokio::net::TcpListener;

/// Opens a double on a port of its own; a test that had it before may be giving it back just now.
pub(crate) async fn open(port: u16, routes: impl FnOnce(Shop) -> Router) -> Double {
    let listener = TcpListener::bind(("127.0.0.1", port)).await;
    Double::on(listener.expect("the port is this test's"), routes)
}

/// Where a double is, as a connection has it.
pub(crate) fn site(port: u16) -> String {
    format!("site=http://127.0.0.1:{port}")
}

/// What a command printed that went well.
pub(crate) fn told(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// What is asked for to connect an account: its kind, its settings, its secret.
pub(crate) type Account = (&'static str, Vec<String>, Value);

/// An account in a blog.
pub(crate) fn blog(port: u16) -> Account {
    let settings = vec![site(port), format!("user={}", wordpress::USER)];
    ("wordpress", settings, json!({ "password": wordpress::PASSWORD }))
}

/// An account at Bluesky.
pub(crate) fn sky(port: u16) -> Account {
    let settings = vec![site(port), format!("identifier={}", bluesky::HANDLE)];
    ("bluesky", settings, json!({ "password": bluesky::PASSWORD }))
}

/// An account at a Mastodon server.
pub(crate) fn town(port: u16) -> Account {
    ("mastodon", vec![site(port)], json!({ "token": mastodon::TOKEN }))
}

/// An account at Hashnode, which takes nothing back.
pub(crate) fn paper(port: u16) -> Account {
    let settings = vec![
        format!("api=http://127.0.0.1:{port}"),
        format!("publication={}", hashnode::PUBLICATION),
    ];
    ("hashnode", settings, json!({ "token": hashnode::TOKEN }))
}

/// Connects an account, as a person does.
pub(crate) async fn connect(
    world: &World,
    caller: &Caller<'_>,
    name: &str,
    (kind, set, secret): &Account,
    more: &[&str],
) -> String {
    let path = home().join("tmp").join(format!("{}-{name}.json", caller.tenant));
    std::fs::write(&path, secret.to_string()).expect("the home can be written");
    let mut words = vec!["connections", "put", name, "--kind", kind, "--secret"];
    words.extend(path.to_str());
    words.extend(set.iter().flat_map(|set| ["--set", set.as_str()]));
    words.extend(more);
    told(&galley(world, caller.key.reveal(), &words).await)
}

/// How often each thing that is seen at a target became visible.
pub(crate) fn seen(double: &Double) -> Vec<u32> {
    double.shop.books().visible().map(|shown| shown.times).collect()
}

/// The state of the post at a target, and where it is there.
pub(crate) fn at(view: &JobView, step: &str) -> (PublicationState, Option<String>) {
    let posting = view.postings.iter().find(|posting| posting.step == step);
    let posting = posting.unwrap_or_else(|| panic!("{step} is not on the ledger"));
    (posting.state, posting.remote.clone())
}
