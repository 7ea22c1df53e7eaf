// What stops a sync is told with its cause and its fix, and goes away when the cause does.

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { person } from "./support/people.mjs";
import { FIRST_INVOICE, INVOICE_BLANK_STATUS, INVOICE_UNMAPPED_TAX, addLuxuryTaxes, ordinaryInvoices } from "./support/records.mjs";
import { startStack } from "./support/stack.mjs";

let stack, ana, approved, drafts;

before(async () => {
  stack = await startStack("failures");
  ana = await person(stack);
  await addLuxuryTaxes(stack);
  await (await ana.setUp("Invoices", FIRST_INVOICE)).is("not-synced");
  approved = await ordinaryInvoices(stack, "Approved", 4);
  drafts = await ordinaryInvoices(stack, "Created", 2);
});
afterEach(async () => {
  await stack.control.noFaults();
});
after(async () => {
  await ana?.leave();
  await stack?.stop();
});

/** Opens a record's page and syncs it. */
async function synced(module, id) {
  const panel = await ana.open(module, id);
  await panel.is("not-synced");
  await panel.press("Send to Xero");
  await panel.is("done");
  return panel;
}

test("a tax without a partner: who is no administrator is told to ask one", async () => {
  const sam = await person(stack, { email: "sam@bluegum.example" });
  const panel = await sam.open("Invoices", INVOICE_UNMAPPED_TAX);
  await sam.signIn(panel, "sam-sales");
  await panel.is("failed");
  assert.match(await panel.text("ask-administrator"), /Ask an administrator/);
  assert.equal(await panel.at("remedy").count(), 0);
  await panel.look("failed-ask-an-administrator");
  await sam.leave();
});

test("a tax without a partner: fails, is mapped in place, is tried again, is synced", async () => {
  const panel = await ana.open("Invoices", INVOICE_UNMAPPED_TAX);
  await panel.is("failed");
  assert.equal(await panel.text("headline"), "Can’t be sent yet");
  await panel.press("Try again");
  await panel.is("failed");
  await panel.at("headline").getByText("Could not be sent").waitFor();
  assert.deepEqual(await panel.problems(), ["tax-unmapped"]);
  const parts = await panel.at("problem").locator("> *").allInnerTexts();
  assert.match(parts[0], /Luxury Car Tax/);
  assert.match(parts[1], /^Why: /);
  assert.match(parts[2], /^Do: /);
  const { place } = (await (await ana.api("GET", `/api/records/Invoices/${INVOICE_UNMAPPED_TAX}`)).json()).preview
    .problems[0];
  assert.equal(await panel.at("place").count(), place ? 1 : 0);
  const history = await panel.at("entry").count();
  assert.equal(history, 1, "the failed click has its entry");
  await panel.look("failed");

  await panel.choose(/LCT on cars/);
  await panel.is("done");
  assert.equal(await panel.text("headline"), "Sent to Xero");
  assert.equal(await panel.at("entry").count(), 2);
  const { Xero_ID } = await stack.control.crm("Invoices", INVOICE_UNMAPPED_TAX);
  assert.ok((await stack.control.xero(`Invoices/${Xero_ID}`)).LineItems.length > 0);
});

test("a blank status is skipped on purpose, and says so", async () => {
  const panel = await ana.open("Invoices", INVOICE_BLANK_STATUS);
  await panel.is("skipped");
  await panel.look("skipped");
});

