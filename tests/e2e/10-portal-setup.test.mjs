// The portal: a newcomer's way from nothing to the first record, the connection and its end, and who sees what.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { person } from "./support/people.mjs";
import { FIRST_ACCOUNT, FIRST_INVOICE } from "./support/records.mjs";
import { startStack } from "./support/stack.mjs";

const SCREENS = ["log", "runs", "schedule", "mapping", "setup", "health", "access"];
/** How far things may move by themselves while a screen comes: a fifth of what browsers still call good. */
const LARGEST_SHIFT = 0.02;
const STEPS = ["crm", "xero", "fields", "mapping", "record"];

let stack, ana, portal;

before(async () => {
  stack = await startStack("portal-setup");
  ana = await person(stack);
});
after(async () => {
  await ana?.leave();
  await stack?.stop();
});

/** How the steps stand, each of which has to be told. */
async function stands(expected) {
  for (const [step, standing] of Object.entries(expected)) await portal.step(step, standing);
}

/** Opens a step of the checklist, if it is not open. */
async function expand(step) {
  const toggle = portal.root.locator(`[data-step="${step}"] [data-testid="step-toggle"]`);
  if ((await toggle.getAttribute("aria-expanded")) === "false") await toggle.click();
}

test("whoever opens the web tab is asked to sign in", async () => {
  portal = await ana.openPortal();
  await portal.at("sign-in").waitFor();
  assert.equal(await portal.at("rail").count(), 0, "there is nothing to choose from yet");
  await portal.look("signed-out");

  const closed = await ana.window(() => portal.at("sign-in").click());
  await ana.shut(closed);
  await portal.at("window-closed").waitFor();
  await portal.at("cancel-window").click();
  await portal.at("window-closed").waitFor({ state: "detached" });
});

test("an administrator connects the CRM and is shown what comes next", async () => {
  await ana.signInAt(portal);
  await portal.at("connect-zoho").waitFor();
  await portal.look("crm-missing");
  await ana.agreeAtZoho(await ana.window(() => portal.at("connect-zoho").click()));
  await portal.is("setup");
  await stands({ crm: "done", xero: "open", mapping: "later", record: "later" });
  assert.match(await portal.text("organisations"), /Blue Gum Trading Pty Ltd/);
  await portal.look("setup-begun");
});

test("Xero is connected in a window of its own", async () => {
  const refused = await ana.window(() => portal.at("connect-xero").click());
  await ana.goOn(refused, refused.getByTestId("cancel"));
  await refused.getByTestId("cancel").click();
  // The step is open all along; the button waits until the refusal has come from the window's last page.
  await portal.root.locator('[data-testid="connect-xero"][aria-disabled="false"]').waitFor();
  await refused.close().catch(() => {});
  await stands({ xero: "open" });

  await ana.agreeAtXero(await ana.window(() => portal.at("connect-xero").click()));
  await stands({ xero: "done", fields: "done", mapping: "open" });
  await portal.settled();
});

test("a CRM field that is missing is created", async () => {
  await stack.control.delete("crm/us/Invoices/fields/Xero_Status");
  await expand("fields");
  const [answer] = await Promise.all([
    ana.page.waitForResponse((one) => one.url().endsWith("/api/setup/fields")),
    portal.at("create-fields").click(),
  ]);
  assert.equal(answer.status(), 200);
  // The step was told as done before, too: what shows that the answer is there is that the next one opens.
  await portal.root.locator('[data-step="mapping"][data-expanded="true"]').waitFor();
  await stands({ fields: "done" });
  const fields = await stack.control.get("crm/us/Invoices/fields");
  assert.ok(fields.includes("Xero_Status"), fields.join(", "));
});

test("what is guessed is shown, and confirmed in one go", async () => {
  await expand("mapping");
  await portal.at("guess").first().waitFor();
  const guesses = await portal.at("guess").count();
  assert.ok(guesses > 3, `${guesses} guesses`);
  await portal.look("setup-guesses");
  await portal.at("confirm-guesses").click();
  await stands({ mapping: "done" });
  const setup = await (await ana.api("GET", "/api/setup")).json();
  assert.equal(setup.guesses, 0);
});

test("one record is looked at, synced, and everything is set up", async () => {
  await expand("record");
  await portal.at("record-module").selectOption("Accounts");
  const { Account_Name: name } = await stack.control.crm("Accounts", FIRST_ACCOUNT);
  await portal.at("record-search").fill(name.slice(0, 8).toLowerCase());
  await portal.at("record-found").filter({ hasText: name }).click();
  await portal.at("record-preview").waitFor();
  await portal.look("setup-record");

  const mark = await stack.control.mark();
  await portal.at("sync-record").click();
  await portal.at("record-outcome").waitFor();
  assert.equal(await portal.at("record-outcome").getAttribute("data-outcome"), "created");
  const made = (await stack.control.changes(mark)).filter((line) => /^xero (PUT|POST) .*\/Contacts/.test(line));
  assert.equal(made.length, 1, "one contact is made");
  await portal.at("setup-complete").waitFor();
  assert.deepEqual(await portal.steps(), Object.fromEntries(STEPS.map((step) => [step, "done"])));
  await portal.look("setup-complete");

  const account = await stack.control.crm("Accounts", FIRST_ACCOUNT);
  const contact = await stack.control.xero(`Contacts/${account.Xero_ID}`);
  assert.equal(contact.Name, name);
});

