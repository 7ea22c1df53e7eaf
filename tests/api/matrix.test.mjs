// Who may do what: every route of docs/openapi.json, asked by everybody in turn, on the running Worker. What each is told
// stands in matrix.txt, route by route; a route without a line there fails, and so does a line that is no longer true.
// UPDATE_MATRIX=1 writes the file anew: whoever does that reads what has changed.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { FIRST_ACCOUNT } from "../e2e/support/records.mjs";
import { connected, secrets, signIn, stranger } from "../e2e/support/session.mjs";
import { startStack } from "../e2e/support/stack.mjs";

const TABLE = fileURLToPath(new URL("matrix.txt", import.meta.url));
const DOCUMENT = JSON.parse(readFileSync(fileURLToPath(new URL("../../docs/openapi.json", import.meta.url)), "utf8"));

/** In the order in which they ask. Whoever may end things for the others comes last. */
const PEOPLE = [
  "nobody",
  "another organisation's administrator",
  "who has left",
  "a former administrator",
  "who may only read",
  "a plain user",
  "an administrator",
];
/** What ends something is asked last, and in this order. */
const LAST = [
  // A run that somebody starts takes the place of the own preview.
  "retryRun",
  "retryEntry",
  "startRun",
  "takeAdministratorOut",
  "countAdministrator",
  "invite",
  "uninvite",
  "endSession",
  "endSessions",
  "disconnectXero",
  "erase",
  "signOut",
];

let stack, sessions, ids;

before(async () => {
  stack = await startStack("matrix", { ORGANISATIONS: "open" });
  const { control } = stack;
  for (const [first, last, profile] of [
    ["Cleo", "Chief", "Administrator"],
    ["Fred", "Former", "Administrator"],
    ["Gone", "Girl", "Administrator"],
  ]) {
    const email = `${first.toLowerCase()}@bluegum.example`;
    await control.post("crm/us/users", { first_name: first, last_name: last, email, profile });
  }
  const modules = ["Accounts", "Contacts", "Vendors", "Products", "Invoices", "Purchase_Orders"];
  await control.post("crm/us/profiles", { name: "Reader", from: "Standard", read_only_modules: modules });
  const reader = { first_name: "Rhea", last_name: "Reader", email: "rhea@bluegum.example", profile: "Reader" };
  await control.post("crm/us/users", reader);

  const ana = await connected(stack);
  const by = (user) => signIn(stack, { user });
  sessions = {
    nobody: ana.of(null),
    "another organisation's administrator": await stranger(stack),
    "who has left": await by("gone-girl"),
    "a former administrator": await by("fred-former"),
    "who may only read": await by("rhea-reader"),
    "a plain user": await by("sam-sales"),
    "an administrator": ana,
  };
  const cleo = await by("cleo-chief");
  const of = (name) => ana.json("GET", "/api/sessions").then(({ sessions }) => sessions.find((row) => row.name === name));

  // An entry and runs of the administrator: one that has ended, one that was looked at and has not begun.
  const records = [FIRST_ACCOUNT, "572500000001999999"].map((id) => ({ module: "Accounts", id }));
  const pairs = [{ module: "Accounts", direction: "to_xero" }];
  const run = await ana.runDone((await ana.startRun({ pairs, scope: { records } })).id);
  const preview = await ana.startRun({ pairs, scope: "everything", preview: true });
  await ana.runWhere(preview.id, "listed", (one) => one.state === "ready");
  const entry = (await ana.entries(`run=${run.id}`)).find((one) => one.outcome === "failed");
  const administrators = (await ana.json("GET", "/api/administrators")).administrators;
  ids = {
    run: run.id,
    preview: preview.id,
    entry: entry.id,
    session: (await of("Cleo Chief")).id,
    administrator: administrators.find((one) => one.name === "Cleo Chief").id,
    version: (await ana.json("GET", "/api/settings")).version,
    schedule: (await ana.json("GET", "/api/schedule")).version,
  };
  // They signed in as administrators, and are none any more.
  await control.put("crm/us/users/fred@bluegum.example", { profile: "Standard" });
  await control.put("crm/us/users/gone@bluegum.example", { standing: "deactivated" });
  // What was heard of them within the last ten minutes is forgotten with the object's memory.
  await stack.killWorker();
  await stack.restartWorker();
  await cleo.json("GET", "/api/session");
});
after(() => stack?.stop());

