package scenario

import (
	"reflect"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/document"
	"github.com/prokura/prokura/internal/registry/world"
)

// rows is a mapping whose keys the author chooses, in the order of the file.
type rows[T any] = document.Rows[T]

type row[T any] = document.Row[T]

// The document: one struct per noun. The tag yaml names a field, oneof lists
// the words it may hold, about is its line in the schema.

type worldFile struct {
	People     rows[person]   `yaml:"people" about:"People by key."`
	Businesses rows[business] `yaml:"businesses" about:"Businesses by key."`
	Assets     rows[asset]    `yaml:"assets" about:"Assets by key."`
	Apps       rows[app]      `yaml:"apps" about:"Apps by key."`
	Grants     []grant        `yaml:"grants" about:"Logins that somebody went through to the end."`
}

type person struct {
	ID       int64     `yaml:"id" about:"Fixed id; drawn at random without it."`
	Name     string    `yaml:"name,required" about:"First and last name."`
	Email    string    `yaml:"email" about:"Address to log in with, unique in the world. Somebody without one is in no business and has no role on an app; apps get no email, and only /_dev/consent and grants log in as them."`
	Password string    `yaml:"password" about:"At least 15 characters. Nobody can log in as a person without one."`
	Hash     string    `yaml:"password_hash" about:"Instead of the password: its hash, as a snapshot has it."`
	Staff    staffRole `yaml:"staff" oneof:"reviewer lead operator" about:"Platform staff: a reviewer looks at apps, a lead decides their modes and levels too, an operator says who is staff. true is operator, for files of earlier versions."`
}

// staffRole is a prokura.StaffRole. Files of earlier versions say true or false.
type staffRole string

// WasBool reads what earlier versions wrote.
func (r *staffRole) WasBool(staff bool) {
	if *r = staffRole(prokura.StaffNone); staff {
		*r = staffRole(prokura.StaffOperator)
	}
}

type business struct {
	ID           int64            `yaml:"id" about:"Fixed id; drawn at random without it."`
	Name         string           `yaml:"name,required" about:"Name on pages and on the wire."`
	Verification string           `yaml:"verification" oneof:"not_verified pending pending_need_more_info pending_submission verified failed ineligible rejected expired revoked" about:"State of the platform's verification; not_verified without it."`
	Vertical     string           `yaml:"vertical" about:"Line of business, such as ECOMMERCE."`
	TwoFactor    string           `yaml:"two_factor" oneof:"none admin_required all_required" about:"Of whom it demands a second factor; none without it."`
	AllNotices   bool             `yaml:"all_notices" about:"Whether it is told before what nobody has used lately ends, too."`
	Members      rows[string]     `yaml:"members" oneof:"ADMIN EMPLOYEE" about:"Role by person. ADMIN is full control. The first one created the business."`
	SystemUsers  rows[systemUser] `yaml:"system_users" about:"The business's own system users by key."`
	Owns         []string         `yaml:"owns" about:"Businesses that this one owns."`
	Manages      []string         `yaml:"manages" about:"Businesses that this one manages."`
}

type systemUser struct {
	ID       int64    `yaml:"id" about:"Fixed id; drawn at random without it."`
	Name     string   `yaml:"name,required" about:"Name on pages and on the wire."`
	Role     string   `yaml:"role" oneof:"ADMIN EMPLOYEE" about:"EMPLOYEE without it. An ADMIN reaches every asset of the business."`
	Installs []string `yaml:"installs" about:"Apps that it has installed: of the business or, shared with it, with the system user as developer."`
}

type asset struct {
	ID         int64          `yaml:"id" about:"Fixed id; drawn at random without it."`
	Kind       string         `yaml:"kind,required" about:"Asset kind of the catalog: ad_account, page, product_catalog, instagram_account, whatsapp_business_account, pixel."`
	Business   string         `yaml:"business,required" about:"The business that owns it."`
	Name       string         `yaml:"name,required" about:"Name on pages and on the wire."`
	Attributes map[string]any `yaml:"attributes" about:"Further fields on the wire, such as currency."`
	People     rows[[]string] `yaml:"people" about:"Tasks by person or system user, of a business that has the asset."`
	SharedWith rows[[]string] `yaml:"shared_with" about:"Tasks by business: agencies that may use the asset."`
	Data       map[string]any `yaml:"data" about:"Its data by the lists of docs/resources.md: a list of rows, each with fields and what hangs on it, or how many are made up: {count: 100, seed: 7}, the same ones each time."`
}

