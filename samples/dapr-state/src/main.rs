//! HTTP function that runs in WasmEdge and keeps what it is told in a Dapr state store, through the sidecar beside it.

#![cfg_attr(not(target_os = "wasi"), allow(dead_code))]

mod route;
mod sidecar;
mod value;

#[cfg(target_os = "wasi")]
mod answer;
#[cfg(target_os = "wasi")]
mod client;
#[cfg(target_os = "wasi")]
mod server;

use std::process::ExitCode;

use sidecar::Place;

fn main() -> ExitCode {
    let variable = |name| std::env::var(name).ok();
    let outcome = Place::of(
        variable("DAPR_HTTP_PORT").as_deref(),
        variable("STATE_STORE").as_deref(),
    )
    .and_then(run);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("wasmedge_dapr_state: {reason}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(target_os = "wasi")]
use server::run;

/// Only the tests of the pure parts run elsewhere.
#[cfg(not(target_os = "wasi"))]
fn run(_: Place) -> Result<(), String> {
    Err("needs WasmEdge's sockets: cargo build --target wasm32-wasip1".to_owned())
}
