//! Values on their way between a request and the store, which keeps JSON: pure.

use serde_json::{json, Value};

/// The body of an answer with its content type.
#[derive(Debug, PartialEq)]
pub struct Shown {
    pub kind: &'static str,
    pub body: String,
}

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";

/// What a request's body means: JSON when its content type says so, else text.
pub fn parse(kind: Option<&str>, body: &[u8]) -> Result<Value, String> {
    let kind = kind.unwrap_or("").split(';').next().unwrap_or("").trim();
    if kind.eq_ignore_ascii_case(JSON) {
        return serde_json::from_slice(body).map_err(|error| format!("the body is no JSON: {error}\n"));
    }
    match std::str::from_utf8(body) {
        Ok(text) => Ok(Value::from(text)),
        Err(error) => Err(format!("the body is no UTF-8 text: {error}\n")),
    }
}

/// A text as itself, everything else as JSON.
pub fn show(value: &Value) -> Shown {
    match value {
        Value::String(text) => Shown {
            kind: TEXT,
            body: text.clone(),
        },
        other => Shown {
            kind: JSON,
            body: other.to_string(),
        },
    }
}

/// What a save asks of the value that is there.
#[derive(Clone, Copy)]
pub enum Guard<'a> {
    Overwrite,
    /// Still the version with this entity tag, or still nothing.
    Unchanged(Option<&'a str>),
}

/// The request body by which Dapr saves one value.
pub fn save(key: &str, value: &Value, guard: Guard) -> String {
    let mut entry = json!({ "key": key, "value": value });
    if let Guard::Unchanged(etag) = guard {
        entry["options"] = json!({ "concurrency": "first-write", "consistency": "strong" });
        if let Some(etag) = etag {
            entry["etag"] = json!(etag);
        }
    }
    json!([entry]).to_string()
}

/// The number after the one under a key; nothing there counts as 0.
pub fn next(key: &str, found: Option<&Value>) -> Result<i64, String> {
    let now = match found {
        None => 0,
        Some(value) => value
            .as_i64()
            .ok_or_else(|| format!("{key} holds {value}, which is no whole number\n"))?,
    };
    now.checked_add(1)
        .ok_or_else(|| format!("{key} holds {now}, the highest number there is\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: &str) -> Value {
        Value::from(body)
    }

    #[test]
    fn a_text_comes_back_as_it_was_whatever_is_in_it() {
        for body in [
            "WasmEdge",
            "",
            "12",
            "{\"a\":1}",
            "line\nline",
            "\"quoted\" \\ \u{1} é 🦀",
        ] {
            let saved: Value =
                serde_json::from_str(&save("k", &parse(None, body.as_bytes()).unwrap(), Guard::Overwrite)).unwrap();
            assert_eq!(
                show(&saved[0]["value"]),
                Shown {
                    kind: TEXT,
                    body: body.to_owned()
                }
            );
        }
    }

    #[test]
    fn json_is_kept_as_json() {
        let value = parse(Some("application/json; charset=utf-8"), b"{\"b\": [1, null]}").unwrap();
        assert_eq!(
            show(&value),
            Shown {
                kind: JSON,
                body: "{\"b\":[1,null]}".to_owned()
            }
        );
        assert_eq!(
            save("k", &value, Guard::Overwrite),
            "[{\"key\":\"k\",\"value\":{\"b\":[1,null]}}]"
        );
    }

    #[test]
    fn a_body_that_is_not_what_it_says_is_refused_with_the_reason() {
        assert!(parse(Some("application/json"), b"{")
            .unwrap_err()
            .starts_with("the body is no JSON: EOF"));
        assert!(parse(Some("text/plain"), &[0xff])
            .unwrap_err()
            .starts_with("the body is no UTF-8 text: "));
    }

    #[test]
    fn a_guarded_value_is_saved_by_the_first_who_comes() {
        let options = json!({ "concurrency": "first-write", "consistency": "strong" });
        let saved = |etag| serde_json::from_str::<Value>(&save("k", &json!(2), Guard::Unchanged(etag))).unwrap();
        assert_eq!(saved(None), json!([{ "key": "k", "value": 2, "options": options }]));
        assert_eq!(
            saved(Some("7")),
            json!([{ "key": "k", "value": 2, "options": options, "etag": "7" }])
        );
    }

    #[test]
    fn counting_begins_at_one_and_refuses_what_is_no_number() {
        assert_eq!(next("k", None), Ok(1));
        assert_eq!(next("k", Some(&json!(41))), Ok(42));
        assert_eq!(
            next("k", Some(&text("41"))),
            Err("k holds \"41\", which is no whole number\n".to_owned())
        );
        assert!(next("k", Some(&json!(1.5))).is_err());
        assert!(next("k", Some(&json!(i64::MAX)))
            .unwrap_err()
            .contains("the highest number"));
    }
}
