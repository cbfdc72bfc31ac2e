//! The doubles that are tried on the local stack: what a pipeline over vendors needs, without keys and for nothing.

use crate::{Double, Shop};
use axum::Router;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A vendor whose double can be tried.
#[derive(Clone, Copy, Debug)]
pub struct Tried {
    /// Its name.
    pub vendor: &'static str,
    /// What follows the host in its base address.
    pub path: &'static str,
    /// The key that its double takes.
    pub key: &'static str,
    routes: fn(Shop) -> Router,
}

/// Each of them.
pub const TRIED: [Tried; 4] = [
    Tried { vendor: "chat", path: "/v1", key: "sk-0123456789", routes: crate::chat::routes },
    Tried {
        vendor: "openai",
        path: "/v1",
        key: "sk-proj-0123456789",
        routes: crate::openai::routes,
    },
    Tried {
        vendor: "fal",
        path: "",
        key: "key-of-ours:secret-of-ours",
        routes: crate::fal::routes,
    },
    Tried {
        vendor: "stability",
        path: "",
        key: "sk-double-of-stability",
        routes: crate::stability::routes,
    },
];

/// What there is to try, for whoever sets it up.
pub fn listing() -> Value {
    let one = |it: &Tried| json!({ "vendor": it.vendor, "path": it.path, "key": it.key });
    TRIED.iter().map(one).collect()
}

/// Opens the doubles that are asked for, each as `vendor=port`.
pub async fn open(asked: &[String]) -> Result<Vec<Double>, String> {
    let mut open = Vec::new();
    for one in asked {
        let form = || format!("{one}: say VENDOR=PORT, such as openai=8822");
        let (vendor, port) = one.split_once('=').ok_or_else(form)?;
        let port: u16 = port.parse().map_err(|_| form())?;
        let known = TRIED.iter().find(|it| it.vendor == vendor);
        let known = known.ok_or_else(|| format!("there is no double of {vendor} to try"))?;
        let listener = TcpListener::bind(("127.0.0.1", port)).await;
        let listener = listener.map_err(|cause| format!("port {port}: {cause}"))?;
        open.push(Double::on(listener, known.routes));
    }
    Ok(open)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::vendor::Models;

    #[tokio::test]
    async fn every_double_listens_where_it_is_told_to() {
        let ports: Vec<u16> = {
            let mut held = Vec::new();
            for _ in TRIED {
                held.push(TcpListener::bind("127.0.0.1:0").await.unwrap());
            }
            held.iter().map(|held| held.local_addr().unwrap().port()).collect()
        };
        let asked: Vec<String> =
            TRIED.iter().zip(&ports).map(|(it, port)| format!("{}={port}", it.vendor)).collect();
        let doubles = open(&asked).await.unwrap();
        let at: Vec<u16> = doubles.iter().map(|double| double.address.port()).collect();
        assert_eq!(at, ports);
        assert_eq!(
            open(&["openai".into()]).await.unwrap_err(),
            "openai: say VENDOR=PORT, such as openai=8822"
        );
        assert_eq!(
            open(&["nobody=1".into()]).await.unwrap_err(),
            "there is no double of nobody to try"
        );
    }

    #[test]
    fn every_one_is_a_vendor_that_galley_knows() {
        let models: Models = providers::models();
        let known = models.vendors();
        assert!(TRIED.iter().all(|it| known.contains(it.vendor)));
    }
}
