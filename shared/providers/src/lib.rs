//! Who makes media; one file each.