test("changes in the CRM, in Xero and in both are shown field by field", async () => {
  const [id] = drafts;
  await synced("Invoices", id);
  const { Xero_ID } = await stack.control.crm("Invoices", id);

  await stack.control.editCrm("Invoices", id, { Due_Date: "2027-01-15" }, "sam@bluegum.example");
  const panel = await ana.open("Invoices", id);
  await panel.is("changes");
  assert.equal(await panel.text("headline"), "1 change waiting");
  const [[field, cells]] = Object.entries(await panel.changes());
  assert.match(field, /^Due date changed in the CRM/);
  assert.match(cells[0], /15 Jan 2027/);
  assert.match(cells[2], /15 Jan 2027 in Xero/);
  await panel.look("changes-in-crm");

  await stack.control.editXero("Invoices", Xero_ID, { InvoiceID: Xero_ID, Reference: "Ring first" });
  await panel.at("refresh").click();
  await panel.at("changes").locator("tbody tr").nth(1).waitFor();
  await panel.is("changes");
  await panel.look("changes-in-both");
  await panel.press("Update Xero");
  await panel.is("done");
  const inXero = await stack.control.xero(`Invoices/${Xero_ID}`);
  assert.match(inXero.DueDateString, /^2027-01-15/);
  assert.equal(inXero.Reference, "Ring first", "what only Xero changed is left alone there");
  assert.equal(await panel.at("entry").count(), 2);
});

test("an edit of an invoice that Xero has approved is Xero's to overrule, unless it is let through", async () => {
  const [id] = approved;
  await synced("Invoices", id);
  const { Xero_ID } = await stack.control.crm("Invoices", id);
  await stack.control.editCrm("Invoices", id, { Due_Date: "2027-01-15" }, "sam@bluegum.example");
  let panel = await ana.open("Invoices", id);
  await panel.is("changes");
  assert.equal(await panel.text("primary"), "Check again");
  assert.equal(await panel.text("overwrite"), "Overwrite with Xero’s values");
  await panel.look("changes-approved-in-xero");

  await panel.at("remedy").selectOption({ index: 1 });
  await panel.at("remedy-save").click();
  await panel.at("primary").getByText("Update Xero").waitFor();
  await panel.press("Update Xero");
  await panel.is("done");
  assert.match((await stack.control.xero(`Invoices/${Xero_ID}`)).DueDateString, /^2027-01-15/);

  await stack.control.inXero("pay", { invoice: Xero_ID, amount: 10 });
  panel = await ana.open("Invoices", id);
  await panel.is("changes");
  assert.match((await panel.changes())["Paid changed in Xero"][2], /^10\.00 AUD/);
  await panel.look("changes-in-xero");
  await panel.at("overwrite").press("Enter");
  await panel.is("done");
  const focused = await (await panel.content()).evaluate(() => document.activeElement.dataset.testid);
  assert.equal(focused, "primary", "the button is gone, the focus is not");
  assert.equal(Number((await stack.control.crm("Invoices", id)).Xero_Amount_Paid), 10);
});

test("an invoice that is paid in Xero is locked there", async () => {
  const id = approved[1];
  await synced("Invoices", id);
  const { Xero_ID } = await stack.control.crm("Invoices", id);
  const { AmountDue } = await stack.control.xero(`Invoices/${Xero_ID}`);
  await stack.control.inXero("pay", { invoice: Xero_ID, amount: AmountDue });
  let panel = await ana.open("Invoices", id);
  await panel.is("changes");
  await panel.at("overwrite").click();
  await panel.is("done");
  panel = await ana.open("Invoices", id);
  await panel.is("locked");
  await panel.look("locked");

  const before = await stack.control.crm("Invoices", id);
  const line = before.Invoiced_Items[0];
  await stack.control.editCrm("Invoices", id, { Invoiced_Items: [{ id: line.id, Quantity: line.Quantity + 1 }] });
  panel = await ana.open("Invoices", id);
  await panel.is("changes");
  assert.deepEqual(await panel.problems(), ["document-paid"]);
  assert.match(await panel.text("problem"), /not sent: Line 1 quantity/i);
  await panel.look("locked-with-changes");
  await panel.at("overwrite").click();
  await panel.is("done");
  const after = await stack.control.crm("Invoices", id);
  assert.equal(Number(after.Invoiced_Items[0].Quantity), Number(line.Quantity), "the CRM has Xero's quantity again");
  assert.equal(Number((await stack.control.xero(`Invoices/${Xero_ID}`)).LineItems[0].Quantity), Number(line.Quantity));
});

