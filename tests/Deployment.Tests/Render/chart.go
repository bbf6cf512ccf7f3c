package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"

	"github.com/Masterminds/semver"
	"github.com/xeipuuv/gojsonschema"
	"sigs.k8s.io/yaml"
)

// chart is a chart's folder as it was read.
type chart struct {
	metadata  map[string]interface{}
	values    map[string]interface{}
	schema    []byte
	templates map[string]string
	files     files
}

func load(folder string) (*chart, error) {
	c := &chart{templates: map[string]string{}, files: files{}}
	err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}

		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}

		relative, err := filepath.Rel(folder, name)
		if err != nil {
			return err
		}

		switch relative = filepath.ToSlash(relative); {
		case relative == "Chart.yaml":
			return yaml.UnmarshalStrict(content, &c.metadata)
		case relative == "values.yaml":
			return yaml.UnmarshalStrict(content, &c.values)
		case relative == "values.schema.json":
			c.schema = content
		case strings.HasPrefix(relative, "templates/"):
			c.templates[relative] = string(content)
		default:
			c.files[relative] = content
		}

		return nil
	})
	if err != nil {
		return nil, err
	}

	if c.metadata["name"] == nil {
		return nil, fmt.Errorf("%s has no Chart.yaml with a name", folder)
	}

	// Helm's templates see the metadata as its Go type, with a capital at each name.
	titled := map[string]interface{}{}
	for key, value := range c.metadata {
		titled[strings.ToUpper(key[:1])+key[1:]] = value
	}

	c.metadata = titled
	return c, nil
}

// coalesce lays values over defaults: maps are merged, everything else replaced, and null takes a default away.
func coalesce(values, defaults map[string]interface{}) map[string]interface{} {
	merged := map[string]interface{}{}
	for key, value := range defaults {
		merged[key] = value
	}

	for key, value := range values {
		inner, isMap := value.(map[string]interface{})
		below, wasMap := merged[key].(map[string]interface{})
		switch {
		case value == nil:
			delete(merged, key)
		case isMap && wasMap:
			merged[key] = coalesce(inner, below)
		default:
			merged[key] = value
		}
	}

	return merged
}

// validate holds values against values.schema.json.
func (c *chart) validate(values map[string]interface{}) error {
	if c.schema == nil {
		return nil
	}

	result, err := gojsonschema.Validate(gojsonschema.NewBytesLoader(c.schema), gojsonschema.NewGoLoader(values))
	if err != nil {
		return err
	}

	if result.Valid() {
		return nil
	}

	var found bytes.Buffer
	fmt.Fprintf(&found, "values don't meet the specifications of the schema(s) in the following chart(s):\n%s:\n", c.metadata["Name"])
	for _, problem := range result.Errors() {
		fmt.Fprintf(&found, "- %s\n", problem)
	}

	return errors.New(found.String())
}

func render(release, folder, namespace, kubeVersion, objectFile string, valueFiles, apis []string) (manifests, notes string, err error) {
	c, err := load(folder)
	if err != nil {
		return "", "", err
	}

	version, err := semver.NewVersion(kubeVersion)
	if err != nil {
		return "", "", err
	}

	if needed, has := c.metadata["KubeVersion"].(string); has {
		constraint, err := semver.NewConstraint(needed)
		if err != nil {
			return "", "", err
		}

		if !constraint.Check(version) {
			return "", "", fmt.Errorf("chart requires kubeVersion: %s which is incompatible with Kubernetes v%s", needed, version)
		}
	}

	values := c.values
	for _, name := range valueFiles {
		content, err := os.ReadFile(name)
		if err != nil {
			return "", "", err
		}

		var more map[string]interface{}
		if err := yaml.Unmarshal(content, &more); err != nil {
			return "", "", fmt.Errorf("failed to parse %s: %w", name, err)
		}

		values = coalesce(more, values)
	}

	if err := c.validate(values); err != nil {
		return "", "", err
	}

	scope := map[string]interface{}{
		"Values": values,
		"Chart":  c.metadata,
		"Files":  c.files,
		"Release": map[string]interface{}{
			"Name": release, "Namespace": namespace, "Service": "Helm", "IsInstall": true, "IsUpgrade": false, "Revision": 1,
		},
		"Capabilities": map[string]interface{}{
			"KubeVersion": kube{
				Version: "v" + version.String(),
				Major:   fmt.Sprint(version.Major()),
				Minor:   fmt.Sprint(version.Minor()),
			},
			"APIVersions": versions(append([]string{"v1", "apps/v1", "autoscaling/v2", "networking.k8s.io/v1", "policy/v1", "rbac.authorization.k8s.io/v1"}, apis...)),
		},
	}

	found, err := readObjects(objectFile)
	if err != nil {
		return "", "", err
	}

	return c.execute(scope, found)
}

// readObjects reads objects of a cluster; no file: it has none.
func readObjects(name string) ([]map[string]interface{}, error) {
	if name == "" {
		return nil, nil
	}

	content, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}

	var found []map[string]interface{}
	return found, yaml.Unmarshal(content, &found)
}

// kube is .Capabilities.KubeVersion.
type kube struct{ Version, Major, Minor string }

// GitVersion is its older name.
func (k kube) GitVersion() string { return k.Version }

func (k kube) String() string { return k.Version }

// versions is .Capabilities.APIVersions.
type versions []string

// Has says whether Kubernetes has an API.
func (v versions) Has(api string) bool {
	for _, known := range v {
		if known == api {
			return true
		}
	}

	return false
}

// files is .Files: what is in the chart beside its templates.
type files map[string][]byte

// Get is a file's text; none: it is not there.
func (f files) Get(name string) string { return string(f[name]) }

// GetBytes is a file's content.
func (f files) GetBytes(name string) []byte { return f[name] }

// Lines is a file's text, line by line.
func (f files) Lines(name string) []string {
	return strings.Split(strings.TrimSuffix(f.Get(name), "\n"), "\n")
}

// Glob is those files whose path matches.
func (f files) Glob(pattern string) files {
	found := files{}
	for name, content := range f {
		if matches, _ := path.Match(pattern, name); matches {
			found[name] = content
		}
	}

	return found
}

// AsConfig is the files as a ConfigMap has them.
func (f files) AsConfig() string {
	texts := map[string]string{}
	for name, content := range f {
		texts[path.Base(name)] = string(content)
	}

	return toYAML(texts)
}

// AsSecrets is the files as a Secret has them.
func (f files) AsSecrets() string {
	contents := map[string][]byte{}
	for name, content := range f {
		contents[path.Base(name)] = content
	}

	return toYAML(contents)
}

func sorted(templates map[string]string) []string {
	names := make([]string, 0, len(templates))
	for name := range templates {
		names = append(names, name)
	}

	sort.Strings(names)
	return names
}
