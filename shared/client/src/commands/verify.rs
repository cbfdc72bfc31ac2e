//! `galley verify`: what a published file says of how it came to be, and whether it can be believed.
use domain::sniff;
use provenance::{Chain, Manifest, State, read, source_in_xmp};
use serde::Serialize;
use serde_json::Value;

use crate::{
    failure::{Exit, Failure},
    paint::{self, note, plain},
    session::Session,
};

/// See how a file came to be, and whether it was changed since it was signed
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley verify hero.png
  galley verify hero.png --trust certificate.pem
  galley verify film.mp4 --json | jq .manifests[0].actions

Reads the file's content credentials (C2PA), and the kind of source that its XMP says, which is what is left where
credentials were stripped and nobody vouches for. Nothing is fetched, no key is needed.
Exit code 1 where the file was changed since, or has no credentials.")]
pub(crate) struct Args {
    /// The file
    file: std::path::PathBuf,
    /// PEM of those whose word you trust: who they vouch for is called trusted
    #[arg(long, value_name = "FILE")]
    trust: Option<std::path::PathBuf>,
}

pub(crate) fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let unreadable = |path: &std::path::Path, cause: std::io::Error| {
        Failure::here(format!("{}: {cause}", path.display()), "name a file that you may read")
    };
    let bytes = std::fs::read(&args.file).map_err(|cause| unreadable(&args.file, cause))?;
    let anchors = match &args.trust {
        Some(path) => Some(std::fs::read_to_string(path).map_err(|cause| unreadable(path, cause))?),
        None => None,
    };
    let name = args.file.display();
    let Some(media_type) = sniff::media_type(&bytes) else {
        return Err(Failure::here(
            format!("{name} is of no format that is known here"),
            "PNG, JPEG, WebP, AVIF, GIF, TIFF, HEIC, MP4, WAV, MP3 and FLAC carry credentials",
        ));
    };
    let chain = read(media_type, &bytes, anchors.as_deref()).map_err(|cause| {
        Failure::here(
            format!("{name}: its credentials cannot be read: {cause}"),
            "it was damaged, or written by something newer than this command",
        )
    })?;
    let xmp = source_in_xmp(&bytes);
    let Some(chain) = chain else {
        note(&without(&name.to_string(), xmp.as_deref()));
        return Ok(Exit::Failed);
    };
    match session.json {
        true => paint::json(&Said { chain: &chain, xmp })?,
        false => {
            for line in told(&chain).into_iter().chain(xmp.map(|source| format!("XMP: {source}"))) {
                paint::line(&line)?;
            }
        }
    }
    note(&match chain.state {
        State::Trusted => format!("{name} is as it was signed, by somebody whom you trust"),
        State::Valid => format!(
            "{name} is as it was signed; whether to believe who signed it is yours to say (--trust)"
        ),
        State::Invalid => {
            format!("{name} was changed since it was signed: {}", chain.problems.join(", "))
        }
    });
    Ok(if chain.state == State::Invalid { Exit::Failed } else { Exit::Succeeded })
}

/// All that a file says, for programs.
#[derive(Serialize)]
struct Said<'a> {
    #[serde(flatten)]
    chain: &'a Chain,
    /// The kind of source in its XMP.
    xmp: Option<String>,
}

/// What is told of a file without credentials.
fn without(name: &str, xmp: Option<&str>) -> String {
    match xmp {
        None => format!("{name} says nothing of how it came to be: it has no credentials"),
        Some(source) => {
            format!("{name} has no credentials; its XMP says {source}, for which nobody vouches")
        }
    }
}

/// The chain for people, the latest manifest first.
fn told(chain: &Chain) -> Vec<String> {
    let mut lines = Vec::new();
    for (index, manifest) in chain.manifests.iter().enumerate() {
        lines.extend((index != 0).then(String::new));
        lines.extend(of(manifest));
    }
    lines
}

fn of(manifest: &Manifest) -> Vec<String> {
    let known = |text: &Option<String>| text.as_deref().map_or("unknown".to_owned(), plain);
    let (title, generator) = (known(&manifest.title), known(&manifest.generator));
    let mut lines = vec![format!("{title}, by {generator}, signed by {}", known(&manifest.signer))];
    for action in &manifest.actions {
        let when = action.when.as_deref().unwrap_or("-").chars().take(16).collect::<String>();
        let mut line = format!("  {:16}  {:22}", when.replace('T', " "), plain(&action.action));
        for more in [&action.source_type, &action.agent, &action.description].into_iter().flatten()
        {
            line = format!("{line}  {}", plain(more));
        }
        lines.push(line);
    }
    let gates = manifest.history.as_ref().map(|history| &history["gates"]);
    for gate in gates.and_then(Value::as_array).into_iter().flatten() {
        let text = |name: &str| gate[name].as_str().map(plain).unwrap_or_default();
        let policy = gate["policy"].as_str().map(|by| format!(" by {}", plain(by)));
        let people = if gate["approved_by_people"] == true { ", approved by people" } else { "" };
        let (gate, verdict) = (text("gate"), text("verdict"));
        lines.push(format!("  gate {gate}: {verdict}{}{people}", policy.unwrap_or_default()));
    }
    for ingredient in &manifest.ingredients {
        let own = if ingredient.has_manifest { ", with credentials of its own" } else { "" };
        lines.push(format!("  made from {}{own}", known(&ingredient.title)));
    }
    lines
}

#[cfg(test)]
mod tests {
    use provenance::{Action, Ingredient};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_label_that_is_left_of_stripped_credentials_is_told_as_no_proof() {
        let none = "a.png says nothing of how it came to be: it has no credentials";
        assert_eq!(without("a.png", None), none);
        let left = "a.png has no credentials; its XMP says trainedAlgorithmicMedia, for which nobody vouches";
        assert_eq!(without("a.png", Some("trainedAlgorithmicMedia")), left);
    }

    #[test]
    fn a_chain_is_told_from_the_latest_to_the_first() {
        let action = |action: &str, agent: Option<&str>| Action {
            action: action.into(),
            agent: agent.map(str::to_owned),
            source_type: Some("trainedAlgorithmicMedia".into()),
            when: Some("2026-11-21T03:00:00.000Z".into()),
            description: Some("paint: image.generate".into()),
        };
        let manifest = Manifest {
            title: Some("hero.png".into()),
            generator: Some("Galley 0.1.0".into()),
            signer: Some("Acme pictures".into()),
            actions: vec![action("c2pa.created", Some("openai/gpt-image-1"))],
            ingredients: vec![Ingredient {
                title: Some("photo".into()),
                relationship: None,
                has_manifest: true,
            }],
            history: Some(json!({ "gates": [{
                "gate": "good", "verdict": "review", "policy": "brand@4", "approved_by_people": true,
            }] })),
        };
        let theirs = Manifest {
            title: None,
            generator: None,
            signer: None,
            actions: vec![],
            ingredients: vec![],
            history: None,
        };
        let state = State::Valid;
        let chain = Chain { state, problems: vec![], manifests: vec![manifest, theirs] };
        assert_eq!(
            told(&chain),
            [
                "hero.png, by Galley 0.1.0, signed by Acme pictures",
                "  2026-11-21 03:00  c2pa.created            trainedAlgorithmicMedia  openai/gpt-image-1  paint: image.generate",
                "  gate good: review by brand@4, approved by people",
                "  made from photo, with credentials of its own",
                "",
                "unknown, by unknown, signed by unknown",
            ]
        );
    }
}
