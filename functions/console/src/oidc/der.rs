//! An RSA public key as the signature library wants it: PKCS #1 in DER.

/// The key of this modulus and exponent.
pub(super) fn rsa_public_key(n: &[u8], e: &[u8]) -> Vec<u8> {
    let numbers = [integer(n), integer(e)].concat();
    tagged(0x30, &numbers)
}

/// A number that is not negative: a leading zero tells that its first bit is no sign.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let digits = &bytes[first..];
    let sign = digits.first().is_none_or(|byte| 0x80 <= *byte);
    let content = if sign { [&[0], digits].concat() } else { digits.to_vec() };
    tagged(0x02, &content)
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let first = length.iter().position(|byte| *byte != 0).unwrap_or(length.len() - 1);
    let length = &length[first..];
    let mut der = vec![tag];
    if content.len() < 0x80 {
        der.push(length[0]);
    } else {
        der.push(0x80 | length.len() as u8);
        der.extend_from_slice(length);
    }
    der.extend_from_slice(content);
    der
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_with_their_lengths_and_without_needless_zeros() {
        assert_eq!(
            rsa_public_key(&[0, 0x7f], &[1, 0, 1]),
            [0x30, 8, 0x02, 1, 0x7f, 0x02, 3, 1, 0, 1]
        );
        let large = integer(&[0xff; 256]);
        assert_eq!(large[..6], [0x02, 0x82, 0x01, 0x01, 0, 0xff]);
        assert_eq!(integer(&[]), [0x02, 1, 0]);
        assert_eq!(integer(&[0x80; 127])[..4], [0x02, 0x81, 0x80, 0]);
    }
}
