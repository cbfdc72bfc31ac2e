//! A step's parameters as pixels: which sizes, which formats.

use domain::pipeline::Kind;
use media::{
    Enlarge, Fit, Focus, Format, Limits, MediaError, Picture, Quality, Rendition, convert, decode,
    ladder, resize,
};
use serde_json::{Map, Value};

/// The files that a step makes of its source.
pub(crate) fn make(
    kind: Kind,
    params: &Map<String, Value>,
    source: &[u8],
) -> Result<Vec<Rendition>, MediaError> {
    let picture = decode(source, &Limits::default())?;
    let quality = match number(params, "quality") {
        Some(quality) => Quality::new(u8::try_from(quality).unwrap_or(u8::MAX))?,
        None => Quality::default(),
    };
    if kind == Kind::Convert {
        let format = params.get("format").and_then(Value::as_str).unwrap_or_default().parse()?;
        return Ok(vec![convert(&picture, format, quality)?]);
    }
    let formats = formats(params, source)?;
    let widths: Option<Vec<u32>> = params.get("widths").and_then(Value::as_array).map(|widths| {
        widths.iter().filter_map(|width| u32::try_from(width.as_u64()?).ok()).collect()
    });
    match widths {
        Some(widths) => ladder(&picture, &widths, &formats, quality),
        None => {
            let sized = single(&picture, params)?;
            formats.into_iter().map(|format| convert(&sized, format, quality)).collect()
        }
    }
}

/// The formats asked for; without any, the source's own.
fn formats(params: &Map<String, Value>, source: &[u8]) -> Result<Vec<Format>, MediaError> {
    let Some(names) = params.get("formats").and_then(Value::as_array) else {
        return Ok(vec![Format::sniff(source)?]);
    };
    let mut formats = Vec::with_capacity(names.len());
    for name in names {
        let format = name.as_str().unwrap_or_default().parse()?;
        if !formats.contains(&format) {
            formats.push(format);
        }
    }
    Ok(formats)
}

/// One size, never beyond the source's.
fn single(picture: &Picture, params: &Map<String, Value>) -> Result<Picture, MediaError> {
    let cover = params.get("fit").and_then(Value::as_str) == Some("cover");
    let fit = match (number(params, "width"), number(params, "height")) {
        (Some(width), Some(height)) if cover => Fit::Cover { width, height, focus: Focus::CENTRE },
        (Some(width), Some(height)) => Fit::Contain { width, height },
        (Some(width), None) => Fit::Width(width),
        (None, Some(height)) => Fit::Height(height),
        (None, None) => Fit::Width(picture.width()),
    };
    resize(picture, fit, Enlarge::Never)
}

fn number(params: &Map<String, Value>, name: &str) -> Option<u32> {
    params.get(name).and_then(Value::as_u64).map(|number| u32::try_from(number).unwrap_or(u32::MAX))
}
