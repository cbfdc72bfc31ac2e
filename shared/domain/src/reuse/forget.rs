//! Results that are not to be used again: of a tenant, of a model, or one of them.

use super::{ReuseRecord, pk};
use crate::error::{Error, Result};
use crate::id::{AssetId, TenantId};
use crate::ports::Table;
use crate::record::AssetRecord;
use crate::store::{Key, Write, from_item, sort_key};
use crate::tenant::TENANTS;
use crate::whole;
use std::collections::BTreeSet;

/// Which results; what is named must all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forget {
    /// Of this tenant; of all of them where none is named.
    pub tenant: Option<TenantId>,
    /// Of this model: `vendor/model`, or that of one's own hosts.
    pub model: Option<String>,
    /// Those that gave this asset.
    pub asset: Option<AssetId>,
}

/// Forgets them; what is being made meanwhile is not kept either. Returns how many there were.
pub async fn forget(table: &dyn Table, which: &Forget) -> Result<u64> {
    let (tenants, assets) = scope(table, which).await?;
    let mut gone = 0;
    for tenant in tenants {
        for item in whole::records(table, &pk(&tenant), "").await? {
            // Who waits for one asks anew when it is found gone.
            if sort_key(&item).contains('#') {
                continue;
            }
            let record: ReuseRecord = from_item(&item)?;
            let of_model = which.model.as_ref().is_none_or(|model| *model == record.model);
            let of_asset =
                assets.as_ref().is_none_or(|of| record.assets.iter().any(|id| of.contains(id)));
            if of_model && of_asset {
                table.write(vec![Write::forget(Key::new(pk(&tenant), sort_key(&item)))]).await?;
                gone += 1;
            }
        }
    }
    Ok(gone)
}

/// The tenants, and the assets with what they are copies of.
async fn scope(
    table: &dyn Table,
    which: &Forget,
) -> Result<(Vec<TenantId>, Option<BTreeSet<AssetId>>)> {
    if let Some(asset) = &which.asset {
        let items = table.get(&[AssetRecord::record_key(asset)]).await?;
        let Some(record) = &items[0] else {
            return Err(Error::Invalid(format!("there is no asset {asset}")));
        };
        let record: AssetRecord = from_item(record)?;
        let mut assets: BTreeSet<AssetId> = record.made_from.into_iter().collect();
        assets.insert(record.id);
        return Ok((vec![record.tenant], Some(assets)));
    }
    let tenants = match &which.tenant {
        Some(tenant) => vec![tenant.clone()],
        None => {
            let items = whole::records(table, TENANTS, "").await?;
            items.iter().map(|item| TenantId::parse(sort_key(item))).collect::<Result<_>>()?
        }
    };
    Ok((tenants, None))
}
