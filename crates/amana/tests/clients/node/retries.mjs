// Retry settings for the two SDKs that hand theirs to `axios-retry`.
//
// Both would double the pause without end (after fifteen failures it is most of an hour), so the pause is capped here through
// their own `axiosRetryConfig`. A `Retry-After` of the server is honoured.

const PAUSE_MS_MAX = 2_000;

export const axiosRetryConfig = {
  retries: 400,
  retryDelay: (attempt, error) => Math.max(Math.min(100 * 2 ** attempt, PAUSE_MS_MAX), retryAfter_ms(error)),
};

function retryAfter_ms(error) {
  const seconds = Number.parseInt(error?.response?.headers?.["retry-after"] ?? "0", 10);
  return Number.isFinite(seconds) ? seconds * 1000 : 0;
}
