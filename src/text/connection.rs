//! Connections in words: fields with their help, ways to sign in, repairs of an address, and what to do about a refusal.

use couplet_systems::pasted::{PastedProblem, Repair};

use super::{I18n, failure};
use crate::browser::connections::Refusal;
use crate::browser::http::{Cloud, Kind, SignInMethod};
use crate::i18n::*;

/// Where a system runs.
pub fn kind(i18n: I18n, kind: Kind) -> &'static str {
    match kind {
        Kind::Sandbox => t_string!(i18n, connections.kind_sandbox),
        Kind::Online => t_string!(i18n, connections.kind_online),
        Kind::OnPremises => t_string!(i18n, connections.kind_on_premises),
    }
}

/// A cloud; `None` is that of the address.
pub fn cloud(i18n: I18n, cloud: Option<Cloud>) -> &'static str {
    match cloud {
        None => t_string!(i18n, connections.cloud_of_address),
        Some(Cloud::Global) => t_string!(i18n, connections.cloud_global),
        Some(Cloud::UsGovernment) => t_string!(i18n, connections.cloud_us_government),
        Some(Cloud::China) => t_string!(i18n, connections.cloud_china),
        Some(Cloud::Sandbox) => t_string!(i18n, connections.cloud_sandbox),
        Some(Cloud::Custom) => t_string!(i18n, connections.cloud_custom),
    }
}

/// A way to sign in.
pub fn method(i18n: I18n, method: SignInMethod) -> &'static str {
    match method {
        SignInMethod::None => t_string!(i18n, connections.method_none),
        SignInMethod::ClientSecret => t_string!(i18n, connections.method_client_secret),
        SignInMethod::ClientCertificate => t_string!(i18n, connections.method_client_certificate),
        SignInMethod::User => t_string!(i18n, connections.method_user),
        SignInMethod::Basic => t_string!(i18n, connections.method_basic),
    }
}

/// What a way to sign in needs on the other side.
pub fn method_help(i18n: I18n, method: SignInMethod) -> &'static str {
    match method {
        SignInMethod::None => t_string!(i18n, connections.method_none_help),
        SignInMethod::ClientSecret => t_string!(i18n, connections.method_client_secret_help),
        SignInMethod::ClientCertificate => t_string!(i18n, connections.method_client_certificate_help),
        SignInMethod::User => t_string!(i18n, connections.method_user_help),
        SignInMethod::Basic => t_string!(i18n, connections.method_basic_help),
    }
}

/// What was changed in a pasted address.
pub fn repair(i18n: I18n, repair: Repair) -> &'static str {
    match repair {
        Repair::SchemeAdded => t_string!(i18n, connections.repair_scheme_added),
        Repair::SchemeSecured => t_string!(i18n, connections.repair_scheme_secured),
        Repair::HostLowered => t_string!(i18n, connections.repair_host_lowered),
        Repair::PathRemoved => t_string!(i18n, connections.repair_path_removed),
        Repair::QueryRemoved => t_string!(i18n, connections.repair_query_removed),
        Repair::AppIdRemoved => t_string!(i18n, connections.repair_app_id_removed),
        Repair::FragmentRemoved => t_string!(i18n, connections.repair_fragment_removed),
        Repair::WebClientReplaced => t_string!(i18n, connections.repair_web_client_replaced),
    }
}

/// Why a text is not taken as an address.
pub fn pasted_problem(i18n: I18n, problem: PastedProblem) -> &'static str {
    match problem {
        PastedProblem::Empty => t_string!(i18n, connections.pasted_empty),
        PastedProblem::NotHttps => t_string!(i18n, connection_problem.not_https),
        PastedProblem::WithCredentials => t_string!(i18n, connection_problem.with_credentials),
        PastedProblem::Host => t_string!(i18n, connection_problem.address_unreadable),
        PastedProblem::Portal => t_string!(i18n, connections.pasted_portal),
        PastedProblem::EnvironmentMissing => t_string!(i18n, connections.pasted_environment_missing),
    }
}

