//! Other DNS servers, running.

use std::fmt::Display;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use anyhow::{Context as _, ensure};
use hickory_proto::rr::RecordType;
use rustix::process::{Pid, Signal, kill_process};

use super::packet::question;
use super::resolver::scratch;
use super::upstream::bind_all;
use crate::support::wait_until;

/// A server in the foreground, with a folder for its files. It is stopped when this value is dropped.
pub(crate) struct Daemon {
    pub(crate) address: SocketAddr,
    child: Child,
    folder: Folder,
}

/// A folder for the files of a test. It is deleted when this value is dropped.
struct Folder(PathBuf);

/// A port that was free on these addresses a moment ago.
pub(crate) fn free_port(addresses: &[Ipv4Addr]) -> anyhow::Result<u16> {
    Ok(bind_all(addresses)?[0].0.local_addr()?.port())
}

/// A program of a Debian package, which `.ci/run` installs.
fn tool(name: &str, package: &str) -> anyhow::Result<Command> {
    let folders = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"];
    let path = folders.iter().map(|folder| Path::new(folder).join(name)).find(|path| path.exists());
    let path = path.with_context(|| format!("this test needs {name}: apt-get install {package}"))?;
    Ok(Command::new(path))
}

/// The output of `dig` for a query to a server.
pub(crate) fn dig(server: SocketAddr, arguments: &[&str]) -> anyhow::Result<String> {
    let mut command = tool("dig", "bind9-dnsutils")?;
    let server = [format!("@{}", server.ip()), format!("-p{}", server.port())];
    // One try, for as long as the resolver may take.
    let Output { status, stdout, stderr } =
        command.args(server).args(["+tries=1", "+time=20"]).args(arguments).output()?;
    let text = String::from_utf8(stdout)?;
    ensure!(status.success(), "dig fails: {text}{}", String::from_utf8_lossy(&stderr));
    Ok(text)
}

/// NSD as the server of one zone.
pub(crate) fn nsd(address: SocketAddr, zone: &str, records: &str) -> anyhow::Result<Daemon> {
    let mut command = tool("nsd", "nsd")?;
    let folder = Folder::new(&format!("nsd-{}", address.ip()))?;
    folder.write("zone", &format!("@ 300 IN SOA ns host 1 3600 600 86400 60\n{records}"))?;
    let configuration = format!(
        "server:\n ip-address: {}@{}\n username: \"\"\n chroot: \"\"\n zonesdir: {}\n pidfile: \"\"\n \
         xfrdfile: xfrd\n zonelistfile: zones\n xfrdir: {}\n server-count: 1\n database: \"\"\n\
         remote-control:\n control-enable: no\n\
         zone:\n name: \"{zone}\"\n zonefile: zone\n",
        address.ip(),
        address.port(),
        folder.0.display(),
        folder.0.display(),
    );
    let file = folder.write("conf", &configuration)?;
    command.arg("-d").arg("-c").arg(file);
    Daemon::start(command, address, folder)
}

/// Unbound as a resolver, with these additional lines of configuration.
pub(crate) fn unbound(configuration: &str) -> anyhow::Result<Daemon> {
    let mut command = tool("unbound", "unbound")?;
    let address = local(free_port(&[Ipv4Addr::LOCALHOST])?);
    let folder = Folder::new("unbound")?;
    let configuration = format!(
        "server:\n interface: {}@{}\n username: \"\"\n chroot: \"\"\n directory: {}\n pidfile: \"\"\n \
         use-syslog: no\n module-config: iterator\n num-threads: 1\n do-not-query-localhost: no\n \
         local-zone: \"test.\" transparent\n{configuration}",
        address.ip(),
        address.port(),
        folder.0.display(),
    );
    let file = folder.write("conf", &configuration)?;
    command.arg("-d").arg("-c").arg(file);
    Daemon::start(command, address, folder)
}

/// dnsmasq as a forwarder to `server`.
pub(crate) fn dnsmasq(server: SocketAddr) -> anyhow::Result<Daemon> {
    let mut command = tool("dnsmasq", "dnsmasq-base")?;
    let address = local(free_port(&[Ipv4Addr::LOCALHOST])?);
    command.args(["--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts"]);
    command.args(["--bind-interfaces", "--user=root", "--pid-file=", "--log-facility=-"]);
    let option = |name: &str, value: &dyn Display| format!("--{name}={value}");
    command.arg(option("listen-address", &address.ip())).arg(option("port", &address.port()));
    command.arg(format!("--server={}#{}", server.ip(), server.port()));
    Daemon::start(command, address, Folder::new("dnsmasq")?)
}

const fn local(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

impl Daemon {
    /// Starts a server, and waits until it answers.
    fn start(mut command: Command, address: SocketAddr, folder: Folder) -> anyhow::Result<Self> {
        let log = fs::File::create(folder.0.join("log"))?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        let mut daemon = Self { address, child, folder };
        let socket = UdpSocket::bind("0.0.0.0:0")?;
        socket.connect(address)?;
        // How long to wait for an answer before the next try. If nothing listens, the error comes at once.
        socket.set_read_timeout(Some(std::time::Duration::from_millis(100)))?;
        let query = question("ready.invalid.", RecordType::A).to_vec()?;
        wait_until(|| {
            if daemon.child.try_wait()?.is_some() {
                let log = fs::read_to_string(daemon.folder.0.join("log"))?;
                anyhow::bail!("{command:?} has ended: {log}");
            }
            Ok(socket.send(&query).is_ok() && socket.recv(&mut [0; 512]).is_ok())
        })?;
        Ok(daemon)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It is ended by a signal that it can handle, because it may have children. It may have ended by itself.
        let _asked = kill_process(Pid::from_child(&self.child), Signal::TERM);
        if wait_until(|| Ok(self.child.try_wait()?.is_some())).is_err() {
            let _killed = self.child.kill();
        }
    }
}

impl Folder {
    fn new(name: &str) -> anyhow::Result<Self> {
        let path = scratch(name);
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    fn write(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.0.join(name);
        fs::write(&path, text)?;
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // If this fails, the files stay in the folder for the tests' files.
        let _deleted = fs::remove_dir_all(&self.0);
    }
}
