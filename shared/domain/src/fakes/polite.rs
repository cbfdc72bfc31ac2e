//! A table whose callers let others go first: twins run at the same time, at every pace.

use super::World;
use crate::error::Result;
use crate::ports::Table;
use crate::store::{Item, Key, Query, Write, Written};
use async_trait::async_trait;
use std::task::Poll;

/// The table of a world, each call to which lets others go first so many times.
#[derive(Clone, Copy, Debug)]
pub struct Polite<'a>(pub &'a World, pub usize);

impl Polite<'_> {
    async fn wait(&self) {
        for _ in 0..self.1 {
            let mut waited = false;
            std::future::poll_fn(|context| {
                if std::mem::replace(&mut waited, true) {
                    return Poll::Ready(());
                }
                context.waker().wake_by_ref();
                Poll::Pending
            })
            .await;
        }
    }
}

#[async_trait]
impl Table for Polite<'_> {
    async fn get(&self, keys: &[Key]) -> Result<Vec<Option<Item>>> {
        self.wait().await;
        self.0.table.get(keys).await
    }

    async fn query(&self, query: &Query) -> Result<Vec<Item>> {
        self.wait().await;
        self.0.table.query(query).await
    }

    async fn write(&self, writes: Vec<Write>) -> Result<Written> {
        self.wait().await;
        self.0.table.write(writes).await
    }
}
