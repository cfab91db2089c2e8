package kit

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/prokura/prokura"
)

// Files of people are read as they arrive, so that a large one takes no memory and
// none touches the disk. A form with files has the fields first, so that who sends it
// is known before the first byte of a file is read, and the files last.
const (
	// maxFiles bounds the body: what fits into a place, with the fields and what
	// stands around the files. What says of itself that it is longer is not read.
	maxFiles = prokura.MaxFiles + maxForm
	// uploadTime is how long a form with files may take, and uploadPause how long
	// nothing may come of it, or go of what is sent.
	uploadTime  = 15 * time.Minute
	uploadPause = 30 * time.Second
	// fieldCost is what each field counts for beside its bytes, so that very many
	// empty ones are too many.
	fieldCost = 256
)

// FileField is the name of the field with files.
const FileField = "file"

// readFields reads a form up to its first file.
func (q *Request) readFields() error {
	tooLarge := prokura.Errorf(prokura.TooLarge, "All files together have at most %d MiB.", prokura.MaxFiles>>20)
	if q.R.ContentLength > maxFiles {
		return tooLarge
	}
	q.R.Body = http.MaxBytesReader(q.W, q.R.Body, maxFiles)
	parts, err := q.R.MultipartReader()
	if err != nil {
		return prokura.Errorf(prokura.InvalidParameter, "The form cannot be read.").WithCause(err)
	}
	q.R.PostForm = url.Values{}
	left := int64(maxForm)
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return unread(err)
		}
		if isFile(part) {
			q.file = part
			break
		}
		text, err := io.ReadAll(io.LimitReader(part, left+1))
		if err != nil {
			return unread(err)
		}
		if left -= int64(len(text)) + int64(len(part.FormName())) + fieldCost; left < 0 {
			return prokura.Errorf(prokura.TooLarge, "The fields of the form are larger than %d KiB.", maxForm>>10)
		}
		q.R.PostForm.Add(part.FormName(), string(text))
	}
	q.files = parts
	q.R.Form = q.R.PostForm
	return q.checkSingle()
}

// isFile reports whether a part is a file, also when nobody chose one.
func isFile(part *multipart.Part) bool {
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	_, named := params["filename"]
	return err == nil && named
}

// unread is the error for a body that did not come as announced.
func unread(err error) error {
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return prokura.Errorf(prokura.TooLarge, "All files together have at most %d MiB.", prokura.MaxFiles>>20).WithField(FileField)
	}
	return prokura.Errorf(prokura.InvalidParameter, "The form cannot be read.").WithCause(err).WithField(FileField)
}

// EachFile calls do with each file of the form, in their order, with what its sender
// calls it. What do leaves unread is skipped. A form without a file is an error about
// the field [FileField], and so is what do answers about none.
func (q *Request) EachFile(do func(name string, content io.Reader) error) error {
	some := false
	for part := q.file; q.files != nil; {
		if part != nil && part.FileName() != "" {
			some = true
			if err := do(ValidText(part.FileName()), &slowReader{q, part}); err != nil {
				return err
			}
		}
		var err error
		if part, err = q.files.NextPart(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return unread(err)
		}
		if !isFile(part) {
			return prokura.Errorf(prokura.InvalidParameter, "The form has a field behind its files.").WithField(FileField)
		}
	}
	if !some {
		return prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(ProblemFileMissing)).WithField(FileField)
	}
	return nil
}

// patience gives the request the time that files take, and the connection as much as
// it goes on with. The function that it returns ends it.
func (q *Request) patience() (end func()) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(q.R.Context()), uploadTime)
	q.R = q.R.WithContext(ctx)
	q.goOn()
	return cancel
}

// goOn says that the connection is not forgotten, for as long as files may take. Not
// every one can be told.
func (q *Request) goOn() {
	c, until := http.NewResponseController(q.W), time.Now().Add(uploadPause)
	if end, ok := q.R.Context().Deadline(); ok && until.After(end) {
		until = end
	}
	_ = c.SetReadDeadline(until)
	_ = c.SetWriteDeadline(until.Add(uploadPause)) // for the answer, too
}

// slowReader reads from the connection as long as something comes.
type slowReader struct {
	q *Request
	r io.Reader
}

func (s *slowReader) Read(b []byte) (int, error) {
	s.q.goOn()
	n, err := s.r.Read(b)
	if err == nil || errors.Is(err, io.EOF) {
		return n, err
	}
	return n, unread(err)
}

// SendFile answers with a file that people handed in, for saving: browsers show
// nothing of it, and run nothing of it (T61). send writes its content. When it fails
// after it began, the connection is cut, so that half a file does not look whole.
func (q *Request) SendFile(f prokura.File, send func(ctx context.Context, w io.Writer) error) error {
	defer q.patience()()
	h := q.W.Header()
	out := &fileWriter{q: q, begin: func() {
		h.Set("Content-Type", f.Type)
		h.Set("Content-Length", strconv.FormatInt(f.Size, 10))
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
		h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
		q.W.WriteHeader(http.StatusOK)
	}}
	err := send(q.R.Context(), out)
	if err != nil && out.begin == nil {
		q.Log.WarnContext(q.Context(), "a file was cut off", "trace", q.Trace, "error", err)
		panic(http.ErrAbortHandler)
	}
	return err
}

// fileWriter begins the answer with the first piece.
type fileWriter struct {
	q     *Request
	begin func()
}

func (w *fileWriter) Write(b []byte) (int, error) {
	if w.begin != nil {
		w.begin()
		w.begin = nil
	}
	w.q.goOn()
	return w.q.W.Write(b)
}

// FileForm is a form by which files are handed in: fields that nobody sees, the files,
// and a button. Templates draw it by {{template "file-form" (files . .Form)}}.
type FileForm struct {
	Action string
	Label  string
	Button string
	Hidden []HiddenField
}

// fileFormView is such a form on its page.
type fileFormView struct {
	FileForm
	CSRF, Error string
}

func newFileForm(p Page, f FileForm) fileFormView {
	return fileFormView{f, p.base().CSRF, p.base().Problem(FileField)}
}

// Accept names what is taken, for the browser's choice of files.
func (FileForm) Accept() string {
	var ends []string
	for _, t := range prokura.FileTypes {
		ends = append(ends, t.Type, t.Ends)
	}
	return strings.Join(ends, ",")
}

// FileRow is a file in a list, which templates draw by {{template "file-row" .}}.
type FileRow struct {
	ID   string
	Name string
	Size string // in words
	Type string // likewise
	At   time.Time
	Link string // where it is saved from; "": not by the reader
	Drop string // where the form goes that removes it; "": not by the reader
	CSRF string // of that form
}

// FileOf puts a file into a list of the page.
func (q *Request) FileOf(f prokura.File, link, drop string) FileRow {
	return FileRow{ID: f.ID.String(), Name: f.Name, Size: SizeText(f.Size), Type: fileTypeName(f.Type), At: Moment(f.Created), Link: link, Drop: drop, CSRF: q.formToken()}
}

func fileTypeName(of string) string {
	for _, t := range prokura.FileTypes {
		if t.Type == of {
			return t.Name
		}
	}
	return of
}

// SizeText is a size in bytes in words: "87 KiB", rounded up.
func SizeText(n int64) string {
	if n < 1<<20 {
		return strconv.FormatInt((n+1<<10-1)>>10, 10) + " KiB"
	}
	return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + " MiB"
}
