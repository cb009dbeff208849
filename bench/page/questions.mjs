// The questions, each in the words of every contender. Where there are several good ways to write one, all stand here,
// and the fastest of them counts.
import { customerNumber } from "./data.mjs";

const FROM_DAY = Date.UTC(2024, 0, 1) / 86_400_000;
const TO_DAY = Date.UTC(2025, 5, 30) / 86_400_000;
const SINCE_DAY = Date.UTC(2023, 0, 1) / 86_400_000;
const N_WANTED = 400;

/**
 * The questions about so many customers. `view` is ours; `objects` gives the passing objects; `loop` counts over the
 * columns; `where` is SQL; `arquero` gives the filtered table.
 */
export function questions(nRows) {
  return [typedClauses(), wildcardOnDistinct(), wildcardOnRepeating(), alternative(nRows), fiveFields()];
}

function typedClauses() {
  return {
    name: "three typed clauses",
    view: `WHERE(Blocked=FILTER(' '),"Credit Limit (LCY)"=FILTER(1000..50000),"Last Date Modified"=FILTER(2024-01-01..2025-06-30))`,
    objects: [
      {
        spelling: "&&",
        select: (rows) =>
          rows.filter(
            (row) =>
              row.blocked === 0 &&
              row.creditLimitLCY >= 1000 &&
              row.creditLimitLCY <= 50_000 &&
              row.lastDateModified >= FROM_DAY &&
              row.lastDateModified <= TO_DAY,
          ),
      },
    ],
    loop: [
      {
        spelling: "if",
        count: ({ blocked, creditLimitLCY, lastDateModified }) => {
          let count = 0;
          for (let row = 0; row < blocked.length; row += 1) {
            if (
              blocked[row] === 0 &&
              creditLimitLCY[row] >= 1000 &&
              creditLimitLCY[row] <= 50_000 &&
              lastDateModified[row] >= FROM_DAY &&
              lastDateModified[row] <= TO_DAY
            ) {
              count += 1;
            }
          }
          return count;
        },
      },
      {
        spelling: "& without branches",
        count: ({ blocked, creditLimitLCY, lastDateModified }) => {
          let count = 0;
          for (let row = 0; row < blocked.length; row += 1) {
            count +=
              (blocked[row] === 0) &
              (creditLimitLCY[row] >= 1000) &
              (creditLimitLCY[row] <= 50_000) &
              (lastDateModified[row] >= FROM_DAY) &
              (lastDateModified[row] <= TO_DAY);
          }
          return count;
        },
      },
    ],
    where: [
      {
        spelling: "BETWEEN",
        text: "blocked = 0 AND credit_limit BETWEEN 1000 AND 50000 AND modified BETWEEN DATE '2024-01-01' AND DATE '2025-06-30'",
      },
    ],
    arquero: [
      {
        spelling: "&&",
        filter: (table) =>
          table
            .params({ from: FROM_DAY, to: TO_DAY })
            .filter(
              (d, $) =>
                d.blocked === 0 &&
                d.creditLimitLCY >= 1000 &&
                d.creditLimitLCY <= 50000 &&
                d.lastDateModified >= $.from &&
                d.lastDateModified <= $.to,
            ),
      },
    ],
  };
}

function wildcardOnDistinct() {
  const pattern = /nord/i;
  return {
    name: "wildcard, distinct strings",
    view: "WHERE(Name=FILTER(@*nord*))",
    objects: [
      { spelling: "toLowerCase().includes", select: (rows) => rows.filter((row) => row.name.toLowerCase().includes("nord")) },
      { spelling: "/nord/i.test", select: (rows) => rows.filter((row) => pattern.test(row.name)) },
    ],
    loop: [
      { spelling: "toLowerCase().includes", count: ({ name }) => countIf(name, (text) => text.toLowerCase().includes("nord")) },
      { spelling: "/nord/i.test", count: ({ name }) => countIf(name, (text) => pattern.test(text)) },
    ],
    where: [
      { spelling: "ILIKE", text: "name ILIKE '%nord%'" },
      { spelling: "contains(lower())", text: "contains(lower(name), 'nord')" },
    ],
    arquero: [
      { spelling: "op.includes(op.lower())", filter: (table) => table.filter((d) => op.includes(op.lower(d.name), "nord")) },
      { spelling: "op.match", filter: (table) => table.filter((d) => op.match(d.name, /nord/i)) },
      {
        spelling: "escape with /nord/i.test",
        filter: (table) => table.filter(globalThis.aq.escape((d) => pattern.test(d.name))),
      },
    ],
  };
}

