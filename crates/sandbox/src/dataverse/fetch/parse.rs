//! Reading of FetchXML into what it asks for. Knows no table.

use roxmltree::{Document, Node};

use super::malformed;
use crate::dataverse::{Refusal, not_covered};

/// A whole query.
#[derive(Debug)]
pub(super) struct Fetch {
    pub(super) top: Option<usize>,
    pub(super) count: Option<usize>,
    pub(super) page: usize,
    pub(super) cookie: Option<String>,
    pub(super) distinct: bool,
    pub(super) aggregate: bool,
    pub(super) total: bool,
    pub(super) entity: Entity,
}

/// The entity of a query, or one linked to it.
#[derive(Debug)]
pub(super) struct Entity {
    pub(super) name: String,
    pub(super) all_attributes: bool,
    pub(super) attributes: Vec<Attribute>,
    pub(super) orders: Vec<Order>,
    pub(super) filters: Vec<Filter>,
    pub(super) links: Vec<Link>,
}

/// A column to return, to group by or to aggregate.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) alias: Option<String>,
    pub(super) aggregate: Option<String>,
    pub(super) group_by: bool,
    pub(super) distinct: bool,
    pub(super) date_grouping: Option<String>,
}

/// A sort key.
#[derive(Debug)]
pub(super) struct Order {
    /// A column, or in aggregates an alias.
    pub(super) name: String,
    pub(super) descending: bool,
}

/// Conditions that belong together.
#[derive(Debug)]
pub(super) struct Filter {
    pub(super) any: bool,
    pub(super) conditions: Vec<Condition>,
    pub(super) filters: Vec<Filter>,
}

/// One condition.
#[derive(Debug)]
pub(super) struct Condition {
    /// Alias of a linked entity.
    pub(super) entity: Option<String>,
    pub(super) attribute: String,
    pub(super) operator: String,
    pub(super) values: Vec<String>,
    /// Another column to compare with.
    pub(super) value_of: Option<String>,
}

/// How a linked entity takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    Inner,
    Outer,
    /// Only that there is one.
    Exists,
}

/// A linked entity.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) entity: Entity,
    /// Its own column.
    pub(super) from: String,
    /// The column of the entity around it.
    pub(super) to: String,
    pub(super) alias: Option<String>,
    pub(super) join: Join,
}

/// Reads a query.
pub(super) fn fetch(xml: &str) -> Result<Fetch, Refusal> {
    let document = Document::parse(xml).map_err(|error| malformed(&error.to_string()))?;
    let root = document.root_element();
    if !root.has_tag_name("fetch") {
        return Err(malformed("The element 'fetch' was expected."));
    }
    let entities: Vec<Node<'_, '_>> = children(root, "entity").collect();
    let [one] = entities.as_slice() else { return Err(malformed("One element 'entity' was expected.")) };
    let count = number(root, "count")?;
    let page = number(root, "page")?;
    let top = number(root, "top")?;
    if top.is_some() && (count.is_some() || page.is_some()) {
        // B29
        return Err(malformed("The top attribute can't be specified with paging attributes."));
    }
    Ok(Fetch {
        top,
        count,
        page: page.unwrap_or(1).max(1),
        cookie: root.attribute("paging-cookie").map(str::to_owned),
        distinct: is_true(root, "distinct"),
        aggregate: is_true(root, "aggregate"),
        total: is_true(root, "returntotalrecordcount"),
        entity: entity(*one)?,
    })
}

fn children<'a, 'd>(node: Node<'a, 'd>, name: &'static str) -> impl Iterator<Item = Node<'a, 'd>> {
    node.children().filter(move |it| it.has_tag_name(name))
}

fn is_true(node: Node<'_, '_>, name: &str) -> bool {
    matches!(node.attribute(name), Some("true" | "1"))
}

fn number(node: Node<'_, '_>, name: &str) -> Result<Option<usize>, Refusal> {
    let read = |text: &str| {
        text.parse().map_err(|_| malformed(&format!("The attribute '{name}' must be a whole number.")))
    };
    node.attribute(name).map(read).transpose()
}

fn required(node: Node<'_, '_>, name: &str) -> Result<String, Refusal> {
    let found = node.attribute(name).filter(|it| !it.is_empty()).map(str::to_owned);
    let element = node.tag_name().name();
    found.ok_or_else(|| malformed(&format!("The attribute '{name}' of '{element}' is missing.")))
}

fn entity(node: Node<'_, '_>) -> Result<Entity, Refusal> {
    let order = |it: Node<'_, '_>| {
        let name = it.attribute("attribute").or_else(|| it.attribute("alias")).map(str::to_owned);
        let name = name.ok_or_else(|| malformed("An order needs an attribute or an alias."))?;
        Ok(Order { name, descending: is_true(it, "descending") })
    };
    Ok(Entity {
        name: required(node, "name")?,
        all_attributes: children(node, "all-attributes").next().is_some(),
        attributes: children(node, "attribute").map(attribute).collect::<Result<_, _>>()?,
        orders: children(node, "order").map(order).collect::<Result<_, Refusal>>()?,
        filters: children(node, "filter").map(filter).collect::<Result<_, _>>()?,
        links: children(node, "link-entity").map(link).collect::<Result<_, _>>()?,
    })
}

fn attribute(node: Node<'_, '_>) -> Result<Attribute, Refusal> {
    Ok(Attribute {
        name: required(node, "name")?,
        alias: node.attribute("alias").map(str::to_owned),
        aggregate: node.attribute("aggregate").map(str::to_owned),
        group_by: is_true(node, "groupby"),
        distinct: is_true(node, "distinct"),
        date_grouping: node.attribute("dategrouping").map(str::to_owned),
    })
}

fn filter(node: Node<'_, '_>) -> Result<Filter, Refusal> {
    if children(node, "link-entity").next().is_some() {
        return Err(not_covered("B29 (linked entities in filters)"));
    }
    Ok(Filter {
        any: node.attribute("type") == Some("or"),
        conditions: children(node, "condition").map(condition).collect::<Result<_, _>>()?,
        filters: children(node, "filter").map(filter).collect::<Result<_, _>>()?,
    })
}

fn condition(node: Node<'_, '_>) -> Result<Condition, Refusal> {
    let inside = children(node, "value").map(|it| it.text().unwrap_or_default().trim().to_owned());
    let values = node.attribute("value").map(str::to_owned).into_iter().chain(inside);
    Ok(Condition {
        entity: node.attribute("entityname").map(str::to_owned),
        attribute: required(node, "attribute")?,
        operator: required(node, "operator")?,
        values: values.collect(),
        value_of: node.attribute("valueof").map(str::to_owned),
    })
}

fn link(node: Node<'_, '_>) -> Result<Link, Refusal> {
    let join = match node.attribute("link-type") {
        None | Some("inner" | "natural") => Join::Inner,
        Some("outer") => Join::Outer,
        Some("exists" | "in") => Join::Exists,
        Some(_) => return Err(not_covered("B29 (other link types)")),
    };
    Ok(Link {
        entity: entity(node)?,
        from: required(node, "from")?,
        to: required(node, "to")?,
        alias: node.attribute("alias").map(str::to_owned),
        join,
    })
}
