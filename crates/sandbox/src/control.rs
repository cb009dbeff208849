//! The control route of a test or the benchmark: everything that [`Sandbox`] can be told, as JSON. It exists only
//! in the sandbox, outside the systems' own addresses.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::defects::Defect;
use crate::faults::{Fault, faults_of_seed};
use crate::sandbox::Sandbox;
use crate::snapshot::Snapshot;
use crate::wire::{Response, System};

/// Faults as a list, or made from a seed.
#[derive(Deserialize)]
#[serde(untagged)]
enum Faults {
    List(Vec<Fault>),
    #[serde(rename_all = "camelCase")]
    Seeded {
        seed: u64,
        per_thousand: u32,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[derive(Default)]
struct ClockChange {
    advance_ms: i64,
    business_central_skew_ms: Option<i64>,
    dataverse_skew_ms: Option<i64>,
}

#[derive(Deserialize)]
struct Roles {
    user: String,
    roles: Vec<String>,
}

#[derive(Deserialize)]
struct Pair {
    first: Snapshot,
    second: Snapshot,
}

impl Sandbox {
    /// Answers a request to the control route; `name` is what follows its address.
    ///
    /// - `POST faults`: a list of [`Fault`], or `{"seed": 7, "perThousand": 20}`.
    /// - `POST defects`: a list of [`Defect`](crate::Defect), such as `["solutionMissing", {"auditOff": "account"}]`.
    /// - `GET counts`, `GET costs`, `GET outbox`; `POST reset`.
    /// - `GET` and `POST limits` ([`Limits`](crate::Limits)) and `timing` ([`Timing`](crate::Timing)).
    /// - `GET` and `POST snapshot`; `POST snapshot/differences` with `first` and `second`.
    /// - `POST roles` with `user` (full name or domain name) and `roles`: names of the roles that a Dataverse user has
    ///   from now on.
    /// - `GET` and `POST identity` ([`IdentitySettings`](crate::IdentitySettings)); `POST identity/revoke`.
    /// - `POST clock` with `advanceMs`, `businessCentralSkewMs`, `dataverseSkewMs`.
    #[must_use]
    pub fn control(&self, method: &str, name: &str, body: &[u8]) -> Response {
        let outcome = match (method, name) {
            ("POST", "faults") => read(body).map(|faults| {
                self.set_faults(match faults {
                    Faults::List(list) => list,
                    Faults::Seeded { seed, per_thousand } => faults_of_seed(seed, per_thousand),
                });
                Response::empty(204)
            }),
            ("POST", "defects") => read::<Vec<Defect>>(body).and_then(|it| {
                let done = self.damage(&it);
                done.map(|()| Response::empty(204)).map_err(|unknown| refused(404, &unknown.to_string()))
            }),
            ("GET", "counts") => written(&self.request_counts()),
            ("GET", "costs") => written(&self.costs()),
            ("GET", "outbox") => written(&self.outbox()),
            ("POST", "roles") => read::<Roles>(body).and_then(|it| {
                let found = self.set_roles(&it.user, &it.roles);
                found.map(|()| Response::empty(204)).map_err(|unknown| refused(404, &unknown.to_string()))
            }),
            ("POST", "reset") => {
                self.reset();
                Ok(Response::empty(204))
            }
            ("GET", "limits") => written(&self.limits()),
            ("POST", "limits") => read(body).map(|limits| {
                self.set_limits(limits);
                Response::empty(204)
            }),
            ("GET", "timing") => written(&self.timing()),
            ("POST", "timing") => read(body).map(|timing| {
                self.set_timing(timing);
                Response::empty(204)
            }),
            ("GET", "snapshot") => written(&self.save()),
            ("POST", "snapshot") => read::<Snapshot>(body).and_then(|snapshot| {
                self.load(&snapshot)
                    .map(|()| Response::empty(204))
                    .map_err(|error| refused(409, &error.to_string()))
            }),
            ("POST", "snapshot/differences") => {
                read::<Pair>(body).and_then(|pair| written(&pair.first.differences(&pair.second)))
            }
            ("GET", "identity") => written(&self.identity_settings()),
            ("POST", "identity") => read(body).map(|settings| {
                self.set_identity(settings);
                Response::empty(204)
            }),
            ("POST", "identity/revoke") => {
                self.revoke_tokens();
                Ok(Response::empty(204))
            }
            ("POST", "clock") => read(body).map(|change| {
                self.change_clock(&change);
                Response::empty(204)
            }),
            _ => Err(refused(404, "the control route does not know this")),
        };
        outcome.unwrap_or_else(|refusal| *refusal)
    }

    fn change_clock(&self, change: &ClockChange) {
        let skews = [
            (System::BusinessCentral, change.business_central_skew_ms),
            (System::Dataverse, change.dataverse_skew_ms),
        ];
        for (system, skew) in skews {
            if let Some(skew) = skew {
                self.set_clock_skew(system, skew);
            }
        }
        self.advance_clock(change.advance_ms);
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Box<Response>> {
    serde_json::from_slice(body).map_err(|error| refused(400, &error.to_string()))
}

fn written<T: Serialize>(value: &T) -> Result<Response, Box<Response>> {
    serde_json::to_vec(value)
        .map(|body| Response::with_body(200, "application/json", body))
        .map_err(|error| refused(500, &error.to_string()))
}

fn refused(status: u16, message: &str) -> Box<Response> {
    let body = format!("{{\"error\":{}}}", crate::odata::json::quoted(message));
    Box::new(Response::with_body(status, "application/json", body.into_bytes()))
}
