package store

import "strings"

// reads reports whether a statement only reads: a SELECT, or a WITH that has no INSERT, UPDATE, DELETE, MERGE or REPLACE
// INTO in it. In doubt it says no, which costs a turn at the writer and no more.
func reads(query string) bool {
	s := scanner{rest: query}
	switch s.word() {
	case "SELECT":
		return true
	case "WITH":
		return !s.writes()
	default:
		return false
	}
}

// scanner walks the bare words of a statement, past comments and quoted text.
type scanner struct{ rest string }

// writes reports whether a word of writing follows.
func (s *scanner) writes() bool {
	for last := ""; ; {
		word := s.word()
		switch word {
		case "":
			return false
		case "INSERT", "UPDATE", "DELETE", "MERGE":
			return true
		case "INTO":
			if last == "REPLACE" { // replace(…) alone is a function
				return true
			}
		}
		last = word
	}
}

// word is the next bare word in upper case, or "" at the end.
func (s *scanner) word() string {
	for s.rest != "" {
		switch c := s.rest[0]; {
		case strings.HasPrefix(s.rest, "--"):
			s.skipTo("\n")
		case strings.HasPrefix(s.rest, "/*"):
			s.rest = s.rest[2:]
			s.skipTo("*/")
		case c == '\'' || c == '"' || c == '`':
			s.rest = s.rest[1:]
			s.skipTo(string(c)) // a doubled quote is two quoted texts side by side
		case c == '[':
			s.skipTo("]")
		case isWord(c):
			return s.take()
		default:
			s.rest = s.rest[1:]
		}
	}
	return ""
}

func (s *scanner) skipTo(end string) {
	_, s.rest, _ = strings.Cut(s.rest, end)
}

func (s *scanner) take() string {
	n := 1
	for n < len(s.rest) && isWord(s.rest[n]) {
		n++
	}
	word := s.rest[:n]
	s.rest = s.rest[n:]
	return strings.ToUpper(word)
}

func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
