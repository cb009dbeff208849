//! Dataverse's error answers (B54, B55).

use serde_json::Value;

use crate::odata::filter::BindError;
use crate::odata::json;
use crate::wire::{Request, Response};

/// An answer that ends a request early. Boxed, because it is rare and large.
pub(crate) type Refusal = Box<Response>;

pub(crate) const JSON: &str = "application/json; odata.metadata=minimal";

/// Malformed address or query option.
pub(crate) const MALFORMED_QUERY: &str = "0x80060888";
/// Malformed body.
pub(crate) const MALFORMED_PAYLOAD: &str = "0x80048d19";
/// A value that a column does not take.
pub(crate) const INVALID_ARGUMENT: &str = "0x80040203";
/// A row that does not exist (number unverified).
pub(crate) const MISSING_ROW: &str = "0x80040217";

/// B54: code and message; the code is not the HTTP status.
pub(crate) fn refuse(status: u16, code: &str, message: &str) -> Refusal {
    let (code, message) = (json::quoted(code), json::quoted(message));
    let body = format!("{{\"error\":{{\"code\":{code},\"message\":{message}}}}}");
    Box::new(Response::with_body(status, JSON, body.into_bytes()).header("OData-Version", "4.0"))
}

/// B54: with all annotations asked for, an error says more.
pub(crate) fn detailed(mut response: Response, request: &Request<'_>) -> Response {
    let list = request.preference("odata.include-annotations").unwrap_or_default();
    let Ok(mut body) = serde_json::from_slice::<Value>(&response.body) else { return response };
    let Some(error) = body.get_mut("error").and_then(Value::as_object_mut) else { return response };
    if !list.split(',').any(|it| it.trim().trim_matches('"') == "*") {
        return response;
    }
    let message = error.get("message").cloned().unwrap_or(Value::Null);
    for (name, value) in [
        ("@Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus", Value::from("0")),
        ("@Microsoft.PowerApps.CDS.ErrorDetails.SubErrorCode", Value::from("0")),
        ("@Microsoft.PowerApps.CDS.HelpLink", Value::from("")),
        ("@Microsoft.PowerApps.CDS.TraceText", Value::from("")),
        ("@Microsoft.PowerApps.CDS.InnerError.Message", message),
    ] {
        error.insert(name.to_owned(), value);
    }
    response.body = body.to_string().into_bytes();
    response
}

/// S1: what the sandbox does not cover, with the fact that is missing.
pub(crate) fn not_covered(fact: &str) -> Refusal {
    refuse(501, "0x80040224", &format!("The sandbox does not cover fact {fact}."))
}

pub(crate) fn unknown_segment(segment: &str) -> Refusal {
    refuse(404, MALFORMED_QUERY, &format!("Resource not found for the segment '{segment}'."))
}

pub(crate) fn unknown_row(table: &str, id: crate::store::Guid) -> Refusal {
    refuse(404, MISSING_ROW, &format!("{table} With Id = {id} Does Not Exist"))
}

pub(crate) fn unknown_property(property: &str, entity_type: &str) -> Refusal {
    let message = format!(
        "Could not find a property named '{property}' on type 'Microsoft.Dynamics.CRM.{entity_type}'."
    );
    refuse(400, MALFORMED_QUERY, &message)
}

/// What a refused filter answers.
pub(crate) fn filter(error: BindError) -> Refusal {
    match error {
        BindError::Malformed(message) => refuse(400, MALFORMED_QUERY, &message),
        BindError::UnknownProperty { property, entity_type } => unknown_property(&property, &entity_type),
        BindError::NotCovered(fact) => not_covered(fact),
        BindError::OrOnDistinctFields | BindError::TooLong { .. } | BindError::UnknownMember { .. } => {
            refuse(400, MALFORMED_QUERY, "The filter is not valid.")
        }
    }
}

/// The answer of a fault with a status (S6).
pub(crate) fn fault(status: u16) -> Response {
    let (code, message) = match status {
        401 => ("", "The ticket is missing or expired."),
        403 => ("0x80040220", "The principal is missing a privilege."),
        412 => (
            "0x80060882",
            "The version of the existing record doesn't match the RowVersion property provided.",
        ),
        429 => {
            ("0x80072322", "Number of requests exceeded the limit of 6000 over time window of 300 seconds.")
        }
        503 => ("", "The service is temporarily unavailable."),
        504 => ("", "The gateway timed out."),
        _ => ("0x80040216", "An unexpected error occurred."),
    };
    *refuse(status, code, message)
}
