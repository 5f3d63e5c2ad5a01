//! The inspector's options, and the one line by which a ground is inspected.

use std::any::TypeId;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use marketplace_core::{Ground, Message};

use crate::driver;
use crate::inspected::{HiddenValues, Watched};
use crate::io::Inspection;

/// Shows programs in a browser, as they run.
///
/// A clone is the same inspector: grounds that are watched by clones are on one page. The options are to be set before
/// the first of them is watched; what a clone is told later holds for the grounds that it watches, where it is about
/// values, and for nothing else once the page is there.
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

/// What the page and its server go by.
#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) address: SocketAddr,
    pub(crate) title: Arc<str>,
    pub(crate) token: Option<Arc<str>>,
    pub(crate) hosts: Vec<String>,
    pub(crate) request_timeout: Duration,
    pub(crate) stall_timeout: Duration,
}

/// An inspector as it is by default.
#[must_use]
pub fn inspector() -> Inspector {
    Inspector::new()
}

impl Inspector {
    /// The options as they are by default.
    #[must_use]
    pub fn new() -> Self {
        Self { options: Options::default(), hidden_values: Arc::default(), inspection: Inspection::default() }
    }

    /// The address at which the page is served: 127.0.0.1:5990 by default. With port 0 the kernel picks one, which
    /// [`Inspecting`](crate::Inspecting) tells.
    ///
    /// Whoever reaches an address that is not loopback needs the [`token`](Self::token). What is sent is not encrypted.
    #[must_use]
    pub fn address(mut self, address: impl Into<SocketAddr>) -> Self {
        self.options.address = address.into();
        self
    }

    /// What the program is called on the page: by default the name of its executable.
    #[must_use]
    pub fn title(mut self, title: impl Into<Arc<str>>) -> Self {
        self.options.title = title.into();
        self
    }

    /// What whoever asks has to know, at loopback too. Where none is given, one is made at random for other addresses, and
    /// none is needed at loopback.
    ///
    /// It is what is called a password, of at least 16 characters: with a shorter one the inspector does not begin.
    #[must_use]
    pub fn token(mut self, token: impl Into<Arc<str>>) -> Self {
        self.options.token = Some(token.into());
        self
    }

    /// A further name, without a port, by which browsers may call the server; one that a proxy has, say. Otherwise it
    /// answers to the address at which it is reached, and at loopback to `localhost`, so that no other site can reach it by
    /// a name of its own.
    #[must_use]
    pub fn allow_host(mut self, host: impl Into<String>) -> Self {
        self.options.hosts.push(host.into());
        self
    }

    /// Shows no values of messages, whoever asks for them.
    ///
    /// Topics are shown all the same, with the values that they name, and so are names and reasons.
    #[must_use]
    pub fn hide_values(mut self) -> Self {
        Arc::make_mut(&mut self.hidden_values).all = true;
        self
    }

    /// Shows no values of messages of this type, whoever asks for them. It hides no more than
    /// [`hide_values`](Self::hide_values) does: topics of the type are shown.
    #[must_use]
    pub fn hide_values_of<M: Message>(mut self) -> Self {
        Arc::make_mut(&mut self.hidden_values).types.insert(TypeId::of::<M>());
        self
    }

    /// How long a browser may take to send a request: 10 seconds by default.
    #[must_use]
    pub const fn request_timeout(mut self, timeout: Duration) -> Self {
        self.options.request_timeout = timeout;
        self
    }

    /// How long a browser may take nothing of what it is sent, until its page is forgotten: 30 seconds by default.
    #[must_use]
    pub const fn stall_timeout(mut self, timeout: Duration) -> Self {
        self.options.stall_timeout = timeout;
        self
    }

    /// Has a ground inspected from its beginning to its end.
    ///
    /// This adds a process to it, the driver, and somebody who is told what happens, neither of which keeps the program.
    /// If the page cannot be served, that process fails, which is logged, and the program goes on.
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

/// The name of the program's file.
fn executable() -> String {
    let path = std::env::current_exe().unwrap_or_default();
    path.file_stem().map_or_else(|| String::from("program"), |name| name.to_string_lossy().into_owned())
}

/// The token stays a secret.
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
