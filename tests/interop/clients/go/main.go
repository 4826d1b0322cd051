// SPDX-License-Identifier: MIT

// The Azure SDK for Go, as a program uses it that knows nothing of an emulator.
//
//	client operations VAULT-URL         prints a line an operation: NAME, ok or fail, detail; tabs between
//	client identity KIND VAULT-URL ID   reads one secret with that kind of credential; ID is a client id
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

const awkward = "pä$$ \"w\"\\n\t✓"

var ctx = context.Background()

func item(i int) (name, value string) {
	return fmt.Sprintf("item-%02d", i), fmt.Sprintf("value %d", i)
}

func need(condition bool, what string) error {
	if condition {
		return nil
	}
	return errors.New(what)
}

// refused is nil if err is the service's refusal with that status and, unless it is empty, code.
func refused(err error, status int, code string) error {
	var answer *azcore.ResponseError
	if !errors.As(err, &answer) {
		return fmt.Errorf("not refused with %d: %v", status, err)
	}
	if answer.StatusCode != status || (code != "" && answer.ErrorCode != code) {
		return fmt.Errorf("status %d %s, not %d %s", answer.StatusCode, answer.ErrorCode, status, code)
	}
	return nil
}

// untilThere calls again until the service shows the effect of an earlier call.
func untilThere(call func() error) error {
	var err error
	for range 50 {
		if err = call(); err == nil || refused(err, 404, "") != nil {
			return err
		}
		time.Sleep(200 * time.Millisecond)
	}
	return err
}

type vault struct {
	*azsecrets.Client
	first, second string
}

func (v *vault) put(name, value string, more azsecrets.SetSecretParameters) (version string, err error) {
	more.Value = to.Ptr(value)
	got, err := v.SetSecret(ctx, name, more, nil)
	if err != nil {
		return "", err
	}
	return got.ID.Version(), need(*got.Value == value, name+": another value came back")
}

func (v *vault) holds(name, version, value string) error {
	got, err := v.GetSecret(ctx, name, version, nil)
	if err != nil {
		return err
	}
	return need(*got.Value == value, "another value")
}

func (v *vault) remove(name string) error {
	if _, err := v.DeleteSecret(ctx, name, nil); err != nil {
		return err
	}
	return untilThere(func() error {
		_, err := v.GetDeletedSecret(ctx, name, nil)
		return err
	})
}

func (v *vault) enable(name string, enabled bool) error {
	_, err := v.UpdateSecretProperties(ctx, name, "", azsecrets.UpdateSecretPropertiesParameters{
		SecretAttributes: &azsecrets.SecretAttributes{Enabled: to.Ptr(enabled)}}, nil)
	return err
}

func (v *vault) set() (err error) {
	for i := range 62 {
		name, value := item(i)
		if _, err = v.put(name, value, azsecrets.SetSecretParameters{}); err != nil {
			return err
		}
	}
	if v.first, err = v.put("db-password", "first", azsecrets.SetSecretParameters{}); err != nil {
		return err
	}
	v.second, err = v.put("db-password", awkward, azsecrets.SetSecretParameters{
		ContentType: to.Ptr("text/plain"), Tags: map[string]*string{"team": to.Ptr("web")}})
	return errors.Join(err, need(v.first != v.second, "the same version twice"))
}

func (v *vault) get() error {
	got, err := v.GetSecret(ctx, "db-password", "", nil)
	if err != nil {
		return err
	}
	return errors.Join(need(*got.Value == awkward, "another value"),
		need(got.ID.Version() == v.second, "not the newest version"),
		need(*got.ContentType == "text/plain", "another content type"),
		need(len(got.Tags) == 1 && *got.Tags["team"] == "web", "other tags"))
}

func (v *vault) list() error {
	pages := 0
	var names []string
	for pager := v.NewListSecretPropertiesPager(nil); pager.More(); pages++ {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, secret := range page.Value {
			if strings.HasPrefix(secret.ID.Name(), "item-") {
				names = append(names, secret.ID.Name())
			}
		}
	}
	distinct := slices.Compact(slices.Sorted(slices.Values(names)))
	return errors.Join(need(pages >= 3, fmt.Sprintf("%d pages", pages)),
		need(len(names) == 62 && len(distinct) == 62, "not each of the 62 once"))
}

func (v *vault) versions() error {
	var got []string
	for pager := v.NewListSecretPropertiesVersionsPager("db-password", nil); pager.More(); {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, secret := range page.Value {
			got = append(got, secret.ID.Version())
		}
	}
	return need(len(got) == 2 && slices.Contains(got, v.first) && slices.Contains(got, v.second),
		"other versions")
}

func (v *vault) disable() error {
	if err := v.enable("item-05", false); err != nil {
		return err
	}
	_, err := v.GetSecret(ctx, "item-05", "", nil)
	if err = refused(err, 403, "Forbidden"); err != nil {
		return err
	}
	return errors.Join(v.enable("item-05", true), v.holds("item-05", "", "value 5"))
}

