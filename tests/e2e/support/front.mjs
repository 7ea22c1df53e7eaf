// Stands before `wrangler dev` and sends again what its proxy lost.
//
// wrangler hands each request from a proxy of its own to the Worker, over connections that it keeps. One that the Worker
// has closed meanwhile it finds out only when it writes to it, and then answers 503 with a text of its own and "send it
// again" for whatever is no GET. The Worker has not seen such a request. A browser, a script and a test would take it for
// an answer of the Worker's.

import { once } from "node:events";
import { createServer, request } from "node:http";

const LOST = "Your worker restarted mid-request";
/** How many kept connections in a row may turn out to be closed. */
const SENDINGS = 64;

/** Sends a request on; answers the reply, and its text where it has been read. */
function send(port, asked, body) {
  return new Promise((resolve, reject) => {
    const options = { host: "localhost", port, path: asked.url, method: asked.method, headers: asked.rawHeaders, agent: false };
    const on = request(options, async (reply) => {
      if (reply.statusCode !== 503 || asked.method === "GET") return resolve({ reply });
      try {
        resolve({ reply, text: Buffer.concat(await reply.toArray()) });
      } catch (error) {
        reject(error);
      }
    });
    on.on("error", reject).end(body);
  });
}

/** Hands everything on to `wrangler dev` at the port `inner`. While that is not there, a connection is closed at once. */
export async function startFront(inner) {
  const server = createServer(async (asked, answer) => {
    let told;
    // Who asked may go at once, as a window does that is closed by its last click: the request is on its way all the same,
    // and only the answer is not waited for any more.
    answer.on("close", () => told?.reply.destroy());
    try {
      const body = Buffer.concat(await asked.toArray());
      told = await send(inner, asked, body);
      for (let sent = 1; sent < SENDINGS && `${told.text ?? ""}`.startsWith(LOST); sent += 1) {
        told = await send(inner, asked, body);
      }
      if (answer.destroyed) return void told.reply.destroy();
      // A page's budget counts headers, too: none is the front's own.
      for (const own of ["connection", "date"]) answer.removeHeader(own);
      answer.writeHead(told.reply.statusCode, told.reply.statusMessage, told.reply.rawHeaders);
      if (told.text) return void answer.end(told.text);
      answer.flushHeaders();
      told.reply.on("error", () => answer.destroy()).pipe(answer);
    } catch {
      answer.destroy();
    }
  });
  await once(server.listen(0, "localhost"), "listening");
  return {
    port: server.address().port,
    async end() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
