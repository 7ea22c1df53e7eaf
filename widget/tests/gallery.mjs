// Takes a picture of every state of the panel, in both themes and at three widths.
// Usage: node widget/tests/gallery.mjs <folder with gallery.js and gallery_bg.wasm> <folder for the pictures>
// It also fails on what a picture does not show: sideways scrolling and axe's findings.
import { createServer } from "node:http";
import { readFile, mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const [built, pictures] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const tools = createRequire(join(here, "../../tests/package.json"));
const { chromium } = tools("playwright-core");
const axe = await readFile(tools.resolve("axe-core/axe.min.js"), "utf8");

const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Panel</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/panel.css">
<script type="module">import start from "/gallery.js"; await start({ module_or_path: "/gallery_bg.wasm" });
document.documentElement.dataset.ready = "yes";</script></head><body></body></html>`;
const types = { js: "text/javascript", wasm: "application/wasm", css: "text/css" };
const server = createServer(async (request, response) => {
  const path = normalize(new URL(request.url, "http://localhost").pathname);
  if (path === "/") return response.setHeader("content-type", "text/html").end(page);
  try {
    const file = path.endsWith(".css") ? join(here, "..", path) : join(built, path);
    response.setHeader("content-type", types[path.split(".").pop()] ?? "text/plain").end(await readFile(file));
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const base = `http://127.0.0.1:${server.address().port}/`;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
});
await mkdir(pictures, { recursive: true });
let findings = 0;
const finding = (text) => {
  findings += 1;
  console.log(text);
};

const open = async (tab, query) => {
  await tab.goto(base + query);
  await tab.waitForSelector("html[data-ready]");
};
const first = await browser.newPage();
await open(first, "");
const samples = (await first.textContent("body")).trim().split(" ");
await first.close();

for (const [width, themes] of [[320, ["light"]], [480, ["dark"]], [1100, ["light", "dark"]]]) {
  for (const theme of themes) {
    const tab = await browser.newPage({ viewport: { width, height: 400 }, deviceScaleFactor: 1 });
    tab.on("pageerror", (error) => finding(`page error: ${error}`));
    for (const sample of samples) {
      await open(tab, `?sample=${sample}&locale=en-AU`);
      await tab.evaluate((theme) => (document.documentElement.dataset.theme = theme), theme);
      const overflow = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (overflow > 0) finding(`${sample} at ${width}: ${overflow} px too wide`);
      await tab.evaluate(axe);
      const { violations } = await tab.evaluate(() =>
        axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
      );
      for (const { id, nodes } of violations) finding(`${sample} ${theme} ${width}: ${id} ${nodes[0].html} ${nodes[0].failureSummary}`);
      await tab.screenshot({ path: join(pictures, `${sample}-${theme}-${width}.png`), fullPage: true });
    }
    await tab.close();
  }
}
await browser.close();
server.close();
console.log(`${samples.length} samples, ${findings} findings`);
process.exit(findings ? 1 : 0);
