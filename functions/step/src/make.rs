//! A step's parameters as files: which sizes, which formats, which words.

use crate::compose;
use domain::pipeline::Kind;
use media::{
    Black, Enlarge, Fit, Focus, Format, Intent, Limits, Lut, MediaError, Paper, Picture, PrintFile,
    Quality, Rendition, Separation, convert, crop, decode, grade, ladder, print, resize,
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The bytes of pictures, by the ids of their assets.
pub(crate) type Sources = BTreeMap<String, Vec<u8>>;

/// What a step made.
pub(crate) struct Made {
    /// The files in their order.
    pub(crate) files: Vec<File>,
    /// Of a picture for paper: dots of the source on each inch.
    pub(crate) effective_dpi: Option<u32>,
}

/// Bytes with what is known of them.
pub(crate) struct File {
    pub(crate) bytes: Vec<u8>,
    pub(crate) media_type: &'static str,
    /// Width and height in pixels, of a picture.
    pub(crate) size: Option<(u32, u32)>,
    /// The words, of a text.
    pub(crate) text: Option<String>,
}

impl From<Rendition> for File {
    fn from(made: Rendition) -> Self {
        let (media_type, size) = (made.format.media_type(), Some((made.width, made.height)));
        Self { bytes: made.bytes, media_type, size, text: None }
    }
}

/// The files that a step makes of its sources.
pub(crate) fn make(
    kind: Kind,
    params: &Map<String, Value>,
    sources: &Sources,
) -> Result<Made, MediaError> {
    if kind == Kind::Print {
        let printed = print(&picture(params, sources)?, &paper(params)?)?;
        let effective_dpi = Some(printed.effective_dpi);
        return Ok(Made { files: vec![printed.file.into()], effective_dpi });
    }
    if kind == Kind::Template {
        // Its template was written out with the other parameters.
        let text = params.get("text").and_then(Value::as_str).unwrap_or_default().to_owned();
        let bytes = text.clone().into_bytes();
        let (media_type, text) = ("text/plain; charset=utf-8", Some(text));
        let files = vec![File { bytes, media_type, size: None, text }];
        return Ok(Made { files, effective_dpi: None });
    }
    let files = match kind {
        Kind::Resize => sizes(params, sources)?,
        _ => vec![one(kind, params, sources)?],
    };
    Ok(Made { files: files.into_iter().map(File::from).collect(), effective_dpi: None })
}

/// One picture in one format.
fn one(
    kind: Kind,
    params: &Map<String, Value>,
    sources: &Sources,
) -> Result<Rendition, MediaError> {
    let made = match kind {
        Kind::Crop => part(&picture(params, sources)?, params)?,
        Kind::Composite => compose::compose(params, sources)?,
        Kind::Grade => {
            let lut = lut(params.get("lut").unwrap_or(&Value::Null))?;
            let intensity = params.get("intensity").and_then(Value::as_f64).unwrap_or(1.0);
            grade(&picture(params, sources)?, &lut, intensity)?
        }
        _ => picture(params, sources)?,
    };
    let format = match params.get("format").and_then(Value::as_str) {
        Some(name) => name.parse()?,
        None => Format::sniff(bytes(params.get("image"), sources))?,
    };
    convert(&made, format, quality(params)?)
}

/// A ladder, or one size in each format.
fn sizes(params: &Map<String, Value>, sources: &Sources) -> Result<Vec<Rendition>, MediaError> {
    let (picture, quality) = (picture(params, sources)?, quality(params)?);
    let formats = formats(params, bytes(params.get("image"), sources))?;
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

/// The picture that the step works on.
fn picture(params: &Map<String, Value>, sources: &Sources) -> Result<Picture, MediaError> {
    decode(bytes(params.get("image"), sources), &Limits::default())
}

/// The bytes of the asset of that id; none, which nothing can be decoded from, where it is not there.
pub(crate) fn bytes<'a>(id: Option<&Value>, sources: &'a Sources) -> &'a [u8] {
    let id = id.and_then(Value::as_str).unwrap_or_default();
    sources.get(id).map_or(&[], Vec::as_slice)
}

fn quality(params: &Map<String, Value>) -> Result<Quality, MediaError> {
    match number(params, "quality") {
        Some(quality) => Quality::new(u8::try_from(quality).unwrap_or(u8::MAX)),
        None => Ok(Quality::default()),
    }
}

/// The largest part of the proportions asked, or the size asked, never beyond the source's.
fn part(picture: &Picture, params: &Map<String, Value>) -> Result<Picture, MediaError> {
    let focus = focus(params);
    if let Some(aspect) = params.get("aspect").and_then(Value::as_str) {
        let side = |side: &str| side.parse().unwrap_or(0);
        let (across, down) = aspect.split_once(':').unwrap_or_default();
        return crop(picture, (side(across), side(down)), focus);
    }
    let side = |name| number(params, name).unwrap_or(0);
    let fit = Fit::Cover { width: side("width"), height: side("height"), focus };
    resize(picture, fit, Enlarge::Never)
}

fn paper(params: &Map<String, Value>) -> Result<Paper, MediaError> {
    let mm = |name: &str| params.get(name).and_then(Value::as_f64).unwrap_or(0.0);
    let enlarge = match params.get("allow_upscale").and_then(Value::as_bool) {
        Some(true) => Enlarge::Allowed,
        _ => Enlarge::Never,
    };
    Ok(Paper {
        width_mm: mm("width_mm"),
        height_mm: mm("height_mm"),
        bleed_mm: mm("bleed_mm"),
        dpi: number(params, "dpi").unwrap_or(0),
        focus: focus(params),
        enlarge,
        file: print_file(params)?,
    })
}

/// Inks only in a TIFF: no PNG holds them.
fn print_file(params: &Map<String, Value>) -> Result<PrintFile, MediaError> {
    let word = |name: &str| params.get(name).and_then(Value::as_str).unwrap_or_default();
    let tiff = word("format") == "tiff";
    if word("color") != "cmyk" {
        return Ok(if tiff { PrintFile::Tiff } else { PrintFile::Png });
    }
    if !tiff {
        let (what, value) = ("the format of a print in cmyk", word("format").to_owned());
        return Err(MediaError::BadSize { what, value, allowed: "tiff" });
    }
    let intent = match word("intent") {
        "perceptual" => Intent::Perceptual,
        "saturation" => Intent::Saturation,
        "absolute" => Intent::Absolute,
        _ => Intent::Relative,
    };
    let black = if word("black") == "pure" { Black::Pure } else { Black::Rich };
    Ok(PrintFile::Cmyk(Separation { intent, black }))
}

fn focus(params: &Map<String, Value>) -> Focus {
    let share = |name: &str| params.get("focus")?.get(name)?.as_f64();
    share("x").zip(share("y")).map_or(Focus::CENTRE, |(x, y)| Focus { x, y })
}

/// A table from the text of a `.cube` file, or from `{ size, table }`.
fn lut(value: &Value) -> Result<Lut, MediaError> {
    if let Some(text) = value.as_str() {
        return Lut::cube(text);
    }
    let size = value.get("size").and_then(Value::as_u64).unwrap_or(0) as usize;
    let numbers = value.get("table").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN) as f32;
    Lut::new(size, numbers.as_chunks::<3>().0.iter().map(|c| c.each_ref().map(number)).collect())
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

pub(crate) fn number(params: &Map<String, Value>, name: &str) -> Option<u32> {
    params.get(name).and_then(Value::as_u64).map(|number| u32::try_from(number).unwrap_or(u32::MAX))
}
