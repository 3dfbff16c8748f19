//! The binary of the function.

use lambda_runtime::{LambdaEvent, service_fn};
use proca::config::Env;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    proca::log::init();
    let deps = send_email::Deps::new(&Env::of_process())?;
    let handle = async |event: LambdaEvent<_>| {
        // Nothing of this batch is begun, so all of it comes again, to another process.
        if proca::template::has_runaway() {
            tracing::error!("a mail that could not be written takes the time of others: the process ends");
            std::process::exit(1);
        }
        send_email::handle(&deps, event.payload).await
    };
    lambda_runtime::run(service_fn(handle)).await
}
