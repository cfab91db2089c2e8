package test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// The demo world, as the built-in scenario seeds it. Tests and documentation
// use the same fixed ids and secrets.
const (
	demoPassword = "prokura-demo-2026"

	adaEmail  = "ada@nordwind.example"
	benEmail  = "ben@nordwind.example"
	tessEmail = "tess@brightline.example"
	theoEmail = "theo@brightline.example"
	ritaEmail = "rita@platform.example"

	benID = "100000000000002"
	adaID = "100000000000001"

	brightlineID  = "100000000000201"
	nordwindID    = "100000000000202"
	testKitchenID = "100000000000203"

	campaignsApp     = "100000000000101"
	campaignsSecret  = "7f3c9a1e5b8d42f6a0c7e91b3d5f8a26"
	labApp           = "100000000000102"
	labSecret        = "2b8e4d6f1a9c4e7385d0f6b2c4a8e713"
	trailmatesApp    = "100000000000103"
	trailmatesSecret = "c4d5e6f708192a3b4c5d6e7f8091a2b3"

	adAccountEU      = "100000000000301"
	adAccountUS      = "100000000000302"
	pageOutdoor      = "100000000000311"
	pageRepairs      = "100000000000312"
	catalogWinter    = "100000000000321"
	adAccountKitchen = "100000000000361"
	adAccountHouse   = "100000000000371"
	reportingServer  = "100000000000501"
	configCampaigns  = "100000000000401"
	configReporting  = "100000000000402"
	configLab        = "100000000000411"
)

// clientsWorld is the demo world with the redirect URIs of clients that do not
// let their user choose the path. It returns the scenario's file.
func clientsWorld(t *testing.T) string {
	t.Helper()
	demo, err := os.ReadFile("../internal/scenario/demo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const registered = "http://127.0.0.1/callback"
	line := bytes.Index(demo, []byte("- "+registered))
	if line < 0 {
		t.Fatalf("the demo world no longer registers %s", registered)
	}
	indent := demo[bytes.LastIndexByte(demo[:line], '\n'):line]
	more := []byte("- " + registered)
	for _, path := range []string{"/auth/callback/facebook", "/api/auth/callback/facebook"} {
		more = append(more, indent...)
		more = append(more, "- http://127.0.0.1"+path...)
	}
	file := filepath.Join(t.TempDir(), "clients.yaml")
	if err := os.WriteFile(file, bytes.ReplaceAll(demo, []byte("- "+registered), more), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
