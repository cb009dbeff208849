// The targets of the product and what was measured for each: the only numbers here are the targets themselves.

const MEASURED_SIZES = [100_000, 1_000_000];

/**
 * Every target with a measurement: `what`, `target` as text, `measured` as text, `value` and `limit` as numbers, and
 * whether it is met when the value is at least or at most the limit.
 */
export function targets({ filters, decode, preview, plan, wire }) {
  return [
    ...(filters ? filterTargets(filters) : []),
    ...(decode ? decodeTargets(decode) : []),
    ...(preview ? previewTargets(preview) : []),
    ...(plan ? planTargets(plan) : []),
    ...(wire ? wireTargets(wire) : []),
  ];
}

function filterTargets({ sizes }) {
  const counted = sizes.filter(({ nRows }) => MEASURED_SIZES.includes(nRows));
  const found = [];
  const byQuestion = [["three typed clauses", 20], ["wildcard, distinct strings", 10], ["wildcard, repeating strings", 50]];
  for (const [name, limit] of byQuestion) {
    for (const size of counted) {
      const { ratio } = size.questions.find((question) => question.name === name).contenders["Array.filter"];
      found.push(atLeast(`${name}, ${rows(size)}, beside Array.filter`, limit, ratio, "×"));
    }
  }
  for (const [peer, limit] of [["duckdb-wasm", 3], ["arquero", 10]]) {
    for (const size of counted) {
      for (const question of size.questions) {
        found.push(atLeast(`${question.name}, ${rows(size)}, beside ${peer}`, limit, question.contenders[peer].ratio, "×"));
      }
    }
  }
  const { bandwidth, keystrokes } = sizes.find((size) => size.bandwidth);
  found.push(atLeast("typed clauses, share of the read bandwidth of wasm, beside a buffer larger than the caches", 70, percent(bandwidth.shareOfLarge), " %"));
  found.push(atLeast("typed clauses, share of the read bandwidth of wasm, beside a buffer as large as their columns", 70, percent(bandwidth.shareOfEqual), " %"));
  for (const { what, ms } of keystrokes) found.push(below(`count after a keystroke, 1,000,000 rows, ${what}`, 16, ms, " ms"));
  return found;
}

function decodeTargets({ contenders, nKept, nMembers }) {
  return [atLeast(`decoding, ${nKept} of ${nMembers} members kept, beside JSON.parse of the text`, 2, contenders["JSON.parse of the text"].ratio, "×")];
}

function previewTargets({ runs }) {
  const large = runs.find(({ records }) => records === 1_000_000);
  if (!large) return [];
  const figure = (name) => large.figures.find(({ what }) => what === name).spread;
  return [
    below("preview of 1,000,000 records, wasm memory", 400, figure("wasm memory at its peak"), " MiB"),
    below("preview of 1,000,000 records, worst frame while scrolling", 32, figure("worst frame, scrolling row by row"), " ms"),
    below("preview of 1,000,000 records, worst frame while jumping", 32, figure("worst frame, jumping through the list"), " ms"),
  ];
}

function planTargets({ runs }) {
  const run = runs.find(({ records }) => records === 10_000);
  if (!run) return [];
  const { spread } = run.figures.find(({ what }) => what === "planned after the data was read");
  const looked = `${run.actions.toLocaleString("en-US")} records, ${run.matched.toLocaleString("en-US")} pairs among them`;
  return [below(`plan of a full synchronization in the browser, ${looked}, once the data is read`, 3_000, spread, " ms")];
}

function wireTargets({ read, write, limits, synchronization }) {
  const found = [];
  for (const { side, what, nRows, floor, requests } of read?.tables ?? []) {
    found.push(atMost(`reading ${nRows.toLocaleString("en-US")} ${what} of ${side}, beside rows per page`, floor, requests, " requests"));
  }
  for (const { side, fewerRequests, lessTime } of write?.sides ?? []) {
    const updates = `${write.nUpdates.toLocaleString("en-US")} updates in ${side}, beside one request for each record`;
    found.push(atLeast(`${updates}: fewer requests`, 50, fewerRequests, "×"));
    found.push(atLeast(`${updates}: less time`, 20, lessTime, "×"));
  }
  for (const { side, throttled, mostInWindow } of limits?.sides ?? []) {
    found.push(atMost(`limits of ${side} on: answers 429`, 0, single(throttled), ""));
    found.push(atLeast(`limits of ${side} on: share of the allowance used`, 90, single((100 * mostInWindow) / limits.allowance), " %"));
  }
  if (synchronization) found.push(...synchronizationTargets(synchronization));
  return found;
}

function synchronizationTargets({ nChanged, floor, couplet, unchangedRequests, fewerRequests, lessTime }) {
  const what = `synchronizing ${nChanged.toLocaleString("en-US")} changes`;
  const beside = `${what}, beside one record at a time`;
  return [
    atLeast(`${beside}: fewer requests`, 50, fewerRequests, "×"),
    atLeast(`${beside}: less time`, 20, lessTime, "×"),
    atMost(`${what}, beside 1.1 times the floor of ${floor} requests`, Math.floor(1.1 * floor), couplet.requests, " requests"),
    atMost(`${what}, beside the floor and ten more`, floor + 10, couplet.requests, " requests"),
    atMost("a run with nothing changed, of a mapping", 2, unchangedRequests, " requests"),
  ];
}

/** What was measured once. */
function single(value) {
  return { min: value, q1: value, median: value, q3: value, max: value };
}

function atMost(what, limit, spread, unit) {
  const verdict = spread.median <= limit ? "met" : `missed by ${limit === 0 ? spread.median : share(spread.median - limit, limit)}`;
  return { what, target: limit === 0 ? "none" : `${limit}${unit}`, spread, unit, verdict };
}

function atLeast(what, limit, spread, unit) {
  const verdict = spread.median >= limit ? "met" : `missed by ${share(limit - spread.median, limit)}`;
  return { what, target: `${limit}${unit}`, spread, unit, verdict };
}

function below(what, limit, spread, unit) {
  const verdict = spread.median < limit ? "met" : `missed by ${share(spread.median - limit, limit)}`;
  return { what, target: `under ${limit}${unit}`, spread, unit, verdict };
}

function share(difference, limit) {
  return `${Math.max(1, Math.round((100 * difference) / limit))} %`;
}

function percent(spread) {
  return Object.fromEntries(Object.entries(spread).map(([name, value]) => [name, value * 100]));
}

function rows({ nRows }) {
  return `${nRows.toLocaleString("en-US")} rows`;
}
