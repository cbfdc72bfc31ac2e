//! A vendor as somebody new to Galley adds it: the code of the page "add a vendor in one file", as it stands there.

/// The adapter of the page.
pub mod adapter {
    include!(concat!(env!("OUT_DIR"), "/adapter.rs"));
}

/// The double of the page.
pub mod double {
    include!(concat!(env!("OUT_DIR"), "/double.rs"));
}

/// The contract of the page, and every clause of the suite.
#[cfg(test)]
mod contract {
    include!(concat!(env!("OUT_DIR"), "/contract.rs"));
}

#[cfg(test)]
mod careless;
