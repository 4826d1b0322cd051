// SPDX-License-Identifier: MIT

import com.azure.core.credential.TokenCredential;
import com.azure.core.exception.HttpResponseException;
import com.azure.core.exception.ResourceNotFoundException;
import com.azure.core.util.polling.SyncPoller;
import com.azure.identity.ClientCertificateCredentialBuilder;
import com.azure.identity.ClientSecretCredentialBuilder;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.identity.ManagedIdentityCredentialBuilder;
import com.azure.identity.WorkloadIdentityCredentialBuilder;
import com.azure.security.keyvault.secrets.SecretClient;
import com.azure.security.keyvault.secrets.SecretClientBuilder;
import com.azure.security.keyvault.secrets.models.DeletedSecret;
import com.azure.security.keyvault.secrets.models.KeyVaultSecret;
import com.azure.security.keyvault.secrets.models.SecretProperties;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/**
 * The Azure SDK for Java, as a program uses it that knows nothing of an emulator.
 *
 * <pre>
 * Client operations VAULT-URL         prints a line an operation: NAME, ok or fail, detail; tabs between
 * Client identity KIND VAULT-URL ID   reads one secret with that kind of credential; ID is a client id
 * </pre>
 */
public final class Client {
    private static final String AWKWARD = "pä$$ \"w\"\\n\t✓";
    private static final Map<String, String> ITEMS = new LinkedHashMap<>();

    static {
        for (int i = 0; i < 62; ++i) {
            ITEMS.put(String.format("item-%02d", i), "value " + i);
        }
    }

    /** An operation that may fail with anything. */
    private interface Step {
        void run() throws Exception;
    }

    private final SecretClient client;
    private KeyVaultSecret first;
    private KeyVaultSecret second;

    private Client(SecretClient client) {
        this.client = client;
    }

    private static void need(boolean condition, String what) {
        if (!condition) {
            throw new IllegalStateException(what);
        }
    }

    /** The error that the call must fail with. */
    private static HttpResponseException refused(int status, Callable<?> call) throws Exception {
        try {
            call.call();
        } catch (HttpResponseException error) {
            int got = error.getResponse().getStatusCode();
            need(got == status, "status " + got + ", not " + status);
            return error;
        }
        throw new IllegalStateException("not refused with " + status);
    }

    /** What the call returns once the service shows it. */
    private static <T> T untilThere(Callable<T> call) throws Exception {
        for (int i = 0; i < 50; ++i) {
            try {
                return call.call();
            } catch (ResourceNotFoundException error) {
                Thread.sleep(200);
            }
        }
        throw new IllegalStateException("not there after 10 s");
    }

    private void holds(String name, String value) {
        need(client.getSecret(name).getValue().equals(value), "another value");
    }

    private DeletedSecret remove(String name) {
        SyncPoller<DeletedSecret, Void> poller = client.beginDeleteSecret(name);
        DeletedSecret deleted = poller.poll().getValue();
        poller.waitForCompletion();
        return deleted;
    }

    private void set() {
        ITEMS.forEach((name, value) -> need(client.setSecret(name, value).getValue().equals(value),
            name + ": another value came back"));
        first = client.setSecret("db-password", "first");
        second = client.setSecret(new KeyVaultSecret("db-password", AWKWARD).setProperties(
            new SecretProperties().setContentType("text/plain").setTags(Map.of("team", "web"))));
        need(!version(first).equals(version(second)), "the same version twice");
    }

    private static String version(KeyVaultSecret secret) {
        return secret.getProperties().getVersion();
    }

    private void get() {
        KeyVaultSecret got = client.getSecret("db-password");
        need(got.getValue().equals(AWKWARD), "another value");
        need(version(got).equals(version(second)), "not the newest version");
        need(got.getProperties().getContentType().equals("text/plain"), "another content type");
        need(got.getProperties().getTags().equals(Map.of("team", "web")), "other tags");
    }

    private void pinned() {
        need(client.getSecret("db-password", version(first)).getValue().equals("first"), "another value");
    }

    private void list() {
        List<String> names = new ArrayList<>();
        int pages = 0;
        for (var page : client.listPropertiesOfSecrets().iterableByPage()) {
            ++pages;
            page.getValue().forEach(item -> names.add(item.getName()));
        }
        names.retainAll(ITEMS.keySet());
        need(pages >= 3, pages + " pages");
        need(names.size() == 62 && new HashSet<>(names).size() == 62, "not each of the 62 once");
    }

    private void versions() {
        Set<String> got = client.listPropertiesOfSecretVersions("db-password").stream()
            .map(SecretProperties::getVersion).collect(Collectors.toSet());
        need(got.equals(Set.of(version(first), version(second))), "other versions");
    }

