// Filters: how many customers pass, from the question's text to the number, beside what else a page could use.
import init, { Editing, Memory, Table } from "/pkg/couplet_bench.js";
import { checksumOf, expectSame } from "./checksum.mjs";
import { BLOCKED_NAMES, SELECTED, daysOf, generate, pageText } from "./data.mjs";
import { openDuckdb } from "./duckdb.mjs";
import { race } from "./measure.mjs";
import { questions } from "./questions.mjs";
import { ratios, spread } from "./spread.mjs";

const ROWS_IN_PAGE = 20_000;
/** Larger than any cache of the machine it was written on, where the last level has 480 MiB. */
const PROBE_BYTES = 640 * 2 ** 20;
/**
 * What a person types, key by key, into one clause of a view, which is named by its index in the question. None of the
 * texts is that of the question: its verdicts are known.
 */
const KEYSTROKES = [
  { what: "option", question: "three typed clauses", clause: 0, texts: ["Ship", "Invoice", "All", "<>' '"] },
  { what: "decimal range", question: "three typed clauses", clause: 1, texts: ["1..5", "1..50", "10..500", "10..5000"] },
  { what: "date range", question: "three typed clauses", clause: 2, texts: ["2024-01-01..", "..2025-01-01", "2023-01-01..2024-01-01"] },
  { what: "wildcard, repeating strings", question: "view of five fields", clause: 3, texts: ["@*b*", "@*bu*", "@*bur*", "@*burg*"] },
  { what: "wildcard, distinct strings", question: "view of five fields", clause: 4, texts: ["@*t*", "@*te*", "@*tec*", "@*tech*"] },
];

/** Everything about filters at these numbers of rows. */
export async function measureFilters({ sizes, rounds }) {
  await init();
  const results = [];
  for (const nRows of sizes) results.push(await measureSize(nRows, rounds, nRows === Math.max(...sizes)));
  return { sizes: results };
}

async function measureSize(nRows, rounds, isLargest) {
  console.log(`filters: ${nRows} rows: reading pages`);
  const { table, data } = load(nRows);
  const duckdb = await openDuckdb(data);
  const arquero = globalThis.aq.table({ row: data.rows.map(({ row }) => row), ...data.columns });
  const asked = questions(nRows);
  const result = { nRows, questions: [], duckdbVersion: await duckdb.version() };
  for (const question of asked) {
    const answer = await compareAnswers(question, { table, data, duckdb, arquero });
    console.log(`filters: ${nRows} rows: ${question.name}: ${answer.count} pass, all answers equal`);
    const times = await race(contenders(question, { table, data, duckdb, arquero }), { rounds });
    result.questions.push({ name: question.name, view: shorten(question.view), ...answer, contenders: summarize(times) });
  }
  const trip = await race([{ name: "SELECT 1", variants: [{ spelling: "", run: () => duckdb.roundTrip() }] }], { rounds });
  result.duckdbRoundTrip = spread(trip["SELECT 1"].samples);
  await duckdb.close();
  if (isLargest) {
    result.keystrokes = measureKeystrokes(table, asked, rounds);
    result.bandwidth = await measureBandwidth(table, asked[0].view, rounds);
  }
  table.free();
  return result;
}

/** The same customers for everybody: as our table, as objects, as columns. */
function load(nRows) {
  const customers = generate(nRows);
  const table = new Table(SELECTED.slice(1));
  const encoder = new TextEncoder();
  const rows = [];
  for (let from = 0; from < nRows; from += ROWS_IN_PAGE) {
    const text = pageText(customers, from, from + ROWS_IN_PAGE, { whole: false });
    table.appendPage(encoder.encode(text));
    for (const record of JSON.parse(text).value) rows.push(asObject(record, rows.length));
  }
  const column = (name) => rows.map((row) => row[name]);
  const cityTexts = [...new Set(column("city"))];
  const cityCodeOf = new Map(cityTexts.map((text, code) => [text, code]));
  const columns = {
    no: column("no"),
    name: column("name"),
    city: column("city"),
    blocked: Int32Array.from(column("blocked")),
    creditLimitLCY: Float64Array.from(column("creditLimitLCY")),
    lastDateModified: Int32Array.from(column("lastDateModified")),
  };
  const encoded = { cityTexts, cityCodes: Uint32Array.from(columns.city, (city) => cityCodeOf.get(city)) };
  return { table, data: { rows, columns, encoded, cents: customers.cents, days: customers.days } };
}

/** A record as a page would keep it to filter by: options and days as numbers, which is faster than their texts. */
function asObject({ systemId, no, name, city, blocked, creditLimitLCY, lastDateModified }, row) {
  return { row, systemId, no, name, city, blocked: BLOCKED_NAMES.indexOf(blocked), creditLimitLCY, lastDateModified: daysOf(lastDateModified) };
}

