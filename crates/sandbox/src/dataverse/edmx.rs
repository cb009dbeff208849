//! The `$metadata` document (B31): entity types, navigation properties and sets as CSDL.

use std::fmt::Write;

use crate::schema::dataverse::{DataverseSchema, DvTable};
use crate::schema::{Kind, Property};
use crate::wire::Response;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
    <edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\"><edmx:DataServices>\
    <Schema Namespace=\"Microsoft.Dynamics.CRM\" Alias=\"mscrm\" \
    xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">\
    <EntityType Name=\"crmbaseentity\" Abstract=\"true\" />";

/// GET on `$metadata`.
pub(super) fn answer(schema: &DataverseSchema) -> Response {
    let mut out = HEAD.to_owned();
    for table in &schema.tables {
        entity_type(&mut out, schema, table);
    }
    out.push_str("<EntityContainer Name=\"System\">");
    for table in &schema.tables {
        entity_set(&mut out, schema, table);
    }
    out.push_str("</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>");
    Response::with_body(200, "application/xml", out.into_bytes()).header("OData-Version", "4.0")
}

fn edm_type(property: &Property) -> &'static str {
    match property.kind {
        Kind::Text => "Edm.String",
        Kind::Guid | Kind::Lookup => "Edm.Guid",
        Kind::Boolean => "Edm.Boolean",
        Kind::Int | Kind::Choice => "Edm.Int32",
        Kind::BigInt => "Edm.Int64",
        Kind::Decimal => "Edm.Decimal",
        Kind::Date => "Edm.Date",
        Kind::DateTime => "Edm.DateTimeOffset",
    }
}

/// Writing to a String cannot fail.
fn put(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    let written = out.write_fmt(arguments);
    debug_assert!(written.is_ok());
}

fn entity_type(out: &mut String, schema: &DataverseSchema, table: &DvTable) {
    let info = &table.info;
    put(
        out,
        format_args!(
            "<EntityType Name=\"{}\" BaseType=\"mscrm.crmbaseentity\"><Key><PropertyRef Name=\"{}\" /></Key>",
            info.logical_name, info.primary_id
        ),
    );
    for property in &table.set.properties {
        let nullable = if property.name == info.primary_id { " Nullable=\"false\"" } else { "" };
        put(
            out,
            format_args!("<Property Name=\"{}\" Type=\"{}\"{nullable} />", property.name, edm_type(property)),
        );
    }
    let mut names: Vec<&str> = Vec::new();
    for it in schema.relationships.iter().filter(|it| it.referencing == info.logical_name) {
        // An owner has one navigation property for both of its tables.
        if names.contains(&it.navigation.as_str()) {
            continue;
        }
        names.push(&it.navigation);
        put(
            out,
            format_args!(
                "<NavigationProperty Name=\"{}\" Type=\"mscrm.{}\" Partner=\"{}\">\
                 <ReferentialConstraint Property=\"_{}_value\" ReferencedProperty=\"{}\" /></NavigationProperty>",
                it.navigation,
                it.referenced,
                it.name,
                it.attribute,
                schema.by_logical_name(&it.referenced).map_or("", |it| it.info.primary_id.as_str())
            ),
        );
    }
    for (name, other) in collections(schema, table) {
        put(out, format_args!("<NavigationProperty Name=\"{name}\" Type=\"Collection(mscrm.{other})\" />"));
    }
    out.push_str("</EntityType>");
}

/// The collection-valued navigation properties of a table with the tables they lead to.
fn collections<'a>(schema: &'a DataverseSchema, table: &'a DvTable) -> Vec<(&'a str, &'a str)> {
    let name = table.info.logical_name.as_str();
    let single = schema.relationships.iter().filter(|it| it.referenced == name);
    let single = single.map(|it| (it.name.as_str(), it.referencing.as_str()));
    let paired = schema.associations.iter().filter_map(|it| {
        let [first, second] = &it.sides;
        if first.0 == name {
            Some((it.name.as_str(), second.0.as_str()))
        } else {
            (second.0 == name).then_some((it.name.as_str(), first.0.as_str()))
        }
    });
    single.chain(paired).collect()
}

fn entity_set(out: &mut String, schema: &DataverseSchema, table: &DvTable) {
    let info = &table.info;
    put(
        out,
        format_args!(
            "<EntitySet Name=\"{}\" EntityType=\"Microsoft.Dynamics.CRM.{}\">",
            info.entity_set, info.logical_name
        ),
    );
    for (name, other) in collections(schema, table) {
        let set = schema.by_logical_name(other).map_or("", |it| it.info.entity_set.as_str());
        put(out, format_args!("<NavigationPropertyBinding Path=\"{name}\" Target=\"{set}\" />"));
    }
    out.push_str("</EntitySet>");
}
