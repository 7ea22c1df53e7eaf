// The running Worker against docs/openapi.json: a property-based tester makes requests from the document, good and bad,
// and holds each answer against it. SEED=… repeats a run.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, request } from "node:http";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { connected, signIn } from "../e2e/support/session.mjs";
import { FIRST_ACCOUNT, FIRST_INVOICE, FIRST_PRODUCT } from "../e2e/support/records.mjs";
import { startStack } from "../e2e/support/stack.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CONFIGURATION = fileURLToPath(new URL("schemathesis.toml", import.meta.url));
/** The folder of the tester's Python packages, as `cargo xtask test` names it. */
const SCHEMATHESIS = process.env.SCHEMATHESIS;
const SEED = process.env.SEED ?? "20261121";

/**
 * How many sessions of a person take turns. The tester asks more than one session may. Of what calls a vendor it would
 * wait for a minute of Xero's again and again with more of them.
 */
const SESSIONS = 3;

let stack, ana, sam, run;

before(async () => {
  stack = await startStack("api");
  ana = await connected(stack);
  sam = await signIn(stack, { user: "sam-sales" });
  // Something to be asked for: a run with its entries, in which one record fails.
  const records = [FIRST_ACCOUNT, "572500000001999999"].map((id) => ({ module: "Accounts", id }));
  run = await ana.startRun({ pairs: [{ module: "Accounts", direction: "to_xero" }], scope: { records } });
  run = await ana.runDone(run.id);
});
after(() => stack?.stop());

/**
 * Everybody who may ask, and what each must not be let do here because it would end what the others use. Whoever may not
 * do it is asked to try. `settings` has every wrong form of the settings sent, which are more than all else together: by
 * whoever may change them, and to the one address that keeps them.
 */
const ASKERS = [
  {
    who: "an administrator",
    user: "ana-admin",
    spared: ["signOut", "endSessions", "endSession", "takeAdministratorOut", "disconnectXero", "erase"],
    examples: 10,
    settings: true,
  },
  { who: "a plain user", user: "sam-sales", spared: ["signOut", "endSessions", "endSession"], examples: 5 },
  { who: "nobody", user: null, spared: [], examples: 5 },
];

/** Where a person's sessions take turns: it hands everything on as it is, but for the token. */
async function inTurns(tokens) {
  let turn = 0;
  const send = (asked, headers, body) =>
    new Promise((resolve, reject) => {
      const on = request(stack.workerUrl + asked.url, { method: asked.method, headers }, (reply) => {
        reply.toArray().then((parts) => resolve({ reply, text: Buffer.concat(parts) }), reject);
      });
      on.on("error", reject).end(body);
    });
  const server = createServer(async (asked, answer) => {
    const body = Buffer.concat(await asked.toArray());
    const headers = { ...asked.headers, host: new URL(stack.workerUrl).host };
    const own = headers.authorization === `Bearer ${tokens[0]}`;
    if (own) headers.authorization = `Bearer ${tokens[turn++ % tokens.length]}`;
    try {
      const told = await send(asked, headers, body);
      answer.writeHead(told.reply.statusCode, told.reply.headers).end(told.text);
    } catch {
      answer.destroy();
    }
  });
  await once(server.listen(0, "localhost"), "listening");
  return server;
}

/**
 * The document, with ids beside which there is something: chance would find none. Without `settings`, those are sent in
 * one form alone, which has the default of each.
 */
async function told(settings) {
  const document = JSON.parse(readFileSync(join(ROOT, "docs/openapi.json"), "utf8"));
  // The tester signs in by a token. Of two ways it would spoil one and expect to be refused, although the other holds.
  delete document.components.securitySchemes.cookie;
  document.security = [{ session: [] }];
  const entries = await ana.entries(`run=${run.id}`);
  assert.ok(entries.length > 0);
  const known = {
    "/api/records/": [FIRST_ACCOUNT, FIRST_PRODUCT, FIRST_INVOICE],
    "/api/runs/": [run.id],
    "/api/entries/": entries.map((entry) => entry.id),
  };
  for (const [path, operations] of Object.entries(document.paths)) {
    const ids = Object.entries(known).find(([start]) => path.startsWith(start))?.[1];
    for (const operation of Object.values(operations)) {
      const id = operation.parameters?.find((parameter) => parameter.in === "path" && parameter.name === "id");
      if (id) id.schema = { anyOf: [{ type: "string", enum: ids }, id.schema] };
      if (operation.operationId === "previewRecord" || (operation.operationId === "saveSettings" && !settings)) {
        operation.requestBody.content["application/json"].schema = { type: "object", enum: [{}] };
      }
    }
  }
  return document;
}

for (const { who, user, spared, examples, settings = false } of ASKERS) {
  test(`every answer that ${who} gets is one that the document describes`, { timeout: 1_200_000 }, async () => {
    const dir = join(process.env.E2E_WORK ?? join(ROOT, "target/e2e"), "api", who.replaceAll(" ", "-"));
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir, { recursive: true });
    const file = join(dir, "openapi.json");
    writeFileSync(file, JSON.stringify(await told(settings)));
    console.log(`SEED=${SEED}`);
    const tokens = [];
    while (user && tokens.length < SESSIONS) tokens.push((await signIn(stack, { user })).token);
    const between = await inTurns(tokens);
    const url = `http://localhost:${between.address().port}`;
    const args = ["--config-file", CONFIGURATION, "run", file, "--url", url, "--seed", SEED, "--no-color"];
    args.push("--max-examples", `${examples}`);
    for (const operation of spared) args.push("--exclude-operation-id", operation);
    if (user) args.push("--header", `Authorization: Bearer ${tokens[0]}`);
    // As a page of ours asks.
    args.push("--header", `Origin: ${stack.workerUrl}`, "--header", "X-Ledgerlink: 1");
    assert.ok(SCHEMATHESIS, "SCHEMATHESIS has to name the folder of the tester's packages");
    const env = { ...process.env, PYTHONPATH: SCHEMATHESIS, PYTHONDONTWRITEBYTECODE: "1" };
    const options = { cwd: dir, env, stdio: ["ignore", "inherit", "inherit"] };
    const tester = spawn("python3", [join(SCHEMATHESIS, "bin/schemathesis"), ...args], options);
    const [code] = await once(tester, "exit");
    between.close();
    assert.equal(code, 0, "the tester found answers that the document does not describe");
  });
}

test("afterwards everybody is still signed in, and both sides are connected", async () => {
  const session = await ana.json("GET", "/api/session");
  assert.equal(session.connection, "connected");
  await sam.json("GET", "/api/session");
});