/** What a route is asked for; ids are always the first organisation's, most of them the administrator's own. */
function request(operation, path) {
  const { verifier, challenge } = secrets();
  const id = {
    takeAdministratorOut: ids.administrator,
    countAdministrator: ids.administrator,
    endSession: ids.session,
    entry: ids.entry,
    retryEntry: ids.entry,
    beginRun: ids.preview,
  }[operation];
  const address = path
    .replace("{module}", "Accounts")
    .replace("{org}", "eu.60099")
    .replace("{id}", id ?? (path.startsWith("/api/runs") ? ids.run : FIRST_ACCOUNT));
  const query = {
    saveSettings: `?version=${ids.version}`,
    saveSchedule: `?version=${ids.schedule}`,
    findRecords: "?name=Acme",
    endSessions: `?user=${ids.administrator}`,
  }[operation];
  const body = {
    beginSignIn: { challenge, connect: false },
    claimSession: { code: "AAAAAAAA", verifier },
    flowState: { verifier },
    connectXero: { challenge },
    claimXero: { code: "AAAAAAAA", verifier },
    chooseXero: { verifier, tenant: "00000000-0000-4000-8000-000000000000" },
    startRun: { pairs: [{ module: "Accounts", direction: "to_xero" }], scope: "since_last" },
    askForConfirmation: { address: "nobody@elsewhere.example" },
    // No record of Xero's has this id, so that nothing is decided.
    decideRecord: { decision: { link: { xero_id: "00000000-0000-4000-8000-000000000000", values: "xero" } } },
    changeSetting: { change: { tax: { crm_tax: "GST", side: "sales", tax_type: "OUTPUT" } } },
  }[operation];
  return [address + (query ?? ""), body];
}

/** Asks as one person; answers what was told in short: the status, and a problem's code. */
async function ask(session, method, path, operation) {
  const [address, body] = request(operation, path);
  const answer = await session.api(method.toUpperCase(), address, body);
  if (answer.headers.get("content-type")?.startsWith("text/event-stream")) {
    await answer.body.cancel();
    return { told: `${answer.status}`, text: "" };
  }
  const text = await answer.text();
  assert.ok(answer.status < 500, `${method} ${address}: ${answer.status} ${text}`);
  // One run at a time: the next route is asked when what this one has started is over.
  if (answer.ok && ["startRun", "beginRun", "retryRun", "retryEntry"].includes(operation)) {
    await session.runDone(JSON.parse(text).id);
  }
  const code = answer.ok || text === "" ? "" : ` ${JSON.parse(text).problem?.code ?? JSON.parse(text).type}`;
  // A click is answered also where it was none: its entry says what came of it.
  const entry = answer.ok && operation === "syncRecord" ? JSON.parse(text).entry : null;
  const came = entry ? ` ${[entry.outcome, ...entry.problems.map((problem) => problem.code)].join(" ")}` : "";
  return { told: `${answer.status}${code}${came}`, text };
}

/** All routes in the order in which they are asked. */
function routes() {
  const all = Object.entries(DOCUMENT.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { operationId, security }]) => {
      return { method, path, operation: operationId, open: security?.length === 0 };
    }),
  );
  const place = ({ operation }) => LAST.indexOf(operation);
  return all.filter((one) => place(one) < 0).concat(LAST.map((name) => all.find((one) => one.operation === name)));
}

/** What was told, as the table has it. */
const told = new Map();

for (const who of PEOPLE) {
  test(`each route tells ${who} what its line says`, async () => {
    const session = sessions[who];
    const mark = await stack.control.mark();
    for (const { method, path, operation, open } of routes()) {
      const { told: answer, text } = await ask(session, method, path, operation);
      const line = `${method.toUpperCase()} ${path}`;
      told.set(line, [...(told.get(line) ?? []), answer]);
      if (["nobody", "who has left"].includes(who) && !open && operation !== "signOut") {
        assert.match(answer, /^401 /, `${line} for ${who}`);
      }
      if (who === "another organisation's administrator") {
        for (const secret of ["Blue Gum", "bluegum", ids.run, `"${ids.entry}"`, ids.session]) {
          assert.ok(!text.includes(secret), `${line} tells another organisation of ${secret}: ${text}`);
        }
      }
    }
    if (who !== "an administrator") {
      // Ending a session that is none of one's own ends nothing, and tells nothing.
      const { sessions: left } = await sessions["an administrator"].json("GET", "/api/sessions");
      assert.ok(left.some((row) => row.id === ids.session), `${who} has ended somebody else's session`);
    }
    if (["nobody", "who has left", "another organisation's administrator"].includes(who)) {
      // What another organisation does in its own CRM and books is its own affair. That the first one's connection still
      // works is what the administrator is told further down.
      const theirs = who.startsWith("another") ? /^(zoho-eu|xero) / : /^$/;
      const ours = (await stack.control.changes(mark)).filter((call) => !theirs.test(call));
      assert.deepEqual(ours, [], `nothing of the first organisation was changed by ${who}`);
    }
  });
}

test("the table says what everybody is told", () => {
  const width = Math.max(...[...told.keys()].map((line) => line.length));
  const legend = PEOPLE.map((who, index) => `${index + 1} ${who}\n`).join("");
  const lines = [...told].map(([line, answers]) => `${line.padEnd(width)} | ${answers.join(" | ")}\n`);
  const table = `${legend}\n${lines.join("")}`;
  if (process.env.UPDATE_MATRIX) return writeFileSync(TABLE, table);
  assert.deepEqual(table.split("\n"), readFileSync(TABLE, "utf8").split("\n"));
});
