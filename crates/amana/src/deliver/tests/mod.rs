//! Deliveries as a whole: a real store in a temporary folder, a real receiver on a loopback port, a clock that tests
//! move.

mod claims;
mod crashes;
mod decisions;
mod network;
mod receiver;
mod retries;
mod unreadable;
mod updates;

use super::record::Record;
use super::{Deliveries, DeliveryOptions, DeliveryView, Totals, deliveries, recipient_id, totals};
use crate::acts_log::ActsLog;
use crate::app::{App, Parts};
use crate::audience::NoticeKind;
use crate::clock::Clock;
use crate::dice::Dice;
use crate::govern::{Doubt, apply_catalog, load_current};
use crate::journal::Journal;
use crate::pipeline::{OutboxRow, Stages, outbox_log};
use crate::profile::{Classes, Entry, Keeper, View};
use amana_core::catalog::{Catalog, Number};
use amana_core::identity::FragmentId;
use amana_core::permission::{Act, ActKind, Evidence, Method, Target};
use amana_core::profile::{Origin, Part};
use amana_core::{Moment, Slot, SlotSet, Value};
use amana_store::seal::{MasterKey, Root};
use amana_store::space::key;
use amana_store::{Batch, EmbeddedOptions, KeyRange, Position, Space, Store};
use arc_swap::ArcSwap;
use receiver::Receiver;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const T0: Moment = Moment(1_772_366_400_000);
/// The slot of the one purpose.
const NEWS: Slot = Slot(0);
/// How many deliveries wait for people who cannot be read.
const UNREADABLE: usize = 2;
/// How long a test waits before it fails: it only ever waits for what comes.
const GUARD: Duration = Duration::from_secs(30);

const CATALOG: &str = r#"
[organisation]
code = "summit"
name = "Summit"
country = "DE"

[[brands]]
code = "summit"
name = "Summit"

[[purposes]]
code = "news"
version = 3
basis = "consent"
brands = ["summit"]
categories = ["contact.email", "identity", "preference"]
keep = "P2Y"
recipients = ["crm"]
texts.en = { title = "News", text = "We tell you what is new." }

[[traits]]
name = "club"
type = "text"
category = "preference"

[[audiences]]
code = "gold"
name = "Gold"
purpose = "news"
brand = "summit"
where = "club = 'gold'"
destinations = ["crm"]

[[destinations]]
code = "crm"
name = "CRM Ltd"
fields = [
  { from = "email", as = "address" },
  { from = "email", as = "address_sha256", hashed = true },
  { from = "user_id" },
  { from = "club" },
  { from = "gender" },
]
[destinations.webhook]
url = "@@url@@"
signing_secret = "env:HOOK"
allow_networks = ["127.0.0.0/8"]
"#;

/// A temporary installation with one destination.
struct Bed {
    app: App,
    receiver: Receiver,
    secret: Arc<Mutex<Option<String>>>,
    people: u8,
    _dir: TempDir,
}

