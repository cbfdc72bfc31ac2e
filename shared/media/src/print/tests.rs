use super::*;
use crate::samples::{cutout, difference, scene};
use crate::{Black, Intent, Mode, decode, distance, phash, probe};

fn paper(width_mm: f64, height_mm: f64, bleed_mm: f64, dpi: u32) -> Paper {
    let (focus, enlarge) = (Focus::CENTRE, Enlarge::Never);
    Paper { width_mm, height_mm, bleed_mm, dpi, focus, enlarge, file: PrintFile::Png }
}

#[test]
fn paper_becomes_pixels_exactly() {
    for (paper, expected) in [
        (paper(25.4, 50.8, 0.0, 300), (300, 600)),
        (paper(210.0, 297.0, 0.0, 300), (2480, 3508)),
        (paper(210.0, 297.0, 3.0, 300), (2551, 3579)),
        (paper(85.0, 55.0, 2.0, 600), (2102, 1394)),
        (paper(841.0, 1189.0, 0.0, 72), (2384, 3370)),
    ] {
        assert_eq!(paper.pixels().unwrap(), expected, "{paper:?}");
    }
}

#[test]
fn paper_beyond_the_limits_is_refused_before_any_work() {
    for (paper, value) in [
        (paper(841.0, 1189.0, 0.0, 300), "9933x14043"),
        (paper(0.01, 10.0, 0.0, 72), "0x28"),
        (paper(f64::NAN, 10.0, 0.0, 72), "NaNx28"),
        (paper(10.0, 10.0, -1.0, 300), "94x94"),
    ] {
        let said = paper.pixels().unwrap_err().to_string();
        assert!(said.starts_with(&format!("the printed size cannot be {value} pixels")), "{said}");
    }
}

#[test]
fn a_source_with_pixels_enough_is_printed_at_the_dots_asked() {
    let printed = print(&scene(1, 900, 700), &paper(50.8, 25.4, 0.0, 300)).unwrap();
    assert_eq!((printed.file.width, printed.file.height, printed.effective_dpi), (600, 300, 300));
    let probe = probe(&printed.file.bytes).unwrap();
    assert_eq!((probe.width, probe.height, probe.dpi), (600, 300, Some(300)));
    let cut = crate::resize(
        &scene(1, 900, 700),
        Fit::Cover { width: 600, height: 300, focus: Focus::CENTRE },
        Enlarge::Never,
    );
    let back = decode(&printed.file.bytes, &Limits::default()).unwrap();
    // What is marked as sRGB is read as what it is.
    assert!(difference(&back, cut.as_ref().unwrap()) < 0.6);
    assert!(distance(phash(&back).unwrap(), phash(&cut.unwrap()).unwrap()) <= 2);
}

#[test]
fn a_source_with_too_few_pixels_keeps_its_own_and_says_fewer_dots() {
    let printed = print(&scene(1, 300, 150), &paper(50.8, 25.4, 0.0, 300)).unwrap();
    assert_eq!((printed.file.width, printed.file.height, printed.effective_dpi), (300, 150, 150));
    assert_eq!(probe(&printed.file.bytes).unwrap().dpi, Some(150), "so it is printed as large");
}

#[test]
fn enlarging_gives_the_pixels_and_still_tells_the_dots_of_the_source() {
    let paper = Paper { enlarge: Enlarge::Allowed, ..paper(50.8, 25.4, 0.0, 300) };
    let printed = print(&scene(1, 300, 150), &paper).unwrap();
    assert_eq!((printed.file.width, printed.file.height, printed.effective_dpi), (600, 300, 150));
    let bytes = &printed.file.bytes;
    let at = bytes.windows(4).position(|name| name == b"pHYs").unwrap() + 4;
    assert_eq!(bytes[at..at + 4], 11_811u32.to_be_bytes(), "300 dots on each inch of the file");
    assert_eq!(probe(bytes).unwrap().dpi, Some(150), "of which 150 are the source's");
}

#[test]
fn bleed_is_around_the_trimmed_size() {
    let source = scene(2, 1200, 1200);
    let (with, without) = (paper(25.4, 25.4, 12.7, 300), paper(25.4, 25.4, 0.0, 300));
    let with = print(&source, &with).unwrap();
    assert_eq!((with.file.width, with.file.height), (600, 600));
    assert_eq!(print(&source, &without).unwrap().file.width, 300);
}

