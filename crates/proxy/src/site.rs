//! The proxy's own address as browsers see it, and the cookies that go with it: plain on loopback, `__Host-` and
//! `Secure` behind TLS.

use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::http::header::{COOKIE, HOST};
use url::{Host, Url};

use crate::rejection::Rejection;

/// Name of the cookie that carries a session.
const SESSION_COOKIE: &str = "couplet_session";
/// Name of the cookie that ties a sign-in to the browser that began it.
const SIGN_IN_COOKIE: &str = "couplet_sign_in";

/// Whether browsers reach the proxy over TLS, its own or that of a proxy before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Over plain HTTP, on this machine.
    Plain,
    /// Over TLS.
    Encrypted,
}

/// Where browsers find the proxy.
#[derive(Debug, Clone)]
pub struct Site {
    public_url: Option<Url>,
    transport: Transport,
}

impl Site {
    /// A proxy on this machine, under whatever loopback name it is called.
    pub fn local() -> Self {
        Self { public_url: None, transport: Transport::Plain }
    }

    /// A proxy that serves TLS itself, or that is called by others under a public address.
    pub fn new(public_url: Option<Url>, transport: Transport) -> Self {
        let is_https = public_url.as_ref().is_some_and(|url| url.scheme() == "https");
        let transport = if is_https { Transport::Encrypted } else { transport };
        Self { public_url, transport }
    }

    /// How browsers reach the proxy.
    pub(crate) fn transport(&self) -> Transport {
        self.transport
    }

    /// The origin of a request's own address: as the operator named it, or as the request was sent. A name that is
    /// neither is refused, so that no foreign name can be made to lead here (DNS rebinding).
    pub(crate) fn origin(&self, headers: &HeaderMap) -> Result<Url, Rejection> {
        let mut hosts = headers.get_all(HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else { return Err(Rejection::HostForeign) };
        let host = host.to_str().map_err(|_| Rejection::HostForeign)?;
        let scheme = match self.transport {
            Transport::Plain => "http",
            Transport::Encrypted => "https",
        };
        let sent = Url::parse(&format!("{scheme}://{host}/")).map_err(|_| Rejection::HostForeign)?;
        let is_bare = sent.path() == "/" && sent.query().is_none() && sent.username().is_empty();
        if let Some(public) = self.public_url.as_ref().filter(|public| public.host() == sent.host()) {
            return Ok(public.clone());
        }
        let is_local = match sent.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(ip)) => self.may_be_called(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => self.may_be_called(IpAddr::V6(ip)),
            None => false,
        };
        if is_local && is_bare { Ok(sent) } else { Err(Rejection::HostForeign) }
    }

    /// The header that sets the session's cookie.
    pub(crate) fn session_cookie(&self, value: &str) -> String {
        format!("{}={value}; HttpOnly; SameSite=Strict; Path=/{}", self.name(SESSION_COOKIE), self.secure())
    }

    /// The header that ends the session's cookie.
    pub(crate) fn ended_session_cookie(&self) -> String {
        format!("{}; Max-Age=0", self.session_cookie(""))
    }

    /// The header that sets the cookie of a sign-in. It has to come with the navigation back from another site, which
    /// `Strict` would not.
    pub(crate) fn sign_in_cookie(&self, value: &str) -> String {
        let name = self.name(SIGN_IN_COOKIE);
        format!("{name}={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age=600{}", self.secure())
    }

    /// The header that ends the cookie of a sign-in.
    pub(crate) fn ended_sign_in_cookie(&self) -> String {
        let name = self.name(SIGN_IN_COOKIE);
        format!("{name}=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0{}", self.secure())
    }

    /// The values of the session's cookie: several when somebody planted one beside it.
    pub(crate) fn session_ids<'a>(&self, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
        values(headers, self.name(SESSION_COOKIE))
    }

    /// The value of a sign-in's cookie.
    pub(crate) fn sign_in_id<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        values(headers, self.name(SIGN_IN_COOKIE)).next()
    }

    /// Numbers cannot be made to lead elsewhere; with a public name only this machine's own are taken, for checks of
    /// its health.
    fn may_be_called(&self, address: IpAddr) -> bool {
        self.public_url.is_none() || address.is_loopback()
    }

    fn name(&self, name: &str) -> String {
        match self.transport {
            Transport::Plain => name.to_owned(),
            Transport::Encrypted => format!("__Host-{name}"),
        }
    }

    fn secure(&self) -> &'static str {
        match self.transport {
            Transport::Plain => "",
            Transport::Encrypted => "; Secure",
        }
    }
}

fn values(headers: &HeaderMap, wanted: String) -> impl Iterator<Item = &str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(move |(name, _)| *name == wanted)
        .map(|(_, value)| value)
}
