//! The record of decisions as people read it, and as it looks once somebody changed it.

use super::Desk;
use super::reviews::{asked_for, decide};
use crate::person::Role;
use domain::audit::Chain;
use domain::fakes::NOW;
use domain::gate::policy::{self, Policy};
use domain::id::TenantId;
use domain::store::{Key, Write};
use serde_json::json;

#[tokio::test]
async fn who_decided_what_is_read_and_what_was_changed_of_it_is_named() {
    let (desk, id) = asked_for().await;
    let seat = desk.seat("acme", &[Role::Reviewer]);
    let page = format!("jobs/{}/audit", id.job());
    assert!(desk.get(&seat, &page).await.body.contains("Nobody has decided anything"));
    let no = [("decision", "reject"), ("note", "the sky is <green>")];
    assert_eq!(decide(&desk, &seat, &id, &no).await, 303);
    assert_eq!(desk.post(&seat, &format!("reviews/{id}/undo"), &[]).await.status, 303);
    let read = desk.get(&seat, &page).await.body;
    for part in [
        "2 entries",
        "mia@example.com",
        "rejected",
        "taken back",
        "the sky is &lt;green&gt;",
        "large.1.image",
    ] {
        assert!(read.contains(part), "{part}: {read}");
    }
    assert!(!read.contains("This record was changed"));
    assert_eq!(desk.get(&desk.seat("beta", &Role::ALL), &page).await.status, 404);

    let key = Key::new(Chain::Job(id.job()).pk(), "ENTRY#00000001");
    let mut item = desk.world.table.peek(&key).unwrap();
    item.insert("who".into(), json!("mallory"));
    desk.world.table.plant(Write::put(key, &item).unwrap());
    let read = desk.get(&seat, &page).await.body;
    for part in ["This record was changed", "ENTRY#00000001", "class=\"flawed\""] {
        assert!(read.contains(part), "{part}: {read}");
    }
}

#[tokio::test]
async fn what_was_changed_of_policies_is_read_by_their_tenant_alone() {
    let desk = Desk::new();
    let acme = TenantId::parse("acme").unwrap();
    let text = "{ name: brand, owner: ed, criteria: { sharp: { evaluator: technical } } }";
    let brand = Policy::parse(text).unwrap_or_else(|problems| panic!("{problems:?}"));
    policy::put(&desk.world.table, &acme, brand, "ed", NOW).await.unwrap();
    let own = desk.get(&desk.seat("acme", &[Role::Reviewer]), "audit").await.body;
    assert!(own.contains("brand@1") && own.contains("stored") && own.contains("1 entry"), "{own}");
    let other = desk.get(&desk.seat("beta", &[Role::Operator]), "audit").await.body;
    assert!(other.contains("No policy was stored yet") && !other.contains("brand"), "{other}");
}
