// Demo customers, the same for every contender and in every run, and the pages that a service would send of them.
import { mulberry32 } from "./random.mjs";

const FORENAMES = ["Éclair", "Müller", "Søren", "Atlas", "Bravo", "Cirrus", "Delta", "Élan", "Ferro", "Gamma"];
const STEMS = [
  "Nordwind", "FJORDNORD", "Lunordic", "Südlicht", "Westwerk", "Ostbau", "Papier", "Metall", "Holz", "Garten", "Technik",
  "Handel", "Import", "Marine", "Bergbahn", "Küchen", "Möbel", "Optik", "Chemie", "Energie", "Logistik", "Verlag", "Textil",
  "Auto", "Kaffee", "Brauerei", "Molkerei", "Fisch", "Obst", "Blumen", "Schmuck", "Uhren", "Musik", "Spiel", "Sport", "Reise",
  "Hotel", "Pharma", "Labor", "Medien",
];
const FORMS = ["GmbH", "AG", "Ltd.", "SARL", "A/S", "AB"];
const CITY_STEMS = [
  "Halm", "Kristian", "Neu", "Alt", "Rosen", "Linden", "Mühl", "Stein", "Wald", "Birken", "Königs", "Sonder", "Ober", "Unter",
  "Frei", "Wein", "Salz", "Eisen", "Buchen", "Bruns",
];
const CITY_ENDINGS = ["stad", "STADT", "burg", "ville", "berg", "dorf", "heim", "au", "feld", "brück", "hausen", "tal"];
const BLOCKED_SHARES = [0.7, 0.85, 0.95, 1];
/** Members of the option Blocked as Business Central writes them. */
export const BLOCKED_NAMES = ["_x0020_", "Ship", "Invoice", "All"];
/** The members that a filter or a list of customers needs. */
export const SELECTED = ["systemId", "no", "name", "city", "blocked", "creditLimitLCY", "lastDateModified"];
const FIRST_DAY = Date.UTC(2021, 0, 1) / 86_400_000;
const N_DAYS = 2_000;

/** Customers as columns. */
export function generate(nRows, seed = 1) {
  const random = mulberry32(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const customers = { nRows, name: [], city: [], blocked: [], cents: [], days: [] };
  for (let row = 0; row < nRows; row += 1) {
    customers.name.push(`${pick(FORENAMES)} ${pick(STEMS)} ${pick(FORMS)} ${row}`);
    customers.city.push(`${pick(CITY_STEMS)}${pick(CITY_ENDINGS)}`);
    const share = random();
    customers.blocked.push(BLOCKED_SHARES.findIndex((limit) => share < limit));
    customers.cents.push(Math.floor(random() * 10_000_000));
    customers.days.push(FIRST_DAY + Math.floor(random() * N_DAYS));
  }
  return customers;
}

/** The number of the customer in a row. */
export function customerNumber(row) {
  return `C${String(row).padStart(7, "0")}`;
}

/** A page of OData with the customers of these rows; `whole` records have all members of the table, others the selected. */
export function pageText(customers, from, to, { whole }) {
  const records = [];
  for (let row = from; row < Math.min(to, customers.nRows); row += 1) {
    records.push(whole ? wholeRecord(customers, row) : selectedRecord(customers, row));
  }
  return JSON.stringify({ "@odata.context": "http://127.0.0.1/$metadata#customers", value: records });
}

function selectedRecord({ name, city, blocked, cents, days }, row) {
  return {
    "@odata.etag": `W/"JzE5OzE${String(row).padStart(12, "0")}MTswMDsn"`,
    systemId: guid(1, row),
    no: customerNumber(row),
    name: name[row],
    city: city[row],
    blocked: BLOCKED_NAMES[blocked[row]],
    creditLimitLCY: cents[row] / 100,
    lastDateModified: isoDay(days[row]),
  };
}

function wholeRecord(customers, row) {
  const { "@odata.etag": etag, systemId, no, name, city, blocked, creditLimitLCY, lastDateModified } = selectedRecord(customers, row);
  const modified = `${lastDateModified}T08:${String(row % 60).padStart(2, "0")}:00.123Z`;
  return {
    "@odata.etag": etag,
    systemId,
    no,
    name,
    name2: "",
    address: `${name.slice(0, 12)}straße ${row % 200}`,
    city,
    postCode: String(10_000 + (row % 80_000)),
    countryRegionCode: "DE",
    phoneNo: `+49 30 ${String(row).padStart(8, "0")}`,
    eMail: `info${row}@customers.example`,
    blocked,
    creditLimitLCY,
    balanceLCY: customers.cents[customers.nRows - 1 - row] / 100,
    salespersonCode: `SP${row % 30}`,
    paymentTermsCode: "14 DAYS",
    currencyCode: "EUR",
    lastDateModified,
    systemCreatedAt: "2020-05-04T10:11:12.345Z",
    systemModifiedAt: modified,
    systemModifiedBy: guid(2, row % 40),
  };
}

function guid(group, row) {
  return `5d9c000${group}-0000-4000-8000-${String(row).padStart(12, "0")}`;
}

function isoDay(days) {
  return new Date(days * 86_400_000).toISOString().slice(0, 10);
}

/** The number of days after 1970 of a day as a page writes it. */
export function daysOf(isoText) {
  return Date.parse(isoText) / 86_400_000;
}
