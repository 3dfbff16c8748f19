//! The binary of the function.

use lambda_http::service_fn;
use proca::config::Env;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    proca::log::init();
    let deps = write_switches::Deps::new(&Env::of_process())?;
    lambda_http::run(service_fn(|request| write_switches::handle(&deps, request))).await
}
