#!/bin/sh
# </p><script>alert("head")</script> `<i>it</i>` & ‮turned ]]>
set -eu

# --with-<b>bold</b>  </dd><script>alert("option")</script>
# --prefix            "where" it goes & ‮turned
./configure \
	--with-'<b>bold</b>' \
	--prefix="/usr</a><script>alert(1)</script>"
cat >out <<'END'
# no comment </pre><script>alert("document")</script>
END
# A comment </div></pre><script>alert("comment")</script> of its own.
make install
