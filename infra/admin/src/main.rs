//! The operator's command.

use std::process::ExitCode;

use proca::config::Env;

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a person reads it")]
async fn main() -> ExitCode {
    proca::log::init();
    match proca_admin::run(std::env::args_os().skip(1).collect(), &Env::of_process()).await {
        Ok(said) => {
            print!("{said}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("{}", failure.0);
            ExitCode::FAILURE
        }
    }
}
