package store

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unsafe"

	"modernc.org/libc"
	_ "modernc.org/sqlite" // mends its library where pages of memory are larger
	lib "modernc.org/sqlite/lib"
)

// sqliteConn is a connection to a database file, by SQLite's own functions. The
// driver for database/sql that stands on the same library takes as long for a
// statement as SQLite itself: it looks up the names and types of columns each time,
// puts each value into an interface, and starts a goroutine for each statement that
// may be interrupted.
//
// One goroutine uses it at a time, for one statement at a time.
type sqliteConn struct {
	tls  *libc.TLS
	db   uintptr
	kept map[string]*sqliteStmt // compiled, by their text; SQLite compiles them anew when the schema has changed

	buffer uintptr // that values are handed over in
	size   int

	ctx   context.Context // of the statement that runs
	asks  func(*libc.TLS, uintptr) int32
	words map[string]string // texts that recur, such as kinds and modes
}

// sqliteStmt is a compiled statement.
type sqliteStmt struct {
	at    uintptr
	takes []int // which of the values each parameter is: $2 may come before $1, and twice
}

// sqliteError is an answer of SQLite, with its extended code.
type sqliteError struct {
	code int
	text string
}

func (e *sqliteError) Error() string { return fmt.Sprintf("%s (%d)", e.text, e.code) }

// Code is what SQLite calls the extended result code.
func (e *sqliteError) Code() int { return e.code }

// isSQLite reports whether an error is an answer of SQLite with one of some codes:
// primary ones of eight bits, or extended ones.
func isSQLite(err error, codes ...int) bool {
	e, ok := errors.AsType[interface {
		error
		Code() int
	}](err)
	if ok {
		for _, c := range codes {
			if e.Code() == c || e.Code()&0xff == c {
				return true
			}
		}
	}
	return false
}

const (
	// mostKept bounds the statements that a connection keeps: texts of lists depend
	// on what is asked for.
	mostKept = 300
	// mostWords bounds the texts that it keeps, and longestWord each of them.
	mostWords, longestWord = 256, 32
	// askedEach is how many steps of its program a statement makes, some
	// milliseconds, before it looks whether anybody still waits for it.
	askedEach = 50_000
	// copied says that SQLite takes a copy of a value.
	copied = ^uintptr(0)
)

// openSQLiteConn opens a file by its URI and runs statements that set it up.
func openSQLiteConn(uri string, setup []string) (_ *sqliteConn, err error) {
	c := &sqliteConn{tls: libc.NewTLS(), kept: map[string]*sqliteStmt{}, words: map[string]string{}, ctx: context.Background()}
	defer func() {
		if err != nil {
			c.Close()
		}
	}()
	const flags = lib.SQLITE_OPEN_READWRITE | lib.SQLITE_OPEN_CREATE | lib.SQLITE_OPEN_NOMUTEX | lib.SQLITE_OPEN_URI
	name, db := c.text(uri+"\x00"), c.word()
	defer lib.Xsqlite3_free(c.tls, db)
	rc := lib.Xsqlite3_open_v2(c.tls, name, db, flags, 0)
	c.db = libc.AtomicLoadPUintptr(db)
	if rc != lib.SQLITE_OK {
		return nil, c.failed(rc)
	}
	lib.Xsqlite3_extended_result_codes(c.tls, c.db, 1)
	for _, text := range setup {
		if _, err := c.exec(c.ctx, text, nil); err != nil {
			return nil, err
		}
	}
	c.asks = func(*libc.TLS, uintptr) int32 {
		if c.ctx.Err() != nil {
			return 1
		}
		return 0
	}
	// A function of Go is called by C through the pointer that its value is.
	lib.Xsqlite3_progress_handler(c.tls, c.db, askedEach, *(*uintptr)(unsafe.Pointer(&c.asks)), 0)
	return c, nil
}

// Close closes the connection with its statements.
func (c *sqliteConn) Close() error {
	for text, s := range c.kept {
		lib.Xsqlite3_finalize(c.tls, s.at)
		delete(c.kept, text)
	}
	rc := int32(lib.SQLITE_OK)
	if c.db != 0 {
		rc = lib.Xsqlite3_close_v2(c.tls, c.db)
		c.db = 0
	}
	lib.Xsqlite3_free(c.tls, c.buffer)
	c.buffer, c.size = 0, 0
	c.tls.Close()
	if rc != lib.SQLITE_OK {
		return &sqliteError{int(rc), "close"}
	}
	return nil
}

// word is room for a pointer.
func (c *sqliteConn) word() uintptr { return lib.Xsqlite3_malloc64(c.tls, 8) }