test("an outage is told as one, whoever has it", async () => {
  const id = approved[3];
  await stack.control.inXero("offline", { text: "The Organisation is offline" });
  let panel = await ana.open("Invoices", id);
  await panel.is("limited");
  await panel.look("xero-outage");
  await stack.control.inXero("offline", {});

  await stack.control.fault({ api: "zoho", effect: { respond: { status: 503 } }, repeat: "always" });
  panel = await ana.open("Invoices", id);
  await panel.is("limited");
  await panel.look("zoho-outage");
  await stack.control.noFaults();
  await panel.press("Try again");
  await panel.is("not-synced");
});

test("who answers in the service's place is not taken for it, and a second try is the same request", async () => {
  // No document so far needed a supplier.
  const [{ id }] = await stack.control.get("crm/us/Vendors");
  const panel = await ana.open("Vendors", id);
  await panel.is("not-synced");
  const names = [];
  const sync = "**/api/records/Vendors/*/sync";
  await ana.page.route(sync, async (route) => {
    names.push(route.request().headers()["idempotency-key"]);
    // The first one arrives, but its answer is lost on the way.
    const answer = await route.fetch();
    if (names.length > 1) return route.fulfill({ response: answer });
    await route.fulfill({ status: 502, contentType: "text/html", body: "<html><title>502 Bad gateway</title></html>" });
  });
  await panel.press("Send to Xero");
  await panel.is("failed");
  assert.equal(await panel.text("headline"), "Not known yet whether it was sent");
  assert.equal((await panel.problems())[0], "outcome-unknown");
  assert.match(await panel.text("problem"), /is not answering at the moment\. Why: HTTP 502: .* gone through\. Do: Try again/);
  assert.equal(await panel.at("said").count(), 0);
  await panel.look("failed-answered-in-its-place");
  await panel.press("Try again");
  await panel.is("in-step");
  await ana.page.unroute(sync);
  assert.equal(names.length, 2);
  assert.ok(names[0]);
  assert.equal(names[1], names[0]);
  const entries = await panel.at("entry").allInnerTexts();
  assert.equal(entries.filter((text) => /Sent to Xero/.test(text)).length, 1, "what was asked for twice was done once");
});

test("Xero's access taken away in Xero: the panel says so and connects again", async () => {
  await stack.control.inXero("disconnect");
  const panel = await ana.open("Invoices", approved[0]);
  await panel.is("broken");
  assert.equal(await panel.text("headline"), "The connection to Xero is broken");
  await panel.look("broken-xero");

  const sam = await person(stack, { email: "sam@bluegum.example" });
  const his = await sam.open("Invoices", approved[0]);
  await sam.signIn(his, "sam-sales");
  await his.is("broken");
  assert.equal(await his.text("primary"), "Check again");
  await sam.leave();

  await ana.agreeAtXero(await ana.window(() => panel.press("Reconnect Xero")));
  await panel.is("locked");
  assert.match(await panel.text("headline"), /^In step with Xero/);
});

test("Xero's limits are told with their end, and nothing is lost", async () => {
  for (const [limit, name] of [["minute", "limited-minute"], ["day", "limited-day"]]) {
    await stack.control.fault({ api: "xero", effect: { rate_limit: limit }, repeat: "always" });
    const panel = await ana.open("Invoices", approved[2]);
    await panel.is("limited");
    assert.equal(await panel.text("headline"), "Xero’s call limit is reached");
    await panel.look(name);
    await stack.control.noFaults();
    // A limit is remembered as long as it lasts; a new Worker knows of none.
    await stack.killWorker();
    await stack.restartWorker();
  }
  const panel = await ana.open("Invoices", approved[2]);
  await panel.is("not-synced");
});

test("no page had an error", () => {
  assert.deepEqual(ana.errors, []);
});
