// The rows of the server, the same each time, with the values that servers and clients like to disagree about.

const CITIES = ['Paris', 'paris', 'PARIS', '', null, 'Lyon', "L'Haÿ-les-Roses", 'Zürich', 'zürich', '50% Nord', 'A_B', 'Tours ', '*', '@home', 'Nice', 'Nîmes'];
const BLOCKED = ['_x0020_', '_x0020_', 'Ship', 'Invoice', 'All'];
export const COMPANY = 'c0c0c0c0-0000-4000-8000-000000000001';
const OTHER_COMPANY = 'c0c0c0c0-0000-4000-8000-000000000002';

const id = (family, at) => `${family}0000000-0000-4000-8000-${String(at).padStart(12, '0')}`;
const pick = (list, at) => list[at % list.length];
/** Milliseconds after the start of 2026: an hour a row, with a fraction on every third. */
const moment = (at) => new Date(Date.UTC(2026, 0, 1) + at * 3_600_000 + (at % 3 === 0 ? 123 : 0)).toISOString();

export const customers = Array.from({ length: 1234 }, (_, at) => ({
  id: id('a', at),
  number: `C${String(at).padStart(5, '0')}`,
  displayName: `Customer ${at}`,
  city: pick(CITIES, at * 7),
  blocked: pick(BLOCKED, at),
  creditLimit: at % 11 === 0 ? null : ((at * 37) % 1000) / 10,
  priority: at % 13 === 0 ? null : (at % 9) - 4,
  taxLiable: at % 5 === 0 ? null : at % 2 === 0,
  since: at % 7 === 0 ? null : new Date(Date.UTC(2020, 0, 1 + at)).toISOString().slice(0, 10),
  lastModifiedDateTime: moment(at),
}));

export const accounts = Array.from({ length: 987 }, (_, at) => ({
  accountid: id('b', at),
  name: at % 17 === 0 ? null : `Account ${at}`,
  address1_city: pick(CITIES, at * 5),
  statecode: at % 5 === 0 ? 1 : 0,
  customertypecode: pick([3, 11, null, 1], at),
  creditlimit: at % 6 === 0 ? null : at / 4,
  creditonhold: at % 3 === 0 ? null : at % 2 === 0,
  _bcbi_companyid_value: pick([COMPANY, OTHER_COMPANY, null], at),
  modifiedon: moment(at),
}));
