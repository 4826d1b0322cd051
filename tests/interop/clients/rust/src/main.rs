// SPDX-License-Identifier: MIT

//! The Azure SDK for Rust, as a program uses it that knows nothing of an emulator.
//!
//! ```text
//! interop-rust operations VAULT-URL         prints a line an operation: NAME, ok or fail, detail; tabs between
//! interop-rust identity KIND VAULT-URL ID   reads one secret with that kind of credential; ID is a client id
//! ```

use azure_core::credentials::{Secret as Hidden, TokenCredential};
use azure_identity::{
    ClientSecretCredential, ManagedIdentityCredential, ManagedIdentityCredentialOptions,
    UserAssignedId, WorkloadIdentityCredential,
};
use azure_security_keyvault_secrets::models::{
    RestoreSecretParameters, Secret, SecretAttributes, SecretClientGetSecretOptions,
    SetSecretParameters, UpdateSecretPropertiesParameters,
};
use azure_security_keyvault_secrets::{ResourceExt, SecretClient};
use futures::TryStreamExt;
use std::collections::{BTreeSet, HashMap};
use std::env;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const AWKWARD: &str = "pä$$ \"w\"\\n\t✓";

fn item(i: usize) -> (String, String) {
    (format!("item-{i:02}"), format!("value {i}"))
}

fn need(condition: bool, what: &str) -> Outcome {
    if condition {
        Ok(())
    } else {
        Err(what.into())
    }
}

/// Good if the call was refused with this status.
fn refused<T>(result: azure_core::Result<T>, status: u16) -> Outcome {
    match result {
        Ok(_) => Err(format!("not refused with {status}").into()),
        Err(error) if error.http_status().map(u16::from) == Some(status) => Ok(()),
        Err(error) => Err(format!("not {status}: {error}").into()),
    }
}

struct Vault {
    client: SecretClient,
    first: String,
    second: String,
}

impl Vault {
    async fn put(&self, name: &str, value: &str, more: SetSecretParameters) -> Outcome<String> {
        let parameters = SetSecretParameters {
            value: Some(value.into()),
            ..more
        };
        let got = self
            .client
            .set_secret(name, parameters.try_into()?, None)
            .await?
            .into_model()?;
        need(
            got.value.as_deref() == Some(value),
            "another value came back",
        )?;
        Ok(got.resource_id()?.version.unwrap_or_default())
    }

    async fn read(&self, name: &str, version: Option<&str>) -> azure_core::Result<Secret> {
        let options = SecretClientGetSecretOptions {
            secret_version: version.map(String::from),
            ..Default::default()
        };
        self.client
            .get_secret(name, Some(options))
            .await?
            .into_model()
    }

    async fn holds(&self, name: &str, version: Option<&str>, value: &str) -> Outcome {
        need(
            self.read(name, version).await?.value.as_deref() == Some(value),
            "another value",
        )
    }

    /// Reads until the service shows it.
    async fn comes_to_hold(&self, name: &str, value: &str) -> Outcome {
        for _ in 0..50 {
            match self.read(name, None).await {
                Err(error) if error.http_status().map(u16::from) == Some(404) => {
                    tokio::time::sleep(Duration::from_millis(200)).await
                }
                Err(error) => return Err(error.into()),
                Ok(got) => return need(got.value.as_deref() == Some(value), "another value"),
            }
        }
        Err("not there after 10 s".into())
    }

    async fn remove(&self, name: &str) -> Outcome {
        self.client.delete_secret(name, None).await?;
        for _ in 0..50 {
            match self.client.get_deleted_secret(name, None).await {
                Err(error) if error.http_status().map(u16::from) == Some(404) => {
                    tokio::time::sleep(Duration::from_millis(200)).await
                }
                Err(error) => return Err(error.into()),
                Ok(_) => return Ok(()),
            }
        }
        Err("not deleted after 10 s".into())
    }

    async fn enable(&self, name: &str, enabled: bool) -> Outcome {
        let parameters = UpdateSecretPropertiesParameters {
            secret_attributes: Some(SecretAttributes {
                enabled: Some(enabled),
                ..Default::default()
            }),
            ..Default::default()
        };
        self.client
            .update_secret_properties(name, parameters.try_into()?, None)
            .await?;
        Ok(())
    }

    async fn set(&mut self) -> Outcome {
        for (name, value) in (0..62).map(item) {
            self.put(&name, &value, Default::default()).await?;
        }
        self.first = self.put("db-password", "first", Default::default()).await?;
        let more = SetSecretParameters {
            content_type: Some("text/plain".into()),
            tags: Some(HashMap::from([("team".into(), "web".into())])),
            ..Default::default()
        };
        self.second = self.put("db-password", AWKWARD, more).await?;
        need(self.first != self.second, "the same version twice")
    }

    async fn get(&self) -> Outcome {
        let got = self.read("db-password", None).await?;
        need(got.value.as_deref() == Some(AWKWARD), "another value")?;
        need(
            got.content_type.as_deref() == Some("text/plain"),
            "another content type",
        )?;
        need(
            got.tags == Some(HashMap::from([("team".into(), "web".into())])),
            "other tags",
        )?;
        need(
            got.resource_id()?.version.as_ref() == Some(&self.second),
            "not the newest version",
        )
    }

