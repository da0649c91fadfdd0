//! A session on a site or in the app, told in steps.

use super::device::{Choice, Door, Installation, consent_context};
use super::dice::Dice;
use super::goods::{Basket, MOUNTAIN, Product, WATER, euros};
use super::message::{Teller, object};
use super::person::Person;
use super::plan::{Entry, Outcome, Session, Telling};
use serde_json::{Map, Value as Json, json};

const PREFERENCE_EVENT: &str = "Segment Consent Preference Updated";
/// The id a broken script of the water sports site sends instead of leaving it out.
const NOBODY: &str = "undefined";
const QUERIES: &[&str] = &["tent", "rain jacket", "Schlafsack", "kayak", "gift", "boots 43", "Steigeisen", "dry bag"];
const ACTIVITIES: &[&str] = &["hiking", "climbing", "ski touring", "kayaking", "diving", "bike packing"];

/// Whether somebody is known by their customer number in a session.
pub(super) fn signed_in(entry: Entry) -> bool {
    matches!(entry, Entry::SignsUp | Entry::SignsIn | Entry::SignedIn)
}

/// Tells a session.
pub(super) fn tell(telling: Telling<'_>, dice: &mut Dice, session: &Session) {
    let Telling { world, place, at_ms, out } = telling;
    let installation = session.installation;
    let (anonymous_id, _) = installation.identity(world);
    let mut teller = Teller::new(world, out, place, at_ms, installation.door.source());
    (teller.user_agent, teller.gpc) = installation.browser(world);
    teller.anonymous_id = Some(anonymous_id);
    let person = Person::new(world, session.person);
    teller.context.insert("userAgent".into(), teller.user_agent.into());
    teller.context.insert("locale".into(), person.country.locale.into());
    let goods = if installation.door == Door::Water { WATER } else { MOUNTAIN };
    let mut visitor = Visitor { teller, dice, session, person, installation, goods };
    visitor.arrive();
    visitor.come_in();
    visitor.browse();
    visitor.conclude();
    visitor.leave();
}

struct Visitor<'a, 'd> {
    teller: Teller<'a>,
    dice: &'d mut Dice,
    session: &'d Session,
    person: Person,
    installation: Installation,
    goods: &'static [Product],
}

impl Visitor<'_, '_> {
    fn pause(&mut self) {
        let millis = self.dice.between(3_000, 70_000);
        self.teller.wait_ms(millis);
    }

    fn view(&mut self, name: &str, path: &str) {
        self.teller.view(self.installation.door == Door::App, name, path);
        self.pause();
    }

    fn track(&mut self, event: &str, properties: Map<String, Json>) {
        self.teller.track(event, properties);
        self.pause();
    }

    /// The first page, and the banner where it was not answered before.
    fn arrive(&mut self) {
        if self.session.entry == Entry::SignedIn {
            self.teller.user_id = Some(self.person.user_id.clone());
        } else if self.installation.door == Door::Water && self.dice.chance(6) {
            self.teller.user_id = Some(NOBODY.into());
        }
        if self.session.first {
            self.view("Home", "/");
            self.answer(self.session.choice);
        } else {
            self.consent(self.session.choice);
            self.view("Home", "/");
        }
    }

    /// Keeps an answer in the context of every step from now on, and tells it if there is one.
    fn answer(&mut self, choice: Choice) {
        self.consent(choice);
        // The app's SDK has no event of its own for it: there the changed lists say so.
        if choice != Choice::Silent && self.installation.door != Door::App {
            self.track(PREFERENCE_EVENT, Map::new());
        }
    }

    fn consent(&mut self, choice: Choice) {
        if let Some(answers) = choice.answers() {
            let (field, value) = consent_context(self.installation.door, &answers);
            self.teller.context.insert(field.into(), value);
        }
    }

    fn come_in(&mut self) {
        match self.session.entry {
            Entry::SignsUp => {
                self.view("Sign up", "/account/new");
                self.teller.user_id = Some(self.person.user_id.clone());
                self.track("Signed Up", object(json!({ "type": "customer" })));
                let traits = self.traits();
                self.teller.identify(traits);
            }
            Entry::SignsIn => {
                self.teller.user_id = Some(self.person.user_id.clone());
                self.track("Signed In", Map::new());
                self.teller.identify(object(json!({ "email": self.person.email })));
            }
            Entry::Anonymous | Entry::Guest | Entry::SignedIn => {}
        }
    }

