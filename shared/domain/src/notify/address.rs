//! Addresses that may be called: HTTPS and public, or what the operator's configuration names.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Most characters of an address.
const LENGTH_MOST: usize = 2000;
/// What is wrong with an address whose text must not be repeated.
pub(super) const LOGIN: &str = "carries a user name";

/// What is wrong with an address, as far as its text tells; where its name leads is looked at with every call.
///
/// `allowed` are exact `host:port` of the operator's: these may be private, and plain HTTP.
pub fn misfit(url: &str, allowed: &[String]) -> Option<&'static str> {
    if LENGTH_MOST < url.len() {
        return Some("is longer than 2000 characters");
    }
    if url.chars().any(|c| !('!'..='~').contains(&c) || "#\\\"<>".contains(c)) {
        return Some("holds characters that a URL cannot");
    }
    let Some((scheme, rest)) = url.split_once("://") else { return Some("does not use https") };
    let place = rest.split(['/', '?']).next().unwrap_or_default();
    if place.contains('@') {
        return Some(LOGIN);
    }
    let (host, port) = parted(place);
    if host.is_empty() {
        return Some("names no host");
    }
    if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return Some("names a port that is none");
    }
    let usual = if scheme == "http" { "80" } else { "443" };
    let ours = allowed.iter().any(|entry| *entry == format!("{host}:{}", port.unwrap_or(usual)));
    match (scheme, ours) {
        ("https" | "http", true) => None,
        ("https", false) => {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            let address = bare.parse::<IpAddr>();
            let inside = address.is_ok_and(|address| !public(address)) || bare == "localhost";
            inside.then_some("leads to an address that is not public")
        }
        _ => Some("does not use https"),
    }
}

/// Host and port of `host:port`, where the host may be an IPv6 address in brackets.
fn parted(place: &str) -> (&str, Option<&str>) {
    let after = place.rfind(']').map_or(0, |end| end + 1);
    match place[after..].split_once(':') {
        Some((name, port)) => (&place[..after + name.len()], Some(port)),
        None => (place, None),
    }
}

/// Whether an address belongs to the public internet.
pub fn public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => public_v4(address),
        IpAddr::V6(address) => public_v6(address),
    }
}

fn public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127 | 224..=255, _, _)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 168, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (198, 18..=19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    )
}

fn public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let [.., high, low] = segments;
    let [a, b] = high.to_be_bytes();
    let [c, d] = low.to_be_bytes();
    match segments {
        // An IPv4 address in other clothes: mapped, or behind NAT64.
        [0, 0, 0, 0, 0, 0xffff, _, _] | [0x64, 0xff9b, 0, 0, 0, 0, _, _] => {
            public_v4(Ipv4Addr::new(a, b, c, d))
        }
        // Protocol assignments with Teredo, documentation, 6to4.
        [0x2001, ..=0x01ff | 0x0db8, ..] | [0x2002, ..] | [0x3fff, ..=0x0fff, ..] => false,
        // Global unicast; all else is local, multicast or not given out.
        [first, ..] => (0x2000..=0x3fff).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: Option<&str>) {
        let allowed = ["127.0.0.1:8080".to_owned(), "[::1]:90".to_owned()];
        assert_eq!(misfit(url, &allowed), expected, "{url}");
    }

    #[test]
    fn an_address_is_public_https_or_the_operators() {
        for url in ["https://a.example/hook?x=1", "https://a.example:8443", "https://8.8.8.8/"] {
            check(url, None);
        }
        for url in ["http://127.0.0.1:8080/hook", "https://127.0.0.1:8080", "http://[::1]:90/"] {
            check(url, None);
        }
        let inside = Some("leads to an address that is not public");
        for url in
            ["https://10.0.0.1/", "https://[::1]/", "https://localhost:1/", "https://[fd00::1]"]
        {
            check(url, inside);
        }
        check("http://a.example/", Some("does not use https"));
        check("http://127.0.0.1:8081/", Some("does not use https"));
        check("ftp://127.0.0.1:8080/", Some("does not use https"));
        check("a.example", Some("does not use https"));
        check("https://me:secret@a.example/", Some(LOGIN));
        check("https:///x", Some("names no host"));
        check("https://a.example:x/", Some("names a port that is none"));
        check("https://a.example/#x", Some("holds characters that a URL cannot"));
        check(
            &format!("https://a.example/{}", "x".repeat(2000)),
            Some("is longer than 2000 characters"),
        );
    }
}
