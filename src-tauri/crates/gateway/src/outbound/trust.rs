//! Whom we trust: the system's certificates and those of a file that the user adds; and, when a certificate is refused,
//! whose it was, what is wrong with it, and what to do.
//!
//! The verdict is the platform's verifier's alone. This only adds words to a refusal, because the library's own say neither
//! who issued the certificate nor what would help.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme};
use rustls_platform_verifier::Verifier;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate, X509Name};
use x509_parser::time::ASN1Time;

/// How many of a certificate's names are told.
const NAMES_TOLD: usize = 3;

/// Why a file adds no certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaFileError {
    /// It holds none in PEM form.
    #[error("it holds no certificate in PEM form")]
    NoCertificate,
    /// One of them can't be used to check others.
    #[error("its certificate number {0} can't be read")]
    Broken(usize),
}

/// The certificates of a PEM file. What else it holds (keys, comments) is passed over.
///
/// # Errors
/// When there is none, or one of them is none that others can be checked by.
pub fn read_ca_file(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, CaFileError> {
    let mut found = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let broken = CaFileError::Broken(found.len() + 1);
        let certificate = certificate.map_err(|_| broken)?;
        RootCertStore::empty().add(certificate.clone()).map_err(|_| broken)?;
        found.push(certificate);
    }
    if found.is_empty() { Err(CaFileError::NoCertificate) } else { Ok(found) }
}

/// Whom a certificate belongs to, as far as it says: `"Acme Inspection CA" (Acme)`.
pub fn certificate_name(der: &[u8]) -> Option<String> {
    told(parse(der)?.subject())
}

/// How TLS is spoken: `roots` are trusted beside the system's certificates.
pub(super) fn client_config(roots: Vec<CertificateDer<'static>>) -> ClientConfig {
    // The process may have chosen a provider before us; then that one holds.
    if CryptoProvider::get_default().is_none() {
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    let provider = CryptoProvider::get_default().expect("there is one since the line above");
    let algorithms = provider.signature_verification_algorithms;
    let verifier = Verifier::new_with_extra_roots(roots, Arc::clone(provider));
    let verifier = verifier.inspect_err(|error| tracing::warn!(%error, "no certificate can be checked")).ok();
    let mut config = ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_safe_default_protocol_versions()
        .expect("a provider has suites for the versions that rustls speaks")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Witness { verifier, algorithms }))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

