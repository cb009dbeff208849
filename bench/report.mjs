// Makes the tables and the chart of docs/performance.md from docs/performance.json. What stands between two marks is
// written by this script, everything else by people: node report.mjs
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { drawChart } from "./chart.mjs";
import { readResults } from "./results.mjs";
import { targets } from "./targets.mjs";

const docs = join(import.meta.dirname, "../docs");
const PEERS = ["Array.filter", "typed arrays", "duckdb-wasm", "arquero"];
const SECTIONS = {
  targets: [targetTable],
  filters: [runLine, ratioTable, timeTable],
  keystrokes: [keystrokeTable],
  bandwidth: [bandwidthTable],
  decode: [decodeLine, decodeTable],
  preview: [previewTables],
  plan: [planTables],
  wire: [readTable, writeTable, limitsTable],
  synchronization: [synchronizationTable],
  proxy: [passThroughTable],
};
/** What a measurement brings up to date. */
const SECTIONS_OF = {
  filters: ["targets", "filters", "keystrokes", "bandwidth"],
  decode: ["targets", "decode"],
  preview: ["targets", "preview"],
  plan: ["targets", "plan"],
  wire: ["targets", "wire"],
  synchronization: ["targets", "synchronization"],
  proxy: ["proxy"],
};

/** Writes the sections and the chart of these measurements and prints the tables. */
export function report(names) {
  const results = readResults();
  const file = join(docs, "performance.md");
  let text = readFileSync(file, "utf8");
  for (const section of new Set(names.flatMap((name) => SECTIONS_OF[name]))) {
    const content = SECTIONS[section].map((write) => write(results)).filter((part) => part !== "").join("\n\n");
    text = replaceSection(text, section, content);
    console.log(`\n${content}`);
  }
  writeFileSync(file, text);
  if (results.filters) writeFileSync(join(docs, "performance.svg"), drawChart(results.filters, PEERS));
}

function replaceSection(text, name, content) {
  const [from, to] = [`<!-- measured: ${name} -->`, `<!-- end: ${name} -->`];
  const [before, rest] = text.split(from);
  const after = rest?.split(to)[1];
  if (after === undefined) throw new Error(`docs/performance.md has no section ${from} … ${to}`);
  return `${before}${from}\n${content}\n${to}${after}`;
}

function targetTable(results) {
  const lines = targets(results).map(({ what, target, spread, unit, verdict }) => [what, target, amount(spread, unit), verdict]);
  return table(["what", "target", "measured: median (quartiles)", "verdict"], lines);
}

/** How busy the machine was; one number for each core that is busy all the time. */
function busy({ load }) {
  return load === undefined ? "" : `; load average ${number(load)}`;
}

function runLine({ filters }) {
  const versions = Object.entries(filters.peers).map(([name, version]) => `${name} ${version}`);
  const duckdb = filters.sizes[0].duckdbVersion;
  return `${filters.day}, ${filters.machine}${busy(filters)}; ${filters.browser}; ${versions.join(", ")} (DuckDB ${duckdb}); ${filters.rounds} rounds.`;
}

function ratioTable({ filters }) {
  const lines = filters.sizes.flatMap(({ nRows, questions }) =>
    questions.map(({ name, count, contenders }) => [
      name,
      whole(nRows),
      whole(count),
      time(contenders.couplet.ms),
      ...PEERS.map((peer) => amount(contenders[peer].ratio, "×")),
    ]),
  );
  return `How many times as long as Couplet, median of the rounds, quartiles in brackets:\n\n${table(
    ["question", "rows", "pass", "Couplet, text to count", ...PEERS],
    lines,
  )}`;
}

function timeTable({ filters }) {
  const lines = filters.sizes.flatMap(({ nRows, questions }) =>
    questions.flatMap(({ name, contenders }) =>
      Object.entries(contenders).map(([contender, { spelling, ms }]) => [name, whole(nRows), contender, `\`${spelling}\``, ...times(ms)]),
    ),
  );
  const trips = filters.sizes.map(({ nRows, duckdbRoundTrip }) => `${time(duckdbRoundTrip)} beside ${whole(nRows)} rows`);
  const rows = table(["question", "rows", "contender", "written as", "least", "lower quartile", "median", "upper quartile"], lines);
  return `A question to duckdb-wasm that reads no row (\`SELECT 1\`) takes ${trips.join(", ")}.\n\n<details>\n<summary>All times in milliseconds</summary>\n\n${rows}\n\n</details>`;
}

