//! What applying would change, readable before anybody says yes.

use super::{SAMPLE, read, sample};
use amana_core::Moment;
use amana_core::catalog::{Catalog, Numbers, Plan, plan};

fn plan_to(next: &Catalog) -> Plan {
    let base = sample();
    let before = Numbers::default().assign(&base).unwrap();
    let after = before.assign(next).unwrap();
    plan(&base, next, &before, &after, Moment(0))
}

#[test]
fn the_same_catalogue_changes_nothing() {
    let plan = plan_to(&read(&sample().to_toml()));
    assert!(plan.is_empty());
    assert_eq!(plan.to_string(), "Nothing changes.\n");
}

#[test]
fn a_plan_says_what_changes_and_what_it_means_for_people() {
    let text = SAMPLE
        .replace("version = 2", "version = 3")
        .replace("keep = \"P2Y\"", "keep = \"P3Y\"")
        .replace("name = \"Trail & Tent\"", "name = \"Trail\"")
        .replace("title = \"News\"", "title = \"What is new\"")
        .replace("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        .replace("summit-web-0123456789", "summit-web-9876543210")
        .replace("code = \"bookkeeping\"", "code = \"accounting\"")
        .replace("\"shop\", \"bookkeeping\"", "\"shop\", \"accounting\"");
    insta::assert_snapshot!(plan_to(&read(&text)).to_string());
}

#[test]
fn a_plan_tells_no_secret() {
    let older = format!("previous_write_keys_sha256 = [\"{}\"]", "cafe".repeat(16));
    let proof = format!("identity_proof = {{ hmac_secrets = [\"canary-{}\"] }}", "x".repeat(32));
    let text = SAMPLE
        .replace("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "env:CANARY")
        .replace("summit-web-0123456789", "canary-web-0123456789")
        .replace("trust = \"public\"\n", &format!("trust = \"public\"\n{older}\n{proof}\n"))
        .replace("\"aa23", "\"cafe");
    let plan = plan_to(&read(&text));
    assert_eq!(plan.changes.len(), 3);
    let json = serde_json::to_string(&plan).unwrap();
    for secret in ["CANARY", "canary", "cafe", "whsec", "aa23", "summit-web"] {
        assert!(!json.contains(secret) && !plan.to_string().contains(secret), "{secret}");
    }
}

#[test]
fn a_first_catalogue_is_all_new() {
    let after = Numbers::default().assign(&sample()).unwrap();
    let plan = plan(&Catalog::default(), &sample(), &Numbers::default(), &after, Moment(0));
    assert_eq!(plan.slots.len(), 6);
    assert!(plan.slots[2].meaning.starts_with("new: everybody is asked"), "{}", plan.slots[2].meaning);
}
