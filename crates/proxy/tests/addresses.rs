//! The address rules against rules written another way: addresses put together from parts of which each is known to
//! be good or bad, and the registries of special addresses as lists of blocks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use couplet_proxy::address::AllowedHosts;
use couplet_proxy::{Patience, Upstream};
use proptest::prelude::*;
use proptest::sample::select;

use crate::harness::{Proxy, Setup, connection};

const CASES: u32 = 10_000;

/// A part of an address, and whether it may stand in one.
type Part = (String, bool);

fn parts(known: &[(&str, bool)]) -> impl Strategy<Value = Part> + use<> {
    let owned: Vec<Part> = known.iter().map(|(text, good)| ((*text).to_owned(), *good)).collect();
    select(owned)
}

fn scheme() -> impl Strategy<Value = Part> {
    parts(&[
        ("https://", true),
        ("HTTPS://", true),
        ("https:/", true),
        ("https:", true),
        ("https:\\\\", true),
        ("http://", false),
        ("ftp://", false),
        ("file://", false),
        ("gopher://", false),
        ("javascript:", false),
        ("data:", false),
        ("ws://", false),
        ("//", false),
        ("", false),
    ])
}

fn credentials() -> impl Strategy<Value = Part> {
    parts(&[
        ("", true),
        ("", true),
        ("", true),
        ("user@", false),
        ("user:password@", false),
        (":password@", false),
        ("contoso.crm4.dynamics.com@", false),
        ("%40@", false),
    ])
}

/// The hosts of the services by their last labels, and everything that only looks like one.
fn host() -> impl Strategy<Value = Part> {
    let label = "[a-z0-9]{1,12}";
    let suffix = select(vec![
        "crm.dynamics.com",
        "crm4.dynamics.com",
        "api.crm4.dynamics.com",
        "businesscentral.dynamics.com",
        "crm.dynamics.cn",
        "crm.microsoftdynamics.us",
        "crm.appsplatform.us",
    ]);
    let service = (label, suffix).prop_map(|(label, suffix)| format!("{label}.{suffix}"));
    let encoded = service.clone().prop_map(|host| (host.replace('.', "%2e").to_uppercase(), true));
    let wide = service.clone().prop_map(|host| (host.replace('.', "\u{3002}"), true));
    let look_alike =
        (service.clone(), select(vec![".evil.example", "evil", ".", ".dynamics.com.evil", "-x"]))
            .prop_map(|(host, end)| (format!("{host}{end}"), false));
    let glued = (label, select(vec!["dynamics.com", "dynamics.cn", "microsoftdynamics.us"]))
        .prop_map(|(label, suffix)| (format!("evil{label}{suffix}"), false));
    let numbers = any::<u32>().prop_map(|bits| {
        let [a, b, c, d] = bits.to_be_bytes();
        match bits % 6 {
            0 => format!("{a}.{b}.{c}.{d}"),
            1 => bits.to_string(),
            2 => format!("0x{bits:x}"),
            3 => format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
            4 => format!("[::ffff:{a}.{b}.{c}.{d}]"),
            _ => format!("[{:x}::{:x}]", bits >> 16, bits & 0xffff),
        }
    });
    let others = parts(&[
        ("localhost", false),
        ("dynamics.com", false),
        (".dynamics.com", false),
        ("evil.example", false),
        ("evil.example/.dynamics.com", false),
        ("evil.example%2f.dynamics.com", false),
        ("evil.example%00.dynamics.com", false),
        ("crm.dynamics.com.", false),
        ("metadata.google.internal", false),
        ("", false),
    ]);
    prop_oneof![
        4 => service.prop_map(|host| (host, true)),
        1 => encoded,
        1 => wide,
        2 => look_alike,
        1 => glued,
        2 => numbers.prop_map(|host| (host, false)),
        2 => others,
    ]
}

fn port() -> impl Strategy<Value = Part> {
    parts(&[
        ("", true),
        ("", true),
        (":443", true),
        (":0443", true),
        (":", true),
        (":80", false),
        (":8443", false),
        (":0", false),
        (":65536", false),
        (":-1", false),
        (":https", false),
    ])
}

