//! Files are sealed and read again; what was changed in between is noticed.

mod kept;

use crate::{Key, State, read, seal, source_in_xmp, supported, xmp};
use domain::fakes::publishable;
use domain::provenance::{Facts, SourceType, facts};
use domain::record::{AssetRecord, MadeBy};
use domain::view::JobView;
use media::{Format, Picture, Quality, encode};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SignatureAlgorithm,
};
use serde_json::json;

/// A key for this test with its certificates, and the certificate of whoever vouches for it.
fn certified() -> (String, String) {
    certified_for(&PKCS_ECDSA_P256_SHA256)
}

fn certified_for(algorithm: &'static SignatureAlgorithm) -> (String, String) {
    let pair = || KeyPair::generate_for(algorithm).unwrap();
    let named = |name: &str| {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.distinguished_name.push(DnType::OrganizationName, "Acme");
        params.use_authority_key_identifier_extension = true;
        params
    };
    let mut root = named("Acme root");
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let root_key = pair();
    let root_certificate = root.self_signed(&root_key).unwrap();
    let mut leaf = named("Acme pictures");
    leaf.is_ca = IsCa::ExplicitNoCa;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::EmailProtection];
    let leaf_key = pair();
    let issuer = Issuer::from_params(&root, &root_key);
    let leaf = leaf.signed_by(&leaf_key, &issuer).unwrap();
    let root = root_certificate.pem();
    (format!("{}{root}{}", leaf.pem(), leaf_key.serialize_pem()), root)
}

fn key() -> Key {
    Key::from_pem(&certified().0).unwrap()
}

/// A job with a picture that a model made, and what is told of its smaller copy.
fn job() -> (JobView, AssetRecord, Facts) {
    let mut view = publishable(&json!({ "kind": "s3", "prefix": "p" }));
    for asset in view.assets.values_mut().filter(|asset| asset.step == "generate") {
        let model = "openai/gpt-image-1 <new & \"better\">".into();
        asset.made_by = Some(MadeBy { model, procedural: false });
    }
    let asset = view.assets.values().find(|asset| asset.step == "ladder").unwrap().clone();
    let facts = facts(&view, &asset);
    (view, asset, facts)
}

fn picture(format: Format) -> Vec<u8> {
    let (width, height) = (96, 64);
    let pixel = |n: usize| {
        let (x, y) = (n % width, n / width);
        [(x * 2) as u8, (y * 3) as u8, ((x ^ y) * 2) as u8]
    };
    let rgb = (0..width * height).flat_map(pixel).collect();
    let picture = Picture::rgb(width as u32, height as u32, rgb).unwrap();
    encode(&picture, format, Quality::default()).unwrap()
}

/// A second of a tone: PCM, mono, 8 kHz.
pub(crate) fn sound() -> Vec<u8> {
    let samples: Vec<u8> = (0..8000_i32)
        .flat_map(|n| ((f64::from(n) * 0.3).sin() * 9000.0).round().to_string().into_bytes())
        .take(16_000)
        .collect();
    let size = samples.len() as u32;
    let mut wav = [b"RIFF", &(36 + size).to_le_bytes()[..], b"WAVEfmt "].concat();
    for part in [&16_u32.to_le_bytes()[..], &[1, 0, 1, 0], &8000_u32.to_le_bytes()] {
        wav.extend(part);
    }
    for part in [&16_000_u32.to_le_bytes()[..], &[2, 0, 16, 0], b"data", &size.to_le_bytes()] {
        wav.extend(part);
    }
    [wav, samples].concat()
}

fn files() -> Vec<(&'static str, Vec<u8>)> {
    let film = include_bytes!("../../playback/fixtures/film.mp4").to_vec();
    vec![
        ("image/png", picture(Format::Png)),
        ("image/jpeg", picture(Format::Jpeg)),
        ("image/webp", picture(Format::Webp)),
        ("image/avif", picture(Format::Avif)),
        ("video/mp4", film),
        ("audio/wav", sound()),
    ]
}

