// `@segment/analytics-node` 3: the SDK that Segment recommends for servers today.

import { Analytics } from "@segment/analytics-node";
import { conclude, settings, tell } from "./story.mjs";

const CLOSE_TIMEOUT_MS = 15 * 60 * 1000;

const run = settings();
const analytics = new Analytics({
  writeKey: run.writeKey,
  host: run.url,
  flushAt: 20,
  flushInterval: 300,
  // Its back-off doubles from one second to one minute and cannot be set; the number of tries can.
  maxRetries: 100,
});
// Failures are counted through the callbacks; without a listener the SDK would throw them.
analytics.on("error", () => {});

const report = await tell(run, (call, message, done) => analytics[call](message, done));
await analytics.closeAndFlush({ timeout: CLOSE_TIMEOUT_MS });
conclude(run, report);