    private void disable() throws Exception {
        SecretProperties properties = client.getSecret("item-05").getProperties();
        client.updateSecretProperties(properties.setEnabled(false));
        HttpResponseException error = refused(403, () -> client.getSecret("item-05"));
        need(String.valueOf(error.getValue()).contains("SecretDisabled"), "another innererror");
        client.updateSecretProperties(properties.setEnabled(true));
        holds("item-05", ITEMS.get("item-05"));
    }

    private void missing() throws Exception {
        HttpResponseException error = refused(404, () -> client.getSecret("no-such"));
        need(String.valueOf(error.getValue()).contains("SecretNotFound"), "another code");
    }

    private void delete() throws Exception {
        need(remove("item-00").getRecoveryId().endsWith("/deletedsecrets/item-00"), "another recovery id");
        refused(404, () -> client.getSecret("item-00"));
    }

    private void deleted() {
        need(client.listDeletedSecrets().stream().anyMatch(item -> item.getName().equals("item-00")),
            "not listed");
        need(client.getDeletedSecret("item-00").getScheduledPurgeDate() != null, "no purge date");
    }

    private void conflict() throws Exception {
        refused(409, () -> client.setSecret("item-00", "x"));
    }

    private void recover() {
        client.beginRecoverDeletedSecret("item-00").waitForCompletion();
        holds("item-00", ITEMS.get("item-00"));
    }

    private void purge() throws Exception {
        remove("item-01");
        client.purgeDeletedSecret("item-01");
        refused(404, () -> client.getDeletedSecret("item-01"));
        need(client.setSecret("item-01", "again").getValue().equals("again"), "not free again");
    }

    private void restore() throws Exception {
        byte[] backup = client.backupSecret("item-02");
        remove("item-02");
        client.purgeDeletedSecret("item-02");
        client.restoreSecretBackup(backup);
        need(untilThere(() -> client.getSecret("item-02")).getValue().equals(ITEMS.get("item-02")),
            "another value");
    }

    /** Each operation is judged by itself. */
    private static void judge(String name, Step step) {
        try {
            step.run();
            System.out.println(name + "\tok\t");
        } catch (Exception error) {
            String detail = (error.getClass().getSimpleName() + ": " + error.getMessage())
                .replaceAll("\\s+", " ");
            System.out.println(name + "\tfail\t" + detail.substring(0, Math.min(detail.length(), 300)));
        }
    }

    private void operations() {
        Map<String, Step> all = new LinkedHashMap<>();
        all.put("set", this::set);
        all.put("get", this::get);
        all.put("pinned", this::pinned);
        all.put("list", this::list);
        all.put("versions", this::versions);
        all.put("disable", this::disable);
        all.put("missing", this::missing);
        all.put("delete", this::delete);
        all.put("deleted", this::deleted);
        all.put("conflict", this::conflict);
        all.put("recover", this::recover);
        all.put("purge", this::purge);
        all.put("restore", this::restore);
        all.put("retry-after", () -> holds("told-to-wait", "told"));
        all.put("throttled", () -> holds("throttled", "calm"));
        all.forEach(Client::judge);
    }

    private static TokenCredential credential(String kind, String clientId) {
        String tenant = System.getenv("AZURE_TENANT_ID");
        String client = System.getenv("AZURE_CLIENT_ID");
        return switch (kind) {
            case "vm-client-id" -> new ManagedIdentityCredentialBuilder().clientId(clientId).build();
            case "default" -> new DefaultAzureCredentialBuilder().build();
            case "workload" -> new WorkloadIdentityCredentialBuilder().build();
            case "client-secret" -> new ClientSecretCredentialBuilder().tenantId(tenant).clientId(client)
                .clientSecret(System.getenv("AZURE_CLIENT_SECRET")).build();
            case "client-certificate" -> new ClientCertificateCredentialBuilder().tenantId(tenant)
                .clientId(client).pemCertificate(System.getenv("AZURE_CLIENT_CERTIFICATE_PATH")).build();
            default -> new ManagedIdentityCredentialBuilder().build();
        };
    }

    private static SecretClient open(String url, TokenCredential credential) {
        return new SecretClientBuilder().vaultUrl(url).credential(credential).buildClient();
    }

    public static void main(String[] arguments) {
        if (arguments[0].equals("operations")) {
            new Client(open(arguments[1], credential("vm", ""))).operations();
        } else {
            judge("identity", () -> need(
                open(arguments[2], credential(arguments[1], arguments[3])).getSecret("db-password")
                    .getValue().equals("s3cret"), "another value"));
        }
        System.exit(0); // the reactor's threads stay
    }
}