#[tokio::test]
async fn every_format_comes_back_with_all_that_was_said() {
    let (_, asset, facts) = job();
    let (pem, root) = certified();
    let key = Key::from_pem(&pem).unwrap();
    for (media_type, bytes) in files() {
        let asset = AssetRecord { media_type: media_type.into(), ..asset.clone() };
        assert_eq!(read(media_type, &bytes, None).unwrap(), None, "{media_type} before");
        let sealed = seal(&key, "hero-480w", (&asset, &bytes), &facts, &[]).await.unwrap();
        assert!(bytes.len() < sealed.len() && sealed.len() < bytes.len() + 40_000, "{media_type}");
        let alone = read(media_type, &sealed, None).unwrap().unwrap();
        assert_eq!(alone.state, State::Valid, "{media_type}: {:?}", alone.problems);
        let chain = read(media_type, &sealed, Some(&root)).unwrap().unwrap();
        assert_eq!(
            (chain.state, chain.problems.as_slice()),
            (State::Trusted, &[][..]),
            "{media_type}"
        );
        let [manifest] = chain.manifests.as_slice() else { panic!("{:?}", chain.manifests) };
        assert_eq!(manifest.title.as_deref(), Some("hero-480w"));
        assert_eq!(manifest.signer.as_deref(), Some("Acme pictures"));
        let told: Vec<_> = manifest
            .actions
            .iter()
            .map(|a| (a.action.as_str(), a.source_type.as_deref()))
            .collect();
        let trained = Some("trainedAlgorithmicMedia");
        assert_eq!(told, [("c2pa.created", trained), ("c2pa.resized", trained)], "{media_type}");
        assert_eq!(
            manifest.actions[0].agent.as_deref(),
            Some("openai/gpt-image-1 <new & \"better\">")
        );
        let history = manifest.history.as_ref().unwrap();
        assert_eq!(history["asset"], json!(asset.id));
        assert_eq!(history["gates"].as_array().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_file_that_was_changed_since_is_not_believed() {
    let (_, asset, facts) = job();
    let key = key();
    for (media_type, bytes) in files() {
        let asset = AssetRecord { media_type: media_type.into(), ..asset.clone() };
        let mut sealed = seal(&key, "hero", (&asset, &bytes), &facts, &[]).await.unwrap();
        // Somewhere in what is shown or heard: the last bytes of these files are of it, but for a WebP's label.
        let place = match media_type {
            "image/png" => sealed.windows(4).rposition(|four| four == b"IDAT").unwrap() + 30,
            "image/webp" => sealed.windows(4).position(|four| four == b"VP8 ").unwrap() + 40,
            "image/jpeg" => sealed.len() - 30,
            "audio/wav" => sealed.windows(4).position(|four| four == b"data").unwrap() + 300,
            _ => sealed.windows(4).position(|four| four == b"mdat").unwrap() + 60,
        };
        sealed[place] ^= 0x10;
        let chain = read(media_type, &sealed, None).unwrap().unwrap();
        assert_eq!(chain.state, State::Invalid, "{media_type}");
        assert!(!chain.problems.is_empty(), "{media_type}");
    }
}

#[tokio::test]
async fn the_picture_itself_stays_as_it_was() {
    let (_, asset, facts) = job();
    let key = key();
    for (media_type, bytes) in
        files().into_iter().filter(|(of, _)| of.starts_with("image/") && *of != "image/avif")
    {
        let asset = AssetRecord { media_type: media_type.into(), ..asset.clone() };
        let sealed = seal(&key, "hero", (&asset, &bytes), &facts, &[]).await.unwrap();
        let pixels = |bytes: &[u8]| media::decode(bytes, &media::Limits::default()).unwrap();
        assert_eq!(pixels(&sealed), pixels(&bytes), "{media_type}");
    }
}

#[tokio::test]
async fn files_say_their_source_in_xmp_too() {
    let (_, asset, facts) = job();
    let key = key();
    for (media_type, bytes) in files() {
        let asset = AssetRecord { media_type: media_type.into(), ..asset.clone() };
        let sealed = seal(&key, "hero", (&asset, &bytes), &facts, &[]).await.unwrap();
        let text = String::from_utf8_lossy(&sealed);
        let source = "Iptc4xmpExt:DigitalSourceType=\"http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia\"";
        assert!(text.contains(source), "{media_type}");
        let model =
            "Iptc4xmpExt:AISystemUsed=\"openai/gpt-image-1 &lt;new &amp; &quot;better&quot;&gt;\"";
        assert!(text.contains(model), "{media_type}");
        assert_eq!(source_in_xmp(&sealed).as_deref(), Some("trainedAlgorithmicMedia"));
        assert_eq!(source_in_xmp(&bytes), None, "{media_type}");
        // It is part of what was signed.
        let place = sealed.windows(source.len()).rposition(|part| part == source.as_bytes());
        let mut changed = sealed.clone();
        changed[place.unwrap() + source.len() - 2] ^= 1;
        let chain = read(media_type, &changed, None).unwrap().unwrap();
        assert_eq!(chain.state, State::Invalid, "{media_type}");
    }
}

#[tokio::test]
async fn what_is_shown_and_heard_of_sealed_files_is_what_it_was() {
    let (_, asset, facts) = job();
    let key = key();
    let limits = playback::PlayLimits::default();
    for (media_type, bytes) in files() {
        let asset = AssetRecord { media_type: media_type.into(), ..asset.clone() };
        let sealed = seal(&key, "hero", (&asset, &bytes), &facts, &[]).await.unwrap();
        match media_type {
            "image/avif" => {
                let (before, after) = (xmp::tests::items(&bytes), xmp::tests::items(&sealed));
                assert_eq!(after.len(), before.len() + 1);
                assert!(before.iter().all(|(id, data)| after[id] == *data));
                assert!(after.values().any(|data| data.starts_with(b"<?xpacket")));
            }
            "video/mp4" => {
                let watched = |bytes: &[u8]| playback::watch(bytes, &limits).unwrap();
                assert_eq!(watched(&sealed), watched(&bytes));
            }
            "audio/wav" => {
                let heard = |bytes: &[u8]| playback::hear(bytes, &limits).unwrap();
                assert_eq!(heard(&sealed), heard(&bytes));
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn what_rules_painted_is_not_called_ai() {
    let (mut view, asset, _) = job();
    for asset in view.assets.values_mut() {
        asset.made_by =
            asset.made_by.take().map(|_| MadeBy { procedural: true, model: "sketch-1".into() });
    }
    let facts = facts(&view, &asset);
    assert_eq!(facts.source, Some(SourceType::AlgorithmicMedia));
    let asset = AssetRecord { media_type: "image/png".into(), ..asset };
    let sealed = seal(&key(), "hero", (&asset, &picture(Format::Png)), &facts, &[]).await.unwrap();
    let chain = read("image/png", &sealed, None).unwrap().unwrap();
    assert_eq!(chain.manifests[0].actions[0].source_type.as_deref(), Some("algorithmicMedia"));
    let text = String::from_utf8_lossy(&sealed);
    assert!(
        text.contains("digitalsourcetype/algorithmicMedia\"") && !text.contains("AISystemUsed")
    );
}

#[tokio::test]
async fn what_a_caller_brought_keeps_its_own_manifest_in_ours() {
    let (_, asset, made) = job();
    let key = key();
    let asset = AssetRecord { media_type: "image/png".into(), ..asset };
    let theirs =
        seal(&key, "theirs.png", (&asset, &picture(Format::Png)), &made, &[]).await.unwrap();
    let brought = AssetRecord { step: "inputs".into(), port: "photo".into(), ..asset.clone() };
    let mut facts = made.clone();
    facts.acts.remove(0);
    facts.brought = vec![brought.id.clone()];
    let again = [(&brought, theirs.as_slice())];
    let sealed =
        seal(&key, "ours.png", (&asset, &picture(Format::Png)), &facts, &again).await.unwrap();
    let chain = read("image/png", &sealed, None).unwrap().unwrap();
    assert_eq!(chain.state, State::Valid, "{:?}", chain.problems);
    let titles: Vec<_> = chain.manifests.iter().map(|one| one.title.as_deref().unwrap()).collect();
    assert_eq!(titles, ["ours.png", "theirs.png"]);
    let [parent] = chain.manifests[0].ingredients.as_slice() else { panic!("one ingredient") };
    assert_eq!((parent.title.as_deref(), parent.has_manifest), (Some("photo"), true));
    let actions: Vec<_> =
        chain.manifests[0].actions.iter().map(|act| act.action.as_str()).collect();
    assert_eq!(actions, ["c2pa.opened", "c2pa.resized"]);
}

#[tokio::test]
async fn what_a_caller_brought_and_is_not_at_hand_is_opened_all_the_same() {
    let (_, asset, mut facts) = job();
    let asset = AssetRecord { media_type: "image/png".into(), ..asset };
    facts.acts.remove(0);
    for acts in [facts.acts.clone(), Vec::new()] {
        let facts = Facts { acts, brought: vec![asset.id.clone()], ..facts.clone() };
        let sealed =
            seal(&key(), "ours.png", (&asset, &picture(Format::Png)), &facts, &[]).await.unwrap();
        let chain = read("image/png", &sealed, None).unwrap().unwrap();
        assert_eq!(chain.state, State::Valid, "{:?}", chain.problems);
        assert_eq!(chain.manifests[0].actions[0].action, "c2pa.opened");
    }
}

#[tokio::test]
async fn what_cannot_carry_a_manifest_is_named() {
    let (_, asset, facts) = job();
    let asset = AssetRecord { media_type: "video/webm".into(), ..asset };
    let refused = seal(&key(), "film", (&asset, b"..."), &facts, &[]).await.unwrap_err();
    assert_eq!(refused.to_string(), "video/webm files cannot carry a manifest");
    assert!(!supported("text/plain") && supported("image/avif"));
}

#[test]
fn a_key_that_cannot_sign_says_what_it_lacks() {
    let (pem, _) = certified();
    let certificates = &pem[..pem.find("-----BEGIN PRIVATE").unwrap()];
    let alone = &pem[pem.find("-----BEGIN PRIVATE").unwrap()..];
    let why = |text: &str| Key::from_pem(text).unwrap_err().to_string();
    assert!(why(certificates).starts_with("it has no PRIVATE KEY in PKCS #8 form"));
    assert!(why(alone).starts_with("it has no CERTIFICATE"));
    assert!(why("hello").starts_with("it has no PRIVATE KEY"));
    assert!(
        why("-----BEGIN PRIVATE KEY-----\n?\n-----END PRIVATE KEY-----")
            .starts_with("it is no PEM")
    );
    let (others, _) = certified();
    let mixed = format!("{}{alone}", &others[..others.find("-----BEGIN PRIVATE").unwrap()]);
    assert_eq!(
        why(&mixed),
        "its first CERTIFICATE is for another key than the one that signs: put that of the key first"
    );
    assert!(!format!("{:?}", key()).contains("BEGIN"));
}
