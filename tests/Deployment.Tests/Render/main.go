// Renders a chart as helm does, for machines that have no helm but Go with Sprig, the library of functions that helm's templates are written with:
//
//	render template RELEASE CHART [--namespace N] [--values FILE] [--kube-version V] [--api-versions A]... [--notes] [--objects FILE]
//
// The command line, the output and the refusals are helm's own, as far as the tests go: one may stand for the other. Two things helm does by other means:
// --notes prints NOTES.txt alone, and --objects has the objects that the cluster has, for lookup.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
)

type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(value string) error {
	*l = append(*l, value)
	return nil
}

func main() {
	if len(os.Args) < 4 || os.Args[1] != "template" {
		fmt.Fprintln(os.Stderr, "usage: render template RELEASE CHART [--namespace N] [--values FILE] [--kube-version V] [--api-versions A]... [--notes] [--objects FILE]")
		os.Exit(2)
	}

	var apis, values list
	flags := flag.NewFlagSet("template", flag.ExitOnError)
	namespace := flags.String("namespace", "default", "the release's namespace")
	kubeVersion := flags.String("kube-version", "v1.34.0", "the version of Kubernetes")
	notes := flags.Bool("notes", false, "print NOTES.txt alone")
	objects := flags.String("objects", "", "a file with the objects that the cluster has")
	flags.Var(&values, "values", "a file of values; the last wins")
	flags.Var(&apis, "api-versions", "a further API that Kubernetes has")
	flags.Parse(os.Args[4:])

	manifests, text, err := render(os.Args[2], os.Args[3], *namespace, *kubeVersion, *objects, values, apis)
	if err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}

	if *notes {
		fmt.Print(text)
	} else {
		fmt.Print(manifests)
	}
}
