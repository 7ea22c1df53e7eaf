// The portal's mapping and schedule: what is chosen there is what happens, and what stops working is flagged.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { person } from "./support/people.mjs";
import { FIRST_ACCOUNT, FIRST_INVOICE, ordinaryInvoices } from "./support/records.mjs";
import { connected } from "./support/session.mjs";
import { startStack } from "./support/stack.mjs";

const QUARTER_HOUR = "*/15 * * * *";
/** A product that the CRM has not. */
const GONE = "572500000004999999";
const SECTIONS = ["pairs", "parties", "fields", "products", "documents", "statuses", "taxes", "accounts", "budget"];

let stack, session, ana, portal, frame;

before(async () => {
  stack = await startStack("portal-mapping");
  session = await connected(stack);
  ana = await person(stack);
  portal = await ana.openPortal("#/mapping");
  await ana.signInAt(portal, "ana-admin");
  await portal.is("mapping");
  frame = await portal.content();
});
after(async () => {
  await ana?.leave();
  await stack?.stop();
});

/** The control of a setting, by its path. */
const setting = (path) => portal.root.locator(`[data-path="${path}"]`);

/** Goes to a section of the mapping. */
async function section(name) {
  await portal.go(`#/mapping/${name}`);
  await portal.root.locator(`[data-testid="mapping-section"] [data-section="${name.split("/")[0]}"]`).waitFor();
}

/** Chooses the option of a select whose label fits. */
async function choose(select, label) {
  await select.waitFor();
  const options = select.locator("option");
  await options.filter({ hasText: label }).first().waitFor({ state: "attached" });
  const value = await options.filter({ hasText: label }).first().getAttribute("value");
  await select.selectOption(value);
}

/** Saves, and waits until nothing is unsaved any more. */
async function save() {
  await portal.at("save").click();
  await portal.at("save-bar").waitFor({ state: "detached" });
}

/** Reads both organisations' lists again; once a person's share of Xero's minute is used up, when the answer says. */
async function readAgain() {
  for (;;) {
    const read = portal.page.waitForResponse((answer) => answer.url().includes("/api/mapping?fresh=true"));
    await portal.at("read-again").click();
    const answer = await read;
    if (answer.ok()) return;
    assert.equal(answer.status(), 429);
    await pause(Number(answer.headers()["retry-after"]) * 1_000);
  }
}

test("every section is there, and no rule finds anything", async () => {
  for (const name of SECTIONS) {
    await section(name);
    await portal.look(`mapping-${name}`);
  }
});

test("a custom field of the CRM goes to Xero as its reference, and the preview says so first", async () => {
  const field = await stack.control.post("crm/us/Invoices/fields", { field_label: "Order reference", data_type: "text" });
  await stack.control.editCrm("Invoices", FIRST_INVOICE, { [field.api_name]: "PO-7781" });
  await section("fields/Invoices");
  await readAgain();
  await choose(setting("fields.Invoices.reference").locator("select"), "Order reference");
  await portal.at("save-bar").waitFor();

  const { Invoice_Number: number } = await stack.control.crm("Invoices", FIRST_INVOICE);
  await portal.at("trial-open").click();
  await portal.at("trial-pair").selectOption("Invoices");
  await portal.at("trial").getByTestId("find").fill(number);
  await portal.at("found").filter({ hasText: number }).click();
  await portal.at("trial-answer").getByText("PO-7781").first().waitFor();
  await portal.look("mapping-preview");
  const { settings: before } = await session.json("GET", "/api/settings");
  assert.deepEqual(before.fields, {}, "looking saves nothing");

  await save();
  const { settings: after } = await session.json("GET", "/api/settings");
  assert.deepEqual(after.fields.Invoices.reference.source, { field: field.api_name });
  const { entry } = await session.json("POST", `/api/records/Invoices/${FIRST_INVOICE}/sync`);
  assert.equal(entry.outcome, "created", JSON.stringify(entry.problems));
  const { Xero_ID: id } = await stack.control.crm("Invoices", FIRST_INVOICE);
  assert.equal((await stack.control.xero(`Invoices/${id}`)).Reference, "PO-7781");

  // And back: whoever changes it in Xero finds it in the CRM.
  await stack.control.editXero("Invoices", id, { Reference: "PO-7782" });
  await session.json("POST", `/api/records/Invoices/${FIRST_INVOICE}/sync`);
  assert.equal((await stack.control.crm("Invoices", FIRST_INVOICE))[field.api_name], "PO-7782");
});

