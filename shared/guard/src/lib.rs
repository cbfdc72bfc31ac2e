//! Which URLs may be called that a caller or a vendor names: HTTPS, and public addresses only.
//!
//! A name is resolved once, every address that it has is judged, and the connection is made to these
//! very addresses: an answer that changes between look and call changes nothing.

pub mod form;

use domain::notify::public;
use reqwest::ClientBuilder;
use reqwest::redirect::Policy;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use url::Url;

/// Why a URL is not called.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// We do not call such a URL.
    #[error("{0}")]
    Forbidden(String),
    /// Its host has no address just now.
    #[error("{0}")]
    Unreachable(String),
}

/// The URL and the only addresses that may be called for it.
///
/// `allowed` are exact `host:port` of the operator's: they may be private, and use plain HTTP.
pub async fn resolve(allowed: &[String], text: &str) -> Result<(Url, Vec<SocketAddr>), Refusal> {
    let forbidden = |what: &str| Refusal::Forbidden(format!("the URL {what}"));
    let url = Url::parse(text).map_err(|_| forbidden("cannot be read"))?;
    let host = url.host_str().ok_or_else(|| forbidden("names no host"))?;
    let port = url.port_or_known_default().ok_or_else(|| forbidden("names no port"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(forbidden("carries a user name"));
    }
    let ours = allowed.contains(&format!("{host}:{port}"));
    if url.scheme() != "https" && !(ours && url.scheme() == "http") {
        return Err(forbidden("does not use https"));
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let addresses: Vec<SocketAddr> = match bare.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, port)],
        Err(_) => tokio::net::lookup_host((bare, port))
            .await
            .map_err(|cause| Refusal::Unreachable(format!("{host} does not resolve: {cause}")))?
            .collect(),
    };
    if addresses.is_empty() {
        return Err(Refusal::Unreachable(format!("{host} has no address")));
    }
    // One private address among public ones is how a name is made to point inside.
    if !ours && !addresses.iter().all(|address| public(address.ip())) {
        return Err(forbidden("leads to an address that is not public"));
    }
    Ok((url, addresses))
}
/// A client for such a URL: it calls these addresses and no others, once, and follows no redirect.
pub fn client(url: &Url, addresses: &[SocketAddr], connect: Duration) -> ClientBuilder {
    let builder = reqwest::Client::builder();
    // Plain HTTP, which only the operator allows, needs nobody's certificates, and to read them all takes its time.
    let builder = if url.scheme() == "http" { builder.tls_certs_only([]) } else { builder };
    builder
        .resolve_to_addrs(url.host_str().unwrap_or_default(), addresses)
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .connect_timeout(connect)
}
