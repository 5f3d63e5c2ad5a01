//! The inspector's options, and the method that has a ground inspected.

use std::any::TypeId;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use marketplace_core::{Ground, Message};

use crate::driver;
use crate::inspected::{HiddenValues, Watched};
use crate::io::Inspection;

/// Shows running programs in a browser.
///
/// Make one with [`inspector`], set its options, and give it each ground with [`watch`](Self::watch).
///
/// A clone is the same inspector: all grounds that are watched by clones of it are on one page. Set the options before
/// the first call of [`watch`](Self::watch). The address, title, token, hosts and time-outs are those of the inspector
/// whose ground starts first. The values that are hidden are set for each ground: by the inspector that watches it.
///
/// # Examples
///
/// ```no_run
/// use driver_inspector::inspector;
/// use marketplace_core::{Ground, Spawn};
///
/// # fn main() -> anyhow::Result<()> {
/// let program = Spawn::new((), |(), _| ()).named("program");
/// let ground = inspector().address(([127, 0, 0, 1], 0)).title("a program").watch(Ground::new().main(program));
/// futures::executor::block_on(ground.run())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Inspector {
    options: Options,
    hidden_values: Arc<HiddenValues>,
    inspection: Inspection,
}

/// The options of the page and its server.
#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) address: SocketAddr,
    pub(crate) title: Arc<str>,
    pub(crate) token: Option<Arc<str>>,
    pub(crate) hosts: Vec<String>,
    pub(crate) request_timeout: Duration,
    pub(crate) stall_timeout: Duration,
}

/// An inspector with default options: its page is at <http://127.0.0.1:5990/>.
#[must_use]
pub fn inspector() -> Inspector {
    Inspector::new()
}

impl Inspector {
    /// An inspector with default options, like [`inspector`].
    #[must_use]
    pub fn new() -> Self {
        Self { options: Options::default(), hidden_values: Arc::default(), inspection: Inspection::default() }
    }

    /// Sets the address at which the page is served. The default is 127.0.0.1:5990. With port 0 the kernel picks a port,
    /// and [`Inspecting`](crate::Inspecting) reports which.
    ///
    /// At an address that is not loopback, a browser needs the [`token`](Self::token). The connection is not encrypted.
    #[must_use]
    pub fn address(mut self, address: impl Into<SocketAddr>) -> Self {
        self.options.address = address.into();
        self
    }

    /// Sets the program's name on the page. The default is the name of its executable.
    #[must_use]
    pub fn title(mut self, title: impl Into<Arc<str>>) -> Self {
        self.options.title = title.into();
        self
    }

    /// Sets the token that a browser must send. It is then needed at loopback too.
    ///
    /// By default no token is needed at loopback, and a random one at any other address.
    ///
    /// A token is a password. It has at least 16 characters: with a shorter one the inspector fails to start.
    #[must_use]
    pub fn token(mut self, token: impl Into<Arc<str>>) -> Self {
        self.options.token = Some(token.into());
        self
    }

    /// Allows one more host name in requests, without a port. Use it for the name of a proxy, for example.
    ///
    /// By default the server only answers requests for the IP address at which it is reached and, at loopback, for
    /// `localhost`. This keeps out web sites that point a host name of their own at this machine.
    #[must_use]
    pub fn allow_host(mut self, host: impl Into<String>) -> Self {
        self.options.hosts.push(host.into());
        self
    }

    /// Never shows the values of messages.
    ///
    /// Topics are still shown, with the values in them, and so are names of processes and reasons.
    #[must_use]
    pub fn hide_values(mut self) -> Self {
        Arc::make_mut(&mut self.hidden_values).all = true;
        self
    }

    /// Never shows the values of messages of this type. Topics of the type are still shown, as with
    /// [`hide_values`](Self::hide_values).
    #[must_use]
    pub fn hide_values_of<M: Message>(mut self) -> Self {
        Arc::make_mut(&mut self.hidden_values).types.insert(TypeId::of::<M>());
        self
    }

    /// Sets how long a browser may take to send a request. The default is 10 seconds.
    #[must_use]
    pub const fn request_timeout(mut self, timeout: Duration) -> Self {
        self.options.request_timeout = timeout;
        self
    }

    /// Sets how long a browser may read nothing of what it is sent before its page is closed. The default is 30 seconds.
    #[must_use]
    pub const fn stall_timeout(mut self, timeout: Duration) -> Self {
        self.options.stall_timeout = timeout;
        self
    }

    /// Inspects a ground from its start to its end.
    ///
    /// This adds a process, the driver, and a trace to the ground. Neither of them keeps the program running. If the page
    /// cannot be served, the driver's process fails and logs the reason, and the program goes on.
    #[must_use]
    pub fn watch(&self, ground: Ground) -> Ground {
        let (watched, trace) = Watched::new(&ground.handle(), &self.hidden_values);
        let source = self.inspection.source(self.options.clone(), watched);
        ground.with_trace(trace).spawn(driver::driver(source))
    }
}

impl Default for Inspector {
    fn default() -> Self {
        Self::new()
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 5990)),
            title: executable().into(),
            token: None,
            hosts: Vec::new(),
            request_timeout: Duration::from_secs(10),
            stall_timeout: Duration::from_secs(30),
        }
    }
}

/// The name of the program's executable.
fn executable() -> String {
    let path = std::env::current_exe().unwrap_or_default();
    path.file_stem().map_or_else(|| String::from("program"), |name| name.to_string_lossy().into_owned())
}

/// Does not show the token.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("address", &self.address)
            .field("title", &self.title)
            .field("token", &self.token.as_ref().map(|_| ".."))
            .field("hosts", &self.hosts)
            .field("request_timeout", &self.request_timeout)
            .field("stall_timeout", &self.stall_timeout)
            .finish()
    }
}
