//! Pixels: decode within limits, resize, encode, hash, measure.
