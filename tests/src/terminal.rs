//! The command line, run as somebody at a terminal does.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::binaries::binary;

/// Somebody at a terminal of their own.
#[derive(Debug)]
pub struct Terminal {
    home: TempDir,
}

/// How a command went.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code.
    pub code: i32,
    /// What it printed.
    pub out: String,
    /// What it said besides.
    pub err: String,
}

impl Terminal {
    /// One that knows nothing yet.
    pub fn new() -> Self {
        Self { home: TempDir::new().unwrap() }
    }

    /// Where its profiles are kept.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Runs a command line with this piped in.
    pub async fn pipe(&self, line: &str, input: &str) -> Ran {
        let mut command = Command::new(binary("proca"));
        command.env_clear().env("XDG_CONFIG_HOME", self.home.path()).args(line.split(' '));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let input = input.to_owned();
        tokio::task::spawn_blocking(move || {
            let mut child = command.spawn().unwrap();
            child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
            let output = child.wait_with_output().unwrap();
            let text = |bytes| String::from_utf8(bytes).unwrap();
            Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
        })
        .await
        .unwrap()
    }

    /// Runs a command line.
    pub async fn run(&self, line: &str) -> Ran {
        self.pipe(line, "").await
    }

    /// Runs a command line that goes well; what it prints.
    pub async fn ran(&self, line: &str) -> String {
        let ran = self.run(line).await;
        assert_eq!(ran.code, 0, "{line}: {ran:?}");
        ran.out
    }

    /// Runs a command line that goes well; the answer as it is.
    pub async fn json(&self, line: &str) -> Value {
        let out = self.ran(&format!("{line} --json")).await;
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{line}: {error}: {out}"))
    }
}

impl Default for Terminal {
    fn default() -> Self {
        Self::new()
    }
}
