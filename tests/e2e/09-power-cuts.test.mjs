// Runs that are cut off and held up: power cuts in the middle of a run, and the limits of Xero.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { MODULES, ordinaryInvoices } from "./support/records.mjs";
import { addsUp, connected } from "./support/session.mjs";
import { startStack } from "./support/stack.mjs";

const BOTH_WAYS = MODULES.map((module) => ({ module, direction: "both" }));

let stack, ana;

before(async () => {
  stack = await startStack("power-cuts");
  ana = await connected(stack);
});
after(() => stack?.stop());

/** Where the power fails, in the order in which a run comes by: the call that never ends. */
const CUTS = [
  ["while the CRM's lists are read", "zoho", ["GET"], "*/Products", "before"],
  ["while Xero's lists are read", "xero", ["GET"], "*/Contacts*", "before"],
  ["before Xero has created customers", "xero", ["PUT", "POST"], "*/Contacts*", "before"],
  ["after Xero has created customers", "xero", ["PUT", "POST"], "*/Contacts*", "after"],
  ["before the CRM is told", "zoho", ["PUT"], "*/Accounts*", "before"],
  ["after the CRM was told", "zoho", ["PUT"], "*/Products*", "after"],
  ["after Xero has created invoices", "xero", ["PUT", "POST"], "*/Invoices*", "after"],
  ["while the CRM is told of invoices", "zoho", ["PUT"], "*/Invoices*", "before"],
];

async function lay([, api, methods, path, phase]) {
  for (const method of methods) await stack.control.fault({ api, method, path, phase, effect: "hang" });
}

/** Waits until one of the faults has struck. Only the sandbox is asked: nothing wakes the run. */
async function struck(what) {
  const deadline = Date.now() + 150_000;
  while (!(await stack.control.get("faults")).some((fault) => fault.struck > 0)) {
    assert.ok(Date.now() < deadline, `no call came by ${what}`);
    await pause(50);
  }
}

test("a run goes on by itself after each power cut, and nothing is doubled or lost", async () => {
  const approved = await ordinaryInvoices(stack, "Approved", 100);
  const before = new Set();
  for (const module of MODULES) for (const { id } of await stack.control.get(`crm/us/${module}`)) before.add(id);
  await lay(CUTS[0]);
  const { id } = await ana.startRun({ pairs: BOTH_WAYS, scope: "everything" });
  for (const [index, cut] of CUTS.entries()) {
    await struck(cut[0]);
    await stack.killWorker();
    await stack.control.noFaults();
    if (CUTS[index + 1]) await lay(CUTS[index + 1]);
    await stack.restartWorker();
  }
  const run = await ana.runDone(id);
  addsUp(run);

  const entries = await ana.entries(`run=${id}`, 200);
  assert.equal(entries.length, run.counts.candidates, "every candidate has an entry");
  const records = entries.map((entry) => `${entry.module} ${entry.record_id || entry.xero_id}`);
  assert.deepEqual(records.filter((record, at) => records.indexOf(record) !== at), [], "no record has two");

  const invoices = await stack.control.xero("Invoices");
  // Each document of ours leads back to the record that it came from.
  const origins = invoices.map((one) => one.Url).filter(Boolean);
  assert.ok(origins.length > 100, `${origins.length} documents are in Xero`);
  assert.deepEqual(origins.filter((url, at) => origins.indexOf(url) !== at), [], "each document is in Xero once");
  const known = new Set(invoices.map((one) => one.InvoiceID));
  for (const id of approved) {
    const { Xero_ID, Xero_Sync_Status } = await stack.control.crm("Invoices", id);
    assert.ok(known.has(Xero_ID), `${id} leads to Xero`);
    assert.equal(Xero_Sync_Status, "In step");
  }
  const customers = (await stack.control.xero("Contacts")).filter((one) => one.ContactStatus === "ACTIVE");
  const names = customers.map((one) => one.Name.toLowerCase());
  assert.equal(new Set(names).size, names.length, "each customer is in Xero once");
  for (const module of MODULES) {
    const partners = (await stack.control.get(`crm/us/${module}`)).filter((one) => one.Xero_ID);
    const ids = partners.map((one) => one.Xero_ID);
    assert.equal(new Set(ids).size, ids.length, `${module}: no two records have one partner`);
    // A service product stands for an account of Xero's: it comes along with a document and has no entry of its own.
    const made = partners.filter((one) => !before.has(one.id) && !one.Xero_ID.startsWith("account:"));
    const created = entries.filter((entry) => entry.module === module && entry.outcome === "created");
    const told = new Set(created.map((entry) => entry.record_id));
    assert.deepEqual(made.filter((one) => !told.has(one.id)), [], `${module}: what is new in the CRM is in the log as such`);
  }

  const mark = await stack.control.mark();
  const again = await ana.runDone((await ana.startRun({ pairs: BOTH_WAYS, scope: "since_last" })).id);
  assert.deepEqual(await stack.control.changes(mark), [], "a further run changes nothing");
  addsUp(again);
});

const LIMITS = [
  ["minute", "xero-minute-limit", 25],
  ["day", "xero-day-limit", 8],
];

for (const [limit, code, seconds] of LIMITS) {
  test(`Xero's limit of a ${limit} holds a run up, visibly and without a call, and it goes on by itself`, async () => {
    const { id: account } = await stack.control.post("crm/us/Accounts", { Account_Name: `Patient Pottery ${limit}` });
    const headers = [["x-rate-limit-problem", limit], ["retry-after", `${seconds}`]];
    const mark = await stack.control.mark();
    await stack.control.fault({ api: "xero", path: "*/api.xro/*", effect: { respond: { status: 429, headers } } });
    const { id } = await ana.startRun({ pairs: [{ module: "Accounts", direction: "to_xero" }], scope: "since_last" });
    const waiting = await ana.runWhere(id, "waiting", (run) => run.state === "waiting");
    assert.equal(waiting.problem.code, code);
    const wait = Date.parse(waiting.resumes_at) - Date.now();
    assert.ok(wait > 0 && wait <= 65_000, `it waits ${wait} ms`);
    const run = await ana.runDone(id);
    assert.deepEqual([run.problem, run.resumes_at], [null, null]);
    const calls = (await stack.control.calls(mark)).filter((call) => call.api === "xero");
    const refused = calls.findIndex((call) => call.status === 429);
    assert.ok(refused >= 0 && calls.length > refused + 1, "it was refused, and went on");
    const pauses = Date.parse(calls[refused + 1].at) - Date.parse(calls[refused].at);
    assert.ok(pauses >= seconds * 1_000, `the next call came after ${pauses} ms`);
    const { Xero_ID } = await stack.control.crm("Accounts", account);
    assert.equal((await stack.control.xero(`Contacts/${Xero_ID}`)).Name, `Patient Pottery ${limit}`);
  });
}
