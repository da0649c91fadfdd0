// `@rudderstack/rudder-sdk-node` 3: RudderStack's SDK for servers.

import Analytics from "@rudderstack/rudder-sdk-node";
import { axiosRetryConfig } from "./retries.mjs";
import { conclude, settings, tell } from "./story.mjs";

const run = settings();
const analytics = new Analytics(run.writeKey, {
  dataPlaneUrl: run.url,
  flushAt: 20,
  flushInterval: 300,
  // Past this many waiting events (20,000 unless told) the SDK drops new ones and never calls back.
  maxInternalQueueSize: Number.MAX_SAFE_INTEGER,
  axiosRetryConfig,
  // It logs each failed try, to the standard output as well.
  logLevel: "none",
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
// One `flush` takes at most `flushAt` events with it, and waits for the one before.
while (analytics.queue.length > 0) await analytics.flush();
await Promise.all(reported);
conclude(run, report);
