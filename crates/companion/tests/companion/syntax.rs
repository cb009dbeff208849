//! Every generated file is read by a grammar of AL that is not ours, and by a JSON reader.

use couplet_companion::{
    ApiPage, Companion, CompanionError, CompanionOptions, LeftOutReason, PageAccess, needed_tables,
};
use couplet_engine::default_setup::build;
use couplet_engine::{
    BcTable, FieldMapping, FieldMappingStatus, IntegrationTableMapping, MappingName, OwnershipModel,
};
use tree_sitter::{Node, Parser, Tree};

fn standard() -> Vec<IntegrationTableMapping> {
    build(OwnershipModel::Person, None).mappings
}

fn options() -> CompanionOptions {
    CompanionOptions { ids: 50_100..=50_149, build: 3 }
}

fn companion(mappings: &[IntegrationTableMapping]) -> Companion {
    Companion::new(mappings, &[], options()).unwrap()
}

fn parse(text: &str) -> Tree {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_al::LANGUAGE.into()).unwrap();
    parser.parse(text, None).unwrap()
}

/// The first place that the grammar cannot read.
fn first_error(node: Node<'_>) -> Option<String> {
    if node.is_error() || node.is_missing() {
        return Some(format!("{} at {}", node.kind(), node.start_position()));
    }
    let mut cursor = node.walk();
    node.children(&mut cursor).find_map(first_error)
}

#[track_caller]
fn check(companion: &Companion) {
    let files = companion.files();
    let al: Vec<_> = files.iter().filter(|file| file.path.ends_with(".al")).collect();
    assert_eq!(al.len(), companion.pages.len() + 1);
    for file in al {
        let tree = parse(&file.text);
        let error = first_error(tree.root_node());
        assert!(error.is_none() && !tree.root_node().has_error(), "{}: {error:?}\n{}", file.path, file.text);
    }
}

/// A mapping of a table and a field with names that AL and OData do not like.
fn awkward() -> IntegrationTableMapping {
    let mut mapping = standard().remove(1);
    mapping.name = MappingName::new("AWKWARD").unwrap();
    mapping.table = BcTable { number: 70_000, name: "Don't \"Quote\" a Table of 30 + x".to_owned() };
    let field = |number: u32, name: &str| FieldMapping {
        number,
        field: Some(name.to_owned()),
        ..mapping.field_mappings[2].clone()
    };
    let names = ["Code", "End", "No. \"2\"", "Who's", "E-Mail", "E Mail", "2nd", "%", "Page"];
    mapping.field_mappings = (1..).zip(names).map(|(number, name)| field(number, name)).collect();
    mapping.table_filter.conditions.clear();
    mapping
}

#[test]
fn the_grammar_reads_every_generated_file() {
    check(&companion(&standard()));
    check(&companion(&[awkward()]));
}

/// The check would find a mistake: each of these is a generated file with one thing wrong.
#[test]
fn the_grammar_refuses_what_is_broken() {
    let files = companion(&standard()).files();
    let customer = files.iter().find(|file| file.path.ends_with("CoupletCustomer.Page.al")).unwrap();
    let set = files.iter().find(|file| file.path.ends_with("PermissionSet.al")).unwrap();
    for (text, right, wrong) in [
        (&customer.text, "Rec.\"No.\"", "Rec.No. 1"),
        (&customer.text, "EntityName = 'customer';", "EntityName = 'customer;"),
        (&customer.text, "repeater(Records)", "repeater(Records"),
        (&customer.text, "Rec.Insert(true, true);", "Rec.Insert(true, true; then"),
        (&set.text, "= RIMD,", "RIMD,"),
    ] {
        let broken = text.replacen(right, wrong, 1);
        assert_ne!(*text, broken, "{right} is not in the file");
        assert!(parse(&broken).root_node().has_error(), "{wrong} was read");
    }
}

#[test]
fn the_manifest_is_json_with_the_chosen_ids() {
    let files = companion(&standard()).files();
    let manifest = files.iter().find(|file| file.path == "app.json").unwrap();
    let json: serde_json::Value = serde_json::from_str(&manifest.text).unwrap();
    assert_eq!(json["idRanges"][0]["from"], 50_100);
    assert_eq!(json["idRanges"][0]["to"], 50_149);
    assert_eq!(json["version"], "1.0.3.0");
}

