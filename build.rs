//! Turns the locale files into the `i18n` module: keys and arguments are checked when compiling.

use std::path::PathBuf;
use std::{env, fs};

use leptos_i18n_parser::parse_locales::options::{Config, ParseOptions};
use leptos_i18n_parser::parse_locales::parse_locales;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=locales");
    if env::var_os("CARGO_FEATURE_SPLIT").is_some() {
        // The tool that splits the module reads the linker's relocations.
        println!("cargo::rustc-link-arg-bins=--emit-relocs");
    }
    let config =
        Config::new("en")?.add_locale("fr")?.parse_options(ParseOptions::default().interpolate_display(true));
    let locales = parse_locales(None, config)?;
    for error in locales.diag.errors().iter() {
        println!("cargo::error={error}");
    }
    for warning in locales.diag.warnings().iter() {
        println!("cargo::warning={warning}");
    }
    let code = leptos_i18n_codegen::gen_code(&locales, None, false, None, false)?;
    let path = PathBuf::from(env::var("OUT_DIR")?).join("i18n.rs");
    fs::write(path, code.to_string())?;
    Ok(())
}
