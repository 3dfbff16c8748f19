//! Everything that is logged in this process, kept for a search.

use std::{
    io,
    sync::{Arc, Mutex, OnceLock},
};

use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

static KEPT: OnceLock<Kept> = OnceLock::new();

/// Keeps what is logged from now on, by every test of this process.
pub fn keep() {
    KEPT.get_or_init(|| {
        let kept = Kept::default();
        let filter = EnvFilter::new("debug,hyper=info,h2=info");
        let logger = tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(kept.clone());
        logger.try_init().expect("one logger for the process");
        kept
    });
}

/// Everything logged since.
pub fn text() -> String {
    let kept = KEPT.get().expect("logs are kept");
    String::from_utf8_lossy(&kept.0.lock().unwrap()).into_owned()
}

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Kept {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
