//! The part of a `$metadata` document (A7) that is used: entity sets, the properties of their types, enums.

use rustc_hash::FxHashMap;

use crate::names::decode_member;

/// One property of an entity type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EdmProperty {
    /// Name, in exact case.
    pub(crate) name: String,
    /// `Edm.String`, `Microsoft.NAV.customerBlocked`; aliases and type definitions are resolved.
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
    /// In the order of the document; those of a base type come first.
    pub(crate) properties: Vec<EdmProperty>,
    /// Names of the properties that identify a record.
    pub(crate) key: Vec<String>,
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
        let mut names = Names::default();
        let mut types: FxHashMap<String, EntityType> = FxHashMap::default();
        let mut enums = FxHashMap::default();
        for schema in document.descendants().filter(|node| node.tag_name().name() == "Schema") {
            let namespace = schema.attribute("Namespace").unwrap_or_default();
            if let Some(alias) = schema.attribute("Alias") {
                names.aliases.insert(alias.to_owned(), namespace.to_owned());
            }
            for node in schema.children() {
                let qualified = || format!("{namespace}.{}", node.attribute("Name").unwrap_or_default());
                match node.tag_name().name() {
                    "EntityType" => {
                        types.insert(qualified(), EntityType::of(node));
                    }
                    "EnumType" => {
                        enums.insert(qualified(), members(node));
                    }
                    "TypeDefinition" => {
                        let underlying = node.attribute("UnderlyingType").unwrap_or_default();
                        names.definitions.insert(qualified(), underlying.to_owned());
                    }
                    _ => {}
                }
            }
        }
        let mut sets = Vec::new();
        for node in document.descendants().filter(|node| node.tag_name().name() == "EntitySet") {
            let (Some(name), Some(entity_type)) = (node.attribute("Name"), node.attribute("EntityType"))
            else {
                continue;
            };
            let qualified = names.resolve(entity_type);
            let (properties, key) = inherited(&qualified, &types, &names);
            let entity_type = qualified.rsplit('.').next().unwrap_or(&qualified).to_owned();
            sets.push(EdmSet { name: name.to_owned(), entity_type, properties, key });
        }
        Ok(Edmx { sets, enums })
    }
}

/// Names that stand for others.
#[derive(Default)]
struct Names {
    /// Namespaces by their alias.
    aliases: FxHashMap<String, String>,
    /// Underlying types by the qualified name of the type definition.
    definitions: FxHashMap<String, String>,
}

impl Names {
    /// The qualified name of a type, or of what lies under a type definition.
    fn resolve(&self, name: &str) -> String {
        let namespace = |name: &str| {
            let (alias, rest) = name.rsplit_once('.')?;
            Some(format!("{}.{rest}", self.aliases.get(alias)?))
        };
        let qualified = namespace(name).unwrap_or_else(|| name.to_owned());
        self.definitions.get(&qualified).cloned().unwrap_or(qualified)
    }
}

/// An entity type as it is written.
struct EntityType {
    base: Option<String>,
    properties: Vec<EdmProperty>,
    key: Vec<String>,
}

impl EntityType {
    fn of(node: roxmltree::Node<'_, '_>) -> Self {
        let children = node.children().filter(|child| child.tag_name().name() == "Property");
        let property = |child: roxmltree::Node<'_, '_>| {
            let name = child.attribute("Name")?.to_owned();
            let edm_type = child.attribute("Type")?.to_owned();
            let max_length = child.attribute("MaxLength").and_then(|length| length.parse().ok());
            Some(EdmProperty { name, edm_type, max_length })
        };
        let references = node.descendants().filter(|child| child.tag_name().name() == "PropertyRef");
        EntityType {
            base: node.attribute("BaseType").map(str::to_owned),
            properties: children.filter_map(property).collect(),
            key: references.filter_map(|reference| reference.attribute("Name")).map(str::to_owned).collect(),
        }
    }
}

/// Properties and key of a type, those of its base types first.
fn inherited(
    qualified: &str,
    types: &FxHashMap<String, EntityType>,
    names: &Names,
) -> (Vec<EdmProperty>, Vec<String>) {
    let mut line: Vec<&EntityType> = Vec::new();
    let mut next = types.get(qualified);
    while let Some(entity_type) = next.filter(|it| !line.iter().any(|known| std::ptr::eq(*known, *it))) {
        line.push(entity_type);
        next = entity_type.base.as_ref().and_then(|base| types.get(&names.resolve(base)));
    }
    let (mut properties, mut key) = (Vec::new(), Vec::new());
    for entity_type in line.into_iter().rev() {
        properties.extend(
            entity_type.properties.iter().map(|property| EdmProperty {
                edm_type: names.resolve(&property.edm_type),
                ..property.clone()
            }),
        );
        key.extend(entity_type.key.iter().cloned());
    }
    (properties, key)
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
    fn aliases_base_types_and_type_definitions_are_followed() {
        let document = r#"<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="Acme.Base.V1" Alias="base" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<TypeDefinition Name="Code20" UnderlyingType="Edm.String" MaxLength="20"/>
<EntityType Name="Party" Abstract="true"><Key><PropertyRef Name="company"/><PropertyRef Name="no"/></Key>
<Property Name="company" Type="Edm.Int32"/><Property Name="no" Type="base.Code20"/></EntityType></Schema>
<Schema Namespace="Acme.Sales" Alias="self" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EnumType Name="Blocked"><Member Name="None"/><Member Name="Ship"/></EnumType>
<EntityType Name="Customer" BaseType="Acme.Base.V1.Party"><Property Name="blocked" Type="self.Blocked"/></EntityType>
</Schema>
<Schema Namespace="Acme" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EntityContainer Name="All"><EntitySet Name="customers" EntityType="self.Customer"/></EntityContainer></Schema>
</edmx:DataServices></edmx:Edmx>"#;
        let edmx = Edmx::read(document.as_bytes()).unwrap();
        let set = edmx.set("customers").unwrap();
        let properties: Vec<_> =
            set.properties.iter().map(|it| (it.name.as_str(), it.edm_type.as_str())).collect();
        let expected = [("company", "Edm.Int32"), ("no", "Edm.String"), ("blocked", "Acme.Sales.Blocked")];
        assert_eq!(properties, expected);
        assert_eq!(set.key, ["company", "no"]);
        assert_eq!(edmx.members("Acme.Sales.Blocked").unwrap().len(), 2);
    }

    #[test]
    fn a_damaged_document_is_an_error() {
        assert!(Edmx::read(DOCUMENT.get(..400).unwrap().as_bytes()).is_err());
        assert!(Edmx::read(b"\xff").is_err());
    }
}
