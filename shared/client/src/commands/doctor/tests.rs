//! Every check is made to fail, and says the right thing.
use std::collections::BTreeMap;

use domain::{Time, lane::LaneView, money::MicroUsd};

use super::{
    credentials::Certified,
    facts::{Api, Facts, Found},
    judge::{Finding, Health, all},
};

const NOW: Time = Time(1_700_000_000_000);

fn lane() -> LaneView {
    let mut lane = LaneView::default();
    lane.hosts.insert("gpu-7".into(), host());
    lane
}

fn host() -> domain::lane::HostRecord {
    domain::lane::HostRecord {
        host: "gpu-7".into(),
        address: "http://10.0.0.7".into(),
        models: Vec::new(),
        kinds: Vec::new(),
        usd_per_slot_second: MicroUsd(400),
        state: domain::lane::HostState::Ready,
        slots: 2,
        until: NOW.plus_s(30),
        boot: None,
        ahead: false,
    }
}

/// A deployment in which all is well.
fn whole() -> Facts {
    Facts {
        own_version: "1.2.0".into(),
        identity: Ok("arn:aws:iam::1:user/ann".into()),
        stack: Some(Ok("UPDATE_COMPLETE".into())),
        api: Ok(Api { address: "https://api".into(), version: "1.2.0".into() }),
        key: Some(Ok(200)),
        console: Some(Ok("https://id.test/authorize".into())),
        ahead_s: Some(2),
        tenants: Ok(BTreeMap::from([("acme".to_owned(), None)])),
        unheard: BTreeMap::new(),
        secrets: BTreeMap::from([("endpoint key", Ok(43)), ("signing key", Ok(43))]),
        certified: Some(Ok(certified(365))),
        lane: Ok(lane()),
        dead_letters: BTreeMap::from([("dispatch".into(), Ok(0)), ("event".into(), Ok(0))]),
        concurrency: Ok(1000),
        alarms: Ok(Vec::new()),
    }
}

/// A certificate that is good for so many days.
fn certified(days: u32) -> Certified {
    Certified { name: "Acme pictures".into(), until: NOW.plus_s(days * 86_400), kms: true }
}

fn wrong(facts: &Facts) -> Vec<Finding> {
    let all = all(facts, NOW);
    all.into_iter().filter(|finding| finding.health != Health::Good).collect()
}

/// What one change is told as: health, check, what was found, and a word of what to do.
#[track_caller]
fn check(change: impl FnOnce(&mut Facts), health: Health, check: &str, found: &str, next: &str) {
    let mut facts = whole();
    change(&mut facts);
    let [finding] = &wrong(&facts)[..] else { panic!("{:?}", wrong(&facts)) };
    assert_eq!(
        (finding.health, finding.check.as_str(), finding.found.as_str()),
        (health, check, found)
    );
    let told = finding.next.as_deref().unwrap_or_default();
    assert!(told.contains(next), "{told}");
}

fn no<T>(why: &str) -> Found<T> {
    Err(why.into())
}

use Health::{Bad, Warn};

#[test]
fn nothing_is_said_of_a_whole_deployment() {
    assert_eq!(wrong(&whole()), []);
    assert_eq!(all(&whole(), NOW).len(), 17);
}

#[test]
fn who_asks_and_of_what_is_checked() {
    let because = "no credentials in the chain";
    check(|it| it.identity = no(because), Bad, "credentials", because, "aws sso login");
    check(
        |it| it.stack = Some(Ok("UPDATE_ROLLBACK_COMPLETE".into())),
        Bad,
        "stack",
        "UPDATE_ROLLBACK_COMPLETE",
        "deploy again",
    );
    check(
        |it| it.stack = Some(Ok("UPDATE_IN_PROGRESS".into())),
        Warn,
        "stack",
        "UPDATE_IN_PROGRESS",
        "wait",
    );
    check(|it| it.stack = Some(no("there is none")), Bad, "stack", "there is none", "--stack");
    check(
        |it| it.concurrency = Ok(10),
        Warn,
        "quotas",
        "the account runs 10 functions at once",
        "Service Quotas",
    );
    check(
        |it| it.concurrency = no("denied"),
        Warn,
        "quotas",
        "denied",
        "lambda:GetAccountSettings",
    );
}

#[test]
fn the_api_its_version_the_key_and_the_clock_are_checked() {
    check(|it| it.api = no("no answer"), Bad, "api", "no answer", "make up");
    let newer = |it: &mut Facts| it.own_version = "1.3.0".into();
    check(newer, Warn, "version", "the API is 1.2.0, this command 1.3.0", "install");
    check(|it| it.key = Some(Ok(401)), Bad, "key", "the API does not know it", "tenants rotate");
    check(
        |it| it.key = Some(Ok(500)),
        Bad,
        "key",
        "the API answered 500",
        "log of the function intake",
    );
    check(|it| it.key = Some(Ok(302)), Bad, "key", "the API answered 302", "--api");
    check(|it| it.key = Some(no("no answer")), Bad, "key", "no answer", "network");
    check(
        |it| it.key = None,
        Warn,
        "key",
        "there is none, so nothing was asked as a tenant",
        "tenants add",
    );
    check(
        |it| it.ahead_s = Some(-90),
        Bad,
        "clock",
        "this machine is 90 s behind the API",
        "set-ntp",
    );
    check(
        |it| it.ahead_s = Some(61),
        Bad,
        "clock",
        "this machine is 61 s ahead of the API",
        "set-ntp",
    );
}

