// Starts the sandbox on a free port of the loopback interface and stops it again.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** The running sandbox: `origin` such as http://127.0.0.1:40123, and `stop()`. */
export async function startSandbox(customers) {
  const program = process.env.COUPLET_SANDBOX_SERVER;
  if (!program) throw new Error("COUPLET_SANDBOX_SERVER must name the program that serves the sandbox");
  const child = spawn(program, [String(customers)], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  for await (const line of createInterface({ input: child.stdout })) {
    const origin = line.match(/^listening (http:\/\/127\.0\.0\.1:\d+)$/)?.[1];
    if (origin) {
      // It ends when its input does.
      return { origin, stop: () => (child.stdin.end(), ended) };
    }
  }
  throw new Error("the sandbox did not say where it listens");
}