impl Bed {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (clock, mut dice) = (Clock::manual(T0), Dice::seeded(7));
        let store = Store::open_embedded(&dir.path().join("store"), EmbeddedOptions::default()).await.unwrap();
        let master = MasterKey::random(&mut dice);
        let root = Arc::new(Root::open_or_create(&dir.path().join("root.keys"), &master, &mut dice).unwrap());
        let current = Arc::new(ArcSwap::from_pointee(load_current(&store, &root).await.unwrap()));
        let journal = Journal::open(store.clone(), root.clone(), Position(0)).await.unwrap();
        let acts = Arc::new(ActsLog::new(store.clone(), &root));
        let (keeper, stages, started_at) = (Keeper::new(root), Arc::new(Stages::default()), clock.now());
        let app = App::new(Parts {
            store,
            acts,
            keeper,
            journal,
            current,
            clock,
            dice,
            stages,
            doubt: Doubt::none(),
            started_at,
        });
        let receiver = Receiver::start().await;
        let secret = Arc::new(Mutex::new(Some(SECRET.to_owned())));
        let bed = Self { app, receiver, secret, people: 0, _dir: dir };
        bed.declare("", "").await;
        bed
    }

    /// Applies the catalogue with some text replaced.
    async fn declare(&self, found: &str, replacement: &str) {
        self.apply(&CATALOG.replace(found, replacement)).await;
    }

    /// Applies a catalogue.
    async fn apply(&self, text: &str) {
        let catalog = Catalog::read(&text.replace("@@url@@", &self.receiver.url)).unwrap();
        apply_catalog(&self.app, &catalog, None).await.unwrap();
    }

    fn start(&self) -> Deliveries {
        let secret = self.secret.clone();
        let secrets = Arc::new(move |name: &str| (name == "HOOK").then(|| secret.lock().unwrap().clone()).flatten());
        let idle = Duration::from_millis(20);
        Deliveries::start(self.app.clone(), DeliveryOptions { secrets, idle, unreadable_rows_max: UNREADABLE })
    }

    fn audience(&self) -> Number {
        self.app.current().numbers.audiences["gold"]
    }

    fn destination(&self) -> Number {
        self.app.current().numbers.destinations["crm"]
    }

    /// Somebody who agreed.
    async fn person(&mut self, email: &str) -> FragmentId {
        self.people += 1;
        let mut bytes = *uuid::Uuid::from_u64_pair(0x0190_0000_0000_7000, 0x8000_0000_0000_0000).as_bytes();
        bytes[15] = self.people;
        let id = FragmentId(uuid::Uuid::from_bytes(bytes));
        let mut entry = Entry::new(id, "email", "default", T0, [self.people; 24]);
        let mut classes = Classes::load(self.app.store()).await.unwrap();
        let slots = SlotSet::from_iter([NEWS]);
        let class = classes.number(slots).unwrap();
        let text = |name: &str, value: &str| (name.to_owned(), Value::Text(value.to_owned()));
        // Gender is none of the purpose's categories: were it ever kept for it, it would still not be sent.
        let traits = vec![text("email", email), text("club", "gold"), text("gender", "canary-gender")];
        let part = Part {
            class: slots,
            event: None,
            fields: Vec::new(),
            traits,
            metrics: Vec::new(),
            identifier: Some(email.to_lowercase()),
        };
        entry.fold(class, part, Origin { at: T0, received: T0, source: 1 });
        let mut batch = Batch::new();
        let mut dice = self.app.dice();
        entry.act(act(&mut dice, ActKind::Grant, T0));
        classes.save(&mut batch);
        self.app.keeper().save(&mut entry, Position(0)..Position(1), &mut batch, &mut dice);
        self.app.store().commit(batch).await.unwrap();
        id
    }

    /// Somebody does something about the purpose.
    async fn act(&self, person: FragmentId, kind: ActKind) {
        let store = self.app.store();
        let mut entry = self.app.keeper().load(View::Live(store), &[person]).await.unwrap().remove(0);
        let (mut batch, mut dice) = (Batch::new(), self.app.dice());
        let at = self.app.now().plus_millis(1);
        entry.act(act(&mut dice, kind, at));
        self.app.keeper().save(&mut entry, Position(1)..Position(2), &mut batch, &mut dice);
        store.commit(batch).await.unwrap();
    }

    /// Somebody joins another club, as the pipeline commits it.
    async fn joins(&self, person: FragmentId, club: &str) {
        let store = self.app.store();
        let mut entry = self.app.keeper().load(View::Live(store), &[person]).await.unwrap().remove(0);
        let (mut batch, mut dice, now) = (Batch::new(), self.app.dice(), self.app.now());
        let slots = SlotSet::from_iter([NEWS]);
        let class = Classes::load(store).await.unwrap().number(slots).unwrap();
        let traits = vec![("club".to_owned(), Value::Text(club.to_owned()))];
        let part =
            Part { class: slots, event: None, fields: Vec::new(), traits, metrics: Vec::new(), identifier: None };
        entry.fold(class, part, Origin { at: now, received: now, source: 1 });
        self.app.keeper().save(&mut entry, Position(2)..Position(3), &mut batch, &mut dice);
        self.add_move(person, NoticeKind::Updated, &mut batch);
        store.commit(batch).await.unwrap();
    }

    /// Somebody enters or leaves the audience, as the pipeline commits it.
    async fn moves(&self, person: FragmentId, kind: NoticeKind) {
        let mut batch = Batch::new();
        self.add_move(person, kind, &mut batch);
        self.app.store().commit(batch).await.unwrap();
    }

    fn add_move(&self, person: FragmentId, kind: NoticeKind, batch: &mut Batch) {
        let member = key::member(self.audience(), *person.0.as_bytes());
        match kind {
            NoticeKind::Entered => batch.put(Space::Member, member, T0.0.to_be_bytes().to_vec()),
            NoticeKind::Exited => batch.delete(Space::Member, member),
            NoticeKind::Updated => batch,
        };
        let row = OutboxRow { profile: person, audience: self.audience(), kind, at: self.app.now() };
        batch.append(&outbox_log(self.destination()), postcard::to_allocvec(&row).unwrap());
    }

    async fn totals(&self) -> Totals {
        let totals = totals(&self.app, "crm").await.unwrap();
        assert!(totals.balance(), "{totals:?}");
        totals
    }

    async fn views(&self) -> Vec<DeliveryView> {
        deliveries(&self.app, "crm", None, 1_000).await.unwrap()
    }

    /// States and reasons, in order.
    async fn states(&self) -> Vec<(&'static str, Option<&'static str>)> {
        self.views().await.into_iter().map(|view| (view.state, view.reason)).collect()
    }

    /// Waits until the deliveries are as they should be.
    async fn until(&self, running: &Deliveries, ready: impl Fn(&[DeliveryView]) -> bool) {
        let mut progress = running.progress();
        let waiting = async {
            loop {
                progress.mark_unchanged();
                let views = self.views().await;
                self.totals().await;
                if ready(&views) {
                    return;
                }
                progress.changed().await.unwrap();
            }
        };
        if tokio::time::timeout(GUARD, waiting).await.is_err() {
            panic!("{:#?}", self.views().await);
        }
    }

    /// Waits until so many deliveries are known, and nothing is left to be done about any of them.
    async fn settled(&self, running: &Deliveries, count: usize) {
        self.until(running, |views| views.len() == count && views.iter().all(is_final)).await;
    }

    fn advance(&self, running: &Deliveries, millis: i64) {
        self.app.clock().advance_millis(millis);
        running.nudge();
    }

    /// The rows as they are before they are sealed.
    async fn plain_rows(&self) -> Vec<u8> {
        let range = KeyRange::prefix(key::deliveries_to(self.destination()));
        let rows = self.app.store().scan(Space::Delivery, range, 1_000).await.unwrap();
        let mut plain = Vec::new();
        for (key, row) in rows.iter().filter(|(key, _)| key::destination_and_sequence(key).is_some()) {
            let record = Record::read(self.app.root(), key, &row.value).unwrap();
            plain.extend(postcard::to_allocvec(&record).unwrap());
        }
        plain
    }
}

fn is_final(view: &DeliveryView) -> bool {
    matches!(view.state, "delivered" | "withheld" | "failed")
}

fn act(dice: &mut Dice, kind: ActKind, at: Moment) -> Act {
    let evidence = Evidence::new(Method::Form, "site", "person");
    Act { id: dice.id(at), kind, target: Target::Slot(NEWS), at, received: at, until: None, evidence, content: None }
}
