//! Receivers that mean harm, in raw TCP: over in 15 seconds, little read of them, nothing kept.

use std::{
    future::Future,
    io,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use proca::webhook::{Answer, Authorities, Reach, SigningSecret, WebhookClient, WebhookError, WebhookUrl};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    sync::Notify,
    task::JoinHandle,
    time::{Instant, advance, sleep, timeout},
};

/// What a receiver does once it has the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Harm {
    Silence,
    ContinueAndSilence,
    ContinueForEver,
    DripOfHead,
    DripOfBody,
    /// Before any request, over TLS.
    DripOfHandshake,
    EndlessBody,
    EndlessChunks,
    MegabyteOfHeaders,
    OneLongHeader,
    ResetInHead,
    ResetInBody,
    Compressed,
}

/// A receiver of one request.
struct Receiver {
    url: WebhookUrl,
    seen: Arc<Seen>,
    server: JoinHandle<io::Result<()>>,
}

/// What the receiver sees of the client.
#[derive(Default)]
struct Seen {
    request: Mutex<Vec<u8>>,
    reached: Notify,
    /// How much it could write before it had to wait for good, or was hung up on.
    written: AtomicUsize,
}

/// How a post to a receiver ended.
struct Ended {
    with: Result<Answer, WebhookError>,
    after: Duration,
    written: usize,
    request: String,
}

/// What the systems of both sides may keep between them: their buffers, and what is read besides the body.
const IN_BETWEEN: usize = 256 * 1024;

const COMPRESSED: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03 a bomb, if anybody opened it";

impl Receiver {
    fn start(harm: Harm) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_send_buffer_size(16 * 1024).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let scheme = if harm == Harm::DripOfHandshake { "https" } else { "http" };
        let url = format!("{scheme}://{}/hook", listener.local_addr().unwrap());
        let seen = Arc::new(Seen::default());
        let shared = Arc::clone(&seen);
        let server = tokio::spawn(async move {
            let (stream, _) = listener.accept().await?;
            Wicked { stream, seen: shared }.harm(harm).await
        });
        Self { url: WebhookUrl::parse(&url, Reach::Loopback).unwrap(), seen, server }
    }
}

/// The receiver's side of a connection. It ends with an error once the client has gone.
struct Wicked {
    stream: TcpStream,
    seen: Arc<Seen>,
}

