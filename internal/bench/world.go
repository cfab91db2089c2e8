package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/keyfile"
	"github.com/prokura/prokura/internal/store"
)

// The family that is copied: what the business of the demo world granted its app.
const (
	demoApp      = "100000000000101"
	demoSecret   = "7f3c9a1e5b8d42f6a0c7e91b3d5f8a26"
	demoLogin    = `{"config_id":"100000000000401","person":"100000000000001","business":"100000000000202","assets":["100000000000301","100000000000311"],"redirect_uri":"https://app.brightline.example/callback"}`
	demoBusiness = "100000000000202"
	demoAccount  = "GET /act_100000000000301?fields=id,name,currency&access_token="
	demoEmail    = "ada@nordwind.example"
	demoPassword = "prokura-demo-2026"
	childEach    = 20 // every so many families have a child token
)

// world is a database with families, and what has to be answered about them.
type world struct {
	binary   string
	folder   string // of keys and an SQLite database
	database string // postgres://…; empty: SQLite
	families int
	crowd    int // further child tokens of the one family that was copied

	key         prokura.TokenKey
	signer      *prokura.TokenSigner
	root, child answers
	debugHeader [][2]string
	meHeader    [][2]string
	business    answer // the id of a family's business
	account     answer // what is told about a family's ad account
	accountPath answer // of the request for it, up to the token
	playedRoot  prokura.Secret
}

// answers are what is told about a token of the family, whose id has a place.
type answers struct {
	debug, me answer
	place     int
}

// answer is a text in which a family's ids stand.
type answer struct {
	texts  []string // around the ids
	places []int
}

// of appends the text for a copy of the family.
func (a *answer) of(b []byte, copy int) []byte {
	for i, t := range a.texts {
		b = append(b, t...)
		if i < len(a.places) {
			b = strconv.AppendInt(b, int64(store.CopiedID(copy, a.places[i])), 10)
		}
	}
	return b
}

// tokens is how many tokens there are: a root for each family, then the children.
func (w *world) tokens(families int) int { return families + (families+childEach-1)/childEach }

// about says what is told about the n-th token when only so many families are
// looked at: of which copy.
func (w *world) about(families, n int) (copy int, a *answers) {
	if n < families {
		return n, &w.root
	}
	return (n - families) * childEach, &w.child
}

// token is the n-th token itself.
func (w *world) token(families, n int) (id prokura.TokenID, secret prokura.Secret) {
	copy, a := w.about(families, n)
	kind := prokura.TokenIntegration
	if a == &w.child {
		kind = prokura.TokenChild
	}
	id = store.CopiedToken(copy, a.place)
	return id, w.signer.Print(kind, id)
}

// sibling is one of the many child tokens of the family that was copied.
func (w *world) sibling(n int) prokura.Secret {
	return w.signer.Print(prokura.TokenChild, store.CopiedToken(w.families+n, w.child.place))
}

func (w *world) flags() []string {
	flags := []string{"--data", w.folder}
	if w.database != "" {
		flags = append(flags, "--database", w.database)
	}
	return flags
}

// path names the database for who opens it beside the server.
func (w *world) path() string {
	if w.database != "" {
		return w.database
	}
	return filepath.Join(w.folder, "prokura.db")
}

// makeWorld has a binary make the demo world and play one family by its own acts;
// the copies follow.
func (b *bench) makeWorld(ctx context.Context, binary, folder, database string) (*world, error) {
	w := &world{binary: binary, folder: folder, database: database, families: b.Families, crowd: b.Families}
	seed := exec.CommandContext(ctx, binary, append([]string{"seed", "demo", "--dev"}, w.flags()...)...)
	seed.Env = b.Env
	if out, err := seed.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s seed: %w\n%s", binary, err, out)
	}
	server, _, err := b.serve(ctx, w, "--dev", "--cache", "0")
	if err != nil {
		return nil, err
	}
	told, err := playFamily(ctx, server.address)
	if err := errors.Join(err, b.stop(server)); err != nil {
		return nil, err
	}
	keys, err := keyfile.Read(filepath.Join(folder, "keys.json"))
	if err != nil {
		return nil, err
	}
	last := keys.Tokens[len(keys.Tokens)-1]
	w.key = prokura.TokenKey{ID: last.ID, Secret: [32]byte(last.Secret)}
	w.signer = w.key.Signer()

	business, err := prokura.ParseID(demoBusiness)
	if err != nil {
		return nil, err
	}
	c, err := store.OpenCopies(ctx, w.path(), business)
	if err != nil {
		return nil, err
	}
	err = w.fill(ctx, c, told)
	return w, errors.Join(err, c.Close(ctx))
}

