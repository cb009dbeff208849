//! Business Central and Dataverse on the wire, bytes in and bytes out: queries, pages into columns, counts, errors,
//! metadata into schemas, filters translated into OData. Sends nothing itself: requests and answers are values, and
//! the clock is an argument. Knows no synchronization.

pub mod binding;
pub mod business_central;
mod changes;
pub mod dataverse;
pub mod discovery;
pub mod doctor;
mod edmx;
mod error;
mod http;
pub mod lookup;
mod names;
pub mod odata;
mod option_set;
pub mod pace;
mod page;
pub mod pasted;
pub mod pushdown;
mod read;
pub mod retry;
mod url;
mod values;
pub mod write;

pub use binding::{Binding, BindingKind, BoundTable, FieldRelation, OutOfReachField, Remedy};
pub use business_central::{BcCompany, BusinessCentralMetadata, BusinessCentralTables, CompanionState};
pub use changes::{ChangeRead, Changes, DeltaLink, changed_since};
pub use dataverse::{DataverseTable, DataverseTableMetadata, WhoAmI};
pub use error::{Expected, Found, MetadataPart, PageError, ReadError, ServiceError, ServiceErrorKind};
pub use http::{Method, Procedure, REQUEST_ID, Request, RequestIds, Response, Step};
pub use names::{decode_member, encode_member, property_name};
pub(crate) use option_set::schema_option_member;
pub use option_set::{OPTION_LABEL, OPTION_VALUE, option_set_rows};
pub use pushdown::{Precision, PushReason, Pushed, PushedFilter, combine, push};
pub use read::{
    Count, ETAG, MAX_PAGE_BUSINESS_CENTRAL, MAX_PAGE_DATAVERSE, Page, ReadOptions, ReadOrder, TableRead,
    TableSource, WithCount, count_request, etag_field, read_count,
};
