package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/serve"
)

type serveCommand struct {
	worldFlags
	catalogFlag
	Listen           string        `default:"127.0.0.1:8080" placeholder:"ADDR" help:"Address to listen on (${default})."`
	BaseURL          string        `name:"base-url" placeholder:"URL" help:"Public address, such as https://login.example.com; the listener's without it."`
	AlsoHost         []string      `placeholder:"HOST" help:"Further hosts that clients use, separated by commas."`
	TrustedProxy     []string      `placeholder:"ADDR" help:"Addresses or networks of proxies whose X-Forwarded-For is believed, separated by commas."`
	TLSCert          string        `name:"tls-cert" type:"path" placeholder:"FILE" help:"Certificate chain (PEM). With it the server speaks HTTPS and HTTP/2."`
	TLSKey           string        `name:"tls-key" type:"path" placeholder:"FILE" help:"Key of the certificate (PEM)."`
	Cache            byteSize      `default:"256MiB" placeholder:"SIZE" help:"Memory of the fact cache at most, such as 64MiB; 0 for no cache (${default}). A server with a cache holds the database alone."`
	Wait             bool          `help:"If another server holds the database, wait until it has gone."`
	DevToken         string        `placeholder:"TOKEN" help:"With --dev: what calls of /_dev/ bring as Authorization: Bearer; the server may then listen on any address."`
	DevTokenFile     string        `type:"path" placeholder:"FILE" help:"File with the dev token."`
	SMTP             string        `name:"smtp" placeholder:"HOST:PORT" help:"Mail server; mails wait without one, and with --dev go to the inbox."`
	SMTPTLS          string        `name:"smtp-tls" default:"starttls" enum:"starttls,tls,none" placeholder:"MODE" help:"starttls, tls from the first byte, or none for a server on this machine (${default})."`
	SMTPUser         string        `name:"smtp-user" placeholder:"NAME" help:"Account on the mail server."`
	SMTPPasswordFile string        `name:"smtp-password-file" type:"path" placeholder:"FILE" help:"File with its password; or the variable PROKURA_SMTP_PASSWORD."`
	MailFrom         string        `placeholder:"ADDR" help:"Address that mails come from."`
	OutboundAllow    []string      `placeholder:"NET" help:"Addresses or networks, not of the public internet, that webhooks and callbacks may lead to, separated by commas."`
	DNS              string        `name:"dns" placeholder:"ADDR" help:"Address and port of the name server that is asked where webhooks, callbacks and web sites of businesses lead; the system's without it."`
	DocumentDays     int           `default:"90" placeholder:"N" help:"Delete the documents of a business so many days after the decision about its verification; 0 at once (${default})."`
	RecentUse        bool          `name:"system-user-tokens-recent-use" help:"Tokens of system users by API only for apps that cut one within the last 90 days."`
	RateRules        string        `default:"source" placeholder:"NAME" help:"Set of rate limits: source (development, basic and standard), 2026 (limited and full access), or off (${default})."`
	BelowCriteria    bool          `help:"Let apps ask for a level before they have reached what is counted of its criteria."`
	Redis            string        `placeholder:"URL" help:"Redis or Valkey by which several servers share rate limits, such as redis://10.0.0.7:6379/0."`
	StrictVersions   bool          `help:"Refuse API versions that are newer than this program knows, instead of answering them as the newest."`
	Profile          string        `default:"lasting" enum:"lasting,2026-11" placeholder:"NAME" help:"Which behavior of the platform is played: lasting keeps what was once served, 2026-11 leaves out what is gone since (${default}, ${enum})."`
	JournalDays      int           `placeholder:"N" help:"Move lines of the journal into files after so many days; 0 keeps them in the database (${default})." default:"0"`
	JournalArchive   string        `type:"path" placeholder:"DIR" help:"Folder of these files; journal in the data folder without it."`
	ReadyFile        string        `type:"path" placeholder:"FILE" help:"File to write the server's address into, once it answers; gone when the server ends."`
	ExplainFor       time.Duration `default:"24h" placeholder:"TIME" help:"How long calls that failed can be explained by their trace ids; 0 keeps none (${default})."`
	MaxConnections   int           `default:"10000" placeholder:"N" help:"Connections at once (${default})."`
	MaxPerSource     int           `default:"200" placeholder:"N" help:"Connections of one address at once; raise it behind a proxy (${default})."`
	LogLevel         slog.Level    `default:"INFO" placeholder:"LEVEL" help:"DEBUG, INFO, WARN or ERROR; requests are logged at DEBUG (${default})."`
}

