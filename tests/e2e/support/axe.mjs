// Accessibility checks with axe-core.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Fails when axe finds something serious or critical on the page as it is now. */
export async function axeCheck(page, { include = undefined } = {}) {
  // Evaluated from outside the page, the script needs no exception in the content security policy.
  await page.evaluate(source);
  const results = await page.evaluate(
    (scope) => globalThis.axe.run(scope ?? document, { resultTypes: ["violations"] }),
    include,
  );
  const grave = results.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  if (grave.length > 0) {
    throw new Error(`axe found on ${page.url()}:\n${grave.map(describe).join("\n")}`);
  }
}

function describe({ id, impact, help, nodes }) {
  const places = nodes.slice(0, 5).map((node) => `    ${node.target.join(" ")}: ${node.html.slice(0, 160)}`);
  return `  ${impact}: ${id}, ${help}\n${places.join("\n")}`;
}
