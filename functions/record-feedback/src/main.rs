//! The binary of the function.

use lambda_runtime::{LambdaEvent, service_fn};
use proca::config::Env;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    proca::log::init();
    let deps = record_feedback::Deps::new(&Env::of_process())?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| record_feedback::handle(&deps, event.payload)))
        .await
}
