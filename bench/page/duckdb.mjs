// duckdb-wasm as its documentation sets it up: the bundle with exceptions, one thread, in a worker of its own.
import * as duckdb from "@duckdb/duckdb-wasm";
import * as arrow from "apache-arrow";

const DIST = "/node_modules/@duckdb/duckdb-wasm/dist";
const ROWS_IN_BATCH = 100_000;

/** Starts a database with the customers in the table `customer`, every column of its own type. */
export async function openDuckdb({ rows, columns, days, cents }) {
  const worker = new Worker(`${DIST}/duckdb-browser-eh.worker.js`);
  const database = new duckdb.AsyncDuckDB(new duckdb.VoidLogger(), worker);
  await database.instantiate(`${DIST}/duckdb-eh.wasm`);
  const connection = await database.connect();
  for (let from = 0; from < rows.length; from += ROWS_IN_BATCH) {
    const to = Math.min(from + ROWS_IN_BATCH, rows.length);
    const text = (values) => arrow.vectorFromArray(values.slice(from, to), new arrow.Utf8());
    const whole = (values) => arrow.makeVector(Int32Array.from(values.slice(from, to)));
    const batch = new arrow.Table({
      row: arrow.makeVector(Int32Array.from({ length: to - from }, (_, idx) => from + idx)),
      no: text(columns.no),
      name: text(columns.name),
      city: text(columns.city),
      blocked: whole(columns.blocked),
      cents: whole(cents),
      days: whole(days),
    });
    await connection.insertArrowFromIPCStream(arrow.tableToIPC(batch, "stream"), { name: "page", create: from === 0 });
  }
  await connection.query(
    "CREATE TABLE customer AS SELECT row, no, name, city, blocked, CAST(cents / 100.0 AS DECIMAL(18,2)) AS credit_limit, " +
      "DATE '1970-01-01' + days AS modified FROM page",
  );
  await connection.query("DROP TABLE page");
  return {
    count: async (where) => (await connection.query(`SELECT count(*)::INTEGER AS n FROM customer WHERE ${where}`)).getChildAt(0).get(0),
    rowsOf: async (where) =>
      (await connection.query(`SELECT row FROM customer WHERE ${where} ORDER BY row`)).getChildAt(0)?.toArray() ?? [],
    roundTrip: () => connection.query("SELECT 1"),
    version: async () => (await connection.query("SELECT version() AS v")).getChildAt(0).get(0),
    async close() {
      await connection.close();
      await database.terminate();
    },
  };
}
