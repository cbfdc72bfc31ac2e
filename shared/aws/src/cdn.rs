//! The CloudFront distribution before the public bucket: what is erased there is to be gone from its caches too.

use crate::clock::random_hex;
use crate::env;
use crate::failure;
use aws_config::SdkConfig;
use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::{InvalidationBatch, Paths};
use domain::ports::Extent;
use domain::vendor::segment;
use domain::{Error, Result};

/// A distribution whose origin is the public bucket's root.
#[derive(Clone, Debug)]
pub(crate) struct Cdn {
    client: Client,
    distribution: String,
}

impl Cdn {
    /// The distribution that `CDN_DISTRIBUTION` names, where there is one.
    pub(crate) fn from_env(config: &SdkConfig) -> Option<Self> {
        env::optional("CDN_DISTRIBUTION").map(|distribution| Self::new(config, distribution))
    }

    pub(crate) fn new(config: &SdkConfig, distribution: String) -> Self {
        Self { client: Client::new(config), distribution }
    }

    /// Lets no cache answer with what lay there. To ask twice does no harm: each time is an invalidation of its own.
    pub(crate) async fn invalidate(&self, what: &Extent) -> Result<()> {
        let path = path(what);
        let doing = format!("cloudfront invalidate {path}");
        let broken = |cause: &dyn std::fmt::Display| Error::Fault(format!("{doing}: {cause}"));
        let paths = Paths::builder().quantity(1).items(path).build();
        let batch = InvalidationBatch::builder()
            .paths(paths.map_err(|cause| broken(&cause))?)
            // A reference that was used before would be taken for that very invalidation.
            .caller_reference(random_hex::<16>())
            .build()
            .map_err(|cause| broken(&cause))?;
        let request = self.client.create_invalidation().distribution_id(&self.distribution);
        let asked = request.invalidation_batch(batch).send().await;
        asked.map(drop).map_err(|cause| failure::error(&doing, &cause))
    }
}

/// The paths of an invalidation: escaped as viewers ask for them, so that no star is one of ours.
fn path(what: &Extent) -> String {
    let escaped = |key: &str| key.split('/').map(segment).collect::<Vec<_>>().join("/");
    match what {
        Extent::Key(key) => format!("/{}", escaped(key)),
        Extent::Below(prefix) => format!("/{}*", escaped(prefix)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Wire, config};

    fn cdn(wire: &Wire) -> Cdn {
        Cdn::new(&config(wire), "E2EXAMPLE".into())
    }

    const MADE: &[u8] = b"<Invalidation><Id>I1</Id><Status>InProgress</Status><CreateTime>2026-11-21T00:00:00Z</CreateTime>\
        <InvalidationBatch><Paths><Quantity>1</Quantity></Paths><CallerReference>r</CallerReference></InvalidationBatch></Invalidation>";

    #[tokio::test]
    async fn each_invalidation_has_a_reference_of_its_own() {
        let wire = Wire::new().bytes(201, &[], MADE).bytes(201, &[], MADE);
        for _ in 0..2 {
            cdn(&wire).invalidate(&Extent::Key("acme/a.png".into())).await.unwrap();
        }
        let sent = wire.requests();
        assert!(sent[0].uri.ends_with("/2020-05-31/distribution/E2EXAMPLE/invalidation"));
        let reference = |at: usize| {
            let (_, rest) = sent[at].text.split_once("<CallerReference>").unwrap();
            rest.split_once('<').unwrap().0.to_owned()
        };
        assert!(sent[0].text.contains("<Path>/acme/a.png</Path>"), "{}", sent[0].text);
        assert_ne!(reference(0), reference(1));
    }

    #[tokio::test]
    async fn what_cannot_be_told_now_is_asked_again_and_an_unknown_distribution_is_our_fault() {
        let failure = |code: &str| {
            format!("<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>")
                .into_bytes()
        };
        let what = Extent::Key("acme/a.png".into());
        for (status, code, expected) in [
            (400, "TooManyInvalidationsInProgress", "Again"),
            (503, "ServiceUnavailable", "Again"),
            (404, "NoSuchDistribution", "Fault"),
            (403, "AccessDenied", "Fault"),
        ] {
            let wire = Wire::new().bytes(status, &[], &failure(code));
            let error = cdn(&wire).invalidate(&what).await.unwrap_err();
            assert_eq!(error.name(), expected, "{code}");
        }
        let error = cdn(&Wire::new().cut()).invalidate(&what).await.unwrap_err();
        assert_eq!(error.name(), "Again");
    }

    #[test]
    fn a_path_is_what_viewers_ask_for() {
        assert_eq!(path(&Extent::Key("acme/a b*.png".into())), "/acme/a%20b%2A.png");
        assert_eq!(path(&Extent::Below("acme/media/5f.".into())), "/acme/media/5f.*");
    }
}