    /// What the form for a new account asks for.
    fn traits(&mut self) -> Map<String, Json> {
        let person = &self.person;
        let mut traits = object(json!({
            "email": person.email,
            "firstName": person.given.0,
            "lastName": person.family.0,
            "country": person.country.code,
            "language": &person.country.locale[..2],
        }));
        if self.dice.chance(300) {
            traits.insert("favourite_activity".into(), (*self.dice.pick(ACTIVITIES)).into());
        }
        if self.dice.chance(8) {
            // A partner's script that nobody declared: it is set aside, and counted in the quarantine.
            traits.insert("partner_score".into(), self.dice.below(100).into());
        }
        traits
    }

    fn browse(&mut self) {
        for _ in 0..*self.dice.weighted(&[(20, 2), (30, 3), (25, 5), (15, 7), (10, 9)]) {
            let product = self.dice.pick(self.goods);
            match self.dice.below(10) {
                0..=4 => self.look_at(product),
                5 => self.track("Product List Viewed", object(json!({ "category": product.category }))),
                6 => {
                    let query = *self.dice.pick(QUERIES);
                    self.track("Products Searched", object(json!({ "query": query })));
                }
                _ => self.view(product.category, &format!("/{}", product.category)),
            }
        }
    }

    fn look_at(&mut self, product: &'static Product) {
        let mut properties = product.to_json(1);
        if self.installation.door == Door::Water && self.dice.chance(20) {
            // An old template writes prices as text.
            properties.insert("price".into(), euros(product.price_cents).to_string().into());
        }
        if self.dice.chance(10) {
            properties.insert("scroll_depth".into(), self.dice.below(100).into());
        }
        self.track("Product Viewed", properties);
        if self.dice.chance(4) {
            self.track("Carousel Swiped", object(json!({ "slide": 2 })));
        }
    }

    fn conclude(&mut self) {
        if self.session.outcome == Outcome::Leaves {
            return;
        }
        let basket = Basket::fill(self.dice, self.goods);
        for (product, quantity) in basket.lines() {
            let added = product.to_json(*quantity);
            self.track("Product Added", added);
        }
        self.track("Cart Viewed", object(json!({ "products": basket.products() })));
        if self.session.outcome == Outcome::Orders {
            self.order(&basket);
        }
    }

    fn order(&mut self, basket: &Basket) {
        if self.session.entry == Entry::Guest {
            let person = &self.person;
            let traits = json!({ "email": person.email, "name": person.name(), "country": person.country.code });
            self.teller.identify(object(traits));
        }
        let order_id = format!("o-{:x}-{:x}", self.installation.actor, self.teller.at_ms);
        let started = json!({ "order_id": order_id, "value": euros(basket.cents()), "currency": "EUR" });
        self.track("Checkout Started", object(started));
        let affiliation = self.installation.door.source();
        self.track("Order Completed", basket.order(order_id, affiliation, true));
        if self.dice.chance(25) {
            // The answer was lost: the SDK tries again.
            self.teller.repeat(30_000);
        }
        if let Some(gear) = basket.safety_gear().filter(|_| self.dice.chance(600)) {
            self.track("Safety Gear Registered", object(json!({ "product_id": gear.id })));
        }
    }

    fn leave(&mut self) {
        if self.session.newsletter {
            self.subscribe();
        }
        if self.session.refuses_now {
            self.view("Privacy settings", "/privacy");
            self.answer(Choice::Nothing);
        }
        if self.session.closes_account {
            self.view("Account", "/account");
            self.track("Account Closed", object(json!({ "reason": "no longer needed" })));
        }
        if self.session.signs_out {
            self.track("Signed Out", Map::new());
        }
    }

    /// The form asks for the address; that its owner asked is only known once a link in a mail was followed.
    fn subscribe(&mut self) {
        self.teller.identify(object(json!({ "email": self.person.email })));
        let mut answers = self.session.choice.answers().map(Vec::from).unwrap_or_default();
        answers.push(("news", true));
        let (field, value) = consent_context(self.installation.door, &answers);
        let before = self.teller.context.insert(field.into(), value);
        self.track(PREFERENCE_EVENT, Map::new());
        match before {
            Some(before) => self.teller.context.insert(field.into(), before),
            None => self.teller.context.remove(field),
        };
    }
}
