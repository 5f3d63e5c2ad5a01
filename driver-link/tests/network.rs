//! Links over a network that loses, duplicates and delays, and with peers that break the protocol. The network is moved
//! by hand, so that each event happens at the worst time.

mod network {
    mod again;
    mod hostile;
    mod loss;
    mod race;
}
mod support;
