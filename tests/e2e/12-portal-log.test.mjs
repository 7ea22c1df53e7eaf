// The portal's log: a failure is found, settled and tried again; 50,000 entries scroll and are filtered without a halt.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { person } from "./support/people.mjs";
import { FIRST_ACCOUNT, INVOICE_UNMAPPED_TAX, addLuxuryTaxes } from "./support/records.mjs";
import { connected } from "./support/session.mjs";
import { startStack } from "./support/stack.mjs";

/** How many entries the long log has, and how far apart they are: about 29 days in all. */
const MANY = 50_000;
const APART = 50_000;
/** The longest that the page may not answer, in milliseconds. */
const LONGEST_TASK = 200;
/** How long reading a part of a long log page by page may take on a busy machine. */
const PATIENCE = 120_000;

let stack, session, ana, portal, frame;

before(async () => {
  stack = await startStack("portal-log");
  await addLuxuryTaxes(stack);
  session = await connected(stack);
  // The CRM's users live in Sydney; this one's computer is on its way.
  ana = await person(stack, { timezoneId: "America/St_Johns" });
  portal = await ana.openPortal("#/log");
  await ana.signInAt(portal, "ana-admin");
  await portal.is("log");
  frame = await portal.content();
});
after(async () => {
  await ana?.leave();
  await stack?.stop();
});

const plain = (text) => text.replace(/\s+/g, " ").trim();

/** The rows in sight: what is in their cells. */
const rows = () =>
  portal.at("log-row").evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.innerText.replace(/\s+/g, " ").trim())));

/** An instant as the list tells it to somebody of Sydney. */
const inSydney = (instant, time = { timeStyle: "short" }) =>
  plain(new Intl.DateTimeFormat("en-AU", { dateStyle: "medium", ...time, timeZone: "Australia/Sydney" }).format(new Date(instant)));

/** Waits until the line above the table says so. */
const total = (text) => portal.at("log-total").filter({ hasText: text }).waitFor({ timeout: PATIENCE });

/** Waits until the page's address has this. */
const addressed = (part) => frame.waitForFunction((part) => location.hash.includes(part), part);

test("an empty log says what to do, and that no filter hides it", async () => {
  await portal.at("empty").waitFor();
  assert.match(await portal.text("empty"), /Send to Xero/);
  assert.match(await portal.text("log-total"), /^0 entries$/);
  assert.equal(await portal.at("log-day").count(), 30);
  await portal.look("log-empty");
});

test("a failed invoice is found, leads to the tax mapping, and is seen as sent after Retry", async () => {
  await session.json("POST", `/api/records/Accounts/${FIRST_ACCOUNT}/sync`);
  const { entry } = await session.json("POST", `/api/records/Invoices/${INVOICE_UNMAPPED_TAX}/sync`);
  assert.equal(entry.outcome, "failed");
  await portal.at("log-refresh").click();
  await portal.at("log-outcome").selectOption("failed");
  await addressed("outcome=failed");
  await total("1 entry");
  const [[when, direction, name, , type, by, outcome, comment]] = await rows();
  assert.match(direction, /Xero|Both/);
  assert.deepEqual([name, type, by, outcome], [entry.name, "Invoices · Click", "Ana Admin", "Failed"]);
  assert.equal(when, inSydney(entry.at));
  assert.match(comment, /no partner in Xero/);

  // By keyboard: into the table, and Enter opens the row.
  await portal.at("log-rows").locator("[data-row='0']").focus();
  await ana.page.keyboard.press("Enter");
  await portal.at("log-entry").waitFor();
  await addressed(`entry=${entry.id}`);
  const problem = portal.at("log-problems").getByTestId("problem");
  assert.equal(await problem.first().getAttribute("data-code"), "tax-unmapped");
  assert.equal(await problem.first().getByTestId("log-open-place").getAttribute("href"), "#/mapping/taxes");
  assert.ok((await portal.at("log-calls").locator("tbody tr").count()) > 0, "the calls are told");
  assert.match(await portal.at("log-in-crm").getAttribute("href"), new RegExp(`/tab/Invoices/${INVOICE_UNMAPPED_TAX}$`));
  await portal.look("log-details");

  const choice = entry.problems[0].remedy.choices.find((one) => /LCT on cars/.test(one.label));
  await session.json("POST", "/api/settings/changes", { change: choice.change }, 204);
  await portal.at("log-retry").click();
  await portal.at("log-entry-outcome").filter({ hasText: "Sent" }).waitFor({ timeout: PATIENCE });
  assert.match(await portal.at("log-told").textContent(), new RegExp(`^${entry.name}: Sent`));
  assert.equal(await portal.at("log-retry").count(), 0);
  assert.match(await portal.text("log-facts"), /Open the run/);
  await portal.at("log-entry-sync").filter({ hasText: "Retry" }).waitFor();
  assert.match(await portal.at("log-in-xero").getAttribute("href"), /^http/);
  assert.equal(await portal.at("log-entry-name").evaluate((one) => one === document.activeElement), true, "the focus is not lost");
  await ana.page.keyboard.press("Escape");
  await portal.at("log-entry").waitFor({ state: "detached" });
  assert.ok(!(await portal.hash()).includes("entry="));
});

