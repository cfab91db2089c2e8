package web

import (
	"net/http"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/web/account"
	"github.com/prokura/prokura/internal/web/apps"
	"github.com/prokura/prokura/internal/web/assets"
	"github.com/prokura/prokura/internal/web/business"
	"github.com/prokura/prokura/internal/web/dialog"
	"github.com/prokura/prokura/internal/web/history"
	"github.com/prokura/prokura/internal/web/integrations"
	"github.com/prokura/prokura/internal/web/kit"
	"github.com/prokura/prokura/internal/web/renew"
	"github.com/prokura/prokura/internal/web/review"
	"github.com/prokura/prokura/internal/web/staff"
	"github.com/prokura/prokura/internal/web/tools"
	"github.com/prokura/prokura/internal/web/verification"
)

type (
	// Config says what the pages stand on. Registry and BaseURL are required.
	Config = kit.Config

	// Letter is a mail as its recipient reads it.
	Letter = kit.Letter
)

// rooms are all pages. A room that is not in here is not served.
var rooms = []kit.Room{account.Room, dialog.Room, business.Room, assets.Room, integrations.Room, apps.Room, review.Room, staff.Room, history.Room, verification.Room, tools.Room, renew.Room}

// languages are those that the pages speak. The first one is served where the
// reader's is not among them.
var languages = []kit.Language{kit.English}

// Server serves the pages.
type Server struct{ *kit.Server }

// New builds the routes. It fails on a base URL that is none.
func New(c Config) (*Server, error) {
	s, err := kit.New(c, languages, rooms)
	if err != nil {
		return nil, err
	}
	return &Server{s}, nil
}

// ErrorPage shows why a dialog request did not become a login. app is 0 when the
// request names none; it need not exist.
func (s *Server) ErrorPage(w http.ResponseWriter, r *http.Request, app prokura.ID, e *prokura.Error) {
	dialog.ShowRefusal(s.Server, w, r, app, e)
}

// Return answers a person who comes back to an app and need not be asked again;
// false: it answered nothing.
func (s *Server) Return(w http.ResponseWriter, r *http.Request, app prokura.ID, req prokura.LoginRequest, mobile bool) bool {
	return dialog.Return(s.Server, w, r, app, req, mobile)
}
