//! Why signing in did not work, as a stable code with what to do. The numbers are those that Entra writes as
//! `AADSTS…` into `error_codes` (C4); what they mean is Microsoft's list of authentication error codes.

use serde::Deserialize;

/// Why no token could be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.code())]
pub struct SignInProblem {
    reason: Reason,
    number: Option<u32>,
}

/// The reasons that people can do something about, one each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Nobody signed in yet, or no secret was entered.
    Needed,
    /// The refresh token ended.
    Expired,
    /// The sessions were revoked or the password changed.
    Revoked,
    /// The application has no consent.
    ConsentMissing,
    /// The person declined.
    Declined,
    /// There is no such tenant.
    TenantUnknown,
    /// The application is not registered in the tenant.
    ApplicationUnknown,
    /// The client secret is wrong.
    SecretWrong,
    /// The client secret is past its end.
    SecretExpired,
    /// The application must prove itself.
    SecretMissing,
    /// The certificate is not registered with the application.
    CertificateUnknown,
    /// This machine's clock is wrong.
    ClockWrong,
    /// The environment is not known in the tenant.
    ResourceUnknown,
    /// The way back is not registered with the application.
    RedirectUnknown,
    /// The person may not: disabled, of another tenant, not assigned, kept out by a policy.
    PersonRefused,
    /// The person has to do something interactively, such as a second factor.
    InteractionRequired,
    /// The identity provider cannot be reached or is overloaded.
    Unavailable,
    /// The identity provider's answer does not fit what was asked.
    AnswerWrong,
    /// Another refusal.
    Refused,
}

/// Numbers of the service and what they come down to.
const NUMBERS: [(u32, Reason); 39] = [
    (50_011, Reason::RedirectUnknown),
    (50_013, Reason::ClockWrong),
    (50_020, Reason::PersonRefused),
    (50_034, Reason::PersonRefused),
    (50_053, Reason::PersonRefused),
    (50_055, Reason::PersonRefused),
    (50_057, Reason::PersonRefused),
    (50_058, Reason::InteractionRequired),
    (50_074, Reason::InteractionRequired),
    (50_076, Reason::InteractionRequired),
    (50_078, Reason::InteractionRequired),
    (50_079, Reason::InteractionRequired),
    (50_105, Reason::PersonRefused),
    (50_126, Reason::PersonRefused),
    (50_132, Reason::Revoked),
    (50_133, Reason::Revoked),
    (50_158, Reason::InteractionRequired),
    (50_173, Reason::Revoked),
    (50_196, Reason::Unavailable),
    (53_000, Reason::PersonRefused),
    (53_003, Reason::PersonRefused),
    (65_001, Reason::ConsentMissing),
    (65_004, Reason::Declined),
    (70_000, Reason::Expired),
    (70_008, Reason::Expired),
    (70_043, Reason::Expired),
    (90_002, Reason::TenantUnknown),
    (90_033, Reason::Unavailable),
    (90_094, Reason::ConsentMissing),
    (500_011, Reason::ResourceUnknown),
    (500_113, Reason::RedirectUnknown),
    (700_016, Reason::ApplicationUnknown),
    (700_024, Reason::ClockWrong),
    (700_027, Reason::CertificateUnknown),
    (700_082, Reason::Expired),
    (900_023, Reason::TenantUnknown),
    (7_000_215, Reason::SecretWrong),
    (7_000_218, Reason::SecretMissing),
    (7_000_222, Reason::SecretExpired),
];

/// The body of a refusal (C4).
#[derive(Deserialize)]
pub(crate) struct Refusal {
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
    #[serde(default)]
    error_codes: Vec<u32>,
}

impl Refusal {
    /// A refusal that came in an address instead of a body.
    pub(crate) fn new(error: String, error_description: String) -> Self {
        Self { error, error_description, error_codes: Vec::new() }
    }

    /// The number, from the list or else from the beginning of the text.
    fn number(&self) -> Option<u32> {
        let in_text = || {
            let rest = self.error_description.strip_prefix("AADSTS")?;
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            rest.get(..end)?.parse().ok()
        };
        self.error_codes.first().copied().or_else(in_text)
    }

    /// What the refusal comes down to: by its number, else by its standard name (C7).
    pub(crate) fn problem(&self) -> SignInProblem {
        let number = self.number();
        let by_number = NUMBERS.iter().find(|(known, _)| Some(*known) == number).map(|(_, reason)| *reason);
        let reason = by_number.unwrap_or(match self.error.as_str() {
            "invalid_grant" => Reason::Expired,
            "interaction_required" | "login_required" => Reason::InteractionRequired,
            "consent_required" => Reason::ConsentMissing,
            "access_denied" => Reason::Declined,
            "invalid_client" => Reason::SecretWrong,
            "unauthorized_client" => Reason::ApplicationUnknown,
            "invalid_resource" | "invalid_scope" => Reason::ResourceUnknown,
            "temporarily_unavailable" | "server_error" => Reason::Unavailable,
            _ => Reason::Refused,
        });
        SignInProblem { reason, number }
    }
}