function wildcardOnRepeating() {
  const pattern = /stad/i;
  return {
    name: "wildcard, repeating strings",
    view: "WHERE(City=FILTER(@*stad*))",
    objects: [
      { spelling: "toLowerCase().includes", select: (rows) => rows.filter((row) => row.city.toLowerCase().includes("stad")) },
      { spelling: "/stad/i.test", select: (rows) => rows.filter((row) => pattern.test(row.city)) },
    ],
    loop: [
      {
        spelling: "each distinct text once",
        count: ({ cityTexts, cityCodes }) => {
          const passes = Uint8Array.from(cityTexts, (text) => (pattern.test(text) ? 1 : 0));
          let count = 0;
          for (let row = 0; row < cityCodes.length; row += 1) count += passes[cityCodes[row]];
          return count;
        },
      },
    ],
    where: [
      { spelling: "ILIKE", text: "city ILIKE '%stad%'" },
      { spelling: "contains(lower())", text: "contains(lower(city), 'stad')" },
    ],
    arquero: [
      { spelling: "op.includes(op.lower())", filter: (table) => table.filter((d) => op.includes(op.lower(d.city), "stad")) },
      { spelling: "op.match", filter: (table) => table.filter((d) => op.match(d.city, /stad/i)) },
      {
        spelling: "escape with /stad/i.test",
        filter: (table) => table.filter(globalThis.aq.escape((d) => pattern.test(d.city))),
      },
    ],
  };
}

/** 400 numbers, nine of ten of them in the table. */
function alternative(nRows) {
  const numbers = Array.from({ length: N_WANTED }, (_, idx) =>
    customerNumber(idx % 10 === 9 ? nRows + idx : Math.floor((idx * nRows) / N_WANTED)),
  );
  const wanted = new Set(numbers);
  return {
    name: "400-value alternative",
    view: `WHERE("No."=FILTER(${numbers.join("|")}))`,
    objects: [{ spelling: "Set.has", select: (rows) => rows.filter((row) => wanted.has(row.no)) }],
    loop: [{ spelling: "Set.has", count: ({ no }) => countIf(no, (text) => wanted.has(text)) }],
    where: [{ spelling: "IN", text: `no IN (${numbers.map((number) => `'${number}'`).join(",")})` }],
    arquero: [
      { spelling: "op.has", filter: (table) => table.params({ wanted }).filter((d, $) => op.has($.wanted, d.no)) },
      { spelling: "escape with Set.has", filter: (table) => table.filter(globalThis.aq.escape((d) => wanted.has(d.no))) },
    ],
  };
}

function fiveFields() {
  const stad = /stad/i;
  const nord = /nord/i;
  return {
    name: "view of five fields",
    view:
      `WHERE(Blocked=FILTER(' '|Ship),"Credit Limit (LCY)"=FILTER(>=1000),"Last Date Modified"=FILTER(2023-01-01..),` +
      "City=FILTER(@*stad*),Name=FILTER(@*nord*))",
    objects: [
      {
        spelling: "&&",
        select: (rows) =>
          rows.filter(
            (row) =>
              (row.blocked === 0 || row.blocked === 1) &&
              row.creditLimitLCY >= 1000 &&
              row.lastDateModified >= SINCE_DAY &&
              stad.test(row.city) &&
              nord.test(row.name),
          ),
      },
    ],
    loop: [
      {
        spelling: "if, each distinct city once",
        count: ({ blocked, creditLimitLCY, lastDateModified, cityTexts, cityCodes, name }) => {
          const cityPasses = Uint8Array.from(cityTexts, (text) => (stad.test(text) ? 1 : 0));
          let count = 0;
          for (let row = 0; row < blocked.length; row += 1) {
            if (
              blocked[row] <= 1 &&
              creditLimitLCY[row] >= 1000 &&
              lastDateModified[row] >= SINCE_DAY &&
              cityPasses[cityCodes[row]] === 1 &&
              nord.test(name[row])
            ) {
              count += 1;
            }
          }
          return count;
        },
      },
    ],
    where: [
      {
        spelling: "AND",
        text:
          "blocked IN (0, 1) AND credit_limit >= 1000 AND modified >= DATE '2023-01-01' AND city ILIKE '%stad%' " +
          "AND name ILIKE '%nord%'",
      },
    ],
    arquero: [
      {
        spelling: "&& with op.match",
        filter: (table) =>
          table
            .params({ since: SINCE_DAY })
            .filter(
              (d, $) =>
                (d.blocked === 0 || d.blocked === 1) &&
                d.creditLimitLCY >= 1000 &&
                d.lastDateModified >= $.since &&
                op.match(d.city, /stad/i) &&
                op.match(d.name, /nord/i),
            ),
      },
      {
        spelling: "&& with op.includes(op.lower())",
        filter: (table) =>
          table
            .params({ since: SINCE_DAY })
            .filter(
              (d, $) =>
                (d.blocked === 0 || d.blocked === 1) &&
                d.creditLimitLCY >= 1000 &&
                d.lastDateModified >= $.since &&
                op.includes(op.lower(d.city), "stad") &&
                op.includes(op.lower(d.name), "nord"),
            ),
      },
    ],
  };
}

function countIf(texts, passes) {
  let count = 0;
  for (let row = 0; row < texts.length; row += 1) if (passes(texts[row])) count += 1;
  return count;
}
