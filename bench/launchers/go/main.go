// launch VAULT NAME=SECRET... -- COMMAND...: as a competent user writes it on the Azure SDK.
package main

import (
	"context"
	"log"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	split := slices.Index(os.Args, "--")
	pairs, command := os.Args[2:split], os.Args[split+1:]
	credential := must(azidentity.NewManagedIdentityCredential(nil))
	client := must(azsecrets.NewClient("https://"+os.Args[1]+".vault.azure.net", credential, nil))
	var group sync.WaitGroup
	for _, pair := range pairs {
		name, secret, _ := strings.Cut(pair, "=")
		group.Go(func() {
			got := must(client.GetSecret(context.Background(), secret, "", nil))
			os.Setenv(name, *got.Value)
		})
	}
	group.Wait()
	log.Fatal(syscall.Exec(must(exec.LookPath(command[0])), command, os.Environ()))
}
