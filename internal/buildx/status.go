package buildx

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"
)

// Status is what BuildKit says at one moment of a build: a line of --progress=rawjson.
type Status struct {
	Vertexes []Vertex
	Statuses []Progress
	Logs     []Log
	Warnings []Warning
}

// Vertex is a step of a build, as far as it is at that moment.
type Vertex struct {
	Digest    string
	Inputs    []string // digests of the steps whose results it uses
	Name      string
	Started   *time.Time
	Completed *time.Time
	Cached    bool
	Error     string
}

// Progress is how far a step is with a part of its work, such as a download.
type Progress struct {
	ID        string
	Vertex    string
	Name      string
	Current   int64
	Total     int64
	Timestamp time.Time
	Started   *time.Time
	Completed *time.Time
}

// Log is what a step has printed. It may begin and end within a line.
type Log struct {
	Vertex    string
	Stream    int // 1 is standard output, 2 standard error
	Data      []byte
	Timestamp time.Time
}

// Warning is what BuildKit has against a step.
type Warning struct {
	Vertex string
	Short  []byte
}

// Scan reads what buildx prints with --progress=rawjson, whole or as it comes. It calls
// status for each report, and other for each line that is none, such as an error message.
func Scan(r io.Reader, status func(Status), other func(line string)) error {
	lines := bufio.NewReader(r) // not a Scanner: a report may be a line of megabytes
	for {
		line, err := lines.ReadBytes('\n')
		if text := strings.TrimRight(string(line), "\r\n"); text != "" {
			var s Status
			if line[0] == '{' && json.Unmarshal(line, &s) == nil {
				status(s)
			} else {
				other(text)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
