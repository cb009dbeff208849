// Runs the clients of Couplet against a server that is not ours, and compares what they say with what the rows say. What
// passes is worked out here a second time, from the rows alone.

import { spawn } from 'node:child_process';
import { accounts, COMPANY, customers } from './rows.mjs';
import { start } from './server.mjs';

const { COUPLET_CAP_PACKAGES, COUPLET_COUNT, COUPLET_FOREIGN } = process.env;
let passed = 0;
let failed = 0;

/** One check with its name; a failed one shows both sides. */
function check(name, found, expected) {
  const [left, right] = [JSON.stringify(found), JSON.stringify(expected)];
  if (left === right) {
    passed += 1;
  } else {
    failed += 1;
    console.log(`FAILED: ${name}: found ${left}, expected ${right}`);
  }
}

/** Runs a program, and gives its exit code and the lines of its output. */
function run(program, flags) {
  return new Promise((resolve) => {
    const child = spawn(program, flags);
    let output = '';
    let errors = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (errors += data));
    child.on('close', (code) => resolve({ code, lines: output.trim().split('\n'), errors: errors.trim() }));
  });
}

const text = (value) => value ?? '';
const number = (value) => value ?? 0;
const lower = (value) => text(value).toLowerCase();
/** A date that is missing lies before all others. */
const date = (value) => value ?? '0000-00-00';

// Set, view, whether case counts, and the same in JavaScript.
const VIEWS = [
  ['customers', "WHERE(blocked=FILTER(Ship|Invoice),city=FILTER(<>''))", (row) => ['Ship', 'Invoice'].includes(row.blocked) && text(row.city) !== ''],
  ['customers', '', () => true],
  ['customers', 'WHERE(city=FILTER(Paris))', (row) => row.city === 'Paris'],
  ['customers', 'WHERE(city=FILTER(Paris))', (row) => lower(row.city) === 'paris', '--ignore-case'],
  ['customers', 'WHERE(city=FILTER(ZÜRICH))', (row) => lower(row.city) === 'zürich', '--ignore-case'],
  ['customers', 'WHERE(city=FILTER(@paris))', (row) => lower(row.city) === 'paris'],
  ['customers', 'WHERE(city=FILTER(<>Paris))', (row) => row.city !== 'Paris'],
  ['customers', "WHERE(city=FILTER(''))", (row) => text(row.city) === ''],
  ['customers', "WHERE(city=FILTER('L''Haÿ*'))", (row) => text(row.city).startsWith("L'Haÿ")],
  ['customers', 'WHERE(city=FILTER(*ar*))', (row) => text(row.city).includes('ar')],
  ['customers', 'WHERE(city=FILTER(N?ce))', (row) => /^N.ce$/u.test(text(row.city))],
  ['customers', 'WHERE(city=FILTER(50% Nord|A_B))', (row) => ['50% Nord', 'A_B'].includes(row.city)],
  ['customers', "WHERE(city=CONST('*'))", (row) => row.city === '*'],
  ['customers', "WHERE(city=CONST('@home'))", (row) => row.city === '@home'],
  ['customers', 'WHERE(creditLimit=FILTER(0))', (row) => number(row.creditLimit) === 0],
  ['customers', 'WHERE(creditLimit=FILTER(10.5..20.3|>90))', (row) => { const limit = number(row.creditLimit); return (limit >= 10.5 && limit <= 20.3) || limit > 90; }],
  ['customers', 'WHERE(priority=FILTER(<=0&<>-2))', (row) => number(row.priority) <= 0 && number(row.priority) !== -2],
  ['customers', 'WHERE(taxLiable=CONST(false))', (row) => !row.taxLiable],
  ['customers', 'WHERE(taxLiable=FILTER(yes))', (row) => row.taxLiable === true],
  ['customers', 'WHERE(since=FILTER(..2021-06-30))', (row) => date(row.since) <= '2021-06-30'],
  ['customers', "WHERE(since=FILTER(<>''&>=2022-01-01))", (row) => date(row.since) >= '2022-01-01'],
  ['customers', 'WHERE(lastModifiedDateTime=FILTER(2026-01-02..2026-01-03T05:00:00Z))', (row) => row.lastModifiedDateTime >= '2026-01-02' && row.lastModifiedDateTime < '2026-01-03T05:00:00.001'],
  ['customers', 'WHERE(id=FILTER(a0000000-0000-4000-8000-000000000007))', (row) => row.id.endsWith('000000000007')],
  ['accounts', `WHERE(statecode=FILTER(0),customertypecode=FILTER(3),_bcbi_companyid_value=FILTER({${COMPANY}}|{00000000-0000-0000-0000-000000000000}))`, (row) => row.statecode === 0 && row.customertypecode === 3 && [COMPANY, null].includes(row._bcbi_companyid_value)],
  ['accounts', 'WHERE(customertypecode=FILTER(0))', (row) => number(row.customertypecode) === 0],
  ['accounts', "WHERE(NAME=FILTER(''))", (row) => text(row.name) === ''],
];

