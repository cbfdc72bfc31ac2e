use super::*;
use crate::samples::{cutout, difference, edited, painted, scene};
use crate::{Align, Weight, distance, phash};

fn color(text: &str) -> Color {
    text.parse().unwrap()
}

fn canvas(width: u32, height: u32, background: &str) -> Canvas {
    Canvas::new((width, height), color(background), Limits::default()).unwrap()
}

fn words(text: &str) -> Content {
    Content::Text(Text {
        text: text.into(),
        size: 40,
        weight: Weight::Bold,
        align: Align::Left,
        width: None,
        color: color("#ffffff"),
    })
}

#[track_caller]
fn made(mut canvas: Canvas, layers: Vec<Layer>) -> Picture {
    for layer in layers {
        canvas.draw(layer).unwrap();
    }
    canvas.finish().unwrap()
}

fn at(picture: &Picture, x: u32, y: u32) -> &[u8] {
    let from = (y * picture.width() + x) as usize * picture.channels();
    &picture.pixels()[from..from + picture.channels()]
}

fn picture(picture: Picture) -> Content {
    Content::Picture { picture, scale: 1.0 }
}

/// Alike to the eye, and byte for byte within a little.
#[track_caller]
fn golden(got: &Picture, wanted: &Picture, most: f64) {
    let difference = difference(got, wanted);
    assert!(difference <= most, "mean difference {difference}");
    let distance = distance(phash(got).unwrap(), phash(wanted).unwrap());
    assert!(distance <= 2, "phash distance {distance}");
}

#[test]
fn each_anchor_lays_its_own_point_on_the_canvas() {
    let places = [0, 45, 90].into_iter().flat_map(|y| [0, 35, 70].map(|x| (x, y)));
    for (name, (x, y)) in Anchor::NAMES.into_iter().zip(places) {
        for (dx, dy) in [(0, 0), (3, -2)] {
            let mut layer = Layer::new(Content::Plain(color("#ff0000")));
            (layer.size, layer.offset) = ((Some(30), Some(10)), (dx, dy));
            layer.anchor = Anchor::named(name).unwrap();
            let made = made(canvas(100, 100, "#000"), vec![layer]);
            let (left, top) = (x + dx, y + dy);
            for py in 0..100 {
                for px in 0..100 {
                    let inside = (left..left + 30).contains(&px) && (top..top + 10).contains(&py);
                    let wanted = if inside { [255, 0, 0] } else { [0; 3] };
                    assert_eq!(at(&made, px as u32, py as u32), wanted, "{name} at {px}, {py}");
                }
            }
        }
    }
    assert_eq!(Anchor::named("middle"), None);
}

#[test]
fn a_gradient_is_the_colour_of_its_place() {
    let gradient =
        |angle| Layer::new(Content::Gradient { from: color("#000"), to: color("#fff"), angle });
    let across = made(canvas(256, 64, "#000"), vec![gradient(90.0)]);
    assert!(difference(&across, &painted(256, 64, |x, _| [(x * 255.0) as u8; 3])) < 0.6);
    let up = made(canvas(64, 256, "#000"), vec![gradient(0.0)]);
    assert!(difference(&up, &painted(64, 256, |_, y| [255 - (y * 255.0) as u8; 3])) < 0.6);
    let corners = made(canvas(100, 50, "#000"), vec![gradient(135.0)]);
    assert!(at(&corners, 0, 0)[0] < 4 && 251 < at(&corners, 99, 49)[0]);
    assert_eq!(at(&made(canvas(9, 9, "#000"), vec![gradient(450.0)]), 4, 4), [128; 3]);
}

#[test]
fn a_gradient_into_nothing_keeps_its_colour() {
    let (from, to) = (color("#ff0000"), color("#00000000"));
    let layer = Layer::new(Content::Gradient { from, to, angle: 90.0 });
    let made = made(canvas(100, 1, "#00000000"), vec![layer]);
    assert!(made.pixels().as_chunks::<4>().0.iter().all(|p| p[3] == 0 || p[..3] == [255, 0, 0]));
}

#[test]
fn a_cutout_lies_on_its_ground_as_if_flattened() {
    let source = cutout(200, 200);
    let made = made(canvas(200, 200, "#204060"), vec![Layer::new(picture(source.clone()))]);
    golden(&made, &source.flatten([0x20, 0x40, 0x60]), 0.1);
    let base = Canvas::of(&scene(2, 200, 200), Limits::default()).unwrap();
    assert!(base.finish().unwrap() == scene(2, 200, 200), "a base picture is the picture");
}

#[test]
fn a_picture_is_fitted_into_its_box_and_scaled() {
    let sizes = [
        ((None, None), 1.0, (80, 40)),
        ((Some(40), None), 1.0, (40, 20)),
        ((None, Some(10)), 1.0, (20, 10)),
        ((Some(40), Some(40)), 1.0, (40, 20)),
        ((Some(40), Some(40)), 2.0, (80, 40)),
        ((None, None), 0.25, (20, 10)),
    ];
    for (size, scale, (width, height)) in sizes {
        let red = Picture::rgb(80, 40, [255, 0, 0].repeat(3200)).unwrap();
        let mut layer = Layer::new(Content::Picture { picture: red, scale });
        layer.size = size;
        let made = made(canvas(100, 100, "#000"), vec![layer]);
        let red = made.pixels().as_chunks::<3>().0.iter().filter(|p| p[0] == 255).count();
        assert_eq!(red, width * height, "{size:?} × {scale}");
    }
}