test("every screen can be reached, has one headline, and no rule finds anything", async () => {
  for (const screen of SCREENS) {
    await portal.open(screen);
    await portal.settled();
    const frame = await portal.content();
    assert.equal(await frame.locator("h1").count(), 1, `${screen}: one headline`);
    assert.match(await portal.hash(), new RegExp(`^#/${screen}`));
    await frame.waitForFunction(() => document.activeElement?.dataset.testid === "screen-title");
    await portal.look(screen);
  }
});

test("the browser's own buttons go back and forth between the screens", async () => {
  await portal.open("log");
  await portal.open("health");
  const frame = await portal.content();
  await frame.evaluate(() => history.back());
  await portal.is("log");
  await frame.evaluate(() => history.forward());
  await portal.is("health");
});

test("the connection and who changed what are told", async () => {
  await portal.go("#/setup/connection");
  await portal.at("side-name").first().waitFor();
  await portal.settled();
  for (const side of ["crm-side", "xero-side"]) assert.match(await portal.text(side), /Blue Gum Trading Pty Ltd.*Ana Admin/);
  await portal.look("connection");

  await portal.go("#/setup/audit");
  await portal.at("audit").waitFor();
  await portal.settled();
  const { changes } = await (await ana.api("GET", "/api/audit")).json();
  const actions = new Set(changes.map((change) => change.action));
  for (const action of ["connect-crm", "connect-xero", "create-fields"]) assert.ok(actions.has(action), [...actions].join());
  // Settings are told as the mapping calls them.
  const settings = portal.at("audit").locator("[data-action='change-settings']");
  await settings.locator("summary").click();
  assert.match(await settings.innerText(), /\nTaxes: GST \(10 %\), Sales: GST on Income \(10 %\)\n/);
  assert.doesNotMatch(await settings.innerText(), /taxes\.|accounts\.|statuses\./);
  await portal.look("audit");
});

test("the portal follows the CRM's theme and speaks another language", async () => {
  for (const [theme, shade] of [["night", "dark"], ["day", "light"]]) {
    await ana.page.goto(`${stack.crmUrl}/tab/xero?theme=${theme}`);
    await portal.is("log");
    const frame = await portal.content();
    await frame.waitForFunction((shade) => document.documentElement.dataset.theme === shade, shade);
  }

  await portal.at("language").selectOption("de");
  await portal.at("sign-out").filter({ hasText: "Abmelden" }).waitFor();
  assert.equal(await (await portal.content()).evaluate(() => document.documentElement.lang), "de");
  await portal.at("language").selectOption("en");
  await portal.at("sign-out").filter({ hasText: "Sign out" }).waitFor();
});

test("every screen can be used in the system's own colours, in German, in the narrowest window", async () => {
  const size = ana.page.viewportSize();
  await portal.at("language").selectOption("de");
  await portal.at("sign-out").filter({ hasText: "Abmelden" }).waitFor();
  await ana.page.emulateMedia({ forcedColors: "active" });
  await ana.page.setViewportSize({ width: 320, height: 800 });
  for (const screen of SCREENS) {
    await portal.open(screen);
    await portal.glance(`${screen}-forced-de-320`);
  }
  await ana.page.setViewportSize(size);
  await ana.page.emulateMedia({ forcedColors: "none" });
  await portal.at("language").selectOption("en");
  await portal.at("sign-out").filter({ hasText: "Sign out" }).waitFor();
});

test("nothing moves by itself when what a screen shows has come", async () => {
  const size = ana.page.viewportSize();
  const [{ settings }] = await stack.sql("SELECT settings FROM connections");
  // With guesses: the notice that there are some comes above the mapping.
  await stack.sql("UPDATE connections SET settings = '{}'");
  await portal.watchShifts();
  for (const window of [{ width: 360, height: 800 }, { width: 1280, height: 900 }]) {
    await ana.page.setViewportSize(window);
    for (const [hash, part] of [
      ["#/setup", ".setup-checklist-place"],
      ["#/log", "[data-testid=log-days]"],
      ["#/mapping", "[data-testid=mapping-section]"],
    ]) {
      const outlines = ["main[aria-busy='true'] .skeleton", `${part} .skeleton`];
      const moved = await portal.moved(() => ana.openPortal(hash), outlines);
      assert.ok(moved < LARGEST_SHIFT, `${hash} at ${window.width}: ${moved}`);
    }
    await portal.at("guesses").waitFor();
  }
  await stack.sql(`UPDATE connections SET settings = '${settings.replaceAll("'", "''")}'`);
  await ana.page.setViewportSize(size);
});

