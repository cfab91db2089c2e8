package kit

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prokura/prokura"
)

// AppOf names an app with who is behind it.
func AppOf(a prokura.App, owner prokura.Business) AppView {
	return AppView{ID: a.ID.String(), Name: a.Name, IconURL: iconURL(a), Owner: owner.Name, Verified: owner.Verified(),
		PrivacyURL: a.Settings.PrivacyPolicyURL, Live: a.Mode == prokura.ModeLive, Stopped: a.Mode == prokura.ModeStopped, Test: a.Parent != 0,
		Moved: Moment(a.OwnerChanged), FormerOwner: a.FormerOwner}
}

// MovedSince reports whether the app got another owner after a time, such as
// that of a grant.
func (v AppView) MovedSince(t time.Time) bool { return v.Moved.After(t) }

// BusinessOf names a business.
func BusinessOf(b prokura.Business) BusinessView {
	return BusinessView{ID: b.ID.String(), Name: b.Name, Verified: b.Verified()}
}

// PermissionGroups puts permissions into plain words, under the heading of
// their product, in the order of the catalog.
func (s *Server) PermissionGroups(set prokura.PermissionSet) []PermissionGroup {
	var groups []PermissionGroup
	catalog := s.Registry.Catalog()
	for _, name := range catalog.Names(set) {
		p, _ := catalog.Permission(name)
		i := slices.IndexFunc(groups, func(g PermissionGroup) bool { return g.Title == p.Group })
		if i < 0 {
			groups, i = append(groups, PermissionGroup{Title: p.Group}), len(groups)
		}
		groups[i].Permissions = append(groups[i].Permissions, s.PermissionView(p))
	}
	return groups
}

// PermissionView puts a permission into plain words.
func (s *Server) PermissionView(p prokura.PermissionInfo) PermissionView {
	return PermissionView{Name: string(p.Name), Title: p.Title, Does: p.Does, Risk: p.Risk}
}

// EachPermission changes the permissions of groups in place.
func EachPermission(groups []PermissionGroup, change func(*PermissionView)) {
	for _, g := range groups {
		for i := range g.Permissions {
			change(&g.Permissions[i])
		}
	}
}

// AssetKinds names assets by kind, in the order of kinds and by name, with what
// scopes let an app do there; a kind without assets is left out.
func (s *Server) AssetKinds(kinds []prokura.ConfigurationAsset, scopes prokura.PermissionSet, assets []prokura.Asset, personal bool) []AssetKindView {
	var out []AssetKindView
	for _, k := range kinds {
		v := AssetKindView{Kind: string(k.Kind), Title: s.KindTitle(k.Kind), Tasks: s.TaskTitles(k, scopes, personal)}
		for _, a := range assets {
			if a.Kind == k.Kind {
				v.Assets = append(v.Assets, AssetView{ID: a.ID.String(), Name: a.Name})
			}
		}
		slices.SortStableFunc(v.Assets, func(a, b AssetView) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
		if len(v.Assets) > 0 {
			out = append(out, v)
		}
	}
	return out
}

// namesShown is how many assets of a kind one page names: a grant may have
// thousands.
const namesShown = 100

// CutKinds leaves of each kind the page that page.<kind><of> of the query asks
// for, with the addresses of its neighbours: path, with the other values of the
// place.
func CutKinds(kinds []AssetKindView, of, path string, query, place url.Values) []AssetKindView {
	pages := func(k AssetKindView) string { return "page." + k.Kind + of }
	for _, k := range kinds {
		if at := query.Get(pages(k)); at != "" {
			place.Set(pages(k), at)
		}
	}
	for i := range kinds {
		k := &kinds[i]
		k.Paging = PagingOf(query.Get(pages(*k)), len(k.Assets), namesShown)
		k.Assets = k.Assets[(k.Paging.Page-1)*namesShown : min(len(k.Assets), k.Paging.Page*namesShown)]
		address := func(page int) string {
			if page == 0 {
				return ""
			}
			there := maps.Clone(place)
			there.Set(pages(*k), strconv.Itoa(page))
			return path + "?" + there.Encode() + "#on-" + IDPart(k.Kind)
		}
		k.Earlier, k.Later = address(k.Paging.Previous()), address(k.Paging.Next())
	}
	return kinds
}

// KindTitle is the plural name of a kind of asset.
func (s *Server) KindTitle(k prokura.AssetKind) string {
	info, ok := s.Registry.Catalog().Kind(k)
	if !ok {
		return string(k)
	}
	return info.Plural
}

// TaskTitles are the tasks of a configuration's kind in plain words: those that
// one of scopes lets an app do, as a task opens nothing by itself. A configuration
// that names no tasks means all of them; in a personal login these are whatever
// the person may do, which is said there in other words.
func (s *Server) TaskTitles(k prokura.ConfigurationAsset, scopes prokura.PermissionSet, personal bool) []string {
	if personal && len(k.Tasks) == 0 {
		return nil
	}
	var out []string
	for _, t := range s.Registry.Catalog().Doable(k.Kind, k.Tasks, scopes) {
		out = append(out, t.Title)
	}
	return out
}

// Moment is a time for a page; the zero time where there is none.
func Moment(at prokura.Instant) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return at.Time()
}

// IconPrefix starts an icon as the settings of an app keep it.
const IconPrefix = "data:image/png;base64,"

// iconURL is where an app's icon is served; "" without one. The version makes a
// new icon a new address.
func iconURL(a prokura.App) string {
	if !strings.HasPrefix(a.Settings.Icon, IconPrefix) {
		return ""
	}
	return "/apps/" + a.ID.String() + "/icon.png?v=" + strconv.FormatInt(a.Version, 10)
}
