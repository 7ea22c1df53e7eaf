// Runs over the API: by hand, by the clock, of a user; what they tell while they last and what stays of them.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { ACCOUNT_OF_RESTRICTED_USER, FIRST_ACCOUNT, INVOICE_UNMAPPED_TAX, MODULES, addLuxuryTaxes } from "./support/records.mjs";
import { addsUp, connected, plain, signIn } from "./support/session.mjs";
import { startStack } from "./support/stack.mjs";

const QUARTER_HOUR = "*/15 * * * *";
const EVERY_NIGHT = "17 3 * * *";
const LONG_AGO = "2026-01-02T03:04:05.000Z";
const BOTH_WAYS = MODULES.map((module) => ({ module, direction: "both" }));
const RESOURCES = {
  Accounts: "Contacts",
  Contacts: "Contacts",
  Vendors: "Contacts",
  Products: "Items",
  Invoices: "Invoices",
  Purchase_Orders: "Invoices",
};
const OUTCOMES = ["created", "updated", "unchanged", "skipped", "failed", "deferred", "undecided"];

let stack, ana, first;

before(async () => {
  stack = await startStack("runs");
  await addLuxuryTaxes(stack);
  ana = await connected(stack);
});
after(() => stack?.stop());

/** How many of these entries ended how, by pair. */
function tally(entries) {
  const counts = {};
  for (const { module, outcome } of entries) {
    counts[module] ??= Object.fromEntries([...OUTCOMES, "candidates"].map((name) => [name, 0]));
    counts[module][outcome] += 1;
    counts[module].candidates += 1;
  }
  return counts;
}

/** The fields of each row of a file as RFC 4180 has them. */
function rows(csv) {
  const fields = csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g);
  const rows = [[]];
  for (const [whole, quoted, bare, end] of fields) {
    if (whole === "") break;
    rows.at(-1).push(quoted?.replaceAll('""', '"') ?? bare);
    if (end !== ",") rows.push([]);
  }
  return rows.filter((row) => row.length > 0);
}

/** The log tells every record of a run once, and agrees with its counts. */
async function logAgrees(session, run) {
  addsUp(run);
  const entries = await session.entries(`run=${run.id}`);
  const taken = run.pairs.filter((pair) => pair.counts.candidates > 0);
  const counted = Object.fromEntries(taken.map((pair) => [pair.module, pair.counts]));
  assert.deepEqual(tally(entries), counted);
  const records = entries.map((entry) => `${entry.module} ${entry.record_id} ${entry.record_id ? "" : entry.xero_id}`);
  assert.equal(new Set(records).size, records.length, "each record has one entry");
  return entries;
}

test("a preview says what a run would do and cost, and changes nothing", async () => {
  const mark = await stack.control.mark();
  const asked = await ana.startRun({ pairs: BOTH_WAYS, scope: "everything", preview: true });
  first = await ana.runWhere(asked.id, "ready", (run) => run.state === "ready");
  assert.deepEqual((await stack.control.writes(mark)).map((call) => call.line), []);
  const { forecast } = first;
  assert.deepEqual(forecast.pairs.map((pair) => pair.module), MODULES);
  const records = await stack.control.get("crm/us/Invoices");
  const invoices = forecast.pairs.find((pair) => pair.module === "Invoices");
  assert.ok(invoices.create + invoices.update + invoices.skip >= records.length, JSON.stringify(invoices));
  assert.ok(forecast.calls.xero > 0 && forecast.calls.zoho > 0 && forecast.seconds > 0, JSON.stringify(forecast));
  assert.equal(first.counts.candidates, 0);
});

