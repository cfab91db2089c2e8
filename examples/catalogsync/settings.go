package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prokura/prokura"
)

// settings is the file that the program is configured by, in JSON. Secrets are in
// files of their own, so that this one can be shown and versioned.
type settings struct {
	Server   string `json:"server"` // origin of the platform; empty: Meta's hosts
	AppID    string `json:"app_id"`
	Secret   string `json:"secret_file"`
	ConfigID string `json:"config_id"` // of the login configuration

	Business string `json:"business"` // the client's; a login for another one is turned away
	Catalog  string `json:"catalog"`
	Contact  string `json:"contact"` // whom to ask for access, again too: the client's admin

	Products string `json:"products"` // a CSV file, or an SQLite file with a table or view named products
	State    string `json:"state"`    // an SQLite file of the program's own
	Key      string `json:"key_file"` // what tokens are sealed with; made when missing

	// RedirectURI is where the login comes back: the program serves it while it waits
	// for one, at Listen, behind whatever terminates TLS.
	RedirectURI string       `json:"redirect_uri"`
	Listen      string       `json:"listen"`
	Mail        mailSettings `json:"mail"`

	Every duration `json:"every"` // how often products are looked at; 1h
	Batch int      `json:"batch"` // items a call; 1000
	// MostDeleted is how many per cent of the catalog one run may delete; 30. More
	// is what a shop's broken export looks like.
	MostDeleted int `json:"most_deleted_percent"`
}

type mailSettings struct {
	Server   string `json:"server"` // host:port
	From     string `json:"from"`
	User     string `json:"user"`
	Password string `json:"password_file"`
	TLS      string `json:"tls"` // starttls, tls or none
}

// duration is written like 90m.
type duration time.Duration

func (d *duration) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	v, err := time.ParseDuration(text)
	*d = duration(v)
	return err
}

func (d duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

const mostItems = 5000 // that a call may have

// load reads settings; their paths are meant from where the file is.
func load(name string) (s settings, err error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return s, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return s, fmt.Errorf("%s: %w", name, err)
	}
	for _, path := range []*string{&s.Secret, &s.Products, &s.State, &s.Key, &s.Mail.Password} {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(filepath.Dir(name), *path)
		}
	}
	s.Every, s.Batch, s.MostDeleted = cmp.Or(s.Every, duration(time.Hour)), cmp.Or(s.Batch, 1000), cmp.Or(s.MostDeleted, 30)
	if err := s.check(); err != nil {
		return s, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

func (s settings) check() error {
	for _, f := range []struct{ name, value string }{
		{"app_id", s.AppID}, {"secret_file", s.Secret}, {"config_id", s.ConfigID}, {"business", s.Business}, {"catalog", s.Catalog}, {"contact", s.Contact},
		{"products", s.Products}, {"state", s.State}, {"key_file", s.Key}, {"redirect_uri", s.RedirectURI}, {"listen", s.Listen}, {"mail.server", s.Mail.Server}, {"mail.from", s.Mail.From},
	} {
		if f.value == "" {
			return fmt.Errorf("%s is missing", f.name)
		}
	}
	u, err := url.Parse(s.RedirectURI)
	switch {
	case err != nil || u.Host == "" || u.Path == "" || u.Path == connectPath || u.Path == reconnectPath:
		return errors.New("redirect_uri is an address such as https://sync.example/callback")
	case s.Batch < 1 || s.Batch > mostItems:
		return fmt.Errorf("batch is from 1 to %d", mostItems)
	case s.Every < 0 || s.MostDeleted < 0 || s.MostDeleted > 100:
		return errors.New("every and most_deleted_percent are not below zero, nor the latter above 100")
	}
	return nil
}

// address is one of the program's own, beside the redirect URI.
func (s settings) address(path string, query url.Values) string {
	u, err := url.Parse(s.RedirectURI)
	if err != nil {
		return "" // check has parsed it
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: path, RawQuery: query.Encode()}).String()
}

// secret reads a file that holds one; none without a name.
func secret(file string) (prokura.Secret, error) {
	if file == "" {
		return "", nil
	}
	text, err := os.ReadFile(file)
	return prokura.Secret(strings.TrimSpace(string(text))), err
}
