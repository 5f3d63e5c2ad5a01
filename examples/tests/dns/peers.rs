//! Real clients and servers: `dig` sends questions; NSD, Unbound and dnsmasq receive and send them.

use std::net::{Ipv4Addr, SocketAddr};

use super::daemon::{Daemon, dig, dnsmasq, free_port, nsd, unbound};
use super::resolver::Resolver;

const ROOT: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 5);
const TEST: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 6);
const EXAMPLE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 7);

/// Three zones, and a resolver that follows their delegations.
fn tree() -> anyhow::Result<(Vec<Daemon>, Resolver)> {
    let port = free_port(&[ROOT, TEST, EXAMPLE])?;
    let at = |address: Ipv4Addr| SocketAddr::from((address, port));
    let text = format!("\"{}\" ", "x".repeat(200)).repeat(12);
    let servers = vec![
        nsd(
            at(ROOT),
            ".",
            &format!("@ NS ns.root.\nns.root. A {ROOT}\ntest. NS ns.test.\nns.test. A {TEST}\n"),
        )?,
        nsd(
            at(TEST),
            "test.",
            &format!(
                "@ NS ns\nns A {TEST}\nexample NS dns.example\ndns.example A {EXAMPLE}\nouter NS ns.example\n"
            ),
        )?,
        nsd(
            at(EXAMPLE),
            "example.test.",
            &format!(
                "@ NS dns\ndns A {EXAMPLE}\nns A {TEST}\nwww A 192.0.2.1\nwww AAAA 2001:db8::1\n\
                 alias CNAME www\n*.wild A 192.0.2.2\n@ MX 10 mail\nbig TXT {text}\n"
            ),
        )?,
    ];
    let resolver = Resolver::iterating(at(ROOT))?;
    Ok((servers, resolver))
}

#[test]
fn zones_served_by_nsd_are_found_from_the_root() -> anyhow::Result<()> {
    let (_servers, resolver) = tree()?;
    for _ in 0..2 {
        for (question, answer) in [
            (["www.example.test", "A"], "192.0.2.1\n"),
            (["WWW.Example.Test", "AAAA"], "2001:db8::1\n"),
            (["alias.example.test", "A"], "www.example.test.\n192.0.2.1\n"),
            (["any.wild.example.test", "A"], "192.0.2.2\n"),
            (["example.test", "MX"], "10 mail.example.test.\n"),
            (["example.test", "NS"], "dns.example.test.\n"),
        ] {
            assert_eq!(
                dig(resolver.address, &[&["+short"], &question[..]].concat())?,
                answer,
                "{question:?}"
            );
        }
        let nothing = dig(resolver.address, &["nowhere.example.test"])?;
        assert!(nothing.contains("status: NXDOMAIN") && nothing.contains("IN\tSOA"), "{nothing}");
        let no_data = dig(resolver.address, &["www.example.test", "TXT"])?;
        assert!(no_data.contains("status: NOERROR") && no_data.contains("ANSWER: 0"), "{no_data}");
        assert_eq!(dig(resolver.address, &["+short", "big.example.test", "TXT"])?.matches('x').count(), 2400);
    }
    let lame = dig(resolver.address, &["www.outer.test"])?;
    assert!(lame.contains("status: SERVFAIL"), "{lame}");
    Ok(())
}

#[test]
fn dig_gets_the_right_answers_for_truncation_tcp_and_edns() -> anyhow::Result<()> {
    let (_servers, resolver) = tree()?;
    let cut_off = dig(resolver.address, &["+ignore", "big.example.test", "TXT"])?;
    assert!(cut_off.contains("flags: qr tc rd ra;") && cut_off.contains("udp: 1232"), "{cut_off}");
    let by_tcp = dig(resolver.address, &["+tcp", "+noedns", "www.example.test"])?;
    assert!(by_tcp.contains("ANSWER: 1") && !by_tcp.contains("EDNS"), "{by_tcp}");
    let unknown_options = dig(resolver.address, &["+edns=1", "+noednsneg", "www.example.test"])?;
    assert!(unknown_options.contains("status: BADVERS"), "{unknown_options}");
    let cookie = dig(resolver.address, &["+cookie", "+subnet=192.0.2.0/24", "+nsid", "www.example.test"])?;
    assert!(cookie.contains("ANSWER: 1"), "{cookie}");
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn dig_gets_the_answer_from_the_address_that_it_asked() -> anyhow::Result<()> {
    let (_servers, tree) = tree()?;
    for all in ["0.0.0.0", "::"] {
        let resolver = Resolver::start(|command| {
            command.args(["--bind", all, "--upstream", &tree.address.to_string()]);
        })?;
        for asked in [Ipv4Addr::LOCALHOST, Ipv4Addr::new(127, 0, 0, 2)] {
            let asked = SocketAddr::from((asked, resolver.address.port()));
            assert_eq!(dig(asked, &["+short", "www.example.test"])?, "192.0.2.1\n");
        }
    }
    Ok(())
}

#[test]
fn dnsmasq_forwards_to_it_and_it_forwards_to_unbound() -> anyhow::Result<()> {
    let upstream = unbound(
        " local-data: \"www.test. 300 A 192.0.2.9\"\n local-data: 'www.test. 300 TXT \"some text\"'\n \
         local-zone: \"none.test.\" always_nxdomain\n",
    )?;
    let resolver = Resolver::forwarding(&[upstream.address])?;
    let forwarder = dnsmasq(resolver.address)?;
    for server in [resolver.address, forwarder.address] {
        assert_eq!(dig(server, &["+short", "www.test"])?, "192.0.2.9\n");
        assert_eq!(dig(server, &["+short", "+tcp", "www.test", "TXT"])?, "\"some text\"\n");
        assert!(dig(server, &["x.none.test"])?.contains("status: NXDOMAIN"));
    }
    Ok(())
}

#[test]
fn unbound_forwards_to_it_and_believes_it() -> anyhow::Result<()> {
    let (_servers, resolver) = tree()?;
    let forward = format!(
        "forward-zone:\n name: \".\"\n forward-addr: {}@{}\n",
        resolver.address.ip(),
        resolver.address.port()
    );
    let forwarder = unbound(&forward)?;
    assert_eq!(dig(forwarder.address, &["+short", "alias.example.test"])?, "www.example.test.\n192.0.2.1\n");
    assert_eq!(dig(forwarder.address, &["+short", "big.example.test", "TXT"])?.matches('x').count(), 2400);
    assert!(dig(forwarder.address, &["nowhere.example.test"])?.contains("status: NXDOMAIN"));
    Ok(())
}
