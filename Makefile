# Everything goes through here; `make test` is what CI runs and nothing else.
FUZZTIME ?= 10s
GOFILES   = git ls-files -co --exclude-standard -- '*.go'
SHOWN     = ^Test(Screenshots|AssetPages|WhoHoldsPower|PowerOfSystemUsers|SystemUserPages|TwoFactor|Invitation|ForgotPassword|SignUpInTheDialog|AppSharing|AppPeople|LoginProduct|WebhookPages)$$

# Each test runs once. The race detector watches what is concurrent: not the
# packages in PLAIN, not the tests in files that say `//go:build !race`, and not
# SQLite, which is C made Go: it synchronizes by itself, and watching it takes
# four times as long. Of the registry it watches the tests that do things at the
# same time, which are in TOGETHER: those with goroutines of their own.
PLAIN       = . ./internal/scenario ./internal/web
RACED       = $(filter-out $(shell go list $(PLAIN) ./internal/registry ./test/...),$(shell go list ./...))
TOGETHER    = $(shell test/together internal/registry/*_test.go)
UNWATCHED   = $(foreach p,modernc.org/sqlite/lib modernc.org/libc modernc.org/memory,-gcflags=$(p)=-race=false)
ALONE_FILES = $(shell grep -rl --include='*_test.go' '^//go:build !race' internal client prokuratest)
ALONE       = ^($(shell grep -oh '^func Test[A-Za-z0-9]*' $(ALONE_FILES) | cut -c6- | paste -sd'|'))$$

# The product is one static file, and compiled once for tests too; the race
# detector alone is C.
export CGO_ENABLED = 0

.PHONY: build check test race pages registry stories nightly abuse bench fuzz docs screenshots clean

build:            ## the one binary
	CGO_ENABLED=0 go build -o bin/prokura ./cmd/prokura

check:            ## what needs no database and no browser
	@test -z "$$($(GOFILES) | xargs gofmt -l | tee /dev/stderr)" || { echo 'run gofmt -w on the files above'; exit 1; }
	go mod tidy -diff
	go vet ./...
	go tool -modfile=tools/go.mod staticcheck ./...
	go test -vet=off -count=1 -run '^TestArchitecture' .

test:             ## all of it, on both databases, in a real browser, with real clients
	test/setup
	@$(MAKE) --no-print-directory check build
	@test/env $(MAKE) --no-print-directory --keep-going --jobs stories registry pages race

race:             ## store, surfaces, what the registry does at the same time: in this process, under the race detector
	CGO_ENABLED=1 go test -vet=off -race $(UNWATCHED) -timeout 30m $(RACED)
	CGO_ENABLED=1 go test -vet=off -race $(UNWATCHED) -timeout 30m -run '$(TOGETHER)' ./internal/registry

registry:         ## registry: the kill matrix, the model, products; what else runs without the detector
	go test -vet=off -timeout 30m -skip '$(TOGETHER)' ./internal/registry
	go test -vet=off -timeout 30m -run '$(ALONE)' $(addprefix ./,$(filter-out internal/registry/ internal/web/,$(sort $(dir $(ALONE_FILES)))))

pages:            ## pure rules, scenarios, pages, long lists, hostile names
	go test -vet=off -timeout 30m -skip '^TestArchitecture' $(PLAIN)

stories:          ## stories, browser, clients: against bin/prokura
	go test -vet=off -count=1 -timeout 30m -parallel 8 ./test/...

nightly:          ## the model of who may do what, beside the product for 100,000 random acts on each database; changes of login product; ten million checks of the cache; a soak of ten thousand tokens
	PROKURA_MODEL_ACTS=100000 PROKURA_MODEL_SEED=$${PROKURA_MODEL_SEED:-$$(date +%s%N)} test/env go test -count=1 -timeout 4h -v -run '^Test(Model|TogglesReviveNothing)$$' ./internal/registry
	PROKURA_CACHE_REQUESTS=1000000 test/env go test -count=1 -timeout 4h -v -run '^TestCacheChangesNothing$$' ./internal/registry
	PROKURA_SOAK=1 go test -count=1 -timeout 1h -v -run '^Test(Soak|CallsOfASchedule)$$' ./client/vault
	PROKURA_CACHE_CHECKS=10000000 go test -count=1 -timeout 1h -v -run '^TestNoLateAccepts$$' ./internal/cache

abuse: build      ## what one caller can do to all others, on a quiet machine
	go vet -tags abuse ./test
	PROKURA_TEST_DURABLE=1 test/env go test -tags abuse -count=1 -timeout 30m -v -run '^TestAbuse' ./test

bench:            ## figures of this machine, on which nothing else should run
	PROKURA_TEST_DURABLE=1 test/env test/bench

fuzz:             ## each fuzz target for FUZZTIME
	test/fuzz $(FUZZTIME)

docs:             ## write generated tables anew; `make test` fails when they are stale
	PROKURA_UPDATE=1 go test -count=1 -run '^TestDocs' ./...

screenshots: build  ## each page, light and dark, phone and desktop; the best go to docs/img
	PROKURA_SCREENSHOTS=$(CURDIR)/bin/screenshots PROKURA_PICTURES=$(CURDIR)/docs/img test/env go test -count=1 -parallel 1 -run '$(SHOWN)' ./test

clean:
	rm -rf bin