function keystrokeTable({ filters }) {
  const { keystrokes } = filters.sizes.find((size) => size.keystrokes);
  const lines = keystrokes.map(({ what, view, texts, ms }) => [what, view, texts.map((text) => `\`${text.replaceAll("|", "\\|")}\``).join(" "), time(ms), `${number(ms.max)} ms`]);
  return table(["the clause that changes", "question", "typed", "median (quartiles)", "greatest"], lines);
}

function bandwidthTable({ filters }) {
  const { bandwidth: it } = filters.sizes.find((size) => size.bandwidth);
  const mebibytes = (bytes) => `${number(bytes / 2 ** 20)} MiB`;
  return table(
    ["what is read", "size", "GB/s: median (quartiles)", "share that the clauses reach"],
    [
      ["columns of the three typed clauses", mebibytes(it.bytes), amount(it.clausesGBs, ""), ""],
      ["sum over a buffer larger than the caches", mebibytes(it.probeBytes), amount(it.largeGBs, ""), `${number(it.shareOfLarge.median * 100)} %`],
      ["sum over a buffer as large as the columns", mebibytes(it.bytes), amount(it.equalGBs, ""), `${number(it.shareOfEqual.median * 100)} %`],
    ],
  );
}

function decodeLine({ decode }) {
  const { day, machine, browser, nRows, bytes, nMembers, nKept, rounds } = decode;
  return `${day}, ${machine}${busy(decode)}; ${browser}; a page of ${whole(nRows)} records, ${number(bytes / 1e6)} MB, ${nMembers} members each, ${nKept} kept; ${rounds} rounds.`;
}

function decodeTable({ decode }) {
  const lines = Object.entries(decode.contenders).map(([name, { ms, ratio }]) => [
    name,
    time(ms),
    `${number(decode.bytes / ms.median / 1e3)} MB/s`,
    amount(ratio, "×"),
  ]);
  return table(["contender", "median (quartiles)", "of the page's bytes", "times as long as Couplet"], lines);
}

function previewTables({ preview }) {
  const tables = preview.runs.map((run) => {
    const { records, day, machine, browser, figures } = run;
    const lines = figures.map(({ area, what, unit, spread }) => [area, what, `${whole(Math.round(spread.median))} ${unit}`, range(spread)]);
    const rows = table(["part", "what", "median", "least to greatest"], lines);
    return `${whole(records)} customers; ${day}, ${machine}${busy(run)}; ${browser}:\n\n${rows}`;
  });
  return tables.join("\n\n");
}

function readTable({ wire }) {
  const { read } = wire;
  if (!read) return "";
  const lines = read.tables.map(({ side, what, nRows, nFields, pageSize, floor, requests, ms }) => [
    `${whole(nRows)} ${what} of ${side}`,
    whole(nFields),
    whole(pageSize),
    whole(floor),
    amount(requests, ""),
    `${whole(floor * read.latencyMs)} ms`,
    time(ms),
  ]);
  const head = ["what is read", "fields", "rows in a page", "floor of requests", "requests", "their latency alone", "time"];
  return `Reading; ${wireLine(read)}; ${read.latencyMs} ms latency; ${read.rounds} rounds, both tables at once, together in ${time(read.bothMs)}.\n\n${table(head, lines)}`;
}

function writeTable({ wire }) {
  const { write } = wire;
  if (!write) return "";
  const lines = write.sides.flatMap(({ side, what, couplet, naive, fewerRequests, lessTime }) => [
    [`${what} of ${side}`, "Couplet", amount(couplet.requests, ""), time(couplet.ms), "", ""],
    [`${what} of ${side}`, "one request for each record", whole(naive.requests.median), `${number(naive.ms.median)} ms`, amount(fewerRequests, "×"), amount(lessTime, "×")],
  ]);
  const head = ["what is written", "client", "requests", "time", "times as many requests", "times as long"];
  return `Writing ${whole(write.nUpdates)} updates to each side; ${wireLine(write)}; ${write.latencyMs} ms latency, ${write.operationMs} ms for each operation; ${write.rounds} rounds of Couplet, one of the other client.\n\n${table(head, lines)}`;
}

