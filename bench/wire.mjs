// Runs the measurements of the wire and writes them down: node wire.mjs PROGRAM PROXY read write limits synchronization passThrough
// Called by `cargo xtask bench`. PROGRAM is the built benchmark of bench/wire.
import { execFileSync } from "node:child_process";
import { spread, ratios } from "./page/spread.mjs";
import { report } from "./report.mjs";
import { describeMachine, keepResult, readResults } from "./results.mjs";

const [program, proxy, ...names] = process.argv.slice(2);
const SUMMARIES = { read: summarizeRead, write: summarizeWrite, limits: (measured) => measured, synchronization: summarizeSynchronization, passThrough: summarizePassThrough };

for (const name of names) {
  console.error(`measuring: ${name}`);
  const output = execFileSync(program, [proxy, name], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  const measured = { ...describeMachine(), ...SUMMARIES[name](JSON.parse(output)) };
  keepResult("wire", { ...readResults().wire, [name]: measured });
}
const sections = { passThrough: "proxy", synchronization: "synchronization" };
report([...new Set(names.map((name) => sections[name] ?? "wire"))]);

/** The client that takes one record at a time runs once, so each ratio has its one run above. */
function summarizeSynchronization({ couplet, recordAtATime, unchangedRequests, ...rest }) {
  const fewer = (what) => ratios(couplet[what].map(() => recordAtATime[what][0]), couplet[what]);
  const runs = (runs) => Object.fromEntries(Object.entries(runs).map(([what, values]) => [what, spread(values)]));
  return {
    ...rest,
    couplet: runs(couplet),
    recordAtATime: runs(recordAtATime),
    unchangedRequests: spread(unchangedRequests),
    fewerRequests: fewer("requests"),
    lessTime: fewer("ms"),
  };
}

/** Ratios are of the same round. */
function summarizePassThrough({ one, several, ...rest }) {
  const each = ({ couplet, plain, none }) => ({
    couplet: spread(couplet), plain: spread(plain), none: spread(none), ratio: ratios(couplet, plain),
  });
  return { ...rest, one: each(one), several: each(several) };
}

function summarizeRead({ bothMs, tables, ...rest }) {
  const summarize = ({ requests, ms, ...table }) => ({ ...table, requests: spread(requests), ms: spread(ms) });
  return { ...rest, bothMs: spread(bothMs), tables: tables.map(summarize) };
}

/** The naive client runs once, so each ratio has its one run above or below. */
function summarizeWrite({ sides, ...rest }) {
  const each = (side) => {
    const { couplet, naive } = side;
    const fewer = (what) => ratios(couplet[what].map(() => naive[what][0]), couplet[what]);
    const runs = ({ requests, ms }) => ({ requests: spread(requests), ms: spread(ms) });
    return { ...side, couplet: runs(couplet), naive: runs(naive), fewerRequests: fewer("requests"), lessTime: fewer("ms") };
  };
  return { ...rest, sides: sides.map(each) };
}
