module github.com/prokura/prokura

go 1.26.0

require (
	github.com/alecthomas/kong v1.17.0 // flags, environment and help from one struct
	github.com/chromedp/cdproto v0.159.0 // tests: messages of the browser's protocol
	github.com/chromedp/chromedp v0.23.0 // tests: a real browser
	github.com/go-webauthn/webauthn v0.18.2 // passkeys: ceremonies and attestation formats
	github.com/goccy/go-yaml v1.19.2 // scenarios, with line numbers in errors
	github.com/gofrs/flock v0.13.2 // a lock that ends with its process, on every system
	github.com/jackc/pgx/v5 v5.12.0 // PostgreSQL, as a database/sql driver
	github.com/markbates/goth v1.82.0 // tests: a client nobody here wrote
	github.com/pquerna/otp v1.5.0 // one-time codes (RFC 6238) and their QR picture
	github.com/pressly/goose/v3 v3.28.0 // migrations, as a library
	github.com/redis/go-redis/v9 v9.23.0 // rate limits that several servers share: Redis and Valkey
	github.com/tink-crypto/tink-go/v2 v2.9.0 // sealing secrets at rest
	github.com/wneessen/go-mail v0.8.1 // mail over SMTP, with its TLS policies
	golang.org/x/crypto v0.58.0 // argon2id
	golang.org/x/image v0.48.0 // scaling of uploaded icons
	golang.org/x/net v0.62.0 // which part of a name its owner has registered; tests: pages as HTML, name servers
	golang.org/x/oauth2 v0.37.0 // tests: a client nobody here wrote
	golang.org/x/tools v0.52.0 // tests: stories are txtar files
	modernc.org/libc v1.77.1 // what C calls memory, for SQLite
	modernc.org/sqlite v1.60.1 // SQLite without cgo
	pgregory.net/rapid v1.3.0 // tests: properties
)

require (
	github.com/golang-jwt/jwt/v5 v5.3.1
	golang.org/x/sys v0.50.0
)

require (
	github.com/boombuler/barcode v1.0.1-0.20190219062509-6c824513bacc // indirect
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/dustin/go-humanize v1.0.1 // indirect
	github.com/fxamacker/cbor/v2 v2.9.4 // indirect
	github.com/go-json-experiment/json v0.0.0-20260213210345-44df1a37e875 // indirect
	github.com/go-viper/mapstructure/v2 v2.5.0 // indirect
	github.com/go-webauthn/x v0.3.1 // indirect
	github.com/google/go-tpm v0.9.8 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v0.0.0-20240606120523-5a60cdf6a761 // indirect
	github.com/jackc/puddle/v2 v2.2.3 // indirect
	github.com/mattn/go-isatty v0.0.24 // indirect
	github.com/mfridman/interpolate v0.0.2 // indirect
	github.com/ncruces/go-strftime v1.0.0 // indirect
	github.com/philhofer/fwd v1.2.0 // indirect
	github.com/remyoudompheng/bigfft v0.0.0-20230129092748-24d4a6f8daec // indirect
	github.com/sethvargo/go-retry v0.4.0 // indirect
	github.com/tinylib/msgp v1.6.4 // indirect
	github.com/x448/float16 v0.8.4 // indirect
	go.uber.org/atomic v1.12.0 // indirect
	go.uber.org/multierr v1.11.0 // indirect
	golang.org/x/sync v0.25.0 // indirect
	golang.org/x/text v0.44.0 // indirect
	google.golang.org/protobuf v1.36.12 // indirect
	modernc.org/mathutil v1.7.1 // indirect
	modernc.org/memory v1.12.1 // indirect
)
