// Runs the suites of foreign clients against the sandbox: node run.mjs [PART OF A FILE NAME …]
// COUPLET_SANDBOX_SERVER names the program that serves it (crates/sandbox/examples/serve.rs).
import { join } from "node:path";

import { runSuites } from "../node_suites.mjs";

runSuites("client tests", join(import.meta.dirname, "suites"), 5);
