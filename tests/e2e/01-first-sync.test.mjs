// From an empty installation to an invoice in Xero, and what a click costs afterwards.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { person, picture } from "./support/people.mjs";
import { FIRST_ACCOUNT, FIRST_INVOICE } from "./support/records.mjs";
import { startStack } from "./support/stack.mjs";

let stack, ana;

before(async () => {
  stack = await startStack("first-sync");
  ana = await person(stack);
});
after(async () => {
  await ana?.leave();
  await stack?.stop();
});

/** A picture of the record's page from its top. */
async function pageTop(name) {
  await ana.page.evaluate(() => scrollTo(0, 0));
  await picture(ana.page, name);
}

test("the panel asks whoever is not signed in to sign in, and a refused sign-in is told", async () => {
  const panel = await ana.open("Invoices", FIRST_INVOICE);
  await panel.is("signed-out");
  assert.equal(await panel.text("primary"), "Sign in with Zoho");
  await panel.look("signed-out");

  const refused = await ana.window(() => panel.press());
  await ana.goOn(refused, refused.getByTestId("reject"));
  await refused.getByTestId("reject").click();
  await panel.at("notice").waitFor();
  await panel.is("signed-out");
  assert.match(await panel.text("notice"), /refused at Zoho/);

  const closed = await ana.window(() => panel.press());
  await ana.shut(closed);
  // It may only be cut off from here: so that is no end by itself.
  await panel.at("window-closed").waitFor();
  await panel.is("signed-out");
  await panel.look("signed-out-window-closed");
  await panel.at("cancel-window").click();
  await panel.at("window-closed").waitFor({ state: "detached" });
  assert.equal(await panel.text("primary"), "Sign in with Zoho");
});

test("an administrator signs in and connects both sides", async () => {
  const panel = await ana.open("Invoices", FIRST_INVOICE);
  await ana.signIn(panel);
  await panel.is("zoho-missing");
  assert.match(await panel.text("user"), /Ana/);
  await panel.look("zoho-missing");

  await ana.agreeAtZoho(await ana.window(() => panel.press("Connect Zoho CRM")));
  await panel.is("xero-missing");
  await panel.look("xero-missing");

  const refused = await ana.window(() => panel.press("Connect Xero"));
  await ana.goOn(refused, refused.getByTestId("cancel"));
  await refused.getByTestId("cancel").click();
  await panel.at("notice").waitFor();
  assert.match(await panel.text("notice"), /refused at Xero/);
  await panel.is("xero-missing");

  await ana.agreeAtXero(await ana.window(() => panel.press("Connect Xero")));
  await panel.is("not-synced");
  assert.match(await panel.text("organisations"), /↔ .*Blue Gum Trading Pty Ltd$/);
});

test("the panel shows what would be sent, and one click sends it", async () => {
  const panel = await ana.open("Invoices", FIRST_INVOICE);
  await panel.is("not-synced");
  const invoice = await stack.control.crm("Invoices", FIRST_INVOICE);
  assert.match(await panel.text("summary"), new RegExp(`^Invoice ${invoice.Invoice_Number}`));
  const first = await panel.text("dependencies");
  assert.match(first, /Account Harbour Light Cafe is sent first/);
  assert.match(first, /Product .* is sent first/);
  assert.match(await panel.text("totals"), /The totals meet\./);
  await panel.look("not-synced");
  await pageTop("record-page-not-synced");

  // Slow enough to look at it.
  await stack.control.put("latency", { xero: 6_000 });
  await panel.press("Send to Xero");
  await panel.is("working");
  await panel.at("steps").waitFor();
  await panel.look("working");
  await panel.is("working");
  await stack.control.put("latency", { xero: 0 });
  await panel.is("done");
  assert.equal(await panel.text("headline"), "Sent to Xero");
  await panel.look("done");

  await ana.page.reload();
  await panel.is("in-step");
  assert.equal(await panel.at("entry").count(), 1, "one click, one entry");
  assert.match(await panel.text("entry"), /Sent to Xero by Ana/);
  await panel.look("in-step");
  await pageTop("record-page-in-step");
});

test("both sides show the same invoice and lead to each other", async () => {
  const invoice = await stack.control.crm("Invoices", FIRST_INVOICE);
  const panel = await ana.open("Invoices", FIRST_INVOICE);
  await panel.is("in-step");
  const xeroId = (await ana.page.getByTestId("field-Xero_ID").innerText()).trim();
  assert.match(xeroId, /^[0-9a-f-]{36}$/);

  const inXero = await stack.control.xero(`Invoices/${xeroId}`);
  assert.equal(inXero.InvoiceNumber, invoice.Invoice_Number);
  assert.equal(Number(inXero.Total), Number(invoice.Grand_Total));
  assert.equal(inXero.Status, "AUTHORISED");
  assert.ok(inXero.Url.includes(FIRST_INVOICE), "Xero's invoice leads back to the CRM");
  assert.equal(Number(invoice.Xero_Amount_Due), Number(inXero.AmountDue));

  await ana.page.goto(`${stack.booksUrl}`);
  await ana.page.getByTestId("nav-AU-invoices").click();
  await ana.page.getByTestId(`row-${xeroId}`).click();
  const total = (await ana.page.getByTestId("total-Total").innerText()).replace(/[^0-9.]/g, "");
  assert.equal(Number(total), Number(invoice.Grand_Total), "the books' page shows the CRM's total");
});

test("a second click finds nothing to do, with one read on each side and no write", async () => {
  const panel = await ana.open("Invoices", FIRST_INVOICE);
  await panel.is("in-step");
  const mark = await stack.control.mark();
  await panel.press("Nothing to sync");
  await panel.at("announcement").waitFor({ state: "attached" });
  await panel.at("entry").nth(1).waitFor();
  const calls = await stack.control.calls(mark);
  const lines = calls.map((call) => call.line).sort();
  assert.equal(lines.length, 2, lines.join("\n"));
  assert.match(lines[0], /^xero GET .*\/Invoices/);
  assert.match(lines[1], /^zoho GET .*\/Invoices\//);
});

test("a new account costs one read, one create and one write-back", async () => {
  const { id } = await stack.control.post("crm/us/Accounts", { Account_Name: "Lone Pine Surveyors" });
  const panel = await ana.open("Accounts", id);
  await panel.is("not-synced");
  const mark = await stack.control.mark();
  await panel.press("Send to Xero");
  await panel.is("done");
  const lines = (await stack.control.calls(mark)).map((call) => call.line).sort();
  const count = (pattern) => lines.filter((line) => pattern.test(line)).length;
  assert.equal(count(/^xero (PUT|POST) .*\/Contacts/), 1, lines.join("\n"));
  assert.equal(count(/^zoho PUT .*\/Accounts/), 1, lines.join("\n"));
  assert.equal(lines.length, 3, lines.join("\n"));
});

test("several panels of the same person at once do not disturb each other", async () => {
  const first = await ana.open("Accounts", FIRST_ACCOUNT);
  await first.is("in-step");
  // Whoever has used up a share of Xero's minute, as this file may have, is told until when.
  const view = async (path) => {
    for (;;) {
      const answer = await ana.api("GET", path);
      if (answer.status !== 429) return answer;
      await pause(Number(answer.headers.get("retry-after")) * 1_000);
    }
  };
  const answers = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => view(`/api/records/Accounts/57250000000100000${n}`)));
  assert.deepEqual(answers.map((answer) => answer.status), Array(6).fill(200));
});

test("no page had an error", () => {
  assert.deepEqual(ana.errors, []);
});
