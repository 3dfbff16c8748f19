//! Addresses that others name are an attack surface: how far connections to them may go.
//!
//! 1. A URL is https to a domain name, whatever it looks like before it is parsed (`url`).
//! 2. Its name is looked up once. If any address it stands for is not public (`space`), there is no
//!    connection; else it goes to one of those very addresses. So a name cannot change in between.
//! 3. An address that stands in the URL itself, past the first rule, is held to the second.
//! 4. Nothing leads on: no redirect is followed, and no proxy is asked, whatever the environment names.
//!
//! Of the other side no more than 64 kB wait in the connection.

mod space;
mod url;

use std::{
    error::Error,
    fmt,
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use hyper::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::connect::{HttpConnector, dns::Name},
    rt::TokioIo,
};
use tokio::net::TcpStream;

use super::Authorities;

pub use space::is_public;
pub use url::{AddressError, WebhookUrl};

const CONNECT: Duration = Duration::from_secs(3);

/// What an answer may fill before it is read: more than is ever read of one.
const WINDOW_BYTES: usize = 64 * 1024;

/// How far outgoing connections may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// To the public internet alone.
    Public,
    /// Also to this machine, over plain http. For the local runner.
    Loopback,
}

impl Reach {
    /// Whether an address is within reach.
    pub fn allows(self, ip: IpAddr) -> bool {
        is_public(ip) || (self == Self::Loopback && ip.is_loopback())
    }
}

/// What a name stands for.
type Script = dyn Fn(&str) -> Vec<IpAddr> + Send + Sync;

/// Who knows the addresses of names: the system's resolver, or a script of tests.
#[derive(Clone, Default)]
pub enum Names {
    /// The system's resolver.
    #[default]
    System,
    /// A script: what a name stands for, each time it is asked for.
    Scripted(Arc<Script>),
}

impl Names {
    /// The addresses of a name; the port is for the connector to set.
    async fn look_up(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        match self {
            Self::System => Ok(tokio::net::lookup_host((name, 0)).await?.collect()),
            Self::Scripted(script) => Ok(script(name).into_iter().map(|ip| SocketAddr::new(ip, 0)).collect()),
        }
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "Names::System",
            Self::Scripted(_) => "Names::Scripted(..)",
        })
    }
}

/// Connects as far as `reach`, in 3 seconds, over TLS unless it stays on this machine.
pub(super) fn connector(reach: Reach, authorities: &Authorities, names: Names) -> HttpsConnector<Guard> {
    let mut http = HttpConnector::new_with_resolver(Resolver { reach, names });
    http.enforce_http(false);
    http.set_connect_timeout(Some(CONNECT));
    http.set_recv_buffer_size(Some(WINDOW_BYTES));
    let https = HttpsConnectorBuilder::new().with_tls_config(authorities.tls());
    let https = match reach {
        Reach::Public => https.https_only(),
        Reach::Loopback => https.https_or_http(),
    };
    https.enable_http1().wrap_connector(Guard { reach, http })
}

type BoxError = Box<dyn Error + Send + Sync>;
type Connecting<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

/// Connects where it may. The connector within asks the resolver for names alone, so what is an address
/// already is looked at here.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    reach: Reach,
    http: HttpConnector<Resolver>,
}

impl tower_service::Service<Uri> for Guard {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = Connecting<Self::Response, BoxError>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.http.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        if host.parse().is_ok_and(|ip| !self.reach.allows(ip)) {
            return Box::pin(async { Err(out_of_reach().into()) });
        }
        let connecting = self.http.call(uri);
        Box::pin(async move { connecting.await.map_err(Into::into) })
    }
}

/// Looks names up, and gives their addresses if all of them may be connected to.
#[derive(Debug, Clone)]
pub(super) struct Resolver {
    reach: Reach,
    names: Names,
}

impl tower_service::Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Connecting<Self::Response, io::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), io::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let Self { reach, names } = self.clone();
        Box::pin(async move {
            let found = names.look_up(name.as_str()).await?;
            if found.iter().all(|at| reach.allows(at.ip())) {
                Ok(found.into_iter())
            } else {
                Err(out_of_reach())
            }
        })
    }
}

fn out_of_reach() -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, "the name stands for an address that is not public")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tower_service::Service;

    use super::*;

    async fn resolved(reach: Reach, addresses: &[&str]) -> io::Result<Vec<IpAddr>> {
        let addresses: Vec<IpAddr> = addresses.iter().map(|ip| ip.parse().unwrap()).collect();
        let names = Names::Scripted(Arc::new(move |_| addresses.clone()));
        let found = Resolver { reach, names }.call("crm.example.org".parse().unwrap()).await?;
        Ok(found.map(|at| at.ip()).collect())
    }

    #[tokio::test]
    async fn one_address_that_is_not_public_spoils_the_whole_answer() {
        assert_eq!(resolved(Reach::Public, &["8.8.8.8", "2606:4700::1111"]).await.unwrap().len(), 2);
        for mixed in [
            ["10.0.0.1", "8.8.8.8"],
            ["8.8.8.8", "169.254.169.254"],
            ["2606:4700::1111", "::ffff:10.0.0.1"],
            ["8.8.8.8", "127.0.0.1"],
        ] {
            let error = resolved(Reach::Public, &mixed).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{mixed:?}");
        }
        assert!(resolved(Reach::Loopback, &["8.8.8.8", "127.0.0.1"]).await.is_ok());
        assert!(resolved(Reach::Loopback, &["127.0.0.1", "10.0.0.1"]).await.is_err());
    }

    #[tokio::test]
    async fn an_address_in_the_url_itself_is_held_to_the_same_rule() {
        let mut guard = connector(Reach::Public, &Authorities::default(), Names::System);
        for url in ["https://10.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]:8443/"] {
            let refused = guard.call(url.parse().unwrap()).await.unwrap_err();
            assert!(refused.to_string().contains("not public"), "{url}: {refused}");
        }
    }

    #[tokio::test]
    async fn a_name_is_looked_up_once_for_each_connection() {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let names = Names::Scripted(Arc::new(move |_| {
            count.fetch_add(1, Ordering::SeqCst);
            Vec::new()
        }));
        let mut guard = connector(Reach::Public, &Authorities::default(), names);
        assert!(guard.call("https://crm.example.org/".parse().unwrap()).await.is_err(), "it has no address");
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }
}