#[test]
fn the_profile_is_in_the_file_and_is_srgb() {
    let printed = print(&scene(1, 100, 100), &paper(10.0, 10.0, 0.0, 72)).unwrap();
    let decoder = png::Decoder::new(std::io::Cursor::new(&printed.file.bytes));
    let reader = decoder.read_info().unwrap();
    let profile = reader.info().icc_profile.as_deref().unwrap();
    assert_eq!((&profile[16..20], &profile[36..40]), (&b"RGB "[..], &b"acsp"[..]));
    assert_eq!(profile[24..36], [7, 232, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0], "a fixed date");
    assert!(moxcms::ColorProfile::new_from_slice(profile).is_ok());
    let dims = reader.info().pixel_dims.unwrap();
    assert_eq!((dims.xppu, dims.yppu), (2835, 2835));
}

#[test]
fn nothing_shines_through_on_paper() {
    let printed = print(&cutout(200, 200), &paper(20.0, 20.0, 0.0, 150)).unwrap();
    assert!(!probe(&printed.file.bytes).unwrap().has_alpha);
}

#[test]
fn printing_twice_gives_the_same_bytes() {
    let made = || print(&scene(3, 400, 300), &paper(40.0, 30.0, 1.0, 200)).unwrap();
    assert!(made() == made());
}

#[test]
fn whole_dots_are_never_more_than_there_are() {
    for (dpi, expected) in [(300.0, 300), (299.6, 299), (of_metre(11_811), 300), (71.99, 72)] {
        assert_eq!(floor(dpi), expected);
    }
    assert_eq!((per_metre(300.0), per_metre(72.0)), (11_811, 2_835));
}

fn inked(black: Black) -> Paper {
    let file = PrintFile::Cmyk(Separation { intent: Intent::Relative, black });
    Paper { file, ..paper(50.8, 25.4, 3.0, 300) }
}

#[test]
fn a_tiff_says_dots_colours_and_profile_in_its_header() {
    let plain = Paper { file: PrintFile::Tiff, ..paper(50.8, 25.4, 3.0, 300) };
    for (paper, mode) in [(plain, Mode::Rgb), (inked(Black::Rich), Mode::Cmyk)] {
        let printed = print(&scene(1, 900, 700), &paper).unwrap();
        assert_eq!((printed.file.format, printed.effective_dpi), (Format::Tiff, 300));
        let probe = probe(&printed.file.bytes).unwrap();
        assert_eq!((probe.width, probe.height), paper.pixels().unwrap());
        assert_eq!((probe.dpi, probe.mode, probe.icc, probe.frames), (Some(300), mode, true, 1));
        let note = b"Effective-DPI=300; trimmed 50.8 x 25.4 mm, bleed 3 mm\0";
        assert!(printed.file.bytes.windows(note.len()).any(|bytes| bytes == note));
    }
}

#[test]
fn a_tiff_shows_what_the_png_shows() {
    let source = scene(4, 900, 700);
    let png = print(&source, &paper(50.8, 25.4, 3.0, 300)).unwrap();
    let png = decode(&png.file.bytes, &Limits::default()).unwrap();
    let plain = Paper { file: PrintFile::Tiff, ..paper(50.8, 25.4, 3.0, 300) };
    // Paper shows fewer colours than a screen, so that inks come back paler.
    for (paper, most) in [(plain, 0.01), (inked(Black::Rich), 12.0), (inked(Black::Pure), 12.0)] {
        let tiff = print(&source, &paper).unwrap();
        let tiff = decode(&tiff.file.bytes, &Limits::default()).unwrap();
        let far = difference(&png, &tiff);
        assert!(far <= most, "{:?}: {far}", paper.file);
        assert!(distance(phash(&png).unwrap(), phash(&tiff).unwrap()) <= 2);
    }
}

#[test]
fn dots_of_a_source_with_too_few_pixels_are_told_in_a_tiff_too() {
    for (enlarge, says) in [(Enlarge::Never, 150), (Enlarge::Allowed, 300)] {
        let paper = Paper { enlarge, bleed_mm: 0.0, ..inked(Black::Rich) };
        let printed = print(&scene(1, 300, 150), &paper).unwrap();
        assert_eq!((printed.file.width, printed.effective_dpi), (says * 2, 150));
        assert_eq!(probe(&printed.file.bytes).unwrap().dpi, Some(150));
    }
}

#[test]
fn a_tiff_is_the_same_twice_and_holds_no_transparency() {
    let made = || print(&cutout(400, 300), &inked(Black::Pure)).unwrap();
    assert!(made() == made());
    assert!(!probe(&made().file.bytes).unwrap().has_alpha);
}
