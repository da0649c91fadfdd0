//! A shop starts without declaring any data.

use super::{policy, sample};
use amana_core::FieldType;
use amana_core::catalog::{builtin, category_covers};

#[test]
fn the_built_in_declarations_refer_to_each_other() {
    let policy = policy(&sample());
    let known = |code: &str| assert!(policy.categories.find(code).is_some(), "there is no category {code}");
    builtin().traits.iter().for_each(|field| known(&field.category));
    builtin().identifiers.iter().for_each(|kind| known(&kind.category));
    for event in &builtin().events {
        known(&event.category);
        event.fields.iter().for_each(|field| known(&field.category));
    }
    assert_eq!(policy.categories.iter().count(), builtin().categories.len() + 2);
}

#[test]
fn special_categories_are_special_with_everything_below_them() {
    for category in &builtin().categories {
        let art_9 = ["health", "belief", "biometric", "genetic", "ethnicity", "sexuality", "criminal"];
        assert_eq!(category.special, art_9.iter().any(|top| category_covers(top, &category.code)), "{}", category.code);
    }
    assert!(!category_covers("contact", "contacts.email"));
}

#[test]
fn segments_standard_traits_and_shop_events_are_known() {
    let policy = policy(&sample());
    let standard = "address age avatar birthday company createdAt description email firstName gender id lastName name \
                    phone title username website address.city address.country address.postalCode address.state \
                    address.street plan logins";
    for name in standard.split_whitespace() {
        assert!(policy.traits.contains_key(name), "{name}");
    }
    let shop = "Products Searched/Product List Viewed/Product List Filtered/Promotion Viewed/Promotion Clicked/Product \
                Clicked/Product Viewed/Product Added/Product Removed/Cart Viewed/Checkout Started/Checkout Step Viewed/\
                Checkout Step Completed/Payment Info Entered/Order Completed/Order Updated/Order Refunded/Order \
                Cancelled/Coupon Entered/Coupon Applied/Coupon Denied/Coupon Removed/Product Added to Wishlist/Product \
                Removed from Wishlist/Wishlist Product Added to Cart/Product Shared/Cart Shared/Product Reviewed/\
                Application Installed/Application Opened/Page/Screen/Identify/Segment Consent Preference Updated";
    for name in shop.split('/') {
        assert!(policy.events.get(name).is_some_and(|event| event.category.is_some()), "{name}");
    }
    let order = &policy.events["Order Completed"];
    assert_eq!(order.fields["revenue"].field_type, FieldType::Number);
    assert_eq!(order.fields["gift"].field_type, FieldType::Boolean, "a declaration extends a built-in event");
}

#[test]
fn a_person_has_one_user_id_and_an_event_belongs_to_it_first() {
    let policy = policy(&sample());
    let kinds: Vec<_> = policy.identifiers.iter().map(|kind| (kind.code.as_str(), kind.limit, kind.device)).collect();
    assert_eq!(kinds[..3], [("user_id", 1, false), ("club_card", 2, false), ("loyalty_id", 3, false)]);
    assert_eq!(kinds.last().map(|(code, _, device)| (*code, *device)), Some(("anonymous_id", true)));
}