#[test]
fn opacity_and_blends_work_on_whole_layers() {
    let source = scene(3, 120, 90);
    let over = |blend, opacity| {
        let mut layer = Layer::new(Content::Plain(color("#808080")));
        (layer.blend, layer.opacity) = (blend, opacity);
        let canvas = Canvas::of(&source, Limits::default()).unwrap();
        made(canvas, vec![layer])
    };
    golden(&over(Blend::Multiply, 1.0), &edited(&source, |v, _| v * 128.0 / 255.0), 0.6);
    golden(&over(Blend::Screen, 1.0), &edited(&source, |v, _| v + 128.0 - v * 128.0 / 255.0), 0.6);
    golden(&over(Blend::Normal, 0.5), &edited(&source, |v, _| v / 2.0 + 64.0), 1.0);
    assert!(over(Blend::Multiply, 0.0) == source);
}

#[test]
fn a_shadow_lies_beside_its_shape_and_fades_out() {
    let mut layer = Layer::new(Content::Plain(color("#ffffff")));
    layer.size = (Some(40), Some(40));
    let shadow = |blur, offset| Some(Shadow { offset, blur, color: Color::BLACK });
    layer.shadow = shadow(0, (10, 20));
    let hard = made(canvas(100, 100, "#808080"), vec![layer.clone()]);
    assert_eq!(at(&hard, 50, 50), [255; 3], "the shape is above");
    assert_eq!((at(&hard, 79, 89), at(&hard, 80, 89)), (&[0; 3][..], &[128; 3][..]));
    layer.shadow = shadow(15, (0, 0));
    let soft = made(canvas(100, 100, "#808080"), vec![layer]);
    let along: Vec<u8> = (70..90).map(|x| at(&soft, x, 50)[0]).collect();
    assert!(along.is_sorted() && (40..90).contains(&along[0]), "{along:?}");
    assert_eq!(along[15..], [128; 5], "it ends where its blur ends");
    let mirrored: Vec<u8> = (10..30).rev().map(|x| at(&soft, x, 50)[0]).collect();
    assert_eq!(along, mirrored);
}

#[test]
fn words_are_ink_on_what_is_below() {
    let mut layer = Layer::new(words("Überraschung"));
    layer.anchor = Anchor::named("bottom-left").unwrap();
    let made = made(canvas(400, 200, "#203040"), vec![layer]);
    let inked = |y: u32| (0..400).any(|x| at(&made, x, y)[0] > 200);
    assert!((0..148).all(|y| !inked(y)) && (150..200).any(inked), "only in its corner");
}

#[test]
fn what_sticks_out_is_cut_and_what_is_outside_is_not_there() {
    for offset in [(-70, 0), (70, 90), (0, -5_000), (i32::MAX, i32::MIN)] {
        let mut layer = Layer::new(picture(scene(1, 80, 80)));
        layer.offset = offset;
        layer.shadow = Some(Shadow { offset: (5, 5), blur: 9, color: Color::BLACK });
        made(canvas(60, 60, "#fff"), vec![layer]);
    }
}

#[test]
fn the_limits_hold_before_any_work() {
    let limits = Limits { max_pixels: 10_000, ..Limits::default() };
    let small = || Canvas::new((100, 100), Color::CLEAR, limits).unwrap();
    let refused = |layer: Layer| small().draw(layer).unwrap_err().to_string();
    let said = |what: &str| {
        format!(
            "{what}: it must be of 1 pixel or more, within the limits on sides and pixels of a picture"
        )
    };
    let canvas = Canvas::new((101, 100), Color::CLEAR, limits).unwrap_err().to_string();
    assert_eq!(canvas, said("canvas cannot be 101x100"));
    let mut plain = Layer::new(Content::Plain(Color::BLACK));
    plain.size = (Some(10_001), Some(1));
    assert_eq!(refused(plain), said("a layer cannot be 10001x1"));
    let large = Content::Picture { picture: scene(1, 90, 90), scale: 1e9 };
    assert_eq!(refused(Layer::new(large)), said("a layer cannot be 4294967295x4294967295"));
    let shadow = |blur| Layer {
        shadow: Some(Shadow { offset: (0, 0), blur, color: Color::BLACK }),
        ..Layer::new(picture(scene(1, 90, 90)))
    };
    assert_eq!(refused(shadow(200)), said("a shadow cannot be 492x492"));
    assert_eq!(refused(shadow(201)), "blur cannot be 201: it must be 200 pixels or fewer");
    let mut full = small();
    for _ in 0..20 {
        full.draw(Layer::new(Content::Plain(Color::BLACK))).unwrap();
    }
    let error = full.draw(Layer::new(Content::Plain(Color::BLACK))).unwrap_err().to_string();
    assert_eq!(error, "layers cannot be 21: it must be 20 or fewer");
}

#[test]
fn a_card_made_twice_is_the_same_to_the_byte() {
    let card = || {
        let ground =
            Content::Gradient { from: color("#102030"), to: color("#8090a0"), angle: 30.0 };
        let mut subject = Layer::new(Content::Picture { picture: cutout(300, 300), scale: 0.8 });
        subject.shadow = Some(Shadow { offset: (4, 8), blur: 12, color: color("#00000080") });
        made(
            canvas(600, 315, "#fff"),
            vec![Layer::new(ground), subject, Layer::new(words("Twice"))],
        )
    };
    assert!(card() == card());
}
