//! TLS and access control, which are zenoh's: who has no certificate, or is not on the list, gets nothing.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::{env, fs, process};

use anyhow::anyhow;
use driver_link::{Zenoh, ZenohConfig};
use marketplace_core::topic;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

use crate::network::{address, endpoints};
use crate::vocabulary::{LEASE, Said, ground, said};

/// A house that issues certificates, and its files.
struct House {
    folder: PathBuf,
    issuer: Issuer<'static, KeyPair>,
    seed: SocketAddr,
}

impl House {
    fn new(name: &str) -> anyhow::Result<Self> {
        let folder = env::temp_dir().join(format!("link-{name}-{}", process::id()));
        fs::create_dir_all(&folder)?;
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate()?;
        fs::write(folder.join("house.pem"), params.self_signed(&key)?.pem())?;
        Ok(Self { folder, issuer: Issuer::new(params, key), seed: address()? })
    }

    /// The files of a certificate for this name, good for an address.
    fn certificate(&self, name: &str, host: SocketAddr) -> anyhow::Result<[PathBuf; 2]> {
        let mut params = CertificateParams::new(vec![host.ip().to_string()])?;
        params.distinguished_name.push(DnType::CommonName, name);
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate()?;
        let paths = ["pem", "key"].map(|end| self.folder.join(format!("{name}.{end}")));
        fs::write(&paths[0], params.signed_by(&key, &self.issuer)?.pem())?;
        fs::write(&paths[1], key.serialize_pem())?;
        Ok(paths)
    }

    /// The configuration of a ground that has a certificate of some house, and trusts this one. The seed's is for the
    /// seed's address.
    fn config(&self, of: &Self, name: &str, is_seed: bool) -> anyhow::Result<ZenohConfig> {
        let listen = if is_seed { self.seed } else { address()? };
        let connect: &[SocketAddr] = if is_seed { &[] } else { &[self.seed] };
        let [certificate, key] = of.certificate(name, listen)?;
        let house = self.folder.join("house.pem");
        configured(listen, connect, &house, &certificate, &key, &["kitchen", "cellar"])
    }

    fn carrier(&self, of: &Self, name: &str, is_seed: bool) -> anyhow::Result<Zenoh> {
        Ok(Zenoh::new("test").config(self.config(of, name, is_seed)?).lease(LEASE))
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _left_behind = fs::remove_dir_all(&self.folder);
    }
}

/// As the crate's page shows it: TLS both ways, and only who is on the list speaks in the network or hears it.
fn configured(
    listen: SocketAddr,
    connect: &[SocketAddr],
    house: &Path,
    certificate: &Path,
    key: &Path,
    list: &[&str],
) -> anyhow::Result<ZenohConfig> {
    let (listen, connect) = (endpoints("tls", &[listen]), endpoints("tls", connect));
    let text = format!(
        r#"{{
            listen: {{ endpoints: {listen} }},
            connect: {{ endpoints: {connect} }},
            scouting: {{ multicast: {{ enabled: false }} }},
            transport: {{
                link: {{
                    protocols: ["tls"],
                    tls: {{
                        enable_mtls: true,
                        root_ca_certificate: {house:?},
                        listen_certificate: {certificate:?},
                        listen_private_key: {key:?},
                        connect_certificate: {certificate:?},
                        connect_private_key: {key:?},
                    }},
                }},
            }},
            access_control: {{
                enabled: true,
                default_permission: "deny",
                rules: [{{
                    id: "a link",
                    permission: "allow",
                    flows: ["ingress", "egress"],
                    messages: [
                        "put",
                        "declare_subscriber",
                        "liveliness_token",
                        "declare_liveliness_subscriber",
                        "liveliness_query",
                    ],
                    key_exprs: ["marketplace/test/**"],
                }}],
                subjects: [{{ id: "grounds", cert_common_names: {list:?} }}],
                policies: [{{ rules: ["a link"], subjects: ["grounds"] }}],
            }},
        }}"#
    );
    ZenohConfig::from_json5(&text).map_err(|error| anyhow!("{error}"))
}

#[test]
fn grounds_with_certificates_see_and_hear_each_other() -> anyhow::Result<()> {
    let house = House::new("listed")?;
    let kitchen = ground("kitchen", house.carrier(&house, "kitchen", true)?)?;
    let cellar = ground("cellar", house.carrier(&house, "cellar", false)?)?;
    let mut ears = kitchen.subscriber(topic!(Said { room: 1, .. }))?;
    let mut mouth = cellar.publisher(topic!(Said { room: 1, .. }))?;
    ears.presence()?;
    mouth.presence()?;
    cellar.send(said(1, "in private"))?;
    assert_eq!(*ears.message()?, said(1, "in private"));
    Ok(())
}