// fill makes the copies.
func (w *world) fill(ctx context.Context, c *store.Copies, told family) error {
	if err := w.learn(c, told); err != nil {
		return err
	}
	if err := c.Families(ctx, 0, w.families); err != nil {
		return err
	}
	if err := c.Children(ctx, 0, w.families, childEach); err != nil {
		return err
	}
	return c.Siblings(ctx, w.families, w.families+w.crowd)
}

// family is what the server told about the one that was played: its root token
// and its child token.
type family struct {
	tokens    [2]string
	debug, me [2]told
	account   told
}

// playFamily lets a business grant an app something, by the same acts as the
// dialog, and the app cut a child token.
func playFamily(ctx context.Context, address string) (f family, err error) {
	ask := func(request []byte, into any) (t told) {
		if err != nil {
			return t
		}
		if t, err = call(ctx, address, request); err == nil && t.status != 200 {
			err = fmt.Errorf("status %d: %s", t.status, t.body)
		}
		if err == nil && into != nil {
			err = json.Unmarshal(t.body, into)
		}
		return t
	}
	var code struct{ Code string }
	ask(post(nil, "/_dev/consent", "application/json", []byte(demoLogin)), &code)
	var root, child struct {
		Token string `json:"access_token"`
	}
	ask(get(nil, "/oauth/access_token?client_id="+demoApp+"&client_secret="+demoSecret+"&code="+url.QueryEscape(code.Code)), &root)
	ask(mintRequest(nil, demoBusiness, prokura.Secret(root.Token), proofOf(prokura.Secret(root.Token))), &child)
	f.tokens = [2]string{root.Token, child.Token}
	for i, t := range f.tokens {
		f.debug[i], f.me[i] = ask(debugRequest(nil, prokura.Secret(t)), nil), ask(meRequest(nil, prokura.Secret(t)), nil)
	}
	f.account = ask(append([]byte(demoAccount+root.Token), " HTTP/1.1\r\nHost: localhost\r\n\r\n"...), nil)
	if err != nil {
		return f, fmt.Errorf("play a family: %w", err)
	}
	return f, nil
}

// learn turns what was told about the family into what has to be told about its
// copies.
func (w *world) learn(c *store.Copies, f family) error {
	for i, a := range []*answers{&w.root, &w.child} {
		p, err := prokura.ParseToken(f.tokens[i])
		if err != nil {
			return fmt.Errorf("the family's token: %w", err)
		}
		if a.place = c.Place(int64(p.ID)); a.place < 0 {
			return errors.New("the family's token was not found in the database")
		}
		var debug struct {
			Data struct {
				App    string `json:"app_id"`
				Valid  bool   `json:"is_valid"`
				UserID string `json:"user_id"`
			}
		}
		var me struct{ ID string }
		if err := errors.Join(json.Unmarshal(f.debug[i].body, &debug), json.Unmarshal(f.me[i].body, &me)); err != nil {
			return err
		}
		if !debug.Data.Valid || debug.Data.App != demoApp || debug.Data.UserID == "" || debug.Data.UserID != me.ID {
			return fmt.Errorf("the server answers about a token that was just cut: %s, and: %s", f.debug[i].body, f.me[i].body)
		}
		a.debug, a.me = answerOf(c, f.debug[i].body), answerOf(c, f.me[i].body)
	}
	w.debugHeader, w.meHeader = f.debug[0].header, f.me[0].header
	w.playedRoot = prokura.Secret(f.tokens[0])
	w.business = answerOf(c, []byte(demoBusiness))
	if w.account, w.accountPath = answerOf(c, f.account.body), answerOf(c, []byte(demoAccount)); len(w.accountPath.places) != 1 || len(w.account.places) != 1 {
		return fmt.Errorf("the server answers about an ad account that was just granted: %s", f.account.body)
	}
	return nil
}

// answerOf finds the family's ids in a text.
func answerOf(c *store.Copies, text []byte) (a answer) {
	from := 0
	for i := 0; i < len(text); {
		end := i
		for end < len(text) && text[end] >= '0' && text[end] <= '9' {
			end++
		}
		if id, err := strconv.ParseInt(string(text[i:end]), 10, 64); err == nil {
			if p := c.Place(id); p >= 0 {
				a.texts, a.places, from = append(a.texts, string(text[from:i])), append(a.places, p), end
			}
		}
		i = max(end, i+1)
	}
	a.texts = append(a.texts, string(text[from:]))
	return a
}
