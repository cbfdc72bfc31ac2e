//! A vendor's lane: as many slots as it does work of ours at once.

use super::host::remove_slots;
use super::{HostRecord, HostState, LANES, SlotRecord, pk, slot_key};
use crate::error::Result;
use crate::money::MicroUsd;
use crate::ports::Table;
use crate::store::{Key, Write};
use crate::time::Time;

/// A vendor is believed to be there until somebody says otherwise: the end of time, in milliseconds.
const ALWAYS: Time = Time(253_402_300_799_000);

/// What a double's address begins with, and a vendor's own.
const DOUBLE: &str = "double:";
const ITSELF: &str = "vendor:";

impl HostRecord {
    /// Whether it stands in for a vendor on the operator's machine: nothing is bought there.
    pub fn is_double(&self) -> bool {
        self.address.starts_with(DOUBLE)
    }
}

/// Opens a vendor's lane with so many slots, or changes how many it has. Slots that are held stay so.
pub async fn open_vendor(table: &dyn Table, vendor: &str, slots: u32) -> Result<()> {
    open(table, vendor, slots, ITSELF).await
}

/// The same where a double at a local address stands in for the vendor: callers are told.
pub async fn open_double(table: &dyn Table, vendor: &str, slots: u32) -> Result<()> {
    open(table, vendor, slots, DOUBLE).await
}

async fn open(table: &dyn Table, vendor: &str, slots: u32, at: &str) -> Result<()> {
    for n in 0..slots {
        let key = slot_key(vendor, &SlotRecord::sk(vendor, n));
        // Refused where it is there, held or free.
        table.write(vec![Write::create(key, &SlotRecord::free(vendor))?]).await?;
    }
    remove_slots(table, vendor, vendor, slots).await?;
    let host = HostRecord {
        host: vendor.to_owned(),
        address: format!("{at}{vendor}"),
        models: vec!["*".into()],
        kinds: vec!["*".into()],
        usd_per_slot_second: MicroUsd(0),
        state: HostState::Ready,
        slots,
        until: ALWAYS,
        boot: None,
        ahead: false,
    };
    let named = Write::count(Key::new(LANES, vendor)).also("lane", vendor);
    let key = Key::new(pk(vendor), format!("HOST#{vendor}"));
    table.write(vec![Write::put(key, &host)?, named]).await.map(drop)
}

/// Closes a vendor's lane: nothing new is asked of it. What is under way comes to its end.
pub async fn close_vendor(table: &dyn Table, vendor: &str) -> Result<()> {
    let host = Key::new(pk(vendor), format!("HOST#{vendor}"));
    table.write(vec![Write::forget(host)]).await?;
    remove_slots(table, vendor, vendor, 0).await
}
