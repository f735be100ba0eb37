//! A private authority, as a company has that inspects traffic.

use mainstay_gateway::read_ca_file;
use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, crypto};
use std::sync::Arc;

pub(crate) const NAME: &str = "Acme Inspection CA";
pub(crate) const ORGANISATION: &str = "Acme Works";

pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// What is wrong with a certificate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    Expired,
    NotYetValid,
    SelfSigned,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names are names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, NAME);
        params.distinguished_name.push(DnType::OrganizationName, ORGANISATION);
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// Its certificate, as a file's content.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// Its certificate, as settings have it.
    pub(crate) fn roots(&self) -> Vec<CertificateDer<'static>> {
        read_ca_file(self.pem.as_bytes()).expect("a certificate")
    }

    /// A server's side of TLS with a certificate for `name`.
    pub(crate) fn server(&self, name: &str, flaw: Flaw, protocols: &[&str]) -> Arc<ServerConfig> {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        match flaw {
            Flaw::Expired => {
                params.not_before = date_time_ymd(2020, 1, 1);
                params.not_after = date_time_ymd(2021, 3, 4);
            }
            Flaw::NotYetValid => {
                params.not_before = date_time_ymd(2090, 5, 6);
                params.not_after = date_time_ymd(2091, 1, 1);
            }
            Flaw::None | Flaw::SelfSigned => {}
        }
        let signed = match flaw {
            Flaw::SelfSigned => params.self_signed(&key),
            _ => params.signed_by(&key, &self.issuer),
        };
        let chain = vec![signed.expect("a certificate").der().clone()];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has suites")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("key and certificate belong together");
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        Arc::new(config)
    }
}
