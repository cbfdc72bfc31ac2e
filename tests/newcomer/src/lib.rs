//! A vendor and a target as somebody new to Galley adds them: the code of the pages "add a vendor in one file" and
//! "add a target in one file", as it stands there.

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

/// The spoke of the page about targets.
pub mod spoke {
    include!(concat!(env!("OUT_DIR"), "/spoke.rs"));
}

/// The double of its target.
pub mod target {
    include!(concat!(env!("OUT_DIR"), "/target.rs"));
}

/// Its contract, and every clause of the suite.
#[cfg(test)]
mod post_contract {
    include!(concat!(env!("OUT_DIR"), "/post_contract.rs"));
}

#[cfg(test)]
mod careless;

#[cfg(test)]
mod hasty;
