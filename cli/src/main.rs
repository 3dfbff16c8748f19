//! The binary of the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    let environment = proca_cli::environment::Environment::of_process();
    proca_cli::start(&environment, std::env::args_os())
}
