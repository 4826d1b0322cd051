"""launch.py VAULT NAME=SECRET... -- COMMAND...: as a competent user writes it on the Azure SDK."""
import os
import sys
from concurrent.futures import ThreadPoolExecutor

from azure.identity import ManagedIdentityCredential
from azure.keyvault.secrets import SecretClient

split = sys.argv.index("--")
vault, pairs, command = sys.argv[1], sys.argv[2:split], sys.argv[split + 1:]
wanted = dict(pair.split("=", 1) for pair in pairs)

client = SecretClient(f"https://{vault}.vault.azure.net", ManagedIdentityCredential())
with ThreadPoolExecutor(max_workers=min(16, len(wanted))) as pool:
    values = pool.map(lambda secret: client.get_secret(secret).value, wanted.values())
    os.environ.update(zip(wanted, values))
os.execvp(command[0], command)