type app struct {
	ID             int64               `yaml:"id" about:"Fixed id; drawn at random without it."`
	Name           string              `yaml:"name,required" about:"Name on the dialog, at most 80 characters."`
	Type           string              `yaml:"type" oneof:"business consumer none" about:"business without it. Only business apps have configurations."`
	Business       string              `yaml:"business" about:"The business that owns the app; without it the first admin does."`
	Mode           string              `yaml:"mode" oneof:"development live" about:"development without it: only people with a role can log in."`
	Level          string              `yaml:"level" oneof:"development basic standard" about:"Marketing API level; development without it."`
	LevelReason    string              `yaml:"level_reason" about:"Why staff decided so about the level; the app's people read it under Status and Review."`
	Calls          []calls             `yaml:"calls" about:"Calls that the app has made, as its statistics count them: what the criteria of levels look at."`
	Secret         string              `yaml:"secret" about:"32 hexadecimal characters in lower case; drawn at random without it."`
	Contact        string              `yaml:"contact" about:"E-mail address for the platform."`
	PrivacyPolicy  string              `yaml:"privacy_policy_url" about:"Needed for live mode."`
	Terms          string              `yaml:"terms_url" about:"Terms of service."`
	BusinessUse    string              `yaml:"business_use" oneof:"own clients" about:"Whom the app serves: the own business or clients."`
	Site           string              `yaml:"site_url" about:"The app's web site."`
	Domains        []string            `yaml:"domains" about:"Domains of the app."`
	Category       string              `yaml:"category" about:"Needed for live mode."`
	Icon           string              `yaml:"icon" about:"data: URL of a PNG. Needed for live mode."`
	RedirectURIs   []string            `yaml:"redirect_uris" about:"Valid OAuth redirect URIs, compared byte for byte; the port of http://127.0.0.1 and http://[::1] is free."`
	JSDomains      []string            `yaml:"js_domains" about:"Origins of pages that may use the JavaScript SDK."`
	RequireProof   bool                `yaml:"require_proof" about:"Every call needs an appsecret_proof."`
	RequireTimed   bool                `yaml:"require_timed_proof" about:"The proof must be a timed one."`
	ServerIPs      []string            `yaml:"server_ips" about:"Addresses or networks that may use the app secret; any without it."`
	ClientOAuthOff bool                `yaml:"client_oauth_off" about:"No logins at all."`
	WebOAuthOff    bool                `yaml:"web_oauth_off" about:"No logins on the web."`
	ImplicitOff    bool                `yaml:"implicit_off" about:"Only response_type=code."`
	Strict         bool                `yaml:"strict" about:"Codes live 60 seconds."`
	Deauthorize    string              `yaml:"deauthorize_callback" about:"Address that is told when somebody removes the app."`
	DataDeletion   string              `yaml:"data_deletion_url" about:"Address for requests to delete data."`
	Created        string              `yaml:"created" about:"Day on which the app was made, such as 2025-03-31; now without it. By it go rules for newer apps."`
	Version        string              `yaml:"version" about:"API version of calls that name none, such as v25.0."`
	Roles          rows[string]        `yaml:"roles" oneof:"admin developer tester analyst" about:"Role by person or system user; admins are people. An app that no business owns needs one; the first admin created the app."`
	SharedWith     []string            `yaml:"shared_with" about:"Businesses that may use the app for their system users."`
	Advanced       []string            `yaml:"advanced_access" about:"Permissions with advanced access: usable by businesses and people without a role on the app."`
	AdAccounts     rows[string]        `yaml:"ad_accounts" oneof:"listed removed" about:"The app's account list: by ad account, on it or taken off it. Calls add to it by themselves."`
	Draft          rows[string]        `yaml:"draft" about:"What a submission is to ask for, ready to be sent: by permission or feature, what its data is used for. Of an app without an interface."`
	DraftRelation  string              `yaml:"draft_relationship" about:"Of its people with the platform's business, for the draft."`
	Configurations rows[configuration] `yaml:"configurations" about:"Login configurations by key."`
	UseCases       []string            `yaml:"use_cases" about:"What a business app is made for, such as manage_ads: one configuration more, with the app's key and _use_cases as its key, asks for what that needs."`
	Used           rows[used]          `yaml:"used" about:"What is used of the rate limits when the world begins, by asset; of --dev worlds only."`
}

