//! What must be done to media so that a target takes them: decided here, done where pictures are drawn.

use super::able::{Able, Image, Played};
use super::content::{Content, Medium};
use super::form::{Fit, Fitted, Note, Shape};

/// One medium as a target gets it; or why it does not.
pub(super) fn fit(able: &Able, medium: &Medium, shape: &Shape) -> Result<Fitted, String> {
    let played = |what: &str, able: Option<Played>| match able {
        None => Err(format!("left out: no {what} is taken there")),
        Some(able) => plays(shape, able).map_or(Ok(None), Err),
    };
    let fit = match shape.media_type.split('/').next() {
        Some("image") => match able.media.image {
            None => return Err("left out: no picture is taken there".into()),
            Some(image) => picture(image, medium, shape)?,
        },
        Some("video") => played("film", able.media.video)?,
        Some("audio") => played("sound", able.media.audio)?,
        _ => return Err(format!("left out: {} is taken nowhere", shape.media_type)),
    };
    Ok(Fitted {
        asset: medium.asset.clone(),
        shape: shape.clone(),
        fit,
        alt: String::new(),
        caption: medium.caption.clone().filter(|_| able.media.caption),
        cover: false,
        piece: 0,
    })
}

/// Why something that plays is not taken. Nothing is done to it here.
fn plays(shape: &Shape, able: Played) -> Option<String> {
    let (least, most) = able.seconds;
    if !able.types.contains(&shape.media_type.as_str()) {
        Some(format!("left out: {} is not taken there", shape.media_type))
    } else if able.bytes < shape.bytes {
        Some(format!("left out: it has {} bytes, and {} are taken there", shape.bytes, able.bytes))
    } else {
        let seconds = shape.seconds.filter(|seconds| *seconds < least || most < *seconds)?;
        Some(format!("left out: it plays {seconds} s, and {least} to {most} s are taken there"))
    }
}

/// What must be done to a picture; none where it is taken as it is.
fn picture(able: Image, medium: &Medium, shape: &Shape) -> Result<Option<Fit>, String> {
    let taken = able.types.contains(&shape.media_type.as_str());
    let media_type = if taken { shape.media_type.as_str() } else { able.types[0] };
    let (Some(width), Some(height)) = (shape.width, shape.height) else {
        let small = taken && shape.bytes <= able.bytes;
        return if small { Ok(None) } else { Err("left out: nobody knows how large it is".into()) };
    };
    let size = sized(able, (f64::from(width), f64::from(height)));
    if taken && shape.bytes <= able.bytes && size == (width, height) {
        return Ok(None);
    }
    // One that moves would stand still.
    if shape.media_type == "image/gif" {
        return Err("left out: it moves, and is too large or not taken there".into());
    }
    let (crop, focal, bytes_most) = (able.crop, medium.focal, able.bytes);
    let media_type = media_type.to_owned();
    Ok(Some(Fit { media_type, width: size.0, height: size.1, crop, focal, bytes_most }))
}

/// Makes a picture the cover: cut around its focal point to the aspect in which the target shows covers.
pub(super) fn cover(
    able: &Able,
    medium: &Medium,
    pointer: &str,
    fitted: &mut Fitted,
    changed: &mut Vec<Note>,
) {
    fitted.cover = true;
    let (Some(aspect), Some(image)) = (able.media.cover, able.media.image) else { return };
    let image = Image { aspect: Some((aspect, aspect)), crop: true, ..image };
    // One that moves stays whole: the target cuts it as it likes.
    let Ok(Some(fit)) = picture(image, medium, &fitted.shape) else { return };
    changed.retain(|note| note.pointer != pointer);
    let (width, height) = (fit.width, fit.height);
    changed.push(Note::new(pointer, format!("is cut to {width} by {height}, as covers are shown")));
    fitted.fit = Some(fit);
}

/// The size that a picture gets: of an aspect that is shown whole, and no larger than is of use.
fn sized(able: Image, (width, height): (f64, f64)) -> (u32, u32) {
    let aspect = width / height;
    let wanted = able.aspect.map_or(aspect, |(least, most)| aspect.clamp(least, most));
    let (mut across, mut down) = match (wanted < aspect, able.crop) {
        _ if wanted == aspect => (width, height),
        // Too wide: its sides are cut off, or there is room above and below.
        (true, true) => (height * wanted, height),
        (true, false) => (width, width / wanted),
        (false, true) => (width, width / wanted),
        (false, false) => (height * wanted, height),
    };
    let mut shrink = (f64::from(able.side) / across.max(down)).min(1.0);
    if 0 < able.pixels {
        shrink = shrink.min((able.pixels as f64 / (across * down)).sqrt());
    }
    if shrink < 1.0 {
        (across, down) = ((across * shrink).floor(), (down * shrink).floor());
    }
    (across.round().max(1.0) as u32, down.round().max(1.0) as u32)
}

/// Notes what becomes of the media that a target takes, with their alternative texts cut to its limit.
pub(super) fn all(
    able: &Able,
    content: &Content,
    shape: &dyn Fn(&Medium) -> Option<Shape>,
    changed: &mut Vec<Note>,
) -> Vec<(usize, Fitted)> {
    let mut out = Vec::new();
    for (place, medium) in content.media.iter().enumerate() {
        let pointer = format!("/media/{place}");
        let fitted = match shape(medium) {
            Some(shape) => fit(able, medium, &shape),
            None => Err("left out: nobody knows what it is".into()),
        };
        let mut fitted = match fitted {
            Ok(fitted) => fitted,
            Err(why) => {
                changed.push(Note::new(pointer, why));
                continue;
            }
        };
        if let Some(fit) = &fitted.fit {
            let (width, height) = (fit.width, fit.height);
            let kind = fit.media_type.trim_start_matches("image/");
            changed.push(Note::new(&pointer, format!("is made {width} by {height}, as {kind}")));
        }
        let alt = medium.alt.trim();
        match able.media.alt {
            Some(most) => {
                let (text, cut) = super::cut::shorten(alt, &|text| text.chars().count() <= most);
                if cut {
                    let what = format!("is shortened to {most} characters");
                    changed.push(Note::new(format!("{pointer}/alt"), what));
                }
                fitted.alt = text;
            }
            None if !alt.is_empty() => {
                changed.push(Note::new(
                    format!("{pointer}/alt"),
                    "left out: there is no place for it",
                ));
            }
            None => {}
        }
        if medium.caption.is_some() && fitted.caption.is_none() {
            changed.push(Note::new(
                format!("{pointer}/caption"),
                "left out: there is no place for it",
            ));
        }
        out.push((place, fitted));
    }
    out
}

#[cfg(test)]
mod tests;
