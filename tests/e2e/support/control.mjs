// The proxy's routes called with a browser context's session, but from outside its pages: it works while a tab is busy,
// and after it died.

/** A caller for one browser context. */
export class Control {
  constructor(context, origin) {
    this.context = context;
    this.origin = origin;
  }

  /** The body of a GET, read as JSON. */
  async read(path) {
    const response = await this.context.request.get(`${this.origin}${path}`);
    if (!response.ok()) throw new Error(`GET ${path} answered ${response.status()}: ${await response.text()}`);
    return response.json();
  }

  /** Sends a change as the app does; gives the body, read as JSON where there is one. */
  async change(method, path, data, headers = {}) {
    const { antiForgeryToken } = await this.read("/api/session");
    const response = await this.context.request.fetch(`${this.origin}${path}`, {
      method,
      data,
      headers: { Origin: this.origin, "X-Couplet-Anti-Forgery": antiForgeryToken, ...headers },
      maxRedirects: 0,
    });
    if (!response.ok()) throw new Error(`${method} ${path} answered ${response.status()}: ${await response.text()}`);
    const text = await response.text();
    return text === "" ? null : JSON.parse(text);
  }

  /** How long each creation takes from now on, in milliseconds. */
  setCreationTime(create) {
    return this.change("POST", "/api/sandbox/timing", { operationMs: { create } });
  }

  /** How many changing requests a system has processed. */
  async countWrites(system) {
    const counts = await this.read("/api/sandbox/counts");
    const writes = counts.filter((it) => it.system === system && it.method !== "GET");
    return writes.reduce((sum, { count }) => sum + count, 0);
  }

  /** Comes back as soon as a system has processed so many changing requests. */
  async untilWrites(system, wanted) {
    for (;;) {
      const count = await this.countWrites(system);
      if (count >= wanted) return count;
    }
  }

  /** What differs from the generated data, in both systems. */
  saveSnapshot() {
    return this.read("/api/sandbox/snapshot");
  }

  /** Where two snapshots differ in what rows exist and what they hold. */
  compareSnapshots(first, second) {
    return this.change("POST", "/api/sandbox/snapshot/differences", { first, second });
  }
}
