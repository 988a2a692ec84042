// SPDX-License-Identifier: 0BSD
//! What countermark_add_plugin() says to the linker.

fn main() {
    for flag in ["defs", "relro", "now", "noexecstack", "nodelete"] {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,{}", flag);
    }
    println!("cargo:rerun-if-changed=build.rs");
}
