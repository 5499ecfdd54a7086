use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(expected: bool, addresses: &[&str]) {
    for address in addresses {
        assert_eq!(is_public(address.parse().unwrap()), expected, "{address}");
    }
}

#[test]
fn public_addresses_are_public() {
    check(
        true,
        &["1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255"],
    );
    check(true, &["128.0.0.0", "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255"]);
    check(true, &["198.17.255.255", "198.20.0.0", "223.255.255.255", "168.63.129.15"]);
    check(true, &["2606:4700::1111", "2a00:1450::1", "2001:4860:4860::8888", "2003::1", "3ffe::1"]);
    check(true, &["::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]);
}

#[test]
fn everything_else_is_not() {
    check(
        false,
        &["0.0.0.0", "0.255.255.255", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254"],
    );
    check(false, &["169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1"]);
    check(false, &["192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1"]);
    check(false, &["239.255.255.255", "240.0.0.1", "255.255.255.255", "100.100.100.200", "168.63.129.16"]);
    check(false, &["::", "::1", "::7f00:1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "100::1"]);
    check(
        false,
        &["2001::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::"],
    );
    check(false, &["3fff::1", "5f00::1", "4000::1", "64:ff9b:1::1", "::ffff:0:7f00:1"]);
}

#[test]
fn wrapped_addresses_are_judged_by_what_they_wrap() {
    check(
        false,
        &["::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::7f00:1"],
    );
}

#[test]
fn a_list_permits_what_it_names_and_no_more() {
    let networks = vec!["10.1.0.0/16".parse().unwrap(), "::1/128".parse().unwrap()];
    let guard = AddressGuard::new(PrivateNetworks::Listed(networks));
    for (address, permitted) in [
        ("10.1.2.3", true),
        ("::ffff:10.1.2.3", true),
        ("10.2.0.1", false),
        ("::1", true),
        ("127.0.0.1", false),
        ("8.8.8.8", true),
        ("169.254.169.254", false),
    ] {
        assert_eq!(guard.permits(address.parse().unwrap()), permitted, "{address}");
    }
}

#[test]
fn every_spelling_of_an_address_is_an_address() {
    let guard = AddressGuard::default();
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "127.1",
        "0177.0.0.1",
        "１２７.0.0.1",
        "127.0.0.1.",
        "[::1]",
        "[::ffff:7f00:1]",
    ] {
        let url: Url = format!("http://{host}/").parse().unwrap();
        assert!(matches!(guard.check_literal(&url), Err(GuardError::Blocked { .. })), "{host}");
    }
    guard.check_literal(&"http://8.8.8.8/".parse().unwrap()).unwrap();
    guard.check_literal(&"http://example.com/".parse().unwrap()).unwrap();
}

#[tokio::test]
async fn a_name_of_a_private_address_is_blocked() {
    let error = AddressGuard::default().resolve("localhost", 80).await.unwrap_err();
    assert!(matches!(&error, GuardError::Blocked { host, address } if host == "localhost" && address.is_loopback()));
    let open = AddressGuard::new(PrivateNetworks::Allowed);
    assert!(open.resolve("localhost", 80).await.unwrap().iter().all(|address| address.port() == 80));
}

#[test]
fn the_setting_is_a_bool_or_a_list() {
    #[derive(serde::Deserialize, serde::Serialize, Debug, PartialEq)]
    struct Table {
        networks: PrivateNetworks,
    }
    let listed = PrivateNetworks::Listed(vec!["10.0.0.0/8".parse().unwrap(), "192.168.1.7/32".parse().unwrap()]);
    for (text, expected, written) in [
        ("networks = false", PrivateNetworks::Denied, "networks = false\n"),
        ("networks = true", PrivateNetworks::Allowed, "networks = true\n"),
        ("networks = ['10.0.0.0/8', '192.168.1.7']", listed, "networks = [\"10.0.0.0/8\", \"192.168.1.7/32\"]\n"),
    ] {
        let table: Table = toml::from_str(text).unwrap();
        assert_eq!(table.networks, expected);
        assert_eq!(toml::to_string(&table).unwrap(), written);
    }
    for (text, said) in [("networks = 'all'", "list of networks"), ("networks = ['10/8']", "`10/8` is no network")] {
        let error = toml::from_str::<Table>(text).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

proptest! {
    #[test]
    fn wrapping_an_address_never_changes_the_judgement(bits: u32) {
        let address = Ipv4Addr::from_bits(bits);
        let expected = is_public(address.into());
        prop_assert_eq!(is_public(address.to_ipv6_mapped().into()), expected);
        let nat64 = Ipv6Addr::from_bits(0x0064_ff9b << 96 | u128::from(bits));
        prop_assert_eq!(is_public(nat64.into()), expected);
    }

    /// The standard library's own tests, as far as they are stable.
    #[test]
    fn what_the_standard_library_calls_special_is_never_public(bits: u32, high: u128) {
        let v4 = Ipv4Addr::from_bits(bits);
        if v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_multicast() || v4.is_broadcast()
            || v4.is_documentation() || v4.is_unspecified()
        {
            prop_assert!(!is_public(v4.into()));
        }
        let v6 = Ipv6Addr::from_bits(high);
        if v6.is_loopback() || v6.is_multicast() || v6.is_unspecified() || v6.is_unique_local()
            || v6.is_unicast_link_local()
        {
            prop_assert!(!is_public(v6.into()));
        }
    }
}
