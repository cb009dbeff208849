//! The set `subscriptions` (A59): the handshake, renewal, the end of a subscription.

use std::sync::{PoisonError, RwLock};

use serde::Deserialize;

use super::address::{self, name_and_key};
use super::errors::{Refusal, refuse, unknown_record, unknown_set};
use super::platform;
use super::read::{JSON, base64};
use super::webhooks::{Subscription, WebhookCall};
use crate::odata::json;
use crate::sandbox::Call;
use crate::schema::business_central::USER;
use crate::store::{Guid, format_millis, mix};
use crate::wire::{Plus, Request, Response, percent_decode};
use crate::world::World;

/// A57: most subscriptions of an environment.
const MAX_SUBSCRIPTIONS: usize = 200;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Body {
    notification_url: Option<String>,
    resource: Option<String>,
    client_state: Option<String>,
}

/// Answers a request to `subscriptions`; none when it addresses something else.
pub(crate) fn answer(
    world: &RwLock<World>,
    call: &Call<'_>,
    request: &Request<'_>,
) -> Option<Result<Response, Refusal>> {
    let path = percent_decode(request.path, Plus::IsPlus).into_owned();
    let (root, rest) = address::api_root(&path, call).ok()?;
    let segment = rest.strip_prefix('/').filter(|rest| !rest.contains('/'))?;
    let (name, key) = name_and_key(segment);
    if name != "subscriptions" || !platform::has_subscriptions(root) {
        return None;
    }
    let key = key.map(|key| key.trim_matches('\'').to_owned());
    Some(Desk { world, call, request, root }.serve(key.as_deref()))
}

struct Desk<'a> {
    world: &'a RwLock<World>,
    call: &'a Call<'a>,
    request: &'a Request<'a>,
    root: &'static str,
}

