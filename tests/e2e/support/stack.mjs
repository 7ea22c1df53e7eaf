// The whole product for one test file: the sandbox, and the Worker in workerd with a database of its own.
//
// Everything runs from a copy of what was built, so a build that happens meanwhile changes nothing under a test.
// `cargo xtask test` sets the environment; without it the usual places of a built checkout are taken.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startFront } from "./front.mjs";
import { customersValues, leaks } from "./log.mjs";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const SANDBOX = process.env.SANDBOX_BIN ?? join(ROOT, "target/debug/sandbox");
const WRANGLER = process.env.WRANGLER ?? join(ROOT, "node_modules/.bin/wrangler");
const WORK = process.env.E2E_WORK ?? join(ROOT, "target/e2e");
/** How long a server may take until it answers: workerd on a busy machine. */
const START_LIMIT = 120_000;
/** How long the database may be in use by the Worker. */
const BUSY_LIMIT = 30_000;
/** How long a server may take to end before it is killed. */
const STOP_LIMIT = 5_000;
/**
 * How often the Worker is asked for nothing. One in ten of the log's first requests after a pause was answered only
 * when another request came. The likely cause: a lost connection between wrangler's proxy and the Worker, after which
 * the proxy keeps a GET until then (`requestRetryQueue` in its ProxyWorker.ts).
 */
const NUDGE = 1_000;

/** Process groups that still run; none may outlive the tests. */
const groups = new Set();
const killAll = () => groups.forEach((group) => signal(group, "SIGKILL"));
process.on("exit", killAll);
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, () => process.exit(1));

function signal(group, name) {
  try {
    process.kill(-group, name);
    return true;
  } catch {
    return false; // The group has ended.
  }
}

