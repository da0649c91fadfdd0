"""`rudder-sdk-python` 2: RudderStack's SDK for Python."""

import rudderstack.analytics as analytics

from story import conclude, settings, tell

run = settings()
given_up = []

analytics.write_key = run.write_key
analytics.dataPlaneUrl = run.url
# The queue drops what does not fit (10,000 unless told) and says so only in a log line.
analytics.max_queue_size = run.events
# A random pause below 1, 2, 4, 8 … seconds, without a cap: twenty tries outlast any restart, more would wait for days.
analytics.max_retries = 20
analytics.on_error = lambda error, batch: given_up.extend(batch)

tell(run, analytics)
analytics.shutdown()
conclude(run, len(given_up))
