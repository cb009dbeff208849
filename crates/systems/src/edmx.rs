//! The part of a `$metadata` document (A7) that is used: entity sets, the properties of their types, enums.

use rustc_hash::FxHashMap;

use crate::names::decode_member;

/// One property of an entity type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EdmProperty {
    /// Name, in exact case.
    pub(crate) name: String,
    /// `Edm.String`, `Microsoft.NAV.customerBlocked`.
    pub(crate) edm_type: String,
    /// Longest text.
    pub(crate) max_length: Option<u32>,
}

/// One entity set with the properties of its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EdmSet {
    /// `customers`
    pub(crate) name: String,
    /// `customer`
    pub(crate) entity_type: String,
    /// In the order of the document.
    pub(crate) properties: Vec<EdmProperty>,
}

/// Entity sets and enums of a service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Edmx {
    pub(crate) sets: Vec<EdmSet>,
    /// Members, decoded, by the qualified name of the enum.
    enums: FxHashMap<String, Vec<(String, i32)>>,
}

impl EdmSet {
    /// The property with this name, ignoring ASCII case.
    pub(crate) fn property(&self, name: &str) -> Option<&EdmProperty> {
        self.properties.iter().find(|property| property.name.eq_ignore_ascii_case(name))
    }
}

impl Edmx {
    /// The entity set with this name.
    pub(crate) fn set(&self, name: &str) -> Option<&EdmSet> {
        self.sets.iter().find(|set| set.name == name)
    }

    /// The members of an enum, if the type is one.
    pub(crate) fn members(&self, edm_type: &str) -> Option<&[(String, i32)]> {
        self.enums.get(edm_type).map(Vec::as_slice)
    }

    /// Reads a document.
    ///
    /// # Errors
    /// When it is no well-formed XML; the text says where.
    pub(crate) fn read(body: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
        let document = roxmltree::Document::parse(text.trim_start_matches('\u{feff}'))
            .map_err(|error| error.to_string())?;
        let mut types: FxHashMap<String, Vec<EdmProperty>> = FxHashMap::default();
        let mut edmx = Edmx::default();
        for node in document.descendants() {
            let namespace =
                node.parent().and_then(|parent| parent.attribute("Namespace")).unwrap_or_default();
            let qualified = || format!("{namespace}.{}", node.attribute("Name").unwrap_or_default());
            match node.tag_name().name() {
                "EntityType" => {
                    types.insert(qualified(), properties(node));
                }
                "EnumType" => {
                    edmx.enums.insert(qualified(), members(node));
                }
                _ => {}
            }
        }
        for node in document.descendants().filter(|node| node.tag_name().name() == "EntitySet") {
            let (Some(name), Some(entity_type)) = (node.attribute("Name"), node.attribute("EntityType"))
            else {
                continue;
            };
            let properties = types.get(entity_type).cloned().unwrap_or_default();
            let entity_type = entity_type.rsplit('.').next().unwrap_or(entity_type).to_owned();
            edmx.sets.push(EdmSet { name: name.to_owned(), entity_type, properties });
        }
        Ok(edmx)
    }
}

fn properties(node: roxmltree::Node<'_, '_>) -> Vec<EdmProperty> {
    let children = node.children().filter(|child| child.tag_name().name() == "Property");
    let property = |child: roxmltree::Node<'_, '_>| {
        let name = child.attribute("Name")?.to_owned();
        let edm_type = child.attribute("Type")?.to_owned();
        let max_length = child.attribute("MaxLength").and_then(|length| length.parse().ok());
        Some(EdmProperty { name, edm_type, max_length })
    };
    children.filter_map(property).collect()
}

fn members(node: roxmltree::Node<'_, '_>) -> Vec<(String, i32)> {
    let children = node.children().filter(|child| child.tag_name().name() == "Member");
    let named = (0..).zip(children).filter_map(|(position, child)| {
        let value = child.attribute("Value").and_then(|value| value.parse().ok()).unwrap_or(position);
        Some((decode_member(child.attribute("Name")?), value))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="Microsoft.NAV" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EnumType Name="customerBlocked"><Member Name="_x0020_" Value="0"/><Member Name="All" Value="3"/></EnumType>
<EntityType Name="customer"><Key><PropertyRef Name="systemId"/></Key>
<Property Name="systemId" Type="Edm.Guid" Nullable="false"/>
<Property Name="no" Type="Edm.String" MaxLength="20"/>
<Property Name="blocked" Type="Microsoft.NAV.customerBlocked"/>
<NavigationProperty Name="currency" Type="Microsoft.NAV.currency"/></EntityType>
<EntityContainer Name="NAV"><EntitySet Name="customers" EntityType="Microsoft.NAV.customer"/></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"#;

    #[test]
    fn a7_sets_properties_and_enums() {
        let edmx = Edmx::read(DOCUMENT.as_bytes()).unwrap();
        let set = edmx.set("customers").unwrap();
        assert_eq!(set.entity_type, "customer");
        assert_eq!(set.property("SystemID").unwrap().name, "systemId");
        assert_eq!(set.property("no").unwrap().max_length, Some(20));
        assert!(set.property("currency").is_none());
        let blocked = &set.property("blocked").unwrap().edm_type;
        assert_eq!(edmx.members(blocked).unwrap(), [(" ".to_owned(), 0), ("All".to_owned(), 3)]);
    }

    #[test]
    fn a_damaged_document_is_an_error() {
        assert!(Edmx::read(DOCUMENT.get(..400).unwrap().as_bytes()).is_err());
        assert!(Edmx::read(b"\xff").is_err());
    }
}
