//! What the server answers: pure request in, response out.

use hyper::body::{Bytes, HttpBody};
use hyper::header::{HeaderValue, ALLOW, CONTENT_TYPE};
use hyper::{Body, Method, Request, Response, StatusCode};

/// Largest body that `/echo` takes, in bytes: the module holds it in memory once.
const BODY_LIMIT: usize = 4 * 1024 * 1024;

const USAGE: &str = "POST something to /echo and it comes back, for example: curl URL/echo -d WasmEdge\n";

pub async fn answer(request: Request<Body>) -> Result<Response<Body>, hyper::Error> {
    match (request.uri().path(), request.method()) {
        ("/", &Method::GET | &Method::HEAD) => Ok(text(StatusCode::OK, USAGE)),
        ("/", _) => Ok(not_allowed("GET, HEAD")),
        ("/echo", &Method::POST) => echo(request).await,
        ("/echo", _) => Ok(not_allowed("POST")),
        _ => Ok(text(StatusCode::NOT_FOUND, "not found; try GET /\n")),
    }
}

async fn echo(request: Request<Body>) -> Result<Response<Body>, hyper::Error> {
    let kind = request.headers().get(CONTENT_TYPE).cloned();
    let Some(bytes) = collect(request.into_body()).await? else {
        return Ok(text(
            StatusCode::PAYLOAD_TOO_LARGE,
            "the body is larger than 4 MiB, the most that /echo takes\n",
        ));
    };
    let mut response = Response::new(Body::from(bytes));
    let kind = kind.unwrap_or(HeaderValue::from_static("application/octet-stream"));
    response.headers_mut().insert(CONTENT_TYPE, kind);
    Ok(response)
}

/// The whole body, or nothing when it is larger than the limit.
///
/// Collected rather than streamed, so that the answer carries a content-length.
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

fn not_allowed(methods: &'static str) -> Response<Body> {
    let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "method not allowed here\n");
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    response
}

fn text(status: StatusCode, line: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(line));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