#[test]
fn a_certificate_is_renewed_before_it_ends_and_is_of_the_key_that_signs() {
    let name = "content credentials";
    let of = |days: u32| move |it: &mut Facts| it.certified = Some(Ok(certified(days)));
    check(of(29), Warn, name, "the certificate of Acme pictures ends 2023-12-13", "put the next");
    check(of(0), Bad, name, "the certificate of Acme pictures ended 2023-11-14", "put the next");
    let unfit = "its first CERTIFICATE is not for the KMS key 1234abcd";
    check(|it| it.certified = Some(no(unfit)), Bad, name, unfit, "what goes where");
    let facts = Facts { certified: None, ..whole() };
    assert!(all(&facts, NOW).iter().all(|finding| finding.check != name), "nothing is named");
    let told = all(&whole(), NOW).into_iter().find(|finding| finding.check == name).unwrap();
    assert_eq!(told.found, "Acme pictures, until 2024-11-13, its key in KMS");
}

#[test]
fn secrets_tenants_and_their_lists_are_checked() {
    let secret = |length: Found<usize>| {
        move |it: &mut Facts| {
            it.secrets.insert("endpoint key", length);
        }
    };
    check(
        secret(no("ParameterNotFound")),
        Bad,
        "secret endpoint key",
        "ParameterNotFound",
        "put-parameter",
    );
    check(secret(Ok(4)), Bad, "secret endpoint key", "it has 4 characters", "32 random");
    check(|it| it.tenants = no("AccessDenied"), Bad, "table", "AccessDenied", "right to read");
    check(|it| it.tenants = Ok(BTreeMap::new()), Warn, "table", "it has no tenants", "tenants add");
    let lists = |it: &mut Facts| {
        it.tenants = Ok(BTreeMap::from([
            ("acme".into(), Some("do not parse".into())),
            ("beta".into(), None),
        ]));
    };
    check(lists, Bad, "moderation", "lists of acme: do not parse", "moderation put");
}

#[test]
fn the_lane_and_its_hosts_are_checked() {
    check(|it| it.lane = no("denied"), Bad, "hosts", "denied", "table");
    let nobody = "no GPU host is ready, so renders wait";
    check(|it| it.lane = Ok(LaneView::default()), Bad, "hosts", nobody, "infra/gpu-endpoint");
    let change = |change: fn(&mut LaneView)| {
        move |it: &mut Facts| {
            let mut lane = lane();
            lane.hosts.insert(
                "gpu-8".into(),
                domain::lane::HostRecord { host: "gpu-8".into(), ..host() },
            );
            change(&mut lane);
            it.lane = Ok(lane);
        }
    };
    let hold = change(|lane| lane.hold = Some("driver update".into()));
    check(hold, Bad, "lane", "it is on hold: driver update", "ops resume");
    let silent = change(|lane| lane.hosts.get_mut("gpu-8").unwrap().until = NOW);
    check(silent, Bad, "hosts", "gpu-8 has not been heard of", "PUT /v1/hosts");
    let drains = change(|lane| {
        lane.hosts.get_mut("gpu-8").unwrap().state = domain::lane::HostState::Draining
    });
    check(drains, Warn, "hosts", "gpu-8 is draining", "renders are done");
    let faulty = change(|lane| {
        let free = domain::lane::SlotRecord::free("gpu-8");
        let slot = domain::lane::SlotRecord { failures: 3, failed_at: NOW, ..free };
        lane.slots.insert("SLOT#gpu-8#000".into(), slot);
    });
    check(faulty, Bad, "hosts", "gpu-8 failed three times in a row", "ops trust");
}

#[test]
fn dead_letters_and_alarms_are_checked() {
    let letters = |many: Found<u64>| {
        move |it: &mut Facts| {
            it.dead_letters.insert("dispatch".into(), many);
        }
    };
    check(letters(Ok(3)), Bad, "dead letters of dispatch", "3 messages", "dead_letter");
    check(
        letters(no("denied")),
        Bad,
        "dead letters of dispatch",
        "denied",
        "sqs:GetQueueAttributes",
    );
    let rings = |it: &mut Facts| {
        it.alarms = Ok(vec!["galley-lane-on-hold".into()]);
    };
    check(rings, Bad, "alarms", "galley-lane-on-hold rings", "RUNBOOK.md");
    check(|it| it.alarms = no("denied"), Warn, "alarms", "denied", "cloudwatch:DescribeAlarms");
}

#[test]
fn reviews_that_nobody_can_decide_are_told_with_who_asks() {
    let unheard = |facts: &mut Facts| facts.unheard = BTreeMap::from([("acme".to_owned(), 3)]);
    let found = "3 wait, and nobody with a personal key can decide them";
    check(unheard, Warn, "reviews of acme", found, "galley admin people put acme");
}

#[test]
fn a_console_that_nobody_can_sign_in_to_is_bad() {
    let next = "check OidcIssuer";
    check(
        |facts| facts.console = Some(no("it answers 503")),
        Bad,
        "console",
        "it answers 503",
        next,
    );
    assert_eq!(wrong(&Facts { console: None, ..whole() }), []);
}
