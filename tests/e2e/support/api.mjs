// The proxy's own routes, called from inside the page, with its session.

/** The session's anti-forgery token, version and whether the sandbox is embedded. */
export function readSession(page) {
  return page.evaluate(async () => (await fetch("/api/session")).json());
}

/** Replaces the sandbox's faults; an empty list clears them. */
export function setFaults(page, faults) {
  return post(page, "/api/sandbox/faults", faults);
}

/** Brings the sandbox back to its first state. */
export function resetSandbox(page) {
  return post(page, "/api/sandbox/reset", null);
}

/** Requests that reached the sandbox: `[{system, method, path, status, count}]`. */
export function readRequestCounts(page) {
  return page.evaluate(async () => (await fetch("/api/sandbox/counts")).json());
}

/** The body of a GET on a system, such as `getFromSystem(page, "sandbox-bc", "/api/v2.0/companies")`. */
export function getFromSystem(page, connection, pathAndQuery) {
  return page.evaluate(async (address) => (await fetch(address)).json(), `/api/systems/${connection}${pathAndQuery}`);
}

async function post(page, address, body) {
  const { antiForgeryToken } = await readSession(page);
  const status = await page.evaluate(
    async ([url, token, content]) => {
      const response = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Couplet-Anti-Forgery": token },
        body: content === null ? undefined : JSON.stringify(content),
      });
      return response.status;
    },
    [address, antiForgeryToken, body],
  );
  if (status !== 204) throw new Error(`POST ${address} answered ${status}`);
}

/** Calls a route of the proxy as the app does: `{status, body}`, the body read as JSON where there is one. */
export async function callProxy(page, method, address, content = undefined) {
  const { antiForgeryToken } = await readSession(page);
  return page.evaluate(
    async ([verb, url, token, body]) => {
      const headers = { "Content-Type": "application/json", "X-Couplet-Anti-Forgery": token };
      const response = await fetch(url, { method: verb, headers, body });
      const text = await response.text();
      return { status: response.status, body: text === "" ? null : JSON.parse(text) };
    },
    [method, address, antiForgeryToken, content === undefined ? undefined : JSON.stringify(content)],
  );
}
