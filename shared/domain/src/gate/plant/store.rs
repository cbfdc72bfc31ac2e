//! The pictures that may be planted: each on record with who added it and why, and on the audit chain.

use crate::audit::{Act, Chain};
use crate::error::{Error, Result};
use crate::id::{JobId, PersonId, TenantId};
use crate::ports::{Bucket, Objects, Put, Table};
use crate::sign::sha256;
use crate::sniff;
use crate::store::{Key, Query, Write, Written, from_item};
use crate::time::Time;
use crate::upload;
use crate::view;
use serde::{Deserialize, Serialize};

/// Most pictures that a policy has for planting: five such policies are read at once.
pub const PLANTS_MOST: usize = 200;
/// How often the chain may be taken by another writer before we give up for now.
const RACES: usize = 10;

/// A picture that is known to be bad.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plant {
    /// Its bytes' SHA-256, by which it is known.
    pub sha256: String,
    /// The policy that it tests.
    pub policy: String,
    /// Its media type.
    pub media_type: String,
    /// Its size.
    pub bytes: u64,
    /// Where its bytes lie in the bucket of assets.
    pub key: String,
    /// What is wrong with it.
    pub why: String,
    /// The words that it seems to be made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// Who added it.
    pub by: PersonId,
    /// When.
    pub at: Time,
}

/// What is to be planted.
#[derive(Clone, Debug)]
pub struct Added {
    /// The policy that it tests.
    pub policy: String,
    /// The picture.
    pub bytes: Vec<u8>,
    /// What is wrong with it.
    pub why: String,
    /// The words that it seems to be made from.
    pub prompt: Option<String>,
    /// The job that made it, where one did: it never goes out from there, either.
    pub of: Option<JobId>,
}

/// The partition of a tenant's plants.
pub(crate) fn pk(tenant: &TenantId) -> String {
    format!("PLANTS#{tenant}")
}

/// Where a plant lies, by its bytes.
pub(crate) fn key(tenant: &TenantId, sha256: &str) -> Key {
    Key::new(pk(tenant), sha256)
}

/// Adds a picture; the same again changes nothing. `None`: it is no picture that we take.
pub async fn add(
    table: &dyn Table,
    objects: &dyn Objects,
    tenant: &TenantId,
    (added, by): (Added, &PersonId),
    now: Time,
) -> Result<Option<Plant>> {
    let Added { policy, bytes, why, prompt, of } = added;
    let known = sniff::media_type(&bytes);
    let takes = upload::media_types(crate::pipeline::InputType::Image);
    let Some(media_type) = known.filter(|known| takes.contains(known)) else { return Ok(None) };
    let hash = sha256(&bytes);
    let place = format!("{tenant}/plants/{hash}.{}", sniff::extension(media_type));
    let size = bytes.len() as u64;
    let how = Put { media_type: media_type.into(), ..Put::default() };
    // False where it is there: the same bytes.
    objects.put(Bucket::Assets, &place, bytes, &how).await?;
    let plant = Plant {
        sha256: hash,
        policy,
        media_type: media_type.into(),
        bytes: size,
        key: place,
        why,
        prompt,
        by: by.clone(),
        at: now,
    };
    for _ in 0..RACES {
        if let Some(present) = get(table, tenant, &plant.sha256).await? {
            let same = Plant { by: plant.by.clone(), at: plant.at, ..present.clone() } == plant;
            if same {
                return Ok(Some(present));
            }
        }
        let mut writes = vec![Write::put(key(tenant, &plant.sha256), &plant)?];
        if let Some(job) = &of {
            writes.push(view::planted(job, &plant.sha256)?);
        }
        if changed(table, tenant, ("policy.plant", &plant, by), writes, now).await? {
            return Ok(Some(plant));
        }
    }
    Err(Error::Again("the audit chain of policies is contended".into()))
}

/// Takes a picture out; whether it was there. Jobs that it was planted as stay, and publish nothing.
pub async fn remove(
    table: &dyn Table,
    tenant: &TenantId,
    (sha256, by): (&str, &PersonId),
    now: Time,
) -> Result<bool> {
    for _ in 0..RACES {
        let Some(plant) = get(table, tenant, sha256).await? else { return Ok(false) };
        let writes = vec![Write::delete(key(tenant, sha256))];
        if changed(table, tenant, ("policy.unplant", &plant, by), writes, now).await? {
            return Ok(true);
        }
    }
    Err(Error::Again("the audit chain of policies is contended".into()))
}

/// A tenant's plants for a policy, in the order of their bytes.
pub async fn list(table: &dyn Table, tenant: &TenantId, policy: &str) -> Result<Vec<Plant>> {
    let items = table.query(&Query::partition(pk(tenant))).await?;
    let all = items.iter().map(from_item::<Plant>).collect::<Result<Vec<_>>>()?;
    Ok(all.into_iter().filter(|plant| plant.policy == policy).collect())
}

async fn get(table: &dyn Table, tenant: &TenantId, sha256: &str) -> Result<Option<Plant>> {
    table.get(&[key(tenant, sha256)]).await?.remove(0).as_ref().map(from_item).transpose()
}

/// Writes a change with its entry on the chain of the tenant's policies; false where somebody else was faster.
async fn changed(
    table: &dyn Table,
    tenant: &TenantId,
    (what, plant, by): (&str, &Plant, &PersonId),
    mut writes: Vec<Write>,
    now: Time,
) -> Result<bool> {
    let chain = Chain::Tenant(tenant.clone(), "policies");
    let head = chain.head(table).await?;
    let act = Act::new(what, by, &plant.policy).fact("sha256", &plant.sha256);
    let link = chain.link(head.as_ref(), act, [0; 16], now)?;
    writes.push(link.head_in(Write::count(chain.head_key())));
    writes.extend(link.writes);
    Ok(table.write(writes).await? == Written::Done)
}