impl Wicked {
    async fn harm(mut self, harm: Harm) -> io::Result<()> {
        self.hear(if harm == Harm::DripOfHandshake { b"" } else { b"{}" }).await?;
        match harm {
            Harm::Silence => self.fall_silent().await,
            Harm::ContinueAndSilence => {
                self.say(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
                self.fall_silent().await
            }
            Harm::ContinueForEver => self.drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n").await,
            Harm::DripOfHead => self.drip(b"HTTP/1.1 200 OK\r\nx-long: ", b"x").await,
            Harm::DripOfBody => self.drip(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n", b"x").await,
            Harm::DripOfHandshake => self.drip(b"\x16\x03\x03\x3f\xff\x02", b"\x00").await,
            Harm::EndlessBody => self.flood(b"HTTP/1.1 200 OK\r\n\r\n", &[b'x'; 8192]).await,
            Harm::EndlessChunks => {
                let chunk = [b"1000\r\n".as_slice(), &[b'x'; 4096], b"\r\n"].concat();
                self.flood(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", &chunk).await
            }
            Harm::MegabyteOfHeaders => {
                let header = [b"x-header: ".as_slice(), &[b'x'; 100], b"\r\n"].concat();
                self.flood(b"HTTP/1.1 200 OK\r\n", &header).await
            }
            Harm::OneLongHeader => self.flood(b"HTTP/1.1 200 OK\r\nx-long: ", &[b'x'; 8192]).await,
            Harm::ResetInHead => self.reset(b"HTTP/1.1 200 OK\r\nx-lo").await,
            Harm::ResetInBody => self.reset(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\nhalf").await,
            Harm::Compressed => {
                let length = COMPRESSED.len();
                let head =
                    format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {length}\r\n\r\n");
                self.say(&[head.as_bytes(), COMPRESSED].concat()).await?;
                self.fall_silent().await
            }
        }
    }

    /// Reads what the client says, up to its end.
    async fn hear(&mut self, end: &[u8]) -> io::Result<()> {
        let mut heard = Vec::new();
        loop {
            if self.stream.read_buf(&mut heard).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if heard.ends_with(end) {
                *self.seen.request.lock().unwrap() = heard;
                self.seen.reached.notify_one();
                return Ok(());
            }
        }
    }

    async fn say(&mut self, what: &[u8]) -> io::Result<()> {
        let written = self.stream.write(what).await?;
        self.seen.written.fetch_add(written, Ordering::SeqCst);
        if written < what.len() { Box::pin(self.say(&what[written..])).await } else { Ok(()) }
    }

    async fn fall_silent(&mut self) -> io::Result<()> {
        while self.stream.read(&mut [0; 1024]).await? > 0 {}
        Err(io::ErrorKind::UnexpectedEof.into())
    }

    async fn drip(&mut self, first: &[u8], drop: &[u8]) -> io::Result<()> {
        self.say(first).await?;
        loop {
            self.say(drop).await?;
            sleep(Duration::from_secs(1)).await;
        }
    }

    async fn flood(&mut self, first: &[u8], wave: &[u8]) -> io::Result<()> {
        self.say(first).await?;
        loop {
            self.say(wave).await?;
        }
    }

    async fn reset(mut self, first: &[u8]) -> io::Result<()> {
        self.say(first).await?;
        self.stream.set_zero_linger()?;
        drop(self.stream);
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

/// Posts to a receiver by the production client with its production limits. Time stands still until the
/// receiver has the request, and passes only where it must.
async fn post(harm: Harm, time_passes: bool) -> Ended {
    let (release, hold) = std::sync::mpsc::channel::<()>();
    let holding = tokio::task::spawn_blocking(move || hold.recv());
    let Receiver { url, seen, mut server } = Receiver::start(harm);
    let begun = Instant::now();
    let with = {
        let (client, secrets) =
            (WebhookClient::new(Reach::Loopback, &Authorities::default()), [SigningSecret::new([7; 32])]);
        let at = "2026-07-01T10:00:00Z".parse().unwrap();
        let mut posting = pin!(client.post(&url, &secrets, "msg_1", at, "{}".to_owned()));
        if time_passes { ended_while_time_passes(posting.as_mut(), &seen).await } else { posting.await }
    };
    let after = begun.elapsed();
    drop(release);
    assert!(holding.await.unwrap().is_err(), "nobody lets go by a word");
    let gone = timeout(Duration::from_secs(60), &mut server).await;
    assert!(gone.expect("the connection is not kept").unwrap().is_err(), "{harm:?}");
    let request = String::from_utf8_lossy(&seen.request.lock().unwrap()).into_owned();
    Ended { with, after, written: seen.written.load(Ordering::SeqCst), request }
}

async fn ended_while_time_passes<T>(mut posting: impl Future<Output = T> + Unpin, seen: &Seen) -> T {
    tokio::select! {
        biased;
        ended = &mut posting => return ended,
        () = seen.reached.notified() => {}
    }
    loop {
        tokio::select! {
            biased;
            ended = &mut posting => return ended,
            () = advance(Duration::from_millis(250)) => {}
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_never_comes_to_the_point_is_left_after_fifteen_seconds() {
    for harm in [
        Harm::Silence,
        Harm::ContinueAndSilence,
        Harm::ContinueForEver,
        Harm::DripOfHead,
        Harm::DripOfHandshake,
    ] {
        let ended = post(harm, true).await;
        assert!(matches!(ended.with, Err(WebhookError::TimedOut)), "{harm:?}: {:?}", ended.with);
        assert!((15_000..16_000).contains(&ended.after.as_millis()), "{harm:?}: {:?}", ended.after);
    }
}

#[tokio::test(start_paused = true)]
async fn a_status_counts_though_the_body_drips_until_the_time_is_up() {
    let ended = post(Harm::DripOfBody, true).await;
    let answer = ended.with.unwrap();
    assert_eq!((answer.status, answer.body), (200, None));
    assert!((15_000..16_000).contains(&ended.after.as_millis()), "{:?}", ended.after);
}

#[tokio::test(start_paused = true)]
async fn of_a_body_without_end_little_is_read_and_the_status_counts() {
    for harm in [Harm::EndlessBody, Harm::EndlessChunks] {
        let ended = post(harm, false).await;
        let answer = ended.with.unwrap();
        assert_eq!((answer.status, answer.body), (200, None), "{harm:?}");
        assert!(ended.written > 16 * 1024 && ended.written < IN_BETWEEN, "{harm:?}: {} bytes", ended.written);
    }
}

#[tokio::test(start_paused = true)]
async fn headers_without_end_are_no_answer() {
    for harm in [Harm::MegabyteOfHeaders, Harm::OneLongHeader] {
        let ended = post(harm, false).await;
        assert!(matches!(ended.with, Err(WebhookError::Broken(_))), "{harm:?}: {:?}", ended.with);
        assert!(ended.written < IN_BETWEEN, "{harm:?}: {} bytes", ended.written);
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_reset_is_an_answer_only_after_its_head() {
    let ended = post(Harm::ResetInHead, false).await;
    assert!(matches!(ended.with, Err(WebhookError::Broken(_))), "{:?}", ended.with);
    let answer = post(Harm::ResetInBody, false).await.with.unwrap();
    assert_eq!((answer.status, answer.body), (200, None));
}

#[tokio::test(start_paused = true)]
async fn what_comes_compressed_is_asked_for_by_nobody_and_opened_by_nobody() {
    let ended = post(Harm::Compressed, false).await;
    assert!(!ended.request.to_lowercase().contains("accept-encoding"), "{}", ended.request);
    assert_eq!(ended.with.unwrap().body.as_deref(), Some(COMPRESSED));
}