/// Asks the platform's verifier and puts its refusals in words.
#[derive(Debug)]
struct Witness {
    /// `None`: there are no certificates to check others by.
    verifier: Option<Verifier>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let server = server_name.to_str().into_owned();
        let refused =
            |refused| rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(refused))));
        let Some(verifier) = &self.verifier else {
            return Err(refused(Refused { server, issuer: None, fault: Fault::NoRoots }));
        };
        verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now).map_err(|error| {
            match error {
                rustls::Error::InvalidCertificate(why) => {
                    refused(Refused::new(server, &why, end_entity, intermediates, now))
                }
                other => other,
            }
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// A certificate that was refused. Its text says whose it is, what is wrong, and what to do; it has no full stop.
#[derive(Debug)]
pub(super) struct Refused {
    server: String,
    /// Who issued it, as far as it says: `"Acme Inspection CA" (Acme)`.
    issuer: Option<String>,
    fault: Fault,
}

#[derive(Debug)]
enum Fault {
    NoRoots,
    UnknownIssuer,
    SelfSigned,
    Expired(Option<String>),
    /// One of the certificates above it.
    ExpiredAbove,
    NotYetValid(Option<String>),
    WrongName(Vec<String>),
    Revoked,
    Other(String),
}

impl Refused {
    fn new(
        server: String,
        why: &CertificateError,
        end_entity: &[u8],
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Self {
        let leaf = parse(end_entity);
        // The last of the chain names the one that is not known here; the first names the one who answers for it.
        let top = intermediates.last().and_then(|certificate| parse(certificate));
        let above =
            if matches!(why, CertificateError::UnknownIssuer) { top.as_ref().or(leaf.as_ref()) } else { leaf.as_ref() };
        let issuer = above.and_then(|certificate| told(certificate.issuer()));
        let validity = leaf.as_ref().map(|leaf| leaf.validity());
        let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let fault = match why {
            CertificateError::UnknownIssuer => {
                let own = leaf.as_ref().is_some_and(|leaf| leaf.issuer() == leaf.subject());
                if own && intermediates.is_empty() { Fault::SelfSigned } else { Fault::UnknownIssuer }
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => match validity {
                Some(validity) if validity.not_after.timestamp() >= seconds => Fault::ExpiredAbove,
                validity => Fault::Expired(validity.map(|validity| day(&validity.not_after))),
            },
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Fault::NotYetValid(validity.map(|validity| day(&validity.not_before)))
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Fault::WrongName(leaf.as_ref().map(names).unwrap_or_default())
            }
            CertificateError::Revoked => Fault::Revoked,
            other => Fault::Other(other.to_string()),
        };
        Self { server, issuer, fault }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { server, fault, .. } = self;
        let issuer = self.issuer.as_deref().unwrap_or("an issuer without a name");
        match fault {
            Fault::NoRoots => write!(
                f,
                "this system has no certificates that {server} could be checked by. Install the package \
                 ca-certificates, or add a CA file in Settings, Network"
            ),
            Fault::UnknownIssuer => write!(
                f,
                "the certificate of {server} comes from {issuer}, which is not trusted here. If your company inspects \
                 traffic, add its CA file in Settings, Network"
            ),
            Fault::SelfSigned => write!(
                f,
                "the certificate of {server} is signed by nobody but itself ({issuer}). If the server is yours, add \
                 the certificate as a CA file in Settings, Network"
            ),
            Fault::Expired(day) => write!(
                f,
                "the certificate of {server}, issued by {issuer}, expired{}. Check this computer's clock; if it is \
                 right, the server's owner has to renew the certificate",
                day.as_ref().map(|day| format!(" on {day}")).unwrap_or_default()
            ),
            Fault::ExpiredAbove => write!(
                f,
                "a certificate that vouches for {server} (its issuer is {issuer}) has expired. Check this computer's \
                 clock; if it is right, the server's owner has to renew it"
            ),
            Fault::NotYetValid(day) => write!(
                f,
                "the certificate of {server}, issued by {issuer}, is not valid yet{}. Check this computer's clock",
                day.as_ref().map(|day| format!(", only from {day}")).unwrap_or_default()
            ),
            Fault::WrongName(names) => {
                write!(f, "the certificate that answers for {server}, issued by {issuer}, is ")?;
                match names.len() {
                    0 => f.write_str("for no host")?,
                    _ => write!(f, "for {}", names[..names.len().min(NAMES_TOLD)].join(", "))?,
                }
                if names.len() > NAMES_TOLD {
                    write!(f, " and {} more", names.len() - NAMES_TOLD)?;
                }
                write!(f, " instead. Check the base URL, and whether something else answers in the server's place")
            }
            Fault::Revoked => write!(f, "the certificate of {server}, issued by {issuer}, was revoked"),
            Fault::Other(why) => write!(f, "the certificate of {server}, issued by {issuer}, can't be accepted: {why}"),
        }
    }
}

impl std::error::Error for Refused {}

fn parse(der: &[u8]) -> Option<X509Certificate<'_>> {
    X509Certificate::from_der(der).ok().map(|(_, certificate)| certificate)
}

/// A name's common name and organisation: `"Acme Inspection CA" (Acme)`.
fn told(name: &X509Name<'_>) -> Option<String> {
    let common = name.iter_common_name().find_map(|part| part.as_str().ok());
    let organisation = name.iter_organization().find_map(|part| part.as_str().ok());
    match (common, organisation) {
        (Some(common), Some(organisation)) => Some(format!("\"{common}\" ({organisation})")),
        (Some(one), None) | (None, Some(one)) => Some(format!("\"{one}\"")),
        (None, None) => None,
    }
}

/// The hosts that a certificate is for.
fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    let names = extension.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => {
            let four = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
            four.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from)).ok().map(|ip| ip.to_string())
        }
        _ => None,
    });
    names.collect()
}

fn day(time: &ASN1Time) -> String {
    time.to_datetime().date().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};

    #[test]
    fn a_bundle_may_hold_several_certificates_and_other_things() {
        let pem = || {
            let key = KeyPair::generate().unwrap();
            let certificate = CertificateParams::new(vec!["a.test".to_owned()]).unwrap().self_signed(&key).unwrap();
            (certificate.pem(), key.serialize_pem())
        };
        let ((one, key), (two, _)) = (pem(), pem());
        assert_eq!(read_ca_file(format!("# ours\n{one}{key}{two}").as_bytes()).unwrap().len(), 2);
        assert_eq!(read_ca_file(key.as_bytes()), Err(CaFileError::NoCertificate));
        assert_eq!(read_ca_file(b""), Err(CaFileError::NoCertificate));
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert_eq!(read_ca_file(format!("{one}{broken}").as_bytes()), Err(CaFileError::Broken(2)));
    }

    #[test]
    fn a_system_without_certificates_refuses_in_words_and_does_not_panic() {
        let _ = client_config(Vec::new());
        let provider = CryptoProvider::get_default().unwrap();
        let witness = Witness { verifier: None, algorithms: provider.signature_verification_algorithms };
        let name = ServerName::try_from("provider.test").unwrap();
        let refused = witness.verify_server_cert(&CertificateDer::from(vec![0]), &[], &name, &[], UnixTime::now());
        let rustls::Error::InvalidCertificate(CertificateError::Other(refused)) = refused.unwrap_err() else {
            panic!("it is refused for another reason")
        };
        let text = refused.0.to_string();
        assert!(text.contains("no certificates") && text.contains("ca-certificates"), "{text}");
    }
}
