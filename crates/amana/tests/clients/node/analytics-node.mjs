// `analytics-node` 6: Segment's older SDK, still in many shops.

import Analytics from "analytics-node";
import { axiosRetryConfig } from "./retries.mjs";
import { conclude, settings, tell } from "./story.mjs";

const run = settings();
const analytics = new Analytics(run.writeKey, {
  host: run.url,
  flushAt: 20,
  flushInterval: 300,
  axiosRetryConfig,
  // No `timeout`: the SDK does not retry what it timed out itself.
  // Failures are counted through the callbacks; without a handler they would be unhandled rejections.
  errorHandler: () => {},
});

const reported = [];
const report = await tell(run, (call, message, done) => {
  reported.push(
    new Promise((resolve) => {
      analytics[call](message, (error) => resolve(done(error)));
    }),
  );
});
// One `flush` takes at most `flushAt` events with it.
while (analytics.queue.length > 0) await analytics.flush();
await Promise.all(reported);
conclude(run, report);