function start(program, args, options) {
  const child = spawn(program, args, { ...options, detached: true });
  groups.add(child.pid);
  const exit = once(child, "exit");
  const end = async (name) => {
    signal(child.pid, name);
    const late = setTimeout(() => signal(child.pid, "SIGKILL"), STOP_LIMIT);
    await exit;
    clearTimeout(late);
    // Its children may outlive it.
    signal(child.pid, "SIGKILL");
    groups.delete(child.pid);
  };
  return { child, exit, end };
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** The built Worker and its files with a wrangler.toml that builds nothing, in a folder of its own. */
function copyBuild(dir, vars) {
  const paths = { "edge/build": "build", dist: "dist" };
  for (const [from, to] of Object.entries(paths)) cpSync(join(ROOT, from), join(dir, to), { recursive: true });
  const toml = readFileSync(join(ROOT, "wrangler.toml"), "utf8")
    .replace(/^\[build\]\n(?:(?!\[).*\n)*/m, "")
    .replace('main = "edge/build/', 'main = "build/');
  assert.ok(!toml.includes("cargo xtask") && toml.includes('main = "build/'), "wrangler.toml is not as expected");
  writeFileSync(join(dir, "wrangler.toml"), toml);
  const lines = Object.entries(vars).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(dir, ".dev.vars"), lines.join(""));
}

async function startSandbox(dir, widgetUrl) {
  const args = ["--port", "0", "--widget-url", widgetUrl, "--until-stdin-closes"];
  const log = openSync(join(dir, "sandbox.log"), "a");
  const server = start(SANDBOX, args, { stdio: ["pipe", "pipe", log] });
  for await (const line of createInterface({ input: server.child.stdout })) {
    const port = /http:\/\/localhost:(\d+)/.exec(line)?.[1];
    if (port) return { ...server, port };
  }
  throw new Error("the sandbox ended before it was ready");
}

/** No questions, no statistics, no calls to Cloudflare. */
const QUIET = {
  ...process.env,
  CI: "1",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

/** How often the Worker is started where somebody else takes a port that was free a moment before. */
const STARTS = 3;

async function startWorker(dir, port, starts = STARTS) {
  const log = openSync(join(dir, "worker.log"), "a");
  const inspector = await freePort();
  const args = ["dev", "--local", "--test-scheduled", "--show-interactive-dev-session=false", "--ip", "localhost"];
  args.push("--port", `${port}`, "--inspector-port", `${inspector}`, "--persist-to", join(dir, "state"));
  const server = start(WRANGLER, args, { cwd: dir, env: QUIET, stdio: ["ignore", log, log] });
  let ended = false;
  server.exit.then(() => (ended = true));
  const deadline = Date.now() + START_LIMIT;
  for (;;) {
    const answer = await fetch(`http://localhost:${port}/api/health`).catch(() => null);
    if (answer?.ok) return server;
    if (ended || Date.now() > deadline) {
      const text = readFileSync(join(dir, "worker.log"), "utf8").slice(-4_000);
      await server.end("SIGKILL");
      if (starts > 1 && text.includes("Address already in use")) return startWorker(dir, port, starts - 1);
      throw new Error(`the Worker does not answer${answer ? ` (${answer.status})` : ""}:\n${text}`);
    }
  }
}

/** Runs SQL on the Worker's database, whether the Worker runs or not; answers the rows. */
async function sql(dir, command) {
  const args = ["d1", "execute", "DB", "--local", "--persist-to", join(dir, "state"), "--json", "--command", command];
  const deadline = Date.now() + BUSY_LIMIT;
  for (;;) {
    try {
      const { stdout } = await promisify(execFile)(WRANGLER, args, { cwd: dir, env: QUIET });
      return JSON.parse(stdout)[0].results;
    } catch (error) {
      // The Worker is at work in the same file.
      const busy = `${error.stdout}`.includes("SQLITE_BUSY");
      if (!busy || Date.now() > deadline) throw error;
    }
  }
}

/** Starts sandbox and Worker, with more variables where a test needs them; `stop` ends both. */
export async function startStack(name, vars = {}) {
  mkdirSync(WORK, { recursive: true });
  const dir = mkdtempSync(join(WORK, `${name}-`));
  const inner = await freePort();
  const front = await startFront(inner);
  const workerUrl = `http://localhost:${front.port}`;
  const sandbox = await startSandbox(dir, workerUrl);
  const sandboxUrl = `http://localhost:${sandbox.port}`;
  copyBuild(dir, {
    PUBLIC_URL: workerUrl,
    SANDBOX_URL: sandboxUrl,
    ZOHO_CLIENT_ID: "1000.SANDBOXCLIENT",
    ZOHO_CLIENT_SECRET: "sandbox-zoho-secret",
    XERO_CLIENT_ID: "SANDBOXXEROCLIENT",
    XERO_CLIENT_SECRET: "sandbox-xero-secret",
    VAULT_KEYS: `test:${randomBytes(32).toString("base64")}`,
    FINGERPRINT_KEY: randomBytes(32).toString("base64"),
    MAIL_FROM: "ledgerlink@bluegum.example",
    ...vars,
  });
  let worker;
  try {
    worker = await startWorker(dir, inner);
  } catch (error) {
    await Promise.all([sandbox.end("SIGKILL"), front.end()]);
    throw error;
  }
  const nudge = setInterval(() => fetch(`http://localhost:${inner}/api/health`).then((answer) => answer.text()).catch(() => {}), NUDGE);
  nudge.unref();
  const guests = new Set();
  return {
    workerUrl,
    sandboxUrl,
    /** How to end what else uses the stack. A test that failed has not ended it, and Node waits for it. */
    guests,
    // Another site than the widget in its frames, as in life.
    crmUrl: `http://127.0.0.1:${sandbox.port}/crm`,
    booksUrl: `http://127.0.0.1:${sandbox.port}/books`,
    control: control(sandboxUrl),
    workerLog: () => readFileSync(join(dir, "worker.log"), "utf8"),
    sql: (command) => sql(dir, command),
    letters: () => letters(readFileSync(join(dir, "worker.log"), "utf8")),
    /** The clock ticks: a cron of wrangler.toml is due. */
    async tick(cron) {
      const answer = await fetch(`${workerUrl}/__scheduled?cron=${encodeURIComponent(cron)}`);
      assert.ok(answer.ok, `${cron}: ${answer.status} ${await answer.text()}`);
    },
    /** Ends wrangler and workerd at once, as a power cut does. */
    killWorker: () => worker.end("SIGKILL"),
    /** Starts the Worker again on the state that is there. */
    async restartWorker() {
      worker = await startWorker(dir, inner);
    },
    async stop() {
      clearInterval(nudge);
      await Promise.all([...guests].map((leave) => leave()));
      const values = await customersValues(control(sandboxUrl));
      await Promise.all([worker.end("SIGTERM"), sandbox.end("SIGTERM"), front.end()]);
      rmSync(join(dir, "state"), { recursive: true, force: true });
      rmSync(join(dir, "build"), { recursive: true, force: true });
      rmSync(join(dir, "dist"), { recursive: true, force: true });
      const log = readFileSync(join(dir, "worker.log"), "utf8");
      assert.deepEqual(leaks(log, values), [], "the operator's log tells what is the customers'");
    },
  };
}

/** The e-mails that the local simulation has taken, in order. It writes each to files and says where. */
function letters(log) {
  const parts = /MessageBuilder:\s*From: (.*)\s+To: (.*)\s+Subject: (.*)\s+Text: (\S+)\s+HTML: (\S+)/g;
  return [...log.replace(/\x1b\[\d+m/g, "").matchAll(parts)].map(([, from, to, subject, text, html]) => {
    return { from, to, subject, text: readFileSync(text, "utf8"), html: readFileSync(html, "utf8") };
  });
}

/** What changes nothing although it is no GET: tokens, queries, and bundles of reads. */
function isWrite({ method, path, request_body: body }) {
  if (method === "GET" || /\/(oauth|connect)\//.test(path) || path.endsWith("/coql")) return false;
  return !/composite/.test(path) || /"method":"(?!GET)/.test(JSON.stringify(body).replaceAll("\\", ""));
}

/** Whether this is Xero's answer that it took no call, or no element of it. */
function refusesAll({ api, status, response_body: body }) {
  if (api !== "xero") return false;
  // A limit is told by the status alone.
  if (status === 429) return true;
  if (body === "") return false;
  const answer = typeof body === "string" ? JSON.parse(body) : body;
  const elements = Object.values(answer).filter(Array.isArray).flat();
  return elements.length > 0 && elements.every((element) => element.HasErrors || element.ValidationErrors?.length > 0);
}

/** The sandbox's control API: what happens in the world outside, and what was called. */
function control(base) {
  const call = async (method, path, body) => {
    const response = await fetch(`${base}/control/${path}`, {
      method,
      headers: { "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} /control/${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
  return {
    get: (path) => call("GET", path),
    post: (path, body) => call("POST", path, body),
    put: (path, body) => call("PUT", path, body),
    delete: (path) => call("DELETE", path),
    /** The number of the last call so far. */
    mark: async () => (await call("GET", "journal?since=999999999")).last,
    /** The API calls after a mark, token and metadata calls too, as `xero GET /api.xro/2.0/Invoices/…`. */
    async calls(since) {
      const { entries } = await call("GET", `journal?since=${since}`);
      return entries.map((entry) => ({ ...entry, line: `${entry.api} ${entry.method} ${entry.path}` }));
    },
    /** The calls after a mark that could change something. */
    async writes(since) {
      return (await this.calls(since)).filter(isWrite);
    },
    /** The calls after a mark that changed something: a record that Xero refuses is tried again by each run. */
    async changes(since) {
      return (await this.writes(since)).filter((call) => !refusesAll(call)).map((call) => call.line);
    },
    /** A fault at the next call that fits; `rule` as the sandbox's control API has it. */
    fault: (rule) => call("POST", "faults", { phase: "before", ...rule }),
    noFaults: () => call("DELETE", "faults"),
    /** The CRM's record as the system sees it. */
    crm: (module, id) => call("GET", `crm/us/${module}/${id}`),
    /** Somebody edits the CRM's record. */
    editCrm: (module, id, changes, user) => call("PUT", `crm/us/${module}/${id}`, { user, changes }),
    /** Makes a custom field in the CRM, such as `{ field_label: "Cost centre", data_type: "text" }`; answers its name. */
    addCrmField: async (module, field) => (await call("POST", `crm/us/${module}/fields`, field)).api_name,
    /** What Xero's Australian organisation has. */
    xero: (path) => call("GET", `xero/au/${path}`),
    inXero: (action, body) => call("POST", `xero/au/actions/${action}`, body),
    addToXero: (resource, element) => call("POST", `xero/au/${resource}`, element),
    editXero: (resource, id, body) => call("PUT", `xero/au/${resource}/${id}`, body),
  };
}