type used struct {
	Points int64 `yaml:"points" about:"Points of the score rule."`
	Calls  int64 `yaml:"calls" about:"Calls of the budget of the asset's kind."`
}

type calls struct {
	DaysAgo int64  `yaml:"days_ago" about:"The day, counted back from today (UTC): from 0 to 89. What is swept after 90 days cannot be planted."`
	Edge    string `yaml:"edge" about:"The call by method, kind of node and edge, such as GET ad_account or GET person/accounts; without it, a call of what there is not."`
	Code    int64  `yaml:"code" about:"Code of the error that they ended with; without it they succeeded."`
	Calls   int64  `yaml:"calls,required" about:"How many."`
	Micros  int64  `yaml:"microseconds" about:"That they took together."`
}

type configuration struct {
	ID          int64                    `yaml:"id" about:"Fixed config_id; drawn at random without it."`
	Name        string                   `yaml:"name,required" about:"Name on the dashboard."`
	Variation   string                   `yaml:"variation" about:"Template that it came from; general without it."`
	TokenType   string                   `yaml:"token_type,required" oneof:"user system_user" about:"What the login gives: a user token or a business-integration system-user token."`
	Expires     int64                    `yaml:"expires_in_days" about:"60 for system-user tokens that expire; never without it."`
	Assets      rows[configurationAsset] `yaml:"assets" about:"What the login asks for, by asset kind."`
	Permissions []string                 `yaml:"permissions,required" about:"Permissions that the login asks for."`
}

type configurationAsset struct {
	Tasks    []string `yaml:"tasks" about:"Tasks on each chosen asset; every task without it."`
	Required bool     `yaml:"required" about:"At least one asset of this kind must be chosen."`
}

type grant struct {
	Configuration string   `yaml:"configuration" about:"Configuration that was used."`
	App           string   `yaml:"app" about:"App of a classic login, without a configuration."`
	Permissions   []string `yaml:"permissions" about:"Permissions asked for beside the configuration, or by the classic login."`
	Declined      []string `yaml:"declined" about:"Those of the permissions that the person left out of a classic login."`
	Person        string   `yaml:"person,required" about:"Who went through the login."`
	Business      string   `yaml:"business" about:"Client business, for system-user configurations."`
	Assets        []string `yaml:"assets" about:"Assets that were chosen."`
}

// Schema is the JSON schema of scenarios.
func Schema() ([]byte, error) {
	return document.Schema("A Prokura scenario", "People, businesses, assets, apps and grants. Parts name each other by key; keys are unique in the whole file.", reflect.TypeFor[worldFile]())
}

// world turns the document into the registry's terms.
func (d worldFile) world() world.World {
	var w world.World
	for _, p := range d.People {
		v := p.Value
		w.People = append(w.People, world.Person{Key: p.Key, ID: prokura.ID(v.ID), Name: v.Name, Email: v.Email,
			Password: prokura.Secret(v.Password), PasswordHash: prokura.Secret(v.Hash), Staff: prokura.StaffRole(v.Staff)})
	}
	for _, b := range d.Businesses {
		v := b.Value
		out := world.Business{Key: b.Key, ID: prokura.ID(v.ID), Name: v.Name, Verification: v.Verification, Vertical: v.Vertical,
			TwoFactor: prokura.TwoFactorType(v.TwoFactor), AllNotices: v.AllNotices, Owns: v.Owns, Manages: v.Manages}
		for _, m := range v.Members {
			out.Members = append(out.Members, world.Member{Person: m.Key, Role: prokura.BusinessRole(m.Value)})
		}
		for _, u := range v.SystemUsers {
			out.SystemUsers = append(out.SystemUsers, world.SystemUser{Key: u.Key, ID: prokura.ID(u.Value.ID), Name: u.Value.Name,
				Role: prokura.SystemUserRole(u.Value.Role), Installs: u.Value.Installs})
		}
		w.Businesses = append(w.Businesses, out)
	}
	for _, a := range d.Assets {
		v := a.Value
		w.Assets = append(w.Assets, world.Asset{Key: a.Key, ID: prokura.ID(v.ID), Kind: prokura.AssetKind(v.Kind), Business: v.Business,
			Name: v.Name, Attributes: v.Attributes, People: tasks(v.People), Shares: tasks(v.SharedWith), Data: v.Data})
	}
	for _, a := range d.Apps {
		w.Apps = append(w.Apps, a.Value.world(a.Key))
	}
	for _, g := range d.Grants {
		w.Grants = append(w.Grants, world.Grant{Configuration: g.Configuration, App: g.App, Permissions: typed[prokura.Permission](g.Permissions),
			Declined: typed[prokura.Permission](g.Declined), Person: g.Person, Business: g.Business, Assets: g.Assets})
	}
	return w
}

