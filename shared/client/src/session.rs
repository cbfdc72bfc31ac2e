//! What the commands share: how to print, and a client made when it is first needed.
use client::Client;

use crate::{
    cli::Global,
    failure::Failure,
    settings::{self, Place},
};

pub(crate) struct Session {
    global: Global,
    pub(crate) json: bool,
}

impl Session {
    pub(crate) fn new(global: Global) -> Self {
        Self { json: global.json, global }
    }

    /// Where Galley is, by arguments, environment and files.
    pub(crate) fn place(&self) -> Result<Place, Failure> {
        let here = std::env::current_dir()?;
        settings::find(&self.global, &here, std::env::home_dir().as_deref())
    }

    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let place = self.place()?;
        let Some(api) = &place.api else {
            return Err(Failure::here(
                "no API address: none given, no .galley/stack.json upward, no profile",
                "`make up` starts a local stack; else pass --api URL or set GALLEY_API",
            ));
        };
        let Some(key) = &place.key else {
            return Err(Failure::here(
                format!("no key for {api}"),
                "pass --key KEY or set GALLEY_KEY; a key of another address is never sent here",
            ));
        };
        Ok(Client::new(api, key)?)
    }
}
