//! Small vectors for texts: the same for the same text, of length one, and about nothing.

use sha2::{Digest as _, Sha256};

/// Numbers of a vector when the request doesn't say how many.
pub(super) const DIMENSIONS: usize = 8;
/// The most that may be asked for.
pub(super) const MOST_DIMENSIONS: usize = 3072;

/// The vector of this text.
pub(super) fn vector(text: &str, dimensions: usize) -> Vec<f32> {
    let mut numbers: Vec<f32> = (0..dimensions)
        .map(|at| {
            let digest = Sha256::digest(format!("{at} {text}"));
            f32::from(i16::from_be_bytes([digest[0], digest[1]])) / f32::from(i16::MAX)
        })
        .collect();
    let length = numbers.iter().map(|number| number * number).sum::<f32>().sqrt().max(f32::EPSILON);
    for number in &mut numbers {
        *number /= length;
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_vector_of_length_one() {
        let vector = super::vector("hello", DIMENSIONS);
        assert_eq!(vector, super::vector("hello", DIMENSIONS));
        assert_ne!(vector, super::vector("hello!", DIMENSIONS));
        assert!((vector.iter().map(|number| number * number).sum::<f32>() - 1.0).abs() < 1e-4);
    }
}