test("the runs are listed, and lead to their entries", async () => {
  await portal.at("log-show").locator("[data-segment='log-show-runs']").check();
  await portal.at("log-run").first().waitFor();
  assert.match(plain(await portal.at("log-run").first().innerText()), /Retry .*Done .*1 sent/);
  await portal.look("log-runs");
  await portal.at("log-run-entries").first().click();
  await addressed("run=");
  await total(/^\d+ entr/);
  assert.equal(await portal.at("log-chip").getAttribute("data-filter"), "run");
  await portal.at("log-chip").click();
  await total("entries");
  assert.equal(await portal.at("log-chip").count(), 0);
  assert.equal(await portal.hash(), "#/log");
});

/** Fills the log as a busy organisation would in a month; the newest entry is of just now. */
async function fillLog() {
  const now = Date.now();
  await stack.sql(`
    INSERT INTO entries (org, user, id, module, crm_id, xero_id, name, outcome, problem, at, run, body, party, direction,
      user_name, comment, names)
    WITH RECURSIVE many(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM many WHERE n < ${MANY - 1}),
    facts AS (SELECT n, ${now} - n * ${APART} AS ms, printf('INV-%06d', ${MANY} - n) AS name,
      CASE n % 40 WHEN 7 THEN 'Needle & Thread Co' ELSE 'Customer ' || (n % 900) END AS party,
      CASE WHEN n % 25 = 3 THEN 'failed' WHEN n % 5 = 0 THEN 'created' WHEN n % 5 = 1 THEN 'unchanged' ELSE 'updated' END AS outcome
      FROM many),
    told AS (SELECT *, strftime('%Y-%m-%dT%H:%M:%fZ', ms / 1000.0, 'unixepoch') AS at,
      CASE outcome WHEN 'failed' THEN 'The tax "GST ' || (n % 7) || '%" has no partner in Xero.' ELSE 'Due date, Reference, Line 2 quantity' END AS comment
      FROM facts)
    SELECT (SELECT org FROM connections), NULL, printf('%013d-%08x', ms, n), 'Invoices', printf('57250000000%07d', n), NULL, name, outcome,
      CASE outcome WHEN 'failed' THEN 'tax-unmapped' END, at, NULL,
      json_object('id', printf('%013d-%08x', ms, n), 'module', 'Invoices', 'record_id', printf('57250000000%07d', n), 'name', name,
        'outcome', outcome, 'at', at, 'took_ms', 1234, 'by', 'Ana Admin', 'party', party, 'direction', 'to_xero', 'run', NULL, 'xero_id', NULL,
        'changes', json_array(json_object('key', 'due_date', 'label', 'Due date', 'crm', json_object('day', '2026-11-30'),
          'xero', json_object('day', '2026-11-16'), 'result', json_object('day', '2026-11-30'), 'written', 'xero', 'why', 'changed_in_crm')),
        'problems', json(CASE outcome WHEN 'failed' THEN json_array(json_object('code', 'tax-unmapped', 'severity', 'error', 'what', comment,
          'why', 'Line 2 uses it, and no Xero tax rate has been chosen for it.', 'fix', 'Choose the rate.', 'place', NULL, 'said', NULL, 'remedy', NULL))
          ELSE '[]' END),
        'dependencies', json('[]'), 'calls', json('[]')),
      party, 'to_xero', 'Ana Admin', comment, lower(name || char(10) || party)
    FROM told`);
}

