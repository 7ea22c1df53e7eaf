// What holds for every request and every answer, whatever it is about: headers, names of requests, and what is refused.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { connected } from "./support/session.mjs";
import { FIRST_ACCOUNT } from "./support/records.mjs";
import { startStack } from "./support/stack.mjs";

let stack, ana;

before(async () => {
  stack = await startStack("edges");
  ana = await connected(stack);
});
after(() => stack?.stop());

/** What a page of ours sends with every change. */
const ours = () => ({ authorization: `Bearer ${ana.token}`, origin: stack.workerUrl, "x-ledgerlink": "1" });

/** A call with these headers beside the session's. */
const call = (method, path, body, headers = {}) =>
  fetch(stack.workerUrl + path, {
    method,
    headers: { ...ours(), ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });

test("every answer is dressed, and names its request", async () => {
  const html = await (await call("GET", "/panel")).text();
  const asset = /\/assets\/[^"]+/.exec(html)[0];
  const seen = new Set();
  for (const [method, path, body] of [
    ["GET", "/api/health"],
    ["GET", "/api/session"],
    ["GET", "/api/runs"],
    ["GET", "/api/entries.csv"],
    ["GET", "/api/nothing"],
    ["PATCH", "/api/runs"],
    ["POST", "/api/sign-in", { challenge: "short" }],
    ["GET", "/api/records/Accounts/1"],
    ["GET", "/panel"],
    ["GET", "/portal"],
    ["GET", "/auth/zoho/callback?state=none"],
    ["GET", asset],
    ["GET", "/assets/none.js"],
  ]) {
    const answer = await call(method, path, body);
    await answer.arrayBuffer();
    const of = (name) => answer.headers.get(name);
    const where = `${method} ${path} (${answer.status})`;
    // A style, a script or a module is no document: what speaks of documents would only be sent along twenty times.
    if (path !== asset) {
      assert.match(of("content-security-policy") ?? "", /default-src 'none'.*frame-ancestors /, where);
      assert.equal(of("referrer-policy"), "no-referrer", where);
      assert.match(of("permissions-policy") ?? "", /camera=\(\).*geolocation=\(\)/, where);
    }
    assert.equal(of("x-content-type-options"), "nosniff", where);
    if (path.startsWith("/api/")) assert.match(of("content-security-policy"), /frame-ancestors 'none'/, where);
    assert.match(of("x-request-id") ?? "", /^[0-9a-f]{16}$/, where);
    seen.add(of("x-request-id"));
    // Here it is plain http on one's own machine: no promise of https, and no way on to it.
    assert.equal(of("strict-transport-security"), null, where);
  }
  assert.equal(seen.size, 13, "no two requests have one name");
  const chosen = await call("GET", "/api/health", undefined, { "x-request-id": "0123456789abcdef" });
  assert.notEqual(chosen.headers.get("x-request-id"), "0123456789abcdef", "a browser does not choose it");
});

test("the operator's log names the request, and says what failed without the vendor's words", async () => {
  const words = "Ana Wattle of Harbour Lights may not do this";
  const body = JSON.stringify({ code: "NO_PERMISSION", message: words, details: { name: words }, status: "error" });
  const headers = [["content-type", "application/json"]];
  await stack.control.fault({ api: "zoho", effect: { respond: { status: 403, headers, body } }, repeat: "always" });
  const answer = await ana.api("GET", `/api/records/Accounts/${FIRST_ACCOUNT}`);
  await stack.control.noFaults();
  const { problem } = await answer.json();
  assert.ok(answer.status >= 400, `${answer.status}`);
  assert.ok(problem.said.includes("Wattle"), "the person is told");
  const id = answer.headers.get("x-request-id");
  // The log is written by another process.
  const noted = () => stack.workerLog().split("\n").find((line) => line.includes(id));
  for (let looks = 0; !noted() && looks < 100; looks += 1) await pause(100);
  assert.match(noted() ?? "", /PermissionDenied/);
  assert.ok(!stack.workerLog().includes("Wattle"));
});

test("settings and schedule are replaced only by who has seen them, and by nothing that nobody knows", async () => {
  const { settings, version } = await ana.json("GET", "/api/settings");
  for (const [path, body] of [
    ["/api/settings", settings],
    ["/api/settings?version=no", settings],
    [`/api/settings?version=${version - 1}`, settings],
    [`/api/settings?version=${version}`, { nonsense: true }],
    [`/api/settings?version=${version}`, { ...settings, documents: { ...settings.documents, dueDays: 3 } }],
    ["/api/schedule", settings.schedule],
    [`/api/schedule?version=${version - 1}`, settings.schedule],
    [`/api/schedule?version=${version}`, { nonsense: true }],
  ]) {
    const refused = await ana.json("PUT", path, body, 400);
    assert.equal(refused.problem.code, "invalid-request", path);
  }
  assert.deepEqual(await ana.json("GET", "/api/settings"), { settings, version }, "nothing was reset");
  const changed = { ...settings, documents: { ...settings.documents, due_days: 21 } };
  const saved = await ana.json("PUT", `/api/settings?version=${version}`, changed);
  assert.deepEqual(saved, { settings: changed, version: version + 1 });
});

test("nothing long is answered with something long", async () => {
  const long = "k".repeat(500_000);
  const { version } = await ana.json("GET", "/api/settings");
  for (const body of [{ [long]: 1 }, { taxes: { [long]: {} } }, { accounts: { sales: long } }]) {
    const answer = await ana.api("PUT", `/api/settings?version=${version}`, body);
    assert.equal(answer.status, 400);
    assert.ok((await answer.text()).length < 5_000);
  }
  const deep = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  const answer = await fetch(`${stack.workerUrl}/api/settings?version=${version}`, {
    method: "PUT",
    headers: ours(),
    body: deep,
  });
  assert.equal(answer.status, 400);
  assert.equal((await call("GET", `/api/entries?name=${"x".repeat(9_000)}`)).status, 414);
  assert.equal((await call("GET", `/api/runs/${"x".repeat(41)}`)).status, 404);
});

test("a run that is asked for twice under one name is one, and one without a name is none", async () => {
  const records = [{ module: "Accounts", id: FIRST_ACCOUNT }];
  const wanted = { pairs: [{ module: "Accounts", direction: "to_xero" }], scope: { records } };
  const name = { "idempotency-key": randomUUID() };
  const [first, second] = await Promise.all([call("POST", "/api/runs", wanted, name), call("POST", "/api/runs", wanted, name)]);
  assert.deepEqual([first.status, second.status], [201, 201]);
  const run = await first.json();
  assert.equal((await second.json()).id, run.id);
  await ana.runDone(run.id);
  const again = await call("POST", "/api/runs", wanted, name);
  assert.deepEqual([again.status, (await again.json()).id], [201, run.id]);
  assert.equal((await ana.json("GET", "/api/runs")).runs.length, 1);
  assert.equal((await call("POST", "/api/runs", wanted)).status, 400);
});
