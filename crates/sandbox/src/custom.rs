//! Tables of a tenant's own, given by the host and served by both systems beside the built-in ones: field by field one
//! of the types that the wire knows. No rows.

/// A table that both systems have: in Business Central behind the companion's API, in Dataverse under the same name in
/// lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomTable {
    /// Business Central table number; 50,000 and above are free for tenants.
    pub number: u32,
    /// One word, `Sample`: the entity set is `samples`, the Dataverse table `sample`.
    pub name: String,
    /// Fields in the order of their numbers, which begin at 1.
    pub fields: Vec<CustomField>,
}

/// One field of a [`CustomTable`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomField {
    /// One word in lower case: the name in both systems and on the wire.
    pub name: String,
    /// What it holds.
    pub kind: CustomType,
}

/// What a field of a [`CustomTable`] holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomType {
    /// Text of at most so many characters.
    Text(u32),
    /// Code of at most so many characters; text in Dataverse.
    Code(u32),
    /// 32-bit whole number.
    Integer,
    /// 64-bit whole number.
    BigInteger,
    /// Decimal number.
    Decimal,
    /// Yes or no.
    Boolean,
    /// Day; a column with date-only behavior in Dataverse.
    Date,
    /// Moment.
    DateTime,
    /// Time of day, which travels as text (A46); Dataverse has no such column.
    Time,
    /// GUID.
    Guid,
    /// Enum in Business Central, with its own EDM type (A48), choice in Dataverse: numbers and names.
    Enum(Vec<(i32, String)>),
    /// Option in Business Central, which travels as plain text (A49), choice in Dataverse: names, numbered from 0.
    Option(Vec<String>),
}
