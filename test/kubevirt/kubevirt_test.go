// Package kubevirt reads docs/kubevirt.yaml as KubeVirt does. It is a module of its own, as
// nothing else here needs KubeVirt's types and what comes with them.
package kubevirt

import (
	"os"
	"testing"

	kubevirt "kubevirt.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// TestManifest decodes it strictly: a field that is misspelt, or in a wrong place, is an
// error. Then what the text beside it promises.
func TestManifest(t *testing.T) {
	text, err := os.ReadFile("../../docs/kubevirt.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var machine kubevirt.VirtualMachine
	if err := yaml.UnmarshalStrict(text, &machine); err != nil {
		t.Fatal(err)
	}
	if machine.APIVersion != kubevirt.GroupVersion.String() || machine.Kind != "VirtualMachine" {
		t.Errorf("it is a %s of %s", machine.Kind, machine.APIVersion)
	}
	spec := machine.Spec.Template.Spec
	efi := spec.Domain.Firmware.Bootloader.EFI
	if efi == nil || efi.SecureBoot == nil || *efi.SecureBoot {
		t.Error("it asks for Secure Boot, as KubeVirt does with UEFI unless told otherwise")
	}
	var seeds int
	for _, volume := range spec.Volumes {
		if volume.CloudInitNoCloud != nil {
			seeds++
		}
		found := false
		for _, disk := range spec.Domain.Devices.Disks {
			found = found || disk.Name == volume.Name
		}
		if !found {
			t.Errorf("no disk is of the volume %s", volume.Name)
		}
	}
	if seeds != 1 {
		t.Errorf("it has %d seed disks", seeds)
	}

	text = append(text, "  wrong: 1\n"...)
	if err := yaml.UnmarshalStrict(text, &machine); err == nil {
		t.Error("a field that is not there is taken")
	}
}
