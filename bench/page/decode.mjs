// Page decoding: from the bytes of one page, as large as Business Central sends them, to what a program can work with.
import init, { Table, deserializePage, receivePage } from "/pkg/couplet_bench.js";
import { addToChecksum, checksumOfText, expectSame } from "./checksum.mjs";
import { BLOCKED_NAMES, SELECTED, daysOf, generate, pageText } from "./data.mjs";
import { race } from "./measure.mjs";
import { ratios, spread } from "./spread.mjs";

const ROWS = 20_000;
/** How the value of a member enters the checksum; the same rules as in `Table.columnChecksum`. */
const CHECKED = {
  no: checksumOfText,
  name: checksumOfText,
  city: checksumOfText,
  blocked: (text) => BLOCKED_NAMES.indexOf(text),
  creditLimitLCY: (value) => Math.round(value * 100),
  lastDateModified: daysOf,
};

/** Decoding of a page of whole records. */
export async function measureDecoding({ rounds }) {
  await init();
  const text = pageText(generate(ROWS), 0, ROWS, { whole: true });
  const bytes = new TextEncoder().encode(text);
  const members = Object.keys(JSON.parse(text).value[0]);
  const all = members.filter((member) => !member.startsWith("@") && member !== "systemId");
  const some = SELECTED.slice(1);
  await compare(text, bytes, some);
  const decoder = new TextDecoder();
  const one = (name, run) => ({ name, variants: [{ spelling: "", run }] });
  const times = await race(
    [
      one("couplet", () => decode(bytes, some)),
      one("couplet, all members kept", () => decode(bytes, all)),
      one("couplet, only the key kept", () => decode(bytes, [])),
      one("couplet, only the copy into wasm memory", () => receivePage(bytes)),
      one("JSON.parse of the text", () => JSON.parse(text).value.length),
      one("TextDecoder and JSON.parse", () => JSON.parse(decoder.decode(bytes)).value.length),
      one("response.json()", async () => (await new Response(bytes).json()).value.length),
      one("response.json() and serde-wasm-bindgen", async () => deserializePage(await new Response(bytes).json())),
    ],
    { rounds, sampleMs: 1 },
  );
  const base = times.couplet.samples;
  const summary = ([name, { samples }]) => [name, { ms: spread(samples), ratio: ratios(samples, base) }];
  return {
    nRows: ROWS,
    bytes: bytes.length,
    nMembers: members.length,
    nKept: SELECTED.length,
    contenders: Object.fromEntries(Object.entries(times).map(summary)),
  };
}

/** Into columns, from the copy of the bytes into wasm memory to giving the columns back. */
function decode(bytes, kept) {
  const table = new Table(kept);
  const nRows = table.appendPage(bytes);
  table.free();
  return nRows;
}

/** The columns must hold what the text says. */
async function compare(text, bytes, kept) {
  const records = JSON.parse(text).value;
  const table = new Table(kept);
  expectSame("decoding: records", records.length, table.appendPage(bytes));
  for (const [member, value] of Object.entries(CHECKED)) {
    const expected = records.reduce((sum, record) => addToChecksum(sum, value(record[member])), 0);
    expectSame(`decoding: values of ${member}`, expected, table.columnChecksum(member));
  }
  table.free();
  const lengthOf = (value) => new TextEncoder().encode(value).length;
  const weight = (record) =>
    SELECTED.reduce((sum, member) => sum + (member === "creditLimitLCY" ? 0 : lengthOf(record[member])), 0) + record.creditLimitLCY;
  const expected = records.reduce((sum, record) => sum + weight(record), 0);
  const found = deserializePage(await new Response(bytes).json());
  if (Math.abs(found - expected) > 1e-6 * expected) throw new Error(`serde-wasm-bindgen: expected ${expected}, found ${found}`);
}
