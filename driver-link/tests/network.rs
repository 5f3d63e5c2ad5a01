//! Links over a network that loses, doubles and delays, and with peers that keep to no protocol: moved by hand, so that each
//! thing happens at the worst time.

mod network {
    mod again;
    mod hostile;
    mod loss;
    mod race;
}
mod support;