/** Every variant of every contender must give the same count and, where it names rows, the same rows. */
async function compareAnswers(question, { table, data, duckdb, arquero }) {
  const count = table.count(question.view);
  const checksum = table.checksum(question.view);
  expectSame(`${question.name}: evaluation alone`, count, table.bind(question.view).count(table));
  for (const { spelling, select } of question.objects) {
    expectSame(`${question.name}: rows of ${spelling}`, checksum, checksumOf(select(data.rows).map(({ row }) => row)));
  }
  for (const { spelling, count: countLoop } of question.loop) {
    expectSame(`${question.name}: count of the loop ${spelling}`, count, countLoop({ ...data.columns, ...data.encoded }));
  }
  for (const { spelling, text } of question.where) {
    expectSame(`${question.name}: count of duckdb ${spelling}`, count, await duckdb.count(text));
    expectSame(`${question.name}: rows of duckdb ${spelling}`, checksum, checksumOf(await duckdb.rowsOf(text)));
  }
  for (const { spelling, filter } of question.arquero) {
    expectSame(`${question.name}: count of arquero ${spelling}`, count, filter(arquero).numRows());
    expectSame(`${question.name}: rows of arquero ${spelling}`, checksum, checksumOf(filter(arquero).array("row")));
  }
  return { count, checksum };
}

function contenders(question, { table, data, duckdb, arquero }) {
  const columns = { ...data.columns, ...data.encoded };
  const bound = table.bind(question.view);
  const variants = (spellings, run) => spellings.map((it) => ({ spelling: it.spelling, run: () => run(it) }));
  return [
    { name: "couplet", variants: [{ spelling: "text to count", run: () => table.count(question.view) }] },
    { name: "couplet, evaluation alone", variants: [{ spelling: "bound filter", run: () => bound.count(table) }] },
    { name: "Array.filter", variants: variants(question.objects, ({ select }) => select(data.rows).length) },
    { name: "typed arrays", variants: variants(question.loop, ({ count }) => count(columns)) },
    { name: "duckdb-wasm", variants: variants(question.where, ({ text }) => duckdb.count(text)) },
    { name: "arquero", variants: variants(question.arquero, ({ filter }) => filter(arquero).numRows()) },
  ];
}

function summarize(times) {
  const base = times.couplet.samples;
  const summary = ([name, { spelling, samples }]) => [name, { spelling, ms: spread(samples), ratio: ratios(samples, base) }];
  return Object.fromEntries(Object.entries(times).map(summary));
}

/**
 * One clause changes, the preview's cache keeps the verdicts of the others: each keystroke by itself. Every round opens
 * a new editor, because the cache also knows what was typed before.
 */
function measureKeystrokes(table, asked, rounds) {
  return KEYSTROKES.map(({ question, clause, what, texts }) => {
    const { view } = asked.find(({ name }) => name === question);
    const samples = [];
    for (let round = 0; round < rounds; round += 1) {
      const editing = new Editing(table.bind(view), table);
      for (const text of texts) {
        const began = performance.now();
        const count = editing.retype(clause, text, table);
        samples.push(performance.now() - began);
        if (round === 0) expectSame(`${question} with ${text}`, table.count(retyped(view, clause, text)), count);
      }
      editing.free();
    }
    return { what, view: question, texts, ms: spread(samples) };
  });
}

/** A view with another text in one of its clauses. */
function retyped(view, clause, text) {
  let idx = -1;
  return view.replace(/FILTER\(([^()]*)\)/g, (whole) => {
    idx += 1;
    return idx === clause ? `FILTER(${text})` : whole;
  });
}

/** The typed clauses beside a plain sum, over a buffer no cache holds and over one as large as their columns. */
async function measureBandwidth(table, view, rounds) {
  const bound = table.bind(view);
  const bytes = bound.bytesRead(table);
  // A module of its own has a memory of its own, which the tables' memory does not have to grow for.
  const probe = await import("/pkg/couplet_bench.js?probe");
  await probe.default();
  const large = new probe.Memory(PROBE_BYTES);
  const equal = new probe.Memory(bytes);
  const one = (name, run) => ({ name, variants: [{ spelling: "", run }] });
  const times = await race(
    [one("clauses", () => bound.count(table)), one("large", () => large.sum()), one("equal", () => equal.sum())],
    { rounds },
  );
  const rate = (name, nBytes) => spread(times[name].samples.map((ms) => nBytes / ms / 1e6));
  const share = (name, nBytes) =>
    spread(times.clauses.samples.map((ms, round) => bytes / ms / (nBytes / times[name].samples[round])));
  return {
    bytes,
    probeBytes: PROBE_BYTES,
    clausesGBs: rate("clauses", bytes),
    largeGBs: rate("large", PROBE_BYTES),
    equalGBs: rate("equal", bytes),
    shareOfLarge: share("large", PROBE_BYTES),
    shareOfEqual: share("equal", bytes),
  };
}

function shorten(text) {
  return text.length > 300 ? `${text.slice(0, 60)}…` : text;
}
