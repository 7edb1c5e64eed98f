//! What a request asks for: pure, from its method and path.

/// Longest key, in bytes: most stores take more, none takes less.
const KEY_LIMIT: usize = 256;

#[derive(Debug, PartialEq)]
pub enum Route {
    Usage,
    Read(String),
    Write(String),
    Remove(String),
    /// Adds one to the number under the key.
    Count(String),
}

/// Why a request is none of the above, as the answer says it.
#[derive(Debug, PartialEq)]
pub enum Refusal {
    UnknownPath,
    /// Which methods the path takes.
    Method(&'static str),
    Key(String),
}

pub fn route(method: &str, path: &str) -> Result<Route, Refusal> {
    if path == "/" {
        return match method {
            "GET" | "HEAD" => Ok(Route::Usage),
            _ => Err(Refusal::Method("GET, HEAD")),
        };
    }
    if let Some(key) = path.strip_prefix("/state/") {
        return match method {
            "GET" => Ok(Route::Read(checked(key)?)),
            "POST" | "PUT" => Ok(Route::Write(checked(key)?)),
            "DELETE" => Ok(Route::Remove(checked(key)?)),
            _ => Err(Refusal::Method("GET, POST, PUT, DELETE")),
        };
    }
    if let Some(key) = path.strip_prefix("/count/") {
        return match method {
            "POST" => Ok(Route::Count(checked(key)?)),
            _ => Err(Refusal::Method("POST")),
        };
    }
    Err(Refusal::UnknownPath)
}

/// Nothing that a URL would have to escape, nor `|`, which Dapr puts between the application and the key.
fn checked(key: &str) -> Result<String, Refusal> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if key.is_empty() || key.len() > KEY_LIMIT || !key.bytes().all(plain) || matches!(key, "." | "..") {
        return Err(Refusal::Key(format!(
            "key {key:?}: allowed are 1 to {KEY_LIMIT} letters, digits, '-', '_' and '.', but neither \".\" nor \"..\"\n"
        )));
    }
    Ok(key.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_method_of_a_path_has_its_meaning() {
        let key = || "a.B-1_".to_owned();
        assert_eq!(route("GET", "/"), Ok(Route::Usage));
        assert_eq!(route("GET", "/state/a.B-1_"), Ok(Route::Read(key())));
        assert_eq!(route("POST", "/state/a.B-1_"), Ok(Route::Write(key())));
        assert_eq!(route("PUT", "/state/a.B-1_"), Ok(Route::Write(key())));
        assert_eq!(route("DELETE", "/state/a.B-1_"), Ok(Route::Remove(key())));
        assert_eq!(route("POST", "/count/a.B-1_"), Ok(Route::Count(key())));
    }

    #[test]
    fn a_method_that_a_path_does_not_take_is_told_with_those_that_it_takes() {
        assert_eq!(route("POST", "/"), Err(Refusal::Method("GET, HEAD")));
        assert_eq!(
            route("PATCH", "/state/a"),
            Err(Refusal::Method("GET, POST, PUT, DELETE"))
        );
        assert_eq!(route("GET", "/count/a"), Err(Refusal::Method("POST")));
    }

    #[test]
    fn other_paths_are_unknown() {
        for path in ["/state", "/count", "/states/a", "/echo", ""] {
            assert_eq!(route("GET", path), Err(Refusal::UnknownPath), "{path}");
        }
    }

    #[test]
    fn a_key_that_could_mean_another_path_or_another_application_is_refused() {
        for key in ["", "a/b", "a%2Fb", "other||a", "a b", "..", ".", "é"] {
            assert!(
                matches!(route("GET", &format!("/state/{key}")), Err(Refusal::Key(_))),
                "{key}"
            );
        }
        assert!(route("GET", &format!("/state/{}", "k".repeat(256))).is_ok());
        assert!(matches!(
            route("GET", &format!("/state/{}", "k".repeat(257))),
            Err(Refusal::Key(_))
        ));
    }
}
