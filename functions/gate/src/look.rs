//! Pictures as gates see them: bytes read once, hashed, decoded, measured; or why that could not be.

use domain::gate::{Fingerprint, Measured, Subject, Verdict};
use domain::id::AssetId;
use domain::ports::{Bucket, Objects};
use domain::record::AssetRecord;
use domain::sign::sha256;
use domain::view::JobView;
use domain::{Error, Result};
use media::{Limits, MediaError, decode, lettering, measure, phash, probe};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What was found at an asset.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    /// The bytes that were read; none where there were none.
    pub(crate) subject: Option<Subject>,
    /// What they show, or what stands against them and why.
    pub(crate) seen: Result<Seen, (Verdict, String)>,
}

/// A picture in numbers.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) measured: Measured,
    pub(crate) phash: Fingerprint,
    /// How many lines of lettering are on it; none where there is none.
    pub(crate) lettering: Option<u32>,
}

/// An asset with its name in reasons, and what was found there.
#[derive(Debug)]
pub(crate) struct Picture<'a> {
    pub(crate) asset: &'a AssetId,
    pub(crate) name: String,
    pub(crate) look: &'a Look,
}

/// The assets that were looked at in this call, each once however many gates ask.
#[derive(Debug, Default)]
pub(crate) struct Looked(BTreeMap<AssetId, Look>);

impl Looked {
    /// Looks at an asset, unless that was done before.
    pub(crate) async fn look(&mut self, objects: &dyn Objects, asset: &AssetRecord) -> Result<()> {
        if !self.0.contains_key(&asset.id) {
            let look = look(objects, asset).await?;
            self.0.insert(asset.id.clone(), look);
        }
        Ok(())
    }

    /// What a tenant's gate looks at: what is published. A file that is beyond us gives way to what it was made
    /// from without chance, where it was: a verdict on that covers it, as the lineage says.
    pub(crate) async fn readable<'v>(
        &mut self,
        objects: &dyn Objects,
        view: &'v JobView,
        images: &[&'v AssetRecord],
    ) -> Result<Vec<&'v AssetRecord>> {
        let (mut next, mut reached) =
            (VecDeque::from_iter(images.iter().copied()), BTreeSet::new());
        let mut readable = Vec::new();
        while let Some(asset) = next.pop_front() {
            if !reached.insert(&asset.id) {
                continue;
            }
            self.look(objects, asset).await?;
            let seen = self.0.get(&asset.id).map(|look| &look.seen);
            let beyond_us = matches!(seen, Some(Err((Verdict::Review, _))));
            let sources: Option<Vec<_>> =
                asset.made_from.iter().map(|source| view.assets.get(source)).collect();
            match sources.filter(|all| beyond_us && asset.deterministic && !all.is_empty()) {
                Some(sources) => next.extend(sources),
                None => readable.push(asset),
            }
        }
        Ok(readable)
    }

    /// What was found at these assets.
    pub(crate) fn at<'a>(&'a self, assets: &[&'a AssetRecord]) -> Vec<Picture<'a>> {
        let found = assets.iter().enumerate().filter_map(|(index, asset)| {
            let name = match assets.len() {
                1 => format!("{}.{}", asset.step, asset.port),
                _ => format!("{}.{} (picture {})", asset.step, asset.port, index + 1),
            };
            Some(Picture { asset: &asset.id, name, look: self.0.get(&asset.id)? })
        });
        found.collect()
    }
}

/// What stands against an asset, and why.
pub(crate) type Against = (Verdict, String);

async fn look(objects: &dyn Objects, asset: &AssetRecord) -> Result<Look> {
    let limits = Limits::default();
    Ok(match read(objects, asset, limits.max_bytes as u64).await? {
        Ok((subject, bytes)) => Look { subject: Some(subject), seen: see(&bytes, &limits) },
        Err((subject, against)) => Look { subject, seen: Err(against) },
    })
}

/// The bytes of an asset, if they are what is on record; or what stands against them, with what was read.
pub(crate) async fn read(
    objects: &dyn Objects,
    asset: &AssetRecord,
    most: u64,
) -> Result<Result<(Subject, Vec<u8>), (Option<Subject>, Against)>> {
    let against = |verdict, why: &str| Err((None, (verdict, why.to_owned())));
    let bytes = match objects.get(Bucket::Assets, &asset.key, most).await {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(against(Verdict::Fail, "is gone: there are no bytes")),
        Err(Error::Invalid(_)) if most < asset.bytes => {
            return Ok(against(Verdict::Review, "is too large to be looked at"));
        }
        Err(Error::Invalid(_)) => {
            return Ok(against(Verdict::Fail, "is not what is on record: it has more bytes"));
        }
        Err(cause) => return Err(cause),
    };
    let subject = Subject { asset: asset.id.clone(), sha256: sha256(&bytes) };
    Ok(match subject.sha256 == asset.sha256 {
        true => Ok((subject, bytes)),
        false => {
            let why = "is not what is on record: its bytes changed";
            Err((Some(subject), (Verdict::Fail, why.into())))
        }
    })
}

fn see(bytes: &[u8], limits: &Limits) -> Result<Seen, (Verdict, String)> {
    let seen = || {
        let header = probe(bytes)?;
        let picture = decode(bytes, limits)?;
        let measures = measure(&picture)?;
        let measured = Measured {
            width: measures.width,
            height: measures.height,
            bytes: bytes.len() as u64,
            format: header.format.name().into(),
            color: header.mode.name().into(),
            icc: header.icc,
            dpi: header.dpi,
            sharpness: measures.sharpness,
            mean_luma: measures.mean_luma,
            luma_deviation: measures.luma_deviation,
            clipped_dark: measures.clipped_dark,
            clipped_bright: measures.clipped_bright,
            uniform_area: measures.uniform_area,
            alpha_coverage: measures.alpha_coverage,
            borders: measures.borders,
            noise: measures.noise,
            blocks: measures.blocks,
        };
        let lettering = Some(lettering(&picture)?).filter(|lines| 0 < *lines);
        Ok(Seen { measured, phash: Fingerprint(phash(&picture)?), lettering })
    };
    seen().map_err(|cause: MediaError| {
        // A broken file is bad; one that is only beyond us may be good.
        let verdict = match cause {
            MediaError::Empty
            | MediaError::NotAPicture { .. }
            | MediaError::Truncated { .. }
            | MediaError::Damaged { .. } => Verdict::Fail,
            _ => Verdict::Review,
        };
        (verdict, format!("cannot be looked at: {cause}"))
    })
}
