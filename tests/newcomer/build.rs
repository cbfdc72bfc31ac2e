//! Takes the code of the page "add a vendor in one file" out of it, block by block.

use std::path::Path;
use std::{env, fs};

const PAGE: &str = "../../shared/providers/README.md";

/// What the blocks are, in their order on the page.
const NAMES: [&str; 3] = ["adapter", "double", "contract"];

fn main() {
    println!("cargo::rerun-if-changed={PAGE}");
    let page = fs::read_to_string(PAGE).expect("the page is there");
    let blocks: Vec<&str> = page.split("```rust\n").skip(1).collect();
    assert_eq!(blocks.len(), NAMES.len(), "the page has an adapter, a double and a contract");
    let out = env::var_os("OUT_DIR").expect("cargo says where to write");
    for (name, block) in NAMES.iter().zip(blocks) {
        let code = block.split("```").next().unwrap_or_default();
        // What is included may not say of itself what it is.
        let code = code.replacen("//! ", "// ", 1);
        fs::write(Path::new(&out).join(format!("{name}.rs")), code).expect("it can be written");
    }
}
