package store

import "github.com/prokura/prokura"

// SignUp is an account that somebody asked for and whose address is still to be
// proven: a browser's, by the hash of its secret. Nothing else refers to it.
type SignUp struct {
	Key      string
	Email    string // normal form
	Name     string
	Password string          // PHC string
	Code     string          // keyed hash of the code that was mailed last
	Mailed   prokura.Instant // when that was
	Expires  prokura.Instant
}

const signUpColumns = `key, email, name, password, code, mailed, expires`

// SetSignUp saves one, new or changed.
func (t *Beside) SetSignUp(s SignUp) error {
	return t.do("save sign-up", `INSERT INTO sign_up (`+signUpColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (key) DO UPDATE SET email = excluded.email, name = excluded.name, password = excluded.password, code = excluded.code,
			mailed = excluded.mailed, expires = excluded.expires`, s.Key, s.Email, s.Name, s.Password, s.Code, s.Mailed, s.Expires)
}

// SignUp finds one that has not run out of time.
func (t *View) SignUp(key string, now prokura.Instant) (SignUp, error) {
	return one(t, "find sign-up", func(r scanner) (s SignUp, err error) {
		err = r.Scan(&s.Key, &s.Email, &s.Name, &s.Password, &s.Code, &s.Mailed, &s.Expires)
		return s, err
	}, `SELECT `+signUpColumns+` FROM sign_up WHERE key = $1 AND expires > $2`, key, now)
}

// EndSignUp forgets one.
func (t *Beside) EndSignUp(key string) error {
	return t.do("end sign-up", `DELETE FROM sign_up WHERE key = $1`, key)
}

// EndSignUps forgets all for an address.
func (t *Beside) EndSignUps(email string) error {
	return t.do("end sign-ups", `DELETE FROM sign_up WHERE email = $1`, email)
}
