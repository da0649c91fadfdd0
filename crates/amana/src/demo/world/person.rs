//! Who somebody in the sample world is: name, addresses, numbers, habits.
//!
//! A person follows from the world's seed and their number, so none is ever kept: whoever needs one makes it again.

use super::World;
use super::dice::{Dice, Topic};
use super::household::Household;
use super::names::Name;
use super::places::{COUNTRIES, Country};

/// Domains of e-mail addresses, all below names that RFC 2606 keeps free for examples.
const MAIL_DOMAINS: &[&str] = &["mail.example.com", "post.example.org", "inbox.example.net", "brief.example.com"];

/// How somebody deals with the retailer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Habit {
    /// Looks at the sites, orders as a guest at most.
    Visitor,
    /// Buys in shops only.
    ShopOnly,
    /// Has an account, buys online and sometimes in shops.
    Online,
}

/// A telephone number, as parts.
#[derive(Clone, Debug)]
pub(super) struct Phone {
    pub(super) calling_code: &'static str,
    pub(super) prefix: &'static str,
    pub(super) rest: String,
}

/// Somebody.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) index: u32,
    pub(super) habit: Habit,
    pub(super) given: Name,
    pub(super) family: Name,
    pub(super) country: &'static Country,
    pub(super) city: (&'static str, &'static str),
    pub(super) email: String,
    pub(super) phone: Phone,
    /// RFC 3339 date.
    pub(super) birthday: String,
    /// Years completed in the calendar year in which the sample ends.
    pub(super) age: u32,
    pub(super) user_id: String,
    /// Loyalty card of the mountain brand's shops, which some never got.
    pub(super) loyalty_id: Option<String>,
    /// Water rather than mountains.
    pub(super) prefers_water: bool,
}

impl Person {
    /// The person of that number.
    pub(super) fn new(world: &World, index: u32) -> Self {
        let mut dice = Dice::new(world.seed, Topic::Person, index, 0);
        let household = Household::of(world, index);
        let habit = *dice.weighted(&[(300, Habit::Visitor), (130, Habit::ShopOnly), (570, Habit::Online)]);
        let country = dice.weighted(COUNTRIES);
        let country = household.map_or(country, |household| household.country(world));
        let mut person = Self {
            index,
            habit: if household.is_some() { Habit::Online } else { habit },
            given: *dice.pick(country.names.given),
            family: *dice.pick(country.names.family),
            country,
            city: *dice.pick(country.cities),
            email: String::new(),
            phone: phone(&mut dice, country, index),
            birthday: String::new(),
            age: age(&mut dice),
            user_id: format!("c-{index:07}"),
            loyalty_id: loyalty_id(&mut dice, index, habit),
            prefers_water: dice.chance(380),
        };
        person.birthday = birthday(&mut dice, world, person.age);
        let domain = *dice.pick(MAIL_DOMAINS);
        // The number keeps addresses apart; people of one household share it, as families share a birth year.
        let (number, domain) = household.map_or((index, domain), |household| (household.first, MAIL_DOMAINS[0]));
        if let Some(household) = household {
            household.shape(&mut person);
        }
        person.email = format!("{}.{}{number}@{domain}", person.given.1, person.family.1);
        person
    }

    /// Whether the retailer has given them a customer number: with an account, or with a loyalty card.
    pub(super) fn is_customer(&self) -> bool {
        self.habit == Habit::Online || (self.habit == Habit::ShopOnly && self.loyalty_id.is_some())
    }

    /// The full name as written at home.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.given.0, self.family.0)
    }
}

fn phone(dice: &mut Dice, country: &'static Country, index: u32) -> Phone {
    let (prefix, digits) = *dice.pick(country.mobile);
    // Multiplying by a number without common factors with ten reaches each number once: no two people share one.
    let rest = (u64::from(index) * 7_919 + 2_345_678) % 10_u64.pow(digits);
    Phone { calling_code: country.calling_code, prefix, rest: format!("{rest:0width$}", width = digits as usize) }
}

/// Years to be completed in the calendar year in which the sample ends. Mostly adults; a few are 14 or 15, for whom a guardian has to decide.
fn age(dice: &mut Dice) -> u32 {
    let (low, high) =
        *dice.weighted(&[(8, (14, 15)), (30, (16, 19)), (330, (20, 34)), (430, (35, 54)), (202, (55, 79))]);
    dice.between(low, high)
}

fn birthday(dice: &mut Dice, world: &World, age: u32) -> String {
    let year = i32::from(world.year) - i32::try_from(age).unwrap_or_default();
    format!("{year:04}-{:02}-{:02}", dice.between(1, 12), dice.between(1, 28))
}

fn loyalty_id(dice: &mut Dice, index: u32, habit: Habit) -> Option<String> {
    let has_card = dice.chance(if habit == Habit::ShopOnly { 800 } else { 400 });
    let number = u64::from(index) * 97 + 10_000_000;
    has_card.then(|| format!("NG{number}{}", number % 7))
}
