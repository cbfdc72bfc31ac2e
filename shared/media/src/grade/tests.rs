use super::*;
use crate::samples::{cutout, scene};

/// A table that follows a rule.
fn lut(size: usize, rule: impl Fn([f32; 3]) -> [f32; 3]) -> Lut {
    let at = |step: usize| step as f32 / (size - 1) as f32;
    let steps = 0..size * size * size;
    let table = steps.map(|i| rule([at(i % size), at(i / size % size), at(i / size / size)]));
    Lut::new(size, table.collect()).unwrap()
}

fn cube(size: usize, rule: impl Fn([f32; 3]) -> [f32; 3]) -> String {
    let lut = lut(size, rule);
    let lines = lut.table.iter().map(|[r, g, b]| format!("{r:.6} {g:.6} {b:.6}\n"));
    format!("# made by a test\nTITLE \"t\"\nLUT_3D_SIZE {size}\n{}", lines.collect::<String>())
}

#[test]
fn the_identity_changes_nothing_at_any_size() {
    for size in [2, 3, 17, 33, 65] {
        for picture in [scene(1, 120, 80), cutout(80, 80)] {
            assert!(grade(&picture, &lut(size, |c| c), 1.0).unwrap() == picture, "{size}");
        }
    }
    let read = Lut::cube(&cube(17, |c| c)).unwrap();
    assert!(grade(&scene(2, 120, 80), &read, 1.0).unwrap() == scene(2, 120, 80));
}

#[test]
fn known_tables_give_known_colours() {
    let one = |lut: &Lut, color: [u8; 3]| {
        let picture = Picture::rgb(1, 1, color.to_vec()).unwrap();
        grade(&picture, lut, 1.0).unwrap().pixels().to_vec()
    };
    let negative = lut(2, |c| c.map(|v| 1.0 - v));
    assert_eq!(one(&negative, [0, 100, 255]), [255, 155, 0]);
    let turned = lut(5, |[r, g, b]| [g, b, r]);
    assert_eq!(one(&turned, [10, 20, 30]), [20, 30, 10], "red is the one that changes fastest");
    let product = lut(2, |[r, g, b]| [r * g, r * b, g * b]);
    assert_eq!(one(&product, [255, 255, 0]), [255, 0, 0]);
    // Between its points a tetrahedron gives the lesser of two, where eight corners would give a quarter.
    assert_eq!(one(&product, [128, 128, 128]), [128, 128, 128]);
    assert_eq!(one(&product, [200, 100, 50]), [100, 50, 50]);
    let bright = lut(2, |c| c.map(|v| v * 4.0 - 1.0));
    assert_eq!(one(&bright, [0, 128, 255]), [0, 255, 255], "beyond white is white");
}

#[test]
fn intensity_is_how_far_to_go() {
    let black = lut(2, |_| [0.0; 3]);
    let white = Picture::rgb(1, 1, vec![255, 200, 0]).unwrap();
    for (intensity, expected) in [(0.0, [255, 200, 0]), (0.5, [128, 100, 0]), (1.0, [0, 0, 0])] {
        assert_eq!(grade(&white, &black, intensity).unwrap().pixels(), expected);
    }
    let error = grade(&white, &black, 1.5).unwrap_err().to_string();
    assert_eq!(error, "intensity cannot be 1.5: it must be from 0 to 1");
}

#[test]
fn a_domain_says_which_colours_the_ends_are() {
    let text = cube(2, |c| c).replace("TITLE \"t\"", "DOMAIN_MIN 0 0 0\nDOMAIN_MAX 2 2 2");
    let lut = Lut::cube(&text).unwrap();
    let grey = Picture::rgb(1, 1, vec![200; 3]).unwrap();
    assert_eq!(grade(&grey, &lut, 1.0).unwrap().pixels(), [100; 3]);
}

#[test]
fn alpha_stays_as_it_is() {
    let source = cutout(64, 64);
    let graded = grade(&source, &lut(2, |_| [1.0; 3]), 1.0).unwrap();
    let alphas =
        |picture: &Picture| picture.pixels().iter().skip(3).step_by(4).copied().collect::<Vec<_>>();
    assert_eq!(alphas(&graded), alphas(&source));
}

#[test]
fn what_is_no_cube_is_told_with_its_line() {
    let right = cube(2, |c| c);
    let cases = [
        (String::new(), "it says no LUT_3D_SIZE"),
        ("0 0 0".into(), "line 1: colours come before LUT_3D_SIZE"),
        ("LUT_3D_SIZE many".into(), "line 1: the size is no number"),
        ("LUT_3D_SIZE 66".into(), "line 1: its size is 66, and it must be from 2 to 65"),
        ("LUT_3D_SIZE 1".into(), "line 1: its size is 1, and it must be from 2 to 65"),
        ("LUT_1D_SIZE 16".into(), "line 1: it is a 1D LUT"),
        ("LUT_3D_SIZE 2\n0 0 0".into(), "it has 1 colours, and 2³ are 8"),
        (format!("{right}0 0 0\n"), "line 12: more than 8 colours"),
        (
            right.replacen("1.000000", "1,0", 1),
            "line 5: \"1,0 0.000000 0.000000\" is not three numbers",
        ),
        (
            right.replacen("1.000000", "1 1", 1),
            "line 5: \"1 1 0.000000 0.000000\" is not three numbers",
        ),
        (right.replacen("1.000000", "1e999", 1), "a colour is no finite number"),
        (right.replacen("TITLE", "KEYWORD", 1), "line 2: KEYWORD is not known"),
        (
            right.replacen("TITLE \"t\"", "DOMAIN_MIN 1 0 0", 1),
            "DOMAIN_MIN is not below DOMAIN_MAX",
        ),
    ];
    for (text, what) in cases {
        let said = Lut::cube(&text).unwrap_err().to_string();
        let wanted = format!("the LUT cannot be read ({what}): give a 3D LUT in the .cube format");
        assert_eq!(said, wanted);
    }
}
