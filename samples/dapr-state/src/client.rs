//! Calls of the sidecar: one connection each, because it may be another process the next time.

use std::error::Error;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use hyper::body::Bytes;
use hyper::client::conn;
use hyper::header::{CONTENT_TYPE, ETAG, HOST};
use hyper::{Body, Method, Request};
use serde_json::Value;
use tokio::net::TcpStream;

use crate::sidecar::{accepted, found, Failure, Place};
use crate::value::{self, Guard};

/// The sidecar is in the same pod: it takes a connection at once or not at all.
const CONNECT_DEADLINE: Duration = Duration::from_secs(1);

/// Below the time after which those who call functions usually give up, so that they get the reason.
const ANSWER_DEADLINE: Duration = Duration::from_secs(5);

/// Times that a count is tried again when somebody else counted at that moment.
const ATTEMPTS: usize = 10;

/// A value and the tag of this version of it.
struct Found {
    value: Value,
    etag: Option<String>,
}

pub async fn read(place: &Place, key: &str) -> Result<Option<Value>, Failure> {
    Ok(look(place, key).await?.map(|found| found.value))
}

pub async fn write(place: &Place, key: &str, value: &Value, guard: Guard<'_>) -> Result<(), Failure> {
    let answer = call(place, Method::POST, place.states(), value::save(key, value, guard)).await?;
    accepted(answer.status, &answer.body)
}

pub async fn remove(place: &Place, key: &str) -> Result<(), Failure> {
    let answer = call(place, Method::DELETE, place.state(key), String::new()).await?;
    accepted(answer.status, &answer.body)
}

/// The number after the one in the store, once it is there; the inner error is about the value that was found.
pub async fn count(place: &Place, key: &str) -> Result<Result<i64, String>, Failure> {
    for _ in 0..ATTEMPTS {
        let now = look(place, key).await?;
        let next = match value::next(key, now.as_ref().map(|found| &found.value)) {
            Ok(next) => next,
            Err(reason) => return Ok(Err(reason)),
        };
        let etag = now.as_ref().and_then(|found| found.etag.as_deref());
        match write(place, key, &Value::from(next), Guard::Unchanged(etag)).await {
            Err(Failure::Conflict) => {}
            outcome => return outcome.map(|()| Ok(next)),
        }
    }
    Err(Failure::Conflict)
}

async fn look(place: &Place, key: &str) -> Result<Option<Found>, Failure> {
    let answer = call(place, Method::GET, place.state(key), String::new()).await?;
    let value = found(answer.status, &answer.body)?;
    Ok(value.map(|value| Found {
        value,
        etag: answer.etag,
    }))
}

struct Answer {
    status: u16,
    etag: Option<String>,
    body: Bytes,
}

async fn call(place: &Place, method: Method, path: String, body: String) -> Result<Answer, Failure> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, place.port));
    let stream = within(CONNECT_DEADLINE, TcpStream::connect(address)).await?;
    within(ANSWER_DEADLINE, exchange(stream, address, method, path, body)).await
}

async fn exchange(
    stream: TcpStream,
    address: SocketAddr,
    method: Method,
    path: String,
    body: String,
) -> Result<Answer, hyper::Error> {
    let (mut sender, connection) = conn::Builder::new().http1_writev(false).handshake(stream).await?;
    // Ends when the answer was read and `sender` is gone.
    tokio::spawn(async move {
        let _ = connection.await;
    });
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(HOST, address.to_string())
        .header(CONTENT_TYPE, "application/json")
        .body(Body::from(body))
        .expect("the parts of the path were checked");
    let response = sender.send_request(request).await?;
    let (head, body) = response.into_parts();
    let etag = head
        .headers
        .get(ETAG)
        .and_then(|tag| tag.to_str().ok())
        .map(str::to_owned);
    Ok(Answer {
        status: head.status.as_u16(),
        etag,
        body: hyper::body::to_bytes(body).await?,
    })
}

async fn within<T, E: Error + 'static>(
    deadline: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(deadline, work).await {
        Ok(outcome) => outcome.map_err(|error| Failure::Unreachable(root(&error))),
        Err(_) => Err(Failure::TimedOut(deadline.as_millis())),
    }
}

/// What is at the bottom of an error: above it hyper only says that it happened on a connection.
fn root(error: &(dyn Error + 'static)) -> String {
    match error.source() {
        Some(source) => root(source),
        None => error.to_string(),
    }
}