function limitsTable({ wire }) {
  const { limits } = wire;
  if (!limits) return "";
  const lines = limits.sides.map(({ side, requests, throttled, mostInWindow, ms }) => [
    side,
    whole(requests),
    whole(throttled),
    `${whole(mostInWindow)} of ${whole(limits.allowance)}`,
    `${number((100 * mostInWindow) / limits.allowance)} %`,
    `${number(ms / 1e3)} s`,
  ]);
  const head = ["side", "requests", "answers 429", `most within ${limits.windowSeconds} s`, "of the allowance", "time"];
  return `Documented limits on, ${whole(limits.nUpdates)} updates of one request each; ${wireLine(limits)}; ${limits.latencyMs} ms latency, ${limits.operationMs} ms for each operation; one run.\n\n${table(head, lines)}`;
}

function synchronizationTable({ wire }) {
  const measured = wire?.synchronization;
  if (measured === undefined) return "Not measured yet: `cargo xtask bench --only synchronization`.";
  const { couplet, recordAtATime, unchangedRequests, floor, fewerRequests, lessTime } = measured;
  const lines = [
    ["Couplet", amount(couplet.requests, ""), time(couplet.ms), "", ""],
    ["one record at a time", whole(recordAtATime.requests.median), `${number(recordAtATime.ms.median)} ms`, amount(fewerRequests, "×"), amount(lessTime, "×")],
    ["Couplet, nothing changed", amount(unchangedRequests, ""), "", "", ""],
  ];
  const head = ["client", "requests", "time", "times as many requests", "times as long"];
  return `${whole(measured.nPairs)} coupled customers and accounts with ${measured.nFields} fields, ${whole(measured.nChanged)} of them changed, one half on each side; ${wireLine(measured)}; ${measured.latencyMs} ms latency, ${measured.operationMs} ms for each operation; ${measured.rounds} rounds of Couplet, one of the other client. The floor is ${whole(floor)} requests; planning alone takes ${time(couplet.planMs)} of Couplet's time.\n\n${table(head, lines)}`;
}

function passThroughTable({ wire }) {
  const measured = wire?.passThrough;
  if (measured === undefined) return "Not measured yet: `cargo xtask bench --only proxy`.";
  const line = (what, { couplet, plain, none, ratio }) => [what, time(none), time(plain), time(couplet), amount(ratio, "×")];
  const head = ["how", "no proxy", "plain hyper proxy", "Couplet's proxy", "Couplet to plain, of the same round"];
  const lines = [line("one after the other", measured.one), line(`${measured.clients} at once`, measured.several)];
  return `${measured.requests} answers of ${measured.bodyBytes / 2 ** 20} MiB; ${wireLine(measured)}; ${measured.rounds} rounds of each in turns.\n\n${table(head, lines)}`;
}

function planTables({ plan }) {
  const unit = (what) => (what === "wasm memory" ? " MiB" : " ms");
  const tables = (plan?.runs ?? []).map((run) => {
    const what = `${whole(run.records)} customers, ${whole(run.matched)} pairs coupled by name, full synchronization: ${whole(run.actions)} records looked at`;
    const lines = run.figures.map((figure) => [figure.what, amount(figure.spread, unit(figure.what))]);
    return `${what}; ${wireLine(run)}; ${run.browser}:\n\n${table(["what", "median (quartiles)"], lines)}`;
  });
  return tables.join("\n\n");
}

function wireLine(run) {
  return `${run.day}, ${run.machine}${busy(run)}`;
}

function table(head, lines) {
  const line = (cells) => `| ${cells.join(" | ")} |`.replaceAll("|  |", "| |");
  return [line(head), `|${"---|".repeat(head.length)}`, ...lines.map(line)].join("\n");
}

function time(ms) {
  return amount(ms, " ms");
}

function times({ min, q1, median, q3 }) {
  return [min, q1, median, q3].map(number);
}

function amount({ median, q1, q3 }, unit) {
  return `${number(median)}${unit} (${number(q1)} to ${number(q3)})`;
}

function range({ min, max }) {
  return `${whole(Math.round(min))} to ${whole(Math.round(max))}`;
}

/** Three digits: more would pretend to an exactness that the spread denies. */
function number(value) {
  return Number(value.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: 6 });
}

function whole(value) {
  return value.toLocaleString("en-US");
}

if (process.argv[1] === import.meta.filename) report(Object.keys(readResults()));
