//! Failures in words, with the services' own words where there are any.

use couplet_systems::{Expected, Found, PageError, ReadError, ServiceError, ServiceErrorKind};

use super::storage::storage_error;
use super::{I18n, side};
use crate::failure::Failure;
use crate::i18n::*;

/// What happened, in a sentence or two.
pub fn failure(i18n: I18n, failure: &Failure) -> String {
    match failure {
        Failure::Cancelled => t_string!(i18n, failure.cancelled).to_owned(),
        Failure::ProxyUnreachable { .. } => t_string!(i18n, failure.proxy_unreachable).to_owned(),
        Failure::CutOff { .. } => t_string!(i18n, failure.cut_off).to_owned(),
        Failure::PartMissing => t_string!(i18n, app.part_missing).to_owned(),
        Failure::NoSession => t_string!(i18n, failure.no_session).to_owned(),
        Failure::ProxyStatus { status } => t_string!(i18n, failure.proxy_status, status = status.to_string()),
        Failure::ProxyRefused { code } if code == "proxy.service-unreachable" => {
            t_string!(i18n, failure.service_unreachable).to_owned()
        }
        Failure::ProxyRefused { code } if code.starts_with("proxy.sign-in-") => {
            t_string!(i18n, failure.sign_in, code = code.clone())
        }
        Failure::ProxyRefused { code } => t_string!(i18n, failure.proxy_refused, code = code.clone()),
        Failure::ProxyAnswer { detail } => t_string!(i18n, failure.proxy_answer, detail = detail.clone()),
        Failure::NotConnected => t_string!(i18n, failure.not_connected).to_owned(),
        Failure::NoCompany => t_string!(i18n, failure.no_company).to_owned(),
        Failure::CompanyGone => t_string!(i18n, failure.company_gone).to_owned(),
        Failure::Service(error) => service(i18n, error),
        Failure::Read(ReadError::Service(error)) => service(i18n, error),
        Failure::Read(error) => read(i18n, error),
        Failure::UnknownTable { table } => t_string!(i18n, failure.unknown_table, table = table.clone()),
        Failure::StoredData { reason } => storage_error(i18n, reason),
    }
}

fn service(i18n: I18n, error: &ServiceError) -> String {
    let meaning = match error.kind {
        ServiceErrorKind::Unauthorized => t_string!(i18n, service.unauthorized),
        ServiceErrorKind::Forbidden => t_string!(i18n, service.forbidden),
        ServiceErrorKind::NotFound => t_string!(i18n, service.not_found),
        ServiceErrorKind::TimedOut => t_string!(i18n, service.timed_out),
        ServiceErrorKind::Conflict => t_string!(i18n, service.conflict),
        ServiceErrorKind::TooLarge => t_string!(i18n, service.too_large),
        ServiceErrorKind::Throttled => t_string!(i18n, service.throttled),
        ServiceErrorKind::Unavailable => t_string!(i18n, service.unavailable),
        ServiceErrorKind::NotImplemented => t_string!(i18n, service.not_implemented),
        ServiceErrorKind::Server => t_string!(i18n, service.server),
        _ => t_string!(i18n, service.refused),
    };
    t_string!(
        i18n,
        service.answer,
        system = side(i18n, error.side),
        meaning = meaning,
        status = error.status.to_string(),
        code = error.code.clone(),
        message = error.message.clone()
    )
}

fn read(i18n: I18n, error: &ReadError) -> String {
    match error {
        ReadError::Page(PageError::MalformedRow { row, property, expected: wanted, found: got }) => {
            t_string!(
                i18n,
                page_error.malformed_row,
                row = row.to_string(),
                property = property.clone(),
                expected = expected(i18n, *wanted),
                found = found(i18n, got)
            )
        }
        ReadError::Page(PageError::MissingProperty { row, property }) => {
            t_string!(i18n, page_error.missing_property, row = row.to_string(), property = property.clone())
        }
        ReadError::Page(PageError::Truncated { n_rows }) => {
            t_string!(i18n, page_error.truncated, row = n_rows.to_string())
        }
        ReadError::ForeignLink { link } => t_string!(i18n, page_error.foreign_link, link = link.clone()),
        other => t_string!(i18n, page_error.unreadable, detail = other.to_string()),
    }
}

fn expected(i18n: I18n, expected: Expected) -> String {
    match expected {
        Expected::Text => t_string!(i18n, kind.text),
        Expected::Integer => t_string!(i18n, kind.integer),
        Expected::Decimal => t_string!(i18n, kind.decimal),
        Expected::Boolean => t_string!(i18n, kind.boolean),
        Expected::Option => t_string!(i18n, kind.option),
        Expected::Date => t_string!(i18n, kind.date),
        Expected::DateTime => t_string!(i18n, kind.date_time),
        Expected::Time => t_string!(i18n, kind.time),
        Expected::Duration => t_string!(i18n, kind.duration),
        Expected::Guid => t_string!(i18n, kind.guid),
        _ => t_string!(i18n, kind.record),
    }
    .to_owned()
}

fn found(i18n: I18n, found: &Found) -> String {
    match found {
        Found::Text(text) => format!("`{text}`"),
        Found::Number(text) => text.clone(),
        Found::Boolean(value) => value.to_string(),
        Found::Null => t_string!(i18n, kind.null).to_owned(),
        Found::List => t_string!(i18n, kind.list).to_owned(),
        Found::Object => t_string!(i18n, kind.record).to_owned(),
    }
}
