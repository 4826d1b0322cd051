// SPDX-License-Identifier: MIT

// Reads FILE as docker's --env-file, compose's env_file or godotenv does, and prints it as JSON.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	compose "github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/docker/cli/pkg/kvfile"
	"github.com/joho/godotenv"
)

func docker(file string) (map[string]string, error) {
	lines, err := kvfile.Parse(file, nil)
	values := map[string]string{}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, "=")
		values[name] = value
	}
	return values, err
}

func main() {
	readers := map[string]func(string) (map[string]string, error){
		"docker":   docker,
		"compose":  func(file string) (map[string]string, error) { return compose.Read(file) },
		"godotenv": func(file string) (map[string]string, error) { return godotenv.Read(file) },
	}
	values, err := readers[os.Args[1]](os.Args[2])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(values)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
