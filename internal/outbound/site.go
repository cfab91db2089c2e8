package outbound

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/prokura/prokura"
)

// Site looks whether a value stands in a TXT record or in a file of a web site, while
// somebody waits. It is a registry.SiteCheck. What else stands there is told to nobody.
func (d *Deliverer) Site(ctx context.Context, business prokura.ID, by prokura.SiteProof, where, value string) error {
	leave, err := d.challenges.enter(ctx, business)
	if err != nil {
		return err
	}
	defer leave()
	look := d.siteFile
	if by == prokura.SiteByDNS {
		look = d.siteRecord
	}
	err = look(ctx, where, value)
	if err == nil {
		return nil
	}
	refused := prokura.Errorf(prokura.CallbackRefused, "The value was not found there.").WithField("by").WithCause(err)
	if p, ok := errors.AsType[problem](err); ok {
		refused.Public = string(p)
	}
	return refused
}

func (d *Deliverer) siteFile(ctx context.Context, address, value string) error {
	status, answer, err := d.caller.do(ctx, call{method: http.MethodGet, url: address})
	switch {
	case err != nil:
		return err
	case status != http.StatusOK:
		return badStatus(status)
	case strings.TrimSpace(string(answer)) != value:
		return problem("The file is there, and something else than the value alone is in it.")
	}
	return nil
}

// siteRecord asks the operator's resolver. Its answer is the same for names that are
// not there and for records that say something else: nobody learns which names exist
// inside.
func (d *Deliverer) siteRecord(ctx context.Context, name, value string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	records, err := d.resolver.LookupTXT(ctx, strings.TrimSuffix(name, ".")+".")
	var unknown *net.DNSError
	if errors.As(err, &unknown) && !unknown.IsNotFound {
		return problem("The name servers gave no answer. Try again in some minutes.")
	}
	if !slices.Contains(records, value) {
		return problem("There is no TXT record of this name with the value yet. It may take some minutes until all name servers have it.")
	}
	return nil
}

// resolverAt asks one name server instead of the system's.
func resolverAt(address string) *net.Resolver {
	if address == "" {
		return net.DefaultResolver
	}
	dialer := &net.Dialer{Timeout: time.Second}
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, address)
	}}
}
