//! Where media goes; one file each.