test("a link to the portal works in a tab of its own, after signing in too", async () => {
  const reader = await person(stack);
  const alone = await reader.openPortalAlone("#/health");
  await reader.signInAt(alone);
  await alone.is("health");
  assert.match(await alone.page.title(), /Health/);
  await alone.page.reload();
  await alone.is("health");
  assert.deepEqual(reader.errors, []);
  await reader.leave();
});

test("who is no administrator sees the log and the health of the sync, and no settings", async () => {
  const rita = await person(stack, { email: "rita@bluegum.example" });
  const hers = await rita.openPortal();
  await rita.signInAt(hers, "rita-restricted");
  await hers.is("log");
  const rail = await hers.at("rail").locator("a").evaluateAll((all) => all.map((link) => link.dataset.testid));
  assert.deepEqual(rail, ["rail-log", "rail-health"]);
  await hers.look("log-of-user");
  await hers.open("health");
  assert.match(await hers.text("summary-title"), / · The schedule is off$/);
  await hers.look("health-of-user");
  for (const screen of ["mapping", "setup", "schedule"]) {
    await hers.go(`#/${screen}`);
    await hers.at("refused").waitFor();
  }
  await hers.look("refused");

  const mark = await stack.control.mark();
  for (const [method, path, body] of [
    ["GET", "/api/setup"],
    ["POST", "/api/setup/fields", {}],
    ["GET", "/api/mapping"],
    ["GET", "/api/settings"],
    ["PUT", "/api/settings?version=1", {}],
    ["GET", "/api/audit"],
    ["POST", `/api/records/Invoices/${FIRST_INVOICE}/preview`, {}],
    ["DELETE", "/api/connection/xero"],
    ["DELETE", "/api/connection"],
  ]) {
    const answer = await rita.api(method, path, body);
    assert.equal(answer.status, 403, `${method} ${path}`);
    assert.equal((await answer.json()).problem.code, "not-administrator", `${method} ${path}`);
  }
  assert.deepEqual(await stack.control.changes(mark), []);
  const log = await (await rita.api("GET", "/api/log")).json();
  assert.deepEqual([log.rows, log.total], [[], 0], "what others synced is not hers to see");
  assert.deepEqual((await (await rita.api("GET", "/api/status")).json()).broken, []);
  assert.deepEqual(rita.errors, []);
  await rita.leave();
});

test("Xero is disconnected after a question, and another organisation can be connected", async () => {
  await portal.go("#/setup/connection");
  await portal.at("disconnect").click();
  await portal.at("disconnect-dialog").waitFor();
  await portal.look("disconnect-asked");
  await portal.at("dialog-cancel").click();
  await portal.at("disconnect-dialog").waitFor({ state: "detached" });
  assert.equal((await (await ana.api("GET", "/api/session")).json()).connection, "connected", "Cancel changes nothing");

  await portal.at("disconnect").click();
  await portal.at("dialog-confirm").click();
  await portal.at("xero-side").getByTestId("connect-xero").filter({ hasText: /^Connect Xero$/ }).waitFor();
  assert.equal((await (await ana.api("GET", "/api/session")).json()).connection, "xero_missing");

  await ana.agreeAtXero(await ana.window(() => portal.at("xero-side").getByTestId("connect-xero").click()), "Kauri Imports Ltd");
  await portal.at("xero-side").getByText("Kauri Imports Ltd").first().waitFor();
  const setup = await (await ana.api("GET", "/api/setup")).json();
  assert.deepEqual([setup.xero.name, setup.links], ["Kauri Imports Ltd", 0], "links are of the other organisation");
  await portal.look("connection-switched");
});

test("everything is erased only when the organisation's name is typed, and then nothing is left", async () => {
  await portal.at("erase").click();
  await portal.at("erase-dialog").waitFor();
  await portal.at("dialog-confirm").click();
  await portal.at("erase-name").fill("Blue Gum");
  await portal.at("dialog-confirm").click();
  await portal.look("erase-asked");
  assert.equal((await ana.api("GET", "/api/session")).status, 200, "a part of the name is not enough");

  await portal.at("erase-name").fill("Blue Gum Trading Pty Ltd");
  await portal.at("dialog-confirm").click();
  await portal.at("erase-dialog").waitFor({ state: "detached" });
  const tables = await stack.sql("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%org TEXT%'");
  assert.ok(tables.length > 10, JSON.stringify(tables));
  const counts = tables.map(({ name }) => `SELECT '${name}' AS name, count(org) AS rows FROM ${name}`);
  const left = [];
  // SQLite in workerd takes five terms in one SELECT.
  while (counts.length > 0) left.push(...(await stack.sql(counts.splice(0, 5).join(" UNION ALL "))));
  assert.deepEqual(left.filter(({ rows }) => rows > 0), [], "no table has anything of the organisation");
  await portal.at("sign-in").waitFor();
});

test("no page had an error", () => {
  assert.deepEqual(ana.errors, []);
});
