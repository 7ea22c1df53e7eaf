// How a page looks: pictures of it, and what axe-core finds in it.

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PICTURES = process.env.SCREENSHOTS ?? fileURLToPath(new URL("../../../target/screenshots", import.meta.url));
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe-core finds in a frame. */
export async function axe(frame) {
  await frame.evaluate(AXE);
  const { violations } = await frame.evaluate((tags) => globalThis.axe.run(document, { runOnly: tags }), RULES);
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`));
}

/** Takes a picture of a page or of an element in it. */
export async function picture(subject, name) {
  mkdirSync(PICTURES, { recursive: true });
  await subject.screenshot({ path: join(PICTURES, `${name}.png`), animations: "disabled" });
}
