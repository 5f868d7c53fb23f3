# Reads `go test -v` of several packages and prints what a person wants of it: one line for a package that passed, all of
# its output for one that failed, one line for each test that was skipped. Skips are also appended to the file `skips`.

# go test prints the packages one after the other, each ending in one of these lines.
/^(ok|FAIL|\?)[ ]*\t/ || /^ok  / {
  if ($1 == "FAIL") for (i = 1; i <= n; i++) print line[i]
  print
  for (i = 1; i <= s; i++) {
    print "    SKIP " skipped[i]
    print $2 ": " skipped[i] >> skips
  }
  n = s = 0
  delete why
  fflush()
  next
}

{ line[++n] = $0 }

# The reason stands on the line before, as file.go:12: reason.
/^ *--- SKIP: / {
  name = $3
  reason = n > 1 ? line[n - 1] : ""
  if (reason !~ /_test\.go:[0-9]+: /) reason = why[name]
  sub(/^ *[^ ]*_test\.go:[0-9]+: /, "", reason)
  skipped[++s] = name (reason == "" ? "" : ": " reason)
}

# With parallel or nested tests the reason stands under the name instead.
/^=== (RUN|NAME|CONT) / { current = $3 }
/^ +[^ ]*_test\.go:[0-9]+: / { why[current] = $0 }

# What is left without a closing line: go test itself failed.
END { for (i = 1; i <= n; i++) if (line[i] != "FAIL") print line[i] }
