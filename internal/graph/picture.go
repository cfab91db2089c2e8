package graph

import (
	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/picture"
	"github.com/prokura/prokura/internal/graph/wire"
)

// imageSizes are sizes of pictures in pixels, both ways.
var imageSizes = map[string]int64{"": picture.Default, "square": picture.Default, "small": picture.Default, "album": picture.Default, "normal": 100, "large": 200}

// picture serves {node}/picture: it leads to the image, or with redirect=false
// tells where it is.
func (g *graph) picture(c *wire.Call, w *wire.Writer) error {
	stay := false
	if c.Params.Has("redirect") {
		follow, err := c.Params.Bool("redirect")
		if err != nil {
			return err
		}
		stay = !follow
	}
	width, height, err := imageSize(c)
	if err != nil {
		return err
	}
	if !stay {
		c.Redirect(picture.URL(c.BaseURL(), c.ID, width, height))
	}
	return putPicture(c, w, c.ID)
}

// putPicture writes a picture as an object. Nodes have no pictures of their
// own: all of them are silhouettes.
func putPicture(c *wire.Call, w *wire.Writer, id prokura.ID) error {
	width, height, err := imageSize(c)
	if err != nil {
		return err
	}
	w.Open('{').Key("data").Open('{')
	w.Key("height").Int(height)
	w.Key("is_silhouette").Bool(true)
	w.Key("url").String(picture.URL(c.BaseURL(), id, width, height))
	w.Key("width").Int(width)
	w.Close('}').Close('}')
	return nil
}

// imageSize reads type, width and height; a side that is not said is as long
// as the other one.
func imageSize(c *wire.Call) (width, height int64, err error) {
	kind, err := c.Params.OneOf("type", "small", "normal", "album", "large", "square")
	if err != nil {
		return 0, 0, err
	}
	if width, err = c.Params.Int("width", 0); err != nil {
		return 0, 0, err
	}
	if height, err = c.Params.Int("height", 0); err != nil {
		return 0, 0, err
	}
	if width <= 0 {
		width = height
	}
	if width <= 0 {
		width = imageSizes[kind]
	}
	if height <= 0 {
		height = width
	}
	return picture.Side(width), picture.Side(height), nil
}