async function countViews(address) {
  for (const [set, view, passes, ...flags] of VIEWS) {
    const [service, rows] = set === 'customers' ? ['bc', customers] : ['dv', accounts];
    const base = `${address}/odata/v4/${service}`;
    const { code, lines, errors } = await run(COUPLET_COUNT, ['--base-url', base, '--entity-set', set, '--view', view, ...flags]);
    const expected = rows.filter(passes).length;
    check(`${set} ${view} ${flags}`, [code, lines.at(-1), errors], [0, String(expected), '']);
    check(`${set} ${view}: some pass, or all are to`, expected > 0, true);
  }
}

async function countErrors(address) {
  const base = `${address}/odata/v4/bc`;
  const cases = [
    [['--base-url', base, '--entity-set', 'clients', '--view', ''], 1, 'expected an entity set of the service, found `clients`; it has customers'],
    [['--base-url', base, '--entity-set', 'customers', '--view', 'WHERE(town=FILTER(x))'], 1, 'found `town`'],
    [['--base-url', base, '--entity-set', 'customers', '--view', 'WHERE(city=FILTER(a|))'], 1, 'expected'],
    [['--base-url', `${address}/nothing`, '--entity-set', 'customers', '--view', ''], 1, '404'],
    [['--base-url', 'http://127.0.0.1:9', '--entity-set', 'customers', '--view', ''], 1, 'cannot reach http://127.0.0.1:9/$metadata'],
    [['--base-url', base], 2, '--entity-set is missing'],
  ];
  for (const [flags, expected, words] of cases) {
    const { code, errors } = await run(COUPLET_COUNT, flags);
    check(`count ${flags}`, [code, errors.includes(words) || errors], [expected, true]);
  }
}

async function readAndWrite(address) {
  const { code, lines, errors } = await run(COUPLET_FOREIGN, [address, COMPANY]);
  check('foreign ends well', [code, errors], [0, '']);
  const told = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
  const ofCompany = accounts.filter((row) => row.statecode === 0 && row.customertypecode === 3 && [COMPANY, null].includes(row._bcbi_companyid_value));
  const unblocked = customers.filter((row) => row.blocked === '_x0020_');
  for (const [name, rows, passing] of [['customers', customers, unblocked], ['accounts', accounts, ofCompany]]) {
    const all = String(rows.length);
    check(`${name} read`, told[`${name} read`], all);
    check(`${name} tags`, told[`${name} tags`], all);
    check(`${name} counted`, [told[`${name} counted`], told[`${name} counted with the first page`]], [all, all]);
    check(`${name} pages`, told[`${name} pages`], String(Math.ceil(rows.length / 100)));
    check(`${name} passed by the server`, told[`${name} passed by the server`], String(passing.length));
    check(`${name} passing`, told[`${name} passing`], String(passing.length));
    check(`${name} changed alone`, told[`${name} changed alone`], '1 updated with its tag');
    check(`${name} changed`, told[`${name} changed`], '2 refused 412, 148 updated with its tag');
    check(`${name} requests`, told[`${name} requests`], name === 'customers' ? '1' : '2');
  }
  check('customers created', told['customers created'], '1 created with its tag');
  const written = async (service, set, field) => {
    const filter = encodeURIComponent(`startswith(${field},'Written')`);
    const answer = await fetch(`${address}/odata/v4/${service}/${set}?$filter=${filter}&$top=400`);
    return (await answer.json()).value.map((row) => row[field]).sort();
  };
  const names = Array.from({ length: 149 }, (_, at) => `Written "${at}" é`).sort();
  check('customers written', await written('bc', 'customers', 'displayName'), names);
  check('accounts written', await written('dv', 'accounts', 'name'), names);
}

const server = await start(COUPLET_CAP_PACKAGES);
await countViews(server.address);
await countErrors(server.address);
await readAndWrite(server.address);
server.stop();
console.log(`test result: ${failed === 0 ? 'ok' : 'FAILED'}. ${passed} passed; ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
