// The widget inside the CRM: what its script says and when, what each page costs to load, and what the browser allows.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { Panel, person } from "./support/people.mjs";
import { FIRST_INVOICE, INVOICE_BLANK_STATUS, INVOICE_UNMAPPED_TAX } from "./support/records.mjs";
import { startStack } from "./support/stack.mjs";

/** Everything that a page transfers, compressed, in bytes. */
const BUDGETS = { panel: 150_000, portal: 300_000 };
const SCREENS = ["setup", "mapping", "runs", "schedule", "log", "health", "access"];

let stack, ana;

before(async () => {
  stack = await startStack("embedding");
  ana = await person(stack);
  await (await ana.setUp("Invoices", FIRST_INVOICE)).is("not-synced");
});
after(async () => {
  await ana?.leave();
  await stack?.stop();
});

test("the record's id comes as a text or as a list", async () => {
  for (const form of ["string", "array"]) {
    const panel = await ana.open("Invoices", FIRST_INVOICE, `?entityid=${form}`);
    await panel.is("not-synced");
    assert.match(await panel.text("summary"), /INV-0001/);
  }
});

test("a CRM that answers late is waited for", async () => {
  const panel = await ana.open("Invoices", FIRST_INVOICE, "?sdk=late");
  await panel.is("loading");
  await panel.look("loading");
  await panel.is("not-synced");
});

test("a CRM that never answers is told, with what to do", async () => {
  const panel = await ana.open("Invoices", FIRST_INVOICE, "?sdk=never");
  await panel.is("sdk-missing");
  assert.equal(await panel.text("headline"), "The CRM did not answer");
  assert.equal(await panel.text("primary"), "Reload");
  await panel.look("sdk-missing");
});

test("a script that registers while it loads is heard as soon as the panel is there", async () => {
  const panel = await ana.open("Invoices", FIRST_INVOICE, "?sdk=early");
  await panel.is("not-synced");
  const told = await (await panel.content()).evaluate(() => ({ ...globalThis.ledgerlinkTold, hears: typeof globalThis.ledgerlinkTold.hears }));
  assert.deepEqual([told.subscribed, told.hears], [true, "function"]);
  // The page's own message is not waited for: it would count three seconds later.
  const [registered, ...more] = (await ana.page.evaluate(() => window.hostLog))
    .filter(({ from, message }) => from === "widget-related" && message.eventName === "REGISTER");
  assert.ok(registered && more.length === 0, "it registers once");
});

test("a panel that was loaded anew by itself says what helps", async () => {
  const panel = await ana.open("Invoices", FIRST_INVOICE, "?again=silent");
  await panel.is("not-synced");
  const frame = await panel.content();
  await Promise.all([frame.waitForNavigation(), frame.evaluate(() => location.reload())]);
  await panel.is("sdk-missing");
  assert.match(await panel.text("hint"), /Reload the whole page of the CRM/);
  await panel.look("sdk-missing-reloaded");
  await ana.page.reload();
  await panel.is("not-synced");
  // Where the CRM tells it again, nothing has to be said.
  const told = await ana.open("Invoices", FIRST_INVOICE);
  await told.is("not-synced");
  const again = await told.content();
  await Promise.all([again.waitForNavigation(), again.evaluate(() => location.reload())]);
  await told.is("not-synced");
});

test("the frame is as high as its content, and follows it", async () => {
  const panel = await ana.open("Invoices", FIRST_INVOICE);
  await panel.is("not-synced");
  const frame = await panel.content();
  const fits = () => frame.waitForFunction(() => innerHeight === Math.ceil(document.querySelector("main").getBoundingClientRect().height));
  await fits();
  const before = (await panel.element.boundingBox()).height;
  await panel.at("show-all").click();
  await fits();
  assert.ok((await panel.element.boundingBox()).height > before + 100);
});

test("a browser that lets frames keep nothing: signing in works and lasts as long as the page", async () => {
  const guarded = await person(stack, { strict: true });
  const panel = await guarded.open("Invoices", FIRST_INVOICE);
  await guarded.signIn(panel);
  await panel.is("not-synced");
  assert.deepEqual(guarded.errors, []);
  await guarded.leave();
});

