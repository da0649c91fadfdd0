// What every client of this folder tells: for each person one `identify`, one "Product Viewed" and one "Order Completed".
//
// All of it follows from PREFIX and COUNT, so a test can work out what has to be found in Amana afterwards. `../python/story.py`
// tells the same story, field by field; change both together.

const COUNTRIES = ["ES", "DE", "FR", "IT", "NL", "SE"];

/** The settings of a run, read from the environment; a missing one is an error that names it. */
export function settings(env = process.env) {
  const need = (name) => {
    if (!env[name]) throw new Error(`the environment variable ${name} is missing: see crates/amana/tests/clients/README.md`);
    return env[name];
  };
  return {
    url: need("AMANA_URL"),
    writeKey: need("AMANA_WRITE_KEY"),
    prefix: need("PREFIX"),
    count: Number.parseInt(need("COUNT"), 10),
    eventsPerSecond: Number.parseFloat(env.RATE ?? "0"),
    canary: env.CANARY ?? "",
  };
}

/** Cents, so that a sum over any number of people is exact. */
function revenueCents(person) {
  return 1000 + ((person * 137) % 9000);
}

function orderOf(prefix, person) {
  const revenue = revenueCents(person) / 100;
  return {
    order_id: `${prefix}-order-${person}`,
    revenue,
    currency: "EUR",
    products: [{ product_id: `tent-${person % 7}`, name: "Tent", category: "camping", price: revenue, quantity: 1 }],
  };
}

function traitsOf(prefix, person, canary) {
  return {
    email: `${prefix}-${person}@example.com`.toLowerCase(),
    firstName: `First ${person}`,
    lastName: `Last ${person}`,
    country: COUNTRIES[person % COUNTRIES.length],
    plan: canary || "free",
  };
}

/** The calls of one person, in order: `{ call, message }` where `call` is the SDK's method. */
function callsOf(prefix, person, canary) {
  const userId = `${prefix}-${person}`;
  const viewed = { product_id: `tent-${person % 7}`, name: "Tent", category: "camping", price: revenueCents(person) / 100 };
  return [
    { call: "identify", message: { userId, messageId: `${userId}-identify`, traits: traitsOf(prefix, person, canary) } },
    { call: "track", message: { userId, messageId: `${userId}-viewed`, event: "Product Viewed", properties: viewed } },
    { call: "track", message: { userId, messageId: `${userId}-ordered`, event: "Order Completed", properties: orderOf(prefix, person) } },
  ];
}

/**
 * Tells the whole story through `send(call, message, done)`, spread out to RATE events a second (0: at once). Answers with the
 * report that the SDK's callbacks go on filling in: how many events arrived, and how many it gave up.
 */
export async function tell({ prefix, count, canary, eventsPerSecond }, send) {
  const calls = Array.from({ length: count }, (_, person) => callsOf(prefix, person, canary)).flat();
  const report = { expected: calls.length, delivered: 0, failed: 0 };
  const done = (error) => {
    if (error) report.failed += 1;
    else report.delivered += 1;
  };
  const started = performance.now();
  for (const [position, { call, message }] of calls.entries()) {
    if (eventsPerSecond > 0) await until(started + (position * 1000) / eventsPerSecond);
    send(call, message, done);
  }
  return report;
}

/** Waits for an instant of the monotonic clock, in milliseconds. */
async function until(instant_ms) {
  const left_ms = instant_ms - performance.now();
  if (left_ms > 0) await new Promise((resolve) => setTimeout(resolve, left_ms));
}

/** Prints the one line that tests read, and leaves with an error if anything was not delivered. */
export function conclude({ prefix, count }, report) {
  const people = Array.from({ length: count }, (_, person) => person);
  const cents = people.reduce((sum, person) => sum + revenueCents(person), 0);
  console.log(
    JSON.stringify({ sent: report.delivered, users: people.map((person) => `${prefix}-${person}`), revenue_total: cents / 100 }),
  );
  if (report.delivered !== report.expected) {
    console.error(`only ${report.delivered} of ${report.expected} events were delivered, the SDK gave up ${report.failed}`);
    process.exit(1);
  }
}
