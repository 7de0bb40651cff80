"""Takes the authorities that may vouch for servers out of Mozilla's certdata.txt.

    python3 certificates.py certdata.txt FOLDER

Each becomes a file NAME.pem in the folder. Certdata.txt is a list of objects, each with
lines of "field type value": a certificate is one object, and what it is trusted for is
another, which names the certificate by issuer and number.
"""

import base64
import pathlib
import re
import sys
import textwrap


def objects(lines):
    """Yield each object as a dict from its fields to their values."""
    found, lines = {}, iter(lines)
    for line in lines:
        words = line.split(None, 2)
        if not words or not words[0].startswith("CKA_"):
            continue
        field, kind = words[0], words[1]
        if field == "CKA_CLASS" and found:  # the first field of each
            yield found
            found = {}
        if kind == "MULTILINE_OCTAL":  # bytes, as \ooo\ooo, up to a line END
            octal = "".join(iter(lambda: next(lines).strip(), "END"))
            found[field] = bytes(int(byte, 8) for byte in octal.split("\\")[1:])
        else:
            found[field] = words[2].strip() if len(words) > 2 else ""
    if found:
        yield found


def main(source, folder):
    text = pathlib.Path(source).read_text(encoding="utf-8")
    lines = text[text.index("BEGINDATA"):].splitlines()
    all_objects = list(objects(lines))

    def key(found):
        return found["CKA_ISSUER"], found["CKA_SERIAL_NUMBER"]

    # Some are only trusted for mail, and some are in the list to be refused.
    trusted = {
        key(found)
        for found in all_objects
        if found["CKA_CLASS"] == "CKO_NSS_TRUST"
        and found["CKA_TRUST_SERVER_AUTH"] == "CKT_NSS_TRUSTED_DELEGATOR"
    }
    names = set()
    for found in all_objects:
        if found["CKA_CLASS"] != "CKO_CERTIFICATE" or key(found) not in trusted:
            continue
        # The label is a text in quotes, in which \xNN is a byte of UTF-8.
        label = re.sub(r"\\x([0-9a-fA-F]{2})", "", found["CKA_LABEL"].strip('"'))
        name = re.sub(r"[^A-Za-z0-9]+", "_", label).strip("_")
        while name in names:
            name += "_"
        names.add(name)
        body = "\n".join(textwrap.wrap(base64.b64encode(found["CKA_VALUE"]).decode(), 64))
        pem = f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"
        pathlib.Path(folder, name + ".pem").write_text(pem, encoding="ascii")
    if len(names) < 50:
        sys.exit(f"only {len(names)} authorities were found in {source}: its form has changed")


main(*sys.argv[1:])
