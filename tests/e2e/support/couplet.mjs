// Starts the proxy with the embedded sandbox on a free port, and ends it.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const root = join(import.meta.dirname, "../../..");
const suffix = process.platform === "win32" ? ".exe" : "";
const program = process.env.COUPLET_PROXY ?? join(root, "target/release", `couplet-proxy${suffix}`);
const dist = process.env.COUPLET_DIST ?? join(root, "dist");

/**
 * Starts the proxy. `records` is the number of customers in the demo data, `seed` decides their values.
 * Gives `openingAddress` (it holds the start-up token), `origin` and `stop()`, which waits for a clean end and
 * gives the exit code.
 */
export async function startCouplet({ records = 2_000, seed = 1, flags = [] } = {}) {
  if (!existsSync(program)) throw new Error(`${program} is not built: run cargo xtask build`);
  const child = spawn(
    program,
    ["--port", "0", "--dist", dist, "--records", String(records), "--seed", String(seed), ...flags],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const ended = new Promise((resolve) => child.once("exit", resolve));
  // A test process that dies early takes the proxy with it.
  process.once("exit", () => child.kill());
  const openingAddress = await Promise.race([
    readAddress(child.stdout),
    ended.then((code) => Promise.reject(new Error(`the proxy ended with code ${code} before it was ready`))),
  ]);
  return {
    openingAddress,
    origin: new URL(openingAddress).origin,
    stop() {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

async function readAddress(output) {
  for await (const line of createInterface({ input: output })) {
    const address = /^Couplet is ready: (\S+)$/.exec(line)?.[1];
    if (address) return address;
  }
  return new Promise(() => {});
}
