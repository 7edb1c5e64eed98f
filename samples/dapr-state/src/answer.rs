//! What the function answers.

use hyper::body::{Bytes, HttpBody};
use hyper::header::{HeaderValue, ALLOW, CONTENT_TYPE, RETRY_AFTER};
use hyper::{Body, Request, Response, StatusCode};
use serde_json::Value;

use crate::client;
use crate::route::{route, Refusal, Route};
use crate::sidecar::{Failure, Place};
use crate::value::{self, Guard, Shown};

/// Largest value, in bytes. One that has to be escaped throughout then takes an interpreted module half a second, in
/// which it answers nobody else.
const BODY_LIMIT: usize = 64 * 1024;

/// Seconds after which a client may ask again when the sidecar is not there: about the time that it takes to start.
const RETRY_SECONDS: &str = "2";

const USAGE: &str =
    "GET, POST or DELETE /state/KEY, or POST /count/KEY, for example: curl URL/state/greeting -d hello\n";

pub async fn answer(request: Request<Body>, place: &Place) -> Result<Response<Body>, hyper::Error> {
    let asked = match route(request.method().as_str(), request.uri().path()) {
        Ok(asked) => asked,
        Err(refusal) => return Ok(refused(refusal)),
    };
    let outcome = match asked {
        Route::Usage => Ok(text(StatusCode::OK, USAGE)),
        Route::Read(key) => read(place, &key).await,
        Route::Write(key) => match body_value(request).await? {
            Ok(value) => write(place, &key, &value).await,
            Err(response) => Ok(response),
        },
        Route::Remove(key) => client::remove(place, &key).await.map(|()| empty()),
        Route::Count(key) => client::count(place, &key).await.map(counted),
    };
    Ok(outcome.unwrap_or_else(|failure| failed(&failure, place)))
}

async fn read(place: &Place, key: &str) -> Result<Response<Body>, Failure> {
    Ok(match client::read(place, key).await? {
        Some(value) => shown(value::show(&value)),
        None => text(StatusCode::NOT_FOUND, &format!("nothing is kept under {key}\n")),
    })
}

/// Answers with what the store gives back, not with what was sent to it.
async fn write(place: &Place, key: &str, value: &Value) -> Result<Response<Body>, Failure> {
    client::write(place, key, value, Guard::Overwrite).await?;
    read(place, key).await
}

fn counted(outcome: Result<i64, String>) -> Response<Body> {
    match outcome {
        Ok(number) => shown(value::show(&Value::from(number))),
        Err(reason) => text(StatusCode::CONFLICT, &reason),
    }
}

/// The value that a request carries, or the answer that says what is wrong with it.
async fn body_value(request: Request<Body>) -> Result<Result<Value, Response<Body>>, hyper::Error> {
    let kind = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .map(str::to_owned);
    let Some(bytes) = collect(request.into_body()).await? else {
        let reason = "the body is larger than 64 KiB, the most that a value may have\n";
        return Ok(Err(text(StatusCode::PAYLOAD_TOO_LARGE, reason)));
    };
    Ok(value::parse(kind.as_deref(), &bytes).map_err(|reason| text(StatusCode::BAD_REQUEST, &reason)))
}

/// The whole body, or nothing when it is larger than the limit.
async fn collect(mut body: Body) -> Result<Option<Bytes>, hyper::Error> {
    if body.size_hint().lower() > BODY_LIMIT as u64 {
        return Ok(None);
    }
    let mut whole = Vec::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk?;
        if whole.len() + chunk.len() > BODY_LIMIT {
            return Ok(None);
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(Some(Bytes::from(whole)))
}

fn refused(refusal: Refusal) -> Response<Body> {
    match refusal {
        Refusal::UnknownPath => text(StatusCode::NOT_FOUND, "not found; try GET /\n"),
        Refusal::Key(reason) => text(StatusCode::BAD_REQUEST, &reason),
        Refusal::Method(methods) => {
            let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "method not allowed here\n");
            response.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
            response
        }
    }
}

fn failed(failure: &Failure, place: &Place) -> Response<Body> {
    let (status, reason) = failure.told(place);
    eprint!("{status} {reason}");
    let mut response = text(StatusCode::from_u16(status).expect("a status of ours"), &reason);
    if status == 503 {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from_static(RETRY_SECONDS));
    }
    response
}

fn empty() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

fn shown(Shown { kind, body }: Shown) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn text(status: StatusCode, line: &str) -> Response<Body> {
    let mut response = shown(Shown {
        kind: "text/plain; charset=utf-8",
        body: line.to_owned(),
    });
    *response.status_mut() = status;
    response
}
