//! Sounds and films as gates see them: bytes read once, hashed, played from end to end, measured; or why not.

use crate::look::{Against, read};
use domain::Result;
use domain::gate::{self, AskedOfFilm, AskedOfSound, Heard, Judgement, Subject, Verdict, Watched};
use domain::ports::Objects;
use domain::record::AssetRecord;
use domain::view::JobView;
use playback::{PlayError, PlayLimits, Sound, Stretch, hear, watch};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What a sound or a film was found to be.
#[derive(Clone, Debug)]
enum Played {
    Sound(Heard),
    Film(Watched),
}

impl Played {
    fn scores(&self) -> Value {
        match self {
            Self::Sound(heard) => heard.scores(),
            Self::Film(watched) => watched.scores(),
        }
    }
}

/// What was found at an asset.
#[derive(Clone, Debug)]
struct Look {
    subject: Option<Subject>,
    played: Result<Played, Against>,
}

/// All that a gate judges: pictures, sounds and films.
pub(crate) fn judged<'v>(
    view: &'v JobView,
    params: &Map<String, Value>,
) -> Result<Vec<&'v AssetRecord>> {
    let names = ["images", "audio", "video"];
    let all = names.into_iter().map(|name| view.assets_of(params.get(name)));
    Ok(all.collect::<Result<Vec<_>>>()?.concat())
}

/// Whether an asset plays, by what is on record of it; that it does is seen when it is played.
pub(crate) fn plays(asset: &AssetRecord) -> bool {
    film(asset) || asset.media_type.starts_with("audio/")
}

fn film(asset: &AssetRecord) -> bool {
    asset.media_type.starts_with("video/")
}

/// What was played in this call, each once however many gates ask.
#[derive(Debug, Default)]
pub(crate) struct Player(BTreeMap<String, Look>);

impl Player {
    /// Plays an asset, unless that was done before.
    pub(crate) async fn play(&mut self, objects: &dyn Objects, asset: &AssetRecord) -> Result<()> {
        if !self.0.contains_key(asset.id.as_str()) {
            let limits = PlayLimits::default();
            let look = match read(objects, asset, limits.max_bytes as u64).await? {
                Err((subject, against)) => Look { subject, played: Err(against) },
                Ok((subject, bytes)) => {
                    let played =
                        if film(asset) { seen(&bytes, &limits) } else { heard(&bytes, &limits) };
                    Look { subject: Some(subject), played: played.map_err(against) }
                }
            };
            self.0.insert(asset.id.to_string(), look);
        }
        Ok(())
    }

    /// Holds sounds and films against what a `gate.quality` asks.
    pub(crate) fn quality(
        &self,
        params: &Map<String, Value>,
        assets: &[&AssetRecord],
        judgement: &mut Judgement,
    ) {
        let asked = AskedOfFilm::of(params).and_then(|film| Ok((film, AskedOfSound::of(params)?)));
        let (of_film, of_sound) = asked.unwrap_or_else(|why| {
            judgement.object(Verdict::Review, why);
            Default::default()
        });
        for asset in assets {
            let evaluator = if film(asset) { "film" } else { "sound" };
            judgement.evaluators.insert(evaluator.into(), 1);
            if let Ok(Value::Object(thresholds)) = match film(asset) {
                true => serde_json::to_value(&of_film),
                false => serde_json::to_value(&of_sound),
            } {
                judgement.thresholds.extend(thresholds);
            }
            let Some(look) = self.0.get(asset.id.as_str()) else { continue };
            judgement.subjects.extend(look.subject.clone());
            let name = format!("{}.{}", asset.step, asset.port);
            let id = asset.id.to_string();
            judgement.scores.extend(look.played.as_ref().ok().map(|it| (id, it.scores())));
            match &look.played {
                Ok(Played::Sound(heard)) => gate::sound(&of_sound, &name, heard, judgement),
                Ok(Played::Film(watched)) => gate::film(&of_film, &name, watched, judgement),
                Err((verdict, why)) => judgement.object(*verdict, format!("{name} {why}")),
            }
        }
    }

    /// The bytes that were played.
    pub(crate) fn subjects(&self, assets: &[&AssetRecord]) -> Vec<Subject> {
        let looks = assets.iter().filter_map(|asset| self.0.get(asset.id.as_str()));
        looks.filter_map(|look| look.subject.clone()).collect()
    }

    /// What was measured, by asset, as verdicts keep it.
    pub(crate) fn scores(&self, assets: &[&AssetRecord]) -> BTreeMap<String, Value> {
        let measured = |asset: &&AssetRecord| {
            let id = asset.id.to_string();
            let scores = self.0.get(&id)?.played.as_ref().ok()?.scores();
            Some((id, scores))
        };
        assets.iter().filter_map(measured).collect()
    }

    /// For gates that judge what pictures show: nothing here knows what a sound says or a film shows.
    pub(crate) fn unjudged(&self, assets: &[&AssetRecord], judgement: &mut Judgement) {
        for asset in assets {
            if let Some(look) = self.0.get(asset.id.as_str()) {
                judgement.subjects.extend(look.subject.clone());
            }
            let why =
                format!("{}.{} is no picture, and is not judged here", asset.step, asset.port);
            judgement.object(Verdict::Review, why);
        }
    }
}

/// A broken file is bad; one that is only beyond us may be good.
fn against(cause: PlayError) -> Against {
    let verdict = if cause.broken() { Verdict::Fail } else { Verdict::Review };
    (verdict, format!("cannot be played: {cause}"))
}

fn heard(bytes: &[u8], limits: &PlayLimits) -> Result<Played, PlayError> {
    Ok(Played::Sound(measured(&hear(bytes, limits)?, bytes.len())))
}

fn seen(bytes: &[u8], limits: &PlayLimits) -> Result<Played, PlayError> {
    let film = watch(bytes, limits)?;
    Ok(Played::Film(Watched {
        width: film.width,
        height: film.height,
        bytes: bytes.len() as u64,
        seconds: film.seconds,
        fps: film.fps,
        black: seconds(&film.black),
        frozen: seconds(&film.frozen),
        sound: film.sound.map(|sound| measured(&sound, bytes.len())),
    }))
}

fn seconds(stretches: &[Stretch]) -> Vec<(f64, f64)> {
    stretches.iter().map(|stretch| (stretch.from_s, stretch.to_s)).collect()
}

fn measured(sound: &Sound, bytes: usize) -> Heard {
    Heard {
        seconds: sound.seconds,
        rate: sound.rate,
        channels: sound.channels,
        bytes: bytes as u64,
        loudness: sound.loudness,
        range: sound.range,
        true_peak: sound.true_peak,
        clipped: sound.clipped,
        silence: sound.silence,
        longest_silence_s: sound.longest_silence_s,
        silent: seconds(&sound.silent),
        cut: seconds(&sound.cut),
    }
}
