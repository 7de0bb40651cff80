package plan

import (
	"slices"
	"strings"

	"github.com/linux-from-docker/lfd/internal/config"
	"github.com/linux-from-docker/lfd/internal/diag"
)

// partitionType is a type of partitions. A disk has at most one of each.
type partitionType struct {
	name string // in configurations, and to templates/disk.sh
	// The number of the type in the partition table (GPT), as those have agreed on who look
	// for the partition. Empty where each machine has its own: arch.Machine.RootType.
	guid     string
	loader   bool   // holds GRUB: every disk has one such partition at least
	needSize string // for messages: why it needs a size; empty where it may take the rest of the disk
	// The partition on a disk for which none are configured: its name and size.
	usualName, usualSize string
}

// rootType is the type of the partition that holds the system.
const rootType = "root"

// partitionTypes are all types, in the order in which messages name them. A disk has one of
// each, in this order, where none are configured. The schema lists their names, too, and
// disk.sh knows what to put into each.
var partitionTypes = []partitionType{
	{
		name: "bios-boot", guid: "21686148-6449-6E6F-744E-656564454649", loader: true,
		needSize: "GRUB is content with 1M", usualName: "grub", usualSize: "1M",
	},
	{
		name: "esp", guid: "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", loader: true,
		needSize: "64M hold GRUB and are enough for FAT32", usualName: "efi", usualSize: "64M",
	},
	{name: rootType, usualName: "root"},
}

// typeOf returns the type of this name, or nil.
func typeOf(name string) *partitionType {
	i := slices.IndexFunc(partitionTypes, func(t partitionType) bool { return t.name == name })
	if i < 0 {
		return nil
	}
	return &partitionTypes[i]
}

// partitions returns the partitions of a disk, or the usual ones where none are configured.
func partitions(d *config.Disk) []config.Partition {
	if d.Partitions != nil {
		return d.Partitions
	}
	var usual []config.Partition
	for _, t := range partitionTypes {
		usual = append(usual, config.Partition{Name: t.usualName, Type: t.name, Size: t.usualSize})
	}
	return usual
}

// checkPartitions reports whether the disk has the partitions that it needs.
func checkPartitions(f *findings, d *config.Disk) bool {
	if d.Partitions == nil {
		return true
	}
	faults := len(f.List)
	has := map[string]bool{}
	named := map[string]diag.Position{}
	unknown := false
	for i, part := range d.Partitions {
		at := part.At("type")
		if first, ok := named[part.Name]; ok {
			f.Warnf(diag.ListDuplicate, part.At("name"), "there is a partition %q already, at %s", part.Name, first)
		}
		named[part.Name] = part.At("name")
		if has[part.Type] && part.Type != "" {
			f.Errorf(diag.DiskPartitions, at, "there is more than one %s partition", part.Type)
		}
		has[part.Type] = true
		switch t := typeOf(part.Type); {
		case part.Type == "":
			f.Errorf(diag.KeyMissing, at, "type is missing: %s", typeNames())
		case t == nil:
			unknown = true // reported by the schema: what it was meant to be is not known
		case part.Size == "" && t.needSize != "":
			f.Errorf(diag.DiskPartitions, part.At("name"), "a %s partition needs a size; %s", t.name, t.needSize)
		case part.Size == "" && i != len(d.Partitions)-1:
			f.Errorf(diag.DiskPartitions, part.At("name"), "only the last partition can take the rest of the disk; give this one a size")
		}
	}
	loader := slices.ContainsFunc(partitionTypes, func(t partitionType) bool { return t.loader && has[t.name] })
	if !unknown && !has[""] && !(loader && has[rootType]) {
		f.Errorf(diag.DiskPartitions, d.At("partitions"), "a disk needs a partition of type root, and one for GRUB: of type bios-boot (BIOS), esp (UEFI), or one of each")
	}
	return !unknown && !f.List[faults:].HasErrors()
}

// typeNames lists the types for a message.
func typeNames() string {
	var names []string
	for _, t := range partitionTypes {
		names = append(names, t.name)
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + ", or " + names[last]
}
