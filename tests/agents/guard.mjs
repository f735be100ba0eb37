// The agents' proxy: refuses everything, so that nothing leaves this machine, and remembers who was asked for.

import { createServer } from "node:http";

export async function guard() {
  const asked = new Map();
  const note = (host) => asked.set(host, (asked.get(host) ?? 0) + 1);
  const server = createServer((request, response) => {
    note(request.headers.host);
    response.writeHead(403).end();
  });
  server.on("connect", (request, socket) => {
    note(request.url);
    socket.on("error", () => {}); // it may be gone already
    socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  return { url: `http://127.0.0.1:${server.address().port}`, asked };
}