func (v *vault) missing() error {
	_, err := v.GetSecret(ctx, "no-such", "", nil)
	return refused(err, 404, "SecretNotFound")
}

func (v *vault) delete() error {
	if err := v.remove("item-00"); err != nil {
		return err
	}
	_, err := v.GetSecret(ctx, "item-00", "", nil)
	return refused(err, 404, "")
}

func (v *vault) deleted() error {
	for pager := v.NewListDeletedSecretPropertiesPager(nil); pager.More(); {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, secret := range page.Value {
			if secret.ID.Name() == "item-00" {
				return need(secret.ScheduledPurgeDate != nil, "no purge date")
			}
		}
	}
	return errors.New("not listed")
}

func (v *vault) conflict() error {
	_, err := v.put("item-00", "x", azsecrets.SetSecretParameters{})
	return refused(err, 409, "Conflict")
}

func (v *vault) recover() error {
	if _, err := v.RecoverDeletedSecret(ctx, "item-00", nil); err != nil {
		return err
	}
	return untilThere(func() error { return v.holds("item-00", "", "value 0") })
}

func (v *vault) purgeNow(name string) error {
	if err := v.remove(name); err != nil {
		return err
	}
	_, err := v.PurgeDeletedSecret(ctx, name, nil)
	return err
}

func (v *vault) purge() error {
	if err := v.purgeNow("item-01"); err != nil {
		return err
	}
	_, err := v.GetDeletedSecret(ctx, "item-01", nil)
	if err = refused(err, 404, ""); err != nil {
		return err
	}
	_, err = v.put("item-01", "again", azsecrets.SetSecretParameters{})
	return err
}

func (v *vault) restore() error {
	backup, err := v.BackupSecret(ctx, "item-02", nil)
	if err != nil {
		return err
	}
	if err = v.purgeNow("item-02"); err != nil {
		return err
	}
	if _, err = v.RestoreSecret(ctx,
		azsecrets.RestoreSecretParameters{SecretBackup: backup.Value}, nil); err != nil {
		return err
	}
	return untilThere(func() error { return v.holds("item-02", "", "value 2") })
}

func judge(name string, err error) {
	if err == nil {
		fmt.Printf("%s\tok\t\n", name)
		return
	}
	detail := strings.Join(strings.Fields(err.Error()), " ")
	fmt.Printf("%s\tfail\t%.300s\n", name, detail)
}

func open(url string, credential azcore.TokenCredential, err error) (*vault, error) {
	if err != nil {
		return nil, err
	}
	client, err := azsecrets.NewClient(url, credential, nil)
	return &vault{Client: client}, err
}

func operations(url string) {
	credential, err := azidentity.NewManagedIdentityCredential(nil)
	v, err := open(url, credential, err)
	if err != nil {
		judge("set", err)
		return
	}
	for _, operation := range []struct {
		name string
		call func() error
	}{
		{"set", v.set}, {"get", v.get},
		{"pinned", func() error { return v.holds("db-password", v.first, "first") }},
		{"list", v.list}, {"versions", v.versions}, {"disable", v.disable}, {"missing", v.missing},
		{"delete", v.delete}, {"deleted", v.deleted}, {"conflict", v.conflict}, {"recover", v.recover},
		{"purge", v.purge}, {"restore", v.restore},
		{"retry-after", func() error { return v.holds("told-to-wait", "", "told") }},
		{"throttled", func() error { return v.holds("throttled", "", "calm") }},
	} {
		judge(operation.name, operation.call())
	}
}

func credential(kind, clientID string) (azcore.TokenCredential, error) {
	tenant, client := os.Getenv("AZURE_TENANT_ID"), os.Getenv("AZURE_CLIENT_ID")
	switch kind {
	case "vm-client-id":
		return azidentity.NewManagedIdentityCredential(
			&azidentity.ManagedIdentityCredentialOptions{ID: azidentity.ClientID(clientID)})
	case "default":
		return azidentity.NewDefaultAzureCredential(nil)
	case "workload":
		return azidentity.NewWorkloadIdentityCredential(nil)
	case "client-secret":
		return azidentity.NewClientSecretCredential(tenant, client, os.Getenv("AZURE_CLIENT_SECRET"), nil)
	case "client-certificate":
		pem, err := os.ReadFile(os.Getenv("AZURE_CLIENT_CERTIFICATE_PATH"))
		if err != nil {
			return nil, err
		}
		certificates, key, err := azidentity.ParseCertificates(pem, nil)
		if err != nil {
			return nil, err
		}
		return azidentity.NewClientCertificateCredential(tenant, client, certificates, key, nil)
	}
	return azidentity.NewManagedIdentityCredential(nil)
}

func identity(kind, url, clientID string) error {
	used, err := credential(kind, clientID)
	v, err := open(url, used, err)
	if err != nil {
		return err
	}
	return v.holds("db-password", "", "s3cret")
}

func main() {
	if os.Args[1] == "operations" {
		operations(os.Args[2])
		return
	}
	judge("identity", identity(os.Args[2], os.Args[3], os.Args[4]))
}