    async fn list(&self) -> Outcome {
        let (mut pages, mut names) = (0, Vec::new());
        let mut pager = self.client.list_secret_properties(None)?.into_pages();
        while let Some(page) = pager.try_next().await? {
            pages += 1;
            for secret in page.into_model()?.value {
                names.push(secret.resource_id()?.name);
            }
        }
        names.retain(|name| name.starts_with("item-"));
        need(pages >= 3, &format!("{pages} pages"))?;
        let distinct: BTreeSet<_> = names.iter().collect();
        need(
            names.len() == 62 && distinct.len() == 62,
            "not each of the 62 once",
        )
    }

    async fn versions(&self) -> Outcome {
        let mut got = BTreeSet::new();
        let mut pager = self
            .client
            .list_secret_properties_versions("db-password", None)?;
        while let Some(secret) = pager.try_next().await? {
            got.insert(secret.resource_id()?.version.unwrap_or_default());
        }
        need(
            got == BTreeSet::from([self.first.clone(), self.second.clone()]),
            "other versions",
        )
    }

    async fn disable(&self) -> Outcome {
        self.enable("item-05", false).await?;
        refused(self.read("item-05", None).await, 403)?;
        self.enable("item-05", true).await?;
        self.holds("item-05", None, "value 5").await
    }

    async fn delete(&self) -> Outcome {
        self.remove("item-00").await?;
        refused(self.read("item-00", None).await, 404)
    }

    async fn deleted(&self) -> Outcome {
        let mut pager = self.client.list_deleted_secret_properties(None)?;
        while let Some(secret) = pager.try_next().await? {
            if secret.id.is_some_and(|id| id.ends_with("/secrets/item-00")) {
                return need(secret.scheduled_purge_date.is_some(), "no purge date");
            }
        }
        Err("not listed".into())
    }

    async fn conflict(&self) -> Outcome {
        let parameters = SetSecretParameters {
            value: Some("x".into()),
            ..Default::default()
        };
        refused(
            self.client
                .set_secret("item-00", parameters.try_into()?, None)
                .await,
            409,
        )
    }

    async fn recover(&self) -> Outcome {
        self.client.recover_deleted_secret("item-00", None).await?;
        self.comes_to_hold("item-00", "value 0").await
    }

    async fn purge(&self) -> Outcome {
        self.remove("item-01").await?;
        self.client.purge_deleted_secret("item-01", None).await?;
        refused(self.client.get_deleted_secret("item-01", None).await, 404)?;
        self.put("item-01", "again", Default::default())
            .await
            .map(|_| ())
    }

    async fn restore(&self) -> Outcome {
        let backup = self
            .client
            .backup_secret("item-02", None)
            .await?
            .into_model()?;
        self.remove("item-02").await?;
        self.client.purge_deleted_secret("item-02", None).await?;
        let parameters = RestoreSecretParameters {
            secret_backup: backup.value,
        };
        self.client
            .restore_secret(parameters.try_into()?, None)
            .await?;
        self.comes_to_hold("item-02", "value 2").await
    }
}

/// Each operation is judged by itself.
fn judge(name: &str, outcome: Outcome) {
    match outcome {
        Ok(()) => println!("{name}\tok\t"),
        Err(error) => {
            let detail = error
                .to_string()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            println!(
                "{name}\tfail\t{}",
                detail.chars().take(300).collect::<String>()
            );
        }
    }
}

async fn operations(url: &str) -> Outcome {
    let client = SecretClient::new(url, ManagedIdentityCredential::new(None)?, None)?;
    let mut vault = Vault {
        client,
        first: String::new(),
        second: String::new(),
    };
    judge("set", vault.set().await);
    judge("get", vault.get().await);
    judge(
        "pinned",
        vault
            .holds("db-password", Some(&vault.first), "first")
            .await,
    );
    judge("list", vault.list().await);
    judge("versions", vault.versions().await);
    judge("disable", vault.disable().await);
    judge("missing", refused(vault.read("no-such", None).await, 404));
    judge("delete", vault.delete().await);
    judge("deleted", vault.deleted().await);
    judge("conflict", vault.conflict().await);
    judge("recover", vault.recover().await);
    judge("purge", vault.purge().await);
    judge("restore", vault.restore().await);
    judge(
        "retry-after",
        vault.holds("told-to-wait", None, "told").await,
    );
    judge("throttled", vault.holds("throttled", None, "calm").await);
    Ok(())
}

fn credential(kind: &str, client_id: &str) -> Outcome<Arc<dyn TokenCredential>> {
    Ok(match kind {
        "workload" => WorkloadIdentityCredential::new(None)?,
        "client-secret" => ClientSecretCredential::new(
            &env::var("AZURE_TENANT_ID")?,
            env::var("AZURE_CLIENT_ID")?,
            Hidden::new(env::var("AZURE_CLIENT_SECRET")?),
            None,
        )?,
        "vm-client-id" => ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
            user_assigned_id: Some(UserAssignedId::ClientId(client_id.into())),
            ..Default::default()
        }))?,
        _ => ManagedIdentityCredential::new(None)?,
    })
}

async fn identity(kind: &str, url: &str, client_id: &str) -> Outcome {
    let client = SecretClient::new(url, credential(kind, client_id)?, None)?;
    let got = client.get_secret("db-password", None).await?.into_model()?;
    need(got.value.as_deref() == Some("s3cret"), "another value")
}

#[tokio::main]
async fn main() -> Outcome {
    let words: Vec<String> = env::args().collect();
    if words[1] == "operations" {
        return operations(&words[2]).await;
    }
    judge("identity", identity(&words[2], &words[3], &words[4]).await);
    Ok(())
}
