// Power cuts in workerd: whatever was under way, each record is in Xero once afterwards.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { person } from "./support/people.mjs";
import { FIRST_INVOICE, ordinaryInvoices } from "./support/records.mjs";
import { startStack } from "./support/stack.mjs";

let stack, ana, invoices;

before(async () => {
  stack = await startStack("crash");
  ana = await person(stack);
  await (await ana.setUp("Invoices", FIRST_INVOICE)).is("not-synced");
  invoices = await ordinaryInvoices(stack, "Approved", 4);
});
after(async () => {
  await ana?.leave();
  await stack?.stop();
});

/** Waits until the sandbox has been called so. */
async function called(mark, pattern) {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const calls = await stack.control.calls(mark);
    if (calls.some((call) => pattern.test(call.line))) return;
    assert.ok(Date.now() < deadline, `no ${pattern} among:\n${calls.map((call) => call.line).join("\n")}`);
  }
}

/**
 * Waits until Xero's minute has room for a whole cut: the tests are quicker than its 60 calls a minute allow, and a
 * Worker that was killed has forgotten how many it made.
 */
async function roomAtXero() {
  const deadline = Date.now() + 90_000;
  for (;;) {
    const last = (await stack.control.calls(0)).findLast((call) => call.api === "xero" && minuteLeft(call) !== undefined);
    if (!last || minuteLeft(last) >= 35 || Date.now() - Date.parse(last.at) > 60_000) return;
    assert.ok(Date.now() < deadline, `Xero's minute stays full: ${minuteLeft(last)} at ${last.at}`);
    await pause(500);
  }
}

/** The calls that Xero's answer says are left of the minute; none on answers without it, such as tokens. */
function minuteLeft({ response_headers: headers }) {
  const header = headers.find(([name]) => name.toLowerCase() === "x-minlimit-remaining");
  return header && Number(header[1]);
}

const CREATE_INVOICE = /^xero (PUT|POST) .*\/Invoices/;
const CREATE_CONTACT = /^xero (PUT|POST) .*\/Contacts/;
const WRITE_BACK = /^zoho PUT .*\/Invoices/;

const CUTS = [
  ["while the customer is created", "after", CREATE_CONTACT, "xero", "*/Contacts*"],
  ["before Xero has created the invoice", "before", CREATE_INVOICE, "xero", "*/Invoices*"],
  ["after Xero has created the invoice", "after", CREATE_INVOICE, "xero", "*/Invoices*"],
  ["while the CRM is told", "before", WRITE_BACK, "zoho", "*/Invoices*"],
];

for (const [index, [name, phase, call, api, path]] of CUTS.entries()) {
  test(`the power fails ${name}: the record is in Xero once after the next click`, async () => {
    const id = invoices[index];
    const { Invoice_Number: number } = await stack.control.crm("Invoices", id);
    const panel = await ana.open("Invoices", id);
    await panel.is("not-synced");
    await roomAtXero();
    const mark = await stack.control.mark();
    for (const method of ["PUT", "POST"]) await stack.control.fault({ api, method, path, phase, effect: "hang" });
    await panel.press("Send to Xero");
    await panel.is("working");
    await called(mark, call);
    await stack.killWorker();
    await stack.control.noFaults();
    await stack.restartWorker();

    const again = await ana.open("Invoices", id);
    await again.at("history").waitFor();
    // Where only the CRM is to be told, that has a button of its own.
    await again.at("overwrite").or(again.at("primary")).last().waitFor();
    const overwrites = await again.at("overwrite").isVisible();
    await (overwrites ? again.at("overwrite").click() : again.press());
    const ended = /^(Sent to Xero|Xero is updated|In step with Xero|Brought back)/;
    await again.at("announcement").getByText(ended).waitFor({ state: "attached" });
    const found = (await stack.control.xero("Invoices")).filter((one) => one.InvoiceNumber === number);
    assert.equal(found.length, 1, `${number} is in Xero once`);
    const record = await stack.control.crm("Invoices", id);
    assert.equal(record.Xero_ID, found[0].InvoiceID);
    assert.equal(record.Xero_Sync_Status, "In step");
    const contacts = (await stack.control.xero("Contacts")).filter((one) => one.ContactNumber).map((one) => one.Name);
    assert.deepEqual(contacts, [...new Set(contacts)], "each customer is in Xero once");
    await ana.page.reload();
    await again.is("in-step");
  });
}
