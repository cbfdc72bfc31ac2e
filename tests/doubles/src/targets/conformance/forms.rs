//! Posts for tests, in the form that a target wants.

use crate::made;
use domain::id::AssetId;
use domain::post::able::{By, Text};
use domain::post::{
    Able, Content, Disclosed, Facet, Feature, Fitted, Focal, Form, Making, Medium, Piece, Shape,
    form,
};
use domain::publish::{File, Sending};
use domain::sign::sha256;
use serde_json::{Map, Value};

/// Width and height of the pictures.
pub const PICTURE: (u32, u32) = (320, 200);

/// A post with so many pieces, where the target has pieces, and so many pictures, which belong to the first.
pub fn sending(able: &'static Able, pieces: usize, pictures: usize) -> Sending {
    let now = crate::conformance::now();
    let files: Vec<File> = (0..pictures).map(|n| file(able, n)).collect();
    let form = match able.text {
        Text::Short { .. } => short(able, pieces, &files),
        Text::Article { .. } => article(able, "Morning tea & more", &files),
    };
    Sending {
        id: ID.into(),
        form,
        files,
        settings: Map::new(),
        since: now,
        at: now,
        progress: Value::Null,
    }
}

/// The publication's id.
const ID: &str = "pub_3f9a2c0d1e4b5a69788796a5b4c3d2e1";

fn short(able: &Able, pieces: usize, files: &[File]) -> Form {
    Form {
        target: able.target.into(),
        media: files.iter().enumerate().map(|(n, file)| fitted(n, file)).collect(),
        language: Some("en".into()),
        disclosed: Disclosed { ai: true, flag: able.flag.is_some(), text: None },
        pieces: (0..pieces).map(piece).collect(),
        ..Form::default()
    }
}

/// An article under this title, as Galley itself makes it.
pub(super) fn article(able: &Able, title: &str, files: &[File]) -> Form {
    let content = Content {
        title: Some(title.into()),
        body: "Water **first**.".into(),
        summary: Some("How to begin a day.".into()),
        tags: vec!["tea".into(), "morning".into()],
        media: (0..files.len()).map(medium).collect(),
        canonical_url: Some("https://brand.example/journal/morning-tea".into()),
        slug: Some("morning-tea".into()),
        language: Some("en".into()),
        ..Content::default()
    };
    let shapes: Vec<Shape> = files.iter().map(shape).collect();
    let shape = |of: &Medium| {
        let place = content.media.iter().position(|medium| medium.asset == of.asset)?;
        shapes.get(place).cloned()
    };
    let making = Making { id: ID, shape: &shape, ai: true, settings: &Map::new() };
    form(able, &content, &making).expect("a target can carry it")
}

fn file(able: &Able, n: usize) -> File {
    let bytes = made::png(&format!("cup {n}"), PICTURE.0, PICTURE.1);
    let url = (able.media.by == By::Url).then(|| format!("https://media.example/acme/cup-{n}.png"));
    File {
        name: format!("cup-{n}.png"),
        media_type: "image/png".into(),
        sha256: sha256(&bytes),
        bytes,
        width: Some(PICTURE.0),
        height: Some(PICTURE.1),
        url,
    }
}

fn shape(file: &File) -> Shape {
    Shape {
        media_type: file.media_type.clone(),
        bytes: file.bytes.len() as u64,
        width: file.width,
        height: file.height,
        seconds: None,
    }
}

fn medium(n: usize) -> Medium {
    let job = domain::id::JobId::new(domain::Time(1_800_000_000_000), [7; 10]);
    Medium {
        asset: AssetId::new(&job, "draw", "image", n),
        alt: format!("A cup of tea, {n}"),
        caption: None,
        focal: Focal::default(),
    }
}

fn fitted(n: usize, file: &File) -> Fitted {
    let Medium { asset, alt, .. } = medium(n);
    Fitted { asset, shape: shape(file), fit: None, alt, caption: None, cover: n == 0, piece: 0 }
}

fn piece(n: usize) -> Piece {
    let text = format!("Tea & more, part {n}: https://brand.example/journal/tea-{n}");
    let start = text.find("https://").expect("it has a link");
    let url = text[start..].to_owned();
    let feature = Feature::Link { url };
    let facets = vec![Facet { start, end: text.len(), feature }];
    Piece { text, facets }
}
