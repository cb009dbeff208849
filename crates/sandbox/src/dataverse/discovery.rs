//! The global discovery service (C14 to C16): the environments that a person can see, whichever is asked.

use super::errors::{JSON, not_covered, refuse};
use crate::identity::{DEMO_TENANT_ID, DirectoryReader};
use crate::odata::json::quoted;
use crate::sandbox::SandboxOptions;
use crate::store::Guid;
use crate::wire::{Request, Response};
use crate::world::World;

/// Where its addresses begin.
const ROOT: &str = "/api/discovery/";
/// The one list.
const INSTANCES: &str = "/api/discovery/v2.0/Instances";
/// The only person of the tenant who is a user of its environments.
const MEMBER: &str = "amira@contoso-sandbox.example";

/// Whether a path belongs to the discovery service.
pub(crate) fn is_discovery(path: &str) -> bool {
    path.starts_with(ROOT)
}

/// C14, C15: every environment of which the person is a user, a disabled one with its state; nothing for others.
pub(crate) fn environments(
    world: &World,
    options: &SandboxOptions,
    request: &Request<'_>,
    reader: &DirectoryReader,
) -> Response {
    let is_member = match reader {
        DirectoryReader::Nobody => {
            return refuse(401, "", "The list of environments is for signed-in users only.")
                .header("WWW-Authenticate", "Bearer");
        }
        DirectoryReader::Anybody => true,
        DirectoryReader::Person(name) => name == MEMBER,
    };
    if request.path != INSTANCES || !request.query.is_empty() {
        return *not_covered("C14");
    }
    if request.method != "GET" {
        return *refuse(405, "", "The list of environments is only read.");
    }
    let rows = if is_member { rows(world, options) } else { Vec::new() };
    let context = quoted(&format!("{}{ROOT}v2.0/$metadata#Instances", options.discovery_base_url));
    let body = format!("{{\"@odata.context\":{context},\"value\":[{}]}}", rows.join(","));
    Response::with_body(200, JSON, body.into_bytes())
}

fn rows(world: &World, options: &SandboxOptions) -> Vec<String> {
    let organizations = world.schema.dv.by_logical_name("organization");
    let organization = organizations.and_then(|it| world.table(it.set.table)?.id(0)).unwrap_or(Guid::ZERO);
    let here = &options.dataverse_base_url;
    let archive = here.replacen("contoso-sandbox", "contoso-archive", 1);
    let row = |name: &str, url_name: &str, url: &str, id: &str, state: u8| {
        let url = quoted(url);
        format!(
            "{{\"Id\":\"{id}\",\"UniqueName\":\"unq{url_name}\",\"UrlName\":\"{url_name}\",\"FriendlyName\":\"{name}\",\
             \"State\":{state},\"StatusMessage\":0,\"Version\":\"9.2.25093.168\",\"Url\":{url},\"ApiUrl\":{url},\
             \"LastUpdated\":\"2026-03-01T00:00:00Z\",\"EnvironmentId\":\"e{}\",\"TenantId\":\"{DEMO_TENANT_ID}\",\
             \"Region\":\"EMEA\",\"OrganizationType\":0,\"IsUserSysAdmin\":true}}",
            id.get(1..).unwrap_or_default()
        )
    };
    vec![
        row("Contoso Sandbox", "contoso-sandbox", here, &organization.to_string(), 0),
        row("Contoso Archive", "contoso-archive", &archive, "c0000000-0000-4000-8000-0000000000ac", 1),
    ]
}
