//! Who may vouch for an endpoint: the authorities of the public web, and those that the operator names besides.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use rustls::{ClientConfig, RootCertStore, pki_types::CertificateDer};

/// Authorities whose certificates of endpoints are believed. Those of the public web always are.
#[derive(Debug, Clone)]
pub struct Authorities(RootCertStore);

impl Default for Authorities {
    /// Those of the public web alone.
    fn default() -> Self {
        Self(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() })
    }
}

impl Authorities {
    /// Adds to those of the public web: certificates, each as the base64 of its DER form, separated by commas.
    pub fn parse(text: &str) -> Result<Self, AuthoritiesError> {
        let Self(mut roots) = Self::default();
        for one in text.split(',').map(str::trim) {
            let der = BASE64_STANDARD.decode(one).map_err(|_| AuthoritiesError)?;
            roots.add(CertificateDer::from(der)).map_err(|_| AuthoritiesError)?;
        }
        Ok(Self(roots))
    }

    /// TLS that believes them.
    pub(super) fn tls(&self) -> ClientConfig {
        ClientConfig::builder().with_root_certificates(self.0.clone()).with_no_client_auth()
    }
}

/// That a text holds no certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuthoritiesError;

impl fmt::Display for AuthoritiesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("these are no certificates, each the base64 of its DER form, separated by commas")
    }
}

impl std::error::Error for AuthoritiesError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_of_the_operator_are_added_to_the_public_ones() {
        let amazon = include_str!("../amazon_roots.pem").split("-----").nth(2).unwrap();
        let one: String = amazon.split_whitespace().collect();
        let public = Authorities::default().0.len();
        assert_eq!(Authorities::parse(&one).unwrap().0.len(), public + 1);
        assert_eq!(Authorities::parse(&format!("{one}, {one}")).unwrap().0.len(), public + 2);
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        for bad in ["", "-----BEGIN CERTIFICATE-----", "AAAA", "https://ca.example.org/ca.pem"] {
            assert_eq!(Authorities::parse(bad).err(), Some(AuthoritiesError), "{bad}");
        }
    }
}
