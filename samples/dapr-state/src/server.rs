//! The listening part: connections in, answers out.

use std::io::{Error, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::Http;
use hyper::service::service_fn;
use tokio::net::{TcpListener, TcpStream};

use crate::answer::answer;
use crate::sidecar::Place;

/// Port when `PORT` is not set; also OpenFunction's and Knative's default.
const DEFAULT_PORT: u16 = 8080;

/// A client that opens a connection and sends half a request is cut off after this.
const HEADER_DEADLINE: Duration = Duration::from_secs(10);

/// Pause after a failed accept, so that a lasting failure does not become a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

pub fn run(place: Place) -> Result<(), String> {
    let port = port()?;
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .and_then(|runtime| runtime.block_on(serve(port, Arc::new(place))))
        .map_err(|error| format!("port {port}: {error}"))
}

fn port() -> Result<u16, String> {
    match std::env::var("PORT") {
        Err(_) => Ok(DEFAULT_PORT),
        Ok(text) => match text.parse() {
            Ok(port) if port != 0 => Ok(port),
            _ => Err(format!("PORT is {text:?}; it must be a number from 1 to 65535")),
        },
    }
}

async fn serve(port: u16, place: Arc<Place>) -> Result<(), Error> {
    let address = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
    let listener = TcpListener::from_std(wasmedge_wasi_socket::TcpListener::bind(address, true)?)?;
    println!(
        "listening on http://{address}, state in {:?} by 127.0.0.1:{}",
        place.store, place.port
    );
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(connection(stream, place.clone()));
            }
            // The client was gone before we got to it: nothing to wait for.
            Err(error) if is_gone(&error) => {}
            Err(error) => {
                eprintln!("accept: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_gone(error: &Error) -> bool {
    use ErrorKind::{ConnectionAborted, ConnectionReset, NotConnected};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | NotConnected)
}

async fn connection(stream: TcpStream, place: Arc<Place>) {
    let service = service_fn(move |request| {
        let place = place.clone();
        async move { answer(request, &place).await }
    });
    // A client that goes away mid-request is its own affair: nothing to log, nothing to do.
    let _ = Http::new()
        .http1_only(true)
        // Head and body in one send: WASI has no TCP_NODELAY, and two sends cost a client 40 ms a request.
        .http1_writev(false)
        .http1_header_read_timeout(HEADER_DEADLINE)
        .serve_connection(stream, service)
        .await;
}