fn tail() -> impl Strategy<Value = Part> {
    parts(&[
        ("", true),
        ("/", true),
        ("/v2.0/tenant/sandbox", true),
        ("/%2e%2e/x", true),
        ("\\@evil.example", true),
        ("/@evil.example", true),
        ("?x=1", false),
        ("#x", false),
        ("/?", false),
        ("#@evil.example", false),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_address_is_allowed_when_each_part_of_it_is(
        scheme in scheme(), credentials in credentials(), host in host(), port in port(), tail in tail(),
    ) {
        let parts = [scheme, credentials, host, port, tail];
        let expected = parts.iter().all(|(_, good)| *good);
        let address: String = parts.iter().map(|(text, _)| text.as_str()).collect();
        let checked = AllowedHosts::default().check_base_url(&address);
        prop_assert_eq!(checked.is_ok(), expected, "{} {:?}", address, checked);
    }

    #[test]
    fn only_public_v4_addresses_are_connected_to(bits in any::<u32>(), block in select(SPECIAL_V4.to_vec())) {
        // Half of them inside a special block or next to it, or few would be.
        let (network, length) = block;
        let mask = u32::MAX << (32 - length);
        let inside = (u32::from(network) & mask) | (bits & !mask);
        for candidate in [bits, inside, inside.wrapping_add(1 << (32 - length))] {
            let is_special = SPECIAL_V4.iter().any(|(network, length)| {
                candidate >> (32 - length) == u32::from(*network) >> (32 - length)
            });
            let v4 = Ipv4Addr::from(candidate);
            for address in [IpAddr::V4(v4), IpAddr::V6(v4.to_ipv6_mapped())] {
                let allowed = AllowedHosts::default().may_connect_to("contoso.crm4.dynamics.com", address);
                prop_assert_eq!(allowed, !is_special, "{}", address);
            }
        }
    }

    #[test]
    fn only_public_v6_addresses_are_connected_to(bits in any::<u128>(), block in select(SPECIAL_V6.to_vec())) {
        let (network, length) = block;
        let network: Ipv6Addr = network.parse().unwrap();
        let mask = u128::MAX << (128 - length);
        let inside = Ipv6Addr::from((u128::from(network) & mask) | (bits & !mask));
        let allowed = AllowedHosts::default().may_connect_to("contoso.crm4.dynamics.com", inside.into());
        prop_assert!(!allowed, "{inside}");
    }
}

/// IANA's registry of special-purpose addresses: those that are not globally reachable.
const SPECIAL_V4: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
    (Ipv4Addr::new(255, 255, 255, 255), 32),
];

/// The same for IPv6, with the blocks that carry a private IPv4 address.
const SPECIAL_V6: [(&str, u32); 12] = [
    ("::", 128),
    ("::1", 128),
    ("64:ff9b::a00:0", 104),
    ("64:ff9b:1::", 48),
    ("100::", 64),
    ("2001::", 23),
    ("2001:db8::", 32),
    ("2002:a00::", 24),
    ("2002:7f00::", 24),
    ("fc00::", 7),
    ("fe80::", 10),
    ("ff00::", 8),
];

/// A name that leads to this machine, alone or hidden behind a public address.
#[tokio::test]
async fn a_name_that_leads_here_is_never_connected_to() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let resolver: couplet_proxy::Resolver = Arc::new(move |_| {
        let public = SocketAddr::from(([20, 50, 1, 1], 0));
        let local = SocketAddr::from(([127, 0, 0, 1], 0));
        let is_first = counted.fetch_add(1, Ordering::SeqCst) == 0;
        let answer = if is_first { vec![local] } else { vec![public, local] };
        Box::pin(std::future::ready(Ok(answer)))
    });
    let upstream = Upstream::with(AllowedHosts::default(), Patience::default(), resolver).unwrap();
    let setup = Setup {
        connections: connection("crm", "https://contoso.crm4.dynamics.com"),
        without_sandbox: true,
        ..Setup::default()
    };
    let proxy = Proxy::with_upstream(setup, upstream);
    let session = proxy.open_session().await;
    for number in 1..=2 {
        let refused = proxy.read(&session, "/api/systems/crm/api/data/v9.2/WhoAmI").await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (403, "proxy.address-refused"));
        assert_eq!(asked.load(Ordering::SeqCst), number, "asked once for each connection");
    }
}
