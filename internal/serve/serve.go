// Package serve puts the surfaces on hosts and paths and runs them: listener,
// TLS, limits, trace ids, the host allow-list, recovery from faults, the paths
// of a --dev world, the sweeper and the deliverer of the outbox.
//
// It decides nothing and answers nothing of its own but /healthz and /_dev/.
// It reads no flags and no environment.
package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/outbound"
	"github.com/prokura/prokura/internal/quota"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/notices"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/registry/world"
)

// Limits of every connection (security limits: headers 5 s, body 10 s, idle
// 60 s, handler 30 s; 16 KiB of headers).
const (
	headerTimeout = 5 * time.Second
	bodyTimeout   = 10 * time.Second
	handleTimeout = 30 * time.Second
	idleTimeout   = 60 * time.Second
	maxHeader     = 16 << 10
	maxStreams    = 100 // of one HTTP/2 connection

	// net/http reads this much beyond MaxHeaderBytes before it refuses.
	headerSlop = 4 << 10

	shutdownTimeout = 10 * time.Second
	sweepEvery      = time.Minute
	tidyEvery       = time.Hour
	flushEvery      = time.Second
)

// Server is an open world on a listener.
type Server struct {
	config   Config
	registry *registry.Registry
	listener net.Listener
	http     http.Server
	outbound *outbound.Deliverer
	sender   outbound.Config
	rates    *quota.Rates  // nil: nothing is counted
	shared   *quota.Leased // nil: by this server alone
	base     string
}

// Open checks the configuration, opens the world, takes the listener and makes
// everything ready; the first answer waits for Run. Nobody is let in while the
// world belongs to another server.
func Open(ctx context.Context, c Config) (*Server, error) {
	c = c.withDefaults()
	if err := c.check(); err != nil {
		return nil, err
	}
	cert, err := c.certificates()
	if err != nil {
		return nil, err
	}
	r, err := registry.Open(ctx, c.registry())
	if errors.Is(err, registry.ErrHeld) {
		err = fmt.Errorf("%w. What answers from memory holds its database alone: end the other one, or wait for it with --wait, or give --cache 0 to each", err)
	}
	if err != nil {
		return nil, err
	}
	r.Failed.Keep(c.ExplainFor)
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen: %w", err), r.Close())
	}
	s, err := open(c, r, l, cert)
	if err != nil {
		return nil, errors.Join(err, l.Close(), r.Close())
	}
	return s, nil
}

