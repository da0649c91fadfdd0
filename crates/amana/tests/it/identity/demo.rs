//! The shared tablets and the typing errors of the sample world, sent through the real doors, held against what is true
//! of it and no source ever says. The first of each is what `docs/identity.md` explains.

use super::staff::decide;
use crate::support::{Engine, House};
use amana::demo::Book;
use amana::demo::world::{Mistyped, Step, Tablet, World};
use amana::dice::Dice;
use amana_core::Moment;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// Of so many people those are sent whom it is about: the first tablets with their households, and the first who gave an
/// address that was typed wrong.
const PEOPLE: u32 = 6_000;
const TABLETS: usize = 12;
const TYPED: usize = 36;
const TYPED_AS_ANOTHER: usize = 3;
const DAY_MS: i64 = 86_400_000;
const DOCUMENTATION: &str = include_str!("../../../../../docs/identity.md");

/// A sample organisation at the end of its year.
struct Sample {
    house: House,
    book: Book,
    world: World,
    tablets: Vec<Tablet>,
    mistyped: Vec<Mistyped>,
}

impl Sample {
    async fn of(people: u32) -> Self {
        let house = House::empty(Engine::Embedded).await;
        let today = jiff::civil::date(2026, 3, 1);
        let mut book = Book::open(house.folder.path(), Some(people), today, &mut Dice::System).unwrap();
        book.receiver_url = house.recipient.url();
        // The house has keys of its own for the roles.
        book.api_keys.clear();
        house.apply(&book.catalog()).await;
        let world = World::new(book.seed, book.people, book.from);
        let all = world.mistyped();
        let (another, nobodys): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.whose.is_some());
        let mistyped = nobodys.into_iter().take(TYPED).chain(another.into_iter().take(TYPED_AS_ANOTHER)).collect();
        let tablets = world.tablets().into_iter().take(TABLETS).collect();
        let sample = Self { house, book, world, tablets, mistyped };
        sample.send().await;
        sample
    }

    /// Sends the year, day by day: within a day each sender sends what it has together, as their systems would.
    async fn send(&self) {
        let (mut day, mut senders) = (i64::MIN, Senders::default());
        let of_tablets = self.tablets.iter().flat_map(|tablet| &tablet.actors);
        let about: BTreeSet<u32> =
            of_tablets.chain(self.mistyped.iter().flat_map(|one| &one.actors)).copied().collect();
        for step in self.world.steps_of(&about.into_iter().collect::<Vec<_>>()) {
            if step.at_ms.div_euclid(DAY_MS) != day {
                day = step.at_ms.div_euclid(DAY_MS);
                self.send_all(std::mem::take(&mut senders)).await;
            }
            senders.add(step);
        }
        self.send_all(senders).await;
        self.house.settle().await;
    }

    async fn send_all(&self, senders: Senders) {
        for ((source, gpc, agent), items) in senders.0 {
            let key = &self.book.write_keys[source];
            let request =
                self.house.client().post(format!("{}/v1/batch", self.house.base)).basic_auth(key, None::<&str>);
            let request = request.header("content-type", "application/json").header("user-agent", agent);
            let request = if gpc { request.header("sec-gpc", "1") } else { request };
            let reply = request.body(json!({ "batch": items }).to_string()).send().await.unwrap();
            assert_eq!(reply.status(), 200);
        }
    }

    async fn graph(&self, person: &str, query: &str) -> Json {
        let path = format!("profiles/{person}/identity?purpose=orders{query}");
        self.house.get("privacy", &path).await.expect(200).json
    }

    /// When somebody looked at products, as anybody is ever shown it.
    async fn views(&self, person: &str) -> BTreeSet<i64> {
        let mut seen = BTreeSet::new();
        for purpose in
            ["personalisation&brand=mountain", "personalisation&brand=water", "ads&brand=mountain", "ads&brand=water"]
        {
            let mut before = String::new();
            loop {
                let path = format!("profiles/{person}/timeline?purpose={purpose}&limit=1000{before}");
                let page = self.house.get("privacy", &path).await;
                if page.status != 200 {
                    break;
                }
                let views =
                    page.json["entries"].as_array().unwrap().iter().filter(|one| one["event"] == "Product Viewed");
                seen.extend(views.map(|one| Moment::parse(one["at"].as_str().unwrap()).unwrap().0));
                match page.json["next"].as_str() {
                    Some(next) => before = format!("&before={next}"),
                    None => break,
                }
            }
        }
        seen
    }
}

/// What each kind of device or system sends within a day, in the order in which they begin.
#[derive(Default)]
struct Senders(Vec<(Sender, Vec<Json>)>);

/// Source, whether the browser sends Global Privacy Control, and what it says it is.
type Sender = (&'static str, bool, &'static str);