for (const name of Object.keys(BUDGETS)) {
  test(`the ${name}'s page allows only what it needs`, async () => {
    const answer = await fetch(`${stack.workerUrl}/${name}`);
    const policy = new Map(
      answer.headers.get("content-security-policy").split(";").map((part) => {
        const [name, ...sources] = part.trim().split(/\s+/);
        return [name, sources];
      }),
    );
    assert.deepEqual(policy.get("default-src"), ["'none'"]);
    assert.ok(!policy.get("script-src").some((source) => /unsafe-inline|unsafe-eval'$(?<!wasm-unsafe-eval')|^\*|^https?:$/.test(source)));
    const { port } = new URL(stack.sandboxUrl);
    assert.deepEqual(policy.get("frame-ancestors").toSorted(), [`http://127.0.0.1:${port}`, `http://localhost:${port}`]);
    assert.equal(answer.headers.get("cache-control"), "no-store");
    const html = await answer.text();
    assert.ok(!/<script(?![^>]*\bsrc=)[^>]*>/.test(html), "no script stands in the page");
    assert.ok(!html.includes("integrity="), "Zoho changes its script under one address");
    assert.ok(!/<style|\sstyle=|\son[a-z]+=/.test(html), "no style and no handler stands in the page");
  });
}

for (const name of Object.keys(BUDGETS)) {
  test(`a page of another origin can't embed the ${name}`, async () => {
    const { page } = ana;
    const other = createServer((_, answer) => answer.setHeader("content-type", "text/html").end("<p>Elsewhere</p>"));
    await once(other.listen(0, "127.0.0.1"), "listening");
    const refused = page.waitForEvent("console", (message) => /frame-ancestors/.test(message.text()));
    await page.goto(`http://127.0.0.1:${other.address().port}/`);
    await page.evaluate((url) => {
      const frame = document.createElement("iframe");
      frame.src = url;
      document.body.append(frame);
    }, `${stack.workerUrl}/${name}`);
    await refused;
    await page.goto("about:blank");
    other.closeAllConnections();
    other.close();
  });
}

/** What a page requests from now on, with the bytes that each answer takes, in a browser that takes Brotli. */
async function watched(context, page) {
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  // Wrangler's local proxy packs anew, with gzip, for whoever takes several; Cloudflare's network hands Brotli on.
  await session.send("Network.setExtraHTTPHeaders", { headers: { "Accept-Encoding": "br" } });
  const requests = new Map();
  session.on("Network.requestWillBeSent", ({ requestId, request }) => requests.set(requestId, { url: request.url, bytes: 0 }));
  session.on("Network.responseReceived", ({ requestId, response }) => {
    Object.assign(requests.get(requestId) ?? {}, { headers: response.headers, cached: response.fromDiskCache });
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    // Answers of a visit that has been cleared away still end.
    const request = requests.get(requestId);
    if (request) request.bytes = encodedDataLength;
  });
  return { requests, session };
}

for (const [name, budget] of Object.entries(BUDGETS)) {
  test(`the first visit to the ${name} keeps its budget, the second loads no file again`, async () => {
    const visitor = await person(stack);
    const { requests } = await watched(visitor.context, visitor.page);
    const visit = async () => {
      requests.clear();
      await visitor.page.goto(`${stack.workerUrl}/${name}`, { waitUntil: "networkidle" });
      await visitor.page.getByTestId(name).waitFor();
      return [...requests.values()].filter(
        (request) => request.url.startsWith(stack.workerUrl) && !request.url.endsWith("/favicon.ico"),
      );
    };

    const first = await visit();
    const bytes = first.reduce((sum, request) => sum + request.bytes, 0);
    console.log(first.map((request) => `${request.bytes} ${new URL(request.url).pathname}`).join("\n"), `\n${bytes} in all`);
    assert.ok(bytes > 50_000 && bytes <= budget, `${bytes} bytes`);
    const assets = first.filter((request) => new URL(request.url).pathname.startsWith("/assets/"));
    // The portal also brings the first screen's files: whether somebody is signed in is known only later.
    const own = assets.filter(({ url }) => /\/(boot|panel|portal)-[0-9a-f]+\.(js|css|wasm)$/.test(url));
    assert.equal(own.length, 4, "style, script, wasm and the script that starts it");
    for (const { url, headers } of assets) {
      const header = (name) => Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
      assert.match(url, /-[0-9a-f]{16}\.(js|css|wasm)$/, "the name changes with the content");
      assert.equal(header("cache-control"), "max-age=31536000, immutable");
      assert.equal(header("content-encoding"), "br");
    }

    const second = await visit();
    const loaded = second.filter((request) => new URL(request.url).pathname.startsWith("/assets/") && !request.cached && request.bytes > 0);
    assert.deepEqual(loaded.map((request) => request.url), []);
    await visitor.leave();
  });
}

