"""`segment-analytics-python` 2: Segment's SDK for Python."""

import segment.analytics as analytics

from story import conclude, settings, tell

run = settings()
given_up = []

analytics.write_key = run.write_key
analytics.host = run.url
# The queue drops what does not fit (10,000 unless told) and says so only in a log line.
analytics.max_queue_size = run.events
# Its back-off (at once, then half a second, doubling to one minute) cannot be set; the number of tries can.
analytics.max_retries = 100
analytics.on_error = lambda error, batch: given_up.extend(batch)

tell(run, analytics)
analytics.shutdown()
conclude(run, len(given_up))
