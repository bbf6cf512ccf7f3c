package main

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"sigs.k8s.io/yaml"
)

// deepest is how often a template may include itself before helm gives up.
const deepest = 1000

// execute renders all templates but the partial ones, whose names begin with an underscore.
func (c *chart) execute(scope map[string]interface{}, objects []map[string]interface{}) (manifests, notes string, err error) {
	set := template.New("chart").Option("missingkey=zero")
	set.Funcs(functions(set, map[string]int{}, objects))
	for _, name := range sorted(c.templates) {
		if _, err := set.New(c.path(name)).Parse(c.templates[name]); err != nil {
			return "", "", err
		}
	}

	var all strings.Builder
	for _, name := range sorted(c.templates) {
		if strings.HasPrefix(path.Base(name), "_") {
			continue
		}

		scope["Template"] = map[string]interface{}{"Name": c.path(name), "BasePath": c.path("templates")}
		var text strings.Builder
		if err := set.ExecuteTemplate(&text, c.path(name), scope); err != nil {
			return "", "", err
		}

		// What is not there is nothing, as in helm.
		rendered := strings.ReplaceAll(text.String(), "<no value>", "")
		switch {
		case path.Base(name) == "NOTES.txt":
			notes = rendered
		case strings.TrimSpace(rendered) != "":
			fmt.Fprintf(&all, "---\n# Source: %s\n%s\n", c.path(name), strings.TrimPrefix(strings.TrimSpace(rendered), "---\n"))
		}
	}

	return all.String(), notes, nil
}

func (c *chart) path(name string) string { return fmt.Sprintf("%s/%s", c.metadata["Name"], name) }

// functions are Sprig's, less those that read the machine, and what helm adds to them.
func functions(set *template.Template, depth map[string]int, objects []map[string]interface{}) template.FuncMap {
	all := sprig.TxtFuncMap()
	delete(all, "env")
	delete(all, "expandenv")

	all["include"] = func(name string, data interface{}) (string, error) {
		if depth[name]++; depth[name] > deepest {
			return "", fmt.Errorf("template %q includes itself without end", name)
		}

		defer func() { depth[name]-- }()
		var text strings.Builder
		err := set.ExecuteTemplate(&text, name, data)
		return text.String(), err
	}
	all["tpl"] = func(source string, data interface{}) (string, error) {
		inner, err := set.Clone()
		if err != nil {
			return "", err
		}

		// Its own include finds what it defines itself.
		inner.Funcs(functions(inner, depth, objects))
		if inner, err = inner.New("tpl").Parse(source); err != nil {
			return "", err
		}

		var text strings.Builder
		err = inner.Execute(&text, data)
		return strings.ReplaceAll(text.String(), "<no value>", ""), err
	}
	all["required"] = func(message string, value interface{}) (interface{}, error) {
		if value == nil || value == "" {
			return value, fmt.Errorf("%s", message)
		}

		return value, nil
	}
	all["lookup"] = func(version, kind, namespace, name string) map[string]interface{} {
		for _, object := range objects {
			metadata, _ := object["metadata"].(map[string]interface{})
			if object["apiVersion"] == version && object["kind"] == kind && metadata["namespace"] == namespace && metadata["name"] == name {
				return object
			}
		}

		// As with helm template, which has no cluster to look into.
		return map[string]interface{}{}
	}
	all["toYaml"] = toYAML
	all["fromYaml"] = func(text string) map[string]interface{} {
		read := map[string]interface{}{}
		if err := yaml.Unmarshal([]byte(text), &read); err != nil {
			read["Error"] = err.Error()
		}

		return read
	}
	all["fromYamlArray"] = func(text string) []interface{} {
		read := []interface{}{}
		if err := yaml.Unmarshal([]byte(text), &read); err != nil {
			read = []interface{}{err.Error()}
		}

		return read
	}
	all["toJson"] = func(value interface{}) string {
		text, err := json.Marshal(value)
		if err != nil {
			return ""
		}

		return string(text)
	}
	all["fromJson"] = func(text string) map[string]interface{} {
		read := map[string]interface{}{}
		if err := json.Unmarshal([]byte(text), &read); err != nil {
			read["Error"] = err.Error()
		}

		return read
	}
	all["fromJsonArray"] = func(text string) []interface{} {
		read := []interface{}{}
		if err := json.Unmarshal([]byte(text), &read); err != nil {
			read = []interface{}{err.Error()}
		}

		return read
	}
	return all
}

func toYAML(value interface{}) string {
	text, err := yaml.Marshal(value)
	if err != nil {
		return ""
	}

	return strings.TrimSuffix(string(text), "\n")
}
