//! The binary of the function.

use lambda_runtime::{LambdaEvent, service_fn};
use proca::config::Env;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    proca::log::init();
    let deps = recount_campaigns::Deps::new(&Env::of_process())?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| recount_campaigns::handle(&deps, event.payload)))
        .await
}