// text is a copy of bytes where SQLite can read it, until the next one.
func (c *sqliteConn) text(b string) uintptr {
	if c.buffer == 0 || len(b) > c.size {
		lib.Xsqlite3_free(c.tls, c.buffer)
		c.size = max(len(b), 512)
		if c.buffer = lib.Xsqlite3_malloc64(c.tls, uint64(c.size)); c.buffer == 0 {
			panic("store: out of memory")
		}
	}
	copy(libc.GoBytes(c.buffer, c.size), b)
	return c.buffer
}

// failed is the error of a result code.
func (c *sqliteConn) failed(rc int32) error {
	if rc&0xff == lib.SQLITE_INTERRUPT && c.ctx.Err() != nil {
		return c.ctx.Err()
	}
	e := &sqliteError{int(rc), "out of memory"}
	if c.db != 0 {
		e.text = libc.GoString(lib.Xsqlite3_errmsg(c.tls, c.db))
	}
	return e
}

// limits are the bounds of a list that are a parameter. SQLite looks at their values
// for its plan, so it compiles the statement anew each time that one is bound; it
// does not look behind an expression.
var limits = regexp.MustCompile(`(\bLIMIT |\bOFFSET )(\$[0-9]+)`)

// numbered writes the parameters $1, $2, … of a statement without their names, and
// says which value each takes, counted from 0. SQLite goes through all names so far
// for each one that it meets: a thousand rows at once would take it longer to read
// than to write.
func numbered(query string) (text string, takes []int) {
	var out strings.Builder
	number := map[string]int{}
	quoted, begun := byte(0), 0
	for i := 0; i < len(query); i++ {
		switch b := query[i]; {
		case quoted != 0:
			if b == quoted {
				quoted = 0
			}
		case b == '\'' || b == '"':
			quoted = b
		case b == '$':
			end := i + 1
			for end < len(query) && '0' <= query[end] && query[end] <= '9' {
				end++
			}
			if end == i+1 {
				continue // SQLite refuses it
			}
			out.WriteString(query[begun:i])
			out.WriteByte('?')
			name := query[i+1 : end]
			if n := number[name]; n > 0 {
				out.WriteString(strconv.Itoa(n))
			} else {
				which, _ := strconv.Atoi(name)
				takes = append(takes, which-1)
				number[name] = len(takes)
			}
			begun, i = end, end-1
		}
	}
	out.WriteString(query[begun:])
	return out.String(), takes
}

// prepared is a statement that is compiled once.
func (c *sqliteConn) prepared(query string) (*sqliteStmt, error) {
	if s, ok := c.kept[query]; ok {
		return s, nil
	}
	bounded := query
	if strings.Contains(query, "LIMIT $") || strings.Contains(query, "OFFSET $") { // most have none, and some are long
		bounded = limits.ReplaceAllString(query, `${1}CAST($2 AS INTEGER)`)
	}
	text, takes := numbered(bounded)
	s, rest, err := c.compile(text)
	if err == nil && (s.at == 0 || rest != "" || len(s.takes) != len(takes)) {
		lib.Xsqlite3_finalize(c.tls, s.at)
		err = errors.New("not one statement")
	}
	if err != nil {
		return nil, err
	}
	s.takes = takes
	if len(c.kept) >= mostKept {
		for text, old := range c.kept { // any one
			lib.Xsqlite3_finalize(c.tls, old.at)
			delete(c.kept, text)
			break
		}
	}
	c.kept[query] = s
	return s, nil
}

// compile compiles the first statement of a text, and says what follows it.
func (c *sqliteConn) compile(text string) (s *sqliteStmt, rest string, err error) {
	begin, at := c.text(text+"\x00"), c.word()
	defer lib.Xsqlite3_free(c.tls, at)
	tail := c.word()
	defer lib.Xsqlite3_free(c.tls, tail)
	if rc := lib.Xsqlite3_prepare_v3(c.tls, c.db, begin, int32(len(text)+1), lib.SQLITE_PREPARE_PERSISTENT, at, tail); rc != lib.SQLITE_OK {
		return nil, "", c.failed(rc)
	}
	if s = (&sqliteStmt{at: libc.AtomicLoadPUintptr(at)}); s.at != 0 {
		s.takes = make([]int, lib.Xsqlite3_bind_parameter_count(c.tls, s.at))
	}
	return s, text[libc.AtomicLoadPUintptr(tail)-begin:], nil
}