// States of an ad account of an app's list.
const (
	accountListed  = "listed"
	accountRemoved = "removed"
)

func (v app) world(key string) world.App {
	out := world.App{Key: key, ID: prokura.ID(v.ID), Name: v.Name, Type: prokura.AppType(v.Type), Business: v.Business,
		Mode: prokura.AppMode(v.Mode), Level: prokura.Level(v.Level), Secret: prokura.Secret(v.Secret),
		Settings: prokura.AppSettings{
			Contact: v.Contact, PrivacyPolicyURL: v.PrivacyPolicy, TermsURL: v.Terms, BusinessUse: v.BusinessUse, SiteURL: v.Site,
			Domains: v.Domains, Category: v.Category, Icon: v.Icon, RedirectURIs: v.RedirectURIs, JSDomains: v.JSDomains,
			RequireProof: v.RequireProof, RequireTimedProof: v.RequireTimed, ServerIPs: v.ServerIPs, ClientOAuthOff: v.ClientOAuthOff,
			WebOAuthOff: v.WebOAuthOff, ImplicitOff: v.ImplicitOff, Strict: v.Strict, DeauthorizeCallback: v.Deauthorize,
			DataDeletionURL: v.DataDeletion, Version: v.Version,
		},
		Advanced: typed[prokura.Permission](v.Advanced), SharedWith: v.SharedWith, UseCases: v.UseCases}
	for _, r := range v.Roles {
		out.Roles = append(out.Roles, world.Role{Person: r.Key, Role: prokura.AppRole(r.Value)})
	}
	for _, a := range v.AdAccounts {
		out.AdAccounts = append(out.AdAccounts, world.Listed{Account: a.Key, Removed: a.Value == accountRemoved})
	}
	for _, u := range v.Used {
		out.Used = append(out.Used, world.Used{Asset: u.Key, Points: int(u.Value.Points), Calls: int(u.Value.Calls)})
	}
	out.LevelReason, out.DraftRelationship, out.Created = v.LevelReason, v.DraftRelation, v.Created
	for _, d := range v.Draft {
		out.Draft = append(out.Draft, world.Drafted{Name: d.Key, Use: d.Value})
	}
	for _, c := range v.Calls {
		out.Calls = append(out.Calls, world.Calls{DaysAgo: int(c.DaysAgo), Edge: c.Edge, Code: int(c.Code), Calls: c.Calls, Micros: c.Micros})
	}
	for _, c := range v.Configurations {
		out.Configurations = append(out.Configurations, world.Configuration{Key: c.Key, Configuration: c.Value.world()})
	}
	return out
}

func (v configuration) world() prokura.Configuration {
	out := prokura.Configuration{ID: prokura.ID(v.ID), Name: v.Name, Variation: v.Variation, TokenType: prokura.TokenType(v.TokenType),
		ExpiresInDays: int(v.Expires), Permissions: typed[prokura.Permission](v.Permissions)}
	if out.Variation == "" {
		out.Variation = "general"
	}
	for _, a := range v.Assets {
		out.Assets = append(out.Assets, prokura.ConfigurationAsset{Kind: prokura.AssetKind(a.Key), Tasks: typed[prokura.Task](a.Value.Tasks), Required: a.Value.Required})
	}
	return out
}

func tasks(list rows[[]string]) []world.Tasks {
	var out []world.Tasks
	for _, t := range list {
		out = append(out, world.Tasks{Key: t.Key, Tasks: typed[prokura.Task](t.Value)})
	}
	return out
}

func typed[T ~string](list []string) []T {
	var out []T
	for _, s := range list {
		out = append(out, T(s))
	}
	return out
}