test("a run takes up every record once, and can be watched", async () => {
  await ana.json("POST", `/api/runs/${first.id}/start`);
  const refused = await ana.json("POST", "/api/runs", { pairs: BOTH_WAYS, scope: "everything" }, 409);
  assert.equal(refused.problem.code, "run-in-progress");
  const seen = await ana.follow(first.id);
  assert.ok(seen.length > 2, `${seen.length} views were sent`);
  const candidates = seen.map((view) => view.counts.candidates);
  assert.deepEqual(candidates, candidates.toSorted((a, b) => a - b), "progress never goes back");
  seen.forEach(addsUp);
  assert.equal(seen.at(-1).state, "done");
  first = await ana.runDone(first.id);
  assert.deepEqual(seen.at(-1), first, "the last view is the run's end");

  const entries = await logAgrees(ana, first);
  assert.ok(first.counts.created > 150, JSON.stringify(first.counts));
  assert.ok(first.pairs.every((pair) => pair.listed && pair.remaining === 0));
  const made = (await ana.json("GET", "/api/runs")).runs;
  assert.deepEqual(made.map((run) => run.id), [first.id]);

  const file = await ana.api("GET", `/api/entries.csv?run=${first.id}`);
  assert.match(file.headers.get("content-type"), /^text\/csv/);
  const [names, ...lines] = rows(await file.text());
  assert.equal(lines.length, entries.length);
  assert.ok(lines.every((line) => line.length === names.length), "every line has every column");
});

test("what came from Xero is in the CRM, and what went to Xero leads back", async () => {
  const known = {};
  for (const [resource, id] of [["Contacts", "ContactID"], ["Items", "ItemID"], ["Invoices", "InvoiceID"]]) {
    known[resource] = new Set((await stack.control.xero(resource)).map((one) => one[id]));
  }
  const counts = {};
  for (const [module, resource] of Object.entries(RESOURCES)) {
    const linked = (await stack.control.get(`crm/us/${module}`)).map((one) => one.Xero_ID).filter(Boolean);
    assert.equal(new Set(linked).size, linked.length, `no two ${module} have one partner`);
    // A service product stands for an account of Xero's and has no item there.
    const inXero = (id) => known[resource].has(id) || (module === "Products" && id.startsWith("account:"));
    assert.ok(linked.every(inXero), `the partner of each of the ${module} is in Xero`);
    counts[module] = linked.length;
  }
  assert.ok(counts.Invoices > 80 && counts.Accounts > 30 && counts.Products > 40, JSON.stringify(counts));
});

test("the log can be asked for pair, outcome, problem and record", async () => {
  const [failed] = await ana.entries(`run=${first.id}&record=${INVOICE_UNMAPPED_TAX}`);
  assert.deepEqual([failed.outcome, failed.problems[0].code], ["failed", "tax-unmapped"]);
  const alike = await ana.entries(`run=${first.id}&module=Invoices&outcome=failed&problem=tax-unmapped`, 1);
  assert.ok(alike.some((entry) => entry.id === failed.id));
  assert.ok(alike.every((entry) => entry.problems[0].code === "tax-unmapped" && entry.module === "Invoices"));
  assert.deepEqual(await ana.entries(`run=${first.id}&until=${LONG_AGO}`), []);
  assert.equal((await ana.json("GET", "/api/entries?module=Leads", undefined, 400)).problem.code, "invalid-request");
  const { records } = await ana.json("GET", "/api/waiting");
  assert.ok(records.some((record) => record.crm_id === INVOICE_UNMAPPED_TAX && record.times === 1));
});

test("a second run reads the lists, tries again what failed, and writes nothing", async () => {
  const mark = await stack.control.mark();
  const run = await ana.runDone((await ana.startRun({ pairs: BOTH_WAYS, scope: "since_last" })).id);
  assert.deepEqual(await stack.control.changes(mark), []);
  const { failed, deferred, undecided } = first.counts;
  assert.ok(undecided > 0, JSON.stringify(first.counts));
  assert.deepEqual([run.counts.created, run.counts.updated], [0, 0], "nothing is new");
  const again = [run.counts.failed, run.counts.deferred, run.counts.undecided];
  assert.deepEqual(again, [failed, deferred, undecided], "what failed, waits or is asked is tried again");
  // The first run made products for lines without an item code: this one sees them for the first time.
  const tried = ["failed", "deferred", "undecided"];
  const rest = (await logAgrees(ana, run)).filter((entry) => !tried.includes(entry.outcome));
  assert.deepEqual(rest.map((entry) => entry.problems[0]?.code), rest.map(() => "service-product"));
});

