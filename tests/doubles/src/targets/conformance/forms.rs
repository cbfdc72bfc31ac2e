//! Posts for tests, in the form that a target wants.

use crate::made;
use domain::id::AssetId;
use domain::post::able::{By, Text};
use domain::post::{Able, Body, Disclosed, Fitted, Form, Format, Piece, Shape};
use domain::publish::{File, Sending};
use domain::sign::sha256;
use serde_json::{Map, Value};

/// Width and height of the pictures.
pub const PICTURE: (u32, u32) = (320, 200);

/// A post with so many pieces, where the target has pieces, and so many pictures, which belong to the first.
pub fn sending(able: &'static Able, pieces: usize, pictures: usize) -> Sending {
    let now = crate::conformance::now();
    let files: Vec<File> = (0..pictures).map(|n| file(able, n)).collect();
    let media = files.iter().enumerate().map(|(n, file)| medium(n, file)).collect();
    let mut form = Form {
        target: able.target.into(),
        tags: if able.tags.in_text { Vec::new() } else { vec!["tea".into(), "morning".into()] },
        media,
        language: Some("en".into()),
        disclosed: Disclosed { ai: true, flag: able.flag.is_some(), text: None },
        ..Form::default()
    };
    match able.text {
        Text::Short { .. } => form.pieces = (0..pieces).map(piece).collect(),
        Text::Article { format, .. } => {
            form.title = Some("Morning tea & more".into());
            form.slug = able.slug.map(|_| "morning-tea-3f9a2c".into());
            form.summary = able.summary.map(|_| "How to begin a day.".into());
            form.canonical_url =
                able.canonical.then(|| "https://brand.example/journal/morning-tea".into());
            form.body = Some(body(format, pictures));
        }
    }
    Sending {
        id: "pub_3f9a2c0d1e4b5a69788796a5b4c3d2e1".into(),
        form,
        files,
        settings: Map::new(),
        since: now,
        at: now,
        progress: Value::Null,
    }
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

fn medium(n: usize, file: &File) -> Fitted {
    let shape = Shape {
        media_type: file.media_type.clone(),
        bytes: file.bytes.len() as u64,
        width: file.width,
        height: file.height,
        seconds: None,
    };
    let job = domain::id::JobId::new(domain::Time(1_800_000_000_000), [7; 10]);
    Fitted {
        asset: AssetId::new(&job, "draw", "image", n),
        shape,
        fit: None,
        alt: format!("A cup of tea, {n}"),
        caption: None,
        cover: n == 0,
        piece: 0,
    }
}

fn piece(n: usize) -> Piece {
    let text = format!("Tea & more, part {n}: https://brand.example/journal/tea-{n}");
    let start = text.find("https://").expect("it has a link");
    let url = text[start..].to_owned();
    let feature = domain::post::Feature::Link { url };
    let facets = vec![domain::post::Facet { start, end: text.len(), feature }];
    Piece { text, facets }
}

fn body(format: Format, pictures: usize) -> Body {
    let picture = |n: usize| match format {
        Format::Html => {
            format!("<figure><img src=\"media:{n}\" alt=\"A cup of tea, {n}\"></figure>")
        }
        Format::Markdown | Format::FrontMatter => format!("![A cup of tea, {n}](media:{n})"),
    };
    let pictures: Vec<String> = (0..pictures).map(picture).collect();
    let words = match format {
        Format::Html => "<p>Water first.</p>",
        Format::Markdown => "Water **first**.",
        Format::FrontMatter => "---\ntitle: Morning tea\n---\n\nWater **first**.",
    };
    Body { format, text: format!("{words}\n\n{}", pictures.join("\n\n")) }
}
