//! Which requests are answered: those with an allowed host name, from the inspector's own page, and with the token.
//!
//! Browsers let any web site send requests to this machine. But they say which host name was used (`Host`) and which site
//! sends the request (`Origin`, `Sec-Fetch-Site`), and no script can change these headers. So a site that points its own
//! host name at this machine is recognized by that name, and any other site by its origin.

use std::net::IpAddr;

use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HOST, HeaderMap, HeaderName, ORIGIN};
use hyper::http::uri::Authority;

use super::query::Query;
use super::response::Refusal;
use super::token::Token;

pub(super) struct Guard {
    /// The host names that are allowed besides the server's addresses.
    hosts: Vec<String>,
    token: Option<Token>,
}

impl Guard {
    pub(super) fn new(hosts: Vec<String>, token: Option<Token>) -> Self {
        Self { hosts, token }
    }

    /// Refuses requests with another host name, and requests from other sites. `local` is the address that was connected to.
    pub(super) fn check_site(&self, headers: &HeaderMap, local: IpAddr) -> Result<(), Refusal> {
        let host = only(headers, &HOST)?.ok_or_else(|| forbidden("the request has no Host header"))?;
        let authority: Authority = host.parse().map_err(|_| forbidden("the Host header is not valid"))?;
        if !self.is_own(authority.host(), local) {
            return Err(forbidden(
                "the Host header is not a name of the inspector: see `Inspector::allow_host`",
            ));
        }
        match only(headers, &ORIGIN)? {
            Some(origin) if !is_same(origin, host) => {
                Err(forbidden("the request comes from another site (Origin)"))
            }
            _ => Ok(()),
        }
    }

    /// Refuses requests without the token, and requests by scripts of other sites. Such a script's request may have no
    /// origin, if the script does not read the answer.
    pub(super) fn check_caller(&self, headers: &HeaderMap, query: &Query) -> Result<(), Refusal> {
        let site = only(headers, &HeaderName::from_static("sec-fetch-site"))?;
        if !matches!(site, None | Some("same-origin" | "none")) {
            return Err(forbidden("the request comes from another site (Sec-Fetch-Site)"));
        }
        let Some(token) = &self.token else { return Ok(()) };
        let bearer = only(headers, &AUTHORIZATION)?.and_then(|value| value.strip_prefix("Bearer "));
        let given = bearer.or_else(|| query.get("token"));
        if given.is_some_and(|given| token.is(given)) {
            Ok(())
        } else {
            Err(forbidden("the token is missing or wrong: open the URL that the program reports"))
        }
    }

    fn is_own(&self, host: &str, local: IpAddr) -> bool {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        bare.parse() == Ok(local)
            || (local.is_loopback() && host.eq_ignore_ascii_case("localhost"))
            || self.hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(host))
    }
}

/// Whether this is the origin of the page under this host name.
fn is_same(origin: &str, host: &str) -> bool {
    // Through a proxy, the page may have been loaded with TLS.
    let name = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    name.is_some_and(|name| name.eq_ignore_ascii_case(host))
}

/// The value of a header that may occur at most once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().map(|value| value.to_str());
    match (value.transpose(), values.next()) {
        (Ok(value), None) => Ok(value),
        _ => Err(forbidden("a header is not valid")),
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
