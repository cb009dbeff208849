// Runs the browser tests: node run.mjs [PART OF A FILE NAME …]
import { join } from "node:path";

import { runSuites } from "../node_suites.mjs";

runSuites("browser tests", join(import.meta.dirname, "tests"), 10);
