// An independent count over the demo data: raw answers of both systems, read through the proxy and judged by hand.
import { getFromSystem } from "./api.mjs";

/** Every record of a set, page after page. */
export async function readAll(page, connection, pathAndQuery) {
  const { baseUrl } = (await page.evaluate(async () => (await fetch("/api/connections")).json())).find(
    ({ id }) => id === connection,
  );
  const records = [];
  let next = pathAndQuery;
  while (next) {
    const answer = await getFromSystem(page, connection, next);
    records.push(...answer.value);
    const link = answer["@odata.nextLink"];
    next = link ? link.slice(baseUrl.length) : undefined;
  }
  return records;
}

/** Customers that the standard filter takes and leaves: Blocked is blank. */
export async function countCustomers(page) {
  const { value: companies } = await getFromSystem(page, "sandbox-bc", "/api/v2.0/companies");
  const set = `/api/couplet/integration/v1.0/companies(${companies[0].id})/customers`;
  const customers = await readAll(page, "sandbox-bc", `${set}?$select=no,name,blocked`);
  const taken = customers.filter(({ blocked }) => blocked === "_x0020_");
  return { customers, nIn: taken.length, nOut: customers.length - taken.length };
}

/** Accounts that the standard filter takes and leaves: active customers of this company, or of none. */
export async function countAccounts(page) {
  const { value: companies } = await getFromSystem(page, "sandbox-bc", "/api/v2.0/companies");
  const rows = await readAll(page, "sandbox-dataverse", "/api/data/v9.2/bcbi_companies?$select=bcbi_externalid");
  const company = rows.find(({ bcbi_externalid }) => bcbi_externalid === companies[0].id).bcbi_companyid;
  const columns = "$select=name,statecode,customertypecode,_bcbi_companyid_value";
  const accounts = await readAll(page, "sandbox-dataverse", `/api/data/v9.2/accounts?${columns}`);
  const taken = accounts.filter(
    (account) =>
      account.statecode === 0 &&
      account.customertypecode === 3 &&
      [company, null].includes(account._bcbi_companyid_value),
  );
  return { accounts, nIn: taken.length, nOut: accounts.length - taken.length };
}
