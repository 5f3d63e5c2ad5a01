//! The file with the addresses of the root servers.

use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use anyhow::{Context as _, ensure};
use hickory_proto::rr::{Name, RData, RecordType};
use hickory_proto::serialize::txt::Parser;

use crate::delegation::Delegation;

/// Reads the root servers from a zone file with their `NS` and address records.
///
/// # Errors
///
/// If the file cannot be read or parsed, or has no address of a root server.
pub(crate) fn read_hints(path: &Path, port: u16) -> anyhow::Result<Delegation> {
    let read = || parse_hints(&fs::read_to_string(path)?, port);
    read().with_context(|| format!("cannot read the root servers from {}", path.display()))
}

fn parse_hints(text: &str, port: u16) -> anyhow::Result<Delegation> {
    let (_, sets) = Parser::new(text, None, Some(Name::root())).parse()?;
    let of_type = |record_type: RecordType| {
        let sets = sets.values().filter(move |set| set.record_type() == record_type);
        sets.flat_map(|set| set.records_without_rrsigs())
    };
    let names: BTreeSet<&Name> = of_type(RecordType::NS)
        .filter(|record| record.name.is_root())
        .filter_map(|record| if let RData::NS(server) = &record.data { Some(&server.0) } else { None })
        .collect();
    let addresses: Vec<SocketAddr> = of_type(RecordType::A)
        .chain(of_type(RecordType::AAAA))
        .filter(|record| names.contains(&record.name))
        .filter_map(|record| address(&record.data))
        .map(|address| SocketAddr::new(address, port))
        .collect();
    ensure!(!addresses.is_empty(), "there is no address of a server of the root in it");
    Ok(Delegation::of_all(addresses))
}

/// The address in a record, if it is an address record.
pub(crate) fn address(data: &RData) -> Option<IpAddr> {
    match data {
        RData::A(address) => Some(address.0.into()),
        RData::AAAA(address) => Some(address.0.into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_of_the_servers_of_the_root_are_taken() -> anyhow::Result<()> {
        let text = ".  3600000  NS  A.ROOT-SERVERS.TEST.\n\
                    .  3600000  NS  b.root-servers.test.  ; the second\n\
                    a.root-servers.test.  3600000  A  127.0.0.2\n\
                    B.root-servers.test.  3600000  AAAA  ::1\n\
                    somebody.else.test.  3600000  A  127.0.0.9\n";
        let hints = parse_hints(text, 53)?;
        assert_eq!(hints.addresses, ["127.0.0.2:53".parse()?, "[::1]:53".parse()?]);
        Ok(())
    }

    #[test]
    fn a_file_without_any_is_refused() {
        assert!(parse_hints("", 53).is_err());
        assert!(parse_hints("a.test. 60 A 127.0.0.2\n", 53).is_err());
        assert!(parse_hints(". 60 NS\n", 53).is_err());
    }
}