// collectAt is how much a server's heap grows until it is collected, in percent of what
// lives in it, unless GOGC says otherwise: some 3 MB live there, as facts lie beside
// it, so that a collector of 100 % would run sixty times a second under full load.
const collectAt = 200

func (c serveCommand) Run(ctx context.Context, s streams) error {
	log := newLog(s.err, c.LogLevel)
	config := c.config()
	config.Listen, config.BaseURL, config.AlsoHosts = c.Listen, c.BaseURL, c.AlsoHost
	config.TrustedProxies = c.TrustedProxy
	config.TLSCert, config.TLSKey, config.Log = c.TLSCert, c.TLSKey, log
	config.OutboundAllow, config.RecentUse, config.DNS = c.OutboundAllow, c.RecentUse, c.DNS
	if config.DocumentDays = c.DocumentDays; c.DocumentDays == 0 {
		config.DocumentDays = -1
	}
	var err error
	if config.Catalog, err = c.catalog(); err != nil {
		return err
	}
	if config.SMTP, err = c.smtp(); err != nil {
		return err
	}
	if config.DevToken, err = fileOr(c.DevTokenFile, c.DevToken, "dev token"); err != nil {
		return err
	}
	config.StrictVersions, config.Profile = c.StrictVersions, prokura.Profile(c.Profile)
	config.RateRules, config.Redis, config.BelowCriteria = c.RateRules, c.Redis, c.BelowCriteria
	config.JournalDays, config.JournalArchive = c.JournalDays, c.JournalArchive
	config.CacheBytes, config.MaxConnections, config.MaxPerSource = int64(c.Cache), c.MaxConnections, c.MaxPerSource
	config.Wait, config.ExplainFor = c.Wait, c.ExplainFor
	if c.ExplainFor == 0 {
		config.ExplainFor = -1
	}
	if c.Cache == 0 {
		config.CacheBytes = -1
	}
	server, err := serve.Open(ctx, config)
	if err != nil {
		return err
	}
	if config.SMTP.Server == "" && !c.Dev {
		log.Warn("no mail server (--smtp): nobody can sign up or set a new password by themselves (see prokura people --help), invitations are links to pass on, and notices wait")
	}
	log.Info("serving", "url", server.BaseURL(), "database", server.Engine(), "dev", c.Dev)
	if link, err := server.FirstOperator(ctx); err != nil {
		log.Warn("no link for the first operator could be made", "error", err)
	} else if link != "" { // not into the log: it is as good as the power
		fmt.Fprintf(s.out, "Nobody is an operator of this platform yet. Whoever opens this link within 24 hours, and has or makes an account, becomes the first one:\n%s\n", link)
	}
	if c.ReadyFile != "" {
		if err := writeReady(c.ReadyFile, server.BaseURL()); err != nil {
			return errors.Join(err, server.Close())
		}
		defer os.Remove(c.ReadyFile)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	trimming := time.AfterFunc(trimAfter, trim)
	defer trimming.Stop()
	return server.Run(ctx)
}

// writeReady says by a file where the server is. It has its name only when it is
// whole, so whoever waits for it can read it at once; connections are taken from
// then on.
func writeReady(file, url string) error {
	part := file + ".part"
	if err := os.WriteFile(part, []byte(url+"\n"), 0o600); err != nil {
		return fmt.Errorf("write the ready file: %w", err)
	}
	if err := os.Rename(part, file); err != nil {
		return fmt.Errorf("write the ready file: %w", err)
	}
	return nil
}

// smtp is the mail server of the flags. A password on a command line could be
// read by everybody on the machine, so there is no flag for it.
func (c serveCommand) smtp() (serve.SMTP, error) {
	password, err := fileOr(c.SMTPPasswordFile, os.Getenv("PROKURA_SMTP_PASSWORD"), "mail server's password")
	return serve.SMTP{Server: c.SMTP, User: c.SMTPUser, From: c.MailFrom, TLS: c.SMTPTLS, Password: password}, err
}

// fileOr reads a secret from a file, if one is named.
func fileOr(file, value, what string) (prokura.Secret, error) {
	if file == "" {
		return prokura.Secret(value), nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read the %s: %w", what, err)
	}
	secret := prokura.Secret(strings.TrimRight(string(text), "\r\n"))
	if secret == "" { // not the same as none
		return "", fmt.Errorf("read the %s: %s is empty", what, file)
	}
	return secret, nil
}
