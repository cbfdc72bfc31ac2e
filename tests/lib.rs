//! Whole jobs and their faults on the deployed local stack: the template as it ships, on the emulator.
//!
//! Each test has a tenant of its own and asserts on the world after the act: table, objects, events, the hosts'
//! books. Tests that break hosts or fill their slots run alone ([`hosts::alone`]) and leave the stack whole.

#[cfg(test)]
mod harness {
    pub(crate) mod api;
    pub(crate) mod cloud;
    pub(crate) mod hosts;
    pub(crate) mod lambdas;
    pub(crate) mod page;
    pub(crate) mod pipelines;
    pub(crate) mod receiver;
    pub(crate) mod sealed;
    pub(crate) mod shops;
    pub(crate) mod stack;
    pub(crate) mod targets;
    pub(crate) mod until;
    pub(crate) mod world;
}

#[cfg(test)]
mod scenarios {
    mod best;
    mod budgets;
    mod calls_die;
    mod cancel;
    pub(crate) mod command;
    mod contract;
    mod deciding;
    mod dispatch_dies;
    mod ends;
    mod entries;
    mod erasing;
    mod fan;
    mod fixtures;
    mod hero;
    mod hooks;
    mod hosts_die;
    mod judging;
    mod labels;
    mod lacking;
    mod lanes;
    mod localised;
    mod mandated;
    mod measured;
    mod moderating;
    mod odd_hosts;
    mod ordering;
    mod posting;
    mod posts_die;
    mod posts_live;
    mod posts_wait;
    mod publishing;
    mod reports;
    mod retry;
    mod reusing;
    mod reviewing;
    mod short_timeouts;
    mod storm;
    mod strangers;
    mod stuck;
    mod taking_down;
    mod trace;
    mod triggers;
    mod vendors;
    mod watchers;
    mod watching;
    mod windows;
}
