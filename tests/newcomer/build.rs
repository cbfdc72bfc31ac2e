//! Takes the code of the pages "add a vendor in one file" and "add a target in one file" out of them, block by block.

use std::path::Path;
use std::{env, fs};

/// The pages, and what their blocks are, in their order on the page.
const PAGES: [(&str, [&str; 3]); 2] = [
    ("../../shared/providers/README.md", ["adapter", "double", "contract"]),
    ("../../shared/publishers/README.md", ["spoke", "target", "post_contract"]),
];

fn main() {
    let out = env::var_os("OUT_DIR").expect("cargo says where to write");
    for (page, names) in PAGES {
        println!("cargo::rerun-if-changed={page}");
        let text = fs::read_to_string(page).expect("the page is there");
        let blocks: Vec<&str> = text.split("```rust\n").skip(1).collect();
        assert_eq!(blocks.len(), names.len(), "{page} has an adapter, a double and a contract");
        for (name, block) in names.iter().zip(blocks) {
            let code = block.split("```").next().unwrap_or_default();
            // What is included may not say of itself what it is.
            let code = code.replacen("//! ", "// ", 1);
            fs::write(Path::new(&out).join(format!("{name}.rs")), code).expect("it can be written");
        }
    }
}