impl From<Reason> for SignInProblem {
    fn from(reason: Reason) -> Self {
        Self { reason, number: None }
    }
}

impl SignInProblem {
    pub(crate) fn reason(self) -> Reason {
        self.reason
    }

    /// The number with which the identity provider refused, if it gave one.
    pub fn number(self) -> Option<u32> {
        self.number
    }

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self.reason {
            Reason::Needed => "proxy.sign-in-needed",
            Reason::Expired => "proxy.sign-in-expired",
            Reason::Revoked => "proxy.sign-in-revoked",
            Reason::ConsentMissing => "proxy.sign-in-consent-missing",
            Reason::Declined => "proxy.sign-in-declined",
            Reason::TenantUnknown => "proxy.sign-in-tenant-unknown",
            Reason::ApplicationUnknown => "proxy.sign-in-application-unknown",
            Reason::SecretWrong => "proxy.sign-in-secret-wrong",
            Reason::SecretExpired => "proxy.sign-in-secret-expired",
            Reason::SecretMissing => "proxy.sign-in-secret-missing",
            Reason::CertificateUnknown => "proxy.sign-in-certificate-unknown",
            Reason::ClockWrong => "proxy.sign-in-clock-wrong",
            Reason::ResourceUnknown => "proxy.sign-in-resource-unknown",
            Reason::RedirectUnknown => "proxy.sign-in-redirect-unknown",
            Reason::PersonRefused => "proxy.sign-in-person-refused",
            Reason::InteractionRequired => "proxy.sign-in-interaction-required",
            Reason::Unavailable => "proxy.sign-in-unavailable",
            Reason::AnswerWrong => "proxy.sign-in-answer-wrong",
            Reason::Refused => "proxy.sign-in-refused",
        }
    }

    /// What to do about it, as one English line.
    pub(crate) fn advice(self) -> &'static str {
        match self.reason {
            Reason::Needed => "nobody signed in to this connection yet: sign in, or enter its secret",
            Reason::Expired => "the sign-in has expired: sign in again",
            Reason::Revoked => "the sign-in was revoked or the password changed: sign in again",
            Reason::ConsentMissing => {
                "the application has no consent: let an administrator of the tenant grant it"
            }
            Reason::Declined => "the sign-in was declined",
            Reason::TenantUnknown => "there is no such tenant in this cloud: check tenant and cloud",
            Reason::ApplicationUnknown => {
                "the application is not registered in this tenant: check client id and tenant"
            }
            Reason::SecretWrong => {
                "the client secret is wrong: enter the secret's value, not its id, or a new one"
            }
            Reason::SecretExpired => "the client secret has expired: make a new one and replace it here",
            Reason::SecretMissing => {
                "the application must prove itself: enter a client secret or certificate"
            }
            Reason::CertificateUnknown => {
                "the certificate is not registered: upload it to the application's registration"
            }
            Reason::ClockWrong => "the clock of the machine that runs Couplet is wrong: set it",
            Reason::ResourceUnknown => {
                "the tenant does not know this environment: check the address, and that it is licensed there"
            }
            Reason::RedirectUnknown => {
                "the way back is not registered: add the redirect URI that Couplet shows to the application"
            }
            Reason::PersonRefused => {
                "this person may not sign in here: check account, assignment and access policies"
            }
            Reason::InteractionRequired => "a further step is needed: sign in again in the browser",
            Reason::Unavailable => "the identity provider cannot be reached now: try again",
            Reason::AnswerWrong => "the identity provider's answer does not fit what was asked: begin again",
            Reason::Refused => "the identity provider refused: its own sign-in log says why",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, code: &str, number: Option<u32>) {
        let problem = serde_json::from_str::<Refusal>(body).unwrap().problem();
        assert_eq!((problem.code(), problem.number()), (code, number), "{body}");
    }

    #[test]
    fn numbers_decide_before_names() {
        let body =
            r#"{"error":"invalid_client","error_codes":[7000222],"error_description":"AADSTS7000222: x"}"#;
        check(body, "proxy.sign-in-secret-expired", Some(7_000_222));
        let body = r#"{"error":"invalid_grant","error_description":"AADSTS65001: The user"}"#;
        check(body, "proxy.sign-in-consent-missing", Some(65_001));
        check(r#"{"error":"invalid_grant"}"#, "proxy.sign-in-expired", None);
        check(r#"{"error":"access_denied","error_codes":[1]}"#, "proxy.sign-in-declined", Some(1));
        check("{}", "proxy.sign-in-refused", None);
    }

    #[test]
    fn numbers_are_sorted_and_single() {
        assert!(NUMBERS.is_sorted_by(|one, other| one.0 < other.0));
    }
}
