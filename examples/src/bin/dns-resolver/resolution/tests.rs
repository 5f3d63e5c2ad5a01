//! What is to be asked next, without a socket.
