//! TLS and access control, which zenoh provides. A program without a certificate, or that is not on the list, gets
//! nothing.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::{env, fs, process};

use anyhow::anyhow;
use driver_link::{GroundId, LinkError, Zenoh, ZenohConfig};
use marketplace_core::{Ground, Pattern as _, topic};
use marketplace_testing::{InboxEvent, TestProgram};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use zenoh::Wait as _;
use zenoh::query::Reply;
use zenoh::sample::Sample;

use crate::place::{address, endpoints, set};
use crate::vocabulary::{LEASE, Said, ground, link, linked, links, said};

/// The network whose configuration is on the crate's page.
const NETWORK: &str = "rooms";

const SHOWN: &str = include_str!("secure.json5");

/// An authority that issues certificates, and its files.
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

    /// The files of a certificate for this name, valid for an address.
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

    /// The configuration of a ground with a certificate of some authority, which trusts this authority. The seed's is
    /// for the seed's address.
    fn config(&self, of: &Self, name: &str, is_seed: bool) -> anyhow::Result<ZenohConfig> {
        let listen = if is_seed { self.seed } else { address()? };
        let connect: &[SocketAddr] = if is_seed { &[] } else { &[self.seed] };
        let [certificate, key] = of.certificate(name, listen)?;
        let house = self.folder.join("house.pem");
        configured(listen, connect, &house, &certificate, &key)
    }

    fn transport(&self, of: &Self, name: &str, is_seed: bool) -> anyhow::Result<Zenoh> {
        Ok(Zenoh::new(NETWORK).config(self.config(of, name, is_seed)?).lease(LEASE))
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _left_behind = fs::remove_dir_all(&self.folder);
    }
}

/// The configuration on the crate's page, with these files and addresses.
fn configured(
    listen: SocketAddr,
    connect: &[SocketAddr],
    house: &Path,
    certificate: &Path,
    key: &Path,
) -> anyhow::Result<ZenohConfig> {
    let text = [
        (r#"["tls/192.0.2.8:7447"]"#, endpoints("tls", &[listen])),
        (r#"["tls/192.0.2.7:7447"]"#, endpoints("tls", connect)),
        (r#""/etc/rooms/ca.pem""#, format!("{house:?}")),
        (r#""/etc/rooms/cellar.pem""#, format!("{certificate:?}")),
        (r#""/etc/rooms/cellar.key""#, format!("{key:?}")),
    ]
    .into_iter()
    .fold(SHOWN.to_owned(), |text, (shown, here)| text.replace(shown, &here));
    ZenohConfig::from_json5(&text).map_err(|error| anyhow!("{error}"))
}

#[test]
fn the_configuration_is_the_one_that_the_crates_page_shows() {
    let page = include_str!("../../README.md");
    assert!(page.contains(&format!("```json5\n{SHOWN}```\n")));
}

#[test]
fn grounds_with_certificates_exchange_presence_and_messages() -> anyhow::Result<()> {
    let house = House::new("listed")?;
    let kitchen = ground("kitchen", house.transport(&house, "kitchen", true)?)?;
    let cellar = ground("cellar", house.transport(&house, "cellar", false)?)?;
    let mut ears = kitchen.subscriber(topic!(Said { room: 1, .. }))?;
    let mut mouth = cellar.publisher(topic!(Said { room: 1, .. }))?;
    ears.presence()?;
    mouth.presence()?;
    cellar.send(said(1, "in private"))?;
    assert_eq!(*ears.message()?, said(1, "in private"));
    Ok(())
}

#[test]
fn a_ground_without_a_certificate_of_the_authority_cannot_connect() -> anyhow::Result<()> {
    let house = House::new("house")?;
    let strangers = House::new("strangers")?;
    let kitchen = ground("kitchen", house.transport(&house, "kitchen", true)?)?;
    let cellar = ground("cellar", house.transport(&house, "cellar", false)?)?;
    let mut links = links(&kitchen)?;
    links.presence()?;
    // It trusts the authority, and even uses a name that is on the list.
    let mut config = house.config(&strangers, "cellar", false)?;
    set(&mut config, "connect/exit_on_failure", "true")?;
    set(&mut config, "connect/timeout_ms", "500")?;
    let stranger = TestProgram::run(Ground::new())?;
    let mut errors = stranger.subscriber(topic!(LinkError { .. }))?;
    let link = link("stranger", Zenoh::new(NETWORK).config(config)).spawn();
    let _parent = stranger.process(|cx| cx.spawn(link))?;
    let reason = errors.message()?.reason.to_string();
    assert!(reason.contains("zenoh cannot start"), "{reason}");
    links.nothing()?;
    linked(&[&kitchen, &cellar])
}

#[test]
fn a_ground_that_is_not_on_the_list_is_not_seen_and_receives_nothing() -> anyhow::Result<()> {
    let house = House::new("guests")?;
    let kitchen = ground("kitchen", house.transport(&house, "kitchen", true)?)?;
    let mut links = links(&kitchen)?;
    // It has a certificate of the authority, and so a connection.
    let guest = open(house.config(&house, "guest", false)?)?;
    assert_eq!(guest.info().peers_zid().wait().count(), 1);
    let token = format!("marketplace/{NETWORK}/ground/{}", GroundId(1));
    let _token = guest.liveliness().declare_token(&token).wait().map_err(|error| anyhow!("{error}"))?;
    let (sender, heard) = mpsc::channel();
    let hear = move |sample: Sample| _ = sender.send(sample.key_expr().to_string());
    let _ears = guest.declare_subscriber("marketplace/**").callback(hear).wait();
    // Two grounds that are on the list exchange messages meanwhile.
    let cellar = ground("cellar", house.transport(&house, "cellar", false)?)?;
    let linked = links.presence()?.value().expect("it is known");
    assert_eq!(&*linked.peer, "cellar");
    let mut mouth = cellar.publisher(topic!(Said { room: 1, .. }))?;
    let mut ears = kitchen.subscriber(topic!(Said { room: 1, .. }))?;
    mouth.presence()?;
    cellar.send(said(1, "among us"))?;
    ears.find(|seen| matches!(seen, InboxEvent::Message(_)).then_some(()))?;
    // The guest queries the tokens, and receives only its own. It has received nothing, and no ground has met it.
    let (sender, told) = mpsc::channel();
    let hear = move |reply: Reply| {
        let key = reply.result().map(|sample| sample.key_expr().to_string());
        _ = sender.send(key.unwrap_or_else(|error| format!("{error:?}")));
    };
    guest.liveliness().get("marketplace/**").callback(hear).wait().map_err(|error| anyhow!("{error}"))?;
    assert_eq!(told.iter().collect::<Vec<_>>(), [token]);
    assert_eq!(heard.try_iter().collect::<Vec<_>>(), [] as [String; 0]);
    links.nothing()
}

fn open(config: ZenohConfig) -> anyhow::Result<zenoh::Session> {
    zenoh::open(config).wait().map_err(|error| anyhow!("{error}"))
}
