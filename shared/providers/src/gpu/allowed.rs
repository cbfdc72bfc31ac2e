//! Which addresses of hosts we call.

use domain::{Error, Result};
use reqwest::Url;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The operator's list of `host:port` entries; `*` stands for one whole part of a host's name.
///
/// With a list, nothing else is called. Without one, any HTTPS address is, unless it is written as
/// a number from inside a network: a host that registers itself must not lead us to our neighbours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowed(Vec<String>);

impl Allowed {
    /// These entries, such as `10.0.*.*:8000`.
    pub fn new(entries: impl IntoIterator<Item = String>) -> Self {
        Self(entries.into_iter().map(|entry| entry.trim().to_ascii_lowercase()).collect())
    }

    /// The address as a URL, if we may call it.
    pub fn permit(&self, address: &str) -> Result<Url> {
        let invalid = |why: &str| Err(Error::Invalid(format!("address {address:?}: {why}")));
        let Ok(url) = Url::parse(address) else { return invalid("it is no URL") };
        let Some(host) = url.host_str() else { return invalid("it names no host") };
        if !matches!(url.scheme(), "http" | "https") {
            return invalid("it is neither http nor https");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return invalid("it carries credentials");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return invalid("it is more than a base address");
        }
        if self.0.is_empty() {
            return match url.scheme() {
                "https" if public(host) => Ok(url),
                _ => invalid(
                    "only public HTTPS addresses are called unless ALLOWED_HOSTS names them",
                ),
            };
        }
        let port = url.port_or_known_default().unwrap_or(0);
        if self.0.iter().any(|entry| matches(entry, host, port)) {
            Ok(url)
        } else {
            invalid("ALLOWED_HOSTS does not name it")
        }
    }
}

fn matches(entry: &str, host: &str, port: u16) -> bool {
    let Some((name, number)) = entry.rsplit_once(':') else { return false };
    let (wanted, got): (Vec<_>, Vec<_>) = (name.split('.').collect(), host.split('.').collect());
    number.parse() == Ok(port)
        && wanted.len() == got.len()
        && wanted.iter().zip(got).all(|(wanted, got)| *wanted == "*" || *wanted == got)
}

/// Whether a host is a name, or a number from outside.
fn public(host: &str) -> bool {
    let name = host.trim_end_matches('.');
    if name == "localhost" || name.ends_with(".localhost") {
        return false;
    }
    if let Ok(v4) = host.parse::<Ipv4Addr>() {
        return public_v4(v4);
    }
    match host.trim_matches(['[', ']']).parse::<Ipv6Addr>() {
        Ok(v6) => match v6.to_ipv4() {
            Some(v4) => public_v4(v4),
            // Global unicast is 2000::/3; the rest is local, multicast or reserved.
            None => v6.segments()[0] & 0xe000 == 0x2000,
        },
        Err(_) => true,
    }
}

fn public_v4(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    let carrier = a == 100 && b & 0xc0 == 64;
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || carrier
        || a == 0
        || a >= 240)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(entries: &[&str], address: &str, permitted: bool) {
        let allowed = Allowed::new(entries.iter().map(|entry| (*entry).to_owned()));
        assert_eq!(allowed.permit(address).is_ok(), permitted, "{address} under {entries:?}");
    }

    #[test]
    fn with_a_list_nothing_else_is_called() {
        let list = ["127.0.0.1:8001", "10.0.*.*:8000", "*.gpu.internal:443"];
        check(&list, "http://127.0.0.1:8001", true);
        check(&list, "http://127.0.0.1:8001/base/", true);
        check(&list, "http://10.0.3.7:8000", true);
        check(&list, "https://a.gpu.internal", true);
        check(&list, "https://A.GPU.internal/", true);
        check(&list, "http://127.0.0.1:8002", false);
        check(&list, "http://10.1.3.7:8000", false);
        check(&list, "https://a.b.gpu.internal", false);
        check(&list, "http://a.gpu.internal", false);
        check(&list, "https://example.com", false);
        // A number in disguise is read as the number it is.
        check(&list, "http://2130706433:8001", true);
        check(&["10.0.0.1"], "http://10.0.0.1:8000", false);
    }

    #[test]
    fn without_a_list_only_public_https_is_called() {
        check(&[], "https://gpu.example.com:8443", true);
        check(&[], "https://93.184.215.14", true);
        check(&[], "https://[2606:4700::1111]", true);
        check(&[], "http://gpu.example.com", false);
        for host in [
            "localhost",
            "a.localhost",
            "127.0.0.1",
            "10.0.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "[::1]",
            "[fd00::1]",
            "[fe80::1]",
            "[::ffff:10.0.0.1]",
        ] {
            check(&[], &format!("https://{host}"), false);
        }
    }

    #[test]
    fn what_is_no_base_address_is_refused() {
        check(&["h:80"], "http://h", true);
        for address in ["h:80", "", "ftp://h:80", "http://user@h", "http://h/?q=1", "http://h/#f"] {
            check(&["h:80"], address, false);
        }
    }
}