test("one record is tried again once its cause is settled, and so is all that failed", async () => {
  const [failed] = await ana.entries(`run=${first.id}&record=${INVOICE_UNMAPPED_TAX}`);
  const choice = failed.problems[0].remedy.choices.find((one) => /LCT on cars/.test(one.label));
  await ana.json("POST", "/api/settings/changes", { change: choice.change }, 204);
  const one = await ana.json("POST", `/api/entries/${failed.id}/retry`, {}, 201);
  assert.equal(one.kind, "retry");
  const done = await ana.runDone(one.id);
  assert.deepEqual([done.counts.candidates, done.counts.created], [1, 1]);
  await logAgrees(ana, done);

  const all = await ana.json("POST", `/api/runs/${first.id}/retry`, {}, 201);
  const again = await ana.runDone(all.id);
  assert.equal(again.counts.candidates, first.counts.failed + first.counts.deferred + first.counts.undecided);
  await logAgrees(ana, again);
});

test("a run can be cancelled; the next one takes up the rest", async () => {
  const names = Array.from({ length: 60 }, (_, n) => `Cancelled Cookware ${n + 1}`);
  for (const name of names) await stack.control.post("crm/us/Accounts", { Account_Name: name });
  const pairs = [{ module: "Accounts", direction: "to_xero" }];
  await stack.control.put("latency", { xero: 1_500 });
  const { id } = await ana.startRun({ pairs, scope: "since_last" });
  await ana.runWhere(id, "at work", (run) => run.state === "running");
  const cancelled = await ana.json("POST", `/api/runs/${id}/cancel`);
  assert.equal(cancelled.state, "cancelled");
  await stack.control.put("latency", { xero: 0 });
  const rest = await ana.runDone((await ana.startRun({ pairs, scope: "since_last" })).id);
  await logAgrees(ana, rest);
  const ended = await ana.json("GET", `/api/runs/${id}`);
  assert.equal(ended.state, "cancelled");
  await logAgrees(ana, ended);
  assert.ok(ended.counts.candidates < names.length, "it was cancelled before its end");
  const made = (await stack.control.xero("Contacts")).map((one) => one.Name).filter((name) => names.includes(name));
  assert.deepEqual(made.toSorted(), names.toSorted(), "each is in Xero once");
});

test("who is no administrator syncs what they see in the CRM, and learns nothing of the rest", async () => {
  const rita = await signIn(stack, { user: "rita-restricted" });
  const pairs = [{ module: "Accounts", direction: "both" }];
  const refused = await rita.json("POST", "/api/runs", { pairs, scope: "since_last" }, 403);
  assert.equal(refused.problem.code, "not-administrator");
  const { Account_Name: hidden } = await stack.control.crm("Accounts", FIRST_ACCOUNT);
  // Her profile hides the phone.
  await stack.control.editCrm("Accounts", ACCOUNT_OF_RESTRICTED_USER, { Billing_City: "Yamba", Phone: "+61 2 5550 0199" });
  await stack.control.editCrm("Accounts", FIRST_ACCOUNT, { Billing_City: "Wollongong" });
  const records = [ACCOUNT_OF_RESTRICTED_USER, FIRST_ACCOUNT].map((id) => ({ module: "Accounts", id }));
  const asked = await rita.startRun({ pairs, scope: { records } });
  assert.equal(asked.kind, "bulk");
  const run = await rita.runDone(asked.id);
  const entries = await logAgrees(rita, run);
  const of = (id) => entries.find((entry) => entry.record_id === id);
  assert.equal(of(ACCOUNT_OF_RESTRICTED_USER).outcome, "updated");
  assert.deepEqual([of(FIRST_ACCOUNT).outcome, of(FIRST_ACCOUNT).problems[0].code], ["failed", "crm-record-not-found"]);
  assert.ok(!JSON.stringify(entries).includes(hidden), "no name of what she may not see");
  const inXero = async (id) => {
    const { Xero_ID } = await stack.control.crm("Accounts", id);
    return JSON.stringify(await stack.control.xero(`Contacts/${Xero_ID}`));
  };
  assert.match(await inXero(ACCOUNT_OF_RESTRICTED_USER), /Yamba/);
  assert.match(await inXero(ACCOUNT_OF_RESTRICTED_USER), /0199/, "what is synced does not depend on who clicks");
  assert.doesNotMatch(JSON.stringify(entries), /0199/, "she is not told what her profile hides");
  assert.doesNotMatch(await inXero(FIRST_ACCOUNT), /Wollongong/);

  assert.deepEqual((await rita.json("GET", "/api/runs")).runs.map((one) => one.id), [run.id]);
  assert.deepEqual(await rita.entries(`run=${first.id}`), []);
  await rita.json("GET", `/api/runs/${first.id}`, undefined, 404);
  await rita.json("POST", `/api/runs/${first.id}/cancel`, {}, 404);
  await rita.json("GET", "/api/settings", undefined, 403);
  await rita.json("PUT", "/api/schedule?version=1", { enabled: true }, 403);

  await logAgrees(ana, await ana.runDone((await ana.startRun({ pairs, scope: "since_last" })).id));
  assert.match(await inXero(FIRST_ACCOUNT), /Wollongong/);
});

