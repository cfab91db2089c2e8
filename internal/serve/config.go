package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/outbound"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/operator"
)

// Config says what to serve and where. The zero value serves the world in
// data/prokura.db on 127.0.0.1:8080 over plain HTTP.
type Config struct {
	Database string // postgres://…, or an SQLite file; empty: prokura.db in Data
	// Fence is the file by which an older copy of the database is noticed; empty:
	// fence.json in Data. It must not be restored with the database.
	Fence  string
	Data   string // folder of database and keys; empty: data
	Listen string // address; empty: 127.0.0.1:8080; port 0: any free port

	// BaseURL is the public address of the server: scheme, host and perhaps a
	// port, without a path. Redirects and links to pages are built on it, never
	// on what a request says. Empty: the listener's address.
	BaseURL string
	// AlsoHosts are further hosts that clients may use, with or without a port.
	// The host of BaseURL and the names of this machine's loopback are always
	// accepted.
	AlsoHosts []string

	// TrustedProxies are addresses and networks whose X-Forwarded-For says who
	// the client is. Empty: nobody's does.
	TrustedProxies []string

	TLSCert, TLSKey string // PEM files; both or none

	// SMTP is the server that mails go through. Without one they wait.
	SMTP SMTP
	// OutboundAllow are networks and addresses, not of the public internet, that
	// webhooks and callbacks may lead to. Empty: none.
	OutboundAllow []string

	// DNS is the address of the name server that is asked where they lead, and for the
	// records by which businesses show that a domain is theirs; empty: the system's.
	DNS string
	// DocumentDays is how long documents of a business are kept after the decision
	// about it; 0: 90 days; negative: they go at once.
	DocumentDays int

	// Dev opens only databases that were created with Dev, and has the paths below
	// /_dev/. Without DevToken it listens on loopback alone.
	Dev bool
	// DevToken is what calls of /_dev/ have to bring, from wherever they come:
	// Authorization: Bearer, with at least 20 of the characters that RFC 6750 allows
	// there. With it a Dev server may listen on any address.
	DevToken prokura.Secret

	// Demo lets the landing page say that the world is made up.
	Demo bool

	// StrictVersions refuses API versions that are newer than this program knows,
	// instead of answering them as the newest.
	StrictVersions bool
	// Profile is which behavior of the platform is played; empty: the usual one, by
	// which clients go on as they were written.
	Profile prokura.Profile

	// RecentUse closes the API's edge for tokens of system users to apps that
	// have not used it within 90 days (R-SU-04).
	RecentUse bool

	// RateRules names the set of rate limits of the catalog: empty: the first one;
	// NoRates: nothing is counted.
	RateRules string
	// BelowCriteria lets apps ask for a level before they have reached what is
	// counted of its criteria (R-LEVEL-02).
	BelowCriteria bool
	// Redis is the address of a Redis or Valkey, redis:// or rediss://, in which
	// several servers share what is counted; empty: this server counts alone.
	Redis string

	// JournalDays is how long the journal keeps its lines before they are moved
	// into files of the folder JournalArchive (empty: journal in Data); 0: for ever.
	JournalDays    int
	JournalArchive string

	// CacheBytes is how much memory the fact cache takes at most; 0: 256 MiB;
	// negative: there is none. A server with a cache holds the database alone; one
	// without beside others without.
	CacheBytes int64
	Wait       bool // for whoever holds the database, instead of refusing

	// Fleeting is for data that is deleted when the server has ended: no room is kept
	// for taking power away on a full disk.
	Fleeting bool

	// ExplainFor is how long calls that failed are kept in memory, to be explained by
	// their trace ids; 0: a day; negative: not at all.
	ExplainFor time.Duration

	MaxConnections int // at once; 0: 10,000
	MaxPerSource   int // connections of one address at once, loopback excepted; 0: 200

	// Around stands around everything that is served, of a Dev server alone: there
	// a test has calls fail. nil: nothing does.
	Around func(http.Handler) http.Handler

	Catalog *prokura.Catalog // nil: the built-in catalog
	Log     *slog.Logger     // nil: discard
}

// SMTP says through which server mails go out.
type SMTP = outbound.SMTP

// NoRates is the set of rate limits that counts nothing.
const NoRates = "off"

const (
	defaultListen         = "127.0.0.1:8080"
	defaultConnections    = 10_000
	defaultPerSource      = 200
	defaultDocumentDays   = 90
	defaultExplain        = 24 * time.Hour
	databaseFile, keyFile = "prokura.db", "keys.json"
	fenceFile             = "fence.json"
)

