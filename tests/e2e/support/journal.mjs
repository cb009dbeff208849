// What synchronization left in the browser's database: the journal's outcomes, couplings, batches without an outcome.

/** All records of these stores. */
export function readStores(page, names) {
  return page.evaluate(
    (wanted) =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open("couplet");
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const database = opening.result;
          const transaction = database.transaction(wanted);
          const requests = wanted.map((name) => transaction.objectStore(name).getAll());
          transaction.oncomplete = () => {
            database.close();
            resolve(Object.fromEntries(wanted.map((name, idx) => [name, requests[idx].result])));
          };
        };
      }),
    names,
  );
}

/**
 * What the journal says was done: `{ written, open, couplings }`. `written` has one entry for each write that is done,
 * as "create RECORD"; `open` is the number of batches without an outcome.
 */
export async function readJournal(page, mapping) {
  const stores = await readStores(page, ["settlements", "journal", "couplings"]);
  const lines = stores.settlements.flatMap(({ state }) => JSON.parse(state).settlements);
  const done = lines.filter(({ action, outcome }) => outcome.kind === "done" && isWrite(action));
  const couplings = stores.couplings.filter((it) => it.mapping === mapping);
  return {
    written: done.map(({ action }) => `${action.kind} ${action.record ?? action.row}`).sort(),
    open: stores.journal.length,
    couplings: couplings.map(({ record, row }) => ({ record, row })),
  };
}

function isWrite({ kind }) {
  return ["create", "restore", "update", "delete"].includes(kind);
}
