//! Who is let in: by the name that a browser calls the server, by the page that asks, and by the token.
//!
//! Browsers let any site send requests to this machine. They say, though, which name they were given for it (`Host`) and
//! which site asks (`Origin`, `Sec-Fetch-Site`), and let no script change that. So a site that has its own name point to
//! this machine is known by that name, and another one by its origin.

use std::net::IpAddr;

use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HOST, HeaderMap, HeaderName, ORIGIN};
use hyper::http::uri::Authority;

use super::query::Query;
use super::response::Refusal;
use super::token::Token;

pub(super) struct Guard {
    /// The names by which it may be called besides its addresses.
    hosts: Vec<String>,
    token: Option<Token>,
}

impl Guard {
    pub(super) fn new(hosts: Vec<String>, token: Option<Token>) -> Self {
        Self { hosts, token }
    }

    /// Refuses those who use another name for the server, and other sites. `local` is the address at which it was reached.
    pub(super) fn check_site(&self, headers: &HeaderMap, local: IpAddr) -> Result<(), Refusal> {
        let host = only(headers, &HOST)?.ok_or_else(|| forbidden("there is no Host"))?;
        let authority: Authority = host.parse().map_err(|_| forbidden("Host makes no sense"))?;
        if !self.is_own(authority.host(), local) {
            return Err(forbidden("Host is not a name of the inspector: see `Inspector::allow_host`"));
        }
        match only(headers, &ORIGIN)? {
            Some(origin) if !is_same(origin, host) => Err(forbidden("Origin is another site")),
            _ => Ok(()),
        }
    }

    /// Refuses those who do not know the token, and scripts of other sites, which may not say their origin where they do
    /// not want to see the answer.
    pub(super) fn check_caller(&self, headers: &HeaderMap, query: &Query) -> Result<(), Refusal> {
        let site = only(headers, &HeaderName::from_static("sec-fetch-site"))?;
        if !matches!(site, None | Some("same-origin" | "none")) {
            return Err(forbidden("another site asks"));
        }
        let Some(token) = &self.token else { return Ok(()) };
        let bearer = only(headers, &AUTHORIZATION)?.and_then(|value| value.strip_prefix("Bearer "));
        let told = bearer.or_else(|| query.get("token"));
        if told.is_some_and(|told| token.is(told)) {
            Ok(())
        } else {
            Err(forbidden("the token is missing or wrong: open the address that the program tells"))
        }
    }

    fn is_own(&self, host: &str, local: IpAddr) -> bool {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        bare.parse() == Ok(local)
            || (local.is_loopback() && host.eq_ignore_ascii_case("localhost"))
            || self.hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(host))
    }
}

/// Whether an origin is that of the page which is served under this name.
fn is_same(origin: &str, host: &str) -> bool {
    // By a proxy, it may have been asked for with encryption.
    let name = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    name.is_some_and(|name| name.eq_ignore_ascii_case(host))
}

/// The value of a header, which may be there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().map(|value| value.to_str());
    match (value.transpose(), values.next()) {
        (Ok(value), None) => Ok(value),
        _ => Err(forbidden("a header makes no sense")),
    }
}

fn forbidden(why: &'static str) -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pairs: &[(&'static str, &str)], local: &str) -> bool {
        let guard = Guard::new(vec!["Inspect.example".into()], None);
        let headers =
            pairs.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, value);
        }
        guard.check_site(&map, local.parse().unwrap()).is_ok()
    }

    #[test]
    fn it_answers_to_the_address_at_which_it_is_reached_and_to_names_that_are_allowed() {
        let host = |host, local| check(&[("host", host)], local);
        assert!(host("127.0.0.1:5990", "127.0.0.1") && host("127.0.0.1", "127.0.0.1"));
        assert!(host("localhost:1", "127.0.0.1") && host("LocalHost", "::1") && host("[::1]:5990", "::1"));
        assert!(host("192.0.2.7:5990", "192.0.2.7") && host("inspect.example:80", "192.0.2.7"));
        for other in
            ["127.0.0.2", "evil.example", "localhost.", "localhost.evil.example", "", "a b", "[::2]", "[::1"]
        {
            assert!(!host(other, "127.0.0.1"), "{other}");
        }
        assert!(!host("localhost", "192.0.2.7") && !host("192.0.2.8", "192.0.2.7"));
    }

    #[test]
    fn there_is_one_host() {
        assert!(!check(&[], "127.0.0.1"));
        assert!(!check(&[("host", "127.0.0.1"), ("host", "127.0.0.1")], "127.0.0.1"));
    }

    #[test]
    fn an_origin_is_the_page_itself() {
        let origin = |origin| check(&[("host", "127.0.0.1:5990"), ("origin", origin)], "127.0.0.1");
        assert!(origin("http://127.0.0.1:5990") && origin("https://127.0.0.1:5990"));
        for other in [
            "null",
            "http://127.0.0.1",
            "http://127.0.0.1:5991",
            "http://evil.example",
            "file://127.0.0.1:5990",
        ] {
            assert!(!origin(other), "{other}");
        }
    }
}
