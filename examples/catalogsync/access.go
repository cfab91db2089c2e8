package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/prokura/prokura/client"
	"github.com/prokura/prokura/client/vault"
)

const (
	entry         = "catalog" // the one token that the program has
	login         = "catalog" // and the login that gives it
	connectPath   = "/connect"
	reconnectPath = "/reconnect"
	keyParam      = "key"
)

// waitForAccess serves the login until there is a token that works. That is the only
// time at which the program listens: at its first start, and when access was ended
// and is asked for again by mail.
func (a *app) waitForAccess(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	listener, err := net.Listen("tcp", a.settings.Listen)
	if err != nil {
		return err
	}
	key := rand.Text() // who reads this program's output may begin, and who was mailed
	connected := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+connectPath, func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.URL.Query().Get(keyParam)), []byte(key)) != 1 {
			http.Error(w, "This link is not complete, or is over.", http.StatusNotFound)
			return
		}
		w.Header().Set("Referrer-Policy", "no-referrer")
		if err := a.keeper.Start(w, r, entry, login); err != nil {
			a.log.Error("login", slog.Any("error", err))
			http.Error(w, "This did not work. Please try again later.", http.StatusInternalServerError)
		}
	})
	mux.HandleFunc("GET "+reconnectPath, a.keeper.Reconnect)
	mux.HandleFunc("GET "+a.callbackPath(), func(w http.ResponseWriter, r *http.Request) {
		if a.finish(w, r) {
			select {
			case connected <- struct{}{}:
			case <-ctx.Done():
			}
		}
	})
	server := http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	a.notify(event{Waiting: a.settings.address(connectPath, url.Values{keyParam: {key}})})
	select {
	case <-connected:
	case <-ctx.Done():
		err = ctx.Err()
	case err = <-ended:
		return err
	}
	leave, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return errors.Join(err, server.Shutdown(leave)) // the answer is under way
}

func (a *app) callbackPath() string {
	u, err := url.Parse(a.settings.RedirectURI)
	if err != nil {
		return "/" // check has parsed it
	}
	return u.Path
}

// finish ends a login, and keeps its token if it is for the right business and
// reaches the catalog.
func (a *app) finish(w http.ResponseWriter, r *http.Request) bool {
	e, err := a.keeper.Finish(w, r, login, a.settings.Contact)
	_, denied := errors.AsType[*client.Denied](err)
	switch {
	case denied:
		a.answer(w, http.StatusOK, "Nothing was allowed, and nothing happens. Open the link again if that was not meant.")
		return false
	case errors.Is(err, vault.ErrAnother):
		a.answer(w, http.StatusForbidden, "This was another business than the one whose catalog it is.")
		return false
	case err != nil:
		a.log.Error("login", slog.Any("error", err))
		a.answer(w, http.StatusBadRequest, "The login went wrong. Open the link again.")
		return false
	}
	if problem := a.wrong(r.Context(), e); problem != "" {
		// What cannot be used is not kept, here or there.
		ctx := context.WithoutCancel(r.Context())
		if err := errors.Join(a.keeper.Client().Revoke(ctx, e.Token), a.vault.Delete(ctx, e.App, e.ID)); err != nil {
			a.log.Error("give a token back", slog.Any("error", err))
		}
		a.answer(w, http.StatusForbidden, problem)
		return false
	}
	a.log.Info("connected", slog.String("for", e.Subject))
	a.answer(w, http.StatusOK, "The catalog is connected. You can close this page.")
	return true
}

// wrong says why a token is of no use here.
func (a *app) wrong(ctx context.Context, e vault.Entry) string {
	if e.Subject != "business "+a.settings.Business {
		return "This was another business than the one whose catalog it is. Open the link again."
	}
	_, err := client.Get[struct{}](ctx, a.keeper.Client().As(e.Token), a.settings.Catalog, client.Fields("id", "name"))
	if err != nil {
		a.log.Error("read the catalog", slog.Any("error", err))
		return "The catalog is not among what was chosen. Open the link again, and choose it."
	}
	return ""
}

// answer is all that there is to look at.
func (a *app) answer(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	fmt.Fprintln(w, text)
}
