// Reads Kubernetes manifests, YAML documents on standard input, and writes them as a JSON array. With the reader that
// Kubernetes and Helm themselves use: what they accept is accepted, and means the same.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"sigs.k8s.io/yaml"
)

func main() {
	if err := convert(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func convert(in io.Reader, out io.Writer) error {
	documents, err := split(in)
	if err != nil {
		return err
	}
	objects := []json.RawMessage{}
	var problems []error
	for _, document := range documents {
		object, err := yaml.YAMLToJSON(document.text)
		if err != nil {
			problems = append(problems, fmt.Errorf("document from line %d: %w", document.line, err))
		} else if string(object) != "null" {
			objects = append(objects, object)
		}
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(objects)
}

type document struct {
	// line is where the document begins, counted from 1.
	line int
	text []byte
}

// split takes a stream apart at its separators; what stands on the line of one belongs to the document that it begins.
func split(in io.Reader) ([]document, error) {
	lines := bufio.NewReader(in)
	documents := []document{{line: 1}}
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		if rest, found := bytes.CutPrefix(line, []byte("---")); found && (len(rest) == 0 || bytes.ContainsAny(rest[:1], " \t\r\n")) {
			documents = append(documents, document{line: number})
			line = rest
		}
		last := &documents[len(documents)-1]
		last.text = append(last.text, line...)
		if err == io.EOF {
			return documents, nil
		}
		if err != nil {
			return nil, err
		}
	}
}
