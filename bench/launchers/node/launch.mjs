// launch.mjs VAULT NAME=SECRET... -- COMMAND...: as a competent user writes it on the Azure SDK.
// Node has no exec: the command is a child, whose status is passed on.
import { spawn } from 'node:child_process';
import { ManagedIdentityCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';

const words = process.argv.slice(2);
const split = words.indexOf('--');
const [vault, ...pairs] = words.slice(0, split);
const [command, ...args] = words.slice(split + 1);

const client = new SecretClient(`https://${vault}.vault.azure.net`, new ManagedIdentityCredential());
const entries = await Promise.all(
  pairs.map(async (pair) => {
    const [name, secret] = pair.split('=', 2);
    return [name, (await client.getSecret(secret)).value];
  }),
);
const child = spawn(command, args, {
  stdio: 'inherit',
  env: { ...process.env, ...Object.fromEntries(entries) },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(error.message);
  process.exit(127);
});
child.on('exit', (code, signal) => (signal ? process.kill(process.pid, signal) : process.exit(code)));
