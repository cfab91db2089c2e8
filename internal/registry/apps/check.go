package apps

import (
	"fmt"
	"net/mail"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
)

// Limits of an app's settings.
const (
	maxAppName     = 80 // runes
	maxAppList     = 100
	maxAppText     = 100       // runes of a category
	maxAppIconText = 256 << 10 // bytes of an icon as a data URL
)

func checkAppName(name string) error {
	if strings.TrimSpace(name) == "" || utf8.RuneCountInString(name) > maxAppName {
		return prokura.Errorf(prokura.InvalidParameter, "An app needs a name of at most %d characters.", maxAppName).WithField("name")
	}
	if !prokura.PlainName(name) {
		return prokura.Errorf(prokura.InvalidParameter, "The name holds invisible characters.").WithField("name")
	}
	return nil
}

// checkContact takes an e-mail address without a display name, or nothing.
func checkContact(contact string) error {
	if contact == "" {
		return nil
	}
	if a, err := mail.ParseAddress(contact); err != nil || a.Address != contact || len(contact) > 254 {
		return prokura.Errorf(prokura.InvalidParameter, "Enter an e-mail address.").WithField("contact")
	}
	return nil
}

// Check validates what an app's people may set (R-APP-01, R-APP-02). The
// error names the setting as the scenario file does.
func Check(a prokura.App) error {
	if err := checkAppName(a.Name); err != nil {
		return err
	}
	s := a.Settings
	for _, check := range []func(*prokura.AppSettings) error{checkFacts, checkLists, checkAddresses} {
		if err := check(&s); err != nil {
			return err
		}
	}
	if e := a.CheckMode(); e != nil {
		return e
	}
	return nil
}

// checkFacts validates what is neither a list nor an address.
func checkFacts(s *prokura.AppSettings) error {
	if err := checkContact(s.Contact); err != nil {
		return err
	}
	if !slices.Contains([]string{"", "own", "clients"}, s.BusinessUse) {
		return prokura.Errorf(prokura.InvalidParameter, "Choose who uses the app.").WithField("business_use")
	}
	if utf8.RuneCountInString(s.Category) > maxAppText || !prokura.PlainName(s.Category) {
		return prokura.Errorf(prokura.InvalidParameter, "Choose a category.").WithField("category")
	}
	if s.Icon != "" && (!strings.HasPrefix(s.Icon, "data:image/png;base64,") || len(s.Icon) > maxAppIconText) {
		return prokura.Errorf(prokura.InvalidParameter, "An icon is a PNG picture of at most 180 KiB.").WithField("icon")
	}
	if s.Version != "" && !slices.ContainsFunc(prokura.Releases, func(v prokura.Release) bool { return v.String() == s.Version }) {
		return prokura.Errorf(prokura.InvalidParameter, "Choose an API version from %s to %s.", prokura.Releases[0].Version, prokura.NewestVersion()).WithField("version")
	}
	return nil
}

// checkLists validates the settings of several lines. The text names the entry
// at fault.
func checkLists(s *prokura.AppSettings) error {
	for _, list := range []struct {
		name    string
		entries []string
		check   func(string) error
	}{
		{"redirect_uris", s.RedirectURIs, prokura.CheckRedirectURI},
		{"js_domains", s.JSDomains, prokura.CheckOrigin},
		{"domains", s.Domains, checkDomain},
		{"server_ips", s.ServerIPs, checkAddress},
	} {
		if len(list.entries) > maxAppList {
			return prokura.Errorf(prokura.LimitReached, "A list holds at most %d entries.", maxAppList).WithField(list.name)
		}
		for _, entry := range list.entries {
			if err := list.check(entry); err != nil {
				e := *prokura.AsError(err)
				e.Public = fmt.Sprintf("%s: %s", registry.Clip(entry, 100), e.Public)
				return e.WithField(list.name)
			}
		}
	}
	return nil
}

// checkDomain takes a host name as browsers write it: lower case, with a dot,
// without scheme, port or path; localhost is the exception.
func checkDomain(host string) error {
	if host == "localhost" || strings.Contains(host, ".") && strings.ToLower(host) == host && prokura.CheckOrigin("https://"+host) == nil &&
		!strings.Contains(host, ":") {
		return nil
	}
	return prokura.Errorf(prokura.InvalidParameter, "This is not a host name such as app.example.com.")
}

func checkAddress(address string) error {
	if validAddress(address) {
		return nil
	}
	return prokura.Errorf(prokura.InvalidParameter, "This is not an IP address or network.")
}

// checkAddresses validates the settings that are the address of a page or of a
// callback.
func checkAddresses(s *prokura.AppSettings) error {
	for _, f := range []struct{ name, value string }{
		{"privacy_policy_url", s.PrivacyPolicyURL}, {"terms_url", s.TermsURL}, {"site_url", s.SiteURL},
		{"deauthorize_callback", s.DeauthorizeCallback}, {"data_deletion_url", s.DataDeletionURL},
	} {
		if f.value == "" {
			continue
		}
		web := strings.HasPrefix(f.value, "https://") || strings.HasPrefix(f.value, "http://")
		if err := prokura.CheckRedirectURI(f.value); err != nil || !web {
			return prokura.Errorf(prokura.InvalidParameter, "Enter a complete https address.").WithField(f.name)
		}
	}
	return nil
}

func validAddress(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	_, err := netip.ParsePrefix(s)
	return err == nil
}
