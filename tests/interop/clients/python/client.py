# SPDX-License-Identifier: MIT
"""The Azure SDK for Python, as a program uses it that knows nothing of an emulator.

client.py operations VAULT-URL         prints a line an operation: NAME, ok or fail, detail; tabs between
client.py identity KIND VAULT-URL ID   reads one secret with that kind of credential; ID is a client id
"""
import os
import sys
import time

from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.identity import (CertificateCredential, ClientSecretCredential, DefaultAzureCredential,
                            ManagedIdentityCredential, WorkloadIdentityCredential)
from azure.keyvault.secrets import SecretClient

AWKWARD = 'pä$$ "w"\\n\t✓'
ITEMS = {f"item-{i:02}": f"value {i}" for i in range(62)}


def need(condition, what):
    if not condition:
        raise AssertionError(what)


def refused(kind, status, call):
    """The error that the call must fail with."""
    try:
        call()
    except kind as error:
        need(error.status_code == status, f"status {error.status_code}, not {status}")
        return error
    raise AssertionError(f"not refused with {status}")


def until_there(call):
    """What the call returns once the service shows it."""
    for _ in range(50):
        try:
            return call()
        except ResourceNotFoundError:
            time.sleep(0.2)
    raise AssertionError("not there after 10 s")


class Operations:
    def __init__(self, client):
        self.client = client

    def set(self):
        for name, value in ITEMS.items():
            need(self.client.set_secret(name, value).value == value, f"{name}: another value came back")
        self.first = self.client.set_secret("db-password", "first")
        self.second = self.client.set_secret("db-password", AWKWARD, content_type="text/plain",
                                             tags={"team": "web"})
        need(self.first.properties.version != self.second.properties.version, "the same version twice")

    def get(self):
        got = self.client.get_secret("db-password")
        need(got.value == AWKWARD, "another value")
        need(got.properties.version == self.second.properties.version, "not the newest version")
        need(got.properties.content_type == "text/plain", "another content type")
        need(got.properties.tags == {"team": "web"}, "other tags")

    def pinned(self):
        need(self.client.get_secret("db-password", self.first.properties.version).value == "first",
             "another value")

    def list(self):
        pages = [list(page) for page in self.client.list_properties_of_secrets().by_page()]
        names = [item.name for page in pages for item in page]
        need(len(pages) >= 3, f"{len(pages)} pages")
        need(sorted(n for n in names if n in ITEMS) == sorted(ITEMS), "not each of the 62 once")

    def versions(self):
        got = {item.version for item in self.client.list_properties_of_secret_versions("db-password")}
        need(got == {self.first.properties.version, self.second.properties.version}, "other versions")

    def disable(self):
        self.client.update_secret_properties("item-05", enabled=False)
        error = refused(HttpResponseError, 403, lambda: self.client.get_secret("item-05"))
        need(error.error.innererror["code"] == "SecretDisabled", "another innererror")
        self.client.update_secret_properties("item-05", enabled=True)
        need(self.client.get_secret("item-05").value == ITEMS["item-05"], "not readable again")

    def missing(self):
        error = refused(ResourceNotFoundError, 404, lambda: self.client.get_secret("no-such"))
        need(error.error.code == "SecretNotFound", "another code")

    def delete(self):
        poller = self.client.begin_delete_secret("item-00")
        need(poller.result().recovery_id.endswith("/deletedsecrets/item-00"), "another recovery id")
        poller.wait()
        refused(ResourceNotFoundError, 404, lambda: self.client.get_secret("item-00"))

    def deleted(self):
        need("item-00" in [item.name for item in self.client.list_deleted_secrets()], "not listed")
        need(self.client.get_deleted_secret("item-00").scheduled_purge_date, "no purge date")

    def conflict(self):
        refused(ResourceExistsError, 409, lambda: self.client.set_secret("item-00", "x"))

    def recover(self):
        self.client.begin_recover_deleted_secret("item-00").wait()
        need(self.client.get_secret("item-00").value == ITEMS["item-00"], "another value")

    def purge(self):
        self.client.begin_delete_secret("item-01").wait()
        self.client.purge_deleted_secret("item-01")
        refused(ResourceNotFoundError, 404, lambda: self.client.get_deleted_secret("item-01"))
        need(self.client.set_secret("item-01", "again").value == "again", "not free again")

    def restore(self):
        backup = self.client.backup_secret("item-02")
        self.client.begin_delete_secret("item-02").wait()
        self.client.purge_deleted_secret("item-02")
        self.client.restore_secret_backup(backup)
        need(until_there(lambda: self.client.get_secret("item-02")).value == ITEMS["item-02"],
             "another value")

    def retry_after(self):
        need(self.client.get_secret("told-to-wait").value == "told", "another value")

    def throttled(self):
        need(self.client.get_secret("throttled").value == "calm", "another value")


def operations(vault):
    told = Operations(SecretClient(vault, ManagedIdentityCredential()))
    for name in ("set get pinned list versions disable missing delete deleted conflict recover purge "
                 "restore retry-after throttled").split():
        try:
            getattr(told, name.replace("-", "_"))()
            print(name, "ok", "", sep="\t", flush=True)
        except Exception as error:  # each operation is judged by itself
            print(name, "fail", f"{type(error).__name__}: {error}".replace("\n", " ")[:300], sep="\t",
                  flush=True)


def credential(kind, client_id):
    if kind == "vm-client-id":
        return ManagedIdentityCredential(client_id=client_id)
    if kind == "default":
        return DefaultAzureCredential()
    if kind == "workload":
        return WorkloadIdentityCredential()
    principal = (os.environ.get("AZURE_TENANT_ID"), os.environ.get("AZURE_CLIENT_ID"))
    if kind == "client-secret":
        return ClientSecretCredential(*principal, os.environ["AZURE_CLIENT_SECRET"])
    if kind == "client-certificate":
        return CertificateCredential(*principal, os.environ["AZURE_CLIENT_CERTIFICATE_PATH"])
    return ManagedIdentityCredential()


def identity(kind, vault, client_id):
    try:
        value = SecretClient(vault, credential(kind, client_id)).get_secret("db-password").value
        need(value == "s3cret", "another value")
        print("identity", "ok", "", sep="\t")
    except Exception as error:
        print("identity", "fail", f"{type(error).__name__}: {error}".replace("\n", " ")[:300], sep="\t")


if sys.argv[1] == "operations":
    operations(sys.argv[2])
else:
    identity(*sys.argv[2:5])
