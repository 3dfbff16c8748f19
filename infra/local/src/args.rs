//! Arguments of the local runner.

use std::{fmt, path::PathBuf};

/// What `--help` prints.
pub const HELP: &str = "\
Runs the whole of Proca Serverless on this machine, with a petition to sign.

Usage: proca-local [--port PORT] [--data FOLDER] [--fresh] [--json]
                   [--parameter NAME=VALUE]…

  --port PORT     port of the API and the pages, on 127.0.0.1 (9000)
  --data FOLDER   where everything is kept (.local)
  --fresh         forget what is there and start over
  --json          logs as JSON lines, as in production
  --parameter NAME=VALUE
                  a parameter of infra/template.yaml, as in OidcIssuer=https://login.example.org
  --help          this text
";

/// How the runner is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Args {
    /// Port of API and pages.
    pub port: u16,
    /// Folder of everything.
    pub data: PathBuf,
    /// Whether to start over.
    pub fresh: bool,
    /// Whether logs are JSON.
    pub json: bool,
    /// Parameters of the template, by name.
    pub parameters: Vec<(String, String)>,
}

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// To run.
    Run(Args),
    /// For help.
    Help,
}

/// Why the command line is not understood.
#[derive(Debug)]
pub struct ArgsError(String);

/// Reads the command line.
pub fn read(mut args: pico_args::Arguments) -> Result<Asked, ArgsError> {
    let told = |error: pico_args::Error| ArgsError(error.to_string());
    if args.contains(["-h", "--help"]) {
        return Ok(Asked::Help);
    }
    let asked = Args {
        port: args.opt_value_from_str("--port").map_err(told)?.unwrap_or(9000),
        data: args.opt_value_from_str("--data").map_err(told)?.unwrap_or_else(|| PathBuf::from(".local")),
        fresh: args.contains("--fresh"),
        json: args.contains("--json"),
        parameters: args.values_from_fn("--parameter", parameter).map_err(told)?,
    };
    match args.finish().first() {
        None => Ok(Asked::Run(asked)),
        Some(unknown) => Err(ArgsError(format!("there is no argument {}", unknown.display()))),
    }
}

/// `NAME=VALUE`.
fn parameter(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("must be NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl fmt::Display for ArgsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; see --help", self.0)
    }
}

impl std::error::Error for ArgsError {}
