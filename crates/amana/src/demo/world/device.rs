//! Devices: what they say of themselves, which anonymous ids they carry and what was answered to the banner on them.
//!
//! Anonymous id and answer belong to a device, a door and an installation: two sites do not share their cookies, and
//! an app installed again starts anew.

use super::dice::{Dice, Topic};
use super::{World, source};
use serde_json::{Value as Json, json};

/// A site or the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    Mountain,
    Water,
    App,
}

impl Door {
    /// The source that it is.
    pub(super) fn source(self) -> &'static str {
        match self {
            Self::Mountain => source::SITE_MOUNTAIN,
            Self::Water => source::SITE_WATER,
            Self::App => source::APP,
        }
    }

    /// The server-side source of the same brand: the CRM file for mountains, the call centre for water sports.
    pub(super) fn office(self) -> &'static str {
        if self == Self::Water { source::CALL_CENTRE } else { source::CRM }
    }
}

/// What was answered to the consent banner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// Nothing, the banner is still open.
    Silent,
    /// Personalisation and advertising.
    All,
    /// Personalisation without advertising.
    Some,
    /// Neither.
    Nothing,
}

impl Choice {
    /// The answers by consent category, `None` when nothing was answered.
    pub(super) fn answers(self) -> Option<[(&'static str, bool); 2]> {
        let (personalisation, advertising) = match self {
            Self::Silent => return None,
            Self::All => (true, true),
            Self::Some => (true, false),
            Self::Nothing => (false, false),
        };
        Some([("personalisation", personalisation), ("advertising", advertising)])
    }
}

const ATTITUDES: &[(u32, Choice)] =
    &[(445, Choice::All), (195, Choice::Some), (310, Choice::Nothing), (50, Choice::Silent)];

const PHONES: &[&str] = &[
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Android 14; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0",
];
const LAPTOPS: &[&str] = &[
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
];
const APPS: &[&str] = &["Nordgrat/4.2 (iOS 18.1; Phone)", "Nordgrat/4.2 (Android 14; Phone)"];
const TABLETS: &[&str] = &[
    "Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
];

/// The number of a person's device that is the app; 0 and 1 are browsers.
pub(super) const APP_DEVICE: u8 = 2;
/// The number of a household's tablet.
pub(super) const TABLET: u8 = 3;

/// One installation: a browser's cookies for one site, or an app until it is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Installation {
    /// Whose device it is: a person's or a household's number among actors.
    pub(super) actor: u32,
    pub(super) device: u8,
    pub(super) door: Door,
    /// Raised when cookies were deleted or the app was installed again.
    pub(super) generation: u8,
}

impl Installation {
    fn dice(self, world: &World) -> Dice {
        let turn = u64::from(self.device) << 16 | (self.door as u64) << 8 | u64::from(self.generation) | 1 << 32;
        Dice::new(world.seed, Topic::Device, self.actor, turn)
    }

    /// The anonymous id it carries, and what was answered on it: mostly what its owner answers everywhere.
    pub(super) fn identity(self, world: &World) -> (String, Choice) {
        let mut dice = self.dice(world);
        let anonymous_id = dice.uuid();
        let own = *dice.weighted(ATTITUDES);
        let as_ever = dice.chance(700);
        let choice = if as_ever { attitude(world, self.actor) } else { own };
        (anonymous_id, choice)
    }

    /// What the device says it is, and whether it sends Global Privacy Control, which browsers do and apps do not.
    pub(super) fn browser(self, world: &World) -> (&'static str, bool) {
        let mut dice = Dice::new(world.seed, Topic::Device, self.actor, u64::from(self.device) << 16);
        let user_agents = match self.device {
            0 => PHONES,
            1 => LAPTOPS,
            APP_DEVICE => APPS,
            _ => TABLETS,
        };
        (*dice.pick(user_agents), dice.chance(80) && self.device != APP_DEVICE)
    }
}

fn attitude(world: &World, actor: u32) -> Choice {
    *Dice::new(world.seed, Topic::Device, actor, u64::MAX).weighted(ATTITUDES)
}

/// The consent field of a context: Segment's on the sites, RudderStack's in the app.
pub(super) fn consent_context(door: Door, answers: &[(&'static str, bool)]) -> (&'static str, Json) {
    if door != Door::App {
        let preferences: serde_json::Map<_, _> =
            answers.iter().map(|(category, allowed)| ((*category).to_owned(), Json::Bool(*allowed))).collect();
        return ("consent", json!({ "categoryPreferences": preferences }));
    }
    let of = |wanted| answers.iter().filter(|(_, allowed)| *allowed == wanted).map(|(id, _)| *id).collect::<Vec<_>>();
    ("consentManagement", json!({ "provider": "custom", "allowedConsentIds": of(true), "deniedConsentIds": of(false) }))
}
