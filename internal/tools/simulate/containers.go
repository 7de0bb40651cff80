package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/inventory"
	"github.com/linux-from-docker/lfd/internal/plan"
	"github.com/linux-from-docker/lfd/internal/report"
	"github.com/linux-from-docker/lfd/internal/svg"
)

// image is the container image that the parts are those of: the largest.
const image = "lfs"

// owners returns the packages whose files are in the image.
func owners(p *plan.Plan) ([]string, error) {
	i := slices.IndexFunc(p.Containers, func(c plan.Container) bool { return c.Name == image })
	if i < 0 || p.Containers[i].Layers == nil {
		return nil, fmt.Errorf("there is no image %s of several layers", image)
	}
	var names []string
	for _, owner := range p.Containers[i].Layers.Packages {
		names = append(names, owner.Name)
	}
	return names, nil
}

// parts returns how much of the image the parts have that can be left out of it, and a picture
// of that.
func parts(p *plan.Plan, lists map[string][]inventory.File) (text string, chart []byte, err error) {
	const rest = "what programs need"
	names, err := owners(p)
	if err != nil {
		return "", nil, err
	}
	sizes, count := map[string]int64{}, map[string]int{}
	var all int64
	for _, name := range names {
		for _, file := range lists[name] {
			if file.Type == "folder" {
				continue
			}
			part := plan.PartOf(file.Path)
			if part == "" {
				part = rest
			}
			sizes[part] += file.Size
			count[part]++
			all += file.Size
		}
	}
	var bars []svg.Bar
	var b strings.Builder
	b.WriteString("| part | size | of all | files |\n|---|---|---|---|\n")
	for _, part := range slices.SortedFunc(maps.Keys(sizes), func(a, b string) int {
		return cmp.Or(cmp.Compare(sizes[b], sizes[a]), cmp.Compare(a, b))
	}) {
		class, name := "package", "`"+part+"`"
		if part == rest {
			class, name = "other", part
		}
		fmt.Fprintf(&b, "| %s | %s | %d %% | %d |\n", name, report.Bytes(sizes[part]), (100*sizes[part]+all/2)/all, count[part])
		bars = append(bars, svg.Bar{Name: part, Value: report.Bytes(sizes[part]), Length: float64(sizes[part]), Class: class})
	}
	fmt.Fprintf(&b, "\n![What the image %s is made of](containers/parts.svg)\n\n", image)
	return b.String(), svg.Chart("What the image "+image+" is made of", "Blue: what can be left out of a container.",
		bars, func(l float64) string { return report.Bytes(int64(l)) }), nil
}

// layers returns how much of the image moves after a change of a package, by the number of its
// layers: the whole layer that has the package.
func layers(p *plan.Plan, known *inventory.Inventory) (string, error) {
	names, err := owners(p)
	if err != nil {
		return "", err
	}
	sizes := map[string]int64{}
	var all int64
	for _, one := range known.Packages {
		if one.Result != nil && slices.Contains(names, one.Name) {
			sizes[one.Name] = one.Result.Size
			all += one.Result.Size
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(sizes[b], sizes[a]) })
	changed := []string{"less", "openssl", "glibc"}
	var b strings.Builder
	fmt.Fprintf(&b, "| layers | %s | of a package, on average |\n|---|---|---|---|---|\n", strings.Join(changed, " | "))
	for _, count := range []int{1, 10, 20, 40, 60} {
		own := names[:min(max(count-2, 0), len(names))]
		moved := func(name string) int64 {
			switch {
			case count == 1:
				return all
			case slices.Contains(own, name):
				return sizes[name]
			}
			left := all
			for _, other := range own {
				left -= sizes[other]
			}
			return left
		}
		fmt.Fprintf(&b, "| %d |", count)
		for _, name := range changed {
			fmt.Fprintf(&b, " %s |", report.Bytes(moved(name)))
		}
		var sum int64
		for _, name := range names {
			sum += moved(name)
		}
		fmt.Fprintf(&b, " %s |\n", report.Bytes(sum/int64(len(names))))
	}
	b.WriteByte('\n')
	return b.String(), nil
}
