package signature

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"golang.org/x/crypto/blake2b"
)

const file = "what the authors have packed"

// signers have signed the file, each by another program, and in another form.
func signers(t *testing.T) map[string]struct{ key, other, signature []byte } {
	t.Helper()
	all := map[string]struct{ key, other, signature []byte }{}
	long := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	entity := func(name string, days uint32) *openpgp.Entity {
		e, err := openpgp.NewEntity(name, "", name+"@example.org", &packet.Config{
			Time: func() time.Time { return long }, KeyLifetimeSecs: days * 24 * 3600, Algorithm: packet.PubKeyAlgoEdDSA,
		})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	public := func(armoured bool, es ...*openpgp.Entity) []byte {
		var out bytes.Buffer
		for _, e := range es {
			if !armoured {
				if err := e.Serialize(&out); err != nil {
					t.Fatal(err)
				}
				continue
			}
			fmt.Fprintln(&out, "# a note")
			w, err := armor.Encode(&out, openpgp.PublicKeyType, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Serialize(w); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(&out)
		}
		return out.Bytes()
	}
	sign := func(e *openpgp.Entity, armoured bool) []byte {
		var out bytes.Buffer
		config := &packet.Config{Time: func() time.Time { return long.Add(time.Hour) }, DefaultHash: crypto.SHA512}
		do := openpgp.DetachSign
		if armoured {
			do = openpgp.ArmoredDetachSign
		}
		if err := do(&out, e, strings.NewReader(file), config); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	one, two, expired := entity("one", 0), entity("two", 0), entity("expired", 30)
	type s = struct{ key, other, signature []byte }
	all["OpenPGP"] = s{public(true, one), public(true, two), sign(one, true)}
	all["OpenPGP, binary"] = s{public(false, one), public(false, two), sign(one, false)}
	all["OpenPGP, one of two keys"] = s{public(true, two, one), public(true, two), sign(one, false)}
	all["OpenPGP, run out since"] = s{public(true, expired), public(true, two), sign(expired, true)}

	seed := bytes.Repeat([]byte{7}, ed25519.SeedSize)
	private := ed25519.NewKeyFromSeed(seed)
	number := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	line := func(what string, parts ...[]byte) string {
		return "untrusted comment: " + what + "\n" + base64.StdEncoding.EncodeToString(bytes.Join(parts, nil)) + "\n"
	}
	key := line("public key", []byte("Ed"), number, private[32:])
	other := line("public key", []byte("Ed"), []byte{8, 7, 6, 5, 4, 3, 2, 1}, private[32:])
	plain := ed25519.Sign(private, []byte(file))
	all["signify"] = s{[]byte(key), []byte(other), []byte(line("verify with key.pub", []byte("Ed"), number, plain))}
	sum := blake2b.Sum512([]byte(file))
	hashed := ed25519.Sign(private, sum[:])
	global := ed25519.Sign(private, append(bytes.Clone(hashed), "file 1.0"...))
	all["minisign"] = s{[]byte(key), []byte(other), []byte(line("signature", []byte("ED"), number, hashed) +
		"trusted comment: file 1.0\n" + base64.StdEncoding.EncodeToString(global) + "\n")}
	return all
}

func TestVerify(t *testing.T) {
	for name, s := range signers(t) {
		t.Run(name, func(t *testing.T) {
			signer, err := Verify(s.key, s.signature, strings.NewReader(file))
			if err != nil || signer.Key == "" {
				t.Errorf("%+v, %v", signer, err)
			}
			if keys, err := Fingerprints(s.key); err != nil || !strings.Contains(fmt.Sprint(keys), signer.Key) {
				t.Errorf("the keys are %v, not %s: %v", keys, signer.Key, err)
			}
			if issuer, err := Issuer(s.signature); err != nil || issuer != signer.Key {
				t.Errorf("by %s, not %s: %v", issuer, signer.Key, err)
			}
			for _, none := range [][]byte{nil, s.key, s.signature[:20], []byte("<!DOCTYPE html>\n")} {
				if issuer, err := Issuer(none); err == nil {
					t.Errorf("%q is by %s", none, issuer)
				}
			}
			if _, err := Verify(s.other, s.signature, strings.NewReader(file)); !errors.Is(err, ErrOtherKey) {
				t.Error(err)
			}
			for what, try := range map[string]struct{ key, signature, file string }{
				"another file":        {string(s.key), string(s.signature), file + "\n"},
				"an empty file":       {string(s.key), string(s.signature), ""},
				"another key":         {string(s.other), string(s.signature), file},
				"no signature":        {string(s.key), "", file},
				"a page":              {string(s.key), "<!DOCTYPE html>\n<title>404</title>\n", file},
				"a cut signature":     {string(s.key), string(s.signature[:len(s.signature)/2]), file},
				"a key as signature":  {string(s.key), string(s.key), file},
				"no key":              {"", string(s.signature), file},
				"another kind of key": {"untrusted comment: x\nRWQ=\n", string(s.signature), file},
			} {
				if signer, err := Verify([]byte(try.key), []byte(try.signature), strings.NewReader(try.file)); err == nil {
					t.Errorf("with %s it is signed by %+v", what, signer)
				}
			}
		})
	}
}

// A signature, or a key, that is damaged anywhere never makes the program fall over, and never
// holds for another file.
func FuzzVerify(f *testing.F) {
	t := &testing.T{}
	for _, s := range signers(t) {
		f.Add(s.key, s.signature)
	}
	f.Fuzz(func(t *testing.T, key, signature []byte) {
		if signer, err := Verify(key, signature, strings.NewReader("another file")); err == nil {
			t.Errorf("signed by %+v", signer)
		}
	})
}
