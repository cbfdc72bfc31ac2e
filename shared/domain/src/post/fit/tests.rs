//! What is done to media so that targets take them.

use super::*;
use crate::id::{AssetId, JobId};
use crate::post::Focal;
use crate::time::Time;

fn medium() -> Medium {
    let asset = AssetId::new(&JobId::new(Time(0), [1; 10]), "cup", "1", 0);
    Medium {
        asset,
        alt: "A cup".into(),
        caption: Some("Tea".into()),
        focal: Focal { x: 0.2, y: 0.3 },
    }
}

fn shape(media_type: &str, width: u32, height: u32, bytes: u64) -> Shape {
    let (width, height) = (Some(width), Some(height));
    Shape { media_type: media_type.into(), bytes, width, height, seconds: None }
}

fn of(target: &str, shape: &Shape) -> Result<Option<Fit>, String> {
    fit(Able::of(target).unwrap(), &medium(), shape).map(|fitted| fitted.fit)
}

#[test]
fn what_a_target_takes_is_sent_as_it_is() {
    assert_eq!(of("x", &shape("image/png", 1200, 800, 900_000)), Ok(None));
    assert_eq!(of("wordpress", &shape("image/gif", 400, 400, 90_000)), Ok(None));
}

#[test]
fn what_is_too_large_or_of_another_kind_is_made_to_fit() {
    let fit = of("bluesky", &shape("image/avif", 4000, 3000, 900_000)).unwrap().unwrap();
    assert_eq!((fit.media_type.as_str(), fit.width, fit.height), ("image/jpeg", 2000, 1500));
    assert_eq!((fit.bytes_most, fit.focal), (2_000_000, Focal { x: 0.2, y: 0.3 }));
    let fit = of("bluesky", &shape("image/png", 1000, 700, 2_000_001)).unwrap().unwrap();
    assert_eq!((fit.media_type.as_str(), fit.width, fit.height), ("image/png", 1000, 700));
    let fit = of("linkedin", &shape("image/jpeg", 4320, 15_000, 9_000_000)).unwrap().unwrap();
    assert!(fit.height <= 4320 && fit.width * fit.height < 36_152_320);
}

#[test]
fn an_aspect_that_is_not_shown_whole_is_cropped_or_padded() {
    let image = Able::of("x").unwrap().media.image.unwrap();
    let square = |crop| Image { aspect: Some((0.8, 1.25)), crop, side: 5000, ..image };
    assert_eq!(sized(square(true), (2000.0, 1000.0)), (1250, 1000));
    assert_eq!(sized(square(false), (2000.0, 1000.0)), (2000, 1600));
    assert_eq!(sized(square(true), (1000.0, 2000.0)), (1000, 1250));
    assert_eq!(sized(square(false), (1000.0, 2000.0)), (1600, 2000));
    assert_eq!(sized(square(true), (1000.0, 1000.0)), (1000, 1000));
}

#[test]
fn a_cover_is_cut_around_its_focal_point_to_what_its_target_shows() {
    let made = |target: &str, shape: &Shape| {
        let able = Able::of(target).unwrap();
        let (mut fitted, mut changed) = (fit(able, &medium(), shape).unwrap(), Vec::new());
        changed.push(Note::new("/media/0", "is made 2560 by 1920, as png"));
        cover(able, &medium(), "/media/0", &mut fitted, &mut changed);
        assert!(fitted.cover);
        (fitted.fit, changed)
    };
    let (fit, changed) = made("devto", &shape("image/png", 4000, 3000, 900_000));
    let fit = fit.unwrap();
    assert_eq!((fit.width, fit.height, fit.crop), (2560, 1075, true));
    assert_eq!(fit.focal, Focal { x: 0.2, y: 0.3 });
    assert_eq!(changed, [Note::new("/media/0", "is cut to 2560 by 1075, as covers are shown")]);
    let (fit, _) = made("hashnode", &shape("image/png", 1600, 1600, 900_000));
    assert_eq!(fit.map(|fit| (fit.width, fit.height)), Some((1600, 840)));
    let (as_it_is, changed) = made("devto", &shape("image/png", 1000, 420, 900_000));
    assert_eq!((as_it_is, changed.len()), (None, 1));
    let (whole, _) = made("ghost", &shape("image/png", 1600, 1600, 900_000));
    assert_eq!(whole, None);
    let (moves, _) = made("devto", &shape("image/gif", 400, 400, 90_000));
    assert_eq!(moves, None);
}

#[test]
fn what_cannot_be_made_to_fit_is_left_out_and_says_why() {
    let film = |seconds| Shape { seconds: Some(seconds), ..shape("video/mp4", 640, 360, 1000) };
    assert_eq!(of("x", &film(140.0)), Ok(None));
    let why = "left out: it plays 141 s, and 0.5 to 140 s are taken there";
    assert_eq!(of("x", &film(141.0)).unwrap_err(), why);
    let sound = shape("audio/mpeg", 0, 0, 1000);
    assert_eq!(of("x", &sound).unwrap_err(), "left out: no sound is taken there");
    let gif = of("bluesky", &shape("image/gif", 40, 40, 1000)).unwrap_err();
    assert_eq!(gif, "left out: it moves, and is too large or not taken there");
}

#[test]
fn words_about_a_picture_go_where_there_is_a_place_for_them() {
    let content = Content {
        media: vec![Medium { alt: "A very long word ".repeat(100), ..medium() }],
        ..Content::default()
    };
    let mut changed = Vec::new();
    let known = |_: &Medium| Some(shape("image/png", 10, 10, 10));
    let media = all(Able::of("x").unwrap(), &content, &known, &mut changed);
    assert!(media[0].1.alt.chars().count() <= 1000 && media[0].1.caption.is_none());
    let told: Vec<String> = changed.iter().map(|n| format!("{} {}", n.pointer, n.what)).collect();
    assert_eq!(
        told,
        [
            "/media/0/alt is shortened to 1000 characters",
            "/media/0/caption left out: there is no place for it"
        ]
    );
}
