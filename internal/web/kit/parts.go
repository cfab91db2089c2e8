package kit

// TaskField starts the names of the fields with the tasks of one kind.
const TaskField = "task."

// TaskChoice is one task of a kind.
type TaskChoice struct {
	Task    string
	Title   string
	Checked bool
}

// HiddenField is a field of a form that nobody sees.
type HiddenField struct{ Name, Value string }

// AssetHead names an asset.
type AssetHead struct {
	ID    string
	Name  string
	Kind  string
	Title string // of the kind, singular
}

// Icon names the drawing of the kind.
func (a AssetHead) Icon() string { return KindIcon(a.Kind) }

// WorkView is what somebody works on, of one kind of asset.
type WorkView struct {
	Kind   string
	Title  string
	Assets []WorkRow
}

// Icon names the drawing of the kind.
func (v WorkView) Icon() string { return KindIcon(v.Kind) }

// WorkRow is one asset with the tasks on it.
type WorkRow struct {
	AssetView
	Tasks  []string // in plain words
	Shared bool     // another business's, shared with this one
}

// Dialog is the frame of every step of a pending login: who asks, who answers
// and where it will lead. All steps answer GET /consent/{id}; the pending
// login's Next decides which one. Every step holds two forms without other
// fields: POST /consent/{id}/cancel ends the login and sends access_denied to
// the app (R-LOGIN-13); POST /consent/{id}/switch ends the session and shows
// the login step again, for whoever finds another name at the top (T10).
type Dialog struct {
	LoginID      string  // of the pending login
	App          AppView // who asks
	Origin       string  // of the redirect URI, where a browser can go on from here; "" for a popup or another scheme
	Device       bool    // it is for a device without a browser, which goes on by itself
	Explorer     bool    // it is for the API explorer, which goes on with the token
	RedirectHost string  // host of the validated redirect URI, as shown; "" for a JS SDK popup
	Forms        string  // what form-action allows beside this server, for the way back to the app; "" for nothing
	Steps        []StepView
}

func (d *Dialog) Window() (forms string, popup bool) {
	if d == nil {
		return "", false
	}
	return d.Forms, true
}

// StepView is one entry of the dialog's progress line.
type StepView struct {
	Key  string // "account", "business", "assets" or "review"
	Done bool
	Here bool
}

// KindChoice is one asset kind of the form.
type KindChoice struct {
	Kind     string
	Title    string // plural
	Checked  bool
	Required bool
	Tasks    []TaskChoice
}

// Field is the name of the field with the kind's tasks.
func (k KindChoice) Field() string { return TaskField + k.Kind }

// Icon names the drawing of the kind.
func (k KindChoice) Icon() string { return KindIcon(k.Kind) }
