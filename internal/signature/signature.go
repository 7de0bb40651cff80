// Package signature verifies that the authors of a source have signed it: by OpenPGP, minisign
// or signify.
package signature

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	pgp "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/jedisct1/go-minisign"
)

// Signer is who has made a signature that is good.
type Signer struct {
	Name string    // as the key says, which proves nothing; empty where it says nothing
	Key  string    // the fingerprint of an OpenPGP key; the number of another one; in hexadecimal
	Made time.Time // when, as the signature says; zero where it does not say
}

// ErrOtherKey is returned where a signature is not by one of the keys.
var ErrOtherKey = errors.New("it is signed with another key")

// Verify reports who of the owners of the keys has signed a file. Keys and signature are in the
// form that their program writes: armoured or binary OpenPGP, minisign's or signify's text. The
// error says why the signature does not hold.
func Verify(keys, signature []byte, file io.Reader) (Signer, error) {
	switch number := comment(keys); {
	case number == nil:
		return verifyOpenPGP(keys, signature, file)
	case len(number) == 42 && bytes.HasPrefix(signature, []byte("untrusted comment:")):
		return verifyEd25519(keys, signature, file)
	default:
		return Signer{}, fmt.Errorf("%w: the key is of minisign or signify, and the signature is not", ErrOtherKey)
	}
}

// comment returns the second line, decoded, of a text as minisign and signify write it; nil
// where it is none.
func comment(text []byte) []byte {
	head, rest, _ := strings.Cut(string(text), "\n")
	line, _, _ := strings.Cut(rest, "\n")
	if !strings.HasPrefix(head, "untrusted comment:") {
		return nil
	}
	decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(line))
	if err != nil {
		return nil
	}
	return decoded
}

// verifyEd25519 verifies a signature of minisign, which signs a global comment as well, or of
// signify: both begin with an algorithm of two letters and a key's number of eight bytes.
func verifyEd25519(keys, signature []byte, file io.Reader) (Signer, error) {
	key, made := comment(keys), comment(signature)
	if len(made) != 74 {
		return Signer{}, errors.New("the signature is cut off")
	}
	signer := Signer{Key: fmt.Sprintf("%X", reversed(key[2:10]))}
	if !bytes.Equal(key[2:10], made[2:10]) {
		return Signer{}, fmt.Errorf("%w, number %X, not %s", ErrOtherKey, reversed(made[2:10]), signer.Key)
	}
	content, err := io.ReadAll(file)
	if err != nil {
		return Signer{}, err
	}
	if !strings.Contains(string(signature), "\ntrusted comment: ") { // signify
		if string(made[:2]) != "Ed" || !ed25519.Verify(key[10:], content, made[10:]) {
			return Signer{}, errors.New("the signature is not of this file")
		}
		return signer, nil
	}
	public, err := minisign.DecodePublicKey(string(keys))
	if err != nil {
		return Signer{}, err
	}
	sig, err := minisign.DecodeSignature(string(signature))
	if err != nil {
		return Signer{}, err
	}
	if ok, err := public.Verify(content, sig); err != nil || !ok {
		return Signer{}, errors.New("the signature is not of this file")
	}
	return signer, nil
}

// reversed returns the bytes of a key's number in the order in which programs show it.
func reversed(number []byte) []byte {
	var out []byte
	for _, b := range number {
		out = append([]byte{b}, out...)
	}
	return out
}

func verifyOpenPGP(keys, signature []byte, file io.Reader) (Signer, error) {
	ring, err := keyRing(keys)
	if err != nil {
		return Signer{}, fmt.Errorf("the key cannot be read: %w", err)
	}
	plain, err := dearmored(signature)
	if err != nil {
		return Signer{}, fmt.Errorf("the signature cannot be read: %w", err)
	}
	// Some authors still sign with DSA.
	config := &packet.Config{RejectPublicKeyAlgorithms: map[packet.PublicKeyAlgorithm]bool{}}
	made, signer, err := openpgp.VerifyDetachedSignature(ring, file, bytes.NewReader(plain), config)
	switch {
	case errors.Is(err, pgp.ErrKeyExpired), errors.Is(err, pgp.ErrSignatureExpired):
		// It holds. When the source was signed the key may have been good, and what the
		// source is made of does not run out.
	case errors.Is(err, pgp.ErrUnknownIssuer):
		return Signer{}, ErrOtherKey
	case err != nil:
		return Signer{}, fmt.Errorf("it does not hold: %w", err)
	}
	s := Signer{Key: fmt.Sprintf("%X", signer.PrimaryKey.Fingerprint), Made: made.CreationTime}
	if identity := signer.PrimaryIdentity(); identity != nil {
		s.Name = identity.Name
	}
	return s, nil
}

// keyRing reads keys: one or several armoured blocks, or binary ones.
func keyRing(keys []byte) (openpgp.EntityList, error) {
	if !bytes.Contains(keys, []byte(begin)) {
		return openpgp.ReadKeyRing(bytes.NewReader(keys))
	}
	var ring openpgp.EntityList
	for rest := keys; ; {
		at := bytes.Index(rest, []byte(begin))
		if at < 0 {
			return ring, nil
		}
		some, err := openpgp.ReadArmoredKeyRing(bytes.NewReader(rest[at:]))
		if err != nil {
			return nil, err
		}
		ring = append(ring, some...)
		rest = rest[at+len(begin):]
	}
}

const begin = "-----BEGIN PGP "

// dearmored returns a signature as packets.
func dearmored(signature []byte) ([]byte, error) {
	if !bytes.Contains(signature, []byte(begin)) {
		return signature, nil
	}
	block, err := armor.Decode(bufio.NewReader(bytes.NewReader(signature)))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(block.Body)
}

// Issuer returns which key a signature says that it is made with: its fingerprint or number, in
// hexadecimal. It is an error where the text is no signature.
func Issuer(signature []byte) (string, error) {
	if made := comment(signature); made != nil {
		if len(made) != 74 {
			return "", errors.New("the signature is cut off")
		}
		return fmt.Sprintf("%X", reversed(made[2:10])), nil
	}
	plain, err := dearmored(signature)
	if err != nil {
		return "", err
	}
	read, err := packet.Read(bytes.NewReader(plain))
	if err != nil {
		return "", err
	}
	made, ok := read.(*packet.Signature)
	switch {
	case !ok:
		return "", errors.New("it is of OpenPGP, and no signature")
	case len(made.IssuerFingerprint) > 0:
		return fmt.Sprintf("%X", made.IssuerFingerprint), nil
	case made.IssuerKeyId != nil:
		return fmt.Sprintf("%016X", *made.IssuerKeyId), nil
	}
	return "", errors.New("it does not say which key it is made with")
}

// Fingerprints returns those of the keys, with the names that they have.
func Fingerprints(keys []byte) ([]Signer, error) {
	if number := comment(keys); len(number) == 42 {
		return []Signer{{Key: fmt.Sprintf("%X", reversed(number[2:10]))}}, nil
	}
	ring, err := keyRing(keys)
	if err != nil {
		return nil, err
	}
	var all []Signer
	for _, e := range ring {
		s := Signer{Key: fmt.Sprintf("%X", e.PrimaryKey.Fingerprint), Made: e.PrimaryKey.CreationTime}
		if identity := e.PrimaryIdentity(); identity != nil {
			s.Name = identity.Name
		}
		all = append(all, s)
	}
	return all, nil
}
