//! Business Central's descriptions of itself: service document, `$metadata`, `entityDefinitions` (A7).

use super::read::JSON;
use crate::odata::json;
use crate::schema::{Caption, EntitySet, Kind, Link, Multiplicity, Property};
use crate::wire::Response;

/// The platform's entity type behind webhooks (A59), which no table of the application holds.
const SUBSCRIPTION: &str = "<EntityType Name=\"subscription\"><Key><PropertyRef Name=\"subscriptionId\"/></Key>\
<Property Name=\"subscriptionId\" Type=\"Edm.String\" Nullable=\"false\" MaxLength=\"150\"/>\
<Property Name=\"notificationUrl\" Type=\"Edm.String\"/><Property Name=\"resource\" Type=\"Edm.String\"/>\
<Property Name=\"timestamp\" Type=\"Edm.Int64\"/><Property Name=\"userId\" Type=\"Edm.Guid\"/>\
<Property Name=\"lastModifiedDateTime\" Type=\"Edm.DateTimeOffset\"/>\
<Property Name=\"clientState\" Type=\"Edm.String\" MaxLength=\"2048\"/>\
<Property Name=\"expirationDateTime\" Type=\"Edm.DateTimeOffset\"/>\
<Property Name=\"systemCreatedAt\" Type=\"Edm.DateTimeOffset\"/><Property Name=\"systemCreatedBy\" Type=\"Edm.Guid\"/>\
<Property Name=\"systemModifiedAt\" Type=\"Edm.DateTimeOffset\"/>\
<Property Name=\"systemModifiedBy\" Type=\"Edm.Guid\"/></EntityType>\n";

/// GET on the API root.
pub(crate) fn service_document(root: &str, sets: &[EntitySet]) -> Response {
    let mut out = Vec::new();
    out.extend_from_slice(b"{\"@odata.context\":");
    json::text(&mut out, &format!("{root}/$metadata"));
    out.extend_from_slice(b",\"value\":[");
    for (position, set) in sets.iter().enumerate() {
        let name = json::quoted(&set.name);
        let comma = if position > 0 { "," } else { "" };
        let entry = format!("{comma}{{\"name\":{name},\"kind\":\"EntitySet\",\"url\":{name}}}");
        out.extend_from_slice(entry.as_bytes());
    }
    out.extend_from_slice(b"]}");
    Response::with_body(200, JSON, out).header("OData-Version", "4.0")
}

/// The EDMX document, namespace `Microsoft.NAV`.
pub(crate) fn document(sets: &[EntitySet]) -> Response {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<edmx:Edmx Version=\"4.0\" \
         xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\"><edmx:DataServices>\
         <Schema Namespace=\"Microsoft.NAV\" xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">\n",
    );
    let mut enums: Vec<&Property> = Vec::new();
    for set in sets {
        entity_type(&mut out, set, sets);
        for property in set.properties.iter().filter(|property| property.enum_type.is_some()) {
            if !enums.iter().any(|known| known.enum_type == property.enum_type) {
                enums.push(property);
            }
        }
    }
    for property in enums {
        let name = property.enum_type.as_deref().unwrap_or_default();
        out.push_str(&format!("<EnumType Name=\"{name}\">"));
        for member in &property.members {
            out.push_str(&format!("<Member Name=\"{}\" Value=\"{}\"/>", member.name, member.value));
        }
        out.push_str("</EnumType>\n");
    }
    for set in sets {
        for action in &set.actions {
            let bound = &set.entity_type;
            out.push_str(&format!(
                "<Action Name=\"{action}\" IsBound=\"true\"><Parameter Name=\"bindingParameter\" \
                 Type=\"Microsoft.NAV.{bound}\"/></Action>\n"
            ));
        }
    }
    out.push_str(SUBSCRIPTION);
    out.push_str("<EntityContainer Name=\"NAV\">");
    for set in sets {
        let (name, entity_type) = (&set.name, &set.entity_type);
        out.push_str(&format!("<EntitySet Name=\"{name}\" EntityType=\"Microsoft.NAV.{entity_type}\">"));
        if set.name == "companies" {
            for other in sets.iter().filter(|other| other.name != "companies") {
                let name = &other.name;
                let binding = format!("<NavigationPropertyBinding Path=\"{name}\" Target=\"{name}\"/>");
                out.push_str(&binding);
            }
        }
        for link in &set.links {
            if let Some(target) = sets.get(link.target) {
                out.push_str(&format!(
                    "<NavigationPropertyBinding Path=\"{}\" Target=\"{}\"/>",
                    link.name, target.name
                ));
            }
        }
        out.push_str("</EntitySet>");
    }
    out.push_str("<EntitySet Name=\"subscriptions\" EntityType=\"Microsoft.NAV.subscription\"/>");
    out.push_str("</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>\n");
    Response::with_body(200, "application/xml", out.into_bytes()).header("OData-Version", "4.0")
}

