//! Logs to standard error, as the environment asks for.

use tracing_subscriber::EnvFilter;

/// The environment variable that says what to log: `debug`, say, or `driver_tcp_bare=trace`.
const VARIABLE: &str = "MARKETPLACE_LOG";

/// What is logged unless the variable says otherwise. What a peer's malformed packet makes hickory warn of would
/// let peers fill the log.
const DEFAULT: &str = "warn,hickory_proto=error";

/// Logs to standard error by `MARKETPLACE_LOG`; a value that makes no sense is warned of.
pub fn log_to_standard_error() {
    let asked = std::env::var_os(VARIABLE).filter(|asked| !asked.is_empty());
    let filter = match &asked {
        None => Ok(EnvFilter::new(DEFAULT)),
        Some(asked) => EnvFilter::try_new(asked.to_string_lossy()),
    };
    let problem = filter.as_ref().err().map(ToString::to_string);
    let filter = filter.unwrap_or_else(|_| EnvFilter::new(DEFAULT));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    if let (Some(asked), Some(problem)) = (asked, problem) {
        tracing::warn!("{VARIABLE}={asked:?} makes no sense ({problem}): logging {DEFAULT}");
    }
}
