package kit

import (
	"bytes"
	"encoding/binary"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf16"
)

// Secure Boot in QEMU: firmware that only code in system management mode can write to.
const (
	secureCode      = "/usr/share/OVMF/OVMF_CODE_4M.secboot.fd"
	secureVariables = "/usr/share/OVMF/OVMF_VARS_4M.fd"
)

// SecureBoot is a machine whose firmware starts only what is signed by the key of a
// certificate, in the form of PEM. Its owner has enrolled nobody else's.
func SecureBoot(t *testing.T, certificate string) Board {
	t.Helper()
	Command(t, Root, "tools/install.sh", secureCode+":ovmf")
	text, err := os.ReadFile(certificate)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		t.Fatalf("%s is not in the form of PEM", certificate)
	}
	variables, err := os.ReadFile(secureVariables)
	if err != nil {
		t.Fatal(err)
	}
	enroll(variables, signatureList(block.Bytes))
	file := filepath.Join(t.TempDir(), "variables.fd")
	if err := os.WriteFile(file, variables, 0o600); err != nil {
		t.Fatal(err)
	}
	return Board{
		Machine: "q35,smm=on",
		Disk:    []string{"virtio-blk-pci"},
		Firmware: []string{
			"-global", "driver=cfi.pflash01,property=secure,value=on",
			"-drive", "if=pflash,unit=0,format=raw,readonly=on,file=" + secureCode,
			"-drive", "if=pflash,unit=1,format=raw,file=" + file,
		},
	}
}

// guid is an identifier as UEFI stores it: the first three parts have their lowest byte first.
type guid [16]byte

var (
	globalVariable   = guid{0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11, 0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c}
	securityDatabase = guid{0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d, 0x96, 0x45, 0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f}
	x509Certificate  = guid{0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a, 0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72}
	owner            = guid{1}
)

// signatureList returns a list with one certificate, as the variables have it (UEFI
// specification, EFI_SIGNATURE_LIST).
func signatureList(certificate []byte) []byte {
	size := len(owner) + len(certificate)
	head := struct {
		Type                           guid
		ListSize, HeaderSize, SizeEach uint32
	}{x509Certificate, uint32(28 + size), 0, uint32(size)}
	return append(append(little(head), owner[:]...), certificate...)
}

// enroll writes the variables that turn Secure Boot on into a store that has none, in the
// form of EDK II (AUTHENTICATED_VARIABLE_HEADER).
func enroll(store, list []byte) {
	at := int(binary.LittleEndian.Uint16(store[48:])) + 28 // behind the headers of volume and store
	for _, v := range []struct {
		name   string
		vendor guid
	}{{"db", securityDatabase}, {"KEK", globalVariable}, {"PK", globalVariable}} {
		name := little(utf16.Encode([]rune(v.name + "\x00")))
		head := struct {
			Start           uint16
			State, Reserved uint8
			Attributes      uint32 // kept, at boot and run time, signed by time
			Count           uint64
			Year            uint16
			Month, Day      uint8
			Time            [12]byte
			Key             uint32
			NameSize, Size  uint32
			Vendor          guid
		}{0x55aa, 0x3f, 0, 0x27, 0, 2026, 1, 1, [12]byte{}, 0, uint32(len(name)), uint32(len(list)), v.vendor}
		at += copy(store[at:], bytes.Join([][]byte{little(head), name, list}, nil))
		at = (at + 3) &^ 3
	}
}

// little returns a value's bytes, the lowest first.
func little(value any) []byte {
	data, err := binary.Append(nil, binary.LittleEndian, value)
	if err != nil {
		panic(err) // the types above all have a fixed size
	}
	return data
}