// bind gives a statement its parameters, which are of few kinds ([driver.Value]
// without times).
func (c *sqliteConn) bind(s *sqliteStmt, args []any) error {
	for i, which := range s.takes {
		if which >= len(args) {
			return fmt.Errorf("%d values, and $%d is asked for", len(args), which+1)
		}
		n, rc := int32(i+1), int32(lib.SQLITE_OK)
		v, err := plain(args[which])
		if err != nil {
			return fmt.Errorf("parameter %d: %w", n, err)
		}
		switch v := v.(type) {
		case nil:
			rc = lib.Xsqlite3_bind_null(c.tls, s.at, n)
		case int64:
			rc = lib.Xsqlite3_bind_int64(c.tls, s.at, n, v)
		case bool:
			var number int64
			if v {
				number = 1
			}
			rc = lib.Xsqlite3_bind_int64(c.tls, s.at, n, number)
		case float64:
			rc = lib.Xsqlite3_bind_double(c.tls, s.at, n, v)
		case string:
			rc = lib.Xsqlite3_bind_text(c.tls, s.at, n, c.text(v), int32(len(v)), copied)
		case []byte:
			rc = lib.Xsqlite3_bind_blob(c.tls, s.at, n, c.text(unsafe.String(unsafe.SliceData(v), len(v))), int32(len(v)), copied)
		default:
			return fmt.Errorf("parameter %d is a %T", n, v)
		}
		if rc != lib.SQLITE_OK {
			return c.failed(rc)
		}
	}
	return nil
}

// begin has a statement run to its first row; found says whether there is one. The
// context is asked now and then. Whoever gets no error resets it.
func (c *sqliteConn) begin(ctx context.Context, s *sqliteStmt, args []any) (found bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if err := c.bind(s, args); err != nil {
		return false, err
	}
	c.ctx = ctx
	if found, err = c.step(s); err != nil {
		c.reset(s)
	}
	return found, err
}

func (c *sqliteConn) step(s *sqliteStmt) (found bool, err error) {
	switch rc := lib.Xsqlite3_step(c.tls, s.at); rc {
	case lib.SQLITE_ROW:
		return true, nil
	case lib.SQLITE_DONE:
		return false, nil
	default:
		return false, c.failed(rc)
	}
}

// reset ends a statement's run: with a lone one, its transaction. Values stay
// bound until others are, which costs memory if they are large.
func (c *sqliteConn) reset(s *sqliteStmt) {
	lib.Xsqlite3_reset(c.tls, s.at)
	if len(s.takes) > 0 {
		lib.Xsqlite3_clear_bindings(c.tls, s.at)
	}
	c.ctx = context.Background()
}

// exec runs a statement, and says how many rows it changed.
func (c *sqliteConn) exec(ctx context.Context, query string, args []any) (int64, error) {
	s, err := c.prepared(query)
	if err != nil {
		return 0, err
	}
	return c.run(ctx, s, args)
}

func (c *sqliteConn) run(ctx context.Context, s *sqliteStmt, args []any) (int64, error) {
	found, err := c.begin(ctx, s, args)
	if err != nil {
		return 0, err
	}
	defer c.reset(s)
	for found && err == nil { // what it returns nobody wants
		found, err = c.step(s)
	}
	if err != nil {
		return 0, err
	}
	return lib.Xsqlite3_changes64(c.tls, c.db), nil
}

// into puts a column of a statement's row where it is wanted.
func (c *sqliteConn) into(s *sqliteStmt, column int, to any) error {
	n := int32(column)
	switch kind := lib.Xsqlite3_column_type(c.tls, s.at, n); kind {
	case lib.SQLITE_INTEGER:
		return setInt(to, lib.Xsqlite3_column_int64(c.tls, s.at, n))
	case lib.SQLITE_TEXT:
		p := lib.Xsqlite3_column_text(c.tls, s.at, n)
		return setText(to, libc.GoBytes(p, int(lib.Xsqlite3_column_bytes(c.tls, s.at, n))), c.words)
	case lib.SQLITE_NULL:
		return setNull(to)
	case lib.SQLITE_BLOB:
		p := lib.Xsqlite3_column_blob(c.tls, s.at, n)
		return setBytes(to, append([]byte{}, libc.GoBytes(p, int(lib.Xsqlite3_column_bytes(c.tls, s.at, n)))...))
	default:
		return fmt.Errorf("a number with a fraction does not go into a %T", to)
	}
}

func (c *sqliteConn) columnName(s *sqliteStmt, column int) string {
	return libc.GoString(lib.Xsqlite3_column_name(c.tls, s.at, int32(column)))
}