/** Everything that the page does from now on for so long that somebody would notice. */
async function watchTasks() {
  await frame.evaluate(() => {
    globalThis.tasks = [];
    new PerformanceObserver((list) => globalThis.tasks.push(...list.getEntries().map((task) => task.duration))).observe({
      type: "longtask",
    });
  });
}

/** Scrolls to a part of the list and waits until what is in sight there has been read; answers the rows in sight. */
async function scrollTo(share) {
  await portal.at("log-rows").evaluate((box, share) => (box.scrollTop = share * (box.scrollHeight - box.clientHeight)), share);
  await frame.waitForFunction(
    () => {
      const box = document.querySelector("[data-testid='log-rows']").getBoundingClientRect();
      const seen = [...document.querySelectorAll("[data-row]")].filter((row) => {
        const { top, bottom } = row.getBoundingClientRect();
        return bottom > box.top + 40 && top < box.bottom;
      });
      return seen.length > 5 && seen.every((row) => row.querySelector("[data-entry]"));
    },
    null,
    { timeout: PATIENCE },
  );
  return portal.at("log-row").evaluateAll((all) => all.map((row) => row.querySelector("[data-testid='log-open']").innerText));
}

test("50,000 entries scroll and are filtered, and no task takes longer than 200 ms", async () => {
  await fillLog();
  await portal.at("log-refresh").click();
  await total(/^50,0\d\d entries$/);
  await watchTasks();
  const before = await portal.at("log-rows").evaluate((box) => box.scrollHeight);
  assert.ok(before > MANY * 30, "the box is as long as the log from the start");
  for (const [share, name] of [[0.02, /^INV-04/], [0.1, /^INV-04/], [0.25, /^INV-03/]]) {
    const seen = await scrollTo(share);
    assert.match(seen[0], name);
    const there = await portal.at("log-rows").evaluate((box) => box.querySelectorAll("[data-row]").length);
    assert.ok(there < 120, `only the rows in sight are there: ${there}`);
  }
  await scrollTo(0);

  await portal.at("log-name").fill("needle");
  await addressed("name=needle");
  await total("1,250 entries");
  assert.ok((await rows()).every((cells) => cells[3] === "Needle & Thread Co"));
  await portal.at("log-outcome").selectOption("created");
  await addressed("outcome=created");
  await portal.at("log-clear").click();
  await total(/^50,0\d\d entries$/);
  await portal.at("log-pair").selectOption("Accounts");
  await addressed("module=Accounts");
  await total("1 entry");
  assert.match((await rows())[0][4], /^Accounts · /);
  await portal.at("log-pair").selectOption("Invoices");
  await total(/^50,00\d entries$/);
  await portal.at("log-problem").selectOption("tax-unmapped");
  await total(/^2,00\d entries$/);
  await portal.at("log-clear").click();
  await total(/^50,0\d\d entries$/);

  // The end, by keyboard.
  await portal.at("log-rows").locator("[data-row='0']").focus();
  await ana.page.keyboard.press("End");
  await portal.at("log-open").filter({ hasText: /^INV-000001$/ }).waitFor({ timeout: 2 * PATIENCE });

  const tasks = await frame.evaluate(() => globalThis.tasks);
  assert.ok(tasks.every((task) => task <= LONGEST_TASK), `long tasks: ${tasks.map(Math.round)}`);
  await portal.look("log-long");
});

test("a day of the picture filters, by keyboard too, and the link leads there again", async () => {
  await portal.at("log-refresh").click();
  await total(/^50,0\d\d entries$/);
  const days = portal.at("log-day");
  assert.match(await days.nth(20).getAttribute("title"), /: \d+ runs?, [\d,]+ sent, [\d,]+ updated, [\d,]+ failed$/);
  await days.last().focus();
  for (let n = 0; n < 9; n += 1) await ana.page.keyboard.press("ArrowLeft");
  await ana.page.keyboard.press("Enter");
  await addressed("from=");
  await total(/^1,7\d\d entries$/);
  assert.equal(await days.nth(20).getAttribute("aria-pressed"), "true");
  const hash = await portal.hash();
  await portal.open("health");
  await portal.go(hash);
  await portal.is("log");
  await total(/^1,7\d\d entries$/);
  await portal.at("log-open").first().click();
  await portal.at("log-entry").waitFor();
  const first = await portal.text("log-entry-name");
  await ana.page.keyboard.press("Alt+ArrowDown");
  await portal.at("log-entry-name").filter({ hasNotText: first }).waitFor();
  await portal.at("drawer-close").click();
  await portal.at("log-day").nth(20).click();
  await total(/^50,0\d\d entries$/);
});

