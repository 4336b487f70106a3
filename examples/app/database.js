// The database, with node's pg. It says who it is, and ends.
'use strict';

const { Client } = require('pg');

// address returns a URL with which the database is verified with the CA in a file.
function address() {
  const url = new URL(process.env.DATABASE_URL);
  if (process.env.PGSSLROOTCERT) {
    url.searchParams.set('sslmode', 'verify-full');
    url.searchParams.set('sslrootcert', process.env.PGSSLROOTCERT);
  }
  return url.toString();
}

async function main() {
  const client = new Client({ connectionString: address() });
  await client.connect();
  const { rows: [is] } = await client.query(
    'select current_user as user, current_database() as name, ssl from pg_stat_ssl where pid = pg_backend_pid()');
  await client.end();
  console.log(`database ${is.name}, user ${is.user}, encrypted: ${is.ssl}`);
}

main().catch((error) => {
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
});