impl Senders {
    fn add(&mut self, step: Step) {
        let sender = (step.source, step.gpc, step.user_agent);
        match self.0.iter_mut().find(|(known, _)| *known == sender) {
            Some((_, items)) => items.push(step.json),
            None => self.0.push((sender, vec![step.json])),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tablets_and_typing_errors_of_the_sample_come_out_right() {
    let sample = Sample::of(PEOPLE).await;
    let (tablets, mistyped) = (&sample.tablets, &sample.mistyped);
    let mut errors = Errors::default();
    for one in mistyped {
        errors.add(&sample, one).await;
    }
    let Errors { alone, with_who_gave_it, of_somebody_else, .. } = errors;
    is_documented(&format!("| {} addresses | {alone} | {with_who_gave_it} | {of_somebody_else} |", mistyped.len()));
    assert!(errors.alone > 0 && errors.with_who_gave_it > 0 && errors.of_somebody_else > 0, "{errors:?}");
    let (mut all, mut since_shared) = (Shown::default(), Shown::default());
    for tablet in tablets {
        all.add(&sample, tablet, |_, _| true).await;
        since_shared
            .add(&sample, tablet, |device, at| tablet_shared_since(tablet, device).is_some_and(|since| at > since))
            .await;
    }
    is_documented(&all.told(&format!("{} tablets", tablets.len())));
    is_documented(&since_shared.told("since a second one has signed in"));
    assert!(all.own > 20, "{all:?}");
    assert_eq!(all.of_another, 0, "whoever signs in is shown to nobody else: {all:?}");
    // A site cannot know who holds a tablet and does not sign in. From when it shows itself shared that is nobody's.
    assert_eq!((since_shared.unsigned_own, since_shared.unsigned_of_another), (0, 0), "{since_shared:?}");
    assert!(since_shared.to_nobody > 0 && since_shared.own > 0, "{since_shared:?}");
    explained(&sample, tablets, mistyped).await;
}

/// When a second member signed in on a device, as far as what they looked at then tells.
fn tablet_shared_since(tablet: &Tablet, device: &str) -> Option<i64> {
    let turns = || tablet.turns.iter().filter(|turn| turn.anonymous_id == device);
    let signed_in =
        || turns().flat_map(|turn| turn.views.iter().filter(|(_, signed)| *signed).map(|(at, _)| (*at, turn.member)));
    let (_, first) = signed_in().min()?;
    signed_in().filter(|(_, member)| *member != first).map(|(at, _)| at).min()
}

/// The anonymous ids of a tablet.
fn devices(tablet: &Tablet) -> BTreeSet<&str> {
    tablet.turns.iter().map(|turn| turn.anonymous_id.as_str()).collect()
}

/// To whom is shown what was looked at on tablets.
#[derive(Debug, Default)]
struct Shown {
    /// Signed in, to who looked.
    own: usize,
    /// Signed in, to somebody else.
    of_another: usize,
    /// Not signed in, to who looked.
    unsigned_own: usize,
    /// Not signed in, to somebody else of the household: whoever signed in on it first.
    unsigned_of_another: usize,
    /// To nobody.
    to_nobody: usize,
}

impl Shown {
    fn told(&self, what: &str) -> String {
        let Self { own, of_another, unsigned_own, unsigned_of_another, .. } = self;
        format!("| {what} | {own} | {of_another} | {unsigned_own} | {unsigned_of_another} |")
    }

    async fn add(&mut self, sample: &Sample, tablet: &Tablet, counts: impl Fn(&str, i64) -> bool) {
        let (mut views, mut profiles) = (Vec::new(), BTreeSet::new());
        for member in &tablet.members {
            let person = format!("user_id/{member}");
            views.push(sample.views(&person).await);
            if sample.house.is_known(&person).await {
                assert!(profiles.insert(sample.house.profile_id(&person).await), "two of a household are one");
            }
        }
        let mut holders = BTreeMap::<&str, BTreeSet<usize>>::new();
        for turn in &tablet.turns {
            for (at, signed_in) in turn.views.iter().filter(|(at, _)| counts(&turn.anonymous_id, *at)) {
                let seen_by: Vec<usize> = (0..views.len()).filter(|member| views[*member].contains(at)).collect();
                self.to_nobody += usize::from(seen_by.is_empty());
                for member in seen_by {
                    let place = match (signed_in, member == turn.member) {
                        (true, true) => &mut self.own,
                        (true, false) => &mut self.of_another,
                        (false, true) => &mut self.unsigned_own,
                        (false, false) => &mut self.unsigned_of_another,
                    };
                    *place += 1;
                    if !signed_in {
                        holders.entry(&turn.anonymous_id).or_default().insert(member);
                    }
                }
            }
        }
        assert!(holders.values().all(|holders| holders.len() == 1), "a tablet is one person's at most");
    }
}

/// Where addresses that were typed wrong came to.
#[derive(Debug, Default)]
struct Errors {
    /// Nobody's: given without card or number.
    alone: usize,
    /// Beside the right one of whoever gave it, until somebody parts them.
    with_who_gave_it: usize,
    /// Somebody else's of the household, whose it stays.
    of_somebody_else: usize,
    /// Known no more, or never kept.
    unknown: usize,
}

impl Errors {
    /// Whatever is typed, no two people are one.
    async fn add(&mut self, sample: &Sample, one: &Mistyped) {
        let path = format!("profiles/email/{}/identity?purpose=orders", one.typed);
        let graph = sample.house.get("privacy", &path).await;
        if graph.status == 404 {
            self.unknown += 1;
            return;
        }
        let graph = graph.expect(200).json;
        let accounts = graph["limits"].as_array().unwrap().iter().find(|known| known["kind"] == "user_id").cloned();
        assert!(accounts.as_ref().is_none_or(|known| known["count"] == 1), "{one:?}: {graph}");
        let profile = &graph["profile_id"];
        let of = async |user: &Option<String>| match user {
            Some(user) => Json::from(sample.house.profile_id(&format!("user_id/{user}")).await),
            None => Json::Null,
        };
        let giver = of(&one.user_id).await;
        if one.whose.is_some() {
            assert_eq!(*profile, of(&one.whose).await, "{one:?}: {graph}");
            assert_ne!(*profile, giver, "{one:?}");
            self.of_somebody_else += 1;
        } else if accounts.is_some() {
            assert_eq!(*profile, giver, "{one:?}: {graph}");
            self.with_who_gave_it += 1;
        } else {
            self.alone += 1;
        }
    }
}

/// What the documentation shows is what the API answers, of the first of each.
async fn explained(sample: &Sample, tablets: &[Tablet], mistyped: &[Mistyped]) {
    let shared = |tablet: &&Tablet| {
        let on =
            |device: &str| tablet.turns.iter().filter(|turn| turn.anonymous_id == device).cloned().collect::<Vec<_>>();
        devices(tablet).into_iter().any(|device| {
            let signed = on(device).into_iter().filter(|turn| turn.views.iter().any(|(_, signed_in)| *signed_in));
            signed.map(|turn| turn.member).collect::<BTreeSet<_>>().len() > 1
        })
    };
    let tablet = tablets.iter().find(shared).expect("a tablet on which two signed in");
    let second = format!("user_id/{}", tablet.members[1]);
    is_documented(&graph_told(&sample.graph(&second, "").await));
    let beside = mistyped.iter().find(|one| one.loyalty_id.is_some() && one.whose.is_none()).expect("a card beside it");
    let (user, typed) = (format!("user_id/{}", beside.user_id.as_ref().unwrap()), format!("email/{}", beside.typed));
    let before = sample.graph(&user, "").await;
    is_documented(&graph_told(&before));
    assert!(
        decide(&sample.house, "split", &user, &[&typed], true).await.expect(200).json["changes"]["edges_banned"] == 1
    );
    decide(&sample.house, "split", &user, &[&typed], false).await.expect(200);
    let parted = sample.graph(&user, &format!("&to=email:{}", beside.typed)).await;
    assert_eq!(parted["path"]["connected"], false);
    let twin = mistyped.iter().find(|one| one.whose.is_some()).expect("the address of somebody else");
    let of_twin = sample.graph(&format!("user_id/{}", twin.user_id.as_ref().unwrap()), "").await;
    is_documented(&graph_told(&of_twin));
}

/// The lines by which the documentation shows a graph: without ids of fragments, which differ from run to run.
fn graph_told(graph: &Json) -> String {
    let only = |name: &str, names: &[&str]| {
        let row = |row: &Json| {
            let cells = names.iter().filter_map(|name| Some(format!("\"{name}\": {}", row.get(name)?)));
            format!("\n  {{ {} }}", cells.collect::<Vec<_>>().join(", "))
        };
        let rows: Vec<String> = graph[name].as_array().unwrap().iter().map(row).collect();
        let end = if rows.is_empty() { "" } else { "\n" };
        format!("\"{name}\": [{}{end}]", rows.join(","))
    };
    let fragments = only("fragments", &["kind", "value", "hidden", "standing"]);
    format!("{fragments},\n{}", only("left_out", &["kind", "value", "hidden", "why", "source", "days"]))
}

#[track_caller]
fn is_documented(text: &str) {
    assert!(DOCUMENTATION.contains(text), "docs/identity.md has it otherwise; the sample comes to:\n{text}");
}