impl Desk<'_> {
    fn serve(&self, key: Option<&str>) -> Result<Response, Refusal> {
        match (self.request.method, key) {
            ("GET", None) => Ok(self.list()),
            ("GET", Some(id)) => self.one(id),
            ("POST", None) => self.create(),
            ("PATCH", Some(id)) => self.renew(id),
            ("DELETE", Some(id)) => self.end(id),
            (method, _) => Err(super::not_allowed(method)),
        }
    }

    fn read<T>(&self, answer: impl FnOnce(&World) -> T) -> T {
        answer(&self.world.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, answer: impl FnOnce(&mut World) -> T) -> T {
        answer(&mut self.world.write().unwrap_or_else(PoisonError::into_inner))
    }

    fn context(&self) -> String {
        format!("{}{}/$metadata#subscriptions", self.call.options.business_central_base_url, self.root)
    }

    fn list(&self) -> Response {
        let now_ms = self.call.now_ms;
        let rows: Vec<String> = self.read(|world| {
            let living = world.webhooks.subscriptions.iter().filter(|it| it.expires_ms() > now_ms);
            living.map(|it| record(it, None)).collect()
        });
        let context = json::quoted(&self.context());
        let body = format!("{{\"@odata.context\":{context},\"value\":[{}]}}", rows.join(","));
        Response::with_body(200, JSON, body.into_bytes()).header("OData-Version", "4.0")
    }

    fn whole(&self, subscription: &Subscription, status: u16) -> Response {
        let body = record(subscription, Some(&format!("{}/$entity", self.context())));
        Response::with_body(status, JSON, body.into_bytes()).header("ETag", etag(subscription))
    }

    fn find(&self, id: &str) -> Result<Subscription, Refusal> {
        let now_ms = self.call.now_ms;
        let found = self.read(|world| {
            let mut living = world.webhooks.subscriptions.iter().filter(|it| it.expires_ms() > now_ms);
            living.find(|it| it.id == id).cloned()
        });
        found.ok_or_else(unknown_record)
    }

    fn one(&self, id: &str) -> Result<Response, Refusal> {
        self.find(id).map(|subscription| self.whole(&subscription, 200))
    }

    fn body(&self) -> Result<Body, Refusal> {
        let body: Body = serde_json::from_slice(self.request.body)
            .map_err(|error| refuse(400, "BadRequest", &format!("Invalid JSON: {error}.")))?;
        let length = body.client_state.as_deref().unwrap_or_default().chars().count();
        if length > 2_048 {
            let message = format!(
                "The length of the string is {length}, but it must be less than or equal to 2048 characters."
            );
            return Err(refuse(400, "Application_StringExceededLength", &message));
        }
        Ok(body)
    }

    /// A59: the subscriber must send the token back before anything is stored.
    fn handshake(&self, notification_url: &str) -> Result<(), Refusal> {
        let number =
            self.call.now_ms.unsigned_abs() ^ u64::try_from(notification_url.len()).unwrap_or_default();
        let token = format!("{:016x}", mix(number));
        let joint = if notification_url.contains('?') { '&' } else { '?' };
        let call = WebhookCall {
            url: format!("{notification_url}{joint}validationToken={token}"),
            validation_token: Some(token.clone()),
            body: String::new(),
        };
        let answer = self.call.deliver(&call);
        if answer.status == 200 && answer.body.trim() == token {
            return Ok(());
        }
        let message = "The subscriber did not answer the validation request with the validation token.";
        Err(refuse(400, "BadRequest", message))
    }

    fn create(&self) -> Result<Response, Refusal> {
        let body = self.body()?;
        let needed = |value: Option<String>, name: &str| {
            value.filter(|it| !it.is_empty()).ok_or_else(|| {
                refuse(400, "BadRequest_RequiredParamNotProvided", &format!("A {name} is needed."))
            })
        };
        let url = needed(body.notification_url, "notificationUrl")?;
        let resource = needed(body.resource, "resource")?;
        let mut new = self.resolve(url, &resource)?;
        self.handshake(&new.notification_url)?;
        new.client_state = body.client_state.unwrap_or_default();
        new.created_ms = self.call.now_ms;
        new.modified_ms = self.call.now_ms;
        self.write(|world| {
            if world.webhooks.subscriptions.len() >= MAX_SUBSCRIPTIONS {
                let message = "The maximum number of subscriptions has been reached.";
                return Err(refuse(400, "Application_DialogException", message));
            }
            new.version = world.next_version();
            new.id =
                format!("{:016x}{:016x}", mix(u64::from(new.version)), mix(new.created_ms.unsigned_abs()));
            world.webhooks.subscriptions.push(new.clone());
            Ok(self.whole(&new, 201))
        })
    }

    /// The set a resource addresses; only some sets notify.
    fn resolve(&self, url: String, resource: &str) -> Result<Subscription, Refusal> {
        let base = &self.call.options.business_central_base_url;
        let relative = resource.strip_prefix(base.as_str()).unwrap_or(resource);
        let path = format!("/{}", relative.trim_start_matches('/'));
        let path = path.split('?').next().unwrap_or_default();
        let path = percent_decode(path, Plus::IsPlus).into_owned();
        let (root, rest) = address::api_root(&path, self.call)?;
        let segments = super::segments(rest);
        self.read(|world| {
            let request = Request { method: "GET", path: &path, query: "", headers: &[], body: &[] };
            let (company, segments) = address::company(world, &request, &segments)?;
            let name = segments.first().copied().unwrap_or_default();
            let sets = super::sets(world, root);
            let set = sets.iter().find(|set| set.name == name).ok_or_else(|| unknown_set(name))?;
            let notifies = set.notifies || root == address::COMPANION;
            if !notifies || segments.len() != 1 {
                let message = format!("The resource '{resource}' does not support webhooks.");
                return Err(refuse(400, "BadRequest", &message));
            }
            let company = company.unwrap_or(Guid::ZERO);
            let mut new = Subscription::new(String::new(), url, resource.to_owned());
            new.address = format!("{base}{root}/companies({company})/{name}");
            new.table = set.table;
            new.fixed.clone_from(&set.fixed);
            Ok(new)
        })
    }

    fn check_tag(&self, subscription: &Subscription) -> Result<(), Refusal> {
        match self.request.header("If-Match") {
            None => {
                let message = "A valid If-Match header is required for this request.";
                Err(refuse(400, "BadRequest_InvalidToken", message))
            }
            Some(tag) if tag == "*" || tag == etag(subscription) => Ok(()),
            Some(_) => {
                let message = "Another user has already changed the record.";
                Err(refuse(409, "Request_EntityChanged", message))
            }
        }
    }

    /// PATCH: another handshake, three more days.
    fn renew(&self, id: &str) -> Result<Response, Refusal> {
        let mut known = self.find(id)?;
        self.check_tag(&known)?;
        let body = self.body()?;
        if let Some(url) = body.notification_url {
            known.notification_url = url;
        }
        if let Some(state) = body.client_state {
            known.client_state = state;
        }
        self.handshake(&known.notification_url)?;
        known.modified_ms = self.call.now_ms;
        self.write(|world| {
            known.version = world.next_version();
            let place = world.webhooks.subscriptions.iter_mut().find(|it| it.id == id);
            *place.ok_or_else(unknown_record)? = known.clone();
            Ok(self.whole(&known, 200))
        })
    }

    fn end(&self, id: &str) -> Result<Response, Refusal> {
        let known = self.find(id)?;
        self.check_tag(&known)?;
        self.write(|world| world.webhooks.subscriptions.retain(|it| it.id != id));
        Ok(Response::empty(204))
    }
}

fn etag(subscription: &Subscription) -> String {
    format!("W/\"{}\"", base64(format!("24;{:012};0;", subscription.version).as_bytes()))
}

fn record(subscription: &Subscription, context: Option<&str>) -> String {
    let context = context.map(|it| format!("\"@odata.context\":{},", json::quoted(it))).unwrap_or_default();
    let (created, modified) =
        (format_millis(subscription.created_ms), format_millis(subscription.modified_ms));
    format!(
        "{{{context}\"@odata.etag\":{},\"subscriptionId\":{},\"notificationUrl\":{},\"resource\":{},\
         \"timestamp\":{},\"userId\":\"{USER}\",\"lastModifiedDateTime\":\"{modified}\",\"clientState\":{},\
         \"expirationDateTime\":\"{}\",\"systemCreatedAt\":\"{created}\",\"systemCreatedBy\":\"{USER}\",\
         \"systemModifiedAt\":\"{modified}\",\"systemModifiedBy\":\"{USER}\"}}",
        json::quoted(&etag(subscription)),
        json::quoted(&subscription.id),
        json::quoted(&subscription.notification_url),
        json::quoted(&subscription.resource),
        subscription.version,
        json::quoted(&subscription.client_state),
        format_millis(subscription.expires_ms()),
    )
}
