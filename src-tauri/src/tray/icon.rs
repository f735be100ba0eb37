//! The tray's icon: the product's mark with a badge that says by shape and colour how it stands.

use tauri::image::Image;

const MARK: Image<'static> = tauri::include_image!("icons/32x32.png");

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Protected: no badge.
    Good,
    /// Not protected, or not serving yet: a triangle.
    Waiting,
    /// Nobody can serve: a square.
    Bad,
}

/// The icon for this.
pub(crate) fn image(mood: Mood) -> Image<'static> {
    let (width, height) = (MARK.width(), MARK.height());
    Image::new_owned(badged(MARK.rgba(), width, height, mood), width, height)
}

/// The pixels, RGBA by rows, with a badge of half the icon's size in the lower right corner.
fn badged(pixels: &[u8], width: u32, height: u32, mood: Mood) -> Vec<u8> {
    let mut pixels = pixels.to_vec();
    let colour = match mood {
        Mood::Good => return pixels,
        Mood::Waiting => [0xe0, 0x8a, 0x1e, 0xff],
        Mood::Bad => [0xc6, 0x2f, 0x2f, 0xff],
    };
    let (size, left, top) = (width / 2, width - width / 2, height - height / 2);
    for (index, pixel) in pixels.chunks_exact_mut(4).enumerate() {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let (x, y) = (index % width, index / width);
        let (Some(x), Some(y)) = (x.checked_sub(left), y.checked_sub(top)) else { continue };
        let inside = |margin: u32| match mood {
            // Wider the lower it is.
            Mood::Waiting => y >= margin && x.abs_diff(size / 2) + margin / 2 <= y / 2 && y + margin < size,
            _ => [x, y].into_iter().all(|at| at >= margin && at + margin < size),
        };
        if inside(2) {
            pixel.copy_from_slice(&colour);
        } else if inside(0) {
            // Parts the badge from the mark.
            pixel.copy_from_slice(&[0xff; 4]);
        }
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn each_mood_has_a_shape_of_its_own() {
        let blank = vec![0; 32 * 32 * 4];
        let shape =
            |mood| -> Vec<bool> { badged(&blank, 32, 32, mood).chunks(4).map(|pixel| pixel[3] == 0xff).collect() };
        let shapes: HashSet<_> = [Mood::Good, Mood::Waiting, Mood::Bad].map(shape).into();
        assert_eq!(shapes.len(), 3);
        assert!(shape(Mood::Good).iter().all(|set| !set));
        let set = shape(Mood::Bad).iter().filter(|set| **set).count();
        assert_eq!(set, 16 * 16);
    }
}
