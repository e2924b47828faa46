//! Nothing but tests is in this package: for cargo, it needs a library.
