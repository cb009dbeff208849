// Loads the module where it runs: from the disk in Node, by request elsewhere.
import init, { evaluate, explain, initSync, parse, toOData, toSentence } from "./couplet_filter.js";

const address = new URL("./couplet_filter_bg.wasm", import.meta.url);
if (address.protocol === "file:") {
  const { readFile } = await import("node:fs/promises");
  initSync({ module: await readFile(address) });
} else {
  await init({ module_or_path: address });
}

export { evaluate, explain, parse, toOData, toSentence };
