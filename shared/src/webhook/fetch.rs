//! Gets a small document from another server, by the rules that webhooks are posted by.

use std::{error::Error, fmt, time::Duration};

use http_body_util::{BodyExt, Empty, Limited};
use hyper::{Request, StatusCode, body::Bytes, header};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};

use crate::webhook::{
    Authorities,
    guard::{Names, Reach, WebhookUrl, connector},
};

/// Somebody waits for what is made of it.
const WHOLE: Duration = Duration::from_secs(4);
const DOCUMENT_BYTES: usize = 64 * 1024;

/// Gets a document of at most 64 kB, within 4 seconds.
pub async fn fetch(url: &WebhookUrl, reach: Reach) -> Result<Bytes, FetchError> {
    tokio::time::timeout(WHOLE, exchange(url, reach)).await.map_err(|_| FetchError::TimedOut)?
}

/// The client is made anew each time: fetches are rare, and hold no connection in between.
async fn exchange(url: &WebhookUrl, reach: Reach) -> Result<Bytes, FetchError> {
    let client =
        Client::builder(TokioExecutor::new()).build(connector(reach, &Authorities::default(), Names::System));
    let request = Request::get(url.as_url().as_str())
        .header(header::ACCEPT, "application/json")
        .header(header::USER_AGENT, "Proca/1")
        .body(Empty::<Bytes>::new())
        .map_err(|error| FetchError::Broken(error.into()))?;
    let response = client.request(request).await.map_err(|error| FetchError::Broken(error.into()))?;
    if response.status() != StatusCode::OK {
        return Err(FetchError::Status(response.status().as_u16()));
    }
    let body = Limited::new(response.into_body(), DOCUMENT_BYTES).collect().await;
    Ok(body.map_err(FetchError::Broken)?.to_bytes())
}

/// Why there is no document.
#[derive(Debug)]
pub enum FetchError {
    /// No connection, or it broke before the end of the document, or that is too long.
    Broken(Box<dyn Error + Send + Sync>),
    /// Not within 4 seconds.
    TimedOut,
    /// Another answer than 200.
    Status(u16),
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(_) => f.write_str("the document did not arrive whole"),
            Self::TimedOut => f.write_str("no document within 4 seconds"),
            Self::Status(status) => write!(f, "the answer had the status {status}"),
        }
    }
}

impl Error for FetchError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Broken(source) => Some(source.as_ref()),
            Self::TimedOut | Self::Status(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read, Write},
        net::TcpListener,
    };

    use super::*;

    /// Where one request gets this answer.
    fn answering(status: &'static str, length: usize) -> WebhookUrl {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let asked = stream.read(&mut [0; 1024]).unwrap();
            let head = format!("HTTP/1.1 {status}\r\nlocation: /\r\ncontent-length: {length}\r\n\r\n");
            let sent = stream.write_all(&[head.as_bytes(), &vec![b' '; length]].concat());
            assert!(asked > 0 && (sent.is_ok() || length > DOCUMENT_BYTES));
        });
        WebhookUrl::parse(&url, Reach::Loopback).unwrap()
    }

    #[tokio::test]
    async fn a_document_is_had_whole_and_from_that_address_or_not_at_all() {
        let whole = fetch(&answering("200 OK", DOCUMENT_BYTES), Reach::Loopback).await;
        assert_eq!(whole.unwrap().len(), DOCUMENT_BYTES);
        let long = fetch(&answering("200 OK", DOCUMENT_BYTES + 1), Reach::Loopback).await;
        assert!(matches!(long, Err(FetchError::Broken(_))), "{long:?}");
        let elsewhere = fetch(&answering("302 Found", 0), Reach::Loopback).await;
        assert!(matches!(elsewhere, Err(FetchError::Status(302))), "{elsewhere:?}");
    }

    #[tokio::test]
    async fn nothing_is_fetched_from_this_machine_unless_it_may() {
        let url = answering("200 OK", 2);
        assert!(matches!(fetch(&url, Reach::Public).await, Err(FetchError::Broken(_))));
    }
}
