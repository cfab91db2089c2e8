package apps

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"

	"github.com/prokura/prokura/internal/registry/login"
	"github.com/prokura/prokura/internal/web/kit"
)

var iconRoutes = []kit.Route{
	{Pattern: "GET /apps/{id}/icon.png", Serve: serveIcon, Nobody: true},
}

// serveIcon serves an app's icon to everybody: whoever sees the app's name in a
// dialog sees it too.
func serveIcon(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	card, err := login.ShowCard(q.Context(), q.Registry, q.Caller, id)
	if err != nil {
		return err
	}
	data, ok := strings.CutPrefix(card.App.Settings.Icon, kit.IconPrefix)
	picture, err := base64.StdEncoding.DecodeString(data)
	if !ok || err != nil {
		return kit.ErrNoPage
	}
	h := q.W.Header()
	h.Set("Content-Type", "image/png")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Content-Length", strconv.Itoa(len(picture)))
	h.Set("Cache-Control", "no-cache")
	if q.R.URL.Query().Get("v") == strconv.FormatInt(card.App.Version, 10) {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		q.DropCookies()
	}
	q.W.WriteHeader(http.StatusOK)
	_, _ = q.W.Write(picture) // fails only when the reader has gone
	return nil
}
