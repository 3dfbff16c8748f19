//! The local runner: the whole system on this machine.

use std::process::ExitCode;

use proca_local::args::{self, Asked};
use tracing_subscriber::EnvFilter;

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a person reads it")]
async fn main() -> ExitCode {
    let args = match args::read(pico_args::Arguments::from_env()) {
        Ok(Asked::Run(args)) => args,
        Ok(Asked::Help) => {
            print!("{}", args::HELP);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter);
    if args.json {
        log.json().flatten_event(true).with_span_list(false).init();
    } else {
        log.with_target(false).compact().init();
    }
    match Box::pin(proca_local::run::run(args)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