#[test]
fn ids_and_object_names_are_one_each() {
    let companion = companion(&standard());
    let mut ids: Vec<u32> = companion.pages.iter().map(|page| page.id).collect();
    ids.dedup();
    assert_eq!(ids, (50_100..).take(companion.pages.len()).collect::<Vec<_>>());
    for page in &companion.pages {
        assert!(page.object_name.chars().count() <= 30, "{}", page.object_name);
        assert_ne!(page.entity, page.entity_set);
    }
    let readme = companion.files().into_iter().find(|file| file.path == "README.md").unwrap();
    assert!(readme.text.contains("has not been compiled"));
    for page in &companion.pages {
        assert!(readme.text.contains(&format!("| {} | {} |", page.object_name, page.id)), "{}", page.id);
    }
}

/// What every page tells, and what only those of mapped tables allow.
#[test]
fn only_mapped_tables_are_written() {
    let companion = companion(&standard());
    let page = |number: u32| companion.pages.iter().find(|page| page.table == number).unwrap();
    let access = |number: u32| page(number).access;
    for mapping in standard() {
        assert_eq!(access(mapping.table.number), PageAccess::ReadWrite, "{}", mapping.name);
    }
    for number in [98, 330, 5054, 5079, 2_000_000_041] {
        assert_eq!(access(number), PageAccess::ReadOnly, "{number}");
    }
    let sources = companion.files();
    for file in
        sources.iter().filter(|file| file.path.ends_with(".Page.al") && !file.path.contains("TableFields"))
    {
        for field in ["SystemId", "SystemModifiedAt", "SystemModifiedBy"] {
            assert!(file.text.contains(&format!("; Rec.{field})")), "{} without {field}", file.path);
        }
    }
}

/// Exactly what mappings need: what is disabled or mapped to nothing is not served.
#[test]
fn disabled_field_mappings_need_nothing() {
    let mut mappings: Vec<_> = standard().into_iter().filter(|it| it.name.as_str() == "CUSTOMER").collect();
    let fields = |mappings: &[IntegrationTableMapping]| needed_tables(mappings, &[]).remove(0).fields;
    assert!(fields(&mappings).contains(&"Fax No.".to_owned()));
    let all = fields(&mappings);
    let fax = mappings[0].field_mappings.iter_mut().find(|it| it.field.as_deref() == Some("Fax No."));
    fax.unwrap().status = FieldMappingStatus::Disabled;
    let mut expected = all.clone();
    expected.retain(|name| name != "Fax No.");
    assert_eq!(fields(&mappings), expected);
    assert!(all.iter().all(|name| !name.is_empty()) && all.contains(&"Blocked".to_owned()));
}

#[test]
fn fields_that_cannot_be_served_are_named() {
    let companion = companion(&[awkward()]);
    let reasons: Vec<(&str, &LeftOutReason)> =
        companion.left_out.iter().map(|it| (it.field.as_str(), &it.reason)).collect();
    let same = LeftOutReason::SameName { field: "E-Mail".to_owned() };
    assert_eq!(reasons, [("E Mail", &same), ("2nd", &LeftOutReason::NoName), ("%", &LeftOutReason::NoName)]);
    let page: &ApiPage = &companion.pages[0];
    let served: Vec<&str> = page.properties.iter().map(|property| property.name.as_str()).collect();
    assert_eq!(served, ["code", "end", "no2", "whoS", "eMail", "page"]);
}

#[test]
fn too_few_or_foreign_ids_are_refused() {
    let new = |ids| Companion::new(&standard(), &[], CompanionOptions { ids, build: 1 });
    let error = new(50_000..=50_002).unwrap_err();
    assert_eq!(error, CompanionError::RangeTooSmall { needed: 14, available: 3 });
    assert!(new(50_000..=50_013).is_ok());
    assert_eq!(new(18..=99).unwrap_err(), CompanionError::ReservedIds { first: 18 });
    #[expect(clippy::reversed_empty_ranges, reason = "what a person may type")]
    let reversed = new(60_000..=50_000).unwrap_err();
    assert_eq!(reversed.code(), "companion.range-too-small");
    let nothing = Companion::new(&[], &[], options()).unwrap_err();
    assert_eq!(nothing, CompanionError::NothingMapped);
}

#[test]
fn the_archive_holds_the_files_and_is_always_the_same() {
    let companion = companion(&standard());
    let bytes = companion.archive().unwrap();
    assert_eq!(bytes, companion.archive().unwrap());
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    for file in companion.files() {
        let mut entry = archive.by_name(&format!("couplet-companion/{}", file.path)).unwrap();
        let mut text = String::new();
        std::io::Read::read_to_string(&mut entry, &mut text).unwrap();
        assert_eq!(text, file.text);
    }
    assert_eq!(archive.len(), companion.files().len());
}
