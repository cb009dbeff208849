// Starts the server of `model.cds` on a free port of the loopback address, with the rows of `rows.mjs` in SQLite's memory.

import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { accounts, customers } from './rows.mjs';

/** Starts it with the packages of this folder, and gives its address and a function that stops it. */
export async function start(packages) {
  const require = createRequire(path.join(packages, 'package.json'));
  // Before the packages are loaded: they read the configuration of the current folder and of these variables.
  process.chdir(packages);
  process.env.CDS_CONFIG = JSON.stringify({
    requires: { db: { kind: 'sqlite', credentials: { url: ':memory:' } }, auth: { kind: 'dummy' } },
    log: { levels: { cds: 'silent', odata: 'silent', error: 'silent', deploy: 'silent' } },
  });
  const cds = require('@sap/cds');
  const express = require('express');
  const here = path.dirname(fileURLToPath(import.meta.url));
  const { INSERT } = cds.ql;
  cds.model = cds.compile.for.nodejs(await cds.load(path.join(here, 'model.cds')));
  cds.db = await cds.connect.to('db');
  await cds.deploy(cds.model, { silent: true }).to(cds.db);
  await cds.db.run(INSERT.into('BusinessCentral.customers').entries(customers));
  await cds.db.run(INSERT.into('Dataverse.accounts').entries(accounts));
  const app = express();
  await cds.serve('all').in(app);
  const listener = await new Promise((resolve) => {
    const server = app.listen(0, '127.0.0.1', () => resolve(server));
  });
  const address = `http://127.0.0.1:${listener.address().port}`;
  return { address, stop: () => listener.close() };
}