func (c Config) withDefaults() Config {
	c.Data = cmp.Or(c.Data, "data")
	c.Database = cmp.Or(c.Database, filepath.Join(c.Data, databaseFile))
	c.Fence = cmp.Or(c.Fence, filepath.Join(c.Data, fenceFile))
	c.Listen = cmp.Or(c.Listen, defaultListen)
	c.MaxConnections = cmp.Or(c.MaxConnections, defaultConnections)
	c.ExplainFor = cmp.Or(c.ExplainFor, defaultExplain)
	c.MaxPerSource = cmp.Or(c.MaxPerSource, defaultPerSource)
	c.DocumentDays = cmp.Or(c.DocumentDays, defaultDocumentDays)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// registry is what the world is opened with.
func (c Config) registry() registry.Config {
	hold := registry.HoldAlone
	if c.CacheBytes < 0 {
		hold = registry.HoldBeside
	}
	return registry.Config{Database: c.Database, KeyFile: filepath.Join(c.Data, keyFile), Fence: c.Fence, Catalog: c.catalog(),
		CacheBytes: c.CacheBytes, Hold: hold, Wait: c.Wait, Fleeting: c.Fleeting, RecentUse: c.RecentUse, Dev: c.Dev, Log: c.Log}
}

// tidy does what is due once in an hour.
func (c Config) tidy(ctx context.Context, r *registry.Registry) error {
	err := operator.Trim(ctx, r)
	if c.JournalDays > 0 {
		n, failed := operator.ArchiveJournal(ctx, r, c.journalFolder(), r.Now().Add(-time.Duration(c.JournalDays)*24*time.Hour))
		if n > 0 {
			c.Log.Info("lines of the journal archived", "lines", n, "folder", c.journalFolder())
		}
		err = errors.Join(err, failed)
	}
	return err
}

// sender is how what sends for the world r is made. A world that other machines
// reach does not call this one.
func (c Config) sender(r *registry.Registry, base string) (outbound.Config, error) {
	allow, err := outbound.ParseNetworks(c.OutboundAllow)
	return outbound.Config{Registry: r, BaseURL: base, Dev: c.Dev, Loopback: c.Dev && c.onLoopback() == nil, Allow: allow, DNS: c.DNS, SMTP: c.SMTP, Log: c.Log}, err
}

func (c Config) tls() bool { return c.TLSCert != "" }

// check refuses what would be unsafe or could not work, before anything is
// opened.
func (c Config) check() error {
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return fmt.Errorf("TLS needs both a certificate and a key")
	}
	if c.BaseURL != "" {
		base, err := parseBase(c.BaseURL)
		if err != nil {
			return err
		}
		if c.tls() && base.Scheme != "https" {
			return fmt.Errorf("the base URL %s is not https, but the server has a certificate", c.BaseURL)
		}
	}
	if _, err := parseProxies(c.TrustedProxies); err != nil {
		return err
	}
	if _, err := outbound.ParseNetworks(c.OutboundAllow); err != nil {
		return err
	}
	if err := c.SMTP.Check(); err != nil {
		return err
	}
	if a, err := netip.ParseAddrPort(c.DNS); c.DNS != "" && (err != nil || a.Port() == 0) {
		return fmt.Errorf("%q is not the address and port of a name server", c.DNS)
	}
	for _, h := range c.AlsoHosts {
		if !validHost(h) {
			return fmt.Errorf("%q is not a host, with or without a port", h)
		}
	}
	switch {
	case c.DevToken == "" && c.Dev:
		return c.onLoopback()
	case c.DevToken != "" && !c.Dev:
		return fmt.Errorf("a dev token (--dev-token) opens what only --dev has; give both or none")
	case c.DevToken != "" && !devTokenForm.MatchString(c.DevToken.Reveal()):
		return fmt.Errorf("a dev token (--dev-token) has at least 20 characters, of letters, digits and -._~+/ alone; openssl rand -hex 16 makes one")
	}
	return nil
}

// devTokenForm is the form of a bearer token (RFC 6750, 2.1) that cannot be
// guessed over a network.
var devTokenForm = regexp.MustCompile(`^[A-Za-z0-9._~+/-]{20,}=*$`)

// onLoopback says why a Dev server without a token may not listen where it is
// told to.
func (c Config) onLoopback() error {
	addr, err := net.ResolveTCPAddr("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if !addr.IP.IsLoopback() {
		return fmt.Errorf("--dev lets everybody who reaches the server act as anybody, so it listens on loopback only, not on %s: for other machines and containers give it a --dev-token, without which /_dev/ answers nobody", c.Listen)
	}
	return nil
}

// parseBase accepts scheme://host[:port], perhaps with a slash at the end.
func parseBase(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSuffix(s, "/"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || !validHost(u.Host) ||
		u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("the base URL %q is not scheme://host[:port] with http or https", s)
	}
	u.Host = strings.ToLower(u.Host)
	return u, nil
}

func validHost(s string) bool {
	u, err := url.Parse("http://" + s)
	return err == nil && u.Host == s && u.Hostname() != "" && !strings.ContainsAny(s, "/?#@ \\")
}

// loopbackHost reports whether a host name is this machine's loopback.
func loopbackHost(name string) bool {
	if strings.EqualFold(name, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(name)
	return err == nil && a.IsLoopback()
}