/** Makes the organisation's next scheduled run due, as if its time had come. */
async function makeDue() {
  const now = new Date().toISOString();
  await stack.sql(`UPDATE agenda SET next_at = '${now}', run_at = '${now}'`);
}

/** The scheduled runs, newest first. */
const scheduled = async () => (await ana.json("GET", "/api/runs")).runs.filter((run) => run.kind === "scheduled");

/** Waits until there are so many scheduled runs and all have ended. */
async function scheduledRuns(count) {
  const deadline = Date.now() + 120_000;
  for (;;) {
    const runs = await scheduled();
    if (runs.length >= count && runs.every((run) => run.state === "done")) return runs;
    assert.ok(Date.now() < deadline, `${count} scheduled runs should be done: ${JSON.stringify(runs)}`);
    await pause(100);
  }
}

/** The owner of an address opens the link of the letter that asks, and answers with the page's button. */
async function confirm(address) {
  const deadline = Date.now() + 30_000;
  let letter;
  while (!letter) {
    assert.ok(Date.now() < deadline, `a letter should ask:\n${stack.workerLog().slice(-2_000)}`);
    letter = stack.letters().find((one) => one.to === address);
    await pause(100);
  }
  const link = new URL(letter.text.match(/\S+\/letters\/confirm\?\S+/)[0]);
  const page = await fetch(link);
  assert.equal(page.status, 200);
  assert.match(page.headers.get("content-security-policy"), /frame-ancestors 'none'/);
  assert.match(await page.text(), /<form method="post" action="\/letters\/confirm">/);
  // To open it confirms nothing; the button does, once.
  assert.equal((await fetch(link)).status, 200);
  const answer = { method: "POST", body: new URLSearchParams({ token: link.searchParams.get("token"), letters: "yes" }) };
  const path = new URL(link.pathname, link);
  assert.equal((await fetch(path, answer)).status, 200);
  assert.equal((await fetch(path, answer)).status, 404);
  assert.equal((await fetch(link)).status, 404);
}

