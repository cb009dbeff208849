// Screenshots for people to look at, in tests/e2e/artifacts.
import { mkdirSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "../artifacts");

/** Saves the whole page as NAME.png. */
export async function takeScreenshot(page, name) {
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