test("whichever screen of the portal somebody opens first, its files keep the budget", async () => {
  // Alone it is another place than within the CRM: it has a session of its own.
  const portal = await ana.openPortalAlone();
  await ana.signInAt(portal);
  await portal.is("log");
  const { page } = portal;
  const { requests, session } = await watched(ana.context, page);
  for (const screen of SCREENS) {
    await session.send("Network.clearBrowserCache");
    await page.goto("about:blank");
    requests.clear();
    await page.goto(`${stack.workerUrl}/portal#/${screen}`);
    await (await portal.is(screen)).settled();
    const files = [...requests.values()].filter(({ url }) => /^\/(portal$|assets\/)/.test(new URL(url).pathname));
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    console.log(`${screen}: ${files.length} files, ${bytes} bytes`);
    assert.ok(files.every((file) => file.bytes > 0), "every file was loaded");
    assert.ok(bytes > 100_000 && bytes <= BUDGETS.portal, `${screen}: ${bytes} bytes`);
  }
  await page.close();
});

test("a screen whose file does not come is told, and comes with Try again", async () => {
  const portal = await ana.openPortalAlone("#/log");
  await (await portal.is("log")).settled();
  await portal.page.route("**/assets/portal-operate-*.wasm", (route) => route.abort());
  await portal.open("schedule");
  await portal.at("problem").getByText("This screen could not be loaded.").waitFor();
  await portal.look("not-loaded");
  await portal.page.unroute("**/assets/portal-operate-*.wasm");
  await portal.at("try-again").click();
  await portal.at("schedule").waitFor();
  await portal.page.close();
});

test("a browser without Brotli gets the files all the same", async () => {
  const html = await (await fetch(`${stack.workerUrl}/panel`)).text();
  const [path] = /\/assets\/panel-[0-9a-f]+\.css/.exec(html);
  const answer = await fetch(stack.workerUrl + path, { headers: { "accept-encoding": "identity" } });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-encoding"), null);
  assert.match(await answer.text(), /--accent/);
  assert.equal((await fetch(`${stack.workerUrl}/assets/none.js`)).status, 404);
});

for (const base of ["paths", "slash", "query"]) {
  for (const appended of ["first", "second"]) {
    test(`the widget's addresses as ${base}, with what the CRM appends behind the ${appended} question mark`, async () => {
      const switches = `?base=${base}&appended=${appended}`;
      const panel = await ana.open("Invoices", FIRST_INVOICE, switches);
      await panel.is("not-synced");
      assert.equal(await panel.root.getAttribute("data-mode"), "panel");
      // Whatever has no partner can't be sent by itself: the popups are looked at, and nothing is changed.
      await ana.page.goto(`${stack.crmUrl}/Invoices/${INVOICE_BLANK_STATUS}${switches}`);
      const popup = await ana.pressButton();
      await popup.is("skipped");
      assert.equal(await popup.root.getAttribute("data-mode"), "button");
      const address = new URL((await popup.content()).url());
      assert.equal(address.searchParams.get("serviceOrigin"), new URL(stack.crmUrl).origin);
      await ana.page.getByTestId("popup-close").click();
      await ana.page.goto(`${stack.crmUrl}/Invoices${switches}`);
      for (const id of [INVOICE_BLANK_STATUS, INVOICE_UNMAPPED_TAX]) await ana.page.getByTestId(`select-${id}`).check();
      await ana.page.getByTestId("list-sync-button").click();
      const list = new Panel(ana.page, "xero-popup");
      await list.is("list");
      assert.equal(await list.root.getAttribute("data-mode"), "list");
    });
  }
}

test("an address that came out crooked is sent on to the straight one, and no other is", async () => {
  const ask = async (path) => {
    const answer = await fetch(stack.workerUrl + path, { redirect: "manual" });
    return [answer.status, answer.headers.get("location")?.replace(stack.workerUrl, "") ?? null];
  };
  const origin = "serviceOrigin=https%3A%2F%2Fcrm.zoho.com";
  assert.deepEqual(await ask(`/panel?mode=button?${origin}`), [307, `/panel/button?${origin}`]);
  assert.deepEqual(await ask(`/panel/list&${origin}`), [307, `/panel/list?${origin}`]);
  for (const path of ["/panel", "/panel/", "/panel/button", "/panel/button/", "/panel/list/", "/portal/", `/panel?mode=list&${origin}`]) {
    assert.deepEqual(await ask(path), [200, null], path);
  }
  assert.equal((await ask("/panel/else"))[0], 404);
});

test("no page had an error", () => {
  assert.deepEqual(ana.errors, []);
});
