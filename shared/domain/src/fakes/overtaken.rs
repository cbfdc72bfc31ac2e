//! A table whose caller is overtaken: somebody else acts between its reads and its first write.

use super::World;
use crate::error::Result;
use crate::ports::Table;
use crate::store::{Item, Key, Query, Write, Written};
use async_trait::async_trait;
use std::pin::Pin;
use std::sync::Mutex;

/// The table of a world, in which something happens just before the first write.
pub struct Overtaken<'a> {
    world: &'a World,
    meanwhile: Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send + 'a>>>>,
}

impl std::fmt::Debug for Overtaken<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Overtaken")
    }
}

impl<'a> Overtaken<'a> {
    /// The world's table, and what happens.
    pub fn by(world: &'a World, meanwhile: impl Future<Output = ()> + Send + 'a) -> Self {
        Self { world, meanwhile: Mutex::new(Some(Box::pin(meanwhile))) }
    }
}

#[async_trait]
impl Table for Overtaken<'_> {
    async fn get(&self, keys: &[Key]) -> Result<Vec<Option<Item>>> {
        self.world.table.get(keys).await
    }

    async fn query(&self, query: &Query) -> Result<Vec<Item>> {
        self.world.table.query(query).await
    }

    async fn write(&self, writes: Vec<Write>) -> Result<Written> {
        let meanwhile = self.meanwhile.lock().expect("no test panics while it holds this").take();
        if let Some(meanwhile) = meanwhile {
            meanwhile.await;
        }
        self.world.table.write(writes).await
    }
}
