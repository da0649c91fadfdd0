//! Which law applied, as evidence writes it.

use amana_core::permission::is_jurisdiction;

#[test]
fn a_jurisdiction_is_a_country_or_a_part_of_one() {
    for right in ["DE", "US-CA", "GB", "BR-SP", "FR-75", "AT-9", "ES-CT", "CN"] {
        assert!(is_jurisdiction(right), "{right}");
    }
    for wrong in [
        "", "D", "de", "De", "DEU", "UK", "ZZ", "EU-DE", "US-", "-CA", "US-CALI", "us-ca", "US-ca", "US_CA", "US-C-A",
        " DE", "DE ", "Germany", "US-Ä", "D\u{415}",
    ] {
        assert!(!is_jurisdiction(wrong), "{wrong}");
    }
}
