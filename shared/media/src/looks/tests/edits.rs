//! Pictures, and the edits that are made of them: those after which a result may be used again, and those after which not.

use crate::samples::{blurred, edited, noisy, painted, product, scene};
use crate::text::Text;
use crate::{
    Align, Canvas, Color, Content, Enlarge, Fit, Format, Layer, Limits, Picture, Quality, Weight,
    decode, encode, resize,
};

/// An edit by its name: what it makes of the picture of this index.
pub(super) type Edit = (&'static str, fn(&Picture, usize) -> Picture);

/// So many pictures there are of each sort, and in all.
const SCENES: usize = 24;
const PRODUCTS: usize = 24;
const PARTS: usize = 20;
pub(super) const PICTURES: usize = SCENES + PRODUCTS + PARTS;

/// After these it is still the same picture.
pub(super) const NEAR: [Edit; 10] = [
    ("JPEG at 50", |picture, _| recompressed(picture, Format::Jpeg, 50)),
    ("WebP at 50", |picture, _| recompressed(picture, Format::Webp, 50)),
    ("half the size", |picture, _| wide(picture, picture.width() / 2)),
    ("twice the size", |picture, _| wide(picture, picture.width() * 2)),
    ("cropped by 2 %", |picture, _| cropped(picture, 2)),
    ("slightly blurred", |picture, _| blurred(picture, 1)),
    ("noise", |picture, _| noisy(picture, 8)),
    ("brighter by 2 %", |picture, _| edited(picture, |byte, _| byte + 5.0)),
    ("contrast by 3 %", |picture, _| edited(picture, |byte, _| byte * 0.97 + 4.0)),
    ("turned by 1 degree", |picture, _| turned(picture, 1.0)),
];

/// After these it is another one.
pub(super) const OTHER: [Edit; 14] = [
    ("another seed", |_, index| original(index + 1_000)),
    ("mirrored", |picture, _| moved(picture, |x, y, (w, _)| (w - 1 - x, y))),
    ("upside down", |picture, _| moved(picture, |x, y, (_, h)| (x, h - 1 - y))),
    ("recoloured", |picture, _| mixed(picture, |[r, g, b]| [b, r, g])),
    ("tinted", |picture, _| mixed(picture, |[r, g, b]| [r, g / 10 * 9, b / 10 * 8])),
    ("without colours", |picture, _| {
        mixed(picture, |c| [((u32::from(c[0]) + u32::from(c[1]) + u32::from(c[2])) / 3) as u8; 3])
    }),
    ("negative", |picture, _| edited(picture, |byte, _| 255.0 - byte)),
    ("brighter by 15 %", |picture, _| edited(picture, |byte, _| byte + 38.0)),
    ("a word across", |picture, _| lettered(picture, "SAMPLE", 72, 1.0)),
    ("a small mark", |picture, _| lettered(picture, "© Acme", 20, 0.8)),
    ("a thing more", |picture, _| dotted(picture, 0.06)),
    ("a border of 5 %", |picture, _| bordered(picture, 20)),
    ("cropped by 20 %", |picture, _| cropped(picture, 20)),
    ("turned by 10 degrees", |picture, _| turned(picture, 10.0)),
];

/// The pictures: scenes, goods on a plain ground, and parts of a photograph.
pub(super) fn original(index: usize) -> Picture {
    let (index, far) = (index % 1_000, index / 1_000 * 500);
    match index {
        0..SCENES => scene((index + far) as u64, 320, 210),
        _ if index < SCENES + PRODUCTS => product((index + far) as u64, 320, 210),
        _ => photograph((index - SCENES - PRODUCTS + far / 500 * 7) % PARTS),
    }
}

/// A part of the photograph, the next one beside it or below.
fn photograph(part: usize) -> Picture {
    let whole = include_bytes!("../../../../../events/photos/coffee.jpg");
    let whole = decode(whole, &Limits::default()).unwrap();
    let (left, top) = ((part % 5) * 70, (part / 5) * 45);
    let row = whole.width() as usize * 3;
    let rows = whole.pixels().chunks_exact(row).skip(top).take(210);
    let pixels = rows.flat_map(|row| &row[left * 3..(left + 320) * 3]).copied().collect();
    Picture::rgb(320, 210, pixels).unwrap()
}

fn recompressed(picture: &Picture, format: Format, quality: u8) -> Picture {
    let bytes = encode(picture, format, Quality::new(quality).unwrap()).unwrap();
    decode(&bytes, &Limits::default()).unwrap()
}

fn wide(picture: &Picture, width: u32) -> Picture {
    resize(picture, Fit::Width(width), Enlarge::Allowed).unwrap()
}

/// Without so many hundredths of its width and height.
fn cropped(picture: &Picture, percent: u32) -> Picture {
    let (width, height) = (picture.width(), picture.height());
    let less = |side: u32| (side * (100 - percent)).div_ceil(100);
    let (left, top) = ((width - less(width)) / 2, (height - less(height)) / 2);
    let row = width as usize * 3;
    let rows = picture.pixels().chunks_exact(row).skip(top as usize).take(less(height) as usize);
    let columns = left as usize * 3..(left + less(width)) as usize * 3;
    let pixels = rows.flat_map(|row| &row[columns.clone()]).copied().collect();
    Picture::rgb(less(width), less(height), pixels).unwrap()
}

fn moved(picture: &Picture, from: fn(usize, usize, (usize, usize)) -> (usize, usize)) -> Picture {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let pixels = places.flat_map(|(x, y)| {
        let (x, y) = from(x, y, (width, height));
        let at = (y * width + x) * 3;
        [picture.pixels()[at], picture.pixels()[at + 1], picture.pixels()[at + 2]]
    });
    Picture::rgb(picture.width(), picture.height(), pixels.collect()).unwrap()
}

fn mixed(picture: &Picture, mix: fn([u8; 3]) -> [u8; 3]) -> Picture {
    let pixels = picture.pixels().chunks_exact(3).flat_map(|c| mix([c[0], c[1], c[2]])).collect();
    Picture::rgb(picture.width(), picture.height(), pixels).unwrap()
}

/// Turned about its middle; what sticks out shows the edge.
fn turned(picture: &Picture, degrees: f64) -> Picture {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let (sin, cos) = degrees.to_radians().sin_cos();
    let at = |x: f64, y: f64, channel: usize| {
        let (x, y) = (x.clamp(0.0, width as f64 - 1.0), y.clamp(0.0, height as f64 - 1.0));
        let (left, top) = (x as usize, y as usize);
        let (right, below) = ((left + 1).min(width - 1), (top + 1).min(height - 1));
        let byte = |x: usize, y: usize| f64::from(picture.pixels()[(y * width + x) * 3 + channel]);
        let (dx, dy) = (x.fract(), y.fract());
        let upper = byte(left, top) * (1.0 - dx) + byte(right, top) * dx;
        let lower = byte(left, below) * (1.0 - dx) + byte(right, below) * dx;
        (upper * (1.0 - dy) + lower * dy).round() as u8
    };
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (x as f64, y as f64)));
    let (mx, my) = (width as f64 / 2.0, height as f64 / 2.0);
    let pixels = places.flat_map(|(x, y)| {
        let (dx, dy) = (x - mx, y - my);
        let (x, y) = (mx + dx * cos - dy * sin, my + dx * sin + dy * cos);
        [at(x, y, 0), at(x, y, 1), at(x, y, 2)]
    });
    Picture::rgb(picture.width(), picture.height(), pixels.collect()).unwrap()
}