test("what can't be is told beside its control, and nothing is saved", async () => {
  await section("documents");
  const days = setting("documents.due_days").locator("input");
  const before = await days.inputValue();
  await days.fill("9999");
  const told = await days.getAttribute("aria-describedby");
  assert.ok(told, "the control names what is wrong with it");
  await setting("documents.due_days").getByText("at most 365 days").waitFor();
  assert.equal(await days.getAttribute("aria-invalid"), "true");
  await portal.at("save-wrong").waitFor();
  assert.equal(await portal.at("save").getAttribute("aria-disabled"), "true");
  await portal.look("mapping-invalid");
  await days.fill(before);
  await portal.at("save-bar").waitFor({ state: "detached" });
});

test("settings leave as a file and come back, and what differs is told before it is saved", async () => {
  const [download] = await Promise.all([portal.page.waitForEvent("download"), portal.at("export").click()]);
  const settings = JSON.parse(readFileSync(await download.path(), "utf8"));
  settings.settings.documents.due_days = 14;
  const file = { name: "settings.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(settings)) };
  await portal.at("import-file").setInputFiles(file);
  const dialog = portal.root.locator("dialog[open]");
  await dialog.getByText("14").first().waitFor();
  await portal.look("mapping-import");
  assert.equal((await session.json("GET", "/api/settings")).settings.documents.due_days, 30);
  await dialog.getByTestId("dialog-confirm").click();
  await save();
  assert.equal((await session.json("GET", "/api/settings")).settings.documents.due_days, 14);
});

test("every product of the settings has its name, and one that is gone says so", async () => {
  const { records: newest } = await session.json("GET", "/api/records/Products");
  const all = await stack.control.get("crm/us/Products");
  const old = all.find((one) => !newest.some(({ id }) => id === one.id));
  assert.ok(old, `the CRM has more products than the ${newest.length} newest`);
  const { version, settings } = await session.json("GET", "/api/mapping?fresh=false");
  const by_product = { [old.id]: { sales: "200" }, [GONE]: { sales: "200" } };
  await session.json("PUT", `/api/settings?version=${version}`, {
    ...settings,
    accounts: { ...settings.accounts, by_product },
    products: { ...settings.products, services: { ...settings.products.services, 260: GONE } },
  });

  const asked = [];
  const listen = (request) => request.url().includes("/api/records/Products") && asked.push(new URL(request.url()).searchParams.get("ids"));
  portal.page.on("request", listen);
  await section("accounts");
  await readAgain();
  await portal.at("product").getByText(old.Product_Name, { exact: true }).waitFor();
  await portal.at("product-missing").waitFor();
  const told = await portal.text("product-missing");
  assert.ok(told.startsWith(`Product ${GONE} is not in the CRM any more, or you may not see it.`), told);
  assert.match(told, /set both accounts to the default/);
  await portal.look("mapping-products-named");
  await section("products");
  assert.match(await portal.text("product-missing"), /choose another product/);

  // What differs is told by names, too; and what the row advises makes it go away.
  await section("accounts");
  await choose(setting(`accounts.by_product.${old.id}.sales`).locator("select"), "260");
  await setting(`accounts.by_product.${GONE}.sales`).locator("select").selectOption("");
  await portal.at("show-changes").click();
  const changes = portal.root.locator("dialog[open] table");
  await changes.getByText(`${old.Product_Name}, Sales`).waitFor();
  await changes.getByText(`Product ${GONE} (not found in the CRM), Sales`).waitFor();
  await portal.at("drawer-close").click();
  await save();
  await portal.at("product-missing").waitFor({ state: "detached" });
  portal.page.off("request", listen);
  assert.deepEqual(asked, [`${[old.id, GONE].sort()}`], "one call for all of them");
  const saved = await session.json("GET", "/api/mapping?fresh=false");
  assert.deepEqual(Object.keys(saved.settings.accounts.by_product), [old.id]);
  await session.json("PUT", `/api/settings?version=${saved.version}`, settings);
  await readAgain();
});

/** Whether the browser would ask before it leaves the page. */
const asksBeforeLeaving = () => frame.evaluate(() => !dispatchEvent(new Event("beforeunload", { cancelable: true })));

/** Leaves the screen for the log, comes back, and does the same in another language; `holds` is asked each time. */
async function leaveAndComeBack(screen, holds) {
  await portal.open("log");
  assert.match(await portal.text("announcement"), /kept, but not saved yet/);
  assert.ok(await asksBeforeLeaving());
  await portal.open(screen);
  await holds();
  await portal.at("language").selectOption("de");
  await portal.root.locator("html[lang=de]").waitFor();
  await holds();
  await portal.open("log");
  assert.match(await portal.text("announcement"), /noch nicht gespeichert/);
  await portal.open(screen);
  await holds();
  await portal.at("language").selectOption("en");
  await portal.root.locator("html[lang=en]").waitFor();
  await holds();
}

test("what is not saved survives another screen and another language", async () => {
  assert.equal(await asksBeforeLeaving(), false);
  await section("documents");
  const days = setting("documents.due_days").locator("input");
  const before = await days.inputValue();
  await days.fill("21");
  await leaveAndComeBack("mapping", async () => {
    await section("documents");
    await portal.at("save-bar").waitFor();
    assert.equal(await days.inputValue(), "21");
  });
  await portal.at("discard").click();
  await portal.root.locator("dialog[open]").getByTestId("dialog-confirm").click();
  await portal.at("save-bar").waitFor({ state: "detached" });
  assert.equal(await days.inputValue(), before);
  assert.equal(await asksBeforeLeaving(), false);

  await portal.open("schedule");
  await portal.root.locator("label", { has: portal.root.locator("[data-segment=schedule-preset-own]") }).click();
  await portal.at("schedule-add-time").selectOption("10:15");
  await portal.at("schedule-add").click();
  await portal.at("schedule-add-notice").click();
  await portal.at("schedule-address").fill("ana@bluegum.exam");
  await leaveAndComeBack("schedule", async () => {
    await portal.at("schedule-bar").waitFor();
    const times = await portal.at("schedule-time").evaluateAll((all) => all.map((one) => one.dataset.time));
    assert.deepEqual(times, ["07:00", "10:15", "19:00"]);
    assert.equal(await portal.at("schedule-address").inputValue(), "ana@bluegum.exam");
  });
  await portal.at("schedule-discard").click();
  await portal.at("schedule-bar").waitFor({ state: "detached" });
  assert.equal(await portal.at("schedule-notice").count(), 0);
  assert.equal(await asksBeforeLeaving(), false);
  assert.equal((await session.json("GET", "/api/schedule")).schedule.notices.length, 0);
  await portal.open("mapping");
});

test("an account that Xero has archived meanwhile is flagged here, under Health and in the log", async () => {
  await section("accounts");
  await choose(setting("accounts.sales").locator("select"), "260");
  await save();
  await stack.control.inXero("archive_account", { code: "260" });
  await readAgain();
  await portal.at("broken").waitFor();
  assert.match(await portal.text("broken"), /archived/);
  await portal.look("mapping-broken");

  await portal.open("health");
  const broken = portal.root.locator('[data-testid="broken-setting"][data-path="accounts.sales"]');
  await broken.waitFor();
  await portal.look("health-broken");

  const [invoice] = await ordinaryInvoices(stack, "Approved", 1);
  const { entry } = await session.json("POST", `/api/records/Invoices/${invoice}/sync`);
  assert.equal(entry.outcome, "failed");
  await portal.open("log");
  await portal.root.locator(`[data-testid="log-row"][data-entry="${entry.id}"]`).click();
  await portal.at("log-problems").getByText("archived").first().waitFor();
  await portal.look("log-details");
  await portal.at("log-open-place").first().click();
  await portal.is("mapping");
  await portal.root.locator('[data-testid="mapping-section"] [data-section="accounts"]').waitFor();

  await choose(setting("accounts.sales").locator("select"), "200");
  await save();
  await portal.at("broken").waitFor({ state: "detached" });
  const { entry: again } = await session.json("POST", `/api/records/Invoices/${invoice}/sync`);
  assert.equal(again.outcome, "created", JSON.stringify(again.problems));
});

test("a schedule is switched on, the clock starts its run, and the log shows it", async () => {
  // What was saved last has to be there: whoever changes an older state is asked to look again.
  await (await portal.open("schedule")).settled();
  await portal.at("schedule-enabled").check();
  await portal.at("schedule-save").click();
  await portal.at("schedule-bar").waitFor({ state: "detached" });
  assert.equal(await portal.at("schedule-next-run").count(), 5);
  await portal.look("schedule-on");

  await stack.control.editCrm("Accounts", FIRST_ACCOUNT, { Phone: "+61 2 5550 0123" });
  const now = new Date().toISOString();
  await stack.sql(`UPDATE agenda SET next_at = '${now}', run_at = '${now}'`);
  await stack.tick(QUARTER_HOUR);
  await portal.open("runs");
  const run = portal.root.locator('[data-testid="runs-row"]').filter({ hasText: "Schedule" }).first();
  await run.waitFor();
  await portal.look("runs-list");

  const { runs } = await session.json("GET", "/api/runs");
  const scheduled = runs.find((one) => one.kind === "scheduled");
  await session.runDone(scheduled.id);
  await portal.go(`#/log?run=${scheduled.id}`);
  await portal.is("log");
  await portal.at("log-row").first().waitFor();
  assert.match(await portal.text("log-row"), /Schedule/);
  // A letter links the run itself.
  await portal.go(`#/runs/${scheduled.id}`);
  await portal.at("run-headline").waitFor();
  await portal.look("run-done");
});

test("no page had an error", () => {
  assert.deepEqual(ana.errors, []);
  assert.ok(frame.url().startsWith(stack.workerUrl));
});
