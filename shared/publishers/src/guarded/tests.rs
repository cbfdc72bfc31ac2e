//! What may be called and what may not.

use super::*;
use crate::receiver::{Manner, Receiver};
use domain::notify::public;

#[track_caller]
fn check(address: &str, expected: bool) {
    assert_eq!(public(address.parse().unwrap()), expected, "{address}");
}

#[test]
fn public_addresses_are_public() {
    for address in [
        "1.1.1.1",
        "8.8.8.8",
        "93.184.216.34",
        "100.63.255.255",
        "100.128.0.1",
        "172.15.0.1",
        "172.32.0.1",
        "192.0.1.1",
        "198.17.0.1",
        "198.20.0.1",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2a00:1450:4001::1",
        "2001:4860:4860::8888",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
    ] {
        check(address, true);
    }
}

#[test]
fn local_private_and_reserved_addresses_are_not() {
    for address in [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.169.254",
        "169.254.170.2",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.7",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::10.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::8.8.8.8",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ] {
        check(address, false);
    }
}

async fn fate(guard: &Guarded, url: &str) -> Result<Vec<SocketAddr>, Failure> {
    guard.resolve(url).await.map(|(_, addresses)| addresses)
}

#[tokio::test]
async fn private_addresses_are_refused_in_every_notation() {
    let guard = Guarded::new([]);
    for url in [
        "https://127.0.0.1/",
        "https://127.1/",
        "https://0x7f.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://0177.0.0.1/",
        "https://127.0.0.1./",
        "https://１２７.０.０.１/",
        "https://0/",
        "https://169.254.169.254/latest/meta-data/",
        "https://2852039166/",
        "https://[::1]/",
        "https://[::ffff:7f00:1]/",
        "https://[0:0:0:0:0:ffff:10.0.0.1]/",
        "https://[fd00:ec2::254]/",
        "https://localhost/",
        "https://LOCALHOST:8443/",
    ] {
        match fate(&guard, url).await {
            Err(Failure::Forbidden(why)) => assert!(why.contains("not public"), "{url}: {why}"),
            other => panic!("{url}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn only_https_without_a_user_name_is_called() {
    let guard = Guarded::new([]);
    for (url, why) in [
        ("http://1.1.1.1/", "https"),
        ("ftp://1.1.1.1/", "https"),
        ("file:///etc/passwd", "names no host"),
        ("gopher://1.1.1.1:70/", "https"),
        ("https://me@1.1.1.1/", "user name"),
        ("https://me:secret@1.1.1.1/", "user name"),
        ("https://", "cannot be read"),
        ("https://1.1.1.1:99999/", "cannot be read"),
        ("/hook", "cannot be read"),
    ] {
        match fate(&guard, url).await {
            Err(Failure::Forbidden(said)) => assert!(said.contains(why), "{url}: {said}"),
            other => panic!("{url}: {other:?}"),
        }
    }
    let addresses = fate(&guard, "https://1.1.1.1/hook").await.unwrap();
    assert_eq!(addresses, ["1.1.1.1:443".parse().unwrap()]);
}

#[tokio::test]
async fn the_operators_list_is_of_exact_hosts_and_ports() {
    let guard = Guarded::new(["127.0.0.1:9000".to_owned()]);
    assert!(fate(&guard, "http://127.0.0.1:9000/hook").await.is_ok());
    for url in [
        "http://127.0.0.1:9001/hook",
        "https://127.0.0.1/hook",
        "http://127.0.0.2:9000/hook",
        "http://localhost:9000/hook",
        "http://127.0.0.1:9000@127.0.0.2/hook",
    ] {
        assert!(matches!(fate(&guard, url).await, Err(Failure::Forbidden(_))), "{url}");
    }
}

#[tokio::test]
async fn nothing_listens_means_nothing_was_sent() {
    let port = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().port()
    };
    let guard = Guarded::new([format!("127.0.0.1:{port}")]);
    let answer = guard.post(&format!("http://127.0.0.1:{port}/"), &[], Vec::new()).await;
    assert!(matches!(answer, Err(Failure::Unreachable(_))), "{answer:?}");
}

#[tokio::test]
async fn what_was_sent_and_not_answered_may_have_arrived() {
    for manner in [Manner::Silent, Manner::HangUp] {
        let receiver = Receiver::start(manner);
        let guard = Guarded::new([receiver.entry()]).within(Duration::from_millis(200));
        let url = format!("http://{}/?token=secret", receiver.entry());
        match guard.post(&url, &[], b"{}".to_vec()).await {
            Err(Failure::Cut(why)) => assert!(!why.contains("secret"), "{why}"),
            other => panic!("{manner:?}: {other:?}"),
        }
        assert_eq!(receiver.got().len(), 1, "{manner:?}");
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let inside = Receiver::start(Manner::Head("200 OK"));
    let receiver = Receiver::start(Manner::Head("307 Elsewhere\r\nlocation: /there"));
    let guard = Guarded::new([receiver.entry(), inside.entry()]);
    let url = format!("http://{}/here", receiver.entry());
    assert_eq!(guard.post(&url, &[], Vec::new()).await.unwrap().status, 307);
    assert_eq!(receiver.got().len(), 1);
    assert_eq!(receiver.got()[0].path, "/here");
}