/// With words across its middle.
fn lettered(picture: &Picture, text: &str, size: u32, opacity: f64) -> Picture {
    let (width, height) = (picture.width(), picture.height());
    let mut canvas = Canvas::new((width, height), Color::BLACK, Limits::default()).unwrap();
    canvas.draw(Layer::new(Content::Picture { picture: picture.clone(), scale: 1.0 })).unwrap();
    let color = Color([200, 20, 30, 255]);
    let (weight, align) = (Weight::Bold, Align::Center);
    let words = Text { text: text.into(), size, weight, align, width: None, color };
    canvas.draw(Layer { opacity, ..Layer::new(Content::Text(words)) }).unwrap();
    let drawn = canvas.finish().unwrap();
    Picture::rgb(width, height, drawn.flatten([0; 3]).pixels().to_vec()).unwrap()
}

/// With a red disc of this share of its width where there was none.
fn dotted(picture: &Picture, radius: f64) -> Picture {
    let (width, height) = (picture.width(), picture.height());
    let at = |x: f64, y: f64| {
        let from = ((y * f64::from(height)) as usize * width as usize
            + (x * f64::from(width)) as usize)
            * 3;
        [picture.pixels()[from], picture.pixels()[from + 1], picture.pixels()[from + 2]]
    };
    let tall = f64::from(height) / f64::from(width);
    painted(width, height, |x, y| {
        let inside = (x - 0.7).hypot((y - 0.4) * tall) < radius;
        if inside { [200, 20, 30] } else { at(x, y) }
    })
}

fn bordered(picture: &Picture, parts: u32) -> Picture {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let edge = width / parts as usize;
    let inside = |at: usize, side: usize| (edge..side - edge).contains(&at);
    let pixels = picture.pixels().chunks_exact(3).enumerate().flat_map(|(index, c)| {
        let shown = inside(index % width, width) && inside(index / width, height);
        if shown { [c[0], c[1], c[2]] } else { [20, 20, 20] }
    });
    Picture::rgb(picture.width(), picture.height(), pixels.collect()).unwrap()
}
