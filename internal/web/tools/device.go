package tools

import (
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/login"
	"github.com/prokura/prokura/internal/web/kit"
)

const devicePath = "/device"

var deviceRoutes = []kit.Route{
	{Pattern: "GET " + devicePath, Serve: device, Nobody: true},
	{Pattern: "POST " + devicePath, Serve: enterDevice, Nobody: true},
	{Pattern: "GET " + devicePath + "/done", Serve: deviceDone, Nobody: true},
}

const problemDevice = "problem.device"

// DevicePage answers GET and POST /device, for everybody.
//
// Fields: user_code.
type DevicePage struct {
	kit.Base
	UserCode string
}

func (*DevicePage) TemplateName() string { return "tools/device" }

// DeviceDonePage answers GET /device/done, where the dialog of a device ends.
type DeviceDonePage struct{ kit.Base }

func (*DeviceDonePage) TemplateName() string { return "tools/device_done" }

func device(q *kit.Request) error { return q.Show(&DevicePage{Base: q.Base()}) }

func deviceDone(q *kit.Request) error { return q.Show(&DeviceDonePage{q.Base()}) }

// enterDevice leads to the dialog of the device whose code was typed.
func enterDevice(q *kit.Request) error {
	handle, err := login.EnterDevice(q.Context(), q.Registry, q.Text("user_code"))
	if err == nil {
		return q.Redirect("/consent/" + handle)
	}
	if errors.Is(err, prokura.NotFound) {
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(problemDevice)).WithField("user_code")
	}
	return q.Correct(&DevicePage{Base: q.Base(), UserCode: q.Text("user_code")}, err)
}
