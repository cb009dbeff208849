//! Business Central's error answers (A53 to A55).

use crate::limits::Excess;
use crate::odata::filter::BindError;
use crate::odata::json;
use crate::wire::Response;

/// An answer that ends a request early. Boxed, because it is rare and large.
pub(crate) type Refusal = Box<Response>;

/// A53: code and message, with a correlation id at the end of the message.
pub(crate) fn refuse(status: u16, code: &str, message: &str) -> Refusal {
    let message = format!("{message}  CorrelationId:  6f0c0000-0000-4000-8000-0000000000ee.");
    let body =
        format!("{{\"error\":{{\"code\":{},\"message\":{}}}}}", json::quoted(code), json::quoted(&message));
    Box::new(Response::with_body(status, "application/json; odata.metadata=minimal", body.into_bytes()))
}

/// S1: what the sandbox does not cover, with the fact that is missing.
pub(crate) fn not_covered(fact: &str) -> Refusal {
    refuse(501, "BadRequest_MethodNotImplemented", &format!("The sandbox does not cover fact {fact}."))
}

/// A resource or record that does not exist (A55).
pub(crate) fn unknown_set(segment: &str) -> Refusal {
    let message = format!("No HTTP resource was found that matches the request URI: '{segment}'.");
    refuse(404, "BadRequest_NotFound", &message)
}

pub(crate) fn unknown_record() -> Refusal {
    let message = "The record that you tried to open is not available. The record may have been deleted.";
    refuse(404, "Internal_RecordNotFound", message)
}

pub(crate) fn unknown_property(property: &str, entity_type: &str) -> Refusal {
    let message = format!(
        "The property '{property}' does not exist on type 'Microsoft.NAV.{entity_type}'. Make sure to only use \
         property names that are defined by the type."
    );
    refuse(400, "BadRequest", &message)
}

/// An invalid enum text was seen with the code `Unknown` (A54).
pub(crate) fn unknown_member(text: &str, members: &str) -> Refusal {
    refuse(400, "Unknown", &format!("The value '{text}' is not valid. The valid values are: {members}."))
}

/// What a refused filter answers.
pub(crate) fn filter(error: BindError) -> Refusal {
    match error {
        BindError::Malformed(message) => refuse(400, "BadRequest", &message),
        BindError::UnknownProperty { property, entity_type } => {
            let message = format!(
                "Could not find a property named '{property}' on type 'Microsoft.NAV.{entity_type}'."
            );
            refuse(400, "BadRequest", &message)
        }
        BindError::OrOnDistinctFields => {
            let message = "The 'OR' operator is not supported on distinct fields on an OData filter.";
            refuse(400, "BadRequest_MethodNotImplemented", message)
        }
        BindError::TooLong { property, length, max } => {
            let message = format!(
                "The filter on '{property}' is not valid: the length of the string is {length}, but it must be less \
                 than or equal to {max} characters."
            );
            refuse(400, "Application_FilterErrorException", &message)
        }
        BindError::UnknownMember { text, members } => unknown_member(&text, &members),
        BindError::NotCovered(fact) => not_covered(fact),
    }
}

/// What a request beyond the operational limits answers (A56): no `Retry-After` is documented for 429.
pub(crate) fn limited(excess: Excess) -> Response {
    match excess {
        Excess::Wait => {
            let message = "The request waited in the queue for too long.";
            refuse(503, "Internal_TenantUnavailable", message).header("Retry-After", "60")
        }
        Excess::Queue | Excess::Concurrency => *refuse(
            429,
            "Application_TooManyRequests",
            "Too many requests are waiting. Please try again later.",
        ),
        Excess::Requests | Excess::ExecutionTime => fault(429),
    }
}

/// The answer of a fault with a status (S6).
pub(crate) fn fault(status: u16) -> Response {
    let (code, message) = match status {
        401 => ("Authentication_InvalidCredentials", "The server has rejected the client credentials."),
        403 => ("Authorization_Denied", "You do not have permission to open the company."),
        409 => ("Request_EntityChanged", "Another user has already changed the record."),
        412 => ("BadRequest_InvalidToken", "The precondition of the request is not met."),
        429 => ("Application_TooManyRequests", "Too many requests reached. Please try again later."),
        503 => ("Internal_TenantUnavailable", "The service is temporarily unavailable."),
        504 => ("Internal_ServerError", "The gateway timed out."),
        _ => ("Internal_ServerError", "An internal server error occurred."),
    };
    *refuse(status, code, message)
}
