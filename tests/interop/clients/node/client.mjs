// SPDX-License-Identifier: MIT
// The Azure SDK for JavaScript, as a program uses it that knows nothing of an emulator.
//
// client.mjs operations VAULT-URL         prints a line an operation: NAME, ok or fail, detail; tabs between
// client.mjs identity KIND VAULT-URL ID   reads one secret with that kind of credential; ID is a client id
import {
  ClientCertificateCredential, ClientSecretCredential, DefaultAzureCredential,
  ManagedIdentityCredential, WorkloadIdentityCredential,
} from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';

const AWKWARD = 'pä$$ "w"\\n\t✓';
const ITEMS = new Map(
  Array.from({ length: 62 }, (_, i) => [`item-${String(i).padStart(2, '0')}`, `value ${i}`]));

function need(condition, what) {
  if (!condition) throw new Error(what);
}

// The error that the call must fail with.
async function refused(status, call) {
  try {
    await call();
  } catch (error) {
    need(error.statusCode === status, `status ${error.statusCode}, not ${status}: ${error.message}`);
    return error;
  }
  throw new Error(`not refused with ${status}`);
}

// What the call returns once the service shows it.
async function untilThere(call) {
  for (let i = 0; i < 50; ++i) {
    try {
      return await call();
    } catch (error) {
      if (error.statusCode !== 404) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  throw new Error('not there after 10 s');
}

async function removed(client, name) {
  await (await client.beginDeleteSecret(name)).pollUntilDone();
}

let first;
let second;

const operations = {
  async set(client) {
    for (const [name, value] of ITEMS) {
      need((await client.setSecret(name, value)).value === value, `${name}: another value came back`);
    }
    first = (await client.setSecret('db-password', 'first')).properties.version;
    second = (await client.setSecret('db-password', AWKWARD,
      { contentType: 'text/plain', tags: { team: 'web' } })).properties.version;
    need(first !== second, 'the same version twice');
  },
  async get(client) {
    const got = await client.getSecret('db-password');
    need(got.value === AWKWARD, 'another value');
    need(got.properties.version === second, 'not the newest version');
    need(got.properties.contentType === 'text/plain', 'another content type');
    need(JSON.stringify(got.properties.tags) === '{"team":"web"}', 'other tags');
  },
  async pinned(client) {
    need((await client.getSecret('db-password', { version: first })).value === 'first', 'another value');
  },
  async list(client) {
    let pages = 0;
    const names = [];
    for await (const page of client.listPropertiesOfSecrets().byPage()) {
      ++pages;
      names.push(...page.map((item) => item.name).filter((name) => ITEMS.has(name)));
    }
    need(pages >= 3, `${pages} pages`);
    need(names.sort().join() === [...ITEMS.keys()].sort().join(), 'not each of the 62 once');
  },
  async versions(client) {
    const got = [];
    for await (const item of client.listPropertiesOfSecretVersions('db-password')) {
      got.push(item.version);
    }
    need(got.sort().join() === [first, second].sort().join(), 'other versions');
  },
  async disable(client) {
    const { version } = (await client.getSecret('item-05')).properties;
    await client.updateSecretProperties('item-05', version, { enabled: false });
    const error = await refused(403, () => client.getSecret('item-05'));
    need(error.details.error.innerError.code === 'SecretDisabled', 'another innererror');
    await client.updateSecretProperties('item-05', version, { enabled: true });
    need((await client.getSecret('item-05')).value === ITEMS.get('item-05'), 'not readable again');
  },
  async missing(client) {
    need((await refused(404, () => client.getSecret('no-such'))).code === 'SecretNotFound', 'another code');
  },
  async delete(client) {
    const deleted = await (await client.beginDeleteSecret('item-00')).pollUntilDone();
    need(deleted.recoveryId.endsWith('/deletedsecrets/item-00'), 'another recovery id');
    await refused(404, () => client.getSecret('item-00'));
  },
  async deleted(client) {
    const names = [];
    for await (const item of client.listDeletedSecrets()) names.push(item.name);
    need(names.includes('item-00'), 'not listed');
    need((await client.getDeletedSecret('item-00')).scheduledPurgeDate, 'no purge date');
  },
  async conflict(client) {
    await refused(409, () => client.setSecret('item-00', 'x'));
  },
  async recover(client) {
    await (await client.beginRecoverDeletedSecret('item-00')).pollUntilDone();
    need((await client.getSecret('item-00')).value === ITEMS.get('item-00'), 'another value');
  },
  async purge(client) {
    await removed(client, 'item-01');
    await client.purgeDeletedSecret('item-01');
    await refused(404, () => client.getDeletedSecret('item-01'));
    need((await client.setSecret('item-01', 'again')).value === 'again', 'not free again');
  },
  async restore(client) {
    const backup = await client.backupSecret('item-02');
    await removed(client, 'item-02');
    await client.purgeDeletedSecret('item-02');
    await client.restoreSecretBackup(backup);
    const got = await untilThere(() => client.getSecret('item-02'));
    need(got.value === ITEMS.get('item-02'), 'another value');
  },
  async 'retry-after'(client) {
    need((await client.getSecret('told-to-wait')).value === 'told', 'another value');
  },
  async throttled(client) {
    need((await client.getSecret('throttled')).value === 'calm', 'another value');
  },
};

function credential(kind, clientId) {
  const { AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: client } = process.env;
  switch (kind) {
    case 'vm-client-id': return new ManagedIdentityCredential({ clientId });
    case 'default': return new DefaultAzureCredential();
    case 'workload': return new WorkloadIdentityCredential();
    case 'client-secret':
      return new ClientSecretCredential(tenant, client, process.env.AZURE_CLIENT_SECRET);
    case 'client-certificate':
      return new ClientCertificateCredential(tenant, client, process.env.AZURE_CLIENT_CERTIFICATE_PATH);
    default: return new ManagedIdentityCredential();
  }
}

// Each operation is judged by itself.
async function judge(name, call) {
  try {
    await call();
    console.log([name, 'ok', ''].join('\t'));
  } catch (error) {
    const detail = `${error.name} ${error.statusCode ?? ''}: ${error.message}`;
    console.log([name, 'fail', detail.replace(/\s+/g, ' ').slice(0, 300)].join('\t'));
  }
}

const [mode, ...rest] = process.argv.slice(2);
if (mode === 'operations') {
  const client = new SecretClient(rest[0], new ManagedIdentityCredential());
  for (const [name, operation] of Object.entries(operations)) {
    await judge(name, () => operation(client));
  }
} else {
  await judge('identity', async () => {
    const client = new SecretClient(rest[1], credential(rest[0], rest[2]));
    need((await client.getSecret('db-password')).value === 's3cret', 'another value');
  });
}
