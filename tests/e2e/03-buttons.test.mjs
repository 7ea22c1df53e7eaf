// The button of a record's page and the button of a list.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { person, picture } from "./support/people.mjs";
import { FIRST_INVOICE, INVOICE_BLANK_STATUS, INVOICE_UNMAPPED_TAX, addLuxuryTaxes, ordinaryInvoices } from "./support/records.mjs";
import { startStack } from "./support/stack.mjs";

let stack, ana, invoices;

before(async () => {
  stack = await startStack("buttons");
  ana = await person(stack);
  await addLuxuryTaxes(stack);
  await (await ana.setUp("Invoices", FIRST_INVOICE)).is("not-synced");
  invoices = await ordinaryInvoices(stack, "Approved", 9);
});
after(async () => {
  await ana?.leave();
  await stack?.stop();
});

test("the button syncs at once, shows the outcome, closes and loads the page anew", async () => {
  const panel = await ana.open("Invoices", invoices[0]);
  await panel.is("not-synced");
  const popup = await ana.pressButton();
  await popup.is("done");
  assert.match(await popup.text("hint"), /closes in a moment/);
  await picture(ana.page, "button-done-page");
  await ana.page.getByTestId("popup").waitFor({ state: "hidden" });
  await panel.is("in-step");
  assert.match(await ana.page.getByTestId("field-Xero_ID").innerText(), /^[0-9a-f-]{36}$/);
});

test("the popup stays when it is asked to", async () => {
  await ana.open("Invoices", invoices[1]);
  const popup = await ana.pressButton();
  await popup.is("done");
  await popup.at("keep-open").click();
  await popup.at("hint").waitFor({ state: "detached" });
  await popup.look("button-done");
  await popup.press("Close");
  await ana.page.getByTestId("popup").waitFor({ state: "hidden" });
});

test("the popup stays open on a failure", async () => {
  const panel = await ana.open("Invoices", INVOICE_UNMAPPED_TAX);
  await panel.is("failed");
  const popup = await ana.pressButton();
  await popup.is("failed");
  assert.equal(await popup.text("headline"), "Could not be sent");
  assert.deepEqual(await popup.problems(), ["tax-unmapped"]);
  assert.equal(await popup.at("hint").count(), 0, "nothing says that it closes");
  await popup.look("button-failed");
  await ana.page.getByTestId("popup-close").click();
  assert.equal((await stack.control.crm("Invoices", INVOICE_UNMAPPED_TAX)).Xero_ID ?? null, null);
});

test("a record that is left alone sends nothing, neither it nor what it points to", async () => {
  await ana.open("Invoices", INVOICE_BLANK_STATUS);
  const mark = await stack.control.mark();
  const popup = await ana.pressButton();
  await popup.is("skipped");
  const writes = (await stack.control.calls(mark)).filter((call) => call.api === "xero" && call.method !== "GET");
  assert.deepEqual(writes.map((call) => call.line), []);
  assert.equal(await popup.at("dependencies").count(), 0);
  await popup.look("button-skipped");
});

/** What became of each record of the list, as its rows tell. */
async function outcomes(popup) {
  const rows = await popup.at("row").evaluateAll((rows) =>
    rows.map((row) => [row.dataset.id, row.querySelector("[data-testid=row-outcome]").innerText]),
  );
  return Object.fromEntries(rows);
}

/** The calls that the panel makes to the Worker meanwhile: `POST /api/runs`. */
function panelCalls() {
  const calls = [];
  const note = (request) => {
    const url = new URL(request.url());
    if (url.href.startsWith(`${stack.workerUrl}/api/`)) calls.push(`${request.method()} ${url.pathname}`);
  };
  ana.page.on("request", note);
  return { calls, end: () => ana.page.off("request", note) };
}

test("up to three records of a list are synced one by one", async () => {
  const { calls, end } = panelCalls();
  const ids = invoices.slice(2, 5);
  const popup = await ana.pressListButton("Invoices", ids);
  await popup.is("list");
  await popup.at("headline").getByText("All 3 records done").waitFor();
  end();
  assert.equal(await popup.text("counts"), "3 sent");
  const syncs = calls.filter((call) => call.endsWith("/sync")).sort();
  assert.deepEqual(syncs, ids.map((id) => `POST /api/records/Invoices/${id}/sync`).sort());
  assert.deepEqual(calls.filter((call) => call.includes("/api/runs")), []);
});