test("the clock starts a run that is due, once, and the notice tells what failed", async () => {
  // One of the CRM's users, and somebody who has to confirm the address first.
  const notices = [
    { address: "sam@bluegum.example", when: "always" },
    { address: "books@elsewhere.example", when: "always" },
    { address: "nobody@bluegum.example", when: "never" },
  ];
  const times = ["06:15", "12:00", "18:45"];
  const { version } = await ana.json("GET", "/api/schedule");
  await ana.json("PUT", "/api/schedule", { enabled: true, times, notices }, 400);
  const view = await ana.json("PUT", `/api/schedule?version=${version}`, { enabled: true, times, notices });
  assert.equal(view.version, version + 1);
  assert.equal(view.next.length, 5);
  assert.equal(view.time_zone, "Australia/Sydney");
  assert.ok(view.next.every((at) => Date.parse(at) > Date.now()));
  assert.deepEqual(await ana.json("GET", "/api/schedule"), view);
  assert.deepEqual(await scheduled(), [], "nothing is due yet");
  assert.deepEqual(view.addresses.map((one) => one.standing), ["user", "waits", "unasked"]);
  await confirm("books@elsewhere.example");
  assert.equal((await ana.json("GET", "/api/schedule")).addresses[1].standing, "confirmed");

  await stack.control.post("crm/us/Accounts", { Account_Name: "Punctual Pumps" });
  await makeDue();
  await Promise.all([stack.tick(QUARTER_HOUR), stack.tick(QUARTER_HOUR)]);
  const [run] = await scheduledRuns(1);
  await stack.tick(QUARTER_HOUR);
  assert.equal(run.by, null);
  assert.ok(run.counts.created >= 1 && run.counts.failed >= 1, JSON.stringify(run.counts));
  const entries = await logAgrees(ana, run);
  assert.ok(entries.every((entry) => entry.by === null));

  // Had one of the three ticks too many started a run, it would be there before the next one that is due.
  await makeDue();
  await stack.tick(QUARTER_HOUR);
  assert.equal((await scheduledRuns(2)).length, 2);

  const deadline = Date.now() + 30_000;
  let letters = [];
  while (letters.length < 4) {
    assert.ok(Date.now() < deadline, `there should be four letters:\n${stack.workerLog().slice(-2_000)}`);
    letters = stack.letters().filter((letter) => !letter.subject.includes("confirm"));
    await pause(100);
  }
  const told = ["sam@bluegum.example", "books@elsewhere.example"];
  assert.deepEqual(letters.map((letter) => letter.to), [...told, ...told]);
  assert.deepEqual(letters.map((letter) => letter.text.includes("/letters/stop?")), [false, true, false, true]);
  const failures = entries.filter((entry) => entry.outcome === "failed");
  for (const body of [letters[0].text, letters[0].html]) {
    assert.ok(body.includes(`${run.counts.created}`) && body.includes(`${run.counts.failed}`), body);
    // A letter tells 20 of them.
    const fixes = failures.map((one) => one.problems.find((problem) => problem.severity === "error").fix);
    const told = fixes.filter((fix) => plain(body).includes(fix));
    assert.ok(told.length >= Math.min(failures.length, 20), body);
  }
});

test("what is older than 30 days is gone after the night; links stay", async () => {
  const [{ links }] = await stack.sql("SELECT count(*) AS links FROM links");
  assert.ok(links > 150);
  const kept = (await ana.json("GET", "/api/runs")).runs[0];
  await stack.sql(
    // An entry's id begins with its time, in milliseconds.
    `UPDATE entries SET at = '${LONG_AGO}', id = '${Date.parse(LONG_AGO)}' || substr(id, 14) WHERE run IS NOT '${kept.id}';
     UPDATE waiting SET at = '${LONG_AGO}';
     UPDATE runs SET started_at = '${LONG_AGO}' WHERE id <> '${kept.id}'`,
  );
  await stack.tick(EVERY_NIGHT);
  const deadline = Date.now() + 30_000;
  for (let left = []; ; ) {
    left = (await ana.json("GET", "/api/runs")).runs.map((run) => run.id);
    if (left.length === 1) break;
    assert.ok(Date.now() < deadline, `runs are left: ${left}`);
    await pause(100);
  }
  const entries = await ana.entries("");
  assert.ok(entries.every((entry) => entry.run === kept.id), "only the young run's entries are left");
  await logAgrees(ana, await ana.json("GET", `/api/runs/${kept.id}`));
  assert.deepEqual((await ana.json("GET", "/api/waiting")).records, []);
  assert.deepEqual(await stack.sql("SELECT count(*) AS links FROM links"), [{ links }]);
});