func open(c Config, r *registry.Registry, l net.Listener, cert *tls.Config) (*Server, error) {
	if c.BaseURL == "" {
		c.BaseURL = addressOf(l, c.tls())
	}
	base, err := parseBase(c.BaseURL)
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	s := &Server{config: c, registry: r, base: base.String()}
	s.sender, err = c.sender(r, s.base)
	if err != nil {
		return nil, err
	}
	if s.outbound, err = outbound.New(s.sender); err != nil {
		return nil, err
	}
	if s.rates, s.shared, err = c.rates(r); err != nil {
		return nil, err
	}
	if err := errors.Join(plantUsed(context.Background(), r, s.rates), notices.Begin(context.Background(), r)); err != nil {
		return nil, errors.Join(err, s.closeRates())
	}
	handler, err := newHandler(c, r, s, base, port)
	if err != nil {
		return nil, errors.Join(err, s.closeRates())
	}
	if c.Around != nil && c.Dev {
		handler = c.Around(handler)
	}
	s.listener = limit(l, c.MaxConnections, c.MaxPerSource)
	s.http = http.Server{
		Handler:           handler,
		TLSConfig:         cert,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       headerTimeout + bodyTimeout,
		WriteTimeout:      headerTimeout + bodyTimeout + handleTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader - headerSlop,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
		// What clients do wrong below HTTP is no news.
		ErrorLog: slog.NewLogLogger(c.Log.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// certificates loads the certificate early, so that a bad one stops the start.
func (c Config) certificates() (*tls.Config, error) {
	if !c.tls() {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("load certificate: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

// addressOf is the base URL of a listener that has no public name.
func addressOf(l net.Listener, secure bool) string {
	scheme := "http"
	if secure {
		scheme = "https"
	}
	host, port, _ := net.SplitHostPort(l.Addr().String())
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// BaseURL is the public address of the server, without a slash at the end.
func (s *Server) BaseURL() string { return s.base }

// Engine names the database engine.
func (s *Server) Engine() string { return s.registry.Engine() }

// Plant writes a world and returns its ids by key.
func (s *Server) Plant(ctx context.Context, w world.World) (map[string]prokura.ID, error) {
	ids, err := world.Plant(ctx, s.registry, w)
	if err == nil {
		err = plantUsed(ctx, s.registry, s.rates)
	}
	return ids, err
}

// Run serves until ctx ends, lets requests under way finish, and closes the
// world. It is called once.
func (s *Server) Run(ctx context.Context) error {
	var background sync.WaitGroup
	working, stopWorking := context.WithCancel(context.WithoutCancel(ctx))
	background.Go(func() { s.sweep(working) })
	background.Go(func() { s.outbound.Run(working) })

	ended := make(chan error, 1)
	go func() {
		if s.config.tls() {
			ended <- s.http.ServeTLS(s.listener, "", "")
			return
		}
		ended <- s.http.Serve(s.listener)
	}()
	var err error
	select {
	case err = <-ended:
	case <-ctx.Done():
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
		if err = s.http.Shutdown(grace); err != nil {
			err = errors.Join(fmt.Errorf("stop: requests were still under way: %w", err), s.http.Close())
		}
		cancel()
		<-ended
	}
	stopWorking()
	background.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	if s.config.Dev {
		s.report(context.WithoutCancel(ctx))
	}
	return errors.Join(err, s.closeRates(), s.registry.Close())
}

// reported is how many lines a report has at most.
const reported = 100

// report says which calls of apps will break, or have: those that use ways of calling
// which the platform takes away.
func (s *Server) report(ctx context.Context) {
	list, err := review.LegacyUses(ctx, s.registry, reported)
	if err != nil {
		s.config.Log.Warn("look for calls that will break", "error", err)
	}
	for _, u := range list {
		s.config.Log.Warn("will break", "app", u.Name, "uses", u.Way, "calls", u.Calls, "gone", prokura.LegacyNamed(u.Way).Ends())
	}
}

// Close ends a server that was not run.
func (s *Server) Close() error {
	return errors.Join(s.listener.Close(), s.closeRates(), s.registry.Close())
}

// closeRates tells other servers what they have not heard yet.
func (s *Server) closeRates() error {
	if s.shared == nil {
		return nil
	}
	if err := s.shared.Close(); err != nil {
		s.config.Log.Warn("share rate limits", "error", err) // no reason to end badly
	}
	return nil
}

// sweep deletes what time has ended, and writes when tokens were used and how far
// the world has come, until ctx ends.
func (s *Server) sweep(ctx context.Context) {
	tick, flush, hour := time.NewTicker(sweepEvery), time.NewTicker(flushEvery), time.NewTicker(tidyEvery)
	defer tick.Stop()
	defer hour.Stop()
	defer flush.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-flush.C:
			err := errors.Join(s.registry.FlushUses(ctx), s.registry.KeepFence(ctx))
			if err != nil && !failing && ctx.Err() == nil { // once, not each second
				s.config.Log.Warn("note last uses of tokens and keep the fence", "error", err)
			}
			failing = err != nil
		case <-hour.C:
			if err := s.config.tidy(ctx, s.registry); err != nil && ctx.Err() == nil {
				s.config.Log.Warn("tidy", "error", err)
			}
		case <-tick.C:
			if s.rates != nil {
				s.rates.Sweep()
			}
			if err := errors.Join(notices.Sweep(ctx, s.registry), s.registry.Sweep(ctx), review.Sweep(ctx, s.registry)); err != nil && ctx.Err() == nil {
				s.config.Log.Warn("sweep", "error", err)
			}
		}
	}
}

// Plant opens the world of a configuration, writes into it and closes it.
// Nothing is served, and of the configuration only database, keys, catalog and
// Dev count. It may run beside servers that answer nothing from memory.
func Plant(ctx context.Context, c Config, w world.World) (map[string]prokura.ID, error) {
	c.CacheBytes = -1
	r, err := registry.Open(ctx, c.withDefaults().registry())
	if errors.Is(err, registry.ErrHeld) {
		err = fmt.Errorf("%w. Its memory would not know of what is written: end it first, or give it --cache 0", err)
	}
	if err != nil {
		return nil, err
	}
	ids, err := world.Plant(ctx, r, w)
	return ids, errors.Join(err, r.Close())
}
