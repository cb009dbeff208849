//! The files beside the pages: the manifest, the permission set and what the admin reads.

use std::fmt::Write;

use crate::al::identifier;
use crate::pages::{ApiPage, LeftOutReason, PageAccess};
use crate::{Companion, CompanionOptions};

/// Always the same extension: a new build upgrades the one before.
const APP_ID: &str = "6f0c7d54-4c3e-4d0b-9b8e-2f2d6c1a7e31";

/// `app.json`.
pub(crate) fn manifest(options: &CompanionOptions) -> String {
    let (from, to) = (options.ids.start(), options.ids.end());
    let build = options.build;
    format!(
        r#"{{
  "id": "{APP_ID}",
  "name": "Couplet Companion",
  "publisher": "Couplet",
  "version": "1.0.{build}.0",
  "brief": "API pages for Couplet",
  "description": "One API page for each table that Couplet synchronizes, with the fields that its mappings need.",
  "platform": "1.0.0.0",
  "application": "23.0.0.0",
  "runtime": "12.0",
  "target": "Cloud",
  "idRanges": [
    {{
      "from": {from},
      "to": {to}
    }}
  ],
  "features": [
    "NoImplicitWith"
  ],
  "dependencies": [],
  "resourceExposurePolicy": {{
    "allowDebugging": true,
    "allowDownloadingSource": true,
    "includeSourceInSymbolFile": true
  }}
}}
"#
    )
}

/// The permission set: the pages, and the data behind them.
pub(crate) fn permission_set(pages: &[ApiPage], id: u32) -> String {
    let mut lines: Vec<String> = Vec::new();
    for page in pages {
        let rights = match page.access {
            PageAccess::ReadWrite => "RIMD",
            PageAccess::ReadOnly => "R",
        };
        lines.push(format!("        tabledata {} = {rights}", identifier(&page.table_name)));
        lines.push(format!("        page {} = X", identifier(&page.object_name)));
    }
    format!(
        "// What the user of Couplet's connection needs beside its own license.\n\
         permissionset {id} \"Couplet Integr.\"\n{{\n    Assignable = true;\n    \
         Caption = 'Couplet integration', Locked = true;\n    Permissions =\n{};\n}}\n",
        lines.join(",\n")
    )
}

/// What the admin reads: contents, what nobody could try, how to publish.
pub(crate) fn readme(companion: &Companion) -> String {
    let mut out = String::new();
    // Writing to a text cannot fail.
    let _ = write_readme(companion, &mut out);
    out
}

fn write_readme(companion: &Companion, out: &mut String) -> std::fmt::Result {
    out.write_str(
        "# Couplet Companion\n\n\
         A Business Central extension with one API page for each table that your Couplet mappings synchronize.\n\
         The pages have exactly the fields that the mappings needed when this was generated, and the system fields.\n\
         Generate it again after you mapped further fields, with a higher build number.\n\n\
         ## What is in it\n\n\
         | Page | Object id | Table | Address below `/api/couplet/integration/v1.0/companies(…)/` | Access |\n\
         |---|---|---|---|---|\n",
    )?;
    for page in &companion.pages {
        let access = match page.access {
            PageAccess::ReadWrite => "read and write",
            PageAccess::ReadOnly => "read",
        };
        let ApiPage { object_name, id, table_name, table, entity_set, .. } = page;
        writeln!(out, "| {object_name} | {id} | {table_name} ({table}) | `{entity_set}` | {access} |")?;
    }
    writeln!(
        out,
        "\nThe permission set `Couplet Integr.` has the object id {}.",
        companion.permission_set_id()
    )?;
    if !companion.left_out.is_empty() {
        writeln!(out, "\nFields that are needed and not served:\n")?;
        for left_out in &companion.left_out {
            let reason = match &left_out.reason {
                LeftOutReason::NoName => "its name gives no name of an OData property".to_owned(),
                LeftOutReason::SameName { field } => {
                    format!("its property would be called like that of {field}")
                }
            };
            writeln!(out, "- {} of {}: {reason}", left_out.field, left_out.table)?;
        }
    }
    out.write_str(NOT_TRIED)
}

/// The rest of the README, the same for everybody.
const NOT_TRIED: &str = "
## What nobody could try

This source was written by a program and **has not been compiled**: that takes the AL compiler and the symbols of your Business Central.
Couplet's own tests only check that a grammar of AL can read every kind of file in it.
So look at these when you compile it:

- Names of tables and fields are those of your mappings. A field that your version does not have, or that was removed, is an error of the compiler: delete its `field(…)` block, or map it no more and generate again.
- A field of a type that API pages cannot serve, such as a BLOB, is an error too.
- `app.json` asks for version 23 or newer. Change `application` and `runtime` for an older one.
- New records keep the `systemId` that Couplet sends (`OnInsertRecord`). If your version refuses that, delete the trigger: Couplet then takes the id that Business Central gives.
- The object ids must be free in your environment and, in a shared environment, yours to use.

## How to publish

1. Open this folder in Visual Studio Code with the AL Language extension.
2. Run `AL: Download symbols` against a **sandbox** environment, then `AL: Package`.
3. Publish it to the sandbox (`AL: Publish without debugging`) and look at `/api/couplet/integration/v1.0/$metadata`.
4. For production, upload the `.app` file on the page *Extension Management* (*Upload Extension*).
5. Assign the permission set `Couplet Integr.` to the user of Couplet's connection.
6. In Couplet, read the metadata of the connection again: fields that were out of reach are there.
";
