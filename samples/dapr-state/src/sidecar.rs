//! Dapr's state API over HTTP, as far as it is pure: where it is, what its answers mean, what to say when there is none.

use serde_json::Value;

/// Port of the sidecar's HTTP API when `DAPR_HTTP_PORT` is not set; also Dapr's own default.
const DEFAULT_PORT: u16 = 3500;

/// Name of the state store when `STATE_STORE` is not set.
const DEFAULT_STORE: &str = "statestore";

/// Longest part of a message of the sidecar's that an answer repeats, in characters.
const MESSAGE_LIMIT: usize = 300;

/// Where the sidecar and the store are.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub port: u16,
    pub store: String,
}

impl Place {
    /// From the texts of `DAPR_HTTP_PORT` and `STATE_STORE`; what is wrong is told with what is allowed.
    pub fn of(port: Option<&str>, store: Option<&str>) -> Result<Place, String> {
        let port = match port.map(str::parse) {
            None => DEFAULT_PORT,
            Some(Ok(number)) if number != 0 => number,
            Some(_) => {
                let text = port.unwrap_or_default();
                return Err(format!(
                    "DAPR_HTTP_PORT is {text:?}; it must be a number from 1 to 65535"
                ));
            }
        };
        let store = store.unwrap_or(DEFAULT_STORE);
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
        if store.is_empty() || !store.bytes().all(plain) {
            return Err(format!(
                "STATE_STORE is {store:?}; it must be the name of a Dapr Component: letters, digits, '-' and '.'"
            ));
        }
        Ok(Place {
            port,
            store: store.to_owned(),
        })
    }

    /// Path for saving.
    pub fn states(&self) -> String {
        format!("/v1.0/state/{}", self.store)
    }

    /// Path of one value.
    pub fn state(&self, key: &str) -> String {
        format!("/v1.0/state/{}/{key}", self.store)
    }
}

/// Why the sidecar did not do what was asked.
#[derive(Debug, PartialEq)]
pub enum Failure {
    /// Nobody listens, or the connection broke.
    Unreachable(String),
    /// No whole answer within so many milliseconds.
    TimedOut(u128),
    /// It answered that it cannot.
    Refused { status: u16, message: String },
    /// Somebody changed the value meanwhile.
    Conflict,
}

impl Failure {
    /// Status and text for the client.
    pub fn told(&self, place: &Place) -> (u16, String) {
        let at = format!("127.0.0.1:{}", place.port);
        match self {
            Failure::Unreachable(reason) => (
                503,
                format!("Dapr's sidecar is not reached on {at}: {reason}; does the container daprd run in this pod?\n"),
            ),
            Failure::TimedOut(waited) => (
                504,
                format!("Dapr's sidecar on {at} gave no answer within {waited} ms; the store may be down\n"),
            ),
            Failure::Refused { status, message } => (
                502,
                format!(
                    "Dapr's sidecar answered {status} for the state store {:?}: {message}\n",
                    place.store
                ),
            ),
            Failure::Conflict => (
                409,
                "others changed the value at the same time, again and again; try later\n".to_owned(),
            ),
        }
    }
}

/// Whether an answer's status is one of success; if not, what it says.
pub fn accepted(status: u16, body: &[u8]) -> Result<(), Failure> {
    match status {
        200..=299 => Ok(()),
        409 => Err(Failure::Conflict),
        _ => Err(Failure::Refused {
            status,
            message: message(body),
        }),
    }
}

/// The value in an answer to a read; Dapr answers 204, or an empty body, when there is none.
pub fn found(status: u16, body: &[u8]) -> Result<Option<Value>, Failure> {
    accepted(status, body)?;
    if status == 204 || body.is_empty() {
        return Ok(None);
    }
    match serde_json::from_slice(body) {
        Ok(value) => Ok(Some(value)),
        Err(error) => Err(Failure::Refused {
            status,
            message: format!("the value is no JSON: {error}"),
        }),
    }
}

/// Dapr's code and message, or the beginning of what was answered instead.
fn message(body: &[u8]) -> String {
    let text = match serde_json::from_slice::<Value>(body) {
        Ok(answer) if answer["errorCode"].is_string() => {
            let part = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
            format!("{} {}", part("errorCode"), part("message"))
        }
        _ => String::from_utf8_lossy(body).into_owned(),
    };
    match text.trim() {
        "" => "no reason given".to_owned(),
        reason => reason.chars().take(MESSAGE_LIMIT).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place::of(None, None).unwrap()
    }

    #[test]
    fn the_place_comes_from_the_environment_with_daprs_own_defaults() {
        assert_eq!(
            place(),
            Place {
                port: 3500,
                store: "statestore".to_owned()
            }
        );
        let other = Place::of(Some("3601"), Some("orders")).unwrap();
        assert_eq!(
            (other.states(), other.state("a")),
            ("/v1.0/state/orders".into(), "/v1.0/state/orders/a".into())
        );
    }

    #[test]
    fn a_wrong_place_is_told_with_what_is_allowed() {
        for port in ["0", "65536", "-1", "http", ""] {
            assert!(
                Place::of(Some(port), None)
                    .unwrap_err()
                    .contains("a number from 1 to 65535"),
                "{port}"
            );
        }
        for store in ["", "a/b", "a b", "a?b"] {
            assert!(
                Place::of(None, Some(store)).unwrap_err().starts_with("STATE_STORE is "),
                "{store}"
            );
        }
    }

    #[test]
    fn a_value_is_found_or_there_is_none() {
        assert_eq!(found(200, b"\"WasmEdge\""), Ok(Some(Value::from("WasmEdge"))));
        assert_eq!(found(200, b"null"), Ok(Some(Value::Null)));
        assert_eq!(found(204, b""), Ok(None));
        assert_eq!(found(200, b""), Ok(None));
    }

    #[test]
    fn what_the_sidecar_cannot_do_is_told_with_its_own_reason() {
        let body = br#"{"errorCode":"ERR_STATE_STORE_NOT_FOUND","message":"state store statestore is not found","details":[]}"#;
        let failure = accepted(400, body).unwrap_err();
        let (status, text) = failure.told(&place());
        assert_eq!(status, 502);
        assert_eq!(
            text,
            "Dapr's sidecar answered 400 for the state store \"statestore\": ERR_STATE_STORE_NOT_FOUND state store statestore is not found\n"
        );
        assert_eq!(accepted(409, b""), Err(Failure::Conflict));
        assert_eq!(message(b" "), "no reason given");
        assert_eq!(message("é".repeat(1000).as_bytes()).chars().count(), MESSAGE_LIMIT);
        assert!(matches!(found(200, b"{"), Err(Failure::Refused { status: 200, .. })));
    }

    #[test]
    fn each_failure_has_a_status_of_its_own() {
        let failures = [
            Failure::Unreachable("connection refused".to_owned()),
            Failure::TimedOut(5000),
            Failure::Refused {
                status: 500,
                message: "x".to_owned(),
            },
            Failure::Conflict,
        ];
        let told: Vec<(u16, String)> = failures.iter().map(|failure| failure.told(&place())).collect();
        assert_eq!(
            told.iter().map(|(status, _)| *status).collect::<Vec<_>>(),
            [503, 504, 502, 409]
        );
        assert!(told[0]
            .1
            .contains("not reached on 127.0.0.1:3500: connection refused; does the container daprd run"));
        assert!(told[1].1.contains("within 5000 ms"));
    }
}
