//! Encrypted connections to doubles: a certificate of this test's own, which nobody else trusts.

use rcgen::{CertifiedKey, generate_simple_self_signed};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::server::TlsStream;

/// What agrees on encryption with whoever connects.
#[derive(Clone)]
pub(crate) struct Tls(TlsAcceptor);

/// Its key is never printed.
impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

impl Tls {
    /// A new key for this machine, and the certificate that is to be trusted.
    pub(crate) fn new() -> (Self, Vec<u8>) {
        let made = generate_simple_self_signed(vec!["127.0.0.1".into()]);
        let CertifiedKey { cert, signing_key } = made.expect("a key can be made");
        let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
        let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("there are versions that are safe")
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .expect("key and certificate belong together");
        (Self(TlsAcceptor::from(Arc::new(config))), cert.der().to_vec())
    }

    /// A connection on which it is agreed how to encrypt.
    pub(crate) async fn agreed(&self, client: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        self.0.accept(client).await
    }
}
