package prokura

// Level is an app's Marketing API access level. Levels are taken in order
// (R-LEVEL-01).
type Level string

// Marketing API levels.
const (
	LevelDevelopment Level = "development"
	LevelBasic       Level = "basic"
	LevelStandard    Level = "standard"
)

var levelRank = map[Level]int{LevelDevelopment: 0, LevelBasic: 1, LevelStandard: 2}

// AtLeast orders levels. The empty level counts as development.
func (l Level) AtLeast(need Level) bool { return levelRank[l] >= levelRank[need] }

// ValidLevel reports whether l names a level.
func ValidLevel(l Level) bool { _, ok := levelRank[l]; return ok }

// Name is the level in words: an app without one is at development level.
func (l Level) Name() string {
	if l == "" {
		return string(LevelDevelopment)
	}
	return string(l)
}
