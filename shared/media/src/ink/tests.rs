use super::*;
use crate::samples::{product, scene};

fn mixer(intent: Intent, black: Black) -> Mixer {
    Mixer::new(Separation { intent, black }).unwrap()
}

fn inks(mixer: &Mixer, rgb: [u8; 3]) -> [u8; 4] {
    mixer.mix(&rgb).try_into().unwrap()
}

#[test]
fn known_colours_take_the_inks_that_other_readers_of_the_profile_give() {
    // By Little CMS 2.19 through Pillow: relative colorimetric with black point compensation.
    let mixer = mixer(Intent::Relative, Black::Rich);
    for (rgb, expected) in [
        ([255, 255, 255], [0, 0, 0, 0]),
        ([0, 0, 0], [196, 175, 152, 237]),
        ([255, 0, 0], [0, 234, 247, 0]),
        ([0, 128, 0], [197, 48, 255, 40]),
        ([128, 128, 128], [123, 99, 98, 52]),
        ([30, 60, 160], [248, 206, 0, 0]),
    ] {
        let made = inks(&mixer, rgb);
        let near = made.iter().zip(expected).all(|(made, expected)| made.abs_diff(expected) <= 2);
        assert!(near, "{rgb:?}: {made:?}, not {expected:?}");
    }
}

#[test]
fn no_paper_gets_more_ink_than_it_can_dry() {
    for intent in [Intent::Perceptual, Intent::Relative, Intent::Saturation, Intent::Absolute] {
        let mixer = mixer(intent, Black::Rich);
        for picture in [scene(1, 200, 150), product(2, 200, 150)] {
            let made = mixer.mix(picture.pixels());
            let most = made.as_chunks::<4>().0.iter();
            let most = most.map(|inks| inks.iter().map(|ink| u32::from(*ink)).sum::<u32>()).max();
            assert!(most.unwrap() <= 300 * 255 / 100 + 8, "{intent:?}: {most:?}");
        }
    }
}

#[test]
fn what_paper_can_show_comes_back_as_it_was() {
    let mixer = mixer(Intent::Relative, Black::Rich);
    let proof = Proof::of(Some(COATED));
    for rgb in [[200, 170, 150], [120, 90, 60], [90, 110, 130], [230, 220, 210], [60, 60, 60]] {
        let back = proof.show(&mixer.mix(&rgb));
        let most = back.iter().zip(rgb).map(|(back, was)| back.abs_diff(was)).max();
        assert!(most <= Some(5), "{rgb:?}: {back:?}");
    }
}

#[test]
fn pure_black_leaves_greys_to_one_ink_and_colours_alone() {
    let (rich, pure) = (mixer(Intent::Relative, Black::Rich), mixer(Intent::Relative, Black::Pure));
    assert_eq!(inks(&pure, [0; 3]), [0, 0, 0, 255]);
    assert_eq!(inks(&pure, [255; 3]), [0; 4]);
    let steps: Vec<[u8; 4]> = (0..=255).map(|grey| inks(&pure, [grey; 3])).collect();
    assert!(steps.iter().all(|inks| inks[..3] == [0; 3]));
    assert!(steps.is_sorted_by(|dark, light| light[3] <= dark[3]), "lighter takes no more ink");
    assert!(inks(&rich, [128; 3]).iter().all(|ink| *ink != 0));
    for rgb in [[128, 129, 128], [200, 10, 10]] {
        assert_eq!(inks(&pure, rgb), inks(&rich, rgb));
    }
}

#[test]
fn the_profile_of_a_stranger_is_not_opened() {
    let mut strange = COATED.to_vec();
    strange[300_000] ^= 1;
    for profile in [None, Some(strange.as_slice()), Some(b"no profile")] {
        assert!(Proof::of(profile).0.is_none());
    }
    let plain = Proof::of(None);
    assert_eq!(
        plain.show(&[0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255]),
        [255, 255, 255, 0, 255, 255, 0, 0, 0]
    );
}
