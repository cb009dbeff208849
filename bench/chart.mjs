// The chart of docs/performance.md: for each question and size, how many times as long each peer takes. One mark for
// each peer on a logarithmic axis, its quartiles as a line through it.

const LEFT = 205;
const WIDTH = 875;
const RIGHT = 30;
const TOP = 96;
const LINE = 22;
const PANEL_GAP = 40;
const MARKS = [
  { shape: (x, y) => `<circle cx="${x}" cy="${y}" r="4.5"/>`, name: "a" },
  { shape: (x, y) => `<rect x="${x - 4}" y="${y - 4}" width="8" height="8"/>`, name: "b" },
  { shape: (x, y) => `<path d="M${x} ${y - 5.5}l5.5 5.5l-5.5 5.5l-5.5-5.5z"/>`, name: "c" },
  { shape: (x, y) => `<path d="M${x} ${y - 5}l5.5 9.5h-11z"/>`, name: "d" },
];
const STYLE = `
text { font: 13px system-ui, sans-serif; fill: #1f2937; }
.small { font-size: 11px; fill: #4b5563; }
.title { font-size: 15px; font-weight: 600; }
.grid { stroke: #d1d5db; stroke-width: 1; }
.one { stroke: #6b7280; stroke-width: 1.5; stroke-dasharray: 4 3; }
.a { fill: #0f766e; stroke: #0f766e; } .b { fill: #5b4bb7; stroke: #5b4bb7; }
.c { fill: #b45309; stroke: #b45309; } .d { fill: #be185d; stroke: #be185d; }
.spread { stroke-width: 2; opacity: 0.55; }
.back { fill: #ffffff; }
@media (prefers-color-scheme: dark) {
  text { fill: #e5e7eb; } .small { fill: #9ca3af; } .grid { stroke: #374151; } .one { stroke: #9ca3af; } .back { fill: #0f172a; }
  .a { fill: #2dd4bf; stroke: #2dd4bf; } .b { fill: #a99df5; stroke: #a99df5; }
  .c { fill: #fbbf24; stroke: #fbbf24; } .d { fill: #f472b6; stroke: #f472b6; }
}`.trim();

/** The chart as the text of an SVG. */
export function drawChart({ sizes, day }, peers) {
  const all = sizes.flatMap(({ questions }) => questions.flatMap(({ contenders }) => peers.map((peer) => contenders[peer].ratio)));
  const low = 10 ** Math.floor(Math.log10(Math.min(...all.map(({ q1 }) => q1), 1)));
  const high = 10 ** Math.ceil(Math.log10(Math.max(...all.map(({ q3 }) => q3), 10)));
  const scale = (value) => fixed(LEFT + ((WIDTH - LEFT - RIGHT) * Math.log10(value / low)) / Math.log10(high / low));
  const panels = [];
  let y = TOP;
  for (const size of sizes) {
    panels.push(panel(size, peers, { y, low, high, scale }));
    y += size.questions.length * LINE + PANEL_GAP;
  }
  const title = "How many times as long as Couplet the others take";
  const description = `Medians with quartiles, logarithmic, by question and number of rows, measured ${day}. Right of the dashed line Couplet is faster. The figures are in the table of performance.md.`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-labelledby="title description">
<title id="title">${title}</title>
<desc id="description">${description}</desc>
<style>${STYLE}</style>
<rect class="back" width="${WIDTH}" height="${y}"/>
<text class="title" x="16" y="26">${title}</text>
<text class="small" x="16" y="44">Medians, quartiles as lines; right of the dashed line Couplet is faster.</text>
${legend(peers)}
${panels.join("\n")}
</svg>
`;
}

function legend(peers) {
  const entry = (peer, idx) => {
    const x = LEFT + idx * 150;
    return `<g class="${MARKS[idx].name}">${MARKS[idx].shape(x, 66)}</g><text x="${x + 12}" y="70">${peer}</text>`;
  };
  return peers.map(entry).join("\n");
}

function panel({ nRows, questions }, peers, { y, low, high, scale }) {
  const bottom = y + questions.length * LINE;
  const parts = [`<text class="small" x="16" y="${y - 6}">${nRows.toLocaleString("en-US")} rows</text>`];
  for (let tick = low; tick <= high * 1.001; tick *= 10) {
    const x = scale(tick);
    const isOne = Math.abs(tick - 1) < 1e-9;
    parts.push(`<line class="${isOne ? "one" : "grid"}" x1="${x}" x2="${x}" y1="${y}" y2="${bottom}"/>`);
    parts.push(`<text class="small" x="${x}" y="${bottom + 13}" text-anchor="middle">${Number(tick.toPrecision(1))}×</text>`);
  }
  questions.forEach(({ name, contenders }, line) => {
    const middle = y + line * LINE + LINE / 2;
    parts.push(`<text x="${LEFT - 12}" y="${middle + 4}" text-anchor="end">${name}</text>`);
    peers.forEach((peer, idx) => {
      const { median, q1, q3 } = contenders[peer].ratio;
      const spread = `<line class="spread" x1="${scale(q1)}" x2="${scale(q3)}" y1="${middle}" y2="${middle}"/>`;
      parts.push(`<g class="${MARKS[idx].name}">${spread}${MARKS[idx].shape(scale(median), middle)}</g>`);
    });
  });
  return parts.join("\n");
}

function fixed(value) {
  return Number(value.toFixed(1));
}
