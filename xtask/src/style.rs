//! Puts the parts of the style sheet into one file, so that the page asks for one. Each part stands in a line
//! `@import "part.css" layer(name);` of `style/main.css`; of everything else comments and indentation are left out.

use std::path::Path;

use anyhow::{Context, bail};

use crate::workspace;

/// Writes `target/style/main.css` from `style/main.css` and what it imports.
///
/// # Errors
/// When a part cannot be read or an import cannot be understood.
pub(crate) fn bundle() -> anyhow::Result<()> {
    let root = workspace::root()?;
    let bundled = compact(&expand(&root.join("style/main.css"))?);
    let folder = root.join("target/style");
    let file = folder.join("main.css");
    if std::fs::read_to_string(&file).is_ok_and(|before| before == bundled) {
        return Ok(());
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    std::fs::write(&file, bundled).with_context(|| format!("cannot write {}", file.display()))
}

/// Without comments, indentation and empty lines, which nobody has to wait for.
fn compact(css: &str) -> String {
    let mut kept = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, comment)) = rest.split_once("/*") {
        kept.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    let lines = kept.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.flat_map(|line| [line, "\n"]).collect()
}

fn expand(file: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let folder = file.parent().context("a style sheet lies in no folder")?;
    let mut bundled = String::with_capacity(text.len());
    for line in text.lines() {
        match line.trim().strip_prefix("@import") {
            Some(import) => {
                let Some(Import { part, layer }) = read_import(import) else {
                    bail!("{}: cannot understand `{line}`", file.display());
                };
                let content = expand(&folder.join(part))?;
                match layer {
                    Some(layer) => bundled.push_str(&format!("@layer {layer} {{\n{content}}}\n")),
                    None => bundled.push_str(&content),
                }
            }
            None => {
                bundled.push_str(line);
                bundled.push('\n');
            }
        }
    }
    Ok(bundled)
}

#[derive(Debug, PartialEq, Eq)]
struct Import<'a> {
    part: &'a str,
    layer: Option<&'a str>,
}

/// Reads what follows `@import`: `"part.css";`, `url("part.css") layer(name);` and the like.
fn read_import(text: &str) -> Option<Import<'_>> {
    let (_, after) = text.split_once(['"', '\''])?;
    let (part, after) = after.split_once(['"', '\''])?;
    let after = after.trim_start_matches(')').trim().strip_suffix(';')?.trim();
    let layer = match after.strip_prefix("layer(") {
        Some(layer) => Some(layer.strip_suffix(')')?.trim()),
        None if after.is_empty() => None,
        None => return None,
    };
    Some(Import { part, layer })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_indentation_are_left_out() {
        let css = "/* Why\n   so. */\na {\n  margin: 0; /* none */\n\n  color: red;\n}\n";
        assert_eq!(compact(css), "a {\nmargin: 0;\ncolor: red;\n}\n");
        assert_eq!(compact("a { }"), "a { }\n");
    }

    #[test]
    fn imports_are_understood_or_refused() {
        let check = |text, part, layer| assert_eq!(read_import(text), Some(Import { part, layer }), "{text}");
        check(" \"tokens.css\";", "tokens.css", None);
        check(" url(\"tokens.css\") layer(tokens);", "tokens.css", Some("tokens"));
        check(" 'a/b.css' layer(components.table);", "a/b.css", Some("components.table"));
        assert_eq!(read_import(" \"a.css\" screen;"), None);
        assert_eq!(read_import(" \"a.css\""), None);
    }
}
