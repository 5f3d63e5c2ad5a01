//! Logging to standard error, controlled by the environment.

use tracing_subscriber::EnvFilter;

/// The environment variable that says what to log, for example `debug` or `driver_tcp_bare=trace`.
const VARIABLE: &str = "MARKETPLACE_LOG";

/// What is logged by default. hickory warns of each malformed packet, with which peers could fill the log.
const DEFAULT: &str = "warn,hickory_proto=error";

/// Logs to standard error what `MARKETPLACE_LOG` asks for. An invalid value causes a warning.
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
        tracing::warn!("{VARIABLE}={asked:?} is not valid ({problem}): logging {DEFAULT}");
    }
}
