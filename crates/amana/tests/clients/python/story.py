"""What every client of this folder tells: for each person one `identify`, one "Product Viewed" and one "Order Completed".

All of it follows from PREFIX and COUNT, so a test can work out what has to be found in Amana afterwards. `../node/story.mjs`
tells the same story, field by field; change both together.
"""

import json
import os
import sys
import time
from dataclasses import dataclass

COUNTRIES = ["ES", "DE", "FR", "IT", "NL", "SE"]
CALLS_PER_PERSON = 3


@dataclass(frozen=True)
class Run:
    """The settings of a run."""

    url: str
    write_key: str
    prefix: str
    count: int
    events_per_second: float
    canary: str

    @property
    def events(self):
        return self.count * CALLS_PER_PERSON


def settings(env=os.environ):
    """Reads the settings from the environment; a missing one is an error that names it."""

    def need(name):
        if not env.get(name):
            sys.exit(f"the environment variable {name} is missing: see crates/amana/tests/clients/README.md")
        return env[name]

    return Run(
        url=need("AMANA_URL"),
        write_key=need("AMANA_WRITE_KEY"),
        prefix=need("PREFIX"),
        count=int(need("COUNT")),
        events_per_second=float(env.get("RATE", "0")),
        canary=env.get("CANARY", ""),
    )


def revenue_cents(person):
    """Cents, so that a sum over any number of people is exact."""
    return 1000 + (person * 137) % 9000


def product_of(person):
    return {
        "product_id": f"tent-{person % 7}",
        "name": "Tent",
        "category": "camping",
        "price": revenue_cents(person) / 100,
    }


def calls_of(run, person):
    """The calls of one person, in order: the SDK's method and its arguments."""
    user_id = f"{run.prefix}-{person}"
    traits = {
        "email": f"{run.prefix}-{person}@example.com".lower(),
        "firstName": f"First {person}",
        "lastName": f"Last {person}",
        "country": COUNTRIES[person % len(COUNTRIES)],
        "plan": run.canary or "free",
    }
    order = {
        "order_id": f"{run.prefix}-order-{person}",
        "revenue": revenue_cents(person) / 100,
        "currency": "EUR",
        "products": [product_of(person) | {"quantity": 1}],
    }
    yield "identify", {"user_id": user_id, "message_id": f"{user_id}-identify", "traits": traits}
    for suffix, event, properties in [
        ("viewed", "Product Viewed", product_of(person)),
        ("ordered", "Order Completed", order),
    ]:
        yield (
            "track",
            {"user_id": user_id, "message_id": f"{user_id}-{suffix}", "event": event, "properties": properties},
        )


def tell(run, analytics):
    """Tells the whole story to an SDK, spread out to RATE events a second (0: at once)."""
    started = time.monotonic()
    position = 0
    for person in range(run.count):
        for method, arguments in calls_of(run, person):
            if run.events_per_second > 0:
                left = started + position / run.events_per_second - time.monotonic()
                time.sleep(max(left, 0))
            getattr(analytics, method)(**arguments)
            position += 1


def conclude(run, failed):
    """Prints the one line that tests read, and leaves with an error if anything was not delivered."""
    cents = sum(revenue_cents(person) for person in range(run.count))
    users = [f"{run.prefix}-{person}" for person in range(run.count)]
    print(json.dumps({"sent": run.events - failed, "users": users, "revenue_total": cents / 100}), flush=True)
    if failed:
        sys.exit(f"only {run.events - failed} of {run.events} events were delivered, the SDK gave up {failed}")