test("the table of the days has the picture's figures, newest first, and its days filter, too", async () => {
  await portal.at("log-days-table").click();
  await portal.at("log-table-day").nth(29).waitFor();
  const days = await portal.at("log-table-day").evaluateAll((all) =>
    all.map((day) => [day.dataset.day, day.innerText, [...day.closest("tr").querySelectorAll("td")].map((cell) => cell.innerText)]),
  );
  assert.equal(days.length, 30);
  assert.deepEqual(days.map(([day]) => day), days.map(([day]) => day).sort().reverse());
  for (const [day, name, [runs, sent, updated, , , failed]] of days) {
    const told = await portal.at("log-columns").locator(`[data-day="${day}"]`).getAttribute("title");
    assert.equal(told, `${name}: ${runs} ${runs === "1" ? "run" : "runs"}, ${sent} sent, ${updated} updated, ${failed} failed`);
  }
  // A day of 24 hours has 1,728 entries.
  const [day, name, counts] = days[15];
  const listed = counts.slice(1).reduce((sum, count) => sum + Number(count.replaceAll(",", "")), 0);
  assert.ok(listed > 1_600, `${listed}`);
  await portal.at("log-table-day").nth(15).click();
  await total(`${listed.toLocaleString("en-AU")} entries`);
  assert.equal(await portal.text("log-chip"), `${name}✕`);
  assert.equal(await portal.at("log-table-day").nth(15).getAttribute("aria-pressed"), "true");
  // It begins at midnight in Sydney.
  const from = new URLSearchParams((await portal.hash()).split("?")[1]).get("from");
  assert.equal(new Date(from).toLocaleString("sv-SE", { timeZone: "Australia/Sydney" }), `${day} 00:00:00`);
  await portal.at("log-table-day").nth(15).click();
  await total(/^50,0\d\d entries$/);
  await portal.at("log-days-table").click();
});

test("the present filters go into a file", async () => {
  await portal.at("log-name").fill("needle");
  await total("1,250 entries");
  const [download] = await Promise.all([ana.page.waitForEvent("download"), portal.at("log-export").click()]);
  assert.equal(download.suggestedFilename(), "xero-log.csv");
  const lines = readFileSync(await download.path(), "utf8").trim().split("\r\n");
  assert.equal(lines.length, 1 + 1_250);
  assert.ok(lines.slice(1).every((line) => line.includes("Needle & Thread Co")));
  assert.equal(await portal.text("log-exported"), "The file is in your downloads.");
  await portal.at("log-clear").click();
  await total(/^50,0\d\d entries$/);
  assert.equal(await portal.at("log-exported").count(), 0);
});

test("a file of more entries than one may have says so, and one that fails can be tried again", async () => {
  const [download] = await Promise.all([ana.page.waitForEvent("download"), portal.at("log-export").click()]);
  const lines = readFileSync(await download.path(), "utf8").trim().split("\r\n");
  assert.ok(lines.length > 10_000, `${lines.length}`);
  await portal.at("log-exported").filter({ hasText: "the newest 10,000 entries" }).waitFor();

  await portal.at("log-name").fill("needle");
  await total("1,250 entries");
  await ana.page.route("**/api/entries.csv*", (route) => route.abort());
  await portal.at("log-export").click();
  await portal.at("try-again").waitFor();
  await portal.look("log-not-exported");
  await ana.page.unroute("**/api/entries.csv*");
  const [again] = await Promise.all([ana.page.waitForEvent("download"), portal.at("try-again").click()]);
  assert.equal(again.suggestedFilename(), "xero-log.csv");
  await portal.at("log-exported").waitFor();
  assert.equal(await portal.at("try-again").count(), 0);
});

test("no page had an error", () => {
  assert.deepEqual(ana.errors, []);
});