/// What the proxy or the identity provider refused, and what to do; with the provider's number, by which its own
/// documentation and sign-in log are searched.
pub fn refusal(i18n: I18n, refusal: &Refusal) -> String {
    match refusal {
        Refusal::Failure(problem) => failure(i18n, problem),
        Refusal::Code { code, number: None } => connection_problem(i18n, code),
        Refusal::Code { code, number: Some(number) } => {
            let problem = connection_problem(i18n, code);
            t_string!(i18n, connections.with_number, problem = problem, number = number.to_string())
        }
    }
}

/// What a code of the proxy means, and what to do.
pub fn connection_problem(i18n: I18n, code: &str) -> String {
    let known = code
        .strip_prefix("proxy.sign-in-")
        .and_then(|code| sign_in_problem(i18n, code))
        .or_else(|| settings_problem(i18n, code));
    known.map_or_else(|| t_string!(i18n, failure.proxy_refused, code = code.to_owned()), str::to_owned)
}

fn settings_problem(i18n: I18n, code: &str) -> Option<&'static str> {
    Some(match code {
        "proxy.connection-name" => t_string!(i18n, connection_problem.name),
        "proxy.connection-kind" => t_string!(i18n, connection_problem.kind),
        "proxy.connection-cloud" => t_string!(i18n, connection_problem.cloud),
        "proxy.connection-tenant" => t_string!(i18n, connection_problem.tenant),
        "proxy.connection-client-id" => t_string!(i18n, connection_problem.client_id),
        "proxy.connection-user-name" => t_string!(i18n, connection_problem.user_name),
        "proxy.connection-method" => t_string!(i18n, connection_problem.method),
        "proxy.connection-secret" => t_string!(i18n, connection_problem.secret),
        "proxy.connection-certificate" => t_string!(i18n, connection_problem.certificate),
        "proxy.connection-fixed" => t_string!(i18n, connection_problem.fixed),
        "proxy.address-unreadable" => t_string!(i18n, connection_problem.address_unreadable),
        "proxy.address-not-https" => t_string!(i18n, connection_problem.not_https),
        "proxy.address-with-credentials" => t_string!(i18n, connection_problem.with_credentials),
        "proxy.address-with-query" => t_string!(i18n, connection_problem.with_query),
        "proxy.address-host-not-allowed" => t_string!(i18n, connection_problem.host_not_allowed),
        "proxy.address-port-not-allowed" => t_string!(i18n, connection_problem.port_not_allowed),
        _ => return None,
    })
}

fn sign_in_problem(i18n: I18n, code: &str) -> Option<&'static str> {
    Some(match code {
        "needed" => t_string!(i18n, sign_in_problem.needed),
        "expired" => t_string!(i18n, sign_in_problem.expired),
        "revoked" => t_string!(i18n, sign_in_problem.revoked),
        "consent-missing" => t_string!(i18n, sign_in_problem.consent_missing),
        "declined" => t_string!(i18n, sign_in_problem.declined),
        "tenant-unknown" => t_string!(i18n, sign_in_problem.tenant_unknown),
        "application-unknown" => t_string!(i18n, sign_in_problem.application_unknown),
        "secret-wrong" => t_string!(i18n, sign_in_problem.secret_wrong),
        "secret-expired" => t_string!(i18n, sign_in_problem.secret_expired),
        "secret-missing" => t_string!(i18n, sign_in_problem.secret_missing),
        "certificate-unknown" => t_string!(i18n, sign_in_problem.certificate_unknown),
        "clock-wrong" => t_string!(i18n, sign_in_problem.clock_wrong),
        "resource-unknown" => t_string!(i18n, sign_in_problem.resource_unknown),
        "redirect-unknown" => t_string!(i18n, sign_in_problem.redirect_unknown),
        "person-refused" => t_string!(i18n, sign_in_problem.person_refused),
        "interaction-required" => t_string!(i18n, sign_in_problem.interaction_required),
        "unavailable" => t_string!(i18n, sign_in_problem.unavailable),
        "answer-wrong" => t_string!(i18n, sign_in_problem.answer_wrong),
        "refused" => t_string!(i18n, sign_in_problem.refused),
        _ => return None,
    })
}