test("more records of a list are one run: one that fails stops no other", async () => {
  await stack.control.put("latency", { xero: 500 });
  const { calls, end } = panelCalls();
  const ids = [invoices[5], INVOICE_UNMAPPED_TAX, invoices[6], invoices[7]];
  const popup = await ana.pressListButton("Invoices", ids);
  await popup.is("list");
  await popup.at("primary").getByText("Cancel", { exact: true }).waitFor();
  assert.match(await popup.text("hint"), /goes on if you close this window/);
  await picture(ana.page, "list-working-page");
  await stack.control.put("latency", { xero: 0 });
  await popup.at("headline").getByText("1 of 4 could not be sent").waitFor();
  assert.equal(await popup.text("counts"), "3 sent · 1 failed");
  const expected = (id) => (id === INVOICE_UNMAPPED_TAX ? "Could not be sent" : "Sent to Xero");
  assert.deepEqual(await outcomes(popup), Object.fromEntries(ids.map((id) => [id, expected(id)])));
  assert.equal(calls.filter((call) => call === "POST /api/runs").length, 1);
  assert.deepEqual(calls.filter((call) => call.endsWith("/sync")), []);
  await popup.look("list-one-failed");

  await popup.choose(/LCT on cars/);
  await popup.at("headline").getByText("All 4 records done").waitFor();
  end();
  assert.equal(calls.filter((call) => /^POST \/api\/runs\/[^/]+\/retry$/.test(call)).length, 1);
  await popup.look("list-done");
  for (const id of ids) {
    const { Xero_ID, Invoice_Number } = await stack.control.crm("Invoices", id);
    assert.equal((await stack.control.xero(`Invoices/${Xero_ID}`)).InvoiceNumber, Invoice_Number);
  }
});

test("a list that is cancelled stops, and goes on when it is asked to", async () => {
  // So slow that the run can't end between the two clicks.
  await stack.control.put("latency", { xero: 2_000 });
  const ids = [...invoices.slice(2, 5), invoices[8]];
  const popup = await ana.pressListButton("Invoices", ids);
  await popup.at("primary").getByText("Cancel", { exact: true }).waitFor();
  await popup.press("Cancel");
  await stack.control.put("latency", { xero: 0 });
  // The step that was under way comes to its end first, so all four may be done by then.
  await popup.at("primary").getByText(/^(Continue|Close)$/).waitFor();
  if ((await popup.text("primary")) === "Continue") {
    assert.match(await popup.text("headline"), /^Stopped: \d of 4 done$/);
    await popup.press("Continue");
  }
  await popup.at("headline").getByText("All 4 records done").waitFor();
  assert.ok((await stack.control.crm("Invoices", invoices[8])).Xero_ID);
});

test("another run that is under way is told, and the list can be tried again", async () => {
  await stack.control.put("latency", { xero: 2_000 });
  const ids = [...invoices.slice(2, 5), invoices[8]];
  const records = ids.map((id) => ({ module: "Invoices", id }));
  const request = { pairs: [{ module: "Invoices", direction: "both" }], scope: { records }, preview: false };
  const other = await (await ana.api("POST", "/api/runs", request)).json();
  const popup = await ana.pressListButton("Invoices", ids);
  await popup.at("headline").getByText("Not started: 0 of 4 done").waitFor();
  assert.deepEqual(await popup.problems(), ["run-in-progress"]);
  await popup.look("list-not-started");
  await stack.control.put("latency", { xero: 0 });
  assert.equal((await ana.api("POST", `/api/runs/${other.id}/cancel`, {})).status, 200);
  await popup.press("Try again");
  await popup.at("headline").getByText("All 4 records done").waitFor();
});

test("invoices of one new customer at once: the customer is in Xero once", async () => {
  const contacts = (await stack.control.xero("Contacts")).map((contact) => contact.ContactNumber).filter(Boolean);
  assert.deepEqual(contacts, [...new Set(contacts)]);
  const numbers = (await stack.control.xero("Invoices")).map((invoice) => invoice.InvoiceNumber);
  assert.deepEqual(numbers, [...new Set(numbers)]);
});

test("a button works with the record's id as a text, too", async () => {
  const { id } = await stack.control.post("crm/us/Accounts", { Account_Name: "Lone Pine Surveyors" });
  await ana.open("Accounts", id, "?entityid=string");
  await (await ana.pressButton()).is("done");
});

test("no page had an error", () => {
  assert.deepEqual(ana.errors, []);
});