fn entity_type(out: &mut String, set: &EntitySet, sets: &[EntitySet]) {
    let key = set.properties.get(set.key).map_or("id", |property| property.name.as_str());
    out.push_str(&format!(
        "<EntityType Name=\"{}\"><Key><PropertyRef Name=\"{key}\"/></Key>",
        set.entity_type
    ));
    for property in &set.properties {
        let nullable = if property.name == key { " Nullable=\"false\"" } else { "" };
        let length = match property.max_length {
            Some(length) if property.kind == Kind::Text => format!(" MaxLength=\"{length}\""),
            _ => String::new(),
        };
        let (name, edm) = (&property.name, edm_type(property));
        out.push_str(&format!("<Property Name=\"{name}\" Type=\"{edm}\"{nullable}{length}/>"));
    }
    if set.name == "companies" {
        for other in sets.iter().filter(|other| other.name != "companies") {
            out.push_str(&format!(
                "<NavigationProperty Name=\"{}\" Type=\"Collection(Microsoft.NAV.{})\" ContainsTarget=\"true\"/>",
                other.name, other.entity_type
            ));
        }
    }
    for link in &set.links {
        navigation(out, set, link, sets);
    }
    out.push_str("</EntityType>\n");
}

/// A28, A66: one record or a collection, with the properties that join them.
fn navigation(out: &mut String, set: &EntitySet, link: &Link, sets: &[EntitySet]) {
    let Some(target) = sets.get(link.target) else { return };
    let name =
        |set: &EntitySet, at: usize| set.properties.get(at).map_or("", |it| it.name.as_str()).to_owned();
    let (own, other) = (name(set, link.own), name(target, link.other));
    match link.multiplicity {
        Multiplicity::Many => out.push_str(&format!(
            "<NavigationProperty Name=\"{}\" Type=\"Collection(Microsoft.NAV.{})\" ContainsTarget=\"true\"/>",
            link.name, target.entity_type
        )),
        Multiplicity::ZeroOrOne => out.push_str(&format!(
            "<NavigationProperty Name=\"{}\" Type=\"Microsoft.NAV.{}\"><ReferentialConstraint \
             Property=\"{own}\" ReferencedProperty=\"{other}\"/></NavigationProperty>",
            link.name, target.entity_type
        )),
    }
}

fn edm_type(property: &Property) -> String {
    match (property.kind, &property.enum_type) {
        (_, Some(name)) => format!("Microsoft.NAV.{name}"),
        (Kind::Guid | Kind::Lookup, _) => "Edm.Guid".to_owned(),
        (Kind::Boolean, _) => "Edm.Boolean".to_owned(),
        (Kind::Int, _) => "Edm.Int32".to_owned(),
        (Kind::BigInt, _) => "Edm.Int64".to_owned(),
        (Kind::Decimal, _) => "Edm.Decimal".to_owned(),
        (Kind::Date, _) => "Edm.Date".to_owned(),
        (Kind::DateTime, _) => "Edm.DateTimeOffset".to_owned(),
        (Kind::Text | Kind::Choice, _) => "Edm.String".to_owned(),
    }
}

/// Captions of entities, properties and enum members in English and French.
pub(crate) fn entity_definitions(root: &str, sets: &[EntitySet]) -> Response {
    let definitions: Vec<String> = sets.iter().map(definition).collect();
    let body = format!(
        "{{\"@odata.context\":{},\"value\":[{}]}}",
        json::quoted(&format!("{root}/$metadata#entityDefinitions")),
        definitions.join(",")
    );
    Response::with_body(200, JSON, body.into_bytes()).header("OData-Version", "4.0")
}

fn definition(set: &EntitySet) -> String {
    let properties: Vec<String> = set
        .properties
        .iter()
        .map(|it| format!("{{\"name\":{},\"captions\":{}}}", json::quoted(&it.name), captions(&it.caption)))
        .collect();
    let members: Vec<String> = set
        .properties
        .iter()
        .flat_map(|property| property.members.iter().map(move |member| (property, member)))
        .map(|(property, member)| {
            format!(
                "{{\"name\":{},\"value\":{},\"enumTypeName\":{},\"captions\":{}}}",
                json::quoted(&member.name),
                member.value,
                json::quoted(property.enum_type.as_deref().unwrap_or_default()),
                captions(&member.caption)
            )
        })
        .collect();
    let actions: Vec<String> =
        set.actions.iter().map(|name| format!("{{\"name\":{}}}", json::quoted(name))).collect();
    format!(
        "{{\"entityName\":{},\"entitySetName\":{},\"entityCaptions\":{captions},\"entitySetCaptions\":{captions},\
         \"properties\":[{}],\"actions\":[{}],\"enumMembers\":[{}]}}",
        json::quoted(&set.entity_type),
        json::quoted(&set.name),
        properties.join(","),
        actions.join(","),
        members.join(","),
        captions = captions(&set.caption),
    )
}

fn captions(caption: &Caption) -> String {
    format!(
        "[{{\"languageCode\":1033,\"caption\":{}}},{{\"languageCode\":1036,\"caption\":{}}}]",
        json::quoted(&caption.english),
        json::quoted(&caption.french)
    )
}
