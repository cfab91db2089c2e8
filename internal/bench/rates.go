package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/prokura/prokura/internal/quota"
)

// busyAccounts are ad accounts of which each is called on a hundred times a second and
// more: what is shared of them is a steady state.
const busyAccounts = 100

// moreRounds are made where a few hundredths decide.
const moreRounds = 3

// measureRates measures what counting calls costs, limits and statistics together:
// servers that count, in memory and by a Redis, beside one that does not. Each has a
// world of its own, for development, in which one app may call as much as is called.
func (b *bench) measureRates(ctx context.Context) error {
	b.say("rates")
	kinds := []struct {
		name  string
		flags []string
	}{
		{"uncounted", []string{"--rate-rules=off"}},
		{"counted", []string{"--rate-rules=source"}},
		{"shared", []string{"--rate-rules=source", "--redis", b.Redis}},
	}
	if b.Redis == "" {
		kinds = kinds[:2]
	}
	few, fewAccounts := min(b.Families, fewFamilies), min(b.Families, busyAccounts)
	var servers []*process
	var list, bare []entrant
	headers := map[string][][2]string{}
	for _, k := range kinds {
		w, err := b.world(ctx, b.Binary, filepath.Join(b.folder, k.name))
		if err != nil {
			return err
		}
		p, _, err := b.serve(ctx, w, append(append([]string{"--dev"}, b.Serve...), k.flags...)...)
		if err != nil {
			return err
		}
		servers = append(servers, p)
		for _, c := range []struct {
			name  string
			calls calls
		}{{"me", w.reads(few, "/me")}, {"account", w.accounts(fewAccounts)}} {
			if _, err := b.all(ctx, p, c.calls); err != nil {
				return err
			}
			list = append(list, b.read(k.name+" "+c.name, p, c.calls))
			if k.name != "shared" {
				t, err := call(ctx, p.address, c.calls.request(nil, 0))
				if err != nil {
					return err
				}
				headers[k.name+"-"+c.name] = t.header
				bare = append(bare, b.read(k.name+" "+c.name, b.peer, b.own.reads(few, "/headers/"+k.name+"-"+c.name)))
			}
		}
	}
	if _, err := b.order(peerOrder{Headers: headers}); err != nil {
		return err
	}
	var asked *quota.Redis
	var trips int64
	if b.Redis != "" {
		var err error
		if asked, err = quota.NewRedis(b.Redis, ""); err != nil {
			return err
		}
		defer asked.Close(ctx)
		if trips, err = asked.Reads(ctx); err != nil {
			return err
		}
	}
	before := b.table.checked
	o, err := b.inRounds(ctx, moreRounds*b.Rounds, list...)
	if err != nil {
		return err
	}
	if asked != nil {
		after, err := asked.Reads(ctx)
		if err != nil {
			return err
		}
		// A third of all calls or so were those of the server that shares.
		calls := (b.table.checked - before) / len(kinds)
		each := 100 * float64(after-trips) / float64(max(1, calls))
		b.table.add(row{what: "round trips to Redis for a hundred calls", figure: fmt.Sprintf("%.3f", each), goal: "1", reached: each <= 1})
	}
	peers, err := b.inRounds(ctx, moreRounds*b.Rounds, bare...)
	if err != nil {
		return err
	}
	for _, v := range []struct{ what, name string }{{"`/me`", "me"}, {fmt.Sprintf("one of %d ad accounts", fewAccounts), "account"}} {
		counted, uncounted := o["counted "+v.name], o["uncounted "+v.name]
		b.table.add(row{what: v.what + ", calls counted in memory", figure: rate(counted), beside: fmt.Sprintf("%.1f %% of %s/s uncounted", 100*counted.share(uncounted), thousands(int(uncounted.perSecond()))),
			goal: "97 %", reached: counted.share(uncounted) >= 0.97})
		with, without := peers["counted "+v.name], peers["uncounted "+v.name]
		// What remains when the time is left out that the fields alone take of a handler that counts nothing.
		fields := 1/with.perSecond() - 1/without.perSecond()
		b.table.add(row{what: "bare handler, header fields of " + v.what, figure: rate(with), beside: fmt.Sprintf("%.1f %% of %s/s without them; all that counting takes besides leaves %.1f %%",
			100*with.share(without), thousands(int(without.perSecond())), 100*(1/uncounted.perSecond()+fields)*counted.perSecond())})
		if shared := o["shared "+v.name]; shared != nil {
			b.table.add(row{what: v.what + ", calls counted by Redis", figure: rate(shared), beside: fmt.Sprintf("%.1f %% of those counted in memory", 100*shared.share(counted)), goal: "95 %", reached: shared.share(counted) >= 0.95})
		}
	}
	var errs []error
	for _, p := range servers {
		errs = append(errs, b.stop(p))
	}
	return errors.Join(errs...)
}

// accounts are reads of each family's ad account by its tokens.
func (w *world) accounts(families int) calls {
	list := &secrets{}
	for n := range w.tokens(families) {
		_, t := w.token(families, n)
		list.add(t)
	}
	return calls{
		number: list.len(),
		request: func(b []byte, n int) []byte {
			copy, _ := w.about(families, n)
			b = w.accountPath.of(b, copy)
			return append(append(b, list.at(n)...), " HTTP/1.1\r\nHost: localhost\r\n\r\n"...)
		},
		wrong: func(n, status int, body, scratch []byte) string {
			copy, _ := w.about(families, n)
			if status != 200 || !bytes.Equal(body, w.account.of(scratch[:0], copy)) {
				return wrongAnswer("ad account", n, status, body)
			}
			return ""
		},
	}
}
